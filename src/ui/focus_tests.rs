//! Where the keys go: to what the step wants, and nowhere by surprise.

use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use crate::lab::{Happening, TimelineEntry};
use crate::lesson::{Lesson, embedded};
use crate::texts::Lang;
use crate::ui::app::{App, Event};
use crate::ui::fixtures::{self, PLAIN, START};
use crate::ui::panels::Panel;
use crate::ui::steps::{TABS, View, WIDE, app};
use crate::ui::tries::Moment;
use crate::workshop::Ask;

const NOW: Duration = Duration::from_secs(60);

fn lesson() -> Lesson {
    embedded("cnm").unwrap()
}

fn at(step: &str, moment: Moment, size: (u16, u16)) -> App {
    let lesson = lesson();
    let (index, _) = lesson.step(step).unwrap();
    let view = View {
        size,
        lang: Lang::En,
        look: PLAIN,
    };
    app(&lesson, index, moment, view)
}

fn press(app: &mut App, code: KeyCode, after: Duration) {
    app.update(Event::Key(KeyEvent::from(code)), NOW + after);
}

fn shown(app: &App) -> String {
    fixtures::text(&fixtures::cells(app, (app.screen.width, app.screen.height)))
}

/// Types as fast as a person who does not look.
fn types(app: &mut App, text: &str) {
    for (letter, n) in text.chars().zip(0..) {
        press(app, KeyCode::Char(letter), Duration::from_millis(80 * n));
    }
    let end = Duration::from_millis(80 * u64::try_from(text.len()).unwrap());
    press(app, KeyCode::Enter, end);
}

#[test]
fn a_new_step_has_the_keys_where_it_is_done() {
    for size in [WIDE, TABS] {
        let mut app = at("list-networks", Moment::Green, size);
        press(&mut app, KeyCode::F(6), Duration::ZERO);
        press(&mut app, KeyCode::F(6), Duration::ZERO);
        press(&mut app, KeyCode::F(8), Duration::ZERO);
        assert_eq!((app.focus, app.tab), (Panel::Step, Panel::Step), "a question by itself");
        assert!(shown(&app).contains("Your answer: 1, 2 or 3"), "{}", shown(&app));

        let mut app = at("pictures", Moment::Green, size);
        press(&mut app, KeyCode::F(6), Duration::ZERO);
        press(&mut app, KeyCode::F(8), Duration::ZERO);
        assert_eq!((app.focus, app.tab), (Panel::Console, Panel::Step), "a command to type");
        assert!(app.passing);
    }
}

#[test]
fn what_is_said_of_keys_leads_there_from_every_panel() {
    for size in [WIDE, TABS] {
        for from in Panel::ALL {
            let mut app = at("who-resolves", Moment::Open, size);
            app.move_to(from);
            let (line, keys): (&str, &[KeyCode]) = match from {
                Panel::Step => ("Your answer: 1, 2 or 3", &[]),
                Panel::Console => ("To answer: F6, then 1, 2 or 3", &[KeyCode::F(6)]),
                _ => ("To answer: panel 1, then 1, 2 or 3", &[KeyCode::Char('1')]),
            };
            // What is behind another tab is not read.
            app.tab = Panel::Step;
            assert!(shown(&app).contains(line), "{from:?}\n{}", shown(&app));
            for key in keys {
                press(&mut app, *key, Duration::ZERO);
            }
            press(&mut app, KeyCode::Char('2'), Duration::ZERO);
            assert!(app.step.as_ref().unwrap().green, "{from:?} {size:?}");
        }
    }
}

#[test]
fn an_open_question_comes_before_a_picture_that_changed() {
    let mut app = at("ping-by-name", Moment::Open, TABS);
    // The learner's own container comes and goes behind the tab.
    let mut state = (**app.lab.as_ref().unwrap()).clone();
    Arc::make_mut(&mut state.topology).containers.pop();
    app.update(Event::Lab(Arc::new(state)), NOW);
    assert!(app.calls(Panel::Topology));
    assert!(!shown(&app).contains("see the topology"), "{}", shown(&app));
    press(&mut app, KeyCode::F(6), Duration::ZERO);
    assert_eq!(app.focus, Panel::Step);
    press(&mut app, KeyCode::Char('2'), Duration::ZERO);
    press(&mut app, KeyCode::F(6), Duration::ZERO);
    assert_eq!(app.focus, Panel::Topology);
}

#[test]
fn a_command_typed_where_nobody_takes_it_does_nothing_and_the_way_is_told() {
    for panel in [Panel::Step, Panel::Topology, Panel::Timeline] {
        let mut app = at("create-network", Moment::Open, WIDE);
        app.move_to(panel);
        types(&mut app, "docker network create dev2");
        assert_eq!((app.focus, app.overlay), (panel, None), "{panel:?}");
        assert_eq!(app.step.as_ref().unwrap().id, "create-network");
        assert!(
            shown(&app).contains("To type a command: 4, then the command."),
            "{}",
            shown(&app)
        );
        // Read, and then chosen.
        press(&mut app, KeyCode::Char('4'), Duration::from_millis(80 * 27 + 300));
        assert_eq!(app.focus, Panel::Console);
    }
    // After a while letters are keys again.
    let mut app = at("create-network", Moment::Open, WIDE);
    app.move_to(Panel::Step);
    types(&mut app, "do");
    press(&mut app, KeyCode::Char('l'), Duration::from_secs(2));
    assert!(app.overlay.is_some());
}

#[test]
fn more_text_is_told_in_both_directions_from_where_the_keys_are() {
    let mut app = at("two-networks", Moment::Open, TABS);
    for _ in 0..3 {
        app.ask(Ask::Hint, NOW);
    }
    let told = |app: &App, words: &str| assert!(shown(app).contains(words), "{words}\n{}", shown(app));
    told(&app, "▴ more: F6, then ↑");
    press(&mut app, KeyCode::F(6), Duration::ZERO);
    told(&app, "▴ more: ↑");
    press(&mut app, KeyCode::Home, Duration::ZERO);
    told(&app, "▾ more: ↓");
    press(&mut app, KeyCode::End, Duration::ZERO);
    told(&app, "▴ more: ↑");
}

#[test]
fn the_timeline_turns_back_to_its_beginning() {
    for size in [WIDE, TABS] {
        let mut app = at("disconnect", Moment::Green, size);
        let mut state = (**app.lab.as_ref().unwrap()).clone();
        let moment = |n: i64| TimelineEntry {
            at: START + n * 1_000_000_000,
            container: None,
            what: Happening::NetworkCreated {
                network: if n == 0 { "dev".into() } else { format!("mine{n}") },
            },
        };
        let all = 20;
        state.timeline = Arc::new((0..all).map(moment).collect());
        app.update(Event::Lab(Arc::new(state)), NOW);
        app.move_to(Panel::Timeline);
        assert!(shown(&app).contains("↑ ↓: earlier, later"), "{}", shown(&app));
        assert!(!shown(&app).contains("network dev created"));
        press(&mut app, KeyCode::Home, Duration::ZERO);
        assert!(shown(&app).contains("network dev created"), "{}", shown(&app));
        assert!(shown(&app).contains(&format!("{} newer: ↓", all - 1)));
        press(&mut app, KeyCode::Down, Duration::ZERO);
        assert!(shown(&app).contains(&format!("{} newer: ↓", all - 2)));
        press(&mut app, KeyCode::End, Duration::ZERO);
        assert_eq!(app.back, 0);
    }
}

#[test]
fn output_that_went_by_can_be_had_back_and_the_console_says_how() {
    let mut app = at("create-network", Moment::Open, TABS);
    assert!(!shown(&app).contains("scroll back"));
    app.update(Event::Output("line\r\n".repeat(30).into_bytes()), NOW);
    assert!(shown(&app).contains("Ctrl+G PgUp: scroll back"), "{}", shown(&app));
}

#[test]
fn an_example_is_asked_about_from_every_panel() {
    for size in [WIDE, TABS] {
        for from in [Panel::Step, Panel::Topology, Panel::Timeline] {
            let mut app = at("pictures", Moment::Open, size);
            app.move_to(from);
            for _ in 0..3 {
                press(&mut app, KeyCode::F(5), Duration::ZERO);
            }
            let told = "example 3/3, simulated · F5: go on · 1-3: answer";
            assert!(shown(&app).contains(told), "{from:?}\n{}", shown(&app));
            press(&mut app, KeyCode::Char('3'), Duration::ZERO);
            assert!(app.step.as_ref().unwrap().green, "{from:?} {size:?}");
        }
        // In the console, numbers are the shell's.
        let mut app = at("pictures", Moment::Open, size);
        press(&mut app, KeyCode::F(5), Duration::ZERO);
        assert_eq!(app.focus, Panel::Console);
        assert!(!shown(&app).contains("1-3: answer"), "{}", shown(&app));
    }
}

#[test]
fn help_begins_with_the_panel_that_has_the_keys() {
    for (panel, begins) in [
        (Panel::Step, "Task panel: what there is to do"),
        (Panel::Topology, "Topology panel: one bar for each network"),
        (Panel::Timeline, "Timeline panel: what your commands changed"),
        (Panel::Console, "Console: a real shell on the lab's host"),
    ] {
        let mut app = at("create-network", Moment::Green, TABS);
        app.focus = panel;
        press(&mut app, KeyCode::F(1), Duration::ZERO);
        let shown = shown(&app);
        let first = shown.lines().skip_while(|line| !line.contains("Help")).nth(1);
        assert!(first.is_some_and(|line| line.contains(begins)), "{panel:?}\n{shown}");
    }
}
