//! What a person's own settings change on the screen, and what tells them where to look.

use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Effect, Event, Overlay, Start};
use super::fixtures::{self, Lesson, Moment, PLAIN, START, View};
use super::look::Look;
use super::panels::Panel;
use super::{Outcome, Own, steps, tries};
use crate::settings::{self, Theme};
use crate::texts::Lang;

const WIDE: View = View {
    size: (120, 36),
    lang: Lang::Fr,
    look: PLAIN,
};
const TABS: View = View { size: (80, 24), ..WIDE };
const NOW: Duration = Duration::from_secs(60);

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Event::Key(KeyEvent::from(code)), NOW)
}

fn ctrl(app: &mut App, letter: char) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    app.update(Event::Key(key), NOW)
}

fn shown(app: &App) -> String {
    fixtures::text(&fixtures::cells(app, (app.screen.width, app.screen.height)))
}

fn own(moment: Moment, view: View, file: &str) -> App {
    let settings = settings::read("/home/ada/.config/cnm/config.toml", file);
    let own = Own::of(&settings);
    fixtures::app(moment, view).with(own)
}

const BEPO: &str = "[keys]\nmenu = \"Ctrl+T\"\nhint = [\"F4\", \"i\"]\nnext_panel = \"F11\"\nnext_step = \"Alt+n\"\nquit = \"Q\"\n\
                    task = \"b\"\ntopology = \"é\"\ntimeline = \"w\"\nconsole = \"o\"\n";

#[test]
fn a_step_names_the_key_that_shows_its_examples() {
    let lesson = crate::lesson::embedded("cnm").unwrap();
    let (index, _) = lesson.step("pictures").unwrap();
    let view = steps::View {
        size: steps::WIDE,
        lang: Lang::En,
        look: PLAIN,
    };
    let app = steps::app(&lesson, index, tries::Moment::Open, view);
    assert!(shown(&app).contains("examples with F5"), "{}", shown(&app));
    let settings = settings::read("c.toml", "[keys]\nexamples = \"F11\"\n");
    let app = app.with(Own::of(&settings));
    assert!(shown(&app).contains("examples with F11"), "{}", shown(&app));
}

#[test]
fn keys_do_what_the_file_says() {
    let mut app = own(Moment::Empty, TABS, BEPO);
    assert_eq!(app.own.faults, []);
    assert_eq!(
        press(&mut app, KeyCode::F(2)),
        vec![Effect::Send(b"\x1bOQ".to_vec())],
        "the shell's"
    );
    assert!(shown(&app).contains("indice 0/3"));
    press(&mut app, KeyCode::F(4));
    assert!(shown(&app).contains("indice 1/3"));
    assert_eq!(ctrl(&mut app, 'g'), vec![Effect::Send(vec![0x07])], "the shell's, too");
    assert!(ctrl(&mut app, 't').is_empty());
    assert_eq!(
        ctrl(&mut app, 't'),
        vec![Effect::Send(vec![0x14])],
        "twice goes through"
    );
    ctrl(&mut app, 't');
    press(&mut app, KeyCode::Char('é'));
    assert_eq!(app.focus, Panel::Topology);
    assert!(press(&mut app, KeyCode::Char('q')).is_empty());
    press(&mut app, KeyCode::F(11));
    assert_eq!(app.focus, Panel::Timeline);
    assert_eq!(press(&mut app, KeyCode::Char('Q')), vec![Effect::Quit(Outcome::Left)]);
}

#[test]
fn every_word_about_a_key_names_the_key_there_is() {
    for lang in Lang::ALL {
        for view in [WIDE, TABS] {
            let mut app = own(Moment::Placed, View { lang, ..view }, BEPO);
            let mut all = shown(&app);
            assert!(
                all.contains("F4 ") && all.contains("Alt+n ") && all.contains("Ctrl+T"),
                "{all}"
            );
            press(&mut app, KeyCode::F(1));
            all.push_str(&shown(&app));
            press(&mut app, KeyCode::PageDown);
            all.push_str(&shown(&app));
            press(&mut app, KeyCode::Esc);
            ctrl(&mut app, 't');
            let menu = shown(&app).lines().last().unwrap_or_default().to_owned();
            for key in [" Ctrl+T ", "b/é/w/o ", "Q "] {
                assert!(menu.contains(key), "{menu}");
            }
            for gone in ["F2 ", " F6 ", "F8 ", "F8\u{a0}", "F8:", "Ctrl+G", "1-4"] {
                assert!(!all.contains(gone) && !menu.contains(gone), "{gone}\n{all}\n{menu}");
            }
        }
    }
}

#[test]
fn what_is_wrong_in_the_settings_lies_over_the_panels_until_it_is_closed() {
    let file = "theme = light\nlanguage = \"de\"\n[keys]\nhints = \"F4\"\nhint = \"F3\"\nquit = \"Ctrl+C\"\n";
    for lang in Lang::ALL {
        for (name, view) in [("wide", WIDE), ("tabs", TABS)] {
            let mut app = own(Moment::Empty, View { lang, ..view }, file);
            assert_eq!(app.overlay, Some(Overlay::Settings));
            insta::assert_snapshot!(format!("settings_{name}_{}", lang.code()), shown(&app));
            assert!(press(&mut app, KeyCode::Esc).is_empty());
            assert_eq!(app.overlay, None);
        }
    }
    assert_eq!(own(Moment::Empty, WIDE, "").overlay, None);
}

#[test]
fn a_theme_is_another_set_of_colours_for_the_same_screen() {
    let light = View {
        look: Look {
            theme: Theme::Light,
            ..PLAIN
        },
        ..WIDE
    };
    let cells = fixtures::cells(&fixtures::app(Moment::MultiHomed, light), light.size);
    let dark = fixtures::cells(&fixtures::app(Moment::MultiHomed, WIDE), WIDE.size);
    assert_eq!(fixtures::text(&cells), fixtures::text(&dark));
    let modifiers =
        |buffer: &ratatui::buffer::Buffer| buffer.content.iter().map(|cell| cell.modifier).collect::<Vec<_>>();
    assert_eq!(modifiers(&cells), modifiers(&dark), "nothing is told by colour alone");
    insta::assert_snapshot!("wide_styles_light", super::fixtures::styles(&cells));
}

/// A screen that has seen one moment of the lab and is shown the next.
fn from_to(view: View, motion: bool, moments: [Moment; 2]) -> App {
    let start = Start {
        lang: view.lang,
        look: view.look,
        motion,
        size: view.size,
        at: START,
    };
    let mut app = App::new(Lesson::boxed(moments[0]), start);
    for moment in moments {
        app.guide = Lesson::boxed(moment);
        app.update(Event::Lab(Arc::new(fixtures::state(moment))), NOW);
    }
    app
}

#[test]
fn a_tab_that_changed_behind_says_so_and_f6_leads_there() {
    for lang in Lang::ALL {
        let view = View { lang, ..TABS };
        let mut app = from_to(view, false, [Moment::Empty, Moment::NetworkMade]);
        insta::assert_snapshot!(format!("tabs_news_{}", lang.code()), shown(&app));
        press(&mut app, KeyCode::F(6));
        assert_eq!((app.tab, app.focus), (Panel::Topology, Panel::Topology));
        let tabs = shown(&app).lines().nth(1).unwrap_or_default().to_owned();
        assert!(tabs.contains("[2 Topolog") && tabs.matches('●').count() == 1, "{tabs}");
        press(&mut app, KeyCode::F(6));
        let tabs = shown(&app).lines().nth(1).unwrap_or_default().to_owned();
        assert!(app.tab == Panel::Timeline && !tabs.contains('●'), "{tabs}");
        press(&mut app, KeyCode::F(6));
        press(&mut app, KeyCode::F(6));
        assert_eq!(app.tab, Panel::Step, "with nothing new, the order is the usual one");
    }
}

#[test]
fn what_was_there_at_first_is_no_news_and_where_all_is_in_sight_there_is_none() {
    assert!(!shown(&fixtures::app(Moment::MultiHomed, TABS)).contains('●'));
    let mut app = from_to(WIDE, false, [Moment::Empty, Moment::NetworkMade]);
    app.update(Event::Resize(80, 24), NOW);
    assert!(!app.calls(Panel::Topology));
}

#[test]
fn a_green_step_is_news_for_who_looks_at_the_picture() {
    let mut app = from_to(TABS, false, [Moment::Empty, Moment::NetworkMade]);
    press(&mut app, KeyCode::F(6));
    app.guide = Lesson::boxed(Moment::Placed);
    app.update(Event::Lab(Arc::new(fixtures::state(Moment::Placed))), NOW);
    assert!(app.calls(Panel::Step) && !app.calls(Panel::Topology));
}

#[test]
fn without_motion_what_changed_is_numbered_in_words() {
    let wide = from_to(WIDE, false, [Moment::NetworkMade, Moment::MultiHomed]);
    let told = "changé\u{a0}: 1▸ prod  2▸ es → dev  3▸ web → dev";
    assert!(shown(&wide).contains(told), "{}", shown(&wide));
    let look = Look { ascii: true, ..PLAIN };
    let view = View {
        look,
        lang: Lang::En,
        ..WIDE
    };
    let left = from_to(view, false, [Moment::Placed, Moment::Empty]);
    assert!(
        shown(&left).contains("changed: 1x dev  2x es -> dev"),
        "{}",
        shown(&left)
    );
    let moving = from_to(WIDE, true, [Moment::NetworkMade, Moment::MultiHomed]);
    assert!(!shown(&moving).contains("changé"));
    assert!(shown(&moving).contains("en direct"));
}

#[test]
fn without_motion_nothing_moves_by_itself() {
    let app = from_to(WIDE, false, [Moment::Empty, Moment::MultiHomed]);
    assert_eq!(app.next_change(NOW), None);
}
