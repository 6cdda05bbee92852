//! Does a check hold in a topology, and if not, what is there instead.

use std::num::NonZeroUsize;

use ipnetwork::Ipv4Network;

use crate::model::reach::{Barrier, Origin, Reach, reach};
use crate::model::resolve::{Holder, NoResolver, Resolution, has_names, resolve};
use crate::model::{Container, ContainerState, Endpoint, Network, Topology};

use super::CheckKind;
use super::found::{Finding, Found};

/// How a check stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not, and this was found.
    Fail(Finding),
}

/// Judges one check.
#[must_use]
pub fn judge(check: &CheckKind, topology: &Topology) -> Verdict {
    outcome(check, topology).map_or_else(Verdict::Fail, |()| Verdict::Pass)
}

/// Judges a question by what the learner chose, from 1; None: nothing yet.
#[must_use]
pub fn judge_answer(right: usize, chosen: Option<usize>) -> Verdict {
    match chosen {
        Some(chosen) if chosen == right => Verdict::Pass,
        Some(chosen) => {
            let values = vec![("choice", chosen.to_string())];
            Verdict::Fail(Finding::new(Found::OtherAnswer, values))
        }
        None => Verdict::Fail(Finding::new(Found::NoAnswer, Vec::new())),
    }
}

fn outcome(check: &CheckKind, topology: &Topology) -> Result<(), Finding> {
    match check {
        CheckKind::NetworkExists { network } => find_network(topology, network).map(|_| ()),
        CheckKind::Subnet { network, subnet } => {
            let found = find_network(topology, network)?.subnet;
            let other = found.map_or_else(|| "—".to_owned(), |found| found.to_string());
            holds(found == Some(*subnet), || {
                Finding::new(
                    Found::OtherSubnet,
                    vec![("network", network.clone()), ("subnet", other)],
                )
            })
        }
        CheckKind::Internal { network } => holds(find_network(topology, network)?.internal, || {
            Finding::new(Found::NotInternal, vec![("network", network.clone())])
        }),
        CheckKind::ContainerRunning { container } => find_running(topology, container, None).map(|_| ()),
        CheckKind::Attached { container, network } => find_endpoint(topology, container, network).map(|_| ()),
        CheckKind::NotAttached { container, network } => not_attached(topology, container, network),
        CheckKind::Unplugged { container } => unplugged(topology, container),
        CheckKind::Alias {
            container,
            network,
            alias,
        } => alias_outcome(topology, container, network, alias),
        CheckKind::IpIs { container, network, ip } => {
            let found = find_endpoint(topology, container, network)?
                .address
                .map(Ipv4Network::ip);
            let address = found.map_or_else(|| "—".to_owned(), |found| found.to_string());
            holds(found == Some(*ip), || {
                let values = [("container", container), ("network", network), ("address", &address)];
                Finding::new(
                    Found::OtherAddress,
                    values.map(|(key, value)| (key, value.clone())).into(),
                )
            })
        }
        CheckKind::Resolves { from, name, count } => resolves(topology, from, name, *count),
        CheckKind::NotResolves { from, name } => {
            find_running(topology, from, None)?;
            holds(
                !matches!(resolve(topology, from, name), Resolution::Answer { .. }),
                || Finding::new(Found::NameKnown, vec![("from", from.clone()), ("name", name.clone())]),
            )
        }
        CheckKind::Reaches { from, to } => reaches(topology, from, to),
        CheckKind::NotReaches { from, to } => {
            find_running(topology, from, None)?;
            find_running(topology, to, None)?;
            holds(
                !matches!(reach(topology, Origin::Container(from), to), Reach::Yes(_)),
                || Finding::new(Found::Arrives, vec![("from", from.clone()), ("to", to.clone())]),
            )
        }
        CheckKind::Answer { .. } => Err(Finding::new(Found::NoAnswer, Vec::new())),
    }
}

fn holds(condition: bool, otherwise: impl FnOnce() -> Finding) -> Result<(), Finding> {
    if condition { Ok(()) } else { Err(otherwise()) }
}

/// By name only: an id is not what a lesson asks for.
fn find_network<'t>(topology: &'t Topology, name: &str) -> Result<&'t Network, Finding> {
    if let Some(network) = topology.networks.iter().find(|network| network.name == name) {
        return Ok(network);
    }
    let nearly = topology
        .networks
        .iter()
        .find(|network| network.name.eq_ignore_ascii_case(name));
    Err(match nearly {
        Some(nearly) => Finding::new(
            Found::NetworkNearly,
            vec![("network", name.to_owned()), ("other", nearly.name.clone())],
        ),
        None => Finding::new(Found::NetworkAbsent, vec![("network", name.to_owned())]),
    })
}

/// `near` is the network on which a container of another name would be a near miss.
fn find_running<'t>(topology: &'t Topology, name: &str, near: Option<&Network>) -> Result<&'t Container, Finding> {
    let Some(container) = topology.containers.iter().find(|container| container.name == name) else {
        return Err(absent(topology, name, near));
    };
    let values = vec![("container", name.to_owned())];
    match container.state {
        ContainerState::Running => Ok(container),
        ContainerState::Created => Err(match missing_network(topology, container) {
            Some(network) => Finding::new(
                Found::NetworkMissing,
                [values, vec![("network", network.to_owned())]].concat(),
            ),
            None => Finding::new(Found::NotStarted, values),
        }),
        ContainerState::Exited => {
            let code = container.exit_code.unwrap_or_default().to_string();
            Err(Finding::new(Found::Stopped, [values, vec![("code", code)]].concat()))
        }
    }
}

/// The network that a container was created for, where there is none.
fn missing_network<'t>(topology: &'t Topology, container: &'t Container) -> Option<&'t str> {
    let networks = container.endpoints.iter().map(|endpoint| endpoint.network.as_str());
    networks.into_iter().find(|network| topology.network(network).is_none())
}

fn absent(topology: &Topology, name: &str, near: Option<&Network>) -> Finding {
    let other = near.and_then(|network| {
        let on = |container: &&Container| container.endpoints.iter().any(|e| e.network == network.id);
        topology
            .containers
            .iter()
            .filter(|c| c.state == ContainerState::Running)
            .find(on)
            .map(|c| (c, network))
    });
    match other {
        Some((other, network)) => Finding::new(
            Found::OtherName,
            vec![
                ("container", name.to_owned()),
                ("other", other.name.clone()),
                ("network", network.name.clone()),
            ],
        ),
        None => Finding::new(Found::ContainerAbsent, vec![("container", name.to_owned())]),
    }
}

fn find_endpoint<'t>(topology: &'t Topology, container: &str, network: &str) -> Result<&'t Endpoint, Finding> {
    let network = find_network(topology, network)?;
    let container = find_running(topology, container, Some(network))?;
    let endpoint = container
        .endpoints
        .iter()
        .find(|endpoint| endpoint.network == network.id);
    endpoint.ok_or_else(|| elsewhere(topology, container, &network.name))
}

/// `wanted` is the name of the network it should be on.
fn elsewhere(topology: &Topology, container: &Container, wanted: &str) -> Finding {
    let mut values = vec![("container", container.name.clone()), ("network", wanted.to_owned())];
    let places: Vec<(&Network, &Endpoint)> = container
        .endpoints
        .iter()
        .filter_map(|endpoint| Some((topology.networks.iter().find(|n| n.id == endpoint.network)?, endpoint)))
        .collect();
    let found = match places.as_slice() {
        [] if container.network_mode == "host" => Found::OnHost,
        [] if container.network_mode.starts_with("container:") => Found::Joined,
        [] => Found::OnNoNetwork,
        [(only, endpoint)] if only.predefined => {
            values.push(("address", address(endpoint)));
            Found::OnDefaultBridge
        }
        places => {
            let names: Vec<String> = places
                .iter()
                .map(|(n, e)| format!("{} ({})", n.name, address(e)))
                .collect();
            values.push(("others", names.join(", ")));
            Found::OnOtherNetworks
        }
    };
    Finding::new(found, values)
}

fn not_attached(topology: &Topology, container: &str, network: &str) -> Result<(), Finding> {
    let network = find_network(topology, network)?;
    let container = find_running(topology, container, None)?;
    let still = container
        .endpoints
        .iter()
        .find(|endpoint| endpoint.network == network.id);
    still.map_or(Ok(()), |endpoint| {
        Err(Finding::new(
            Found::StillAttached,
            vec![
                ("container", container.name.clone()),
                ("network", network.name.clone()),
                ("address", address(endpoint)),
            ],
        ))
    })
}

fn unplugged(topology: &Topology, container: &str) -> Result<(), Finding> {
    let container = find_running(topology, container, None)?;
    let borrows = container.network_mode == "host" || container.network_mode.starts_with("container:");
    holds(container.endpoints.is_empty() && !borrows, || {
        elsewhere(topology, container, "none")
    })
}

fn address(endpoint: &Endpoint) -> String {
    endpoint
        .address
        .map_or_else(|| "—".to_owned(), |address| address.ip().to_string())
}

fn alias_outcome(topology: &Topology, container: &str, network: &str, alias: &str) -> Result<(), Finding> {
    let endpoint = find_endpoint(topology, container, network)?;
    if endpoint.aliases.iter().any(|known| known == alias) {
        return Ok(());
    }
    let mut values = vec![("container", container.to_owned()), ("network", network.to_owned())];
    if endpoint.aliases.is_empty() {
        return Err(Finding::new(Found::NoAlias, values));
    }
    values.push(("aliases", endpoint.aliases.join(", ")));
    Err(Finding::new(Found::OtherAliases, values))
}

fn resolves(topology: &Topology, from: &str, name: &str, count: Option<NonZeroUsize>) -> Result<(), Finding> {
    let asker = find_running(topology, from, None)?;
    let values = vec![("from", from.to_owned()), ("name", name.to_owned())];
    let known = topology.containers.iter().any(|container| container.name == name);
    match resolve(topology, from, name) {
        Resolution::Answer { network, holders } => {
            holds(count.is_none_or(|count| count.get() == holders.len()), || {
                other_count(topology, values, &network, &holders)
            })
        }
        Resolution::NoResolver(NoResolver::DefaultBridgeOnly) => Err(Finding::new(Found::NoNamesOnBridge, values)),
        Resolution::NoResolver(_) => Err(Finding::new(Found::NoResolver, values)),
        Resolution::Forwarded => {
            // The name of one that does not run is nobody's.
            if known {
                find_running(topology, name, None)?;
            }
            let networks: Vec<&str> = asker
                .endpoints
                .iter()
                .filter_map(|endpoint| topology.networks.iter().find(|n| n.id == endpoint.network))
                .filter(|network| has_names(network))
                .map(|network| network.name.as_str())
                .collect();
            Err(Finding::new(
                Found::NameUnknown,
                [values, vec![("networks", networks.join(", "))]].concat(),
            ))
        }
    }
}

fn other_count(
    topology: &Topology,
    mut values: Vec<(&'static str, String)>,
    network: &str,
    holders: &[Holder],
) -> Finding {
    let answered = topology
        .network(network)
        .map_or(network, |network| network.name.as_str());
    let addresses: Vec<String> = holders.iter().map(|holder| holder.address.to_string()).collect();
    values.push(("network", answered.to_owned()));
    values.push(("addresses", addresses.join(", ")));
    Finding::new(Found::OtherCount, values)
}

fn reaches(topology: &Topology, from: &str, to: &str) -> Result<(), Finding> {
    find_running(topology, from, None)?;
    find_running(topology, to, None)?;
    let names = |ids: &[String]| {
        let names = ids
            .iter()
            .filter_map(|id| topology.network(id))
            .map(|network| network.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    match reach(topology, Origin::Container(from), to) {
        Reach::Yes(_) => Ok(()),
        Reach::No(Barrier::OtherNetworks { from: here, to: there }) => Err(Finding::new(
            Found::NetworksApart,
            vec![
                ("from", from.to_owned()),
                ("to", to.to_owned()),
                ("here", names(&here)),
                ("there", names(&there)),
            ],
        )),
        Reach::No(
            Barrier::Unknown { container } | Barrier::NotRunning { container } | Barrier::NoNetwork { container },
        ) => {
            let name = topology
                .container(&container)
                .map_or(container.clone(), |c| c.name.clone());
            Err(Finding::new(Found::OnNoNetwork, vec![("container", name)]))
        }
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
