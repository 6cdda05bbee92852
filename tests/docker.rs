//! The Docker group: tests that need the `docker` CLI or a Docker Engine. Not run by a plain `cargo test`, which says so:
//! `cargo test --test docker -- --ignored`. CI runs it as root and as an ordinary user, who reaches no Engine: a test that
//! needs one goes in a module `with_an_engine`.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

#[path = "sessions/scenarios/mod.rs"]
#[macro_use]
mod scenarios;
mod support;
#[path = "docker_engine/mod.rs"]
mod with_an_engine;

use std::process::{Command, Output};

use support::Home;

const CLI: &str = "docker";

/// A script in the lab's console place, with the real CLI on `PATH`.
fn in_the_lab(script: &str) -> Output {
    let version = Command::new(CLI).arg("--version").output();
    assert!(
        version.is_ok_and(|v| v.status.success()),
        "the docker CLI is needed on PATH for this group"
    );
    let home = Home::new();
    let mut command = home.cnm();
    command.args(["--console", "real", "lab", "--", "sh", "-c", script]);
    command.stdin(std::process::Stdio::null()).output().expect("cnm runs")
}

fn ok(script: &str) -> String {
    let output = in_the_lab(script);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{script}\n{out}{err}");
    out.into_owned()
}

#[test]
#[ignore = "needs the docker CLI: cargo test --test docker -- --ignored"]
fn the_issues_own_line_with_the_real_cli() {
    let out = ok(
        "docker network create dev && docker run -d --name es --net dev alpine sleep 99 && \
                  docker run --rm --net dev alpine ping -c1 172.18.0.2",
    );
    assert!(
        out.contains("1 packets transmitted, 1 packets received, 0% packet loss"),
        "{out}"
    );
}

#[test]
#[ignore = "needs the docker CLI: cargo test --test docker -- --ignored"]
fn the_labs_host_shows_what_docker_made() {
    let out = ok(
        "docker network create dev >/dev/null && docker run -d --name es --net dev alpine sleep 99 >/dev/null && ip link",
    );
    assert!(out.contains("docker0:"), "{out}");
    let bridge = out.lines().any(|l| {
        l.split(": ")
            .nth(1)
            .and_then(|n| n.strip_prefix("br-"))
            .is_some_and(|id| id.len() == 12 && id.chars().all(|c| c.is_ascii_hexdigit()))
    });
    assert!(bridge, "{out}");
    assert!(out.contains("veth"), "{out}");
}

#[test]
#[ignore = "needs the docker CLI: cargo test --test docker -- --ignored"]
fn another_network_gets_no_answer() {
    let out = in_the_lab(
        "docker network create dev >/dev/null && docker network create prod >/dev/null && \
         docker run -d --name es --net dev alpine sleep 99 >/dev/null && \
         docker run --rm --net prod alpine ping -c2 -W1 172.18.0.2",
    );
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(!out.status.success(), "{said}");
    assert!(said.contains("100% packet loss"), "{said}");
}

#[test]
#[ignore = "needs the docker CLI: cargo test --test docker -- --ignored"]
fn every_command_of_the_first_issue() {
    let out = ok(
        "docker version --format '{{.Server.APIVersion}}' && docker info --format '{{.Driver}}' && \
                  docker network create dev >/dev/null && docker network ls --format '{{.Name}} {{.Driver}}' && \
                  docker network inspect -f '{{(index .IPAM.Config 0).Subnet}}' dev && \
                  docker run -d --name es --net dev alpine sleep 99 >/dev/null && \
                  docker ps --format '{{.Names}} {{.Image}} {{.Command}}' && \
                  docker inspect -f '{{.NetworkSettings.Networks.dev.IPAddress}}' es && \
                  docker run --rm alpine echo hello && \
                  docker rm -f es && docker network rm dev && \
                  docker events --since 0 --until $(($(date +%s) + 1)) --format '{{.Type}} {{.Action}}'",
    );
    let expected = [
        "1.51",
        "dev bridge",
        "host host",
        "none null",
        "172.18.0.0/16",
        "es alpine \"sleep 99\"",
        "172.18.0.2",
        "hello",
        "network create",
        "container create",
        "network connect",
        "container start",
        "container die",
        "network disconnect",
        "container destroy",
        "network destroy",
    ];
    for line in expected {
        assert!(out.lines().any(|l| l == line), "{line:?} is not among\n{out}");
    }
}

#[test]
#[ignore = "needs the docker CLI: cargo test --test docker -- --ignored"]
fn an_exit_status_comes_back() {
    assert_eq!(
        in_the_lab("docker run --rm alpine sh -c 'exit 3'").status.code(),
        Some(3)
    );
    assert_eq!(
        in_the_lab("docker run --rm alpine nosuchcommand").status.code(),
        Some(127)
    );
}

scenarios!(
    Cli::Docker,
    [#[ignore = "needs the docker CLI: cargo test --test docker -- --ignored"]]
);
