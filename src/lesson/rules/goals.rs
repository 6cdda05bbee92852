//! Goals that a lab can come to.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use crate::yaml::Part::{self, Item, Key, Value};

use super::super::problem::Problem;
use super::super::{Goal, GoalContainer, GoalEndpoint, GoalNetwork};

/// The network that containers go to by default, and the subnet that Docker gives it before all others.
const DEFAULT: (&str, Ipv4Addr, u8) = ("bridge", Ipv4Addr::new(172, 17, 0, 0), 16);
/// Networks that every Docker has.
const PREDEFINED: [&str; 3] = ["bridge", "host", "none"];

/// Takes what is wrong, with its place below the goal.
type Tell<'t> = dyn FnMut(&[Part<'_>], Problem) + 't;

/// Looks at what a step `added` to the goal `before`.
pub(in super::super) fn goal(before: &Goal, added: &Goal, tell: &mut Tell<'_>) {
    let goal = before.then(added);
    for (n, network) in added.networks.iter().enumerate() {
        let earlier = before.network(&network.name);
        if PREDEFINED.contains(&network.name.as_str()) {
            let network = network.name.clone();
            tell(
                &[Key("networks"), Key(&network)],
                Problem::Predefined {
                    network: network.clone(),
                },
            );
        } else if earlier.is_some_and(|earlier| earlier != network) {
            let network = network.name.clone();
            tell(
                &[Key("networks"), Key(&network)],
                Problem::Redefined {
                    network: network.clone(),
                },
            );
        } else if earlier.is_none() {
            let others = before.networks.iter().chain(added.networks.iter().take(n));
            overlaps(network, others, tell);
        }
    }
    for container in &added.containers {
        let mut tell = |below: &[Part<'_>], problem| {
            tell(&[&[Key("containers"), Key(&container.name)], below].concat(), problem);
        };
        places(&goal, container, &mut tell);
        for endpoint in &container.endpoints {
            attachment(&goal, container, endpoint, &mut tell);
        }
    }
}

fn overlaps<'g>(network: &GoalNetwork, others: impl Iterator<Item = &'g GoalNetwork>, tell: &mut Tell<'_>) {
    let Some(subnet) = network.subnet else { return };
    let (bridge, ip, prefix) = DEFAULT;
    let default = Ipv4Network::new(ip, prefix).ok().map(|subnet| (bridge, subnet));
    let others = others.filter_map(|other| Some((other.name.as_str(), other.subnet?)));
    if let Some((other, taken)) = default
        .into_iter()
        .chain(others)
        .find(|(_, taken)| subnet.overlaps(*taken))
    {
        let problem = Problem::Overlap {
            network: network.name.clone(),
            subnet,
            other: other.to_owned(),
            taken,
        };
        tell(&[Key("networks"), Key(&network.name), Key("subnet"), Value], problem);
    }
}

/// The networks that a container is on and off are there, and none is both.
fn places(goal: &Goal, container: &GoalContainer, tell: &mut Tell<'_>) {
    let is_there = |network: &str| goal.network(network).is_some() || network == DEFAULT.0;
    let unknown = |network: &String| match network.as_str() {
        name if PREDEFINED.contains(&name) => Problem::NotInGoals {
            network: network.clone(),
        },
        _ => Problem::UnknownNetwork {
            container: container.name.clone(),
            network: network.clone(),
        },
    };
    for endpoint in &container.endpoints {
        if !is_there(&endpoint.network) {
            tell(&[Key("networks"), Key(&endpoint.network)], unknown(&endpoint.network));
        }
    }
    for (n, off) in container.off.iter().enumerate() {
        let place = [Key("off"), Item(n)];
        if container.endpoints.iter().any(|endpoint| endpoint.network == *off) {
            let problem = Problem::OnAndOff {
                container: container.name.clone(),
                network: off.clone(),
            };
            tell(&place, problem);
        } else if !is_there(off) {
            tell(&place, unknown(off));
        }
    }
}

/// What a container asks for on a network is to be had there.
fn attachment(goal: &Goal, container: &GoalContainer, endpoint: &GoalEndpoint, tell: &mut Tell<'_>) {
    let place = |field| [Key("networks"), Key(&endpoint.network), Key(field), Value];
    if endpoint.network == DEFAULT.0 {
        if !endpoint.aliases.is_empty() {
            tell(&place("aliases")[..3], Problem::NotOnBridge { what: "aliases" });
        }
        if endpoint.ip.is_some() {
            let what = "addresses to choose from";
            tell(&place("ip")[..3], Problem::NotOnBridge { what });
        }
    } else if let (Some(ip), Some(network)) = (endpoint.ip, goal.network(&endpoint.network)) {
        let problem = match network.subnet {
            Some(subnet) => outside(network, subnet, ip).or_else(|| taken(goal, container, &network.name, ip)),
            None => Some(Problem::IpWithoutSubnet {
                container: container.name.clone(),
                ip,
                network: network.name.clone(),
            }),
        };
        if let Some(problem) = problem {
            tell(&place("ip"), problem);
        }
    }
}

fn outside(network: &GoalNetwork, subnet: Ipv4Network, ip: Ipv4Addr) -> Option<Problem> {
    let network = network.name.clone();
    let what = match ip {
        ip if !subnet.contains(ip) => return Some(Problem::IpOutside { ip, network, subnet }),
        ip if Some(ip) == subnet.nth(1) => "gateway",
        ip if ip == subnet.network() => "network address",
        ip if ip == subnet.broadcast() => "broadcast address",
        _ => return None,
    };
    Some(Problem::IpReserved { ip, what, network })
}

fn taken(goal: &Goal, container: &GoalContainer, network: &str, ip: Ipv4Addr) -> Option<Problem> {
    let earlier = goal.containers.iter().take_while(|other| other.name != container.name);
    let has_it = |other: &&GoalContainer| {
        let mut endpoints = other.endpoints.iter();
        endpoints.any(|endpoint| endpoint.network == network && endpoint.ip == Some(ip))
    };
    earlier.into_iter().find(has_it).map(|other| Problem::IpTaken {
        ip,
        network: network.to_owned(),
        other: other.name.clone(),
    })
}
