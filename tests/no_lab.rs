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
