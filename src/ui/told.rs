//! What the learner is told at a question, at a green step, at the end, and by every check that fails.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Effect, Event, Overlay, Start};
use super::fixtures::{self, PLAIN, START};
use super::panels::Panel;
use super::steps::{TABS, View, WIDE, app, panel};
use super::tries::Moment;
use crate::lesson::{Lesson, embedded};
use crate::texts::Lang;
use crate::workshop::{CheckStatus, LessonProgress, Session};

const NOW: Duration = Duration::from_secs(60);
const EN: View = View {
    size: WIDE,
    lang: Lang::En,
    look: PLAIN,
};

fn lesson() -> Lesson {
    embedded("cnm").unwrap()
}

fn at(step: &str, moment: Moment, view: View) -> App {
    let lesson = lesson();
    let (index, _) = lesson.step(step).unwrap();
    app(&lesson, index, moment, view)
}

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Event::Key(KeyEvent::from(code)), NOW)
}

fn shown(app: &App) -> String {
    fixtures::text(&fixtures::cells(app, (app.screen.width, app.screen.height)))
}

fn last_line(app: &App) -> String {
    shown(app)
        .lines()
        .last()
        .unwrap_or_default()
        .trim()
        .replace('\u{a0}', " ")
}

/// What the key says in both languages, on the smaller screen: whole, for it is one line.
fn says(step: &str, moment: Moment, keys: &[KeyCode]) -> [String; 2] {
    Lang::ALL.map(|lang| {
        let mut app = at(step, moment, View { size: TABS, lang, ..EN });
        for key in keys {
            press(&mut app, *key);
        }
        let said = last_line(&app);
        assert!(!said.contains('…'), "{said}");
        said
    })
}

#[test]
fn a_question_is_answered_by_a_number_and_f3_and_the_last_hint_say_no_command() {
    let [fr, en] = says("objectives", Moment::Open, &[KeyCode::F(3)]);
    assert_eq!(en, "A question has no command: answer it by a number; F2 gives a hint.");
    assert_eq!(
        fr,
        "Une question n’a pas de commande : tapez un numéro ; F2 donne un indice."
    );
    let four = [KeyCode::F(2); 4];
    assert_eq!(says("objectives", Moment::Open, &four)[1], "All hints are shown.");
    assert!(says("create-network", Moment::Open, &four)[1].contains("F3 shows the command"));
}

#[test]
fn a_red_question_says_that_its_answer_is_missing() {
    let [fr, en] = says("drivers", Moment::Wrong, &[KeyCode::F(8)]);
    assert_eq!(
        en,
        "The right answer is still missing. F8 once more to skip the question."
    );
    assert_eq!(
        fr,
        "La bonne réponse manque encore. F8 encore une fois pour passer la question."
    );
    let looked = says("drivers", Moment::Open, &[KeyCode::F(6), KeyCode::Char('c')]);
    assert_eq!(looked[1], "Checked at 1:00: the right answer is still missing.");
    for lang in Lang::ALL {
        let panel = panel(&at("drivers", Moment::Wrong, View { lang, ..EN }), WIDE);
        assert!(!panel.contains("wanted") && !panel.contains("voulu"), "{panel}");
    }
}

#[test]
fn a_green_step_counts_no_hints_and_has_nothing_to_show() {
    assert!(last_line(&at("drivers", Moment::Open, EN)).contains("hint 0/3"));
    let mut app = at("create-network", Moment::Green, EN);
    assert!(last_line(&app).contains("F2 hint  F3"), "{}", last_line(&app));
    press(&mut app, KeyCode::F(2));
    assert_eq!(last_line(&app), "This step is done: it needs no more hints.");
    press(&mut app, KeyCode::F(3));
    assert_eq!(last_line(&app), "This step is done: there is nothing left to show.");
}

#[test]
fn the_last_step_says_whether_it_is_red_and_how_to_read_again() {
    let red = says("disconnect", Moment::Wrong, &[KeyCode::F(8)]);
    assert_eq!(red[1], "This is the last step, and it is still red.");
    assert_eq!(
        says("disconnect", Moment::Green, &[KeyCode::F(8)])[1],
        "That was the last step."
    );
    for size in [WIDE, TABS] {
        let app = at("disconnect", Moment::Green, View { size, ..EN });
        let panel = panel(&app, size);
        let end = "All 17 steps are done. Ctrl+G l: read one again; F10: leave, progress kept";
        assert!(panel.contains(end), "{panel}");
    }
}

#[test]
fn f9_at_a_question_forgets_the_answer_and_runs_nothing() {
    let mut app = at("ping-by-name", Moment::Open, EN);
    press(&mut app, KeyCode::F(9));
    assert_eq!(app.overlay, None);
    assert!(
        last_line(&app).contains("has not been answered yet"),
        "{}",
        last_line(&app)
    );
    let mut app = at("ping-by-name", Moment::Green, EN);
    press(&mut app, KeyCode::F(9));
    assert_eq!(app.overlay, Some(Overlay::PutBack));
    let text = shown(&app);
    for said in [
        "Your answer will be forgotten",
        "Nothing in the lab is removed",
        "Enter: forget the answer",
    ] {
        assert!(text.contains(said), "{text}");
    }
    assert!(!text.contains("docker rm"), "{text}");
    assert!(press(&mut app, KeyCode::Enter).is_empty());
    assert_eq!((app.overlay, app.focus), (None, Panel::Step));
    assert!(!app.step.as_ref().unwrap().green);
    press(&mut app, KeyCode::Char('2'));
    assert!(app.step.as_ref().unwrap().green);
}

#[test]
fn a_program_that_has_the_console_is_looked_for_where_the_next_step_has_a_command() {
    let mut app = at("list-networks", Moment::Green, EN);
    assert_eq!(press(&mut app, KeyCode::F(8)), [], "a question without a command");
    assert_eq!(app.focus, Panel::Step);
    let mut app = at("who-resolves", Moment::Green, EN);
    assert_eq!(press(&mut app, KeyCode::F(8)), [Effect::NeedPrompt]);
    for lang in Lang::ALL {
        let mut app = at("who-resolves", Moment::Open, View { size: TABS, lang, ..EN });
        app.update(Event::ConsoleBusy, NOW);
        let said = last_line(&app);
        assert!(
            said.contains("Ctrl+C") && said.contains("exit") && said.contains("Ctrl+D"),
            "{said}"
        );
        assert!(!said.contains('…'), "{said}");
    }
}

#[test]
fn the_list_of_steps_looks_for_the_prompt_too() {
    let mut app = at("call-by-name", Moment::Green, EN);
    let ctrl_g = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL);
    app.update(Event::Key(ctrl_g), NOW);
    press(&mut app, KeyCode::Char('l'));
    press(&mut app, KeyCode::Down);
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::NeedPrompt]);
    assert_eq!(app.overlay, None);
}

#[test]
fn a_lab_made_again_is_told_once_it_is_there_with_what_is_not() {
    let said = |lang, not_kept: &[&str]| {
        let start = Start {
            lang,
            look: PLAIN,
            motion: false,
            size: TABS,
            at: START,
        };
        let session = Session::new(lesson(), LessonProgress::default());
        let mut app = App::new(Box::new(session), start);
        app.resumed = Some(not_kept.iter().map(ToString::to_string).collect());
        assert!(app.notice.is_none(), "the lab is not there yet");
        app.update(Event::LabReady, NOW);
        last_line(&app)
    };
    let whole = "Lab rebuilt from the steps done; addresses may differ.";
    assert_eq!(said(Lang::En, &[]), whole);
    let without = "Lab rebuilt from the steps done, without “mine, toto”; addresses may differ.";
    assert_eq!(said(Lang::En, &["mine", "toto"]), without);
    let whole = "Labo recréé d’après les étapes faites ; des adresses ont pu changer.";
    assert_eq!(said(Lang::Fr, &[]), whole);
    let without = "Labo recréé d’après les étapes, sans « mine » ; des adresses ont pu changer.";
    assert_eq!(said(Lang::Fr, &["mine"]), without);
}

#[test]
fn every_check_that_fails_says_what_it_saw_where_there_is_room() {
    for lang in Lang::ALL {
        for step in ["connect", "aliases", "disconnect"] {
            let app = at(step, Moment::Wrong, View { lang, ..EN });
            let panel = panel(&app, WIDE);
            let checks = &app.step.as_ref().unwrap().checks;
            let seen: Vec<&String> = checks
                .iter()
                .filter_map(|check| match &check.status {
                    CheckStatus::Fail { seen, .. } => Some(seen),
                    _ => None,
                })
                .collect();
            assert!(seen.len() > 1 || step == "connect", "{step}");
            for seen in seen {
                assert!(panel.contains(seen.as_str()), "{step}: {seen}\n{panel}");
            }
        }
    }
}

#[test]
fn a_step_that_was_done_can_be_read_again_whatever_the_lab_is_like() {
    for (lang, told, title) in [
        (
            Lang::En,
            "Done before; the lab has changed since. F9 makes it so again.",
            "Why",
        ),
        (
            Lang::Fr,
            "Déjà fait ; le labo a changé depuis. F9 le remet ainsi.",
            "Pourquoi",
        ),
    ] {
        let lesson = lesson();
        let done = lesson.steps.iter().map(|step| step.id.clone()).collect();
        let progress = LessonProgress {
            done,
            ..LessonProgress::default()
        };
        let (index, _) = lesson.step("connect").unwrap();
        let last = super::tries::lab(&lesson, lesson.steps.len() - 1, Moment::Green);
        let mut session = Session::new(lesson.clone(), progress);
        assert!(session.go_to("connect"));
        let start = Start {
            lang,
            look: PLAIN,
            motion: false,
            size: WIDE,
            at: START,
        };
        let mut app = App::new(Box::new(session), start);
        app.update(Event::Lab(std::sync::Arc::new(last)), NOW);
        let step = app.step.clone().unwrap();
        assert!(!step.green, "web has left dev since");
        let panel = panel(&app, WIDE).replace('\u{a0}', " ");
        for wanted in [told, title] {
            assert!(panel.contains(wanted), "{wanted}\n{panel}");
        }
        app.move_to(Panel::Step);
        press(&mut app, KeyCode::End);
        let panel = self::panel(&app, WIDE);
        let last = step.why.last().unwrap();
        assert!(panel.contains(last.as_str()), "{last}\n{panel}");
        // From there to the end nothing asks whether it may be skipped.
        let steps = lesson.steps.len() - 1 - index;
        for _ in 0..steps {
            press(&mut app, KeyCode::F(8));
        }
        assert_eq!(app.step.as_ref().unwrap().id, "disconnect");
    }
}

#[test]
fn f9_with_nothing_to_put_back_names_what_is_the_learners_own() {
    let mut app = at("create-network", Moment::Open, EN);
    let mut state = (**app.lab.as_ref().unwrap()).clone();
    let topology = std::sync::Arc::make_mut(&mut state.topology);
    let mut own = topology.networks[0].clone();
    own.id = "dve-id".into();
    own.name = "dve".into();
    own.predefined = false;
    topology.networks.push(own);
    app.update(Event::Lab(std::sync::Arc::new(state)), NOW);
    press(&mut app, KeyCode::F(9));
    assert_eq!(
        last_line(&app),
        "Nothing to put back. What you made yourself stays: dve."
    );
}
