//! The fold: what is told by events, by inspection and by the kernel, into one state. Pure.

use std::collections::{HashMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use bollard::models::{ContainerInspectResponse, EventMessage, EventMessageTypeEnum, NetworkInspect};

use super::asked;
use super::inspected;
use super::kernel::{Cable, Kernel};
use super::state::{BackendInfo, BackendKind, Happening, LabState, TimelineEntry};
use crate::model::{Container, Endpoint, Mark, Network, Topology};
use crate::observe::{Event, Exchange, Observation};

/// Entries that the timeline keeps; as many as an Engine keeps events.
pub(super) const TIMELINE: usize = 256;

/// Nanoseconds within which the same thing told again is the same thing.
const TWICE: i64 = 1_000_000_000;

/// What an event touched: to be inspected, and folded in again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Touched {
    /// The network of that id.
    Network(String),
    /// The container of that id.
    Container(String),
}

/// Everything known of a lab so far.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    backend: BackendInfo,
    networks: Vec<Network>,
    containers: Vec<Container>,
    /// Gateways that endpoints named, by network id.
    gateways: HashMap<String, Ipv4Addr>,
    /// Names by id, kept after the object is gone: its last events still name it.
    names: HashMap<String, String>,
    kernel: Kernel,
    timeline: VecDeque<TimelineEntry>,
    /// Unix time of now, and of the lab's start as far as it is known; nanoseconds.
    now: Option<i64>,
    began: Option<i64>,
    lost: Option<String>,
    last: Option<Arc<LabState>>,
}

impl Fold {
    /// Nothing known yet.
    #[must_use]
    pub fn new(backend: BackendInfo) -> Self {
        Self {
            backend,
            ..Self::default()
        }
    }

    /// A network was inspected.
    pub fn network(&mut self, inspect: NetworkInspect) {
        let Some(network) = inspected::network(inspect) else {
            return;
        };
        self.names.insert(network.id.clone(), network.name.clone());
        match self.networks.iter_mut().find(|known| known.id == network.id) {
            Some(known) => *known = network,
            None => self.networks.push(network),
        }
        self.networks
            .sort_by_key(|network| (!network.predefined, network.created));
    }

    /// A container was inspected. Endpoints that were known keep their place, new ones come behind: the API does not
    /// tell the order of attachment.
    pub fn container(&mut self, inspect: ContainerInspectResponse) {
        let Some((mut container, gateways)) = inspected::container(inspect) else {
            return;
        };
        self.gateways.extend(gateways);
        self.call(&container.id, &container.name);
        let mode = self.name_of_mode(&container.network_mode);
        container.network_mode = mode;
        let first = self
            .networks
            .iter()
            .find(|network| is_mode(network, &container.network_mode));
        let first = first.map(|network| network.id.clone());
        container
            .endpoints
            .sort_by_key(|endpoint| Some(&endpoint.network) != first.as_ref());
        match self.containers.iter_mut().find(|known| known.id == container.id) {
            Some(known) => {
                let place = |endpoint: &Endpoint| {
                    let at = known.endpoints.iter().position(|old| old.network == endpoint.network);
                    at.unwrap_or(usize::MAX)
                };
                container.endpoints.sort_by_key(place);
                *known = container;
            }
            None => self.containers.push(container),
        }
        self.containers.sort_by_key(|container| container.created);
    }

    /// What was touched is not there any more.
    pub fn gone(&mut self, touched: &Touched) {
        match touched {
            Touched::Network(id) => {
                self.networks.retain(|network| network.id != *id);
                self.gateways.remove(id);
            }
            Touched::Container(id) => {
                self.containers.retain(|container| container.id != *id);
                self.kernel.forget(id);
            }
        }
    }

    /// Everything inspected is forgotten: what follows is a whole new look. Timeline and kernel stay.
    pub fn start_over(&mut self) {
        self.networks.clear();
        self.containers.clear();
        self.gateways.clear();
    }

    /// What has to be inspected because of an event; None where it changes nothing that is shown.
    #[must_use]
    pub fn touched(event: &EventMessage) -> Option<Touched> {
        let actor = event.actor.as_ref()?;
        let action = event.action.as_deref()?;
        match event.typ? {
            EventMessageTypeEnum::NETWORK => match action {
                "create" | "destroy" | "remove" => Some(Touched::Network(actor.id.clone()?)),
                "connect" | "disconnect" => Some(Touched::Container(attribute(event, "container")?)),
                _ => None,
            },
            EventMessageTypeEnum::CONTAINER => match action {
                "create" | "start" | "die" | "destroy" | "rename" | "pause" | "unpause" => {
                    Some(Touched::Container(actor.id.clone()?))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Puts an event on the timeline. Called after what it touched was folded in, so that addresses are known.
    pub fn happened(&mut self, event: &EventMessage) {
        let id = event.actor.as_ref().and_then(|actor| actor.id.as_ref());
        if let Some((id, name)) = id.zip(attribute(event, "name")) {
            self.call(id, &name);
        }
        let Some(what) = self.happening(event) else { return };
        let at = event
            .time_nano
            .or_else(|| event.time?.checked_mul(1_000_000_000))
            .unwrap_or_default();
        let container = match event.typ {
            Some(EventMessageTypeEnum::CONTAINER) => id.cloned(),
            _ => attribute(event, "container"),
        };
        let entry = TimelineEntry { at, container, what };
        // Engine 20.10 tells an explicit disconnect twice.
        let is_event = |known: &&TimelineEntry| !matches!(known.what, Happening::DnsAsked { .. });
        let last = self.timeline.iter().rev().find(is_event);
        let is_same = |last: &TimelineEntry| last.what == entry.what && last.container == entry.container;
        if last.is_some_and(|last| is_same(last) && at.saturating_sub(last.at) < TWICE) {
            return;
        }
        asked::insert(&mut self.timeline, entry);
    }

    /// It is this Unix time, nanoseconds: observations count theirs from the lab's start, which is found by what is told soonest.
    pub fn clock(&mut self, now: i64) {
        self.now = Some(now);
    }

    /// Folds in what was seen.
    pub fn observe(&mut self, observation: Observation) {
        if let Event::Dns(exchange) = observation.event {
            self.asked(&observation.place, observation.at, *exchange);
        } else {
            self.kernel.observe(observation);
        }
    }

    fn asked(&mut self, container: &str, since: u64, exchange: Exchange) {
        let since = i64::try_from(since).unwrap_or(i64::MAX);
        let guess = self.now.map(|now| now.saturating_sub(since));
        self.began = self.began.into_iter().chain(guess).min();
        let at = self.began.unwrap_or_default().saturating_add(since);
        let name = self
            .names
            .get(container)
            .map_or_else(|| asked::short(container), String::as_str);
        asked::ask(&mut self.timeline, at, (container, name), exchange);
    }

    /// A container is called so; what it asked before that was known is told by its name too.
    fn call(&mut self, id: &str, name: &str) {
        if self.names.insert(id.to_owned(), name.to_owned()).is_none() {
            asked::name(&mut self.timeline, id, name);
        }
    }

    /// The backend was lost, or (None) is back.
    pub fn lost(&mut self, reason: Option<String>) {
        self.lost = reason;
    }

    /// The state, where it differs from the last one given.
    pub fn changed(&mut self) -> Option<Arc<LabState>> {
        let topology = self.topology();
        if let Some(last) = &self.last
            && *last.topology == topology
            && last.lost == self.lost
            && last.timeline.iter().eq(&self.timeline)
        {
            return None;
        }
        let state = Arc::new(LabState {
            revision: self.last.as_ref().map_or(1, |last| last.revision + 1),
            backend: self.backend.clone(),
            topology: Arc::new(topology),
            timeline: Arc::new(self.timeline.iter().cloned().collect()),
            lost: self.lost.clone(),
        });
        self.last = Some(Arc::clone(&state));
        Some(state)
    }

    /// Engines 25 and later write a network's full id where its name was typed.
    fn name_of_mode(&self, mode: &str) -> String {
        self.names
            .get(mode)
            .filter(|_| mode.len() == 64)
            .map_or_else(|| mode.to_owned(), Clone::clone)
    }

    fn happening(&self, event: &EventMessage) -> Option<Happening> {
        let name = || attribute(event, "name");
        let happening = match (event.typ?, event.action.as_deref()?) {
            (EventMessageTypeEnum::NETWORK, "create") => Happening::NetworkCreated { network: name()? },
            (EventMessageTypeEnum::NETWORK, "destroy" | "remove") => Happening::NetworkRemoved { network: name()? },
            (EventMessageTypeEnum::NETWORK, action @ ("connect" | "disconnect")) => {
                let (network, id) = (name()?, attribute(event, "container")?);
                if inspected::has_no_cables(&network) {
                    return None;
                }
                let container = self.names.get(&id).map_or_else(|| asked::short(&id), String::as_str);
                let container = container.to_owned();
                if action == "connect" {
                    let address = self.address(&id, event.actor.as_ref()?.id.as_ref()?);
                    Happening::Connected {
                        container,
                        network,
                        address,
                    }
                } else {
                    Happening::Disconnected { container, network }
                }
            }
            (EventMessageTypeEnum::CONTAINER, "rename") => Happening::ContainerRenamed {
                before: attribute(event, "oldName")?.trim_start_matches('/').to_owned(),
                container: name()?,
            },
            (EventMessageTypeEnum::CONTAINER, "start") => Happening::ContainerStarted { container: name()? },
            (EventMessageTypeEnum::CONTAINER, "die") => Happening::ContainerDied {
                container: name()?,
                exit_code: attribute(event, "exitCode")
                    .and_then(|code| code.parse().ok())
                    .unwrap_or_default(),
            },
            (EventMessageTypeEnum::CONTAINER, "destroy") => Happening::ContainerRemoved { container: name()? },
            _ => return None,
        };
        Some(happening)
    }

    fn address(&self, container: &str, network: &str) -> Option<String> {
        let container = self.containers.iter().find(|known| known.id == container)?;
        let endpoint = container
            .endpoints
            .iter()
            .find(|endpoint| endpoint.network == network)?;
        Some(endpoint.address?.ip().to_string())
    }

    fn topology(&self) -> Topology {
        let networks: Vec<Network> = self.networks.iter().map(|network| self.seen_network(network)).collect();
        let containers = self
            .containers
            .iter()
            .map(|container| self.seen_container(container, &networks))
            .collect();
        let uplink = if self.backend.kind == BackendKind::Builtin {
            self.kernel.uplink()
        } else {
            None
        };
        Topology {
            networks,
            containers,
            uplink,
        }
    }

    fn seen_network(&self, network: &Network) -> Network {
        let mut network = network.clone();
        if let Some(bridge) = network.bridge.as_deref()
            && self.kernel.bridge(bridge).is_some()
        {
            network.mark = Mark::Seen;
        }
        // With a subnet and no gateway asked for, inspection leaves out the gateway that was taken.
        network.gateway = network.gateway.or_else(|| {
            let subnet = network.subnet?;
            let told = || self.gateways.get(&network.id).copied();
            let seen = network
                .bridge
                .as_deref()
                .and_then(|bridge| self.kernel.address_of_bridge(bridge, subnet));
            seen.or_else(told)
                .or_else(|| subnet.nth(1).filter(|_| subnet.prefix() < 31))
        });
        network
    }

    fn seen_container(&self, container: &Container, networks: &[Network]) -> Container {
        let mut container = container.clone();
        for endpoint in &mut container.endpoints {
            let network = networks.iter().find(|network| network.id == endpoint.network);
            let Some(bridge) = network.and_then(|network| network.bridge.as_deref()) else {
                continue;
            };
            let cable = self
                .kernel
                .cable(&container.id, endpoint.mac.as_deref(), endpoint.address, bridge);
            let cable = if cable == Cable::default() {
                self.counted_cable(endpoint, bridge)
            } else {
                cable
            };
            endpoint.interface = cable.interface;
            endpoint.host_end = cable.host_end;
            endpoint.mtu = cable.mtu;
            if cable.seen {
                endpoint.mark = Mark::Seen;
            }
        }
        container
    }

    /// Where the inside of containers is not reported: as many cables on the bridge as endpoints on the network means that each
    /// is there; a single one is known by name too.
    fn counted_cable(&self, endpoint: &Endpoint, bridge: &str) -> Cable {
        if endpoint.address.is_none() {
            return Cable::default();
        }
        let ports = self.kernel.ports(bridge);
        let all = self.containers.iter().flat_map(|container| &container.endpoints);
        let live = all
            .filter(|other| other.network == endpoint.network && other.address.is_some())
            .count();
        Cable {
            interface: None,
            mtu: None,
            host_end: ports
                .first()
                .filter(|_| ports.len() == 1 && live == 1)
                .map(|port| port.name.clone()),
            seen: ports.len() == live,
        }
    }
}

/// `default` and an empty mode mean the default bridge (moby `normalizeNetworkMode`).
fn is_mode(network: &Network, mode: &str) -> bool {
    network.name == mode || (network.name == "bridge" && matches!(mode, "default" | ""))
}

fn attribute(event: &EventMessage, name: &str) -> Option<String> {
    event.actor.as_ref()?.attributes.as_ref()?.get(name).cloned()
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod timeline_tests;
