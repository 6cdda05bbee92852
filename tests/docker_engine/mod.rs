//! The lesson on a real Docker Engine, beside somebody's things, and what is left of it: nothing of ours, all of theirs.

mod private;
mod workshop;

use std::process::{Output, Stdio};
use std::time::Duration;

use cnm::lesson;
use private::Machine;

use crate::support::{Home, eventually};

/// The program to its end.
fn cnm(machine: &Machine, arguments: &[&str]) -> Output {
    let home = Home::new();
    let mut command = home.cnm();
    command.args(["--backend", &machine.backend()]).args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn the_whole_lesson_is_solved_red_before_and_green_after_and_leaves_nothing() {
    let machine = Machine::start();
    let before = machine.everything();
    let output = cnm(
        &machine,
        &["check", "cnm", "--solve", "--format", "json", "--lang", "fr"],
    );
    assert_eq!((output.status.code(), said(&output.stderr)), (Some(0), String::new()));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let lesson = lesson::embedded("cnm").unwrap();
    let checks: usize = lesson.steps.iter().map(|step| step.checks.len()).sum();
    assert_eq!(report["summary"]["passed"], checks);
    assert_eq!(report["engine"]["kind"], "docker");
    machine.is_as(&before);
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn a_check_is_asked_again_from_within_the_containers() {
    let machine = Machine::start();
    machine.import_busybox("tools", &["sleep", "nslookup", "ping"]);
    machine.ok(&["network", "create", "dev"]);
    for name in ["es", "web"] {
        machine.ok(&["run", "-d", "--name", name, "--net", "dev", "tools", "sleep", "600"]);
    }
    machine.ok(&["network", "create", "prod"]);
    machine.ok(&["run", "-d", "--name", "app", "--net", "prod", "tools", "sleep", "600"]);
    let address = "{{.NetworkSettings.Networks.dev.IPAddress}}";
    let address = machine.ok(&["inspect", "-f", address, "es"]).trim().to_owned();
    for (step, evidence) in [
        ("call-by-name", format!("in web, nslookup es: {address}")),
        ("two-networks", format!("in app, ping -c1 -W1 {address}: no answer")),
    ] {
        let checked = cnm(&machine, &["--lang", "en", "check", &format!("cnm/{step}"), "--probe"]);
        let told = said(&checked.stdout);
        assert_eq!(checked.status.code(), Some(0), "{told}{}", said(&checked.stderr));
        assert!(told.contains(&evidence), "{evidence}: {told}");
    }
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn authors_try_every_step_and_leave_nothing() {
    let machine = Machine::start();
    let before = machine.everything();
    let output = cnm(&machine, &["lessons", "try", "--lang", "en"]);
    let told = said(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}{}", said(&output.stderr));
    let steps = lesson::embedded("cnm").unwrap().steps;
    assert_eq!(told.lines().count(), steps.len(), "{told}");
    for (line, step) in told.lines().zip(&steps) {
        assert!(line.starts_with(&step.id) && line.ends_with("green after"), "{line}");
    }
    machine.is_as(&before);
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn what_a_killed_run_left_is_listed_and_cleaned_and_nothing_else() {
    let machine = Machine::start();
    let before = machine.everything();
    let home = Home::new();
    let mut command = home.cnm();
    command.args(["--backend", &machine.backend(), "check", "cnm", "--solve"]);
    let mut solving = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let is_there = || !machine.ok(&["ps", "-aq", "--filter", "name=^web$"]).is_empty();
    assert!(eventually(Duration::from_secs(60), is_there), "it makes containers");
    solving.kill().unwrap();
    solving.wait().unwrap();
    // Beside it, what was made of ours by somebody else: an image of our container, and a container of that image.
    machine.ok(&["commit", "es", "committed:1"]);
    machine.ok(&["run", "-d", "--name", "theirs", "committed:1"]);

    let listed = cnm(&machine, &["clean", "--lang", "en"]);
    let told = said(&listed.stdout);
    assert_eq!(
        listed.status.code(),
        Some(2),
        "without a terminal it does not ask: {told}"
    );
    for ours in [
        "container es",
        "network dev",
        "image alpine:latest",
        "image elasticsearch:2",
    ] {
        assert!(told.lines().any(|line| line.trim() == ours), "{ours} in\n{told}");
    }
    for theirs in [
        "dev2",
        "DEV",
        "es2",
        "web-1",
        "alpine-of-mine",
        "elasticsearch:5",
        "theirs",
        "committed",
    ] {
        assert!(!told.contains(theirs), "{theirs} in\n{told}");
    }
    assert!(is_there(), "it was listed, not removed");

    let again = cnm(&machine, &["check", "cnm", "--solve", "--lang", "en"]);
    assert_eq!(again.status.code(), Some(4), "{}", said(&again.stderr));
    assert!(said(&again.stderr).contains("cnm clean"), "{}", said(&again.stderr));

    machine.ok(&["rm", "-f", "theirs"]);
    machine.ok(&["rmi", "committed:1"]);
    let cleaned = cnm(&machine, &["clean", "--yes", "--lang", "fr"]);
    assert_eq!((cleaned.status.code(), said(&cleaned.stderr)), (Some(0), String::new()));
    machine.is_as(&before);
    let nothing = cnm(&machine, &["clean", "--yes", "--lang", "fr"]);
    assert_eq!(nothing.status.code(), Some(0));
    assert!(
        said(&nothing.stdout).starts_with("Rien de cnm"),
        "{}",
        said(&nothing.stdout)
    );
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn what_is_not_ours_and_has_the_lessons_names_is_told_and_never_touched() {
    let machine = Machine::start();
    machine.ok(&["network", "create", "dev"]);
    machine.ok(&["create", "--name", "es", "alpine-of-mine", "/bin/busybox", "true"]);
    let before = machine.everything();
    for arguments in [
        &["check", "cnm", "--solve", "--lang", "en"][..],
        &["lessons", "try", "--lang", "en"],
    ] {
        let output = cnm(&machine, arguments);
        let told = said(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{told}");
        for part in [
            "container es",
            "network dev",
            "docker rm -f es",
            "docker network rm dev",
            "--backend builtin",
        ] {
            assert!(told.contains(part), "{part} in\n{told}");
        }
        machine.is_as(&before);
    }
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn an_image_that_the_engine_has_is_used_and_stays() {
    let machine = Machine::start();
    machine.ok(&["tag", "alpine-of-mine", "alpine:latest"]);
    let before = machine.everything();
    // Somebody's alpine has no `sleep`: the containers of it do not start, and that is told.
    let output = cnm(&machine, &["check", "cnm", "--solve", "--lang", "en"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output.stderr));
    assert!(
        said(&output.stderr).contains("--name web --net dev alpine sleep 1d"),
        "{}",
        said(&output.stderr)
    );
    machine.is_as(&before);
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn our_images_answer_in_a_real_container_as_in_a_lab() {
    let machine = Machine::start();
    let home = Home::new();
    let mut command = home.cnm();
    command.args(["--backend", &machine.backend(), "check", "cnm", "--solve"]);
    let mut solving = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let looks_up = || machine.docker(&["exec", "web", "nslookup", "es"]);
    let resolved = eventually(Duration::from_secs(60), || {
        let output = looks_up();
        output.status.success() && said(&output.stdout).contains("127.0.0.11")
    });
    solving.kill().unwrap();
    solving.wait().unwrap();
    assert!(resolved, "{:?}", looks_up());
    let search = machine.ok(&["exec", "es", "curl", "-s", "http://localhost:9200"]);
    assert!(search.contains("You Know, for Search"), "{search}");
    let ping = machine.ok(&["exec", "es", "ping", "-c1", "127.0.0.1"]);
    assert!(
        ping.contains("1 packets transmitted, 1 received, 0% packet loss"),
        "{ping}"
    );
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn docker_takes_the_built_in_engines_place_where_that_cannot_run_and_says_so() {
    let machine = Machine::start();
    let before = machine.everything();
    for arguments in [
        &["check", "cnm", "--solve", "--lang", "en"][..],
        &["lessons", "try", "--lang", "en"],
    ] {
        let home = Home::new();
        let mut command = home.cnm();
        command
            .env("CNM_FAULT_SYSCALL", "uid_map:EACCES")
            .env("DOCKER_HOST", machine.host());
        let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
        let told = said(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{}{told}", said(&output.stdout));
        assert!(
            told.contains("cnm goes on with the Docker Engine on unix:///proc/"),
            "{told}"
        );
        machine.is_as(&before);
    }
    let home = Home::new();
    let mut command = home.cnm();
    command
        .env("CNM_FAULT_SYSCALL", "uid_map:EACCES")
        .env("DOCKER_HOST", machine.host());
    let output = command
        .args(["--backend", "builtin", "check", "cnm", "--solve"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4), "only where nothing else was asked for");
}
