use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::{Layout, layout};
use super::*;
use crate::model::{Container, Mark, Topology};
use crate::scene::Stage;
use crate::ui::fixtures::{PLAIN, container, network, text};

const MANNER: Manner = Manner {
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

fn drawn(scene: &Scene, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(scene, area, &mut buffer, MANNER);
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
        picture.contains("es1 parti") && picture.contains(".2 libre"),
        "{picture}"
    );
}

#[test]
fn too_many_bars_become_one_row_each_and_the_rest_is_counted() {
    let scene = scene(7, &[&[1], &[1, 2], &[3], &[4], &[5], &[6]], &[]);
    let picture = drawn(&scene, 76, 9);
    insta::assert_snapshot!(picture);
    assert!(drawn(&scene, 76, 5).contains("autres réseaux"));
}

fn overlaps(a: Rect, b: Rect) -> bool {
    a.intersection(b).area() > 0
}

fn slices(lists: &[Vec<usize>]) -> Vec<&[usize]> {
    lists.iter().map(Vec::as_slice).collect()
}

prop_compose! {
    fn any_scene()(
        networks in 0usize..7,
        containers in prop::collection::vec(prop::collection::btree_set(0usize..7, 0..4), 0..14),
        ghosts in prop::collection::vec(prop::collection::btree_set(0usize..7, 0..3), 0..3),
    ) -> Scene {
        let wires = |sets: &[BTreeSet<usize>]| -> Vec<Vec<usize>> {
            sets.iter().map(|set| set.iter().copied().collect()).collect()
        };
        let (containers, ghosts) = (wires(&containers), wires(&ghosts));
        scene(networks, &slices(&containers), &slices(&ghosts))
    }
}

proptest! {
    #[test]
    fn no_two_boxes_overlap_and_each_container_is_drawn_once(scene in any_scene(), width in 40u16..200, height in 6u16..80) {
        let Some(grid) = laid_out(&scene, (width, height)) else { return Ok(()) };
        prop_assert!(grid.height <= height);
        let screen = Rect::new(0, 0, width, height);
        for (at, one) in grid.boxes.iter().enumerate() {
            prop_assert_eq!(one.rect.intersection(screen), one.rect);
            prop_assert!(grid.bars.iter().all(|y| !overlaps(one.rect, Rect::new(0, *y, width, 1))));
            for two in &grid.boxes[at + 1..] {
                prop_assert!(!overlaps(one.rect, two.rect), "{one:?} {two:?}");
            }
        }
        let mut drawn: Vec<usize> = grid.boxes.iter().flat_map(|boxed| boxed.nodes.clone()).chain(grid.loose.clone()).collect();
        drawn.sort_unstable();
        prop_assert_eq!(drawn, (0..scene.nodes.len()).collect::<Vec<_>>());
    }

    #[test]
    fn no_cable_runs_through_a_box_or_into_another_cable(scene in any_scene(), width in 60u16..200, height in 10u16..80) {
        let Some(grid) = laid_out(&scene, (width, height)) else { return Ok(()) };
        for cable in &grid.cables {
            let run = Rect::new(cable.x, cable.from, 1, cable.to - cable.from);
            prop_assert!(grid.boxes.iter().all(|boxed| !overlaps(run, boxed.rect)), "{cable:?} in {grid:?}");
            for other in grid.cables.iter().filter(|other| other.node != cable.node) {
                let run_too = Rect::new(other.x, other.from, 1, other.to - other.from);
                prop_assert!(!overlaps(run, run_too), "{cable:?} {other:?}");
                prop_assert!((cable.x, cable.bar_y) != (other.x, other.bar_y), "one joint for two cables");
            }
        }
    }

    #[test]
    fn any_picture_fits_any_panel(scene in any_scene(), width in 0u16..130, height in 0u16..50) {
        drawn(&scene, width, height);
    }

    #[test]
    fn one_more_container_moves_no_box(containers in prop::collection::vec(1usize..4, 0..5), new in 1usize..4) {
        let mut wires: Vec<Vec<usize>> = containers.into_iter().map(|network| vec![network]).collect();
        let before = laid_out(&scene(4, &slices(&wires), &[]), (200, 60)).unwrap();
        wires.push(vec![new]);
        let after = laid_out(&scene(4, &slices(&wires), &[]), (200, 60)).unwrap();
        for boxed in &before.boxes {
            let same = after.boxes.iter().find(|other| other.nodes == boxed.nodes).unwrap();
            prop_assert_eq!(same.rect.x, boxed.rect.x);
        }
    }
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
