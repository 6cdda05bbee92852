//! What is asked of the lesson, by typed keys: the step put back, the list of steps, the checks looked at now.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::app::{App, Effect, Event, Overlay, Start};
use super::fixtures::{self, Lesson, Moment, PLAIN, START, View};
use super::look::Look;
use super::panels::Panel;
use crate::texts::Lang;

const WIDE: View = View {
    size: (120, 36),
    lang: Lang::Fr,
    look: PLAIN,
};
const TABS: View = View { size: (80, 24), ..WIDE };
const NOW: Duration = Duration::from_secs(61);

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Event::Key(KeyEvent::from(code)), NOW)
}

fn menu(app: &mut App, letter: char) -> Vec<Effect> {
    let ctrl_g = KeyEvent::new(KeyCode::Char('g'), ratatui::crossterm::event::KeyModifiers::CONTROL);
    app.update(Event::Key(ctrl_g), NOW);
    press(app, KeyCode::Char(letter))
}

fn shown(app: &App) -> String {
    fixtures::text(&fixtures::cells(app, (app.screen.width, app.screen.height)))
}

/// A lesson of so many steps, at its first one.
fn long(listed: usize, view: View) -> App {
    let start = Start {
        lang: view.lang,
        look: view.look,
        motion: false,
        size: view.size,
        at: START,
    };
    let mut lesson = Lesson::boxed(Moment::Empty);
    lesson.listed = listed;
    App::new(lesson, start)
}

#[test]
fn f9_shows_what_it_will_run_and_enter_runs_it_at_the_prompt() {
    let mut app = fixtures::app(Moment::MultiHomed, WIDE);
    press(&mut app, KeyCode::F(6));
    assert!(
        press(&mut app, KeyCode::F(9)).is_empty(),
        "nothing is run before it was shown"
    );
    assert_eq!(app.overlay, Some(Overlay::PutBack));
    let text = shown(&app);
    for command in [
        "$ docker rm -f es",
        "$ docker network disconnect dev web",
        "$ docker network rm dev",
    ] {
        assert!(text.contains(command), "{text}");
    }
    assert!(text.contains("reste en place\u{a0}: prod, web, es1."), "{text}");
    let line = b"\x05\x15docker rm -f es && docker network disconnect dev web && docker network rm dev\r";
    assert_eq!(press(&mut app, KeyCode::Enter), vec![Effect::AtPrompt(line.to_vec())]);
    assert_eq!((app.overlay, app.focus), (None, Panel::Console));
    app.update(Event::ConsoleBusy, NOW);
    assert!(shown(&app).contains("Un programme occupe la console"));
}

#[test]
fn f9_is_called_off_by_any_other_key() {
    for key in [
        KeyCode::Esc,
        KeyCode::F(9),
        KeyCode::Char('x'),
        KeyCode::Char('q'),
        KeyCode::Char('z'),
    ] {
        let mut app = fixtures::app(Moment::Placed, TABS);
        menu(&mut app, 'x');
        assert_eq!(app.overlay, Some(Overlay::PutBack));
        assert!(press(&mut app, key).is_empty(), "{key:?}");
        assert_eq!(app.overlay, None, "{key:?}");
    }
    let mut app = fixtures::app(Moment::Placed, TABS);
    press(&mut app, KeyCode::F(9));
    press(&mut app, KeyCode::Char('L'));
    assert!(
        shown(&app).contains("Put this step back"),
        "the language changes where one is"
    );
}

#[test]
fn f9_says_where_there_is_nothing_to_do_or_no_way_to_do_it() {
    let mut app = fixtures::app(Moment::Empty, WIDE);
    press(&mut app, KeyCode::F(9));
    assert!(shown(&app).contains("Rien à refaire"));
    let mut app = fixtures::app(Moment::Placed, WIDE);
    app.update(Event::ShellEnded(0), NOW);
    press(&mut app, KeyCode::F(9));
    assert!(shown(&app).contains("Il faut un shell"));
    let mut app = fixtures::app(Moment::Lost, WIDE);
    press(&mut app, KeyCode::F(9));
    assert!(shown(&app).contains("Pas de labo"));
    assert_eq!(app.overlay, None);
}

#[test]
fn the_list_of_steps_goes_to_the_one_chosen() {
    let mut app = fixtures::app(Moment::Placed, TABS);
    menu(&mut app, 'l');
    let text = shown(&app);
    assert!(text.contains("  ✓ 1  Créer un réseau"), "{text}");
    assert!(text.contains("[▸ · 2  Placer un conteneur ]"), "{text}");
    press(&mut app, KeyCode::Up);
    assert!(shown(&app).contains("[  ✓ 1  Créer un réseau ]"));
    assert!(press(&mut app, KeyCode::Enter).is_empty());
    assert_eq!((app.overlay, app.tab), (None, Panel::Step));
    menu(&mut app, 'l');
    assert!(press(&mut app, KeyCode::Esc).is_empty());
    assert_eq!(app.overlay, None);
}

#[test]
fn the_list_asks_before_it_skips_red_steps() {
    let mut app = fixtures::app(Moment::Empty, WIDE);
    menu(&mut app, 'l');
    press(&mut app, KeyCode::End);
    press(&mut app, KeyCode::Enter);
    assert!(
        shown(&app).contains("encore rouges sont sur le chemin"),
        "{}",
        shown(&app)
    );
    assert_eq!(app.overlay, Some(Overlay::Steps), "it stays open for the second Enter");
    press(&mut app, KeyCode::Esc);
    assert!(!shown(&app).contains("encore rouges"));
}

#[test]
fn a_long_list_scrolls_with_the_chosen_step_in_sight() {
    for view in [WIDE, TABS, View { size: (40, 10), ..WIDE }] {
        let mut app = long(60, view);
        menu(&mut app, 'l');
        for (key, number) in [
            (KeyCode::End, 60),
            (KeyCode::Up, 59),
            (KeyCode::Home, 1),
            (KeyCode::Up, 1),
            (KeyCode::Down, 2),
        ] {
            press(&mut app, key);
            let chosen = shown(&app)
                .lines()
                .any(|line| line.contains(&format!(" · {number:>2}  ")) && line.contains('['));
            assert!(chosen, "{key:?}\n{}", shown(&app));
        }
        press(&mut app, KeyCode::PageDown);
        assert!(app.chosen > 2);
        press(&mut app, KeyCode::PageUp);
        assert_eq!(app.chosen, 1);
    }
}

#[test]
fn checking_now_says_when_and_what_stands() {
    let mut app = fixtures::app(Moment::Placed, WIDE);
    menu(&mut app, 'c');
    assert!(
        shown(&app).contains("Vérifié à 1:01\u{a0}: 2 sur 2, tout est vert."),
        "{}",
        shown(&app)
    );
    let mut app = fixtures::app(Moment::NetworkMade, View { lang: Lang::En, ..TABS });
    menu(&mut app, 'c');
    assert!(
        shown(&app).contains("Checked at 1:01: 1 of 2. Still missing: es is plugged into dev"),
        "{}",
        shown(&app)
    );
    let mut app = fixtures::app(Moment::Lost, WIDE);
    menu(&mut app, 'c');
    assert!(shown(&app).contains("Pas de labo"));
}

#[test]
fn in_the_console_their_letters_are_the_shells() {
    let mut app = fixtures::app(Moment::Placed, WIDE);
    for letter in ['x', 'l', 'c'] {
        assert_eq!(
            press(&mut app, KeyCode::Char(letter)),
            vec![Effect::Send(letter.to_string().into_bytes())]
        );
    }
    assert_eq!(app.overlay, None);
}

#[test]
fn the_menu_always_has_the_way_out() {
    for (view, lang) in [WIDE, TABS]
        .into_iter()
        .flat_map(|view| Lang::ALL.map(|lang| (view, lang)))
    {
        let mut app = fixtures::app(Moment::Placed, View { lang, ..view });
        let ctrl_g = KeyEvent::new(KeyCode::Char('g'), ratatui::crossterm::event::KeyModifiers::CONTROL);
        app.update(Event::Key(ctrl_g), NOW);
        let menu = shown(&app).lines().last().unwrap_or_default().to_owned();
        for key in ["1-4 ", "? ", "x ", "q "] {
            assert!(menu.contains(key), "{menu}");
        }
        assert!(!menu.ends_with("  "), "{menu}");
    }
}

#[test]
fn overlays_as_they_are() {
    for lang in Lang::ALL {
        for (name, view) in [("wide", WIDE), ("tabs", TABS)] {
            let mut app = fixtures::app(Moment::MultiHomed, View { lang, ..view });
            menu(&mut app, 'x');
            insta::assert_snapshot!(format!("put_back_{name}_{}", lang.code()), shown(&app));
            press(&mut app, KeyCode::Esc);
            menu(&mut app, 'l');
            insta::assert_snapshot!(format!("steps_{name}_{}", lang.code()), shown(&app));
        }
    }
    let look = Look {
        ascii: true,
        color: false,
        ..PLAIN
    };
    let mut app = fixtures::app(Moment::MultiHomed, View { look, ..TABS });
    menu(&mut app, 'l');
    insta::assert_snapshot!("steps_ascii_fr", shown(&app));
}

proptest! {
    #[test]
    fn no_size_and_no_key_breaks_an_overlay(size in (1u16..300, 1u16..100), keys in prop::collection::vec(0..8usize, 0..12)) {
        let mut app = fixtures::app(Moment::MultiHomed, View { size, ..WIDE });
        for key in keys {
            match key {
                0 => menu(&mut app, 'x'),
                1 => menu(&mut app, 'l'),
                2 => menu(&mut app, 'c'),
                3 => press(&mut app, KeyCode::Down),
                4 => press(&mut app, KeyCode::PageDown),
                5 => press(&mut app, KeyCode::Enter),
                6 => press(&mut app, KeyCode::F(1)),
                _ => app.update(Event::Resize(size.1, size.0), NOW),
            };
            shown(&app);
        }
    }
}
