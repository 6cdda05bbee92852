//! A private Docker Engine for each scenario: own network, mounts, processes and data, gone with its first process.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::name_server;
use super::recording::{Desk, Recording};
use super::rootfs::Files;
use super::scenario::Scenario;
use super::support::cgroup::Cgroup;

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const HOST: &str = include_str!("docker-host.sh");

/// An engine's data with the images in it; every scenario starts from a copy.
pub struct Reference {
    data: tempfile::TempDir,
    resolv_conf: PathBuf,
}

static STARTED: AtomicUsize = AtomicUsize::new(0);

impl Reference {
    /// Starts an engine once to import the images.
    pub fn prepare(files: &Files) -> Self {
        let data = tempfile::Builder::new().prefix("reference-data-").tempdir().unwrap();
        let this = Self {
            data,
            resolv_conf: files.resolv_conf(),
        };
        let steps = files.imports_for_docker();
        let desk = Desk::with_steps(steps.iter().map(String::as_str));
        let recording = this.on_host(&desk, "keep");
        let failed = recording.steps.iter().find(|step| step.exit != 0);
        assert!(
            recording.trouble.is_empty() && failed.is_none(),
            "the reference engine could not be prepared: {} {failed:?}",
            recording.trouble
        );
        this
    }

    pub fn run(&self, scenario: &Scenario) -> Recording {
        self.on_host(&Desk::new(scenario), "discard")
    }

    fn on_host(&self, desk: &Desk, data: &str) -> Recording {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let cgroup = Cgroup(format!("cnm-reference-{}-{number}", std::process::id()));
        let mut command = desk.command(PATH);
        command
            .args([
                "unshare",
                "--net",
                "--mount",
                "--pid",
                "--uts",
                "--ipc",
                "--fork",
                "--kill-child",
            ])
            .args([
                "--mount-proc",
                "--propagation",
                "private",
                "sh",
                "-euc",
                HOST,
                "docker-host",
            ])
            .arg(desk.path())
            .arg(desk.script())
            .arg(self.data.path())
            .arg(data)
            .arg(&self.resolv_conf)
            .arg(&cgroup.0);
        let ready = desk.path().join("named");
        desk.record_beside(command, |unshare, over| name_server::serve(unshare, &ready, over))
    }
}
