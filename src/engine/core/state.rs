//! The state of one lab. A value: cloning it shares everything that did not change.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnetwork::Ipv4Network;

use super::era::Rules;
use super::exec::Exec;
use super::image::ImageRecord;
use super::link::Link;
use super::spec::{ContainerSpec, EndpointSpec};
use crate::engine::drivers::BridgeSettings;
use crate::engine::ipam::{IpamEntry, Pool, Space};

/// Networks, containers and subnets of one lab, at one moment.
#[derive(Debug, Clone)]
pub struct State {
    pub(super) rules: &'static Rules,
    pub(super) space: Space,
    pub(super) networks: BTreeMap<Arc<str>, Arc<Network>>,
    pub(super) containers: BTreeMap<Arc<str>, Arc<Container>>,
    pub(super) images: Arc<[ImageRecord]>,
    /// Images that a lab begins with, and that come back when asked for.
    pub(super) built_in: Arc<[ImageRecord]>,
    pub(super) execs: BTreeMap<Arc<str>, Arc<Exec>>,
    /// Root file systems of imported images that are kept, and the bytes each takes.
    pub(super) stores: BTreeMap<Arc<str>, u64>,
}

/// What a network is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Driver {
    /// A Linux bridge.
    Bridge(BridgeSettings),
    /// The lab host's own namespace.
    Host,
    /// Nothing but loopback.
    Null,
}

impl Driver {
    /// Docker's name of it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bridge(_) => "bridge",
            Self::Host => "host",
            Self::Null => "null",
        }
    }
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, as `inspect` prints them"
)]
pub struct Network {
    /// 64 hexadecimal characters.
    pub id: String,
    /// Name.
    pub name: String,
    /// Nanoseconds since the Unix epoch.
    pub created: i64,
    /// Driver and what it needs.
    pub driver: Driver,
    /// Addresses, where the driver has any.
    pub pool: Option<Pool>,
    /// What containers use as their gateway.
    pub container_gateway: Option<Ipv4Addr>,
    /// `IPAM.Options` as sent.
    pub ipam_options: Option<BTreeMap<String, String>>,
    /// `IPAM.Config` as `inspect` prints it.
    pub ipam: Vec<IpamEntry>,
    /// The person gave the subnet: static addresses are allowed.
    pub own_subnet: bool,
    /// `--internal`.
    pub internal: bool,
    /// `--attachable`.
    pub attachable: bool,
    /// `-o`, as sent.
    pub options: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// One of the three that exist at start.
    pub predefined: bool,
}

/// Where a container is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Never ran.
    Created,
    /// Runs.
    Running,
    /// Ran.
    Exited,
}

impl Phase {
    /// `State.Status`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Exited => "exited",
        }
    }
}

/// A container's life so far. Times are nanoseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// Phase.
    pub phase: Phase,
    /// Of the last run, or of the failed start.
    pub exit_code: i32,
    /// Why the last start was refused.
    pub error: String,
    /// Process id of the first process, as the lab counts; 0 while it does not run.
    pub pid: u32,
    /// Last start.
    pub started: Option<i64>,
    /// Last end.
    pub finished: Option<i64>,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// 64 hexadecimal characters.
    pub id: String,
    /// Name, without the leading slash.
    pub name: String,
    /// The name was given, not generated.
    pub named: bool,
    /// Nanoseconds since the Unix epoch.
    pub created: i64,
    /// `sha256:…` of its image.
    pub image_id: String,
    /// The name under which its root file system is kept.
    pub image_store: String,
    /// What was asked for, completed from the image.
    pub spec: Arc<ContainerSpec>,
    /// Names it has for others on the default bridge.
    pub links: Vec<Link>,
    /// Attachments, in attach order.
    pub endpoints: Vec<Endpoint>,
    /// Id of the network sandbox, empty while it does not run.
    pub sandbox_id: String,
    /// Of this run, by prefix: the number after that of the interface made last.
    pub interfaces: BTreeMap<String, u32>,
    /// Of this run: the embedded resolver answers at 127.0.0.11. Once it does, it does so until the container ends.
    pub resolver: bool,
    /// It is being restarted: its end is not the end of it.
    pub held: bool,
    /// Life so far.
    pub life: Lifecycle,
}

impl Container {
    /// Whether its first process runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.life.phase == Phase::Running
    }

    /// The program and its arguments.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        let parts = [&self.spec.entrypoint, &self.spec.cmd];
        parts.into_iter().flatten().flatten().cloned().collect()
    }

    /// What `--cap-add` gave it, as the kernel's names without `CAP_`.
    pub(super) fn capabilities_added(&self) -> Vec<String> {
        let bare = |name: &String| name.trim_start_matches("CAP_").to_owned();
        self.spec.cap_add.iter().map(bare).collect()
    }

    /// Signal that asks it to stop.
    #[must_use]
    pub fn stop_signal(&self) -> i32 {
        super::parse_signal(&self.spec.stop_signal).unwrap_or(15)
    }
}

/// An attachment of a container to a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Network's name (or, before the first start, whatever the person wrote).
    pub network: String,
    /// Network's id, empty before the first start.
    pub network_id: String,
    /// What was asked for.
    pub spec: EndpointSpec,
    /// Names it answers to on this network, in Docker's order; empty before the first start and on predefined networks.
    pub names: Vec<String>,
    /// What it has while the container runs.
    pub live: Option<LiveEndpoint>,
}

/// An attachment that is in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEndpoint {
    /// 64 hexadecimal characters.
    pub id: String,
    /// Address with the subnet's prefix length; absent on `none`.
    pub address: Option<Ipv4Network>,
    /// The network's gateway, even where it is not the default route.
    pub gateway: Option<Ipv4Addr>,
    /// `aa:bb:cc:dd:ee:ff`, empty on `none`.
    pub mac: String,
    /// Interface in the container, empty on `none`.
    pub interface: String,
    /// Interface on the lab host, empty on `none`.
    pub host_end: String,
}

impl State {
    /// The era's rules.
    #[must_use]
    pub const fn rules(&self) -> &'static Rules {
        self.rules
    }

    /// All networks, oldest first.
    #[must_use]
    pub fn networks(&self) -> Vec<&Network> {
        let mut networks: Vec<&Network> = self.networks.values().map(AsRef::as_ref).collect();
        networks.sort_by_key(|network| network.created);
        networks
    }

    /// All containers, oldest first.
    #[must_use]
    pub fn containers(&self) -> Vec<&Container> {
        let mut containers: Vec<&Container> = self.containers.values().map(AsRef::as_ref).collect();
        containers.sort_by_key(|container| container.created);
        containers
    }

    /// All images, oldest here first.
    #[must_use]
    pub fn images(&self) -> &[ImageRecord] {
        &self.images
    }

    /// Endpoints in place on a network, with their containers.
    pub fn endpoints_on<'a>(
        &'a self,
        network: &'a str,
    ) -> impl Iterator<Item = (&'a Container, &'a Endpoint, &'a LiveEndpoint)> {
        self.containers.values().flat_map(move |container| {
            let here = container
                .endpoints
                .iter()
                .filter(move |endpoint| endpoint.network_id == network);
            here.filter_map(move |endpoint| Some((container.as_ref(), endpoint, endpoint.live.as_ref()?)))
        })
    }

    /// Notes the process id of a container that was just started.
    pub fn note_pid(&mut self, container: &str, pid: u32) {
        if let Some(found) = self.containers.get_mut(container) {
            Arc::make_mut(found).life.pid = pid;
        }
    }

    pub(super) fn put_network(&mut self, network: Network) {
        self.networks.insert(network.id.as_str().into(), Arc::new(network));
    }

    pub(super) fn put_container(&mut self, container: Container) {
        self.containers
            .insert(container.id.as_str().into(), Arc::new(container));
    }
}

/// The first twelve characters of an id.
#[must_use]
pub fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
