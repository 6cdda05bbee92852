//! Clients that people use, unchanged, against the built-in engine.
//!
//! bollard needs nothing and is always run. docker-py is in the Docker group: `CNM_PYTHON` names a Python that has
//! `docker` 7, and `cargo test --test clients -- --ignored` runs it.

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use support::Lab;

/// The suite's own file, which knows nothing of whose engine it drives.
const SUITE: &str = "tests/clients/docker_py.py";

fn docker_py_drives(era: &str) {
    let python = std::env::var("CNM_PYTHON").unwrap_or_else(|_| "python3".into());
    let version = Command::new(&python)
        .args(["-c", "import docker; print(docker.__version__)"])
        .output()
        .expect("a Python, named by CNM_PYTHON or python3");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    assert!(
        version.starts_with("7."),
        "{python} has no docker 7 (python -m pip install 'docker==7.*'); it answered {version:?}"
    );
    let lab = Lab::start_with(&["--era", era], &[]);
    let output = Command::new(&python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SUITE))
        .arg(format!("unix://{}", lab.socket.display()))
        .arg("alpine")
        .stdin(Stdio::null())
        .output()
        .expect("the suite runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "on era {era}:\n{said}");
    assert!(said.trim_end().ends_with("OK"), "{said}");
}

#[test]
#[ignore = "needs a Python with docker 7 (CNM_PYTHON): cargo test --test clients -- --ignored"]
fn docker_py_7_drives_era_28() {
    docker_py_drives("28");
}

#[test]
#[ignore = "needs a Python with docker 7 (CNM_PYTHON): cargo test --test clients -- --ignored"]
fn docker_py_7_drives_era_20_10() {
    docker_py_drives("20.10");
}
