//! Every step of every lesson as a learner meets it: open, after a wrong try, green. The labs follow from the goals, so that a step
//! that is added is looked at without a word more here. Set `INSTA_UPDATE=always` to take the screens anew, then read them as a learner.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::app::{App, Event, Start};
use super::fixtures::{self, PLAIN, START, styles};
use super::look::Look;
use super::panels::{Panel, inside};
use super::topology::Manner;
use super::tries::{Moment, exchange, lab};
use crate::lesson::{Lesson, embedded, embedded_ids};
use crate::texts::Lang;
use crate::workshop::{Ask, CheckStatus, LessonProgress, Session, StepView};

pub(super) const WIDE: (u16, u16) = (120, 36);
pub(super) const TABS: (u16, u16) = (80, 24);
const NOW: Duration = Duration::from_secs(60);

const MOMENTS: [Moment; 3] = [Moment::Open, Moment::Wrong, Moment::Green];

/// How a screen is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub size: (u16, u16),
    pub lang: Lang,
    pub look: Look,
}

pub(super) fn app(lesson: &Lesson, index: usize, moment: Moment, view: View) -> App {
    let done = lesson.steps[..index].iter().map(|step| step.id.clone());
    let progress = LessonProgress {
        done: done.collect(),
        ..LessonProgress::default()
    };
    let mut session = Session::new(lesson.clone(), progress);
    assert!(session.go_to(&lesson.steps[index].id));
    // Where the step asks something, the answer goes with the moment.
    let right = lesson.steps[index]
        .checks
        .iter()
        .find_map(|check| check.kind.question());
    match (right, moment) {
        (Some(right), Moment::Green) => _ = session.ask(Ask::Answer(right)),
        (Some(right), Moment::Wrong) => _ = session.ask(Ask::Answer(1 + right % 2)),
        _ => {}
    }
    let start = Start {
        lang: view.lang,
        look: view.look,
        motion: false,
        size: view.size,
        at: START,
    };
    let mut app = App::new(Box::new(session), start);
    app.update(Event::LabReady, NOW);
    let mut state = lab(lesson, index, moment);
    app.update(Event::Lab(Arc::new(state.clone())), NOW);
    if moment == Moment::Green
        && let Some(asked) = exchange(&lesson.steps[index], &state.topology)
    {
        Arc::make_mut(&mut state.timeline).push(asked);
        app.update(Event::Lab(Arc::new(state)), NOW);
    }
    app.update(Event::Output(b"$ ".to_vec()), NOW);
    app
}

fn lessons() -> Vec<Lesson> {
    embedded_ids().into_iter().map(|id| embedded(id).unwrap()).collect()
}

/// Every moment of every step.
fn moments(mut look_at: impl FnMut(&Lesson, usize, Moment)) {
    for lesson in lessons() {
        for index in 0..lesson.steps.len() {
            for moment in MOMENTS {
                look_at(&lesson, index, moment);
            }
        }
    }
}

/// The screen without the console, which says nothing of the lesson.
fn shown(app: &App, size: (u16, u16)) -> String {
    let text = fixtures::text(&fixtures::cells(app, size));
    let lines: Vec<&str> = text.lines().collect();
    let console = usize::from(app.panels.console.y);
    [&lines[..console], &lines[lines.len() - 1..]].concat().join("\n")
}

#[test]
fn the_screens_of_every_step() {
    for lesson in lessons() {
        for (index, step) in lesson.steps.iter().enumerate() {
            for lang in Lang::ALL {
                let mut wide = String::new();
                let mut tabs = String::new();
                for moment in MOMENTS {
                    let view = View {
                        size: WIDE,
                        lang,
                        look: PLAIN,
                    };
                    let _ = writeln!(
                        wide,
                        "{moment:?}\n{}\n",
                        shown(&app(&lesson, index, moment, view), WIDE)
                    );
                    let mut app = app(&lesson, index, moment, View { size: TABS, ..view });
                    let _ = writeln!(tabs, "{moment:?}\n{}\n", shown(&app, TABS));
                    app.update(Event::Key(KeyEvent::from(KeyCode::F(6))), NOW);
                    app.update(Event::Key(KeyEvent::from(KeyCode::F(6))), NOW);
                    let _ = writeln!(tabs, "{}\n", shown(&app, TABS));
                }
                let name = |size| format!("step_{}_{}_{size}_{}", lesson.id, step.id, lang.code());
                insta::assert_snapshot!(name("wide"), wide);
                insta::assert_snapshot!(name("tabs"), tabs);
            }
        }
    }
}

#[test]
fn every_step_in_ascii_and_without_colour() {
    let bare = Look {
        ascii: true,
        color: false,
        ..fixtures::PLAIN
    };
    for lesson in lessons() {
        for (index, step) in lesson.steps.iter().enumerate() {
            for lang in Lang::ALL {
                let view = View {
                    size: WIDE,
                    lang,
                    look: bare,
                };
                let texts =
                    [Moment::Wrong, Moment::Green].map(|moment| shown(&app(&lesson, index, moment, view), WIDE));
                insta::assert_snapshot!(
                    format!("step_{}_{}_ascii_{}", lesson.id, step.id, lang.code()),
                    texts.join("\n\n")
                );
            }
            let runs = [PLAIN, Look { color: false, ..PLAIN }].map(|look| {
                let view = View {
                    size: WIDE,
                    lang: Lang::Fr,
                    look,
                };
                styles(&fixtures::cells(&app(&lesson, index, Moment::Green, view), WIDE))
            });
            insta::assert_snapshot!(format!("step_{}_{}_styles", lesson.id, step.id), runs.join("\n"));
        }
    }
}

#[test]
fn a_wrong_try_is_red_and_the_goal_is_green() {
    moments(|lesson, index, moment| {
        let app = app(
            lesson,
            index,
            moment,
            View {
                size: WIDE,
                lang: Lang::Fr,
                look: PLAIN,
            },
        );
        let step = app.step.as_ref().unwrap();
        assert_eq!(
            step.green,
            moment == Moment::Green,
            "{} {moment:?} {:?}",
            step.id,
            step.checks
        );
        let fails = step
            .checks
            .iter()
            .any(|check| matches!(check.status, CheckStatus::Fail { .. }));
        assert_eq!(fails, moment != Moment::Green);
    });
}

/// Text as it is read: whatever the lines, one space between words, without the marks that become styles.
fn read(text: &str) -> String {
    let plain = text.replace(" \\\n", "\n").replace("**", "").replace('`', "");
    plain
        .split([' ', '\n'])
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Everything the step says at this moment.
fn sentences(step: &StepView, has_title: bool) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    if has_title {
        all.push(step.title.clone());
    }
    let text = if step.green { &step.why } else { &step.say };
    all.extend(text.iter().cloned());
    if step.green {
        all.push(step.praise.clone());
    }
    all.extend(step.checks.iter().map(|check| check.title.clone()));
    let mut red = step.checks.iter().filter_map(|check| match &check.status {
        CheckStatus::Fail { seen, wanted } => Some([seen.clone(), wanted.clone()]),
        _ => None,
    });
    // Where several are red, what was seen of each is worth more than what is wanted of the first.
    match (red.next(), red.next()) {
        (Some([seen, _]), Some(_)) => all.push(seen),
        (Some(both), None) => all.extend(both),
        (None, _) => {}
    }
    all.iter().map(|text| read(text)).collect()
}

/// What the panel of the step shows, as one line.
pub(super) fn panel(app: &App, size: (u16, u16)) -> String {
    let buffer = fixtures::cells(app, size);
    let area = inside(app.panels.step);
    let rows = (area.y..area.bottom()).map(|y| {
        let row: String = (area.x..area.right()).map(|x| buffer[(x, y)].symbol()).collect();
        row.trim_end().to_owned()
    });
    read(&rows.collect::<Vec<_>>().join("\n"))
}

#[test]
fn no_sentence_of_a_step_is_cut() {
    let ascii = Look { ascii: true, ..PLAIN };
    let views = [WIDE, TABS].into_iter().flat_map(|size| {
        let looks = [PLAIN, ascii].into_iter();
        looks.flat_map(move |look| Lang::ALL.map(|lang| View { size, lang, look }))
    });
    let views: Vec<View> = views.collect();
    moments(|lesson, index, moment| {
        for view in &views {
            let app = app(lesson, index, moment, *view);
            let screen = fixtures::text(&fixtures::cells(&app, view.size));
            let step = app.step.as_ref().unwrap();
            assert_eq!(super::draw::hidden_rows(&app), 0, "{}\n{screen}", step.id);
            let panel = panel(&app, view.size);
            for sentence in sentences(step, view.size == WIDE) {
                assert!(
                    panel.contains(&sentence),
                    "{} {moment:?}: {sentence}\n{screen}",
                    step.id
                );
            }
            let lines: Vec<&str> = screen.lines().collect();
            for line in [lines[0], lines[lines.len() - 1]] {
                assert!(!line.contains('…'), "{} {moment:?}: {line}", step.id);
            }
        }
    });
}

#[test]
fn the_picture_of_every_step_names_everything() {
    moments(|lesson, index, moment| {
        for (size, lang) in [(74, 18), (78, 10)]
            .into_iter()
            .flat_map(|size| Lang::ALL.map(|lang| (size, lang)))
        {
            let app = app(
                lesson,
                index,
                moment,
                View {
                    size: WIDE,
                    lang,
                    look: PLAIN,
                },
            );
            let area = ratatui::layout::Rect::new(0, 0, size.0, size.1);
            let mut buffer = ratatui::buffer::Buffer::empty(area);
            let manner = Manner { look: PLAIN, lang };
            super::topology::draw(&app.scene, area, &mut buffer, manner, None);
            let picture = fixtures::text(&buffer);
            let bars = app.scene.bars.iter().map(|bar| &bar.name);
            for name in bars.chain(app.scene.nodes.iter().map(|node| &node.name)) {
                assert!(picture.contains(name.as_str()), "{name} {moment:?}\n{picture}");
            }
            for alias in app
                .scene
                .nodes
                .iter()
                .flat_map(|node| &node.cables)
                .flat_map(|cable| &cable.aliases)
            {
                let told = [format!("({alias}"), format!("alias {alias}")];
                assert!(
                    told.iter().any(|told| picture.contains(told)),
                    "{alias} {moment:?}\n{picture}"
                );
            }
            assert!(
                !picture.contains('…') && !picture.contains('×'),
                "{moment:?}\n{picture}"
            );
        }
    });
}

#[test]
fn a_number_that_is_no_answer_leads_to_its_panel_as_the_console_says() {
    let lesson = embedded("cnm").unwrap();
    let view = View {
        size: TABS,
        lang: Lang::En,
        look: PLAIN,
    };
    let mut app = app(&lesson, 0, Moment::Open, view);
    let press = |app: &mut App, code| app.update(Event::Key(KeyEvent::from(code)), NOW);
    press(&mut app, KeyCode::F(6));
    assert_eq!(app.answers(), 3);
    assert!(fixtures::text(&fixtures::cells(&app, TABS)).contains("4: type here"));
    press(&mut app, KeyCode::Char('4'));
    assert_eq!(app.focus, Panel::Console);
    assert!(fixtures::text(&fixtures::cells(&app, TABS)).contains("Ctrl+G: leave the console"));
}
