//! What the kernel reported, by place: enough to know which of the things that the API tells of were seen to exist.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use crate::model::{Mark, Uplink};
use crate::observe::{Event, Observation};

/// The lab host's place in observations.
const HOST: &str = "host";
/// The simulated router's.
const ROUTER: &str = "router";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) index: u32,
    pub(super) name: String,
    kind: String,
    master: Option<u32>,
    peer: Option<u32>,
    mac: String,
    mtu: u32,
    addresses: Vec<Ipv4Network>,
}

/// Links and their addresses, by place and index.
#[derive(Debug, Clone, Default)]
pub(super) struct Kernel {
    places: HashMap<String, BTreeMap<u32, Link>>,
}

/// A veth pair that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cable {
    pub(super) interface: Option<String>,
    pub(super) host_end: Option<String>,
    pub(super) mtu: Option<u32>,
    pub(super) seen: bool,
}

impl Kernel {
    pub(super) fn observe(&mut self, observation: Observation) {
        let links = self.places.entry(observation.place).or_default();
        match observation.event {
            Event::Link {
                index,
                name,
                kind,
                master,
                peer,
                mac,
                mtu,
                ..
            } => {
                let addresses = links.remove(&index).map(|old| old.addresses).unwrap_or_default();
                links.insert(
                    index,
                    Link {
                        index,
                        name,
                        kind,
                        master,
                        peer,
                        mac,
                        mtu,
                        addresses,
                    },
                );
            }
            Event::LinkGone { index, .. } => {
                links.remove(&index);
            }
            Event::Address { index, address } => {
                let link = links.entry(index).or_default();
                link.index = index;
                if let Some(address) = address.parse().ok().filter(|address| !link.addresses.contains(address)) {
                    link.addresses.push(address);
                }
            }
            Event::AddressGone { index, address } => {
                if let Some(link) = links.get_mut(&index) {
                    link.addresses.retain(|known| known.to_string() != address);
                }
            }
            Event::Dns(_) | Event::DnsUntold { .. } | Event::Unknown => {}
        }
    }

    /// Forgets a container's namespace; the kernel does not report the end of what dies with it.
    pub(super) fn forget(&mut self, container: &str) {
        self.places.remove(container);
    }

    pub(super) fn bridge(&self, name: &str) -> Option<&Link> {
        self.links(HOST).find(|link| link.kind == "bridge" && link.name == name)
    }

    /// The bridge's own address inside a subnet.
    pub(super) fn address_of_bridge(&self, name: &str, subnet: Ipv4Network) -> Option<Ipv4Addr> {
        let addresses = &self.bridge(name)?.addresses;
        addresses
            .iter()
            .map(|address| address.ip())
            .find(|&address| subnet.contains(address))
    }

    /// The cable of an endpoint: found by its MAC or its address inside the container, then by its peer on the host.
    pub(super) fn cable(
        &self,
        container: &str,
        mac: Option<&str>,
        address: Option<Ipv4Network>,
        bridge: &str,
    ) -> Cable {
        let inside = self.links(container).find(|link| {
            mac.is_some_and(|mac| link.mac.eq_ignore_ascii_case(mac))
                || address.is_some_and(|address| link.addresses.contains(&address))
        });
        let Some(inside) = inside else { return Cable::default() };
        let bridge = self.bridge(bridge).map(|bridge| bridge.index);
        let host_end = self.links(HOST).find(|link| {
            link.kind == "veth" && Some(link.index) == inside.peer && link.peer.is_none_or(|peer| peer == inside.index)
        });
        Cable {
            interface: Some(inside.name.clone()),
            mtu: Some(inside.mtu).filter(|mtu| *mtu > 0),
            seen: host_end.is_some_and(|end| end.master.is_some() && end.master == bridge),
            host_end: host_end.map(|end| end.name.clone()),
        }
    }

    /// The veth ends that are ports of a bridge, in order of their index.
    pub(super) fn ports(&self, bridge: &str) -> Vec<&Link> {
        let Some(bridge) = self.bridge(bridge) else {
            return Vec::new();
        };
        self.links(HOST)
            .filter(|link| link.kind == "veth" && link.master == Some(bridge.index))
            .collect()
    }

    /// The host's address that is on no bridge and no loopback, and the router in the same subnet.
    pub(super) fn uplink(&self) -> Option<Uplink> {
        let address = self
            .links(HOST)
            .filter(|link| link.kind != "bridge" && link.name != "lo")
            .find_map(|link| {
                link.addresses
                    .iter()
                    .find(|address| !address.ip().is_loopback())
                    .copied()
            })?;
        let routers = self
            .links(ROUTER)
            .flat_map(|link| &link.addresses)
            .map(|router| router.ip());
        let router = routers
            .filter(|&router| address.contains(router))
            .find(|&router| router != address.ip());
        Some(Uplink {
            router: router.or_else(|| address.nth(1))?,
            address,
            mark: Mark::Simulated,
        })
    }

    fn links(&self, place: &str) -> impl Iterator<Item = &Link> {
        self.places.get(place).into_iter().flat_map(BTreeMap::values)
    }
}
