//! The labs in which a learner meets a step: as it is found, after a wrong try, and as its goal wants it. All of them follow from goals.

use std::sync::Arc;

use super::fixtures::{self, START};
use crate::lab::{Happening, LabState, TimelineEntry};
use crate::lesson::{CheckKind, Goal, Lesson, Step};
use crate::model::resolve::{Resolution, lookup_order, resolve};
use crate::model::{Container, Mark, Network, Topology};
use crate::observe::{AnswerReason, Answerer, Outcome, Precedence};

/// How far the learner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Open,
    Wrong,
    Green,
}

/// A lab as the kernel would show it.
fn seen(mut lab: Topology) -> Topology {
    for (network, index) in lab.networks.iter_mut().zip(0..) {
        network.mark = Mark::Seen;
        network.bridge = Some(if network.predefined {
            "docker0".into()
        } else {
            format!("br-{:012x}", 0x5a41_91c0_u64 * (index + 1))
        });
    }
    for (container, index) in lab.containers.iter_mut().zip(1..) {
        for (endpoint, card) in container.endpoints.iter_mut().zip(0..) {
            endpoint.mark = Mark::Seen;
            endpoint.interface = Some(format!("eth{card}"));
            endpoint.host_end = Some(format!("veth{:07x}", index * 31 + card));
            endpoint.mac = Some(format!("02:42:ac:12:00:{index:02x}"));
            endpoint.mtu = Some(1500);
        }
    }
    lab.uplink = fixtures::lab(vec![], vec![]).topology.uplink.clone();
    lab
}

/// The lab that a step finds.
fn before(lesson: &Lesson, index: usize) -> Topology {
    let nothing = Goal::default();
    let goal = index
        .checked_sub(1)
        .map_or(&nothing, |before| &lesson.steps[before].goal);
    seen(goal.realised())
}

/// What a learner may easily do instead of what the step asks: another name, another network, no alias, the wrong cable.
fn wrong(lesson: &Lesson, index: usize) -> Topology {
    let old = before(lesson, index);
    let mut lab = seen(lesson.steps[index].goal.realised());
    for network in &mut lab.networks {
        if old.network(&network.name).is_none() {
            network.name.push_str("-1");
        }
    }
    let bridge = lab.networks[0].clone();
    let own = lab.networks.iter().find(|network| !network.predefined).cloned();
    for container in &mut lab.containers {
        match old.container(&container.name) {
            None => astray(container, &bridge, own.as_ref()),
            Some(known) if known.endpoints.len() < container.endpoints.len() => {
                // Put on the new network only, where it should have been on both.
                let had = |id: &str| known.endpoints.iter().any(|e| e.network == id);
                container.endpoints.retain(|endpoint| !had(&endpoint.network));
            }
            Some(known) if known.endpoints.len() > container.endpoints.len() => {
                // The other cable pulled out.
                let keeps: Vec<String> = container.endpoints.iter().map(|e| e.network.clone()).collect();
                container.endpoints.clone_from(&known.endpoints);
                container
                    .endpoints
                    .retain(|endpoint| !keeps.contains(&endpoint.network));
            }
            Some(_) => {}
        }
    }
    lab
}

/// A new container without its alias, on the default network, or off it.
fn astray(container: &mut Container, bridge: &Network, own: Option<&Network>) {
    let Some(first) = container.endpoints.first_mut() else {
        let mut astray = fixtures::container(&container.name, &[("bridge", "172.17.0.9/16")]);
        astray.endpoints[0].network.clone_from(&bridge.id);
        container.endpoints = astray.endpoints;
        container.network_mode = "bridge".into();
        return;
    };
    if !first.aliases.is_empty() {
        first.aliases.clear();
        first.names.truncate(1);
        return;
    }
    let to = if first.network == bridge.id { own } else { Some(bridge) };
    if let Some(to) = to {
        first.network.clone_from(&to.id);
        first.address = to
            .subnet
            .and_then(|subnet| format!("{}/{}", subnet.nth(9)?, subnet.prefix()).parse().ok());
        container.network_mode.clone_from(&to.name);
    }
}

pub(super) fn lab(lesson: &Lesson, index: usize, moment: Moment) -> LabState {
    let topology = match moment {
        Moment::Open => before(lesson, index),
        Moment::Wrong => wrong(lesson, index),
        Moment::Green => seen(lesson.steps[index].goal.realised()),
    };
    let mut state = fixtures::lab(vec![], vec![]);
    let known = before(lesson, index);
    state.timeline = Arc::new(timeline(&topology, &known));
    state.topology = Arc::new(topology);
    state
}

/// What has been made since the step was found.
fn timeline(lab: &Topology, known: &Topology) -> Vec<TimelineEntry> {
    let networks = lab.networks.iter().filter(|n| known.network(&n.name).is_none());
    let mut happened: Vec<(Option<String>, Happening)> = networks
        .map(|network| {
            let network = network.name.clone();
            (None, Happening::NetworkCreated { network })
        })
        .collect();
    for container in lab.containers.iter().filter(|c| known.container(&c.name).is_none()) {
        for endpoint in &container.endpoints {
            let connected = Happening::Connected {
                container: container.name.clone(),
                network: lab.network(&endpoint.network).unwrap().name.clone(),
                address: endpoint.address.map(|address| address.ip().to_string()),
            };
            happened.push((Some(container.id.clone()), connected));
        }
        let started = Happening::ContainerStarted {
            container: container.name.clone(),
        };
        happened.push((Some(container.id.clone()), started));
    }
    let at = |((container, what), at): ((Option<String>, Happening), i64)| TimelineEntry {
        at: START + at * 1_000_000_000,
        container,
        what,
    };
    happened.into_iter().zip(8..).map(at).collect()
}

/// The exchange that a step's check is about, once the lab answers it.
pub(super) fn exchange(step: &Step, lab: &Topology) -> Option<TimelineEntry> {
    let (from, name) = step.checks.iter().find_map(|check| match &check.kind {
        CheckKind::Resolves { from, name, .. } => Some((from, name)),
        _ => None,
    })?;
    let Resolution::Answer { network, holders } = resolve(lab, from, name) else {
        return None;
    };
    let order = lookup_order(lab, lab.container(from)?);
    let also: Vec<String> = order
        .iter()
        .filter(|n| n.id != network)
        .map(|n| n.name.clone())
        .collect();
    let why = if also.is_empty() {
        AnswerReason::OnlyNetwork
    } else {
        AnswerReason::First {
            by: Precedence::NetworkName,
            also,
        }
    };
    let network_name = lab.network(&network)?.name.clone();
    let outcome = Outcome::Addresses {
        addresses: holders.iter().map(|holder| holder.address).collect(),
        by: Answerer {
            network,
            network_name,
            why,
        },
    };
    let at = START + 55_000_000_000;
    let what = Happening::DnsAsked {
        container: from.clone(),
        name: name.clone(),
        kind: "A".into(),
        outcome,
        count: 1,
        last: at,
    };
    let container = Some(lab.container(from)?.id.clone());
    Some(TimelineEntry { at, container, what })
}
