//! Who resolves what: the embedded resolver's rules, stated without a resolver.
//!
//! The engine's own resolver is written separately from the same facts (moby `libnetwork/sandbox.go`,
//! `libnetwork/resolver.go`), so that each can catch the other being wrong.

use std::cmp::Reverse;
use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::{Container, ContainerState, Endpoint, Network, Topology};

/// What a container gets when it asks its resolver for the addresses of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// One network knew the name. Answers of several networks are never merged.
    Answer {
        /// Id of the network that answered.
        network: String,
        /// Who holds the name there, in creation order (the resolver shuffles them), each address once.
        holders: Vec<Holder>,
    },
    /// No network the container is on knows the name: the question goes to the servers outside.
    Forwarded,
    /// The container has no embedded resolver.
    NoResolver(NoResolver),
}

/// One address of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Id of the container.
    pub container: String,
    /// Its address on the network that answered.
    pub address: Ipv4Addr,
}

/// Why a container has no embedded resolver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoResolver {
    /// The lab has no such container.
    Unknown,
    /// It does not run.
    NotRunning,
    /// It shares the host's network.
    Host,
    /// It is on no network at all.
    NoNetwork,
    /// It is only on the default bridge, where Docker registers no names.
    DefaultBridgeOnly,
}

/// Whether Docker registers names on this network: on every one but the three predefined.
#[must_use]
pub fn has_names(network: &Network) -> bool {
    !network.predefined
}

/// What `from` (id or name) gets for `name`: first the whole name in each of its networks, then, at each dot from the right, what
/// stands before the dot in the network that stands after it.
#[must_use]
pub fn resolve(topology: &Topology, from: &str, name: &str) -> Resolution {
    let asker = match asker(topology, from) {
        Ok(asker) => asker,
        Err(why) => return Resolution::NoResolver(why),
    };
    let networks = lookup_order(topology, asker);
    let name = name.strip_suffix('.').unwrap_or(name);
    let whole = networks.iter().find_map(|network| answer(topology, network, name));
    let split = || {
        name.rmatch_indices('.').find_map(|(dot, _)| {
            let (host, suffix) = (&name[..dot], &name[dot + 1..]);
            // Names are compared without case, the network's name is not (moby sandbox.go `ResolveName`).
            let network = networks.iter().find(|network| network.name == suffix)?;
            answer(topology, network, host)
        })
    };
    whole.or_else(split).unwrap_or(Resolution::Forwarded)
}

/// The name that the resolver of `from` gives for an address: `NAME.NETWORK`, where NAME is the first name its holder
/// registered. None when no network of `from` has the address; the question then goes outside.
#[must_use]
pub fn reverse(topology: &Topology, from: &str, address: Ipv4Addr) -> Option<String> {
    let asker = asker(topology, from).ok()?;
    lookup_order(topology, asker).into_iter().find_map(|network| {
        let (_, endpoint) = endpoints_on(topology, network).find(|(_, endpoint)| ip(endpoint) == Some(address))?;
        Some(format!("{}.{}", endpoint.names.first()?, network.name))
    })
}

/// The container whose network namespace `id_or_name` uses: itself, or the one it joined with `--net container:…`.
#[must_use]
pub fn namespace_of<'t>(topology: &'t Topology, id_or_name: &str) -> Option<&'t Container> {
    let container = topology.container(id_or_name)?;
    match container.network_mode.strip_prefix("container:") {
        // Docker refuses to join a container that has itself joined another, so that one step is enough.
        Some(target) => topology.container(target),
        None => Some(container),
    }
}

/// The networks with names that a container is on, in the order its resolver asks them: higher `gw-priority` first, those with a
/// way out before internal ones, then by name in byte order (moby `libnetwork/sandbox.go` `Less`; not the order of connection).
#[must_use]
pub fn lookup_order<'t>(topology: &'t Topology, container: &Container) -> Vec<&'t Network> {
    let mut networks = in_order(topology, container);
    networks.retain(|network| has_names(network));
    networks
}

/// The network by which a container's packets leave that go to none of its own subnets: the first in the same order, where that one
/// has a way out (moby `getGatewayEndpoint`).
#[must_use]
pub fn way_out<'t>(topology: &'t Topology, container: &Container) -> Option<&'t Network> {
    let first = in_order(topology, container).into_iter().next()?;
    (!first.internal && first.gateway.is_some()).then_some(first)
}

fn in_order<'t>(topology: &'t Topology, container: &Container) -> Vec<&'t Network> {
    let mut networks: Vec<(i64, &Network)> = container
        .endpoints
        .iter()
        .filter_map(|endpoint| {
            let is_its = |network: &&Network| network.id == endpoint.network;
            Some((endpoint.priority, topology.networks.iter().find(is_its)?))
        })
        .collect();
    networks.sort_by_key(|(priority, network)| {
        (
            Reverse(*priority),
            network.internal,
            Reverse(network.gateway.is_some()),
            network.name.as_str(),
        )
    });
    networks.into_iter().map(|(_, network)| network).collect()
}

fn asker<'t>(topology: &'t Topology, from: &str) -> Result<&'t Container, NoResolver> {
    if topology
        .container(from)
        .is_none_or(|container| container.state != ContainerState::Running)
    {
        return Err(if topology.container(from).is_none() {
            NoResolver::Unknown
        } else {
            NoResolver::NotRunning
        });
    }
    let asker = namespace_of(topology, from).ok_or(NoResolver::NoNetwork)?;
    if asker.network_mode == "host" {
        return Err(NoResolver::Host);
    }
    let mut networks = asker
        .endpoints
        .iter()
        .filter_map(|endpoint| topology.network(&endpoint.network))
        .peekable();
    if networks.peek().is_none() {
        return Err(NoResolver::NoNetwork);
    }
    if networks.any(has_names) {
        Ok(asker)
    } else {
        Err(NoResolver::DefaultBridgeOnly)
    }
}

fn answer(topology: &Topology, network: &Network, name: &str) -> Option<Resolution> {
    let mut holders: Vec<Holder> = Vec::new();
    for (container, endpoint) in endpoints_on(topology, network) {
        let holds = endpoint.names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let Some(address) = ip(endpoint).filter(|_| holds) else {
            continue;
        };
        if holders.iter().all(|holder| holder.address != address) {
            holders.push(Holder {
                container: container.id.clone(),
                address,
            });
        }
    }
    (!holders.is_empty()).then(|| Resolution::Answer {
        network: network.id.clone(),
        holders,
    })
}

/// Endpoints of running containers on a network: names are registered from start to stop.
fn endpoints_on<'t>(topology: &'t Topology, network: &Network) -> impl Iterator<Item = (&'t Container, &'t Endpoint)> {
    topology
        .containers
        .iter()
        .filter(|container| container.state == ContainerState::Running)
        .flat_map(move |container| {
            container
                .endpoints
                .iter()
                .filter(|endpoint| endpoint.network == network.id)
                .map(move |endpoint| (container, endpoint))
        })
}

fn ip(endpoint: &Endpoint) -> Option<Ipv4Addr> {
    endpoint.address.map(Ipv4Network::ip)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::build::{Attach, Draft, arbitrary};

    fn two_networks() -> Topology {
        Draft::default()
            .network("dev")
            .network("prod")
            .container("es", &[Attach::to("dev")])
            .container("es1", &[Attach::to("prod").alias("es")])
            .container("es2", &[Attach::to("prod").alias("es")])
            .container("web", &[Attach::to("prod"), Attach::to("dev")])
            .container("old", &[Attach::to("bridge")])
            .done()
    }

    fn answered(topology: &Topology, from: &str, name: &str) -> Option<(String, Vec<String>)> {
        match resolve(topology, from, name) {
            Resolution::Answer { network, holders } => Some((
                topology.network(&network).unwrap().name.clone(),
                holders
                    .iter()
                    .map(|h| topology.container(&h.container).unwrap().name.clone())
                    .collect(),
            )),
            _ => None,
        }
    }

    fn by(network: &str, holders: &[&str]) -> (String, Vec<String>) {
        (network.into(), holders.iter().map(|&h| h.into()).collect())
    }

    #[test]
    fn the_first_network_by_name_answers_and_answers_are_not_merged() {
        // `web` was connected to prod first; dev comes first by name.
        assert_eq!(answered(&two_networks(), "web", "es"), Some(by("dev", &["es"])));
    }

    #[test]
    fn a_name_with_its_network_asks_that_network() {
        assert_eq!(
            answered(&two_networks(), "web", "es.prod"),
            Some(by("prod", &["es1", "es2"]))
        );
        assert_eq!(
            answered(&two_networks(), "web", "ES1.prod."),
            Some(by("prod", &["es1"]))
        );
        assert_eq!(resolve(&two_networks(), "web", "es.Prod"), Resolution::Forwarded);
    }

    #[test]
    fn names_of_networks_one_is_not_on_are_forwarded() {
        assert_eq!(resolve(&two_networks(), "es", "es1"), Resolution::Forwarded);
        assert_eq!(resolve(&two_networks(), "es", "es.prod"), Resolution::Forwarded);
    }

    #[test]
    fn the_default_bridge_has_no_names() {
        assert_eq!(
            resolve(&two_networks(), "old", "es"),
            Resolution::NoResolver(NoResolver::DefaultBridgeOnly)
        );
        assert_eq!(
            resolve(&two_networks(), "nobody", "es"),
            Resolution::NoResolver(NoResolver::Unknown)
        );
    }

    #[test]
    fn a_dot_inside_an_alias_is_found_before_the_network_is_split_off() {
        let topology = Draft::default()
            .network("net")
            .container("a", &[Attach::to("net").alias("al.net")])
            .container("al", &[Attach::to("net")])
            .done();
        assert_eq!(answered(&topology, "a", "al.net"), Some(by("net", &["a"])));
        assert_eq!(answered(&topology, "a", "al.net.net"), Some(by("net", &["a"])));
    }

    #[test]
    fn an_internal_network_is_asked_last() {
        let topology = Draft::default()
            .internal("aaa")
            .network("zzz")
            .container("db1", &[Attach::to("aaa").alias("db")])
            .container("db2", &[Attach::to("zzz").alias("db")])
            .container("web", &[Attach::to("aaa"), Attach::to("zzz")])
            .done();
        assert_eq!(answered(&topology, "web", "db"), Some(by("zzz", &["db2"])));
    }

    #[test]
    fn a_stopped_container_loses_its_names() {
        let mut topology = two_networks();
        topology.containers[0].state = ContainerState::Exited;
        assert_eq!(answered(&topology, "web", "es"), Some(by("prod", &["es1", "es2"])));
        assert_eq!(
            resolve(&topology, "es", "web"),
            Resolution::NoResolver(NoResolver::NotRunning)
        );
    }

    #[test]
    fn a_joined_namespace_asks_as_its_owner() {
        let topology = Draft::default()
            .network("dev")
            .container("es", &[Attach::to("dev")])
            .joined("side", "es")
            .container("web", &[Attach::to("dev")])
            .done();
        assert_eq!(answered(&topology, "side", "web"), Some(by("dev", &["web"])));
    }

    #[test]
    fn an_address_has_its_holders_first_name() {
        let topology = two_networks();
        let es = topology.container("es").unwrap().endpoints[0].address.unwrap().ip();
        assert_eq!(reverse(&topology, "web", es).as_deref(), Some("es.dev"));
        assert_eq!(reverse(&topology, "es1", es), None);
    }

    proptest! {
        #[test]
        fn an_answer_holds_only_addresses_of_a_network_the_asker_is_on(topology in arbitrary(), from in 0..6usize, name in 0..6usize) {
            let (Some(from), Some(named)) = (topology.containers.get(from), topology.containers.get(name)) else {
                return Ok(());
            };
            if let Resolution::Answer { network, holders } = resolve(&topology, &from.id, &named.name) {
                let net = topology.network(&network).unwrap();
                prop_assert!(has_names(net));
                prop_assert!(from.endpoints.iter().any(|e| e.network == network));
                prop_assert!(holders.iter().all(|h| net.subnet.unwrap().contains(h.address)));
            }
        }

        #[test]
        fn whoever_shares_a_named_network_is_resolved_by_name(topology in arbitrary()) {
            for from in &topology.containers {
                for to in &topology.containers {
                    let shared = from.endpoints.iter().any(|e| {
                        has_names(topology.network(&e.network).unwrap()) && to.endpoints.iter().any(|t| t.network == e.network)
                    });
                    let answered = matches!(resolve(&topology, &from.id, &to.name), Resolution::Answer { .. });
                    prop_assert_eq!(shared, answered, "{} asks {}", from.name, to.name);
                }
            }
        }
    }
}
