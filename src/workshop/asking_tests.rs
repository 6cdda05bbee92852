//! Questions, examples, and what was broken by hand.

use super::*;

#[test]
fn a_question_is_red_until_its_right_choice_and_then_done() {
    let mut session = Session::new(embedded("cnm").unwrap(), LessonProgress::default());
    let seen = |session: &Session, lang| match &session.view(lang).unwrap().checks[0].status {
        CheckStatus::Fail { seen, .. } => seen.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(seen(&session, Lang::Fr), "pas encore de réponse");
    assert_eq!(session.ask(Ask::Answer(0)), Answer::NothingFurther);
    assert_eq!(session.ask(Ask::Answer(4)), Answer::NothingFurther);
    for wrong in [1, 3] {
        assert_eq!(session.ask(Ask::Answer(wrong)), Answer::Done);
        for lang in Lang::ALL {
            let choice = session.view(lang).unwrap().choices[wrong - 1].clone();
            assert!(seen(&session, lang).contains(&choice), "{}", seen(&session, lang));
        }
        assert_eq!(session.ask(Ask::Next), Answer::ConfirmSkip);
    }
    assert_eq!(session.ask(Ask::Answer(2)), Answer::Done);
    assert!(session.view(Lang::En).unwrap().green);
    assert_eq!(session.ask(Ask::Answer(1)), Answer::NothingFurther, "it is answered");
    let saved = session.take_unsaved().unwrap();
    assert_eq!(saved.done, ["objectives"]);
    assert!(
        Session::new(embedded("cnm").unwrap(), saved)
            .view(Lang::Fr)
            .unwrap()
            .green
    );
}

#[test]
fn every_question_has_its_answer() {
    let lesson = embedded("cnm").unwrap();
    for (step, right) in lesson.steps.iter().filter_map(|step| Some((step, step.question()?.1))) {
        let mut session = Session::new(lesson.clone(), LessonProgress::default());
        assert!(session.go_to(&step.id));
        let choices = session.view(Lang::Fr).unwrap().choices.len();
        for choice in (1..=choices).filter(|choice| *choice != right) {
            session.ask(Ask::Answer(choice));
            assert!(!session.view(Lang::Fr).unwrap().green, "{} {choice}", step.id);
        }
        session.ask(Ask::Answer(right));
        assert!(session.view(Lang::Fr).unwrap().green, "{}", step.id);
    }
}

#[test]
fn examples_are_shown_one_after_the_other_and_then_the_lab() {
    let mut session = session();
    assert_eq!(session.ask(Ask::Picture), Answer::NothingFurther);
    assert!(session.go_to("pictures"));
    let shown = |session: &Session| {
        let example = session.view(Lang::En).unwrap().picture?;
        let topology = example.topology;
        Some((example.number, topology.networks.len() - 1, topology.containers.len()))
    };
    assert_eq!(shown(&session), None);
    for expected in [Some((1, 1, 1)), Some((2, 1, 2)), Some((3, 2, 2)), None] {
        assert_eq!(session.ask(Ask::Picture), Answer::Done);
        assert_eq!(shown(&session), expected);
    }
}

#[test]
fn what_was_green_and_is_broken_is_mended_and_stays_done() {
    let mut session = session();
    assert!(session.go_to("place-container"));
    let whole = || with_dev().container("es", &[Attach::to("dev")]);
    session.observe(&lab(whole().done()));
    assert!(session.view(Lang::En).unwrap().green);
    assert!(!session.put_back().mends, "what is green is put back");
    session.observe(&lab(whole().exited("es", 137).network("mine").done()));
    let mended = session.put_back();
    assert!(mended.mends);
    let told = |lang: Lang| {
        mended
            .differences
            .iter()
            .map(|told| told[lang as usize].clone())
            .collect::<Vec<_>>()
    };
    assert!(
        told(Lang::Fr)[0].starts_with("es s’est arrêté (code 137)"),
        "{:?}",
        told(Lang::Fr)
    );
    assert!(
        told(Lang::En)[0].starts_with("es has stopped (exit code 137)"),
        "{:?}",
        told(Lang::En)
    );
    let todo: Vec<String> = mended.todo.iter().map(ToString::to_string).collect();
    assert_eq!(
        todo,
        ["docker rm -f es", "docker run -d --name es --net dev elasticsearch:2"]
    );
    assert_eq!(mended.staying, ["mine"]);
    assert_eq!(session.ask(Ask::PutBack), Answer::Done);
    session.observe(&lab(with_dev().network("mine").done()));
    assert!(session.steps(Lang::Fr)[FIRST + 1].done);
}

#[test]
fn a_container_that_was_unplugged_by_hand_is_neither_shown_nor_put_back_to_do() {
    let before = with_dev()
        .container("es", &[Attach::to("dev")])
        .container("web", &[Attach::to("dev")])
        .container("test", &[Attach::to("bridge")])
        .with_mode("solo", "bridge");
    let mut session = session();
    assert!(session.go_to("no-network"));
    session.observe(&lab(before.done()));
    assert!(session.view(Lang::En).unwrap().green);
    assert_eq!(session.show_me(), None);
    assert_eq!(session.ask(Ask::Next), Answer::Done);
    let shown = "docker network create prod && docker run -d --name app --net prod alpine sleep 1d";
    assert_eq!(session.show_me().as_deref(), Some(shown));
    let put_back = session.put_back();
    assert!(put_back.is_nothing(), "{:?}", put_back.todo);
}
