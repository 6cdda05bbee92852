//! What was green for an instant, what leads to green by the least, what is told of what was broken, and what is made again.

use super::*;
use crate::lab::{Happening, TimelineEntry};
use crate::model::build::{Attach, Draft};

const SECOND: i64 = 1_000_000_000;

fn at(seconds: i64, what: Happening) -> TimelineEntry {
    TimelineEntry {
        at: seconds * SECOND,
        container: None,
        what,
    }
}

fn starts(seconds: i64, container: &str) -> TimelineEntry {
    let container = container.into();
    at(seconds, Happening::ContainerStarted { container })
}

fn ends(seconds: i64, container: &str, exit_code: i32) -> TimelineEntry {
    let container = container.into();
    at(seconds, Happening::ContainerDied { container, exit_code })
}

fn told(topology: Topology, timeline: &[TimelineEntry]) -> LabState {
    LabState {
        timeline: Arc::new(timeline.to_vec()),
        ..lab(topology)
    }
}

fn with_es() -> Draft {
    with_dev().container("es", &[Attach::to("dev")])
}

fn with_web() -> Draft {
    with_es().container("web", &[Attach::to("dev")])
}

/// Call-by-name, green since the hundredth second.
fn green_at_call_by_name() -> Session {
    let mut session = session();
    assert!(session.go_to("call-by-name"));
    session.observe(&told(with_web().done(), &[starts(100, "web")]));
    assert!(session.view(Lang::En).unwrap().green);
    assert_eq!(session.view(Lang::En).unwrap().done, 1);
    session
}

fn at_step(id: &str, topology: Topology) -> Session {
    let mut session = session();
    assert!(session.go_to(id));
    session.observe(&lab(topology));
    session
}

#[test]
fn a_step_that_is_green_for_an_instant_is_not_done_on_the_screen_nor_on_the_disk() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().as_os_str().to_owned();
    let store = ProgressStore::locate(|name| (name == "XDG_STATE_HOME").then(|| state.clone()));
    let mut session = green_at_call_by_name();
    session.keep_in(store.clone());
    let ended = with_web().exited("web", 0).done();
    let timeline = [starts(100, "web"), ends(101, "web", 0)];
    assert!(session.observe(&told(ended.clone(), &timeline)));
    let view = session.view(Lang::En).unwrap();
    assert_eq!((view.green, view.done), (false, 0));
    assert!(!session.put_back().mends, "there is no green to give back");
    assert!(!session.observe(&told(ended, &timeline)), "that is told once");
    drop(session);
    assert_eq!(store.load("cnm").0.done, [""; 0]);
}

#[test]
fn one_that_was_removed_as_soon_as_it_ended_is_not_done_either() {
    let mut session = green_at_call_by_name();
    session.observe(&told(with_es().done(), &[starts(100, "web"), ends(101, "web", 0)]));
    assert_eq!(session.view(Lang::En).unwrap().done, 0);
}

#[test]
fn what_stood_was_killed_or_was_left_green_stays_done() {
    let ended = || with_web().exited("web", 0).done();
    for timeline in [
        // It stood.
        [starts(100, "web"), ends(102, "web", 0)],
        // Somebody killed it.
        [starts(100, "web"), ends(101, "web", 137)],
        // An earlier try ended so, not this one.
        [ends(99, "web", 0), starts(100, "web")],
        // Another container ended.
        [starts(100, "web"), ends(101, "toto", 0)],
    ] {
        let mut session = green_at_call_by_name();
        session.observe(&told(ended(), &timeline));
        assert_eq!(session.view(Lang::En).unwrap().done, 1, "{timeline:?}");
    }
    let mut session = green_at_call_by_name();
    assert_eq!(session.ask(Ask::Next), Answer::Done);
    session.observe(&told(ended(), &[starts(100, "web"), ends(101, "web", 0)]));
    assert_eq!(session.view(Lang::En).unwrap().done, 1, "left green");
}

#[test]
fn show_me_is_the_least_that_leads_to_green() {
    let lab = || with_es().network("prod");
    let shown = |step: &str, topology: Draft| {
        let commands = at_step(step, topology.done()).show_me().unwrap();
        commands
            .split(" && ")
            .filter(|command| !command.contains("test ") && !command.contains("solo") && !command.contains("prod-es"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let only = |names: &[&str]| names.iter().map(|name| Attach::to(name)).collect::<Vec<_>>();
    let app = || lab().container("app", &only(&["prod"]));
    assert_eq!(
        shown("connect", app().container("web", &only(&["prod"]))),
        ["docker network connect dev web"]
    );
    assert_eq!(
        shown("disconnect", app().container("web", &only(&["dev"]))),
        ["docker network connect prod web", "docker network disconnect dev web"]
    );
}

/// The lab that the goal of a step leads to.
fn reached(step: &str) -> Topology {
    session().lesson().step(step).unwrap().1.goal.realised()
}

fn plug(topology: &mut Topology, container: &str, network: &str) {
    let network = topology
        .networks
        .iter()
        .find(|known| known.name == network)
        .unwrap()
        .id
        .clone();
    let other = topology.containers[0].endpoints[0].clone();
    let container = topology
        .containers
        .iter_mut()
        .find(|known| known.name == container)
        .unwrap();
    let endpoint = crate::model::Endpoint { network, ..other };
    container.endpoints.push(endpoint);
}

#[test]
fn where_nothing_is_missing_show_me_takes_the_surplus_away() {
    let mut topology = reached("two-networks");
    plug(&mut topology, "app", "dev");
    let session = at_step("two-networks", topology);
    assert!(!session.view(Lang::En).unwrap().green);
    assert_eq!(session.show_me().as_deref(), Some("docker network disconnect dev app"));
}

fn changed(session: &Session, lang: Lang) -> Vec<String> {
    let put_back = session.put_back();
    put_back
        .differences
        .iter()
        .map(|told| told[lang as usize].clone())
        .collect()
}

/// At a step that was done, without some of its containers.
fn without(step: &str, containers: &[&str]) -> Session {
    let mut session = at_step(step, reached(step));
    let mut topology = reached(step);
    topology
        .containers
        .retain(|known| !containers.contains(&known.name.as_str()));
    session.observe(&lab(topology));
    session
}

#[test]
fn what_was_removed_is_told_once_and_not_as_still_to_come() {
    for (step, removed) in [
        ("call-by-name", "es"),
        ("connect", "web"),
        ("aliases", "prod-es-1"),
        ("disconnect", "web"),
        ("two-networks", "es"),
    ] {
        let session = without(step, &[removed]);
        assert_eq!(
            changed(&session, Lang::En),
            [format!("{removed} does not exist")],
            "{step}"
        );
        assert_eq!(
            changed(&session, Lang::Fr),
            [format!("{removed} n’existe pas")],
            "{step}"
        );
    }
    let session = without("aliases", &["prod-es-1", "prod-es-2"]);
    assert_eq!(changed(&session, Lang::En).len(), 2);
    for lang in Lang::ALL {
        for check in session.view(lang).unwrap().checks {
            if let CheckStatus::Fail { seen, .. } = check.status {
                assert!(!seen.contains("yet") && !seen.contains("encore"), "{seen}");
            }
        }
    }
}

#[test]
fn a_question_that_is_put_back_forgets_its_answer_and_removes_nothing() {
    let mut session = at_step("ping-by-name", reached("disconnect"));
    assert!(session.put_back().is_nothing(), "nothing is answered and all is there");
    assert_eq!(session.ask(Ask::PutBack), Answer::NothingFurther);
    assert_eq!(session.ask(Ask::Answer(2)), Answer::Done);
    assert_eq!(session.view(Lang::En).unwrap().done, 1);
    let put_back = session.put_back();
    assert_eq!(
        (put_back.todo.as_slice(), put_back.forgets, put_back.question),
        (&[][..], true, true)
    );
    assert_eq!(session.ask(Ask::PutBack), Answer::Done);
    let view = session.view(Lang::En).unwrap();
    assert_eq!((view.green, view.done), (false, 0));
    assert_eq!(session.ask(Ask::Answer(2)), Answer::Done, "it may be given again");
    assert_eq!(session.view(Lang::En).unwrap().done, 1);
}

#[test]
fn a_question_has_what_the_lab_lacks_made_again_and_what_runs_left_alone() {
    let mut topology = reached("disconnect");
    topology.containers.retain(|known| known.name != "es");
    let session = at_step("ping-by-name", topology);
    let todo: Vec<String> = session.put_back().todo.iter().map(ToString::to_string).collect();
    assert_eq!(todo, ["docker run -d --name es --net dev elasticsearch:2"]);
    assert!(!session.put_back().forgets);
}

#[test]
fn a_question_says_no_more_than_its_answer() {
    let session = Session::new(embedded("cnm").unwrap(), LessonProgress::default());
    let CheckStatus::Fail { seen, wanted } = session.view(Lang::En).unwrap().checks[0].status.clone() else {
        panic!()
    };
    assert_eq!((seen.as_str(), wanted.as_str()), ("no answer yet", ""));
}

#[test]
fn a_green_step_counts_no_hints() {
    let mut session = green_at_call_by_name();
    assert_eq!(session.ask(Ask::Hint), Answer::NothingFurther);
    session.observe(&lab(with_es().done()));
    assert_eq!(session.view(Lang::En).unwrap().hints, [""; 0]);
}

#[test]
fn one_who_looks_back_finds_the_lab_as_the_steps_done_left_it() {
    let lesson = embedded("cnm").unwrap();
    let progress = LessonProgress {
        step: Some("cnm-and-cni".into()),
        done: lesson.steps.iter().map(|step| step.id.clone()).collect(),
        beside: vec!["mine".into()],
        ..LessonProgress::default()
    };
    let goal = lesson.steps.last().unwrap().goal.clone();
    let resume = Session::new(lesson.clone(), progress).plan_resume().cloned();
    let not_kept = vec!["mine".to_owned()];
    assert_eq!(resume, Some(Resume { goal, not_kept }));
    let progress = LessonProgress {
        step: Some("drivers".into()),
        done: vec!["objectives".into()],
        ..LessonProgress::default()
    };
    assert_eq!(
        Session::new(lesson, progress).plan_resume(),
        None,
        "these steps make nothing"
    );
}

#[test]
fn at_an_early_step_f9_first_makes_what_is_missing_and_undoes_nothing_of_later_ones() {
    let lesson = embedded("cnm").unwrap();
    let done: Vec<String> = lesson.steps.iter().map(|step| step.id.clone()).collect();
    let mut session = Session::new(
        lesson,
        LessonProgress {
            done,
            ..LessonProgress::default()
        },
    );
    assert!(session.go_to("two-networks"));
    let mut topology = reached("disconnect");
    topology.containers.retain(|container| container.name != "es");
    session.observe(&lab(topology));
    let put_back = session.put_back();
    let commands: Vec<String> = put_back.todo.iter().map(ToString::to_string).collect();
    assert_eq!(commands, ["docker run -d --name es --net dev elasticsearch:2"]);
    assert!(put_back.mends);
    // With nothing missing it leads to the step's own state: web was only on dev then.
    assert!(session.go_to("call-by-name"));
    session.observe(&lab(reached("disconnect")));
    let commands: Vec<String> = session.put_back().todo.iter().map(ToString::to_string).collect();
    assert!(commands.iter().any(|command| command.contains("web")), "{commands:?}");
}
