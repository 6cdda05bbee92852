//! Each lesson on the built-in engine: red before, green after, red on plausible wrong tries, green by another right way, and
//! true in what its texts say.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod looks;
mod probes;
mod solve;
#[path = "../support/mod.rs"]
mod support;
mod tries;

use std::path::Path;
use std::time::Duration;

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use bollard::query_parameters::{CreateContainerOptionsBuilder, KillContainerOptionsBuilder};
use cnm::grade::{CheckOptions, Exit, check};
use cnm::lab::{Backend, Lab};
use cnm::lesson;
use cnm::model::{ContainerState, Mark};
use cnm::texts::Lang;
use cnm::workshop::replay;
use support::{CNM, requests};

/// Long enough never to matter on a loaded machine; nothing is timed.
const LIMIT: Duration = Duration::from_secs(60);

/// `cnm lab --socket`, and what a learner's program sees of it.
struct Engine(support::Lab);

impl Engine {
    fn start() -> Self {
        Self(support::Lab::start())
    }

    async fn lab(&self) -> Lab {
        Lab::connect(Backend::UnixPath(self.0.socket.clone())).await.unwrap()
    }

    /// `cnm check`, waiting for what is on its way to be seen.
    async fn check(&self, target: &str) -> (Exit, String) {
        self.grade(target, false).await
    }

    /// `cnm check`, or `cnm check --probe`.
    async fn grade(&self, target: &str, probe: bool) -> (Exit, String) {
        let options = CheckOptions {
            targets: vec![target.into()],
            probe,
            lab: Some(self.0.socket.clone()),
            lang: Lang::En,
            ..CheckOptions::default()
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = check(&options, |_| None, &mut out, &mut err).await.unwrap();
        (exit, String::from_utf8(out).unwrap() + &String::from_utf8(err).unwrap())
    }
}

async fn create_network(lab: &Lab, name: &str) {
    lab.docker().create_network(requests::network(name)).await.unwrap();
}

/// `docker run -d --name NAME --net NETWORK alpine COMMAND`
async fn run(lab: &Lab, name: &str, network: &str, command: &[&str]) {
    let options = CreateContainerOptionsBuilder::new().name(name).build();
    let body = requests::container(network, command);
    lab.docker().create_container(Some(options), body).await.unwrap();
    lab.docker().start_container(name, None).await.unwrap();
}

#[tokio::test]
async fn every_step_is_red_before_its_goal_and_green_after() {
    for id in lesson::embedded_ids() {
        let engine = Engine::start();
        let lab = engine.lab().await;
        for step in &lesson::embedded(id).unwrap().steps {
            let target = format!("{id}/{}", step.id);
            let (exit, told) = engine.check(&target).await;
            assert_eq!(exit, Exit::Fail, "{target} before: {told}");
            replay(&step.goal, &lab).await.unwrap();
            let (exit, told) = engine.check(&target).await;
            if step.question().is_some() {
                assert_eq!(exit, Exit::Fail, "no lab has the answer to {target}: {told}");
                assert!(told.contains("no answer yet"), "{told}");
                continue;
            }
            assert_eq!(exit, Exit::Pass, "{target} after: {told}");
            // What the next step is made from is what the lab sees, not what the API answered.
            let reached = |state: &cnm::lab::LabState| cnm::workshop::remedies(&step.goal, &state.topology).is_empty();
            lab.wait_for(reached, LIMIT).await.unwrap();
        }
        let (exit, told) = engine.check(id).await;
        assert_eq!(exit, Exit::Pass, "{id} as a whole: {told}");
    }
}

#[tokio::test]
async fn a_container_on_the_wrong_network_is_red_until_it_is_put_right() {
    let engine = Engine::start();
    let lab = engine.lab().await;
    create_network(&lab, "dev").await;
    run(&lab, "es", "bridge", &["sleep", "1d"]).await;
    let (exit, told) = engine.check("cnm/place-container").await;
    assert_eq!(exit, Exit::Fail);
    assert!(
        told.contains("es is on bridge (172.17.0.2), the default network"),
        "{told}"
    );
    let running = |state: &cnm::lab::LabState| {
        state
            .topology
            .container("es")
            .is_some_and(|es| es.state == ContainerState::Running)
    };
    lab.wait_for(running, LIMIT).await.unwrap();
    let goal = lesson::embedded("cnm")
        .unwrap()
        .step("place-container")
        .unwrap()
        .1
        .goal
        .clone();
    let done: Vec<String> = replay(&goal, &lab)
        .await
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        done,
        ["docker rm -f es", "docker run -d --name es --net dev elasticsearch:2"]
    );
    let (exit, told) = engine.check("cnm/place-container").await;
    assert_eq!(exit, Exit::Pass, "{told}");
}

#[tokio::test]
async fn another_right_way_is_green() {
    let engine = Engine::start();
    let lab = engine.lab().await;
    let pool = IpamConfig {
        subnet: Some("10.66.0.0/16".into()),
        ..IpamConfig::default()
    };
    let request = NetworkCreateRequest {
        name: "dev".into(),
        ipam: Some(Ipam {
            config: Some(vec![pool]),
            ..Ipam::default()
        }),
        ..NetworkCreateRequest::default()
    };
    lab.docker().create_network(request).await.unwrap();
    run(&lab, "es", "dev", &["sleep", "1d"]).await;
    for step in ["cnm/create-network", "cnm/place-container"] {
        let (exit, told) = engine.check(step).await;
        assert_eq!(exit, Exit::Pass, "{told}");
    }
}

#[tokio::test]
async fn a_container_that_ended_is_red_with_its_exit_code() {
    let engine = Engine::start();
    let lab = engine.lab().await;
    create_network(&lab, "dev").await;
    run(&lab, "es", "dev", &["sleep", "1d"]).await;
    lab.docker()
        .kill_container("es", Some(KillContainerOptionsBuilder::new().signal("KILL").build()))
        .await
        .unwrap();
    let ended = |state: &cnm::lab::LabState| state.topology.container("es").is_some_and(|es| es.exit_code.is_some());
    lab.wait_for(ended, LIMIT).await.unwrap();
    let (exit, told) = engine.check("cnm/place-container").await;
    assert_eq!(exit, Exit::Fail);
    assert!(told.contains("es has stopped (exit code 137)"), "{told}");
}

#[tokio::test]
async fn a_container_made_for_a_network_that_is_not_there_says_so() {
    let engine = Engine::start();
    engine.0.ok(&["network", "create", "dev"]);
    let run = engine
        .0
        .cli(&["run", "-d", "--name", "es", "--net", "dve", "elasticsearch:2"]);
    assert!(!run.status.success());
    let (exit, told) = engine.check("cnm/place-container").await;
    assert_eq!(exit, Exit::Fail);
    let reason = "es was made for dve, which does not exist: “docker rm -f es”, then run it again";
    assert!(told.contains(reason), "{told}");
    // A neighbour that has stopped is what is told of its name.
    engine.0.ok(&["rm", "-f", "es"]);
    engine
        .0
        .ok(&["run", "-d", "--name", "es", "--net", "dev", "elasticsearch:2"]);
    engine
        .0
        .ok(&["run", "-d", "--name", "web", "--net", "dev", "alpine", "sleep", "1d"]);
    engine.0.ok(&["kill", "es"]);
    let (_, told) = engine.check("cnm/call-by-name").await;
    assert!(told.contains("es has stopped (exit code 137)"), "{told}");
}

#[tokio::test]
async fn bridge_and_cable_are_seen_by_their_kernel_names() {
    let engine = Engine::start();
    let lab = engine.lab().await;
    create_network(&lab, "dev").await;
    run(&lab, "es", "dev", &["sleep", "1d"]).await;
    let seen = |state: &cnm::lab::LabState| {
        let cable = state
            .topology
            .container("es")
            .and_then(|es| es.endpoints.first().cloned());
        let bridge = state.topology.network("dev").is_some_and(|dev| dev.mark == Mark::Seen);
        bridge && cable.is_some_and(|cable| cable.mark == Mark::Seen)
    };
    let state = lab
        .wait_for(seen, LIMIT)
        .await
        .unwrap_or_else(|error| panic!("{error}: {:#?}", lab.state().borrow()));
    let cable = &state.topology.container("es").unwrap().endpoints[0];
    assert_eq!(cable.interface.as_deref(), Some("eth0"));
    assert!(
        cable.host_end.as_deref().is_some_and(|end| end.starts_with("veth")),
        "{cable:?}"
    );
    assert_eq!(cable.address.unwrap().to_string(), "172.18.0.2/16");
    let uplink = state.topology.uplink.as_ref().unwrap();
    assert_eq!(
        (uplink.address.to_string().as_str(), uplink.router.to_string().as_str()),
        ("192.168.1.2/24", "192.168.1.1")
    );
    assert_eq!(uplink.mark, Mark::Simulated);
}

#[tokio::test]
async fn the_binary_grades_and_ends_as_its_contract_says() {
    let engine = Engine::start();
    let grade = |socket: &Path, arguments: &[&str]| {
        std::process::Command::new(CNM)
            .args(["check", "cnm/create-network", "--lang", "fr", "--lab"])
            .arg(socket)
            .args(arguments)
            .env_remove("DOCKER_HOST")
            .output()
            .unwrap()
    };
    let red = grade(&engine.0.socket, &["--solutions"]);
    assert_eq!(red.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&red.stdout).contains("$ docker network create dev"));
    create_network(&engine.lab().await, "dev").await;
    let green = grade(&engine.0.socket, &["--format", "json"]);
    assert_eq!((green.status.code(), green.stderr.as_slice()), (Some(0), &b""[..]));
    let report: serde_json::Value = serde_json::from_slice(&green.stdout).unwrap();
    assert_eq!(report["summary"]["passed"], 1);
    let nowhere = grade(&engine.0.socket.with_extension("none"), &[]);
    assert_eq!((nowhere.status.code(), nowhere.stdout.as_slice()), (Some(4), &b""[..]));
}

/// The program, ended by an interrupt once it waits for one; its status.
fn interrupted(arguments: &[&str], socket: &Path) -> Option<i32> {
    let home = support::Home::new();
    let mut command = home.cnm();
    command
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    if !arguments.contains(&"--solve") {
        command.arg("--lab").arg(socket);
    }
    let mut child = command.spawn().unwrap();
    // Before it does, an interrupt ends it with no status.
    let interrupt = rustix::process::Signal::INT;
    let waits = support::eventually(LIMIT, || {
        let status = support::text(format!("/proc/{}/status", child.id()));
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        caught.is_some_and(|mask| mask & 1 << (interrupt.as_raw() - 1) != 0)
    });
    assert!(waits, "nothing catches an interrupt");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), interrupt).unwrap();
    child.wait().unwrap().code()
}

#[test]
fn each_end_of_the_binary_has_its_status() {
    let engine = Engine::start();
    engine.0.ok(&["network", "create", "dev"]);
    let ended = |arguments: &[&str], socket: &Path| {
        let output = std::process::Command::new(CNM)
            .args(arguments)
            .arg("--lab")
            .arg(socket)
            .env_remove("DOCKER_HOST")
            .output()
            .unwrap();
        (
            output.status.code(),
            !output.stdout.is_empty(),
            !output.stderr.is_empty(),
        )
    };
    let lab = engine.0.socket.as_path();
    let broken = "tests/corpus/lessons/unknown-field/lesson.yaml";
    let cases: [(&[&str], _); 8] = [
        (&["check", "cnm/create-network"], (Some(0), true, false)),
        (
            &["check", "cnm/create-network", "--wait", "30s"],
            (Some(0), true, false),
        ),
        (&["check", "cnm/place-container"], (Some(1), true, false)),
        (&["check"], (Some(2), false, true)),
        (&["check", "cnm/nowhere"], (Some(2), false, true)),
        (&["check", "cnm", "--wait", "soon"], (Some(2), false, true)),
        (&["check", broken], (Some(3), false, true)),
        (
            &["check", "cnm/place-container", "--wait", "50ms", "--format", "json"],
            (Some(5), true, true),
        ),
    ];
    for (arguments, expected) in cases {
        assert_eq!(ended(arguments, lab), expected, "{arguments:?}");
    }
    assert_eq!(
        ended(&["check", "cnm"], &lab.with_extension("none")),
        (Some(4), false, true)
    );
    assert_eq!(interrupted(&["check", "cnm", "--wait", "10m"], lab), Some(130));
}
