//! Each Plan fails at each of its steps, by a request that the kernel really refuses: the lab is as it was before, and
//! the error carries the kernel's words.

mod support;

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use support::processes::with_words;
use support::residue::Watch;
use support::{Home, Lab, eventually, text};

/// How long a lab on a loaded machine may take to come to rest.
const REST: Duration = Duration::from_secs(20);

/// Links, addresses, routes and rules of the lab's host as the kernel lists them (`GET /lab/kernel`), and what the engine
/// holds.
fn state(lab: &Lab) -> String {
    let (status, kernel) = lab.http("GET", "/lab/kernel", "");
    assert_eq!(status, 200, "{kernel}");
    let (_, networks) = lab.http("GET", "/networks", "");
    let (_, dev) = lab.http("GET", "/networks/dev", "");
    let (_, containers) = lab.http("GET", "/containers/json?all=1", "");
    let mut containers: Value = serde_json::from_str(&containers).expect("containers");
    for container in containers.as_array_mut().expect("a list") {
        // `Up 2 seconds` goes on by itself.
        container["Status"].take();
    }
    format!("{kernel}\n{networks}\n{dev}\n{containers}")
}

/// What the container `es` is made of, as its process's own namespace shows it from outside, and what the engine says of it.
fn es(lab: &Lab, words: &str) -> String {
    // Asked first: the answer waits for links that are on their way out.
    let (_, inspected) = lab.http("GET", "/containers/es/json", "");
    let inspected: Value = serde_json::from_str(&inspected).expect("a container");
    let process = with_words(&["sleep", words]);
    let devices = text(process.path("net/dev"));
    let names: Vec<&str> = devices
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    // Leaves only: how the kernel balances its tree above them is its own affair.
    let trie = text(process.path("net/fib_trie"));
    let addresses: Vec<&str> = trie.lines().filter(|line| !line.contains("+--")).collect();
    format!(
        "{process:?}\n{names:?}\n{}{}{}{}{}\n{}",
        text(process.path("net/route")),
        addresses.join("\n"),
        text(process.path("root/etc/hosts")),
        text(process.path("root/etc/resolv.conf")),
        inspected["State"],
        inspected["NetworkSettings"],
    )
}

/// Fails `act` at each of its steps; before and after, the lab compares equal.
fn fails_cleanly(lab: &Lab, title: &str, steps: usize, act: impl Fn() -> std::process::Output) {
    assert!(steps > 0, "{title} has no steps");
    for step in 0..steps {
        let before = state(lab);
        lab.fail_next(title, step);
        let output = act();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{title} step {step} did not fail");
        assert!(
            said.contains("Unknown device type"),
            "{title} step {step} without the kernel's words: {said}"
        );
        // A link that was taken back is out of sight at once and gone from the kernel a moment later.
        let same = eventually(REST, || before == state(lab));
        assert!(
            same,
            "{title} failed at step {step} and left the lab changed:\n{before}\n---\n{}",
            state(lab)
        );
    }
}

fn created(lab: &Lab, name: &str, network: &str) -> String {
    let body = format!(r#"{{"Image":"alpine","Cmd":["sleep","600"],"HostConfig":{{"NetworkMode":"{network}"}}}}"#);
    let (status, answer) = lab.http("POST", &format!("/containers/create?name={name}"), &body);
    assert_eq!(status, 201, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("an answer");
    answer["Id"].as_str().expect("an id").to_owned()
}

/// `POST …/start`, told as a command would be.
fn started(lab: &Lab, id: &str) -> std::process::Output {
    told(lab.http("POST", &format!("/containers/{id}/start"), ""))
}

fn told((status, answer): (u16, String)) -> std::process::Output {
    let failed = i32::from(status >= 300);
    std::process::Output {
        status: std::os::unix::process::ExitStatusExt::from_raw(failed << 8),
        stdout: Vec::new(),
        stderr: answer.into_bytes(),
    }
}

#[test]
fn each_plan_failed_at_each_step_leaves_the_lab_as_it_was() {
    let lab = Lab::start_with(&[], &[("CNM_FAULTS", "1")]);
    lab.ok(&["network", "create", "probe"]);
    let create = lab.steps("network create").len();
    lab.ok(&[
        "run", "-d", "--name", "probe", "--net", "probe", "alpine", "sleep", "600",
    ]);
    let start = lab.steps("start").len();
    lab.ok(&["rm", "-f", "probe"]);
    lab.ok(&["network", "rm", "probe"]);

    fails_cleanly(&lab, "network create", create, || {
        lab.cli(&["network", "create", "dev"])
    });
    lab.ok(&["network", "create", "--internal", "inside"]);
    fails_cleanly(&lab, "network create", lab.steps("network create").len(), || {
        lab.cli(&["network", "create", "--internal", "dev"])
    });
    lab.ok(&["network", "create", "dev"]);
    let subnet = |name: &str| lab.ok(&["network", "inspect", name]);
    assert!(
        subnet("inside").contains("172.18.0.0/16"),
        "a failed creation kept its pool: {}",
        subnet("inside")
    );
    assert!(
        subnet("dev").contains("172.19.0.0/16"),
        "a failed creation kept its pool: {}",
        subnet("dev")
    );
    // Created once and started again and again, through the API: our `docker` has no `start` of its own yet.
    let id = created(&lab, "es", "dev");
    fails_cleanly(&lab, "start", start, || started(&lab, &id));
    assert!(started(&lab, &id).status.success());
    // The address that every failed start had taken is free again.
    lab.ok(&["run", "--rm", "--net", "dev", "alpine", "ping", "-c1", "172.19.0.2"]);
    lab.ok(&["rm", "-f", "es"]);
    lab.ok(&["network", "rm", "dev"]);
}

#[test]
fn a_failed_removal_removes_nothing_or_all() {
    let lab = Lab::start_with(&[], &[("CNM_FAULTS", "1")]);
    lab.ok(&["network", "create", "probe"]);
    lab.ok(&["network", "rm", "probe"]);
    let steps = lab.steps("network rm").len();
    lab.ok(&["network", "create", "dev"]);
    fails_cleanly(&lab, "network rm", steps, || lab.cli(&["network", "rm", "dev"]));
    lab.ok(&["network", "rm", "dev"]);
}

#[test]
fn a_removal_by_force_refused_at_any_step_leaves_the_container_running_and_whole() {
    let lab = Lab::start_with(&[], &[("CNM_FAULTS", "1")]);
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "-d", "--name", "probe", "--net", "dev", "alpine", "sleep", "600"]);
    lab.ok(&["rm", "-f", "probe"]);
    let steps = lab.steps("rm -f").len();
    assert!(steps >= 2, "a cable and a process at least");
    lab.ok(&["run", "-d", "--name", "es", "--net", "dev", "alpine", "sleep", "602"]);
    let before = es(&lab, "602");
    // The killing comes last: refused, as any step before it, it leaves the process alive and its cable plugged in again.
    fails_cleanly(&lab, "rm -f", steps, || {
        let output = lab.cli(&["rm", "-f", "es"]);
        let same = eventually(REST, || es(&lab, "602") == before);
        assert!(same, "{before}\n---\n{}", es(&lab, "602"));
        output
    });
    lab.ok(&["run", "--rm", "--net", "dev", "alpine", "ping", "-c1", "172.18.0.2"]);
    lab.ok(&["rm", "-f", "es"]);
    assert_eq!(lab.ok(&["ps", "-aq"]), "");
}

/// `POST …/connect` or `…/disconnect` of `es`, told as a command would be.
fn asked(lab: &Lab, verb: &str, network: &str) -> std::process::Output {
    told(lab.http("POST", &format!("/networks/{network}/{verb}"), r#"{"Container":"es"}"#))
}

#[test]
fn a_connect_or_disconnect_refused_at_any_step_changes_nothing() {
    let lab = Lab::start_with(&[], &[("CNM_FAULTS", "1")]);
    // Its name stands before `dev` and `bridge`: each act moves the default route, and the first one the resolver.
    lab.ok(&["network", "create", "aa"]);
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "-d", "--name", "es", "alpine", "sleep", "601"]);
    for (network, verb) in [
        ("aa", "connect"),
        ("dev", "connect"),
        ("aa", "disconnect"),
        ("bridge", "disconnect"),
        ("dev", "disconnect"),
    ] {
        // As many steps as there are: the first time that no step of that number is refused, the act is done.
        let title = format!("network {verb}");
        let mut step = 0;
        loop {
            let (before, inside) = (state(&lab), es(&lab, "601"));
            lab.fail_next(&title, step);
            let output = asked(&lab, verb, network);
            if output.status.success() {
                break;
            }
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains("Unknown device type"), "{title} step {step}: {said}");
            let same = eventually(REST, || before == state(&lab) && inside == es(&lab, "601"));
            assert!(
                same,
                "{title} {network} failed at step {step} and left the lab changed:\n{before}\n{inside}\n---\n{}\n{}",
                state(&lab),
                es(&lab, "601")
            );
            step += 1;
        }
        assert_eq!(
            step,
            lab.steps(&title).len(),
            "{title} {network} was refused at each step"
        );
    }
    lab.ok(&["rm", "-f", "es"]);
    lab.ok(&["network", "rm", "aa"]);
    lab.ok(&["network", "rm", "dev"]);
}

#[test]
fn what_has_ended_is_told_as_ended_whatever_is_refused() {
    let lab = Lab::start_with(&[], &[("CNM_FAULTS", "1")]);
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "--rm", "--net", "dev", "alpine", "true"]);
    let steps = lab.steps("end").len();
    assert!(steps >= 2, "a cable and a process at least");
    let before = state(&lab);
    for (step, keep) in (0..steps).flat_map(|step| [(step, true), (step, false)]) {
        let mut words = vec!["run", "-d", "--name", "es", "--net", "dev", "alpine", "sleep", "600"];
        if !keep {
            words.insert(1, "--rm");
        }
        lab.ok(&words);
        lab.fail_next("end es", step);
        let (status, answer) = lab.http("POST", "/containers/es/kill", "");
        assert_eq!(status, 204, "{answer}");
        if keep {
            let (_, inspected) = lab.http("GET", "/containers/es/json", "");
            let inspected: Value = serde_json::from_str(&inspected).expect("a container");
            let state = &inspected["State"];
            assert_eq!(
                (&state["Status"], &state["ExitCode"]),
                (&"exited".into(), &137.into()),
                "{state}"
            );
            lab.ok(&["rm", "es"]);
        }
        // Its cable, its address and its process are gone, and with `--rm` the container.
        let same = eventually(REST, || state(&lab) == before);
        assert!(same, "refused at step {step}:\n{before}\n---\n{}", state(&lab));
    }
    lab.ok(&["network", "rm", "dev"]);
}

#[test]
fn a_lab_refused_at_any_step_of_its_start_says_so_and_leaves_nothing() {
    let steps = Lab::start().steps("lab start").len();
    assert!(steps > 0, "the lab's start has no steps");
    let mut engines = 0;
    for step in 0..steps {
        let home = Home::new();
        let mut watch = Watch::new(&home);
        let (lang, words) = if step % 2 == 0 {
            ("en", "The lab could not be started, and nothing of it is left")
        } else {
            ("fr", "Le labo n’a pas pu être démarré, et il n’en reste rien")
        };
        let mut front = home
            .cnm()
            .args(["--lang", lang, "lab", "--socket"])
            .arg(home.path("run").join("lab.sock"))
            .env("CNM_FAULTS", "1")
            .env("CNM_FAULT_START", step.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cnm starts");
        let ended = eventually(REST, || {
            engines += usize::from(watch.note(front.id()).iter().any(|p| p.name == "cnm-engine"));
            front.try_wait().expect("it is waited for").is_some()
        });
        if !ended {
            let _ = front.kill();
        }
        let output = front.wait_with_output().expect("its output");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(ended, "step {step}: the lab started all the same; {said}");
        assert_eq!(output.status.code(), Some(4), "step {step}: {said}");
        assert!(output.stdout.is_empty(), "step {step}: not ready, and said so");
        assert!(
            said.contains(words) && said.contains("Unknown device type"),
            "step {step}: {said}"
        );
        let mut left = Vec::new();
        let gone = eventually(REST, || {
            left = watch.residue(&home, &[]);
            left.is_empty()
        });
        assert!(gone, "step {step} left:\n{}", left.join("\n"));
    }
    assert!(
        engines > 0,
        "no engine was ever seen: the residue of nothing was looked at"
    );
}

#[test]
fn without_the_setting_no_fault_can_be_asked_for() {
    let lab = Lab::start_with(&[], &[("CNM_FAULT_START", "0")]);
    let (status, _) = lab.http("POST", "/lab/faults", r#"{"title_prefix":"network create","step":0}"#);
    assert_eq!(status, 404);
}
