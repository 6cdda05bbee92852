//! Which cables a container has in the picture, and where it and its networks stand.

use std::time::Duration;

use super::{Actor, Cue, Person, Plug};
use crate::model::{Container, ContainerState, Endpoint, Network, Topology};
use crate::scene::{Bar, Cable, Node, Place};

/// The cables of a container: those the kernel has, then those that the goal adds.
pub(super) fn plugs(container: &Container, real: &Topology, ghosts: &Topology) -> Vec<Cue<Plug>> {
    let plug = |endpoint: &Endpoint, ghost| {
        let network = network_name(&endpoint.network, real, ghosts)?;
        Some(Cue {
            facts: Plug {
                network,
                endpoint: endpoint.clone(),
            },
            ghost,
        })
    };
    let is_ghost = container.id.starts_with("ghost:");
    let mut all: Vec<Cue<Plug>> = Vec::new();
    if !is_ghost && container.state == ContainerState::Running {
        all.extend(container.endpoints.iter().filter_map(|endpoint| plug(endpoint, false)));
    }
    let wanted = ghosts.containers.iter().filter(|ghost| ghost.name == container.name);
    for cable in wanted
        .flat_map(|ghost| &ghost.endpoints)
        .filter_map(|endpoint| plug(endpoint, true))
    {
        if !all.iter().any(|known| known.facts.network == cable.facts.network) {
            all.push(cable);
        }
    }
    all
}

/// An endpoint names its network by id, and a ghost's perhaps by name. Absent where it is no bar (`host`, `none`).
fn network_name(named: &str, real: &Topology, ghosts: &Topology) -> Option<String> {
    let bare = named.strip_prefix("ghost:").unwrap_or(named);
    [(real, named), (ghosts, named), (real, bare), (ghosts, bare)]
        .into_iter()
        .find_map(|(topology, name)| topology.network(name))
        .filter(|network| is_bar(network))
        .map(|network| network.name.clone())
}

pub(super) fn is_bar(network: &Network) -> bool {
    !matches!(network.driver.as_str(), "host" | "null")
}

pub(super) fn is_default(network: &Network) -> bool {
    network.predefined && network.name == "bridge"
}

/// Orders bars so that those that share containers are neighbours; else as they were created.
pub(super) fn neighbours_first(bars: &mut Vec<Cue<Network>>, containers: &[Container]) {
    let shared = |a: &Network, b: &Network| {
        let on = |c: &Container, n: &Network| c.endpoints.iter().any(|e| e.network == n.id);
        containers.iter().filter(|c| on(c, a) && on(c, b)).count()
    };
    let mut left = std::mem::take(bars);
    while !left.is_empty() {
        let next = bars.last().map_or(0, |last| {
            let rank = |at: &usize| (shared(&last.facts, &left[*at].facts), std::cmp::Reverse(*at));
            (0..left.len()).max_by_key(rank).unwrap_or_default()
        });
        bars.push(left.remove(next));
    }
}

pub(super) fn draw_node(person: &Person, bars: &[Bar], now: Duration) -> Node {
    let container = &person.body.facts;
    let mut cables: Vec<Cable> = person
        .cables
        .iter()
        .filter(|actor| !actor.is_over(now))
        .filter_map(|actor| {
            let endpoint = &actor.facts.endpoint;
            Some(Cable {
                bar: bars.iter().position(|bar| bar.name == actor.facts.network)?,
                address: endpoint.address,
                aliases: endpoint.aliases.clone(),
                interface: endpoint.interface.clone(),
                host_end: endpoint.host_end.clone(),
                presence: actor.presence(now),
                mark: endpoint.mark,
            })
        })
        .collect();
    cables.sort_by_key(|cable| cable.bar);
    Node {
        name: container.name.clone(),
        image: container.image.clone(),
        place: place(&person.body, &cables),
        cables,
        presence: person.body.presence(now),
        state: container.state,
        exit_code: container.exit_code,
    }
}

fn place(body: &Actor<Container>, cables: &[Cable]) -> Place {
    let container = &body.facts;
    match (cables.first(), cables.last()) {
        (Some(first), Some(last)) if cables.len() > 2 || last.bar - first.bar > 1 => Place::Crossing {
            first: first.bar,
            last: last.bar,
        },
        (Some(first), Some(last)) if first.bar != last.bar => Place::Between { upper: first.bar },
        (Some(only), _) => Place::On { bar: only.bar },
        _ if !body.ghost && container.state != ContainerState::Running => Place::Stopped {
            exit_code: container
                .exit_code
                .filter(|_| container.state == ContainerState::Exited),
        },
        _ if container.network_mode == "host" => Place::OnHost,
        _ => match container.network_mode.strip_prefix("container:") {
            Some(with) => Place::Glued { with: with.to_owned() },
            None => Place::Unplugged,
        },
    }
}

/// A … Z, AA … AZ, BA …
pub(super) fn letter(rank: usize) -> String {
    let mut rest = rank + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    letters.iter().rev().collect()
}
