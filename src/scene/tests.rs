use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::parts::{self, network};
use crate::model::{Container, Network, Topology};
use crate::texts::Lang;

/// A container with an endpoint on each of these networks.
pub(super) fn container(name: &str, networks: &[&str]) -> Container {
    let on: Vec<_> = networks.iter().map(|&network| (network, "172.18.0.2/16")).collect();
    parts::container(name, &on)
}

fn ghost_network(name: &str) -> Network {
    Network {
        id: format!("ghost:{name}"),
        subnet: None,
        ..network(name, 9)
    }
}

pub(super) fn ghost_container(name: &str, on: &str) -> Container {
    let mut ghost = container(name, &[on]);
    ghost.id = format!("ghost:{name}");
    ghost.endpoints[0].network = format!("ghost:{on}");
    ghost
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

pub(super) const START: Duration = Duration::ZERO;
pub(super) const LATER: Duration = Duration::from_secs(60);

fn names(scene: &Scene) -> Vec<String> {
    scene
        .bars
        .iter()
        .map(|bar| format!("{}{}", bar.letter, bar.name))
        .collect()
}

#[test]
fn the_default_bridge_is_last_and_letters_stay_with_names() {
    let mut stage = Stage::new(true);
    stage.update(&lab(&["bridge"], vec![]), &Topology::default(), START);
    stage.update(&lab(&["bridge", "dev", "prod"], vec![]), &Topology::default(), START);
    assert_eq!(names(&stage.scene(LATER)), ["Adev", "Bprod", "0bridge"]);
    stage.update(&lab(&["bridge", "prod"], vec![]), &Topology::default(), LATER);
    let after = LATER + FAREWELL;
    stage.update(&lab(&["bridge", "prod", "dev"], vec![]), &Topology::default(), after);
    assert_eq!(names(&stage.scene(after)), ["Bprod", "Adev", "0bridge"]);
}

#[test]
fn a_ghost_that_comes_true_keeps_its_place_and_grows() {
    let mut stage = Stage::new(true);
    let ghosts = Topology {
        networks: vec![ghost_network("dev")],
        containers: vec![ghost_container("es", "dev")],
        uplink: None,
    };
    stage.update(&lab(&["bridge"], vec![]), &ghosts, START);
    let scene = stage.scene(START);
    assert_eq!(scene.bars[0].presence, Presence::Ghost);
    assert_eq!(scene.nodes[0].cables[0].presence, Presence::Ghost);
    assert_eq!(scene.nodes[0].place, Place::On { bar: 0 });
    assert!(!stage.in_motion(START), "a ghost does not move");

    stage.update(
        &lab(&["bridge", "dev"], vec![container("es", &["dev"])]),
        &Topology::default(),
        LATER,
    );
    let half = stage.scene(LATER + GROWTH / 2);
    assert_eq!(half.bars[0].presence, Presence::Growing(500));
    assert_eq!(half.nodes[0].cables[0].presence, Presence::Growing(500));
    assert_eq!(stage.next_change(LATER), Some(LATER + FRAME));
    assert_eq!(stage.scene(LATER + GROWTH).bars[0].presence, Presence::Solid);
    assert!(!stage.in_motion(LATER + GROWTH));
}

#[test]
fn the_goal_may_add_a_cable_to_a_real_container() {
    let mut stage = Stage::new(true);
    let ghosts = Topology {
        containers: vec![ghost_container("es", "prod")],
        ..Topology::default()
    };
    stage.update(&lab(&["dev", "prod"], vec![container("es", &["dev"])]), &ghosts, START);
    let scene = stage.scene(START);
    assert_eq!(scene.nodes.len(), 1);
    assert_eq!(scene.nodes[0].presence, Presence::Solid);
    assert_eq!(scene.nodes[0].place, Place::Between { upper: 0 });
    assert_eq!(scene.nodes[0].cables[1].presence, Presence::Ghost);
}

#[test]
fn what_leaves_keeps_its_outline_for_two_seconds() {
    let mut stage = Stage::new(false);
    stage.update(
        &lab(&["dev"], vec![container("es", &["dev"])]),
        &Topology::default(),
        START,
    );
    stage.update(&lab(&["dev"], vec![]), &Topology::default(), LATER);
    let scene = stage.scene(LATER);
    assert_eq!(scene.nodes[0].presence, Presence::Leaving);
    assert_eq!(scene.nodes[0].cables[0].presence, Presence::Leaving);
    assert_eq!(stage.next_change(LATER), Some(LATER + FAREWELL));
    assert!(stage.scene(LATER + FAREWELL).nodes.is_empty());
    stage.tidy(LATER + FAREWELL);
    assert!(!stage.in_motion(LATER + FAREWELL));
}

#[test]
fn one_that_ended_has_no_cable() {
    let mut stage = Stage::new(true);
    let mut ended = container("es", &["dev"]);
    stage.update(&lab(&["dev"], vec![ended.clone()]), &Topology::default(), START);
    ended.state = ContainerState::Exited;
    ended.exit_code = Some(137);
    stage.update(&lab(&["dev"], vec![ended]), &Topology::default(), LATER);
    stage.tidy(LATER + FAREWELL);
    assert_eq!(
        stage.scene(LATER + FAREWELL).nodes[0].place,
        Place::Stopped { exit_code: Some(137) }
    );
}

#[test]
fn containers_that_share_networks_make_them_neighbours_at_the_start() {
    let mut stage = Stage::new(true);
    let shared = container("web", &["a", "c"]);
    stage.update(&lab(&["a", "b", "c"], vec![shared]), &Topology::default(), START);
    assert_eq!(names(&stage.scene(START)), ["Aa", "Bc", "Cb"]);
    assert_eq!(stage.scene(START).nodes[0].place, Place::Between { upper: 0 });
}

#[test]
fn places_tell_how_a_container_is_wired() {
    let mut stage = Stage::new(true);
    let mut on_host = container("h", &[]);
    on_host.network_mode = "host".into();
    let mut glued = container("g", &[]);
    glued.network_mode = "container:id-a".into();
    let people = vec![
        container("a", &["x"]),
        container("n", &[]),
        on_host,
        glued,
        container("m", &["x", "y", "z"]),
    ];
    stage.update(&lab(&["x", "y", "z"], people), &Topology::default(), START);
    let places: Vec<Place> = stage.scene(START).nodes.into_iter().map(|node| node.place).collect();
    assert_eq!(
        places,
        [
            Place::On { bar: 0 },
            Place::Unplugged,
            Place::OnHost,
            Place::Glued { with: "a".into() },
            Place::Crossing { first: 0, last: 2 }
        ]
    );
}

#[test]
fn labels_tell_addresses_apart_within_their_subnet() {
    let label = |address: &str| {
        let cable = Cable {
            bar: 0,
            address: address.parse().ok(),
            aliases: vec![],
            interface: None,
            host_end: None,
            presence: Presence::Solid,
            mark: Mark::Seen,
        };
        cable.label()
    };
    assert_eq!(label("172.18.0.2/16"), ".2");
    assert_eq!(label("172.18.1.2/16"), ".1.2");
    assert_eq!(label("10.0.0.130/25"), ".130");
}

#[test]
fn the_text_form_names_everything_in_both_languages() {
    let mut stage = Stage::new(true);
    let mut es = container("es", &["dev"]);
    es.endpoints[0].aliases = vec!["search".into()];
    let ghosts = Topology {
        networks: vec![ghost_network("prod")],
        ..Topology::default()
    };
    stage.update(
        &lab(&["bridge", "dev"], vec![es, container("lone", &[])]),
        &ghosts,
        START,
    );
    for lang in Lang::ALL {
        let said = text(&stage.scene(START), lang).join("\n");
        for word in [
            "bridge",
            "docker0",
            "dev",
            "172.18.0.0/16",
            "es",
            "172.18.0.2",
            "search",
            "prod",
            "lone",
        ] {
            assert!(said.contains(word), "{lang:?} does not say {word}:\n{said}");
        }
        assert!(!said.contains("scene.") && !said.contains('{'), "{said}");
    }
}

#[test]
fn what_is_not_known_of_a_network_has_no_place_in_its_sentence() {
    let mut stage = Stage::new(true);
    let mut topology = lab(&["dev"], vec![container("es", &["dev"])]);
    topology.networks[0].bridge = None;
    topology.containers[0].endpoints[0].address = None;
    stage.update(&topology, &Topology::default(), START);
    assert_eq!(
        text(&stage.scene(LATER), Lang::En),
        [
            "Network A, dev: subnet 172.17.0.0/16, a switch at address 172.17.0.1.",
            "  Container es is plugged in.",
        ]
    );
}

prop_compose! {
    fn any_lab()(
        networks in 0usize..=8,
        wires in prop::collection::vec(prop::collection::btree_set(0usize..8, 0..4), 0..=30),
    ) -> Topology {
        let all = ["bridge", "a", "b", "c", "d", "e", "f", "g"];
        let names = &all[..networks];
        let containers = wires.iter().enumerate().map(|(index, on)| {
            let on: Vec<&str> = on.iter().filter_map(|n| names.get(*n).copied()).collect();
            container(&format!("c{index}"), &on)
        });
        lab(names, containers.collect())
    }
}

#[test]
fn without_motion_things_are_there_at_once_and_outlines_still_stay() {
    let mut stage = Stage::new(false);
    stage.update(&lab(&["bridge"], vec![]), &Topology::default(), START);
    stage.update(
        &lab(&["bridge", "dev"], vec![container("es", &["dev"])]),
        &Topology::default(),
        LATER,
    );
    let scene = stage.scene(LATER);
    assert_eq!(scene.bars[0].presence, Presence::Solid);
    assert_eq!(scene.nodes[0].cables[0].presence, Presence::Solid);
    assert!(!stage.in_motion(LATER), "nothing wakes anybody");
    stage.update(&lab(&["bridge"], vec![]), &Topology::default(), LATER);
    assert_eq!(names(&stage.scene(LATER)), ["Adev", "0bridge"]);
    assert_eq!(
        stage.next_change(LATER),
        Some(LATER + FAREWELL),
        "one picture more, and no frame between"
    );
    assert_eq!(names(&stage.scene(LATER + FAREWELL)), ["0bridge"]);
}

proptest! {
    #[test]
    fn what_is_removed_keeps_its_place_while_it_fades(
        before in any_lab(),
        gone in prop::collection::btree_set(0usize..38, 0..12),
        at in 0u64..2000,
    ) {
        let mut stage = Stage::new(true);
        stage.update(&before, &Topology::default(), START);
        let old = stage.scene(LATER);
        let mut after = before.clone();
        let mut index = 0..;
        after.containers.retain(|_| !gone.contains(&index.next().unwrap()));
        let mut index = 30..;
        after.networks.retain(|_| !gone.contains(&index.next().unwrap()));
        let there: Vec<String> = after.networks.iter().map(|network| network.id.clone()).collect();
        for container in &mut after.containers {
            container.endpoints.retain(|endpoint| there.contains(&endpoint.network));
        }
        stage.update(&after, &Topology::default(), LATER);
        let fading = stage.scene(LATER + Duration::from_millis(at));
        prop_assert_eq!(names(&fading), names(&old));
        let people = |scene: &Scene| scene.nodes.iter().map(|node| node.name.clone()).collect::<Vec<_>>();
        prop_assert_eq!(people(&fading), people(&old));
        for node in fading.nodes.iter().filter(|node| after.container(&node.name).is_none()) {
            prop_assert_eq!(node.presence, Presence::Leaving);
            prop_assert!(node.cables.iter().all(|cable| cable.presence == Presence::Leaving));
        }
        let settled = stage.scene(LATER + FAREWELL);
        prop_assert_eq!(settled.bars.len(), after.networks.len());
        prop_assert_eq!(settled.nodes.len(), after.containers.len());
    }

    #[test]
    fn each_container_and_each_network_is_there_once(before in any_lab(), after in any_lab()) {
        let mut stage = Stage::new(true);
        stage.update(&before, &Topology::default(), START);
        stage.update(&after, &Topology::default(), LATER);
        let scene = stage.scene(LATER);
        for container in &after.containers {
            prop_assert_eq!(scene.nodes.iter().filter(|node| node.name == container.name).count(), 1);
            let node = scene.nodes.iter().find(|node| node.name == container.name).unwrap();
            let real = node.cables.iter().filter(|cable| cable.presence.is_real()).count();
            prop_assert_eq!(real, container.endpoints.len());
        }
        for network in &after.networks {
            prop_assert_eq!(scene.bars.iter().filter(|bar| bar.name == network.name).count(), 1);
        }
        stage.tidy(LATER + FAREWELL);
        let settled = stage.scene(LATER + FAREWELL);
        prop_assert_eq!(settled.nodes.len(), after.containers.len());
        prop_assert_eq!(settled.bars.len(), after.networks.len());
        prop_assert!(!stage.in_motion(LATER + FAREWELL));
    }

    #[test]
    fn one_change_moves_nothing_else(before in any_lab(), wires in prop::collection::btree_set(0usize..8, 0..4)) {
        let mut stage = Stage::new(true);
        stage.update(&before, &Topology::default(), START);
        let old = stage.scene(LATER);

        let mut after = before.clone();
        after.networks.push(network("new", 9));
        let on: Vec<&str> = wires.iter().filter_map(|n| before.networks.get(*n)).map(|n| n.name.as_str()).collect();
        after.containers.push(container("new", &on));
        stage.update(&after, &Topology::default(), LATER);
        let new = stage.scene(LATER + GROWTH);

        let kept: Vec<String> = names(&new).into_iter().filter(|name| !name.ends_with("new")).collect();
        prop_assert_eq!(kept, names(&old));
        let kept: Vec<_> = new.nodes.iter().filter(|node| node.name != "new").map(|node| &node.name).collect();
        prop_assert_eq!(kept, old.nodes.iter().map(|node| &node.name).collect::<Vec<_>>());
    }

    #[test]
    fn every_cable_leads_to_a_bar(before in any_lab(), after in any_lab(), at in 0u64..3000) {
        let mut stage = Stage::new(true);
        stage.update(&before, &Topology::default(), START);
        stage.update(&after, &Topology::default(), LATER);
        let scene = stage.scene(LATER + Duration::from_millis(at));
        for node in &scene.nodes {
            prop_assert!(node.cables.iter().all(|cable| cable.bar < scene.bars.len()));
            match node.place {
                Place::On { .. } => prop_assert_eq!(node.cables.len(), 1),
                Place::Between { .. } => prop_assert_eq!(node.cables.len(), 2),
                Place::Crossing { .. } => prop_assert!(node.cables.len() >= 2),
                _ => prop_assert!(node.cables.is_empty()),
            }
        }
    }
}
