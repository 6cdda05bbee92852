//! What learners type at each step: plausible and wrong, and right in a way that the lesson does not show.

use cnm::grade::Exit;
use cnm::lesson::{self, Step};
use cnm::workshop::{remedies, replay};

use super::{Engine, LIMIT};

/// Arguments of `docker`, one command a line.
type Commands = &'static [&'static str];

struct Tries {
    step: &'static str,
    /// Each with what the report says of it.
    wrong: [(Commands, &'static str); 2],
    right: Commands,
}

const TRIES: [Tries; 9] = [
    Tries {
        step: "create-network",
        wrong: [
            (
                &["network create DEV"],
                "dev does not exist, but DEV does: upper and lower case matter",
            ),
            (&["run -d --name dev alpine sleep 1d"], "dev does not exist"),
        ],
        right: &["network create --driver bridge --subnet 10.9.0.0/24 dev"],
    },
    Tries {
        step: "place-container",
        wrong: [
            (
                &["run -d --name es elasticsearch:2"],
                "es is on bridge (172.17.0.2), the default network: “docker rm -f es”, then run it with --net dev",
            ),
            (
                &["create --name es --net dev elasticsearch:2"],
                "es is created but has not been started: “docker start es”",
            ),
        ],
        right: &["create --name es elasticsearch:2", "network connect dev es", "start es"],
    },
    Tries {
        step: "call-by-name",
        wrong: [
            (
                &["run -d --name web alpine sleep 1d"],
                "web is on bridge (172.17.0.2), es is on dev: “docker rm -f web”, then run it with --net dev",
            ),
            (
                &["run -d --name web --net dev alpine true", "wait web"],
                "web has stopped (exit code 0): “docker rm -f web”, then give alpine something to do",
            ),
        ],
        right: &["run -d --name web busybox sleep 600", "network connect dev web"],
    },
    Tries {
        step: "default-bridge",
        wrong: [
            (
                &["run -d --name test --net dev alpine sleep 1d"],
                "test is on dev (172.18.0.4): “docker rm -f test”, then run it without --net",
            ),
            (
                &["run -d --name test alpine sleep 1d", "network connect dev test"],
                "test gets an answer for es",
            ),
        ],
        right: &["run -d --name test --network bridge busybox sleep 600"],
    },
    Tries {
        step: "no-network",
        wrong: [
            (
                &["run -d --name solo alpine sleep 1d"],
                "solo is on bridge (172.17.0.3), the default network: “docker rm -f solo”, then run it with --net none",
            ),
            (
                &["run -d --name solo --net host alpine sleep 1d"],
                "solo shares the host's network: “docker rm -f solo”, then run it with --net none",
            ),
        ],
        right: &["create --network none --name solo busybox sleep 600", "start solo"],
    },
    Tries {
        step: "two-networks",
        wrong: [
            (
                &["network create prod", "run -d --name app alpine sleep 1d"],
                "app is on bridge (172.17.0.3), the default network: “docker rm -f app”, then run it with --net prod",
            ),
            (
                &[
                    "network create prod",
                    "run -d --name app --net prod alpine sleep 1d",
                    "network connect dev app",
                ],
                "packets from app arrive at es: the two share a network",
            ),
        ],
        right: &[
            "network create --internal prod",
            "run -d --network=prod --name=app busybox sleep 600",
        ],
    },
    Tries {
        step: "connect",
        wrong: [
            (&["network connect prod es"], "web is on dev (172.18.0.3) only"),
            (
                &["network connect prod web", "network disconnect dev web"],
                "web is elsewhere: prod (172.19.0.3)",
            ),
        ],
        right: &[
            "rm -f web",
            "run -d --name web --net prod alpine sleep 1d",
            "network connect dev web",
        ],
    },
    Tries {
        step: "aliases",
        wrong: [
            (
                &["run -d --name prod-es-1 --net prod elasticsearch:2"],
                "no alias on prod: “docker rm -f prod-es-1”, then --net-alias es",
            ),
            (
                &[
                    "run -d --name prod-es-1 --net prod --net-alias es elasticsearch:2",
                    "run -d --name prod-es-2 --net prod --net-alias elastic elasticsearch:2",
                ],
                "prod-es-2 is on prod, alias elastic",
            ),
        ],
        right: &[
            "run -d --name prod-es-1 --net prod --network-alias search --network-alias es alpine sleep 1d",
            "run -d --name prod-es-2 elasticsearch:2",
            "network connect --alias es prod prod-es-2",
        ],
    },
    Tries {
        step: "disconnect",
        wrong: [
            (&["network disconnect prod web"], "web is still on dev (172.18.0.3)"),
            (&["rm -f web"], "web does not exist"),
        ],
        right: &["rm -f web", "run -d --name web --network prod busybox sleep 600"],
    },
];

/// A lab as it is when the learner comes to a step.
async fn before(step: &str) -> Engine {
    let lesson = lesson::embedded("cnm").unwrap();
    let (index, _) = lesson.step(step).unwrap();
    let engine = Engine::start();
    if let Some(index) = index.checked_sub(1) {
        reach(&engine, &lesson.steps[index]).await;
    }
    engine
}

pub(super) async fn reach(engine: &Engine, step: &Step) {
    let lab = engine.lab().await;
    // One after the other, as the learner went: addresses are given in that order.
    for step in lesson::embedded("cnm")
        .unwrap()
        .steps
        .iter()
        .take_while(|s| s.id != step.id)
        .chain([step])
    {
        replay(&step.goal, &lab).await.unwrap();
        let reached = |state: &cnm::lab::LabState| remedies(&step.goal, &state.topology).is_empty();
        lab.wait_for(reached, LIMIT).await.unwrap();
    }
}

fn type_in(engine: &Engine, commands: Commands) {
    for command in commands {
        engine.0.ok(&command.split(' ').collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn wrong_tries_at_every_step_are_red_and_the_reason_names_what_is_there() {
    for Tries { step, wrong, .. } in &TRIES {
        for (commands, reason) in wrong {
            let engine = before(step).await;
            type_in(&engine, commands);
            let (exit, told) = engine.check(&format!("cnm/{step}")).await;
            assert_eq!(exit, Exit::Fail, "{step}, {commands:?}: {told}");
            assert!(told.contains(reason), "{step}, {commands:?}, {reason}: {told}");
        }
    }
}

#[tokio::test]
async fn every_step_has_another_way_that_is_green() {
    for Tries { step, right, .. } in &TRIES {
        let engine = before(step).await;
        let (exit, told) = engine.check(&format!("cnm/{step}")).await;
        assert_eq!(exit, Exit::Fail, "{step} before: {told}");
        type_in(&engine, right);
        let (exit, told) = engine.check(&format!("cnm/{step}")).await;
        assert_eq!(exit, Exit::Pass, "{step}, {right:?}: {told}");
    }
}

#[test]
fn every_step_is_tried() {
    let steps: Vec<String> = lesson::embedded("cnm")
        .unwrap()
        .steps
        .into_iter()
        .filter(|step| step.question().is_none())
        .map(|step| step.id)
        .collect();
    assert_eq!(TRIES.map(|tries| tries.step.to_owned()).to_vec(), steps);
}
