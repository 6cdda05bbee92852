//! What the signs of the picture say: who does not run, what is gone, who asks; and that the legend names those that are drawn.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::tests::{drawn, full_house, lab, question, staged, uplink};
use super::*;
use crate::model::{ContainerState, Topology};
use crate::observe::{AnswerReason, Answerer, Outcome};
use crate::scene::{Scene, Stage};
use crate::ui::fixtures::{PLAIN, container, text};

/// web has ended, or was never started, and the goal wants it on dev; app runs.
fn asleep(life: ContainerState) -> Scene {
    let mut web = container("web", &[]);
    web.state = life;
    web.exit_code = Some(137).filter(|_| life == ContainerState::Exited);
    let mut ghost = container("web", &[("dev", "")]);
    ghost.id = "ghost:web".into();
    let ghosts = Topology {
        containers: vec![ghost],
        ..Topology::default()
    };
    let app = container("app", &[("dev", "172.18.0.2/16")]);
    let mut stage = Stage::new(false);
    stage.update(&lab(&["bridge", "dev"], vec![app, web]), &ghosts, Duration::ZERO);
    stage.scene(Duration::ZERO)
}

#[test]
fn one_that_does_not_run_does_not_look_as_if_it_ran() {
    let ended = asleep(ContainerState::Exited);
    for (size, here) in [
        ((74, 18), "┆ web · arrêté ┆"),
        ((74, 6), "( web · arrêté )"),
        ((74, 4), "═ web ? · arrêté ═"),
    ] {
        let picture = drawn(&ended, size.0, size.1);
        assert!(picture.contains(here), "{picture}");
        assert!(picture.contains("app") && !picture.contains("┆ app"), "{picture}");
    }
    let created = drawn(&asleep(ContainerState::Created), 74, 18);
    assert!(created.contains("┆ web · pas démarré ┆"), "{created}");
    let look = Look { ascii: true, ..PLAIN };
    let area = Rect::new(0, 0, 74, 18);
    let mut buffer = Buffer::empty(area);
    let lang = Lang::En;
    draw(&ended, area, &mut buffer, Manner { look, lang }, None);
    let picture = text(&buffer);
    assert!(
        picture.contains(": web - stopped :") && picture.contains("| app"),
        "{picture}"
    );
}

fn asked(scene: Scene, who: &str, addresses: &[&str]) -> Scene {
    let mut question = question(who);
    question.outcome = Outcome::Addresses {
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        by: Answerer {
            network: "id-prod".into(),
            network_name: "prod".into(),
            why: AnswerReason::OnlyNetwork,
        },
    };
    Scene {
        questions: vec![question],
        ..scene
    }
}

#[test]
fn a_path_keeps_away_from_the_aliases_of_others_and_has_its_answer() {
    // web has left dev: it stands first on prod, beside those that share an alias.
    let mut all = full_house();
    all[1] = container("web", &[("prod", "172.19.0.3/16")]);
    let mut topology = lab(&["bridge", "dev", "prod"], all);
    topology.uplink = Some(uplink());
    let scene = staged(&topology).scene(Duration::ZERO);
    let scene = asked(scene, "web", &["172.19.0.4", "172.19.0.5"]);
    let picture = drawn(&scene, 74, 18);
    let line = picture.lines().find(|line| line.contains("alias es")).unwrap();
    let question = line.trim().split("alias es").next().unwrap();
    assert!(question.starts_with("┄?es") && question.ends_with("  "), "{picture}");
    assert!(picture.contains("\u{25c2}┄ 172.19.0.4, 172.19.0.5 (prod)"), "{picture}");
    insta::assert_snapshot!("question_beside_aliases", picture);
}

#[test]
fn the_legend_names_what_is_drawn_and_nothing_else() {
    let last = |picture: &str| picture.lines().last().unwrap().to_owned();
    let all = staged(&lab(&["bridge", "dev", "prod"], full_house())).scene(Duration::ZERO);
    let full = last(&drawn(&all, 74, 18));
    assert!(full.contains("═ ━ ─ commutateur  │ câble veth   .2 vu"), "{full}");
    assert!(!full.contains('┆') && !full.contains("127.0.0.11"), "{full}");
    let compact = last(&drawn(&all, 78, 10));
    assert!(
        compact.contains("│ le même conteneur") && !compact.contains("câble"),
        "{compact}"
    );
    let alone = staged(&lab(&["bridge", "dev"], vec![])).scene(Duration::ZERO);
    let alone = last(&drawn(&alone, 74, 18));
    assert!(alone.contains("═ ─ commutateur   .2 vu"), "{alone}");
    let asking = drawn(&asked(all, "web", &["172.19.0.4"]), 78, 11);
    assert!(
        asking.contains("▸ web .3") && last(&asking).contains("▸ demande un nom"),
        "{asking}"
    );
}

#[test]
fn what_is_gone_is_not_shown_as_wanted() {
    let networks = ["bridge", "dev", "prod", "front"];
    let es = || container("es", &[("dev", "172.18.0.2/16")]);
    let mut ghost = container("app", &[("dev", "")]);
    ghost.id = "ghost:app".into();
    let ghosts = Topology {
        containers: vec![ghost],
        ..Topology::default()
    };
    let gone_beside = |ghosts: &Topology, size: (u16, u16)| {
        let mut stage = staged(&lab(&networks, vec![es()]));
        stage.update(&lab(&networks, vec![]), ghosts, Duration::ZERO);
        drawn(&stage.scene(Duration::ZERO), size.0, size.1)
    };
    assert!(gone_beside(&Topology::default(), (74, 18)).contains("  ┆ parti   .2 vu"));
    assert!(gone_beside(&ghosts, (74, 18)).contains("  ┆ attendu ou parti   .2 vu"));
    let compact = gone_beside(&ghosts, (74, 8));
    assert!(compact.contains("═ es ✗ ══ app ? ═"), "{compact}");
    assert!(compact.contains("  ? attendu  ✗ parti   .2 vu"), "{compact}");
}

#[test]
fn a_letter_for_the_resolver_is_drawn_only_where_the_legend_names_it() {
    let mut lettered = 0;
    let one = |name: &str| container(name, &[("dev", "172.18.0.2/16")]);
    let names = ["easy_cerf", "happy_lion", "web"];
    let all = staged(&lab(&["dev"], names.map(one).into())).scene(Duration::ZERO);
    for (columns, rows) in (30..80).flat_map(|columns| (5..20).map(move |rows| (columns, rows))) {
        let picture = drawn(&asked(all.clone(), "web", &["172.18.0.4"]), columns, rows);
        if picture.contains("▸D") {
            lettered += 1;
            assert!(picture.contains("D DNS 127.0.0.11"), "{columns}x{rows}\n{picture}");
        }
    }
    assert!(lettered > 0);
}

#[test]
fn a_word_for_who_does_not_run_folds_nobody_away() {
    let mut all = full_house();
    let mut ghosts = Vec::new();
    for name in ["web", "app"] {
        let at = all.iter().position(|one| one.name == name).unwrap();
        all[at] = container(name, &[]);
        all[at].state = ContainerState::Exited;
        let mut ghost = container(name, &[("prod", "")]);
        ghost.id = format!("ghost:{name}");
        ghosts.push(ghost);
    }
    let ghosts = Topology {
        containers: ghosts,
        ..Topology::default()
    };
    let mut stage = Stage::new(false);
    stage.update(&lab(&["bridge", "dev", "prod"], all), &ghosts, Duration::ZERO);
    let scene = stage.scene(Duration::ZERO);
    for (size, here, sign) in [((74, 18), "( app )", "( )"), ((86, 10), "━ app ? ■ ━", "■")] {
        let picture = drawn(&scene, size.0, size.1);
        let said = format!("{sign} ne tourne pas");
        assert!(picture.contains(here) && picture.contains(&said), "{picture}");
        assert_eq!(picture.matches("prod-es-").count(), 2, "{picture}");
    }
    let roomy = drawn(&scene, 136, 40);
    assert!(roomy.contains("app · arrêté") && !roomy.contains('■'), "{roomy}");
}

#[test]
fn who_asks_is_marked_where_it_is_plugged_in_not_where_it_is_wanted() {
    let mut ghost = container("web", &[("prod", "")]);
    ghost.id = "ghost:web".into();
    let ghosts = Topology {
        containers: vec![ghost],
        ..Topology::default()
    };
    let web = container("web", &[("dev", "172.18.0.2/16")]);
    let mut stage = Stage::new(false);
    stage.update(&lab(&["bridge", "dev", "prod"], vec![web]), &ghosts, Duration::ZERO);
    let scene = asked(stage.scene(Duration::ZERO), "web", &["172.18.0.2"]);
    let picture = drawn(&scene, 78, 8);
    assert!(
        picture.contains("▸ web .2 ═") && picture.contains("━ web ? ━"),
        "{picture}"
    );
}
