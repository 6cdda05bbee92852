use std::sync::Arc;

use cnm::engine::executor::{Executor, NoStdio, StepError};
use cnm::engine::netlink::Route;
use cnm::engine::netlink::request::{self, LinkRef};
use cnm::engine::plan::{NftExpression, NftObject, Place, Plan, PlanOutcome, Step, StepOutcome};
use cnm::engine::sandbox::SandboxError;
use cnm::observe::Event;

use crate::netns::{ThinPlaces, inside, picture};
use crate::plans::{self, DevNull, container, plan};

/// A lab with two networks and a container on each.
fn lab() -> (Arc<ThinPlaces>, Executor) {
    let (places, mut executor) = plans::lab(&["br-a", "br-b"]);
    executor
        .run(
            &plans::run("a1", "br-a", "172.18.0.2/16", [172, 18, 0, 1].into()),
            &mut DevNull,
        )
        .unwrap();
    executor
        .run(&plan("isolate a1", vec![isolate("vetha1")]), &mut DevNull)
        .unwrap();
    let kept = whole(&places).concat();
    assert!(
        kept.iter()
            .any(|line| line.starts_with("link vetha1 ") && line.ends_with("isolated=true")),
        "{kept:#?}"
    );
    (places, executor)
}

fn isolate(port: &str) -> Step {
    Step::IsolatePort {
        place: Place::Host,
        link: port.into(),
    }
}

fn whole(places: &ThinPlaces) -> Vec<Vec<String>> {
    [Place::Host, Place::Router, container("a1"), container("a2")]
        .map(|place| picture(places, &place))
        .into()
}

fn connect() -> Plan {
    let inside = container("a1");
    plan(
        "connect a1",
        vec![
            plans::veth("vetha1b", Some("br-b"), &inside, "eth1"),
            isolate("vetha1b"),
            plans::address(&inside, "eth1", "172.19.0.2/16"),
            plans::up(&inside, "eth1"),
            plans::up(&Place::Host, "vetha1b"),
        ],
    )
}

fn every_kind() -> Vec<Plan> {
    let forward = NftObject::Rule {
        table: "docker-bridges".into(),
        chain: "filter-FORWARD".into(),
        expressions: vec![NftExpression::OutVerdictMap {
            map: "filter-forward-in-jumps".into(),
        }],
    };
    vec![
        plans::network("br-c", "172.20.0.1/16", "172.20.0.0/16"),
        plans::network_rm("br-b", "172.19.0.0/16"),
        plans::run("a2", "br-a", "172.18.0.3/16", [172, 18, 0, 1].into()),
        connect(),
        plan(
            "disconnect a1",
            vec![
                Step::DeleteVeth {
                    place: Place::Host,
                    name: "vetha1".into(),
                },
                Step::NftDelete {
                    place: Place::Host,
                    objects: vec![forward],
                },
                Step::SetSysctl {
                    place: Place::Host,
                    key: "net.ipv4.ip_forward".into(),
                    value: "0".into(),
                },
                Step::SetUp {
                    place: Place::Host,
                    link: "br-a".into(),
                    up: false,
                },
                Step::AddRoute {
                    place: Place::Host,
                    destination: "10.0.0.0/8".parse().unwrap(),
                    via: [192, 168, 1, 1].into(),
                },
            ],
        ),
    ]
}

#[test]
fn a_plan_failed_at_any_step_leaves_everything_as_before() {
    inside("undo::a_plan_failed_at_any_step_leaves_everything_as_before", || {
        let (places, mut executor) = lab();
        let before = whole(&places);
        for plan in every_kind() {
            for step in 0..plan.steps.len() {
                executor.fail_next(&plan.title, step);
                let error = executor.run(&plan, &mut DevNull).unwrap_err();
                assert_eq!((error.step, error.title.as_str()), (step, plan.title.as_str()));
                assert!(error.to_string().contains("(kernel: Unknown device type)"), "{error}");
                assert!(error.cleanup.is_empty(), "{:?}", error.cleanup);
                assert_eq!(whole(&places), before, "{} failed at {step}", plan.title);
            }
        }
        let last = executor.history().list().pop().unwrap();
        assert!(matches!(&last.outcome, PlanOutcome::Failed { step: 4, .. }));
        assert_eq!(last.steps[0].outcome, StepOutcome::Undone);
        assert_eq!(last.steps[4].outcome, StepOutcome::Failed);
    });
}

#[test]
fn a_real_refusal_in_the_middle_of_a_batch_blames_its_own_step() {
    inside(
        "undo::a_real_refusal_in_the_middle_of_a_batch_blames_its_own_step",
        || {
            let (places, mut executor) = lab();
            let before = whole(&places);
            let bad = plan(
                "bad",
                vec![
                    Step::CreateBridge {
                        place: Place::Host,
                        name: "br-z".into(),
                        mtu: None,
                    },
                    plans::up(&Place::Host, "br-z"),
                    Step::CreateBridge {
                        place: Place::Host,
                        name: "br-a".into(),
                        mtu: None,
                    },
                    Step::CreateBridge {
                        place: Place::Host,
                        name: "br-y".into(),
                        mtu: None,
                    },
                ],
            );
            let error = executor.run(&bad, &mut NoStdio).unwrap_err();
            assert_eq!(error.step, 2);
            assert_eq!(error.to_string(), "create bridge br-a: File exists");
            assert_eq!(
                whole(&places),
                before,
                "what came behind the refused one is taken back too"
            );

            let missing = plan(
                "missing",
                vec![
                    Step::CreateBridge {
                        place: Place::Host,
                        name: "br-z".into(),
                        mtu: None,
                    },
                    plans::address(&Place::Host, "nobody", "10.0.0.1/8"),
                ],
            );
            let error = executor.run(&missing, &mut NoStdio).unwrap_err();
            assert_eq!(
                (error.step, error.to_string().as_str()),
                (1, "find nobody: No such device")
            );
            assert_eq!(whole(&places), before);
        },
    );
}

#[test]
fn a_command_that_cannot_be_executed_takes_its_container_back() {
    inside(
        "undo::a_command_that_cannot_be_executed_takes_its_container_back",
        || {
            let (places, mut executor) = lab();
            let before = whole(&places);
            places.broken.lock().unwrap().push("a2".into());
            // Or it might be over before the watcher has seen any of it.
            places.witness.set(executor.watch()).unwrap();
            let run = plans::run("a2", "br-a", "172.18.0.3/16", [172, 18, 0, 1].into());
            let error = executor.run(&run, &mut DevNull).unwrap_err();
            assert!(
                matches!(&error.source, StepError::Sandbox(SandboxError::Exec { code: 127, .. })),
                "{error}"
            );
            assert_eq!(whole(&places), before);
            assert_eq!(executor.pid("a2"), None);
            executor.watch().flush();
            let told = executor.log().snapshot();
            let last = told.iter().rev().find(|seen| seen.place == "a2");
            assert!(
                matches!(last.map(|seen| &seen.event), Some(Event::LinkGone { .. })),
                "the picture forgets it: {last:?}"
            );
        },
    );
}

#[test]
fn a_bridge_deleted_by_hand_does_not_keep_its_network() {
    inside("undo::a_bridge_deleted_by_hand_does_not_keep_its_network", || {
        let (places, mut executor) = lab();
        let by_hand = request::delete(LinkRef::Name("br-b"), "br-b");
        Route::open().unwrap().execute(&by_hand).unwrap();
        executor
            .run(&plans::network_rm("br-b", "172.19.0.0/16"), &mut NoStdio)
            .unwrap();
        assert!(!picture(&places, &Place::Host).iter().any(|line| line.contains("br-b")));
    });
}

#[test]
fn the_plans_still_work_after_all_that() {
    inside("undo::the_plans_still_work_after_all_that", || {
        let (places, mut executor) = lab();
        executor.run(&connect(), &mut NoStdio).unwrap();
        assert!(
            picture(&places, &container("a1"))
                .iter()
                .any(|line| line == "address eth1 172.19.0.2/16")
        );
        let disconnect = plan(
            "disconnect",
            vec![Step::DeleteVeth {
                place: Place::Host,
                name: "vetha1b".into(),
            }],
        );
        executor.run(&disconnect, &mut NoStdio).unwrap();
        // Nobody waits: the name and the far end's name are free at once.
        executor.run(&connect(), &mut NoStdio).unwrap();
        executor.run(&disconnect, &mut NoStdio).unwrap();
        executor.reaper().wait_place(&container("a1"));
        let inside_a1 = picture(&places, &container("a1"));
        assert_eq!(
            inside_a1.iter().filter(|line| line.starts_with("link ")).count(),
            2,
            "{inside_a1:?}"
        );
        let calls = places.calls.lock().unwrap().clone();
        assert_eq!(calls, ["create a1", "start a1"]);
    });
}
