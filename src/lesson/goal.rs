use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;
use serde::Deserialize;

use crate::model::{Container, ContainerState, Endpoint, Mark, Network, Topology};
use crate::yaml::{Ordered, Part};

use super::address::{self, AddressProblem};
use super::problem::Problem;

/// A state of the lab: what ghosts, checks, reset and "show me" all come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Goal {
    /// Networks that exist.
    pub networks: Vec<GoalNetwork>,
    /// Containers that run.
    pub containers: Vec<GoalContainer>,
}

/// A network of a goal. What is not said is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalNetwork {
    /// Its name.
    pub name: String,
    /// Its subnet, where it matters.
    pub subnet: Option<Ipv4Network>,
    /// Without a way out.
    pub internal: bool,
}

/// A running container of a goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalContainer {
    /// Its name.
    pub name: String,
    /// Image to make it from.
    pub image: String,
    /// Command to make it with.
    pub command: Vec<String>,
    /// Networks it is on, the first one being that of `docker run`.
    pub endpoints: Vec<GoalEndpoint>,
    /// Names of the networks it has left, or must not be on.
    pub off: Vec<String>,
}

/// An attachment of a goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalEndpoint {
    /// Name of the network.
    pub network: String,
    /// Aliases on it.
    pub aliases: Vec<String>,
    /// Address on it, where it matters.
    pub ip: Option<Ipv4Addr>,
}

impl Goal {
    /// The network of that name.
    #[must_use]
    pub fn network(&self, name: &str) -> Option<&GoalNetwork> {
        self.networks.iter().find(|network| network.name == name)
    }

    /// The container of that name.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&GoalContainer> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// This state with `more` on top: what has the same name is replaced.
    #[must_use]
    pub fn then(&self, more: &Self) -> Self {
        let mut goal = self.clone();
        goal.networks.retain(|network| more.network(&network.name).is_none());
        goal.containers
            .retain(|container| more.container(&container.name).is_none());
        goal.networks.extend(more.networks.iter().cloned());
        goal.containers.extend(more.containers.iter().cloned());
        goal
    }

    /// The goal as a lab would be that has reached it by the straight way: lets `lint` judge a step without a lab. Addresses that
    /// the goal leaves free are invented, so that what depends on them is judged too.
    #[must_use]
    pub fn realised(&self) -> Topology {
        let mut topology = Topology::default();
        topology.networks.push(bridge_network(0, "bridge", None, false));
        for network in &self.networks {
            let n = topology.networks.len();
            topology
                .networks
                .push(bridge_network(n, &network.name, network.subnet, network.internal));
        }
        for (n, container) in self.containers.iter().enumerate() {
            let endpoints = container
                .endpoints
                .iter()
                .filter_map(|e| realised_endpoint(&topology, self.free_address(&topology, e)?, container, e));
            let endpoints = endpoints.collect();
            topology.containers.push(Container {
                id: format!("{n:064x}"),
                name: container.name.clone(),
                image: container.image.clone(),
                state: ContainerState::Running,
                exit_code: None,
                network_mode: container
                    .endpoints
                    .first()
                    .map_or_else(|| "none".into(), |e| e.network.clone()),
                endpoints,
                created: 0,
            });
        }
        topology
    }

    /// The address asked for, else the lowest that nobody has or asks for, as Docker gives them; `.1` is the gateway's.
    fn free_address(&self, topology: &Topology, endpoint: &GoalEndpoint) -> Option<Ipv4Addr> {
        let network = topology.network(&endpoint.network)?;
        let subnet = network.subnet?;
        let given = topology.containers.iter().flat_map(|container| &container.endpoints);
        let given = given
            .filter(|other| other.network == network.id)
            .filter_map(|other| Some(other.address?.ip()));
        let asked = self.containers.iter().flat_map(|container| &container.endpoints);
        let asked = asked
            .filter(|other| other.network == endpoint.network)
            .filter_map(|other| other.ip);
        let taken: Vec<Ipv4Addr> = given.chain(asked).collect();
        let mut free = subnet.iter().skip(2).filter(|address| !taken.contains(address));
        endpoint.ip.or_else(|| free.next())
    }
}

fn bridge_network(n: usize, name: &str, subnet: Option<Ipv4Network>, internal: bool) -> Network {
    // 172.17.0.0/16 for the default bridge and the next ones in turn, as Docker deals them.
    let octet = u8::try_from(17 + n).unwrap_or(u8::MAX);
    let subnet = subnet.or_else(|| Ipv4Network::new(Ipv4Addr::new(172, octet, 0, 0), 16).ok());
    Network {
        id: format!("net{n}"),
        name: name.to_owned(),
        driver: "bridge".into(),
        gateway: subnet.and_then(|subnet| subnet.nth(1)),
        subnet,
        bridge: None,
        internal,
        predefined: n == 0,
        created: 0,
        mark: Mark::Simulated,
    }
}

fn realised_endpoint(
    topology: &Topology,
    ip: Ipv4Addr,
    container: &GoalContainer,
    endpoint: &GoalEndpoint,
) -> Option<Endpoint> {
    let network = topology.network(&endpoint.network)?;
    let subnet = network.subnet?;
    let mut names = vec![container.name.clone()];
    names.extend(endpoint.aliases.iter().cloned());
    Some(Endpoint {
        network: network.id.clone(),
        id: String::new(),
        priority: 0,
        address: Ipv4Network::new(ip, subnet.prefix()).ok(),
        mac: None,
        mtu: None,
        aliases: endpoint.aliases.clone(),
        names: if network.predefined { Vec::new() } else { names },
        interface: None,
        host_end: None,
        mark: Mark::Simulated,
    })
}

/// A goal as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a goal")]
pub(super) struct RawGoal {
    #[serde(default)]
    networks: Ordered<RawNetwork>,
    #[serde(default)]
    containers: Ordered<RawContainer>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a network")]
struct RawNetwork {
    subnet: Option<String>,
    #[serde(default)]
    internal: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a container")]
struct RawContainer {
    image: String,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    networks: Ordered<RawEndpoint>,
    #[serde(default)]
    off: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an attachment")]
struct RawEndpoint {
    #[serde(default)]
    aliases: Vec<String>,
    ip: Option<String>,
}

impl RawGoal {
    /// The goal, and what of it cannot be read, with the place below it.
    pub(super) fn read(self, flaw: &mut dyn FnMut(&[Part<'_>], Problem)) -> Goal {
        let mut goal = Goal::default();
        for (name, network) in self.networks.0 {
            let place = [
                Part::Key("networks"),
                Part::Key(&name),
                Part::Key("subnet"),
                Part::Value,
            ];
            let subnet = network.subnet.map(|value| address::subnet(&value));
            goal.networks.push(GoalNetwork {
                subnet: sound(subnet, &place, flaw),
                internal: network.internal,
                name,
            });
        }
        for (name, container) in self.containers.0 {
            let mut endpoints = Vec::with_capacity(container.networks.0.len());
            for (network, raw) in container.networks.0 {
                let on = [Part::Key("containers"), Part::Key(&name), Part::Key("networks")];
                let place = [&on[..], &[Part::Key(&network), Part::Key("ip"), Part::Value]].concat();
                let ip = raw.ip.map(|value| address::ip(&value));
                endpoints.push(GoalEndpoint {
                    ip: sound(ip, &place, flaw),
                    aliases: raw.aliases,
                    network,
                });
            }
            goal.containers.push(GoalContainer {
                name,
                image: container.image,
                command: container.command,
                endpoints,
                off: container.off,
            });
        }
        goal
    }
}

fn sound<T>(
    read: Option<Result<T, AddressProblem>>,
    place: &[Part<'_>],
    flaw: &mut dyn FnMut(&[Part<'_>], Problem),
) -> Option<T> {
    match read? {
        Ok(value) => Some(value),
        Err(problem) => {
            flaw(place, Problem::Address(problem));
            None
        }
    }
}
