use std::collections::BTreeSet;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::{Layout, layout};
use super::*;
use crate::model::{Container, Mark, Topology};
use crate::observe::{AnswerReason, Answerer, Outcome, Precedence};
use crate::scene::{Presence, Question, Stage};
use crate::ui::fixtures::{PLAIN, container, network, text};

pub(super) const MANNER: Manner = Manner {
    look: PLAIN,
    lang: Lang::Fr,
};
const NETWORKS: [&str; 7] = ["bridge", "dev", "prod", "front", "back-office", "db", "monitoring"];

/// A lab of so many networks; each container by the networks it is on.
fn scene(networks: usize, containers: &[&[usize]], ghosts: &[&[usize]]) -> Scene {
    let networks: Vec<_> = NETWORKS
        .iter()
        .zip(0..)
        .take(networks)
        .map(|(name, index)| network(name, index))
        .collect();
    let on = |(index, wires): (usize, &&[usize])| {
        let address = |wire: &usize| format!("172.{}.0.{}/16", 17 + wire, 2 + index % 250);
        let wires: Vec<(&str, String)> = wires
            .iter()
            .filter(|wire| **wire < networks.len())
            .map(|wire| (NETWORKS[*wire], address(wire)))
            .collect();
        wires
    };
    let make = |name: String, wires: Vec<(&str, String)>| -> Container {
        let wires: Vec<(&str, &str)> = wires
            .iter()
            .map(|(network, address)| (*network, address.as_str()))
            .collect();
        container(&name, &wires)
    };
    let real = containers
        .iter()
        .enumerate()
        .map(|c| make(format!("c{}", c.0), on(c)))
        .collect();
    let wanted = ghosts.iter().enumerate().map(|g| {
        let mut ghost = make(format!("g{}", g.0), on(g));
        ghost.id = format!("ghost:{}", ghost.name);
        ghost
    });
    let ghosts = Topology {
        containers: wanted.collect(),
        ..Topology::default()
    };
    let mut stage = Stage::new(false);
    stage.update(
        &Topology {
            networks,
            containers: real,
            uplink: None,
        },
        &ghosts,
        Duration::ZERO,
    );
    stage.scene(Duration::from_secs(60))
}

pub(super) fn drawn(scene: &Scene, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(scene, area, &mut buffer, MANNER, None);
    text(&buffer)
}

fn laid_out(scene: &Scene, size: (u16, u16)) -> Option<Layout> {
    layout(scene, size, &MANNER.words())
}

#[test]
fn a_container_on_three_networks_stands_in_a_column_they_cross() {
    let scene = scene(4, &[&[1], &[1, 2, 3], &[2], &[3]], &[]);
    insta::assert_snapshot!(drawn(&scene, 74, 24));
}

#[test]
fn a_bar_that_is_passed_is_not_attached() {
    // Its networks are no neighbours any more: they were created before it was connected, and bars never move.
    let mut stage = Stage::new(false);
    let lab = |containers| Topology {
        networks: NETWORKS
            .iter()
            .zip(0..)
            .take(4)
            .map(|(name, index)| network(name, index))
            .collect(),
        containers,
        uplink: None,
    };
    stage.update(&lab(vec![]), &Topology::default(), Duration::ZERO);
    let web = container("web", &[("dev", "172.18.0.2/16"), ("front", "172.20.0.2/16")]);
    stage.update(&lab(vec![web]), &Topology::default(), Duration::from_secs(1));
    insta::assert_snapshot!(drawn(&stage.scene(Duration::from_secs(60)), 74, 20));
}

#[test]
fn columns_that_meet_on_a_bar_do_not_share_its_joint() {
    // One crosses dev to front, the other front to db: both are given the rightmost column of zones of their own.
    let mut stage = Stage::new(false);
    let networks = || {
        NETWORKS
            .iter()
            .zip(0..)
            .take(6)
            .map(|(name, index)| network(name, index))
            .collect()
    };
    let lab = |containers| Topology {
        networks: networks(),
        containers,
        uplink: None,
    };
    stage.update(&lab(vec![]), &Topology::default(), Duration::ZERO);
    let one = container("one", &[("dev", "172.18.0.2/16"), ("front", "172.20.0.2/16")]);
    let two = container("two", &[("front", "172.20.0.3/16"), ("db", "172.22.0.2/16")]);
    stage.update(&lab(vec![one, two]), &Topology::default(), Duration::ZERO);
    let grid = laid_out(&stage.scene(Duration::ZERO), (100, 40)).unwrap();
    let joints: BTreeSet<(u16, u16)> = grid.cables.iter().map(|cable| (cable.x, cable.bar_y)).collect();
    assert_eq!(joints.len(), 4, "{grid:?}");
}

#[test]
fn many_containers_fold_and_none_is_lost() {
    let many: Vec<&[usize]> = vec![&[1]; 12];
    let scene = scene(2, &many, &[&[1]]);
    let grid = laid_out(&scene, (120, 20)).unwrap();
    let shown: usize = grid.boxes.iter().map(|boxed| boxed.nodes.len()).sum();
    assert_eq!(shown, 13);
    assert!(grid.boxes.len() <= 8);
    let ghost = grid
        .boxes
        .iter()
        .find(|boxed| boxed.presence == Presence::Ghost)
        .unwrap();
    assert_eq!(ghost.lines, ["g0 ?"], "what is wanted is never folded away");
    insta::assert_snapshot!(drawn(&scene, 120, 16));
}

#[test]
fn what_leaves_says_so() {
    let mut stage = Stage::new(false);
    let lab = |containers| Topology {
        networks: vec![network("bridge", 0), network("dev", 1)],
        containers,
        uplink: None,
    };
    stage.update(
        &lab(vec![container("es1", &[("dev", "172.18.0.2/16")])]),
        &Topology::default(),
        Duration::ZERO,
    );
    stage.update(&lab(vec![]), &Topology::default(), Duration::from_secs(1));
    let picture = drawn(&stage.scene(Duration::from_secs(2)), 74, 16);
    assert!(
        picture.contains("┆ es1    ┆ ◂ parti") && picture.contains(".2 libre"),
        "{picture}"
    );
}

#[test]
fn too_many_bars_become_one_row_each_and_the_rest_is_counted() {
    let scene = scene(7, &[&[1], &[1, 2], &[3], &[4], &[5], &[6]], &[]);
    let picture = drawn(&scene, 76, 9);
    insta::assert_snapshot!(picture);
    assert!(
        drawn(&scene, 76, 5).contains("autres réseaux\u{a0}: "),
        "{}",
        drawn(&scene, 76, 5)
    );
}

#[test]
fn marks_tell_how_a_cable_is_known() {
    let mut es = container("es", &[("dev", "172.18.0.2/16")]);
    for (mark, label) in [
        (Mark::Seen, "│ .2"),
        (Mark::Deduced, "│ ~.2"),
        (Mark::Simulated, "│ *.2"),
    ] {
        es.endpoints[0].mark = mark;
        let mut stage = Stage::new(false);
        let lab = Topology {
            networks: vec![network("dev", 1)],
            containers: vec![es.clone()],
            uplink: None,
        };
        stage.update(&lab, &Topology::default(), Duration::ZERO);
        let picture = drawn(&stage.scene(Duration::ZERO), 74, 12);
        assert!(picture.contains(label), "{picture}");
    }
}

pub(super) fn lab(networks: &[&str], containers: Vec<Container>) -> Topology {
    let networks = networks
        .iter()
        .zip(0..)
        .map(|(name, index)| network(name, index))
        .collect();
    Topology {
        networks,
        containers,
        uplink: None,
    }
}

pub(super) fn staged(topology: &Topology) -> Stage {
    let mut stage = Stage::new(false);
    stage.update(topology, &Topology::default(), Duration::ZERO);
    stage
}

/// The lesson's end: seven containers, two of them by one alias.
pub(super) fn full_house() -> Vec<Container> {
    let mut holders = ["prod-es-1", "prod-es-2"].map(|name| container(name, &[("prod", "172.19.0.4/16")]));
    for holder in &mut holders {
        holder.endpoints[0].aliases = vec!["es".into()];
    }
    let mut all = vec![
        container("es", &[("dev", "172.18.0.2/16")]),
        container("web", &[("dev", "172.18.0.3/16"), ("prod", "172.19.0.3/16")]),
        container("test", &[("bridge", "172.17.0.2/16")]),
        container("solo", &[]),
        container("app", &[("prod", "172.19.0.2/16")]),
    ];
    all.extend(holders);
    all
}

#[test]
fn seven_containers_keep_their_aliases_at_120_by_36() {
    let scene = staged(&lab(&["bridge", "dev", "prod"], full_house())).scene(Duration::ZERO);
    let picture = drawn(&scene, 74, 18);
    assert_eq!(picture.matches("prod-es-").count(), 2, "{picture}");
    assert!(
        picture.matches("es").count() >= 2 && !picture.contains('×'),
        "{picture}"
    );
    assert_eq!(
        picture.matches("(es)").count() + picture.matches("alias es").count(),
        2,
        "{picture}"
    );
    insta::assert_snapshot!(picture);
    insta::assert_snapshot!("seven_containers_compact", drawn(&scene, 78, 10));
}

#[test]
fn folded_containers_say_the_alias_they_share() {
    let many = (0..12).map(|n| {
        let mut web = container(&format!("web-{n}"), &[("dev", "172.18.0.2/16")]);
        web.endpoints[0].aliases = vec!["web".into()];
        web
    });
    let scene = staged(&lab(&["dev"], many.collect())).scene(Duration::ZERO);
    let grid = laid_out(&scene, (120, 30)).unwrap();
    let fold = grid.boxes.iter().find(|boxed| boxed.folded).unwrap();
    assert!(fold.lines[0].starts_with("web ×"), "{fold:?}");
    assert!(format!("{:?}", fold.lines).contains("web\""), "{fold:?}");
}

#[test]
fn a_container_that_shares_a_network_is_glued_to_its_host() {
    let mut proxy = container("proxy", &[]);
    proxy.network_mode = "container:id-web".into();
    let web = container("web", &[("dev", "172.18.0.2/16")]);
    let scene = staged(&lab(&["dev"], vec![web, proxy])).scene(Duration::ZERO);
    let picture = drawn(&scene, 74, 12);
    assert!(picture.contains("│ web │ proxy │"), "{picture}");
    assert!(layout::loose(&scene).is_empty());
}

pub(super) fn uplink() -> crate::model::Uplink {
    crate::model::Uplink {
        address: "192.168.1.2/24".parse().unwrap(),
        router: "192.168.1.1".parse().unwrap(),
        mark: Mark::Simulated,
    }
}

#[test]
fn on_the_host_line_stands_who_shares_the_hosts_network() {
    let mut mon = container("mon", &[]);
    mon.network_mode = "host".into();
    let mut topology = lab(&["bridge"], vec![mon]);
    topology.uplink = Some(uplink());
    let scene = staged(&topology).scene(Duration::ZERO);
    assert!(
        drawn(&scene, 74, 12).contains("hôte 192.168.1.2 [mon] ── NAT"),
        "{}",
        drawn(&scene, 74, 12)
    );
    assert!(
        drawn(&scene, 50, 12).contains("sur l’hôte\u{a0}: mon"),
        "{}",
        drawn(&scene, 50, 12)
    );
}

pub(super) fn question(asker: &str) -> Question {
    let why = AnswerReason::First {
        by: Precedence::NetworkName,
        also: vec!["prod".into()],
    };
    Question {
        id: format!("id-{asker}"),
        asker: asker.into(),
        name: "es".into(),
        kind: "A".into(),
        outcome: Outcome::Addresses {
            addresses: vec!["172.18.0.2".parse().unwrap()],
            by: Answerer {
                network: "id-dev".into(),
                network_name: "dev".into(),
                why,
            },
        },
        count: 1,
    }
}

#[test]
fn a_question_stands_beside_who_asks_and_its_path_is_told() {
    let mut stage = staged(&lab(&["bridge", "dev", "prod"], full_house()));
    stage.asked(question("web"), Duration::ZERO);
    let scene = stage.scene(Duration::ZERO);
    for (name, size) in [("wide", (74, 18)), ("compact", (78, 10)), ("large", (136, 40))] {
        let picture = drawn(&scene, size.0, size.1);
        assert!(picture.contains("?es") && picture.contains("127.0.0.11"), "{picture}");
        assert!(
            picture.contains("172.18.0.2") && picture.contains("avant prod"),
            "{picture}"
        );
        insta::assert_snapshot!(format!("question_{name}"), picture);
    }
    assert!(stage.scene(crate::scene::ANSWERED).questions.is_empty());
}
