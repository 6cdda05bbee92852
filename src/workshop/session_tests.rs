use super::*;
use crate::lesson::embedded;
use crate::model::build::{Attach, Draft};
use crate::workshop::{Answer, CheckStatus};

/// At the first step that asks for something to be made.
fn session() -> Session {
    let mut session = Session::new(embedded("cnm").unwrap(), LessonProgress::default());
    assert!(session.go_to("create-network"));
    session
}

/// Where that step stands in the lesson.
const FIRST: usize = 6;

fn lab(topology: Topology) -> LabState {
    LabState {
        topology: Arc::new(topology),
        ..LabState::default()
    }
}

fn with_dev() -> Draft {
    Draft::default().network("dev")
}

/// At the second step, looking at `topology`: what the check on `es`'s network says in both languages.
fn seen_at_step_two(topology: Topology) -> [Vec<String>; 2] {
    let mut session = session();
    assert!(session.go_to("place-container"));
    session.observe(&lab(topology));
    Lang::ALL.map(|lang| {
        let view = session.view(lang).unwrap();
        let told = view.checks.iter().map(|check| match &check.status {
            CheckStatus::Pass => format!("✓ {}", check.id),
            CheckStatus::Waits { on } => format!("· {} {on}", check.id),
            CheckStatus::Fail { seen, wanted } => format!("✗ {seen} | {wanted}"),
        });
        told.collect()
    })
}

#[test]
fn a_step_is_red_then_green_and_stays_done() {
    let mut session = session();
    assert!(!session.view(Lang::Fr).unwrap().green);
    assert!(session.observe(&lab(with_dev().done())));
    let view = session.view(Lang::Fr).unwrap();
    assert!(view.green);
    assert_eq!((view.done, view.index, view.total), (1, FIRST, 17));
    assert!(
        session.observe(&lab(Draft::default().done())),
        "what was green turns red again"
    );
    let view = session.view(Lang::En).unwrap();
    assert_eq!((view.green, view.done), (false, 1));
}

#[test]
fn looking_twice_at_the_same_lab_changes_nothing() {
    let mut session = session();
    let lab = lab(with_dev().done());
    assert!(session.observe(&lab));
    assert!(!session.observe(&lab));
}

#[test]
fn a_red_check_says_what_it_saw_in_both_languages() {
    let [fr, en] = seen_at_step_two(with_dev().done());
    assert_eq!(
        fr,
        [
            "✗ es n’existe pas | un conteneur nommé es, en marche",
            "· es-on-dev es-running"
        ]
    );
    assert_eq!(
        en,
        [
            "✗ es does not exist | a container named es, running",
            "· es-on-dev es-running"
        ]
    );
}

#[test]
fn a_container_on_the_default_bridge_is_told_with_its_address_and_the_way_out() {
    let [fr, en] = seen_at_step_two(with_dev().container("es", &[Attach::to("bridge")]).done());
    assert!(
        fr[1].starts_with("✗ es est sur bridge (172.17.0.2), le réseau par défaut"),
        "{fr:?}"
    );
    assert!(fr[1].ends_with("| es sur dev"), "{fr:?}");
    assert!(
        en[1].starts_with("✗ es is on bridge (172.17.0.2), the default network"),
        "{en:?}"
    );
}

#[test]
fn a_container_on_another_network_is_told_with_its_name_and_address() {
    let [_, en] = seen_at_step_two(with_dev().network("prod").container("es", &[Attach::to("prod")]).done());
    assert_eq!(en[1], "✗ es is elsewhere: prod (172.21.0.2) | es on dev");
}

#[test]
fn a_stopped_container_is_told_with_its_exit_code() {
    let [fr, _] = seen_at_step_two(
        with_dev()
            .container("es", &[Attach::to("dev")])
            .exited("es", 137)
            .done(),
    );
    assert!(fr[0].starts_with("✗ es s’est arrêté (code 137)"), "{fr:?}");
}

#[test]
fn a_network_spelt_with_capitals_is_told() {
    let mut session = session();
    session.observe(&lab(Draft::default().network("DEV").done()));
    let view = session.view(Lang::En).unwrap();
    let CheckStatus::Fail { seen, .. } = &view.checks[0].status else {
        panic!()
    };
    assert_eq!(seen, "dev does not exist, but DEV does: upper and lower case matter");
}

#[test]
fn connecting_afterwards_is_another_right_way() {
    let [fr, _] = seen_at_step_two(
        with_dev()
            .container("es", &[Attach::to("bridge"), Attach::to("dev")])
            .done(),
    );
    assert_eq!(fr, ["✓ es-running", "✓ es-on-dev"]);
}

#[test]
fn next_on_red_is_asked_twice_in_a_row() {
    let mut session = session();
    assert_eq!(session.ask(Ask::Next), Answer::ConfirmSkip);
    assert_eq!(session.ask(Ask::Hint), Answer::Done);
    assert_eq!(
        session.ask(Ask::Next),
        Answer::ConfirmSkip,
        "a hint in between asks anew"
    );
    assert_eq!(session.ask(Ask::Next), Answer::Done);
    assert_eq!(session.view(Lang::Fr).unwrap().id, "place-container");
    assert_eq!(session.ask(Ask::Previous), Answer::Done);
    assert!(session.go_to("objectives"));
    assert_eq!(session.ask(Ask::Previous), Answer::NothingFurther);
    assert!(session.go_to("disconnect"));
    assert_eq!(session.ask(Ask::Next), Answer::NothingFurther);
}

#[test]
fn next_on_green_goes_on_at_once() {
    let mut session = session();
    session.observe(&lab(with_dev().done()));
    assert_eq!(session.ask(Ask::Next), Answer::Done);
}

#[test]
fn the_list_of_steps_goes_anywhere_and_asks_where_that_skips_open_ones() {
    let mut session = session();
    assert_eq!(
        session.ask(Ask::GoTo(FIRST)),
        Answer::NothingFurther,
        "one is there already"
    );
    assert_eq!(session.ask(Ask::GoTo(99)), Answer::NothingFurther);
    assert_eq!(session.ask(Ask::GoTo(FIRST + 1)), Answer::ConfirmSkip);
    assert_eq!(
        session.ask(Ask::Next),
        Answer::ConfirmSkip,
        "another way to skip is asked for anew"
    );
    assert_eq!(session.ask(Ask::GoTo(FIRST + 1)), Answer::ConfirmSkip);
    assert_eq!(session.ask(Ask::GoTo(FIRST + 1)), Answer::Done);
    let listed: Vec<(bool, bool)> = session.steps(Lang::Fr)[FIRST..FIRST + 2]
        .iter()
        .map(|s| (s.done, s.current))
        .collect();
    assert_eq!(listed, [(false, false), (false, true)]);
    assert_eq!(session.ask(Ask::GoTo(FIRST)), Answer::Done, "going back skips nothing");
    session.observe(&lab(with_dev().done()));
    assert!(session.steps(Lang::En)[FIRST].done);
    assert_eq!(
        session.ask(Ask::GoTo(FIRST + 1)),
        Answer::Done,
        "what is green is not skipped"
    );
    let [fr, en] = Lang::ALL.map(|lang| session.steps(lang)[FIRST].title.clone());
    assert!(!fr.is_empty() && fr != en);
}

#[test]
fn a_step_that_is_put_back_is_open_again_once_it_is_red() {
    let mut session = session();
    session.observe(&lab(with_dev().done()));
    let todo: Vec<String> = session.put_back().todo.iter().map(ToString::to_string).collect();
    assert_eq!(todo, ["docker network rm dev"]);
    assert!(session.steps(Lang::Fr)[FIRST].done);
    assert_eq!(session.ask(Ask::PutBack), Answer::Done);
    session.observe(&lab(with_dev().network("mine").done()));
    assert!(session.steps(Lang::Fr)[FIRST].done, "its commands have not run yet");
    session.observe(&lab(Draft::default().done()));
    assert!(!session.steps(Lang::Fr)[FIRST].done);
    assert_eq!(session.ask(Ask::PutBack), Answer::NothingFurther);
    session.observe(&lab(with_dev().done()));
    assert!(session.steps(Lang::Fr)[FIRST].done, "done a second time");
    session.observe(&lab(Draft::default().done()));
    assert!(
        session.steps(Lang::Fr)[FIRST].done,
        "what was done by hand closes no step again"
    );
}

#[test]
fn hints_come_one_rung_at_a_time_and_end() {
    let mut session = session();
    for shown in 0..3 {
        assert_eq!(session.view(Lang::Fr).unwrap().hints.len(), shown);
        assert_eq!(session.ask(Ask::Hint), Answer::Done);
    }
    assert_eq!(session.ask(Ask::Hint), Answer::NothingFurther);
    assert_eq!(session.view(Lang::En).unwrap().hints.len(), 3);
}

#[test]
fn show_me_is_the_command_of_the_text() {
    let mut session = session();
    let steps = session.lesson().steps.clone();
    for step in &steps {
        assert!(session.go_to(&step.id));
        let said: Vec<String> = session.view(Lang::Fr).unwrap().say;
        let said: Vec<&str> = said.iter().filter_map(|line| line.strip_prefix("$ ")).collect();
        if step.question().is_some() {
            assert_eq!(session.show_me().as_deref(), said.first().copied(), "{}", step.id);
            continue;
        }
        let shown = session.show_me().unwrap();
        if step.id == "aliases" {
            let second = said[0].replace("prod-es-1", "prod-es-2");
            assert_eq!(
                shown,
                format!("{} && {second}", said[0]),
                "the second is the learner's to write"
            );
        } else {
            assert_eq!(shown, said.join(" && "), "{}", step.id);
        }
        session.observe(&lab(step.goal.realised()));
        assert!(session.view(Lang::Fr).unwrap().green, "{}", step.id);
        assert_eq!(session.show_me(), None, "{}", step.id);
    }
}

#[test]
fn the_goal_of_the_step_is_a_ghost_until_it_is_there() {
    let mut session = session();
    assert_eq!(session.ghosts().networks[0].id, "ghost:dev");
    session.observe(&lab(with_dev().done()));
    assert_eq!(session.ghosts(), Topology::default());
}

#[test]
fn a_session_goes_on_where_it_was_left() {
    let mut first = session();
    first.observe(&lab(with_dev().network("mine").done()));
    first.ask(Ask::Next);
    first.ask(Ask::Hint);
    let saved = first.take_unsaved().unwrap();
    assert_eq!(first.take_unsaved(), None);

    let mut second = Session::new(embedded("cnm").unwrap(), saved);
    let view = second.view(Lang::Fr).unwrap();
    assert_eq!(
        (view.id.as_str(), view.done, view.hints.len()),
        ("place-container", 1, 1)
    );
    second.observe(&lab(Draft::default().done()));
    let resume = second.plan_resume().unwrap();
    assert!(resume.goal.network("dev").is_some() && resume.goal.container("es").is_none());
    assert_eq!(resume.not_kept, ["mine"]);
}

#[test]
fn a_step_that_was_green_is_made_again_whole() {
    let progress = LessonProgress {
        step: Some("place-container".into()),
        done: vec!["create-network".into(), "place-container".into()],
        ..LessonProgress::default()
    };
    let session = Session::new(embedded("cnm").unwrap(), progress);
    assert!(session.plan_resume().unwrap().goal.container("es").is_some());
}

#[test]
fn a_beginner_has_nothing_to_resume() {
    let session = Session::new(embedded("cnm").unwrap(), LessonProgress::default());
    assert_eq!(session.plan_resume(), None);
}

#[test]
fn progress_of_a_step_that_is_no_more_starts_at_the_first_open_one() {
    let progress = LessonProgress {
        step: Some("renamed".into()),
        done: vec!["create-network".into()],
        ..LessonProgress::default()
    };
    assert_eq!(
        Session::new(embedded("cnm").unwrap(), progress)
            .view(Lang::Fr)
            .unwrap()
            .id,
        "objectives"
    );
}

#[test]
fn a_session_with_a_store_keeps_itself() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().as_os_str().to_owned();
    let store = ProgressStore::locate(|name| (name == "XDG_STATE_HOME").then(|| state.clone()));
    let mut session = session();
    session.keep_in(store.clone());
    session.observe(&lab(with_dev().done()));
    session.ask(Ask::Next);
    drop(session);
    let (session, notice) = Session::open(embedded("cnm").unwrap(), &store);
    let view = session.view(Lang::Fr).unwrap();
    assert_eq!((view.id.as_str(), view.done, notice), ("place-container", 1, None));
}

#[test]
fn a_session_that_cannot_be_kept_says_so_and_goes_on() {
    let mut session = session();
    session.keep_in(ProgressStore::locate(|_| None));
    session.observe(&lab(with_dev().done()));
    assert!(session.view(Lang::Fr).unwrap().green);
    let keeper = session.keeper.take().unwrap();
    assert_eq!(keeper.finish(), Some(Notice::NoHome));
}

#[path = "asking_tests.rs"]
mod asking;
#[path = "mended_tests.rs"]
mod mended;
