//! The screens as they are, at the sizes of the book, in both languages, without colour and without box characters. Set
//! `INSTA_UPDATE=always` to take them anew, then read the difference.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::style::Color;

use super::app::{App, Event, Start};
use super::fixtures::{self, Moment, PLAIN, View, styles};
use super::keymap::Keys;
use super::look::Look;
use crate::lab::LabState;
use crate::lesson::embedded;
use crate::model::Topology;
use crate::texts::Lang;
use crate::workshop::{LessonProgress, Session};

const WIDE: View = View {
    size: (120, 36),
    lang: Lang::Fr,
    look: PLAIN,
};
const TABS: View = View {
    size: (80, 24),
    lang: Lang::Fr,
    look: PLAIN,
};

fn screen(moment: Moment, view: View) -> String {
    fixtures::text(&fixtures::cells(&fixtures::app(moment, view), view.size))
}

fn press(app: &mut super::app::App, codes: &[KeyCode]) {
    for code in codes {
        app.update(Event::Key(KeyEvent::from(*code)), Duration::from_secs(60));
    }
}

#[test]
fn wide_in_french() {
    insta::assert_snapshot!("wide_fr_empty", screen(Moment::Empty, WIDE));
    insta::assert_snapshot!("wide_fr_network_made", screen(Moment::NetworkMade, WIDE));
    insta::assert_snapshot!("wide_fr_placed", screen(Moment::Placed, WIDE));
    insta::assert_snapshot!("wide_fr_multi_homed", screen(Moment::MultiHomed, WIDE));
    insta::assert_snapshot!("wide_fr_lost", screen(Moment::Lost, WIDE));
}

#[test]
fn wide_in_english() {
    let view = View { lang: Lang::En, ..WIDE };
    insta::assert_snapshot!("wide_en_empty", screen(Moment::Empty, view));
    insta::assert_snapshot!("wide_en_placed", screen(Moment::Placed, view));
}

#[test]
fn tabs() {
    insta::assert_snapshot!("tabs_fr_empty", screen(Moment::Empty, TABS));
    insta::assert_snapshot!(
        "tabs_en_placed",
        screen(Moment::Placed, View { lang: Lang::En, ..TABS })
    );
    let mut app = fixtures::app(Moment::MultiHomed, TABS);
    press(&mut app, &[KeyCode::F(6), KeyCode::F(6)]);
    insta::assert_snapshot!("tabs_fr_topology", fixtures::text(&fixtures::cells(&app, TABS.size)));
    press(&mut app, &[KeyCode::F(6)]);
    insta::assert_snapshot!("tabs_fr_timeline", fixtures::text(&fixtures::cells(&app, TABS.size)));
}

#[test]
fn small() {
    let view = View { size: (60, 16), ..WIDE };
    insta::assert_snapshot!("small_fr_empty", screen(Moment::Empty, view));
}

#[test]
fn ascii_and_no_color() {
    let view = View {
        look: Look {
            ascii: true,
            color: false,
            ..PLAIN
        },
        ..WIDE
    };
    for lang in Lang::ALL {
        let text = screen(Moment::MultiHomed, View { lang, ..view });
        let drawn = text.replace(|c: char| c.is_alphabetic() || "’\u{a0}\u{202f}".contains(c), "");
        insta::assert_snapshot!(format!("ascii_{}_multi_homed", lang.code()), text);
        let strange: Vec<char> = drawn
            .chars()
            .filter(|c| !c.is_ascii() && !"…·×↓".contains(*c))
            .collect();
        assert!(strange.is_empty(), "{strange:?}");
    }
}

#[test]
fn without_colour_no_cell_has_one() {
    let look = Look { color: false, ..PLAIN };
    for moment in [
        Moment::Empty,
        Moment::NetworkMade,
        Moment::Placed,
        Moment::MultiHomed,
        Moment::Lost,
    ] {
        let view = View { look, ..WIDE };
        let cells = fixtures::cells(&fixtures::app(moment, view), view.size);
        for cell in &cells.content {
            assert!(cell.fg == Color::Reset && cell.bg == Color::Reset, "{cell:?}");
        }
        assert_eq!(
            fixtures::text(&cells),
            screen(moment, WIDE),
            "colour changes no character"
        );
    }
    let cells = fixtures::cells(&fixtures::app(Moment::Empty, View { look, ..WIDE }), WIDE.size);
    insta::assert_snapshot!("no_color_styles", styles(&cells));
}

#[test]
fn styles_of_the_multi_homed_screen() {
    let cells = fixtures::cells(&fixtures::app(Moment::MultiHomed, WIDE), WIDE.size);
    insta::assert_snapshot!("wide_styles", styles(&cells));
}

#[test]
fn overlays() {
    for lang in Lang::ALL {
        let view = View { lang, ..WIDE };
        let mut app = fixtures::app(Moment::Placed, view);
        press(&mut app, &[KeyCode::F(1)]);
        let help = fixtures::text(&fixtures::cells(&app, view.size));
        insta::assert_snapshot!(format!("help_{}", lang.code()), help);
        press(&mut app, &[KeyCode::Char('t')]);
        let words = fixtures::text(&fixtures::cells(&app, view.size));
        insta::assert_snapshot!(format!("text_{}", lang.code()), words);
    }
}

#[test]
fn no_size_breaks_a_screen() {
    for moment in [Moment::Empty, Moment::MultiHomed, Moment::Lost] {
        for width in (1..=300).step_by(31).chain([20, 79, 80, 109, 110, 120]) {
            for height in (1..=100).step_by(17).chain([5, 23, 24, 31, 32, 36]) {
                let view = View {
                    size: (width, height),
                    ..WIDE
                };
                let mut app = fixtures::app(moment, view);
                fixtures::cells(&app, view.size);
                for codes in [
                    &[KeyCode::F(1)][..],
                    &[KeyCode::Char('t'), KeyCode::PageDown],
                    &[KeyCode::Esc, KeyCode::F(6)],
                ] {
                    press(&mut app, codes);
                    fixtures::cells(&app, view.size);
                }
                // Between a resize and its event, the state is of another size than the screen.
                fixtures::cells(&app, (height, width));
            }
        }
    }
}

proptest! {
    #[test]
    fn no_sequence_of_sizes_breaks_a_screen(sizes in prop::collection::vec((1u16..300, 1u16..100), 1..6)) {
        let mut app = fixtures::app(Moment::MultiHomed, WIDE);
        for (width, height) in sizes {
            app.update(Event::Resize(width, height), Duration::from_secs(60));
            app.update(Event::Output(b"\x1b[999;999H\xe6\xbc\xa2\xe5\xad\x97 words words\r\n".to_vec()), Duration::from_secs(60));
            fixtures::cells(&app, (width, height));
        }
    }
}

#[test]
fn the_lesson_fits_where_the_screen_shows_it() {
    let lesson = embedded("cnm").unwrap();
    // Each step's lab before it, and at its end.
    let reached = lesson.steps.iter().map(|step| step.goal.realised());
    let labs: Vec<Topology> = std::iter::once(Topology::default()).chain(reached).collect();
    for (size, lang) in [(120, 36), (80, 24)]
        .into_iter()
        .flat_map(|size| Lang::ALL.map(|lang| (size, lang)))
    {
        let moments = lesson.steps.iter().zip(labs.windows(2));
        let looks = moments.flat_map(|(step, labs)| labs.iter().map(move |lab| (step, lab)));
        let looks = looks.flat_map(|(step, lab)| [false, true].map(|answered| (step, lab, answered)));
        for (step, lab, answered) in looks {
            let mut progress = LessonProgress::default();
            if let (true, Some((check, right))) = (answered, step.question()) {
                progress.answers.insert(check.id.clone(), right);
            }
            let mut session = Session::new(lesson.clone(), progress);
            assert!(session.go_to(&step.id));
            let start = Start {
                lang,
                look: PLAIN,
                motion: false,
                size,
                at: fixtures::START,
            };
            let mut app = App::new(Box::new(session), start);
            let state = LabState {
                topology: Arc::new(lab.clone()),
                ..fixtures::state(Moment::Empty)
            };
            app.update(Event::Lab(Arc::new(state)), Duration::ZERO);
            let shown = fixtures::text(&fixtures::cells(&app, size));
            assert_eq!(
                super::draw::hidden_rows(&app),
                0,
                "{} {lang:?} {size:?}\n{shown}",
                step.id
            );
        }
    }
}

#[test]
fn every_key_of_the_bar_is_there_at_80_columns() {
    for lang in Lang::ALL {
        let text = screen(Moment::Empty, View { lang, ..TABS });
        let bar = text.lines().last().unwrap();
        for bound in Keys::default().bound().iter().filter(|bound| !bound.bar.is_empty()) {
            let is_there = |name: String| bar.contains(&name);
            assert!(bound.everywhere_name(lang).is_none_or(is_there), "{bar}");
        }
    }
}
