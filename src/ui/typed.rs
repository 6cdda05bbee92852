//! Typed keys against the state: what the learner does, what the screen shows, what goes out.

use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Effect, Event, Overlay, Start};
use super::console::{Life, Size};
use super::fixtures::{self, Lesson, Moment, PLAIN, START, View};
use super::panels::Panel;
use super::{Guide, Outcome};
use crate::scene::{FAREWELL, GROWTH, Presence};
use crate::terminal::Whom;
use crate::texts::Lang;

const VIEW: View = View {
    size: (120, 36),
    lang: Lang::Fr,
    look: PLAIN,
};
const NOW: Duration = Duration::from_secs(60);

fn app(moment: Moment) -> App {
    fixtures::app(moment, VIEW)
}

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Event::Key(KeyEvent::from(code)), NOW)
}

fn ctrl(app: &mut App, letter: char) -> Vec<Effect> {
    app.update(
        Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)),
        NOW,
    )
}

fn screen(app: &App) -> String {
    fixtures::text(&fixtures::cells(app, VIEW.size))
}

fn sent(bytes: &[u8]) -> Vec<Effect> {
    vec![Effect::Send(bytes.to_vec())]
}

#[test]
fn in_the_console_everything_but_function_keys_and_ctrl_g_is_the_shells() {
    let mut app = app(Moment::Empty);
    assert_eq!(press(&mut app, KeyCode::Char('q')), sent(b"q"));
    assert_eq!(press(&mut app, KeyCode::Esc), sent(b"\x1b"));
    assert_eq!(press(&mut app, KeyCode::Up), sent(b"\x1b[A"));
    assert_eq!(press(&mut app, KeyCode::PageUp), sent(b"\x1b[5~"));
    assert_eq!(ctrl(&mut app, 'z'), sent(b"\x1a"));
    assert_eq!(ctrl(&mut app, 'c'), sent(b"\x03"));
    assert_eq!(
        press(&mut app, KeyCode::F(12)),
        sent(b"\x1b[24~"),
        "a function key that is not ours"
    );
    assert_eq!(press(&mut app, KeyCode::F(10)), vec![Effect::Quit(Outcome::Left)]);
}

#[test]
fn the_shell_decides_how_arrows_and_pastes_are_written() {
    let mut app = app(Moment::Empty);
    app.update(Event::Output(b"\x1b[?1h\x1b[?2004h".to_vec()), NOW);
    assert_eq!(press(&mut app, KeyCode::Up), sent(b"\x1bOA"));
    assert_eq!(
        app.update(Event::Paste("a\nb".into()), NOW),
        sent(b"\x1b[200~a\nb\x1b[201~")
    );
    app.update(Event::Output(b"\x1b[?2004l".to_vec()), NOW);
    assert_eq!(app.update(Event::Paste("a\nb".into()), NOW), sent(b"a\rb"));
    assert_eq!(
        app.update(Event::Output(b"\x1b[6n".to_vec()), NOW),
        sent(b"\x1b[3;3R"),
        "what it asks is answered"
    );
}

#[test]
fn ctrl_g_opens_the_menu_and_twice_goes_through() {
    let mut app = app(Moment::Empty);
    assert!(ctrl(&mut app, 'g').is_empty());
    assert!(screen(&app).lines().last().unwrap().contains("Ctrl+G"));
    assert_eq!(ctrl(&mut app, 'g'), sent(b"\x07"));

    for (key, panel) in [
        ('1', Panel::Step),
        ('é', Panel::Topology),
        ('"', Panel::Timeline),
        ('4', Panel::Console),
    ] {
        ctrl(&mut app, 'g');
        press(&mut app, KeyCode::Char(key));
        assert_eq!(app.focus, panel, "{key}");
    }
    assert_eq!(
        press(&mut app, KeyCode::Char('x')),
        sent(b"x"),
        "back in the console, keys are the shell's"
    );
    ctrl(&mut app, 'g');
    assert_eq!(press(&mut app, KeyCode::Char('q')), vec![Effect::Quit(Outcome::Left)]);
    ctrl(&mut app, 'g');
    assert!(press(&mut app, KeyCode::Esc).is_empty());
    assert_eq!(press(&mut app, KeyCode::Esc), sent(b"\x1b"));
}

#[test]
fn f6_goes_round_the_panels_both_ways() {
    let mut app = app(Moment::Empty);
    let mut seen = Vec::new();
    for _ in 0..4 {
        press(&mut app, KeyCode::F(6));
        seen.push(app.focus);
    }
    assert_eq!(seen, Panel::ALL);
    app.update(Event::Key(KeyEvent::new(KeyCode::F(6), KeyModifiers::SHIFT)), NOW);
    assert_eq!(app.focus, Panel::Timeline);
    assert_eq!(ctrl(&mut app, 'z'), vec![Effect::Suspend(Whom::Job)]);
}

#[test]
fn the_language_changes_at_once_and_nothing_else_does() {
    let mut app = app(Moment::Placed);
    assert!(screen(&app).contains("Consigne"));
    ctrl(&mut app, 'g');
    press(&mut app, KeyCode::Char('L'));
    let english = screen(&app);
    assert!(
        english.contains("Task") && english.contains("one cable, one address"),
        "{english}"
    );
    assert_eq!(app.focus, Panel::Console);
}

#[test]
fn next_asks_before_it_skips_a_red_step() {
    let mut app = app(Moment::Empty);
    press(&mut app, KeyCode::F(8));
    assert!(screen(&app).contains("encore rouge"));
    press(&mut app, KeyCode::Char('x'));
    assert!(
        !screen(&app).contains("encore rouge"),
        "the next key takes the words away"
    );
}

#[test]
fn hints_come_one_by_one_and_are_counted() {
    let mut app = app(Moment::Empty);
    assert!(screen(&app).contains("indice 0/3"));
    for _ in 0..3 {
        press(&mut app, KeyCode::F(2));
    }
    let text = screen(&app);
    assert!(text.contains("indice 3/3") && text.contains("Indice 3/3"), "{text}");
    press(&mut app, KeyCode::F(2));
    assert!(screen(&app).contains("Tous les indices"));
}

#[test]
fn show_me_types_one_line_and_no_enter() {
    let mut app = app(Moment::Empty);
    press(&mut app, KeyCode::F(6));
    let effects = press(&mut app, KeyCode::Char('s'));
    let line = b"\x05\x15docker run -d --name es --net dev alpine sleep 1d";
    assert_eq!(effects, vec![Effect::AtPrompt(line.to_vec())]);
    assert_eq!(app.focus, Panel::Console);
    assert!(screen(&app).contains("à votre invite"));
    app.update(Event::ShellEnded(0), NOW);
    assert!(
        press(&mut app, KeyCode::F(3)).is_empty(),
        "there is no prompt to type at"
    );
}

#[test]
fn a_shell_that_ended_is_started_again_with_enter() {
    let mut app = app(Moment::Empty);
    app.update(Event::ShellEnded(130), NOW);
    assert!(screen(&app).contains("code 130"));
    assert!(press(&mut app, KeyCode::Char('x')).is_empty());
    let size = Size { rows: 8, columns: 118 };
    assert_eq!(
        press(&mut app, KeyCode::Enter),
        vec![Effect::StartShell(size, Lang::Fr)]
    );
    assert_eq!(app.console.life, Life::Running);
    app.update(Event::ShellFailed("no shell".into()), NOW);
    assert!(screen(&app).contains("no shell"));
    app.update(Event::LabLost("gone".into()), NOW);
    assert!(
        press(&mut app, KeyCode::Enter).is_empty(),
        "without a lab there is none to start"
    );
    assert!(screen(&app).contains("Pas de console sans labo"));
}

#[test]
fn the_console_scrolls_back_outside_passing_mode() {
    let mut app = app(Moment::Empty);
    for n in 0..40 {
        app.update(Event::Output(format!("line {n}\r\n").into_bytes()), NOW);
    }
    ctrl(&mut app, 'g');
    assert!(press(&mut app, KeyCode::PageUp).is_empty());
    assert!(press(&mut app, KeyCode::PageUp).is_empty());
    assert!(
        screen(&app).contains("plus haut") && screen(&app).contains("line 20"),
        "{}",
        screen(&app)
    );
    assert!(
        press(&mut app, KeyCode::Esc).is_empty(),
        "Esc comes back, and is not the shell's"
    );
    assert!(screen(&app).contains("line 39"));
    assert_eq!(press(&mut app, KeyCode::PageUp), sent(b"\x1b[5~"));
}

#[test]
fn help_opens_scrolls_and_closes() {
    let mut app = fixtures::app(Moment::Empty, View { size: (80, 24), ..VIEW });
    press(&mut app, KeyCode::F(1));
    assert_eq!(app.overlay, Some(Overlay::Help));
    for _ in 0..30 {
        press(&mut app, KeyCode::PageDown);
    }
    let bottom = fixtures::text(&fixtures::cells(&app, (80, 24)));
    assert!(bottom.contains("fg le reprend"), "{bottom}");
    press(&mut app, KeyCode::Up);
    assert_ne!(
        fixtures::text(&fixtures::cells(&app, (80, 24))),
        bottom,
        "scrolled past the end it still answers"
    );
    assert!(press(&mut app, KeyCode::Char('q')).is_empty(), "q closes what is open");
    assert_eq!(app.overlay, None);
}

#[test]
fn the_first_frame_needs_no_lab_and_a_lab_that_fails_is_told() {
    let start = Start {
        lang: Lang::En,
        look: PLAIN,
        motion: true,
        size: VIEW.size,
        at: START,
    };
    let mut app = App::new(Lesson::boxed(Moment::Empty), start);
    assert!(screen(&app).contains("lab starting…") && screen(&app).contains("Create a network"));
    assert!(press(&mut app, KeyCode::Char('x')).is_empty(), "there is no shell yet");
    let size = Size { rows: 8, columns: 118 };
    let started = app.update(Event::LabReady, NOW);
    assert_eq!(
        started,
        vec![Effect::StartShell(size, Lang::En), Effect::Send(b"x".to_vec())],
        "typed ahead"
    );
    app.update(Event::LabLost("user namespaces are off.".into()), NOW);
    assert!(screen(&app).contains("user namespaces are off."));
    assert_eq!(press(&mut app, KeyCode::F(10)), vec![Effect::Quit(Outcome::Left)]);
}

#[test]
fn a_clock_runs_only_while_something_moves() {
    let start = Start {
        lang: Lang::Fr,
        look: PLAIN,
        motion: true,
        size: VIEW.size,
        at: START,
    };
    let mut app = App::new(Lesson::boxed(Moment::Empty), start);
    app.update(Event::Lab(Arc::new(fixtures::state(Moment::Empty))), NOW);
    assert_eq!(app.next_change(NOW), None, "what was there does not grow");
    app.update(Event::Lab(Arc::new(fixtures::state(Moment::Placed))), NOW);
    assert!(app.next_change(NOW).is_some());
    app.update(Event::Clock, NOW + GROWTH);
    assert_eq!(app.next_change(NOW + GROWTH), None);
    assert!(app.scene.bars.iter().all(|bar| bar.presence == Presence::Solid));
    app.update(Event::Lab(Arc::new(fixtures::state(Moment::MultiHomed))), NOW);
    app.update(Event::Clock, NOW + GROWTH);
    app.update(Event::Lab(Arc::new(fixtures::state(Moment::Placed))), NOW * 2);
    assert_eq!(
        app.next_change(NOW * 2),
        Some(NOW * 2 + FAREWELL),
        "an outline needs one wake-up, not a clock"
    );
}

#[test]
fn nothing_shown_changes_nothing_drawn() {
    let mut app = app(Moment::Empty);
    app.take_dirty();
    press(&mut app, KeyCode::Char('x'));
    assert!(!app.take_dirty(), "a key for the shell is drawn when the shell answers");
    app.update(Event::Output(b"x".to_vec()), NOW);
    assert!(app.take_dirty());
    assert!(!app.take_dirty());
}

#[test]
fn signals_become_the_status_of_the_command() {
    let mut app = app(Moment::Empty);
    let effects = app.update(Event::Terminate(15), NOW);
    assert_eq!(effects, vec![Effect::Quit(Outcome::Signal(15))]);
    assert_eq!(Outcome::Signal(15).status(), 143);
    assert_eq!(app.update(Event::Suspend, NOW), vec![Effect::Suspend(Whom::Us)]);
}

#[test]
fn a_hint_out_of_sight_is_brought_into_it() {
    let view = View { size: (80, 24), ..VIEW };
    let mut app = fixtures::app(Moment::Empty, view);
    press(&mut app, KeyCode::F(2));
    press(&mut app, KeyCode::F(2));
    let text = fixtures::text(&fixtures::cells(&app, view.size));
    assert!(text.contains("Indice 2/3"), "{text}");
}

#[test]
fn the_fake_lesson_is_a_guide() {
    assert!(Lesson::boxed(Moment::Empty).view(Lang::En).is_some());
}
