//! Topologies for tests, written as one would say them.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;
use proptest::prelude::*;

use super::{Container, ContainerState, Endpoint, Mark, Network, Topology};

/// An attachment.
#[derive(Debug, Clone)]
pub(crate) struct Attach {
    network: String,
    aliases: Vec<String>,
}

impl Attach {
    pub(crate) fn to(network: &str) -> Self {
        Self {
            network: network.into(),
            aliases: Vec::new(),
        }
    }

    pub(crate) fn alias(mut self, alias: &str) -> Self {
        self.aliases.push(alias.into());
        self
    }
}

/// A topology in the making: it begins with the three predefined networks; subnets and addresses are dealt as Docker deals them.
#[derive(Debug)]
pub(crate) struct Draft {
    topology: Topology,
}

impl Default for Draft {
    fn default() -> Self {
        let mut draft = Self {
            topology: Topology::default(),
        };
        for (name, driver) in [("bridge", "bridge"), ("host", "host"), ("none", "null")] {
            draft.add_network(name, driver, false);
        }
        draft
    }
}

impl Draft {
    pub(crate) fn network(mut self, name: &str) -> Self {
        self.add_network(name, "bridge", false);
        self
    }

    pub(crate) fn internal(mut self, name: &str) -> Self {
        self.add_network(name, "bridge", true);
        self
    }

    pub(crate) fn container(mut self, name: &str, attach: &[Attach]) -> Self {
        let mode = attach.first().map_or("none", |a| a.network.as_str()).to_owned();
        self.add_container(name, &mode, attach);
        self
    }

    pub(crate) fn joined(mut self, name: &str, target: &str) -> Self {
        let id = self
            .topology
            .container(target)
            .map_or_else(String::new, |c| c.id.clone());
        self.add_container(name, &format!("container:{id}"), &[]);
        self
    }

    pub(crate) fn with_mode(mut self, name: &str, mode: &str) -> Self {
        self.add_container(name, mode, &[]);
        self
    }

    pub(crate) fn exited(mut self, name: &str, exit_code: i32) -> Self {
        for container in self.topology.containers.iter_mut().filter(|c| c.name == name) {
            container.state = ContainerState::Exited;
            container.exit_code = Some(exit_code);
            for endpoint in &mut container.endpoints {
                endpoint.address = None;
                endpoint.id.clear();
            }
        }
        self
    }

    pub(crate) fn done(self) -> Topology {
        self.topology
    }

    fn add_network(&mut self, name: &str, driver: &str, internal: bool) {
        let n = self.topology.networks.len();
        let bridged = driver == "bridge";
        let base = |host| Ipv4Addr::new(172, 17 + u8::try_from(n).unwrap(), 0, host);
        let id = format!("{:064x}", 0xa000 + n);
        self.topology.networks.push(Network {
            bridge: bridged.then(|| {
                if name == "bridge" {
                    "docker0".into()
                } else {
                    format!("br-{}", &id[..12])
                }
            }),
            id,
            name: name.into(),
            driver: driver.into(),
            subnet: bridged.then(|| Ipv4Network::new(base(0), 16).unwrap()),
            gateway: bridged.then(|| base(1)),
            internal,
            predefined: n < 3,
            created: i64::try_from(n).unwrap(),
            mark: Mark::Deduced,
        });
    }

    fn add_container(&mut self, name: &str, mode: &str, attach: &[Attach]) {
        let n = self.topology.containers.len();
        let id = format!("{:064x}", 0xc000 + n);
        let endpoints = attach.iter().map(|attach| self.endpoint(name, &id, attach)).collect();
        self.topology.containers.push(Container {
            id,
            name: name.into(),
            image: "alpine".into(),
            state: ContainerState::Running,
            exit_code: None,
            network_mode: mode.into(),
            endpoints,
            created: i64::try_from(n).unwrap(),
        });
    }

    fn endpoint(&self, name: &str, id: &str, attach: &Attach) -> Endpoint {
        let network = self.topology.network(&attach.network).unwrap();
        let taken = self
            .topology
            .containers
            .iter()
            .flat_map(|c| &c.endpoints)
            .filter(|e| e.network == network.id);
        let host = 2 + u32::try_from(taken.count()).unwrap();
        let subnet = network.subnet.unwrap();
        let address = Ipv4Network::new(subnet.nth(host).unwrap(), subnet.prefix()).unwrap();
        let mut names = vec![name.to_owned()];
        names.extend(attach.aliases.iter().cloned());
        names.push(id[..12].to_owned());
        Endpoint {
            network: network.id.clone(),
            id: format!("{:0>64}", format!("e{host:x}{}", &id[60..])),
            address: Some(address),
            priority: 0,
            mac: None,
            mtu: None,
            aliases: attach.aliases.clone(),
            names: if network.predefined { Vec::new() } else { names },
            interface: None,
            host_end: None,
            mark: Mark::Deduced,
        }
    }
}

/// Up to six running containers on any of the default bridge and up to four other networks, some internal.
pub(crate) fn arbitrary() -> impl Strategy<Value = Topology> {
    let networks = proptest::collection::vec(any::<bool>(), 0..4);
    let containers = proptest::collection::vec(proptest::collection::btree_set(0..5usize, 0..3), 0..6);
    (networks, containers).prop_map(|(networks, containers)| {
        let names = ["bridge", "zeta", "alpha", "mid", "beta"];
        let mut draft = Draft::default();
        for (internal, name) in networks.iter().zip(&names[1..]) {
            draft = if *internal {
                draft.internal(name)
            } else {
                draft.network(name)
            };
        }
        for (n, on) in containers.iter().enumerate() {
            let attach: Vec<Attach> = on
                .iter()
                .filter(|&&i| i <= networks.len())
                .map(|&i| Attach::to(names[i]))
                .collect();
            draft = draft.container(&format!("c{n}"), &attach);
        }
        draft.done()
    })
}
