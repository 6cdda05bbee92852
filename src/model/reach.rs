//! Who reaches whom by address, and the reason of each "no".
//!
//! Docker's rules for bridge networks (filter chains `DOCKER-ISOLATION-STAGE-1/2`, and raw rules of internal networks): the
//! packets of one bridge never enter another. Published ports are another path and are not judged here.

use std::net::Ipv4Addr;

use super::resolve::namespace_of;
use super::{Container, ContainerState, Topology};

/// Where a packet starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// The lab's host.
    Host,
    /// A container, by id or name.
    Container(&'a str),
}

/// Whether packets arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// They do.
    Yes(Path),
    /// They do not, and why.
    No(Barrier),
}

/// How packets arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// Both are in one network namespace: the loopback interface.
    Loopback,
    /// Across one network.
    Network {
        /// Id of the network.
        network: String,
        /// Address that answers.
        address: Ipv4Addr,
    },
    /// To the host itself, by the gateway address of the sender's network.
    Gateway {
        /// Id of the sender's network.
        network: String,
        /// The bridge's address.
        address: Ipv4Addr,
    },
}

/// Why packets do not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Barrier {
    /// The lab has no such container.
    Unknown {
        /// Id or name asked for.
        container: String,
    },
    /// One of the two does not run.
    NotRunning {
        /// Its id.
        container: String,
    },
    /// One of the two is on no network: it has a loopback interface only.
    NoNetwork {
        /// Its id.
        container: String,
    },
    /// They are on different networks, and Docker drops what goes from one bridge to another.
    OtherNetworks {
        /// Ids of the sender's networks.
        from: Vec<String>,
        /// Ids of the receiver's networks.
        to: Vec<String>,
    },
}

/// Whether packets from `from` arrive at the container `to` (id or name), by any of its addresses.
#[must_use]
pub fn reach(topology: &Topology, from: Origin<'_>, to: &str) -> Reach {
    judge(topology, from, to).map_or_else(Reach::No, Reach::Yes)
}

fn judge(topology: &Topology, from: Origin<'_>, to: &str) -> Result<Path, Barrier> {
    let target = running(topology, to)?;
    let Origin::Container(from) = from else {
        // The host has an address on every bridge, internal ones included.
        return if is_host(target) {
            Ok(Path::Loopback)
        } else {
            first_endpoint(target)
        };
    };
    let source = running(topology, from)?;
    if source.id == target.id || (is_host(source) && is_host(target)) {
        return Ok(Path::Loopback);
    }
    if is_host(source) {
        return first_endpoint(target);
    }
    if source.endpoints.is_empty() {
        return Err(Barrier::NoNetwork {
            container: source.id.clone(),
        });
    }
    if is_host(target) {
        return source
            .endpoints
            .iter()
            .find_map(|endpoint| {
                let network = topology.network(&endpoint.network)?;
                Some(Path::Gateway {
                    network: network.id.clone(),
                    address: network.gateway?,
                })
            })
            .ok_or_else(|| Barrier::NoNetwork {
                container: source.id.clone(),
            });
    }
    if target.endpoints.is_empty() {
        return Err(Barrier::NoNetwork {
            container: target.id.clone(),
        });
    }
    shared(source, target).ok_or_else(|| Barrier::OtherNetworks {
        from: networks_of(source),
        to: networks_of(target),
    })
}

/// The running container whose network namespace `id_or_name` uses.
fn running<'t>(topology: &'t Topology, id_or_name: &str) -> Result<&'t Container, Barrier> {
    let unknown = || Barrier::Unknown {
        container: id_or_name.to_owned(),
    };
    let container = topology.container(id_or_name).ok_or_else(unknown)?;
    let owner = namespace_of(topology, id_or_name).ok_or_else(unknown)?;
    match [container, owner]
        .into_iter()
        .find(|c| c.state != ContainerState::Running)
    {
        Some(stopped) => Err(Barrier::NotRunning {
            container: stopped.id.clone(),
        }),
        None => Ok(owner),
    }
}

fn is_host(container: &Container) -> bool {
    container.network_mode == "host"
}

fn first_endpoint(target: &Container) -> Result<Path, Barrier> {
    target
        .endpoints
        .iter()
        .find_map(|endpoint| {
            Some(Path::Network {
                network: endpoint.network.clone(),
                address: endpoint.address?.ip(),
            })
        })
        .ok_or_else(|| Barrier::NoNetwork {
            container: target.id.clone(),
        })
}

fn shared(source: &Container, target: &Container) -> Option<Path> {
    source.endpoints.iter().find_map(|mine| {
        let theirs = target.endpoints.iter().find(|theirs| theirs.network == mine.network)?;
        Some(Path::Network {
            network: mine.network.clone(),
            address: theirs.address?.ip(),
        })
    })
}

fn networks_of(container: &Container) -> Vec<String> {
    container
        .endpoints
        .iter()
        .map(|endpoint| endpoint.network.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::build::{Attach, Draft, arbitrary};

    fn lab() -> Topology {
        Draft::default()
            .network("dev")
            .internal("prod")
            .container("es", &[Attach::to("dev")])
            .container("db", &[Attach::to("prod")])
            .container("web", &[Attach::to("dev"), Attach::to("prod")])
            .joined("side", "es")
            .with_mode("alone", "none")
            .with_mode("big", "host")
            .done()
    }

    fn id(topology: &Topology, name: &str) -> String {
        topology
            .container(name)
            .map_or_else(|| topology.network(name).unwrap().id.clone(), |c| c.id.clone())
    }

    fn from_to(topology: &Topology, from: &str, to: &str) -> Reach {
        reach(topology, Origin::Container(from), to)
    }

    #[test]
    fn containers_of_one_network_reach_each_other() {
        let lab = lab();
        let address = lab.container("es").unwrap().endpoints[0].address.unwrap().ip();
        assert_eq!(
            from_to(&lab, "web", "es"),
            Reach::Yes(Path::Network {
                network: id(&lab, "dev"),
                address
            })
        );
    }

    #[test]
    fn two_networks_are_apart_and_the_reason_names_them() {
        let lab = lab();
        let barrier = Barrier::OtherNetworks {
            from: vec![id(&lab, "dev")],
            to: vec![id(&lab, "prod")],
        };
        assert_eq!(from_to(&lab, "es", "db"), Reach::No(barrier));
    }

    #[test]
    fn none_reaches_nobody_and_nobody_reaches_none() {
        let lab = lab();
        let barrier = Reach::No(Barrier::NoNetwork {
            container: id(&lab, "alone"),
        });
        assert_eq!(from_to(&lab, "alone", "es"), barrier);
        assert_eq!(from_to(&lab, "es", "alone"), barrier);
        assert_eq!(from_to(&lab, "alone", "alone"), Reach::Yes(Path::Loopback));
    }

    #[test]
    fn the_host_reaches_every_bridge_and_is_reached_by_its_gateway() {
        let lab = lab();
        assert!(matches!(
            reach(&lab, Origin::Host, "db"),
            Reach::Yes(Path::Network { .. })
        ));
        assert!(matches!(from_to(&lab, "big", "db"), Reach::Yes(Path::Network { .. })));
        let address = lab.network("dev").unwrap().gateway.unwrap();
        assert_eq!(
            from_to(&lab, "es", "big"),
            Reach::Yes(Path::Gateway {
                network: id(&lab, "dev"),
                address
            })
        );
    }

    #[test]
    fn a_joined_namespace_is_its_owner() {
        let lab = lab();
        assert_eq!(from_to(&lab, "side", "es"), Reach::Yes(Path::Loopback));
        assert!(matches!(from_to(&lab, "side", "web"), Reach::Yes(Path::Network { .. })));
    }

    #[test]
    fn what_does_not_run_is_not_reached() {
        let mut lab = lab();
        lab.containers[0].state = ContainerState::Exited;
        assert_eq!(
            from_to(&lab, "web", "es"),
            Reach::No(Barrier::NotRunning {
                container: id(&lab, "es")
            })
        );
        assert_eq!(
            from_to(&lab, "side", "web"),
            Reach::No(Barrier::NotRunning {
                container: id(&lab, "es")
            })
        );
        assert_eq!(
            from_to(&lab, "web", "ghost"),
            Reach::No(Barrier::Unknown {
                container: "ghost".into()
            })
        );
    }

    proptest! {
        #[test]
        fn reach_is_symmetric_and_means_a_shared_network(topology in arbitrary()) {
            for a in &topology.containers {
                for b in &topology.containers {
                    let there = matches!(from_to(&topology, &a.id, &b.id), Reach::Yes(_));
                    let back = matches!(from_to(&topology, &b.id, &a.id), Reach::Yes(_));
                    prop_assert_eq!(there, back);
                    let share = a.endpoints.iter().any(|e| b.endpoints.iter().any(|f| f.network == e.network));
                    prop_assert_eq!(there, a.id == b.id || share);
                }
            }
        }
    }
}
