//! An Engine that is not ours, as far as that takes no Docker: what is refused and how it is said, and, on one of our own engines in
//! its place, that what we make bears our labels and goes again.
#![cfg(target_os = "linux")]

mod support;

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};

use support::{Home, Lab};

const NOBODY: u32 = 65_534;

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("cnm runs")
}

/// Every command that reaches for an Engine ends with 4 and these words, in both languages.
fn is_refused(backend: &str, french: &str, english: &str, prepare: impl Fn(&mut Command)) {
    let commands: [&[&str]; 4] = [
        &["check", "cnm", "--solve"],
        &["check", "cnm"],
        &["lessons", "try"],
        &["clean"],
    ];
    for arguments in commands {
        for (lang, words) in [("fr", french), ("en", english)] {
            let home = Home::new();
            let mut command = home.cnm();
            command.args(["--backend", backend, "--lang", lang]).args(arguments);
            prepare(&mut command);
            let output = output(&mut command);
            let told = said(&output.stderr);
            assert_eq!(output.status.code(), Some(4), "{arguments:?}: {told}");
            assert!(told.contains(words), "{arguments:?}: {words:?} in\n{told}");
            assert_eq!(said(&output.stdout), "", "{arguments:?}");
        }
    }
}

#[test]
fn where_nothing_listens_the_remedy_is_to_start_docker() {
    is_refused(
        "docker=unix:///nonexistent/docker.sock",
        "systemctl start docker",
        "systemctl start docker",
        |_| (),
    );
    is_refused("docker", "/nonexistent/other.sock", "Start Docker", |command| {
        command.env("DOCKER_HOST", "unix:///nonexistent/other.sock");
    });
    is_refused("docker=tcp://127.0.0.1:1", "Démarrez Docker", "Start Docker", |_| ());
}

#[test]
fn where_the_socket_is_forbidden_the_remedy_is_the_group() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let socket = folder.path().join("docker.sock");
    let _listener = UnixListener::bind(&socket).expect("a socket");
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o000)).expect("permissions");
    let backend = format!("docker=unix://{}", socket.display());
    is_refused(&backend, "au groupe docker", "the docker group", |command| {
        if rustix::process::geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
    });
}

#[test]
fn a_place_that_cannot_be_reached_is_named() {
    is_refused("docker=ssh://somewhere", "ssh -L", "ssh -L", |_| ());
}

#[test]
fn an_engine_that_is_too_old_is_named_with_its_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    // Says its version to whoever comes, and nothing else; ends with the test.
    std::thread::spawn(move || {
        let body = r#"{"Version":"17.06.2","ApiVersion":"1.30","Os":"linux","Arch":"amd64"}"#;
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    let backend = format!("docker=unix://{}", socket.display());
    is_refused(&backend, "17.06.2", "too old (API 1.30)", |_| ());
}

#[test]
fn what_is_solved_on_an_engine_of_others_bears_labels_and_goes_again() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "theirs"]);
    lab.ok(&["run", "-d", "--name", "es2", "--net", "theirs", "alpine", "sleep", "1d"]);
    let everything = || {
        let networks = lab.ok(&["network", "ls", "-q", "--no-trunc"]);
        let containers = lab.ok(&["ps", "-aq", "--no-trunc"]);
        (networks, containers, lab.ok(&["images"]))
    };
    let before = everything();
    let backend = format!("docker=unix://{}", lab.socket.display());
    for arguments in [&["check", "cnm", "--solve"][..], &["lessons", "try"]] {
        let home = Home::new();
        let solved = output(home.cnm().args(["--backend", &backend]).args(arguments));
        assert_eq!(
            solved.status.code(),
            Some(0),
            "{}{}",
            said(&solved.stdout),
            said(&solved.stderr)
        );
        assert_eq!(everything(), before, "{arguments:?}");
    }
}

#[test]
fn what_has_a_name_of_the_lesson_stands_in_the_way_and_stays() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "prod"]);
    let before = lab.ok(&["network", "ls", "--no-trunc"]);
    let backend = format!("docker=unix://{}", lab.socket.display());
    let home = Home::new();
    let refused = output(
        home.cnm()
            .args(["--backend", &backend, "--lang", "en", "check", "cnm", "--solve"]),
    );
    assert_eq!(refused.status.code(), Some(4));
    let told = said(&refused.stderr);
    assert!(
        told.contains("docker network rm prod") && told.contains("network prod"),
        "{told}"
    );
    assert_eq!(lab.ok(&["network", "ls", "--no-trunc"]), before);
}

#[test]
fn only_what_bears_our_label_under_the_name_we_gave_it_is_cleaned() {
    let lab = Lab::start();
    let made = "cnm.made=1-1";
    lab.ok(&["network", "create", "--label", made, "--label", "cnm.name=dev", "dev"]);
    lab.ok(&["network", "create", "--label", "cnm.made.not=1", "theirs"]);
    let named = ["run", "-d", "--label", made, "--label", "cnm.name=es"];
    for name in ["es", "other"] {
        lab.ok(&[&named[..], &["--name", name, "alpine", "sleep", "1d"]].concat());
    }
    lab.ok(&["run", "-d", "--name", "plain", "alpine", "sleep", "1d"]);
    let backend = format!("docker=unix://{}", lab.socket.display());
    let home = Home::new();
    let listed = output(home.cnm().args(["--backend", &backend, "--lang", "en", "clean"]));
    assert_eq!(
        said(&listed.stdout).lines().skip(1).collect::<Vec<_>>(),
        ["  container es", "  network dev"]
    );
    assert_eq!(
        lab.ok(&["ps", "--format", "{{.Names}}"]).lines().count(),
        3,
        "it was asked about, not removed"
    );
    let cleaned = output(
        home.cnm()
            .args(["--backend", &backend, "--lang", "en", "clean", "--yes"]),
    );
    assert_eq!(cleaned.status.code(), Some(0), "{}", said(&cleaned.stderr));
    let mut left: Vec<String> = lab
        .ok(&["ps", "--format", "{{.Names}}"])
        .lines()
        .map(str::to_owned)
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["other", "plain"]);
    let networks = lab.ok(&["network", "ls", "--format", "{{.Name}}"]);
    assert!(networks.contains("theirs") && !networks.contains("dev"), "{networks}");
}
