//! What is said where no lab runs.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod support;

use std::os::unix::net::UnixStream;

use support::Home;

/// Standard error and the status.
fn told(args: &[&str]) -> (String, Option<i32>) {
    let home = Home::new();
    let output = home.cnm().args(["--lang", "en"]).args(args).output().unwrap();
    (String::from_utf8(output.stderr).unwrap(), output.status.code())
}

#[test]
fn docker_says_that_no_lab_runs_and_how_one_starts() {
    let (said, status) = told(&["docker", "ps"]);
    assert_eq!(status, Some(1));
    // A machine may have an Engine of its own, which is told apart.
    let expected = if UnixStream::connect("/run/docker.sock").is_ok() {
        "is a real Docker Engine"
    } else {
        "Start one with “cnm lab”"
    };
    assert!(said.contains(expected), "{said}");
}

#[test]
fn an_address_where_nothing_listens_is_no_engine() {
    // Port 1 is tcpmux's, which no machine has.
    assert_eq!(
        told(&["docker", "-H", "tcp://127.0.0.1:1", "ps"]),
        (
            "Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?\n".to_owned(),
            Some(1)
        )
    );
}

#[test]
fn a_socket_that_cannot_be_had_says_what_to_do() {
    let long = format!("/tmp/{}", "x".repeat(103));
    for (path, remedy) in [
        (long.as_str(), "at most 107 bytes, this one has 108"),
        ("/nowhere/at/all/lab.sock", "there is no folder /nowhere/at/all"),
    ] {
        let (said, status) = told(&["lab", "--socket", path]);
        assert_eq!(status, Some(4), "{said}");
        assert!(
            said.starts_with(&format!("cnm: {path}: ")) && said.contains(remedy),
            "{said}"
        );
    }
    let (said, status) = told(&["--log", "/nowhere/at/all/log", "lab", "--", "true"]);
    assert_eq!(status, Some(4));
    assert_eq!(
        said,
        "cnm: The log /nowhere/at/all/log cannot be written: No such file or directory (os error 2)\n"
    );
}

#[test]
fn a_command_in_a_lab_finds_cnm_and_it_speaks_the_language_asked_for() {
    for place in ["real", "sandbox"] {
        for (lang, hint) in [("fr", "Il y a\u{a0}: cnm"), ("en", "There is: cnm")] {
            let home = Home::new();
            let mut cnm = home.cnm();
            cnm.args(["--lang", lang, "--console", place, "lab", "--"])
                .args(["sh", "-c", "cnm check nope; exit 7"])
                .env_remove("PATH");
            let output = cnm.output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(7), "{said}");
            assert!(said.contains(hint), "{place}: {said}");
        }
    }
}

/// Standard error and the status of a script, where standard output ends behind a pipe nobody reads.
fn unread(script: &str) -> (String, Option<i32>) {
    let home = Home::new();
    let mut sh = std::process::Command::new("sh");
    home.furnish(&mut sh);
    let output = sh
        .args(["-c", &script.replace("CNM", support::CNM)])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    (String::from_utf8(output.stderr).unwrap(), output.status.code())
}

#[test]
fn a_reader_that_has_gone_is_no_mistake() {
    for command in ["lessons list", "doctor", "--plain learn"] {
        // The reader is gone before the first word.
        let (said, _) = unread(&format!("(sleep 1; CNM {command}) | true"));
        assert!(!said.contains("roken pipe"), "{command}: {said}");
    }
}
