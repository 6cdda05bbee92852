use proptest::prelude::*;

use super::*;
use crate::lesson::{CheckKind, Lesson, Verdict, embedded, judge};
use crate::model::build::{Attach, Draft};
use crate::workshop::paper::{cable, carry_out, lab, network};

fn goal() -> Goal {
    embedded("cnm").unwrap().step("place-container").unwrap().1.goal.clone()
}

fn said(todo: &[Remedy]) -> Vec<String> {
    todo.iter().map(ToString::to_string).collect()
}

fn commands(lab: &Topology) -> Vec<String> {
    said(&remedies(&goal(), lab))
}

#[test]
fn an_empty_lab_needs_everything() {
    let run = "docker run -d --name es --net dev elasticsearch:2";
    assert_eq!(commands(&Draft::default().done()), ["docker network create dev", run]);
}

#[test]
fn what_ended_or_was_run_elsewhere_is_made_anew() {
    let anew = ["docker rm -f es", "docker run -d --name es --net dev elasticsearch:2"];
    let lab = Draft::default().network("dev");
    assert_eq!(commands(&lab.container("es", &[Attach::to("bridge")]).done()), anew);
    let lab = Draft::default().network("dev").container("es", &[Attach::to("dev")]);
    assert_eq!(commands(&lab.exited("es", 0).done()), anew);
    let lab = Draft::default().network("dev").with_mode("es", "host");
    assert_eq!(commands(&lab.done()), anew);
}

#[test]
fn a_second_network_is_plugged_in() {
    let mut goal = goal();
    goal.networks.push(network("prod", None, false));
    goal.containers[0].endpoints.push(cable("prod", &["search"], None));
    let lab = Draft::default()
        .network("dev")
        .network("prod")
        .container("es", &[Attach::to("dev")])
        .done();
    let commands = said(&remedies(&goal, &lab));
    assert_eq!(commands, ["docker network connect --alias search prod es"]);
}

#[test]
fn what_should_not_be_plugged_in_is_unplugged_or_made_anew() {
    let lesson = embedded("cnm").unwrap();
    let last = |step: &str, lab: Draft| -> Option<String> {
        let goal = &lesson.step(step).unwrap().1.goal;
        Some(remedies(goal, &lab.done()).last()?.to_string())
    };
    let alone = "docker run -d --name solo --net none alpine sleep 1d";
    let lab = Draft::default().container("solo", &[Attach::to("bridge")]);
    assert_eq!(last("no-network", lab).as_deref(), Some(alone));
    let lab = Draft::default().with_mode("solo", "host");
    assert_eq!(last("no-network", lab).as_deref(), Some(alone));
    let both = [Attach::to("dev"), Attach::to("prod")];
    let lab = Draft::default().network("dev").network("prod").container("web", &both);
    let goal = &lesson.step("disconnect").unwrap().1.goal;
    assert!(said(&remedies(goal, &lab.done())).contains(&"docker network disconnect dev web".to_owned()));
}

#[test]
fn one_that_has_lost_its_last_cable_satisfies_a_goal_that_wants_none() {
    let goal = &embedded("cnm").unwrap().step("no-network").unwrap().1.goal.clone();
    for (mode, stays) in [
        ("bridge", true),
        ("none", true),
        ("host", false),
        ("container:1", false),
    ] {
        let todo = said(&remedies(goal, &Draft::default().with_mode("solo", mode).done()));
        assert_eq!(todo.iter().all(|command| !command.contains("solo")), stays, "{mode}");
    }
}

#[test]
fn one_that_runs_on_a_network_that_concerns_it_is_mended_in_place() {
    let lesson = embedded("cnm").unwrap();
    let of_web = |step: &str, network: &str| -> Vec<String> {
        let lab = with_both().container("web", &[Attach::to(network)]).done();
        let todo = said(&remedies(&lesson.step(step).unwrap().1.goal, &lab));
        todo.into_iter().filter(|command| command.contains("web")).collect()
    };
    assert_eq!(of_web("connect", "prod"), ["docker network connect dev web"]);
    let moved = ["docker network connect prod web", "docker network disconnect dev web"];
    assert_eq!(of_web("disconnect", "dev"), moved);
    let anew = [
        "docker rm -f web",
        "docker run -d --name web --net prod alpine sleep 1d",
    ];
    assert_eq!(of_web("disconnect", "bridge"), anew);
}

#[test]
fn a_cable_goes_first_where_another_container_is_to_have_its_address() {
    let moves = GoalContainer {
        off: vec!["dev".into()],
        ..sleeper("web", &[cable("prod", &[], None)])
    };
    let goal = Goal {
        networks: vec![network("dev", None, false), network("prod", None, false)],
        containers: vec![sleeper("es", &[cable("dev", &[], Some("172.20.0.2"))]), moves],
    };
    let lab = with_both().container("web", &[Attach::to("dev")]).done();
    let on_dev = lab.networks.iter().find(|known| known.name == "dev").unwrap();
    assert_eq!(on_dev.subnet, "172.20.0.0/16".parse().ok(), "as the draft numbers them");
    let expected = [
        "docker network disconnect dev web",
        "docker run -d --name es --net dev --ip 172.20.0.2 alpine sleep 1d",
        "docker network connect prod web",
    ];
    assert_eq!(said(&remedies(&goal, &lab)), expected);
}

#[test]
fn what_lacks_is_made_and_what_runs_is_left_where_it_is() {
    let goal = embedded("cnm").unwrap().step("connect").unwrap().1.goal.clone();
    let lab = with_both()
        .container("es", &[Attach::to("bridge")])
        .container("web", &[Attach::to("prod")])
        .container("app", &[Attach::to("prod")])
        .exited("app", 0)
        .done();
    let made = [
        "docker rm -f app",
        "docker run -d --name test alpine sleep 1d",
        "docker run -d --name solo --net none alpine sleep 1d",
        "docker run -d --name app --net prod alpine sleep 1d",
    ];
    assert_eq!(said(&lacking(&goal, &lab)), made);
}

fn with_both() -> Draft {
    Draft::default().network("dev").network("prod")
}

#[test]
fn what_is_right_is_left_alone() {
    let lab = Draft::default()
        .network("dev")
        .container("es", &[Attach::to("dev")])
        .done();
    assert_eq!(commands(&lab), [""; 0]);
}

#[test]
fn aliases_addresses_and_subnets_are_put_right_and_who_hung_there_hangs_there_again() {
    let mut goal = goal();
    goal.networks[0] = network("dev", Some("10.66.0.0/16"), true);
    goal.containers[0].endpoints[0] = cable("dev", &["search me"], Some("10.66.66.66"));
    let lab = Draft::default()
        .network("dev")
        .container("es", &[Attach::to("dev")])
        .container("mine", &[Attach::to("dev").alias("own")])
        .done();
    let expected = [
        "docker network disconnect dev es",
        "docker network disconnect dev mine",
        "docker network rm dev",
        "docker network create --subnet 10.66.0.0/16 --internal dev",
        "docker network connect --alias 'search me' --ip 10.66.66.66 dev es",
        "docker network connect --alias own dev mine",
    ];
    assert_eq!(said(&remedies(&goal, &lab)), expected);
}

fn sleeper(name: &str, endpoints: &[GoalEndpoint]) -> GoalContainer {
    GoalContainer {
        name: name.into(),
        image: "alpine".into(),
        command: vec!["sleep".into(), "1d".into()],
        endpoints: endpoints.to_vec(),
        off: Vec::new(),
    }
}

/// A goal and what tells that it is reached.
type Told = (Goal, Vec<CheckKind>);

/// Six steps that use all that goals can say, each on top of the one before.
fn six_steps() -> Vec<Told> {
    let more = [
        (vec![network("dev", None, false)], vec![]),
        (vec![], vec![sleeper("es", &[cable("dev", &[], None)])]),
        (
            vec![network("prod", Some("10.9.0.0/16"), true)],
            vec![sleeper(
                "web",
                &[cable("dev", &[], None), cable("prod", &["front"], None)],
            )],
        ),
        (
            vec![],
            vec![sleeper(
                "es",
                &[cable("dev", &["search"], None), cable("prod", &[], Some("10.9.66.66"))],
            )],
        ),
        (vec![network("dev", None, true)], vec![]),
        (
            vec![],
            vec![GoalContainer {
                off: vec!["dev".into()],
                ..sleeper("web", &[cable("prod", &["front"], None)])
            }],
        ),
    ];
    let checks = [
        vec![CheckKind::NetworkExists { network: "dev".into() }],
        vec![CheckKind::Attached {
            container: "es".into(),
            network: "dev".into(),
        }],
        vec![
            CheckKind::Internal { network: "prod".into() },
            CheckKind::Alias {
                container: "web".into(),
                network: "prod".into(),
                alias: "front".into(),
            },
        ],
        vec![
            CheckKind::Alias {
                container: "es".into(),
                network: "dev".into(),
                alias: "search".into(),
            },
            CheckKind::IpIs {
                container: "es".into(),
                network: "prod".into(),
                ip: "10.9.66.66".parse().unwrap(),
            },
        ],
        vec![CheckKind::Internal { network: "dev".into() }],
        vec![CheckKind::NotAttached {
            container: "web".into(),
            network: "dev".into(),
        }],
    ];
    let mut goal = Goal::default();
    let steps = more.into_iter().zip(checks).map(|((networks, containers), checks)| {
        goal = goal.then(&Goal { networks, containers });
        (goal.clone(), checks)
    });
    steps.collect()
}

fn steps_of(lesson: &Lesson) -> Vec<Told> {
    let told = |step: &crate::lesson::Step| (step.goal.clone(), step.checks.iter().map(|c| c.kind.clone()).collect());
    lesson.steps.iter().map(told).collect()
}

/// Putting the step at `index` back.
fn back(steps: &[Told], index: usize, lab: &Topology) -> PutBack {
    let nothing = Goal::default();
    let before = index.checked_sub(1).map_or(&nothing, |before| &steps[before].0);
    let undone: Vec<&Goal> = steps[index..].iter().map(|(goal, _)| goal).collect();
    put_back(before, &undone, lab)
}

#[test]
fn a_step_is_put_back_and_what_the_learner_made_stays() {
    let steps = steps_of(&embedded("cnm").unwrap())[6..8].to_vec();
    let lab = Draft::default()
        .network("dev")
        .network("mine")
        .container("es", &[Attach::to("dev")])
        .container("toto", &[Attach::to("dev"), Attach::to("mine")])
        .done();
    let second = back(&steps, 1, &lab);
    assert_eq!(said(&second.todo), ["docker rm -f es"]);
    assert_eq!(second.staying, ["mine", "toto"]);
    let first = back(&steps, 0, &lab);
    assert_eq!(
        said(&first.todo),
        [
            "docker rm -f es",
            "docker network disconnect dev toto",
            "docker network rm dev"
        ]
    );
    assert_eq!(back(&steps, 0, &Draft::default().done()), PutBack::default());
}

#[test]
fn what_earlier_steps_made_is_mended() {
    let steps = six_steps();
    let lab = Draft::default()
        .network("mine")
        .container("es", &[Attach::to("mine")])
        .done();
    let expected = [
        "docker rm -f es",
        "docker network create dev",
        "docker run -d --name es --net dev alpine sleep 1d",
    ];
    assert_eq!(said(&back(&steps, 2, &lab).todo), expected);
}

#[test]
fn only_the_cables_and_aliases_of_the_step_go_from_what_was_there_before_it() {
    let steps = six_steps();
    let mut lab = Draft::default().done();
    for remedy in remedies(&steps[3].0, &lab) {
        carry_out(&mut lab, &remedy).unwrap();
    }
    let expected = [
        "docker network disconnect dev es",
        "docker network disconnect prod es",
        "docker network connect dev es",
    ];
    assert_eq!(said(&back(&steps, 3, &lab).todo), expected);
}

/// What the words of the module promise, for one lab and one step.
fn holds(steps: &[Told], index: usize, lab: &Topology) -> Result<(), TestCaseError> {
    let put_back = back(steps, index, lab);
    let mut after = lab.clone();
    for remedy in &put_back.todo {
        prop_assert_eq!(carry_out(&mut after, remedy), Some(()), "{:?}", said(&put_back.todo));
    }
    let again = back(steps, index, &after);
    prop_assert!(
        again.todo.is_empty(),
        "{:?} and then {:?}",
        said(&put_back.todo),
        said(&again.todo)
    );
    prop_assert_eq!(&again.staying, &put_back.staying);
    let passes = |check: &CheckKind, lab: &Topology| judge(check, lab) == Verdict::Pass;
    let asks_for_more = index == 0 || steps[index - 1].0 != steps[index].0;
    let red = steps[index].1.iter().any(|check| !passes(check, &after));
    prop_assert!(red || !asks_for_more, "still green after {:?}", said(&put_back.todo));
    if let Some((before, _)) = index.checked_sub(1).map(|before| &steps[before]) {
        let reached = before.realised();
        let earlier = steps[..index].iter().flat_map(|(_, checks)| checks);
        for check in earlier.filter(|check| passes(check, &reached)) {
            prop_assert!(passes(check, &after), "{:?} after {:?}", check, said(&put_back.todo));
        }
    }
    Ok(())
}

#[test]
fn each_step_of_the_lesson_can_be_put_back_from_each_later_one() {
    let steps = steps_of(&embedded("cnm").unwrap());
    for (reached, (goal, _)) in steps.iter().enumerate() {
        let mut lab = Draft::default().done();
        for remedy in remedies(goal, &lab) {
            carry_out(&mut lab, &remedy).unwrap();
        }
        for index in 0..=reached {
            holds(&steps, index, &lab).unwrap();
        }
    }
}

proptest! {
    #[test]
    fn put_back_a_step_is_red_those_before_it_are_green_and_the_learners_own_is_there(lab in lab()) {
        let steps = six_steps();
        for index in 0..steps.len() {
            holds(&steps, index, &lab)?;
        }
    }

    #[test]
    fn what_lacks_is_made_and_nothing_that_runs_is_removed(lab in lab()) {
        for (goal, _) in six_steps() {
            let todo = lacking(&goal, &lab);
            for remedy in &todo {
                let removes = match remedy {
                    Remedy::RemoveNetwork { .. } => true,
                    Remedy::RemoveContainer { container } | Remedy::Disconnect { container, .. } => {
                        let mut known = lab.containers.iter().filter(|known| known.name == *container);
                        known.any(|known| known.state == ContainerState::Running)
                    }
                    _ => false,
                };
                prop_assert!(!removes, "{:?}", said(&todo));
            }
        }
    }

    #[test]
    fn remedies_are_never_refused_and_leave_nothing_to_do(lab in lab()) {
        for (goal, checks) in six_steps() {
            let todo = remedies(&goal, &lab);
            let mut after = lab.clone();
            for remedy in &todo {
                prop_assert_eq!(carry_out(&mut after, remedy), Some(()), "{:?}", said(&todo));
            }
            prop_assert_eq!(said(&remedies(&goal, &after)), Vec::<String>::new());
            prop_assert!(checks.iter().all(|check| judge(check, &after) == Verdict::Pass), "{:?}", said(&todo));
        }
    }
}
