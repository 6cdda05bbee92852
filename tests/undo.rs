//! Each Plan fails at each of its steps, by a request that the kernel really refuses: the lab is as it was before, and
//! the error carries the kernel's words.

mod support;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use support::{Lab, eventually};

/// One request, one answer: status and body.
fn http(lab: &Lab, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = UnixStream::connect(&lab.socket).expect("the engine's socket");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer
        .split_whitespace()
        .nth(1)
        .and_then(|s| s.parse().ok())
        .expect("a status");
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, b)| b.to_owned())
        .unwrap_or_default();
    (status, body)
}

/// Links, addresses, routes and rules of the lab's host as the kernel lists them (`GET /lab/kernel`), and what the engine
/// holds.
fn state(lab: &Lab) -> String {
    let (status, kernel) = http(lab, "GET", "/lab/kernel", "");
    assert_eq!(status, 200, "{kernel}");
    let (_, networks) = http(lab, "GET", "/networks", "");
    let (_, containers) = http(lab, "GET", "/containers/json", "");
    format!("{kernel}\n{networks}\n{containers}")
}

/// How many steps the newest plan of that title had.
fn steps_of(lab: &Lab, title: &str) -> usize {
    let (_, plans) = http(lab, "GET", "/lab/plans", "");
    let plans: Vec<serde_json::Value> = serde_json::from_str(&plans).expect("plans");
    let plan = plans
        .iter()
        .rfind(|p| p["title"].as_str().is_some_and(|t| t.starts_with(title)));
    let plan = plan.unwrap_or_else(|| panic!("no plan {title:?} among {plans:#?}"));
    plan["steps"].as_array().expect("steps").len()
}

/// Fails `act` at each of its steps; before and after, the lab compares equal.
fn fails_cleanly(lab: &Lab, title: &str, steps: usize, act: impl Fn() -> std::process::Output) {
    assert!(steps > 0, "{title} has no steps");
    for step in 0..steps {
        let before = state(lab);
        let (status, answer) = http(
            lab,
            "POST",
            "/lab/faults",
            &format!(r#"{{"title_prefix":"{title}","step":{step}}}"#),
        );
        assert!(status < 300, "{answer}");
        let output = act();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{title} step {step} did not fail");
        assert!(
            said.contains("Unknown device type"),
            "{title} step {step} without the kernel's words: {said}"
        );
        // A link that was taken back is out of sight at once and gone from the kernel a moment later.
        let same = eventually(Duration::from_secs(2), || before == state(lab));
        assert!(
            same,
            "{title} failed at step {step} and left the lab changed:\n{before}\n---\n{}",
            state(lab)
        );
    }
}

fn created(lab: &Lab, name: &str, network: &str) -> String {
    let body = format!(r#"{{"Image":"alpine","Cmd":["sleep","600"],"HostConfig":{{"NetworkMode":"{network}"}}}}"#);
    let (status, answer) = http(lab, "POST", &format!("/containers/create?name={name}"), &body);
    assert_eq!(status, 201, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("an answer");
    answer["Id"].as_str().expect("an id").to_owned()
}

/// `POST …/start`, told as a command would be.
fn started(lab: &Lab, id: &str) -> std::process::Output {
    let (status, answer) = http(lab, "POST", &format!("/containers/{id}/start"), "");
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
    let create = steps_of(&lab, "network create");
    lab.ok(&[
        "run", "-d", "--name", "probe", "--net", "probe", "alpine", "sleep", "600",
    ]);
    let start = steps_of(&lab, "start");
    lab.ok(&["rm", "-f", "probe"]);
    lab.ok(&["network", "rm", "probe"]);

    fails_cleanly(&lab, "network create", create, || {
        lab.cli(&["network", "create", "dev"])
    });
    lab.ok(&["network", "create", "--internal", "inside"]);
    fails_cleanly(&lab, "network create", steps_of(&lab, "network create"), || {
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
    let steps = steps_of(&lab, "network rm");
    lab.ok(&["network", "create", "dev"]);
    fails_cleanly(&lab, "network rm", steps, || lab.cli(&["network", "rm", "dev"]));
    lab.ok(&["network", "rm", "dev"]);
}

#[test]
fn without_the_setting_no_fault_can_be_asked_for() {
    let lab = Lab::start();
    let (status, _) = http(
        &lab,
        "POST",
        "/lab/faults",
        r#"{"title_prefix":"network create","step":0}"#,
    );
    assert_eq!(status, 404);
}
