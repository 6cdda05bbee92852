//! A lab on paper for tests: what the Engine makes of a command, as far as a plan depends on it, and labs to plan for.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;
use proptest::prelude::*;

use super::Remedy;
use crate::lesson::{GoalContainer, GoalEndpoint, GoalNetwork};
use crate::model::build::Draft;
use crate::model::{Container, ContainerState, Endpoint, Mark, Network, Topology};

pub(super) fn network(name: &str, subnet: Option<&str>, internal: bool) -> GoalNetwork {
    GoalNetwork {
        name: name.into(),
        subnet: subnet.map(|subnet| subnet.parse().unwrap()),
        internal,
    }
}

pub(super) fn cable(network: &str, aliases: &[&str], ip: Option<&str>) -> GoalEndpoint {
    GoalEndpoint {
        network: network.into(),
        aliases: aliases.iter().map(ToString::to_string).collect(),
        ip: ip.map(|ip| ip.parse().unwrap()),
    }
}

/// Carries a command out; None where the Engine would refuse it.
pub(super) fn carry_out(lab: &mut Topology, remedy: &Remedy) -> Option<()> {
    match remedy {
        Remedy::RemoveContainer { container } => {
            let at = lab.containers.iter().position(|known| known.name == *container)?;
            lab.containers.remove(at);
        }
        Remedy::RemoveNetwork { network } => {
            let at = lab.networks.iter().position(|known| known.name == *network)?;
            let found = &lab.networks[at];
            let mut running = lab.containers.iter().filter(|c| c.state == ContainerState::Running);
            let in_use = running.any(|c| c.endpoints.iter().any(|endpoint| is_on(endpoint, found)));
            if found.predefined || in_use {
                return None;
            }
            lab.networks.remove(at);
        }
        Remedy::CreateNetwork(wanted) => {
            let made = create(lab, wanted)?;
            lab.networks.push(made);
        }
        Remedy::Run(wanted) => {
            let made = run(lab, wanted)?;
            lab.containers.push(made);
        }
        Remedy::Start { container } => {
            let found = lab.containers.iter_mut().find(|known| known.name == *container)?;
            found.state = ContainerState::Running;
        }
        Remedy::Disconnect { container, network } => {
            let network = lab.networks.iter().find(|known| known.name == *network)?;
            let found = lab.containers.iter_mut().find(|known| known.name == *container)?;
            let at = found.endpoints.iter().position(|endpoint| is_on(endpoint, network))?;
            found.endpoints.remove(at);
        }
        Remedy::Connect { container, endpoint } => {
            let plugged = plug(lab, container, endpoint)?;
            let network = lab.networks.iter().find(|known| known.name == endpoint.network)?;
            let found = lab.containers.iter_mut().find(|known| known.name == *container)?;
            if found.network_mode == "host" || found.endpoints.iter().any(|e| is_on(e, network)) {
                return None;
            }
            found.endpoints.push(plugged);
        }
    }
    Some(())
}

fn is_on(endpoint: &Endpoint, network: &Network) -> bool {
    endpoint.network == network.id
}

fn create(lab: &Topology, wanted: &GoalNetwork) -> Option<Network> {
    let taken = |subnet: &Ipv4Network| {
        let mut subnets = lab.networks.iter().filter_map(|known| known.subnet);
        subnets.any(|known| known.overlaps(*subnet))
    };
    let pools = (18..=255).filter_map(|n| Ipv4Network::new(Ipv4Addr::new(172, n, 0, 0), 16).ok());
    let subnet = wanted
        .subnet
        .or_else(|| pools.into_iter().find(|subnet| !taken(subnet)))?;
    let is_free = !taken(&subnet) && lab.networks.iter().all(|known| known.name != wanted.name);
    is_free.then(|| Network {
        id: format!("{}-{}", wanted.name, subnet),
        name: wanted.name.clone(),
        driver: "bridge".into(),
        gateway: subnet.nth(1),
        subnet: Some(subnet),
        bridge: None,
        internal: wanted.internal,
        predefined: false,
        created: 0,
        mark: Mark::Deduced,
    })
}

fn run(lab: &Topology, wanted: &GoalContainer) -> Option<Container> {
    let first = wanted
        .endpoints
        .first()
        .map(|endpoint| plug(lab, &wanted.name, endpoint));
    let is_free = lab.containers.iter().all(|known| known.name != wanted.name);
    let endpoints = match first {
        Some(plugged) => vec![plugged?],
        None => Vec::new(),
    };
    let mut made = container(&wanted.name, ContainerState::Running, endpoints);
    if wanted.endpoints.is_empty() {
        made.network_mode = "none".into();
    }
    is_free.then_some(made)
}

/// One without endpoints shares the host's network.
fn container(name: &str, state: ContainerState, endpoints: Vec<Endpoint>) -> Container {
    Container {
        id: name.into(),
        name: name.into(),
        image: "alpine".into(),
        state,
        exit_code: None,
        network_mode: if endpoints.is_empty() { "host" } else { "" }.into(),
        endpoints,
        created: 0,
    }
}

/// An endpoint with the address asked for, or the next one that is free.
fn plug(lab: &Topology, container: &str, wanted: &GoalEndpoint) -> Option<Endpoint> {
    let network = lab.networks.iter().find(|known| known.name == wanted.network)?;
    let subnet = network.subnet?;
    let taken = |ip: &Ipv4Addr| {
        let mut all = lab.containers.iter().flat_map(|container| &container.endpoints);
        all.any(|endpoint| endpoint.address.is_some_and(|address| address.ip() == *ip))
    };
    let free = (2..250).filter_map(|n| subnet.nth(n)).find(|ip| !taken(ip));
    let ip = wanted.ip.or(free).filter(|ip| subnet.contains(*ip) && !taken(ip))?;
    let mut endpoint = crate::model::parts::endpoint(&network.name, &format!("{ip}/{}", subnet.prefix()));
    endpoint.network.clone_from(&network.id);
    endpoint.aliases.clone_from(&wanted.aliases);
    // The default network knows no names.
    if !network.predefined {
        endpoint.names.push(container.to_owned());
        endpoint.names.extend(wanted.aliases.iter().cloned());
    }
    Some(endpoint)
}

/// Labs that a learner may have got into: some of the lesson's things and some of their own, right or wrong.
pub(super) fn lab() -> impl Strategy<Value = Topology> {
    let networks = prop::collection::vec(prop::option::of((any::<bool>(), any::<bool>())), 3);
    let cables = prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 4);
    let containers = prop::collection::vec(prop::option::of((0..5u8, cables)), 3);
    (networks, containers).prop_map(|(networks, containers)| {
        let mut lab = Draft::default().done();
        for (name, made) in ["dev", "prod", "mine"].iter().zip(networks) {
            if let Some((internal, other)) = made {
                let subnet = (*name == "prod" && other).then_some("10.9.0.0/16");
                carry_out(&mut lab, &Remedy::CreateNetwork(network(name, subnet, internal))).unwrap();
            }
        }
        for (name, made) in ["es", "web", "toto"].iter().zip(containers) {
            let Some((state, cables)) = made else { continue };
            let names = ["bridge", "dev", "prod", "mine"];
            let wanted = names
                .iter()
                .zip(cables)
                .filter(|(_, (on, ..))| *on)
                .map(|(network, (_, alias, ip))| {
                    let aliases: &[&str] = if alias && *network != "bridge" {
                        &["search", "front"]
                    } else {
                        &[]
                    };
                    let fixed = ip && *name == "es" && *network == "prod";
                    cable(network, aliases, fixed.then_some("10.9.66.66"))
                });
            let endpoints: Vec<Endpoint> = wanted.filter_map(|wanted| plug(&lab, name, &wanted)).collect();
            let state = match state {
                0 => ContainerState::Created,
                1 => ContainerState::Exited,
                _ => ContainerState::Running,
            };
            lab.containers.push(container(name, state, endpoints));
        }
        lab
    })
}
