//! Any lab, and one change to it: what the properties of the picture are held against.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use crate::model::{Container, ContainerState, Topology};
use crate::scene::{Scene, Stage};
use crate::ui::fixtures::{container, network};

const NETWORKS: [&str; 8] = ["bridge", "dev", "prod", "front", "back-office", "db", "monitoring", "x"];
const STEMS: [&str; 4] = ["web-", "c", "elasticsearch-data-", "db"];
const LATER: Duration = Duration::from_secs(60);
const FADING: Duration = Duration::from_secs(61);

/// How one container is wired.
#[derive(Debug, Clone)]
pub(super) enum Wiring {
    On(BTreeSet<usize>),
    Host,
    GluedTo(usize),
    /// It does not run; the goal wants these cables of it.
    Stopped(BTreeSet<usize>),
}

/// One change to a lab.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Nothing,
    Add(BTreeSet<usize>),
    Remove(usize),
    Connect(usize, usize),
    Disconnect(usize),
    AddNetwork,
    RemoveNetwork(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) networks: usize,
    pub(super) wirings: Vec<Wiring>,
    pub(super) ghosts: Vec<BTreeSet<usize>>,
    pub(super) change: Change,
}

impl Case {
    pub(super) fn before(&self) -> Topology {
        let networks = NETWORKS.iter().zip(0..).take(self.networks);
        let containers = self
            .wirings
            .iter()
            .enumerate()
            .map(|(index, wiring)| self.person(index, wiring));
        Topology {
            networks: networks.map(|(name, index)| network(name, index)).collect(),
            containers: containers.collect(),
            uplink: None,
        }
    }

    pub(super) fn on(&self, index: usize, wires: &BTreeSet<usize>) -> Container {
        let wires: Vec<(&str, String)> = wires
            .iter()
            .filter(|wire| **wire < self.networks)
            .map(|wire| {
                (
                    NETWORKS[*wire],
                    format!("172.{}.{}.{}/16", 17 + wire, index % 2, 2 + index),
                )
            })
            .collect();
        let wires: Vec<(&str, &str)> = wires.iter().map(|(name, address)| (*name, address.as_str())).collect();
        let mut made = container(&name(index), &wires);
        if index.is_multiple_of(3) {
            made.endpoints
                .iter_mut()
                .for_each(|e| e.aliases = vec!["es".into(), "search".into()]);
        }
        made
    }

    pub(super) fn person(&self, index: usize, wiring: &Wiring) -> Container {
        let wires = match wiring {
            Wiring::On(wires) => wires.clone(),
            _ => BTreeSet::new(),
        };
        let mut made = self.on(index, &wires);
        match wiring {
            Wiring::On(_) => {}
            Wiring::Host => made.network_mode = "host".into(),
            Wiring::GluedTo(other) => made.network_mode = format!("container:id-{}", name(*other)),
            Wiring::Stopped(_) => {
                made.state = ContainerState::Exited;
                made.exit_code = Some(0);
            }
        }
        made
    }

    pub(super) fn ghosts(&self) -> Topology {
        let ghost = |(index, wires): (usize, &BTreeSet<usize>)| {
            let mut ghost = self.on(40 + index, wires);
            ghost.id = format!("ghost:{}", ghost.name);
            ghost
        };
        let of_stopped = |(index, wiring): (usize, &Wiring)| match wiring {
            Wiring::Stopped(wires) => {
                let mut ghost = self.on(index, wires);
                ghost.id = format!("ghost:{}", ghost.name);
                Some(ghost)
            }
            _ => None,
        };
        let stopped = self.wirings.iter().enumerate().filter_map(of_stopped);
        Topology {
            containers: self.ghosts.iter().enumerate().map(ghost).chain(stopped).collect(),
            ..Topology::default()
        }
    }

    /// The lab after the change, and the name of what was changed.
    pub(super) fn after(&self) -> (Topology, String) {
        let mut lab = self.before();
        let people = lab.containers.len().max(1);
        let mut changed = String::new();
        match &self.change {
            Change::Add(wires) => {
                changed = name(35);
                lab.containers.push(self.on(35, wires));
            }
            Change::Remove(at) if !lab.containers.is_empty() => changed = lab.containers.remove(at % people).name,
            Change::Connect(at, wire) if !lab.containers.is_empty() && *wire < self.networks => {
                let at = at % people;
                let mut wires: BTreeSet<usize> = [*wire].into();
                if let Wiring::On(known) = &self.wirings[at] {
                    wires.extend(known);
                }
                lab.containers[at] = self.on(at, &wires);
                changed.clone_from(&lab.containers[at].name);
            }
            Change::Disconnect(at) if !lab.containers.is_empty() => {
                lab.containers[at % people].endpoints.pop();
                changed.clone_from(&lab.containers[at % people].name);
            }
            Change::AddNetwork if self.networks < 8 => {
                changed = NETWORKS[self.networks].into();
                lab.networks.push(network(NETWORKS[self.networks], 7));
            }
            Change::RemoveNetwork(at) if self.networks > 1 => {
                let gone = lab.networks.remove(1 + at % (self.networks - 1));
                for container in &mut lab.containers {
                    container.endpoints.retain(|endpoint| endpoint.network != gone.id);
                }
                changed = gone.name;
            }
            _ => {}
        }
        (lab, changed)
    }

    /// The picture before the change, and while what has gone is fading.
    pub(super) fn scenes(&self) -> (Scene, Scene, String) {
        let mut stage = Stage::new(true);
        stage.update(&self.before(), &self.ghosts(), Duration::ZERO);
        let before = stage.scene(LATER);
        let (after, changed) = self.after();
        stage.update(&after, &self.ghosts(), LATER);
        (before, stage.scene(FADING), changed)
    }
}

pub(super) fn name(index: usize) -> String {
    format!("{}{index}", STEMS[index % STEMS.len()])
}

pub(super) fn any_case() -> impl Strategy<Value = Case> {
    let wires = || prop::collection::btree_set(0usize..8, 0..4);
    let one = || prop::collection::btree_set(0usize..8, 1..2);
    let wiring = prop_oneof![
        4 => one().prop_map(Wiring::On),
        3 => wires().prop_map(Wiring::On),
        1 => Just(Wiring::Host),
        1 => (0usize..30).prop_map(Wiring::GluedTo),
        1 => wires().prop_map(Wiring::Stopped),
    ];
    let change = prop_oneof![
        Just(Change::Nothing),
        wires().prop_map(Change::Add),
        (0usize..30).prop_map(Change::Remove),
        (0usize..30, 0usize..8).prop_map(|(at, wire)| Change::Connect(at, wire)),
        (0usize..30).prop_map(Change::Disconnect),
        Just(Change::AddNetwork),
        (0usize..8).prop_map(Change::RemoveNetwork),
    ];
    let parts = (
        0usize..=8,
        prop::collection::vec(wiring, 0..=30),
        prop::collection::vec(wires(), 0..3),
        change,
    );
    parts.prop_map(|(networks, wirings, ghosts, change)| Case {
        networks,
        wirings,
        ghosts,
        change,
    })
}

/// The panels of the sizes of the book, those screens as a whole, and narrow ones.
pub(super) fn any_size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![
        Just((74, 18)),
        Just((78, 10)),
        Just((120, 36)),
        Just((80, 24)),
        Just((136, 42)),
        Just((200, 60)),
        (1u16..60, 1u16..30),
        (40u16..200, 6u16..80),
    ]
}
