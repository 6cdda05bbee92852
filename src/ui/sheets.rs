//! What is chosen in the picture, and its sheet: by keys, at both sizes and in both languages.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::style::Modifier;

use super::app::{App, Event, Overlay};
use super::fixtures::{self, PLAIN};
use super::steps::{self, TABS, View, WIDE};
use super::topology::Pick;
use super::tries::Moment;
use crate::lab::{Happening, LabState, TimelineEntry};
use crate::lesson::embedded;
use crate::texts::Lang;

const NOW: Duration = Duration::from_secs(61);
const FRENCH: View = View {
    size: WIDE,
    lang: Lang::Fr,
    look: PLAIN,
};

/// The lab of the step with two networks, two aliases and one container on both, its picture focused.
fn app(view: View) -> App {
    let lesson = embedded("cnm").unwrap();
    let (index, _) = lesson.step("aliases").unwrap();
    let mut app = steps::app(&lesson, index, Moment::Green, view);
    press(&mut app, &[KeyCode::F(6), KeyCode::F(6)]);
    app
}

fn press(app: &mut App, codes: &[KeyCode]) {
    for code in codes {
        assert!(app.update(Event::Key(KeyEvent::from(*code)), NOW).is_empty());
    }
}

fn shown(app: &App) -> String {
    fixtures::text(&fixtures::cells(app, (app.screen.width, app.screen.height)))
}

/// Every thing that Tab leads to, from the first on.
fn tour(app: &mut App) -> Vec<Pick> {
    let mut all: Vec<Pick> = Vec::new();
    loop {
        press(app, &[KeyCode::Tab]);
        let pick = app.pick.clone().unwrap();
        if all.contains(&pick) {
            return all;
        }
        all.push(pick);
    }
}

#[test]
fn tab_and_arrows_lead_to_everything_and_what_is_chosen_is_marked() {
    for size in [WIDE, TABS] {
        let mut app = app(View { size, ..FRENCH });
        let all = tour(&mut app);
        assert_eq!(all, Pick::all(&app.scene));
        let cables = app.scene.nodes.iter().map(|node| node.cables.len()).sum::<usize>();
        assert_eq!(all.len(), app.scene.bars.len() + app.scene.nodes.len() + cables);
        press(&mut app, &[KeyCode::Home]);
        for _ in &all {
            let area = app.panels.topology;
            let buffer = fixtures::cells(&app, size);
            let is_marked = |(x, y)| buffer[(x, y)].modifier.contains(Modifier::REVERSED);
            let marked = (area.y..area.bottom()).flat_map(|y| (area.x..area.right()).map(move |x| (x, y)));
            assert!(
                marked.filter(|at| is_marked(*at)).count() > 0,
                "{:?}\n{}",
                app.pick,
                shown(&app)
            );
            press(&mut app, &[KeyCode::Right]);
        }
        press(&mut app, &[KeyCode::Home]);
        let mut heads = BTreeSet::new();
        for _ in &all {
            heads.insert(format!("{:?}", app.pick));
            press(&mut app, &[KeyCode::Down]);
        }
        assert_eq!(
            heads.len(),
            app.scene.bars.len() + 1,
            "three networks, and solo: {heads:?}"
        );
        press(&mut app, &[KeyCode::Esc]);
        assert_eq!(app.pick, None);
    }
}

#[test]
fn letters_keep_their_meaning_in_the_picture() {
    let mut app = app(FRENCH);
    press(&mut app, &[KeyCode::Down, KeyCode::Char('t')]);
    assert_eq!(app.overlay, Some(Overlay::Text));
}

#[test]
fn enter_opens_the_sheet_at_both_sizes_and_in_both_languages() {
    for lang in Lang::ALL {
        for (size, name) in [(WIDE, "wide"), (TABS, "tabs")] {
            let mut app = app(View { size, lang, ..FRENCH });
            press(&mut app, &[KeyCode::Enter]);
            let mut sheets = format!("{}\n\n", shown(&app));
            for pick in [
                Pick::Node("web".into()),
                Pick::Cable {
                    node: "web".into(),
                    bar: "prod".into(),
                },
                Pick::Cable {
                    node: "prod-es-1".into(),
                    bar: "prod".into(),
                },
                Pick::Node("solo".into()),
            ] {
                app.pick = Some(pick);
                assert_eq!(super::draw::hidden_rows(&app), 0, "{}", shown(&app));
                sheets.push_str(&shown(&app));
                sheets.push_str("\n\n");
            }
            insta::assert_snapshot!(format!("sheets_{name}_{}", lang.code()), sheets);
        }
    }
}

#[test]
fn a_cable_shows_its_two_ends_its_routes_and_who_made_it() {
    let mut app = app(FRENCH);
    app.pick = Some(Pick::Cable {
        node: "web".into(),
        bar: "prod".into(),
    });
    press(&mut app, &[KeyCode::Enter]);
    let text = shown(&app).replace('\u{a0}', " ");
    for fact in [
        "web ⇄ prod",
        "eth1 dans web",
        "sur br-",
        "02:42:ac:12:00:",
        "paquets de 1500 octets au plus",
        "172.19.0.0/16 directement",
        "le reste passe par le câble vers dev",
        "docker network connect prod web",
    ] {
        assert!(text.contains(fact), "{fact}\n{text}");
    }
    press(&mut app, &[KeyCode::Left]);
    let text = shown(&app).replace('\u{a0}', " ");
    for fact in ["web ⇄ dev", "tout le reste par 172.18.0.1", "docker run --net dev"] {
        assert!(text.contains(fact), "{fact}\n{text}");
    }
    press(&mut app, &[KeyCode::Esc]);
    assert_eq!(app.overlay, None);
}

/// The sheet of web's cable to dev, once this has happened to containers called web: each by its id.
fn made_by(mode: &str, happened: &[(&str, Happening)]) -> String {
    let mut app = app(FRENCH);
    let mut state = LabState::clone(app.lab.as_ref().unwrap());
    let topology = Arc::make_mut(&mut state.topology);
    let web = topology.containers.iter_mut().find(|c| c.name == "web").unwrap();
    web.id = "new".into();
    web.network_mode = mode.into();
    let entry = |((id, what), at): (&(&str, Happening), i64)| TimelineEntry {
        at: fixtures::START + at * 1_000_000_000,
        container: Some((*id).to_owned()),
        what: what.clone(),
    };
    state.timeline = Arc::new(happened.iter().zip(1..).map(entry).collect());
    app.update(Event::Lab(Arc::new(state)), NOW);
    app.pick = Some(Pick::Cable {
        node: "web".into(),
        bar: "dev".into(),
    });
    press(&mut app, &[KeyCode::Enter]);
    shown(&app).replace('\u{a0}', " ")
}

#[test]
fn who_made_a_cable_is_told_of_this_container_not_of_one_that_had_its_name() {
    let (container, network) = (|| "web".to_owned(), || "dev".to_owned());
    let plugged = || Happening::Connected {
        container: container(),
        network: network(),
        address: None,
    };
    let left = || Happening::Disconnected {
        container: container(),
        network: network(),
    };
    let started = || Happening::ContainerStarted { container: container() };
    let ended = || Happening::ContainerDied {
        container: container(),
        exit_code: 137,
    };
    let before = [("old", plugged()), ("old", started()), ("old", left())];
    let run = [("new", plugged()), ("new", started())];
    let again = [before.clone().to_vec(), run.to_vec()].concat();
    let text = made_by("dev", &again);
    assert!(text.contains("docker run --net dev, 0:04 après le début"), "{text}");
    // Stopped and started again: the same command made it.
    let stopped = [
        ("new", ended()),
        ("new", left()),
        ("new", plugged()),
        ("new", started()),
    ];
    let text = made_by("dev", &[run.to_vec(), stopped.to_vec()].concat());
    assert!(text.contains("docker run --net dev, 0:01 après le début"), "{text}");
    let replugged = [("new", left()), ("new", plugged())];
    let text = made_by("dev", &[again, replugged.to_vec()].concat());
    assert!(text.contains("docker network connect dev web, 0:07"), "{text}");
}

#[test]
fn a_container_run_without_net_is_not_said_to_have_had_one() {
    let mut app = app(FRENCH);
    app.pick = Some(Pick::Cable {
        node: "test".into(),
        bar: "bridge".into(),
    });
    press(&mut app, &[KeyCode::Enter]);
    let text = shown(&app);
    assert!(
        text.contains("docker run (réseau par défaut)") && !text.contains("--net"),
        "{text}"
    );
}

#[test]
fn a_sheet_whose_thing_has_gone_says_so() {
    let mut app = app(FRENCH);
    press(&mut app, &[KeyCode::Enter]);
    app.pick = Some(Pick::Node("nobody".into()));
    assert!(shown(&app).contains("n’est plus là"));
    press(&mut app, &[KeyCode::Esc, KeyCode::Enter]);
    assert_eq!(
        app.pick,
        Some(Pick::Bar("dev".into())),
        "what is gone is not chosen any more"
    );
}
