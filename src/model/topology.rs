//! The state of one lab as every reader (picture, checks, sharing) sees it.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;
use serde::{Deserialize, Serialize};

/// How a fact on the screen is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Captured or reported by the kernel.
    Seen,
    /// Follows from the engine's state.
    Deduced,
    /// Part of the simulated outside, or asked for with "what if?".
    Simulated,
}

/// A Docker network: one virtual switch with its own subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// 64 lower-case hexadecimal characters.
    pub id: String,
    /// Name given at creation.
    pub name: String,
    /// `bridge`, `host`, `null`, …
    pub driver: String,
    /// First IPv4 subnet, absent for `host` and `none`.
    pub subnet: Option<Ipv4Network>,
    /// Address of the bridge inside the subnet.
    pub gateway: Option<Ipv4Addr>,
    /// Kernel name of the bridge (`docker0`, `br-<12 hex>`).
    pub bridge: Option<String>,
    /// Created with `--internal`: no way out.
    pub internal: bool,
    /// One of the three networks that exist at start.
    pub predefined: bool,
    /// Creation time, nanoseconds since the Unix epoch.
    pub created: i64,
    /// How the bridge is known.
    pub mark: Mark,
}

impl Network {
    /// Whether this is its id or its name.
    #[must_use]
    pub fn is_called(&self, id_or_name: &str) -> bool {
        self.id == id_or_name || self.name == id_or_name
    }
}

/// Life-cycle state of a container, as `State.Status` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    /// Created, never started.
    Created,
    /// Running.
    Running,
    /// Ended.
    Exited,
}

/// One attachment of a container to a network: a veth pair and its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Id of the [`Network`]; the name it was asked for by, where the container never ran.
    pub network: String,
    /// Endpoint id, empty while the container is not running.
    pub id: String,
    /// Address with the subnet's prefix length.
    pub address: Option<Ipv4Network>,
    /// `gw-priority`: of its container's networks the one with the highest is asked for names, and gives the way out, first.
    #[serde(default)]
    pub priority: i64,
    /// MAC address, `aa:bb:cc:dd:ee:ff`.
    pub mac: Option<String>,
    /// Largest packet of the interface inside the container, bytes, where it is known.
    #[serde(default)]
    pub mtu: Option<u32>,
    /// Aliases the user gave, in order.
    pub aliases: Vec<String>,
    /// Every name this endpoint answers to on this network, in the order Docker registers them.
    pub names: Vec<String>,
    /// Interface inside the container (`eth0`), where it is known.
    pub interface: Option<String>,
    /// The host's end of the veth pair, where it is known.
    pub host_end: Option<String>,
    /// How the cable is known.
    pub mark: Mark,
}

impl Endpoint {
    /// Whether it is on this network, or was asked for there.
    #[must_use]
    pub fn is_on(&self, network: &Network) -> bool {
        network.is_called(&self.network)
    }
}

/// A container and its endpoints, in attach order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// 64 lower-case hexadecimal characters.
    pub id: String,
    /// Name without the leading slash.
    pub name: String,
    /// Image reference as typed.
    pub image: String,
    /// Life-cycle state.
    pub state: ContainerState,
    /// Exit code of the last run, for [`ContainerState::Exited`].
    pub exit_code: Option<i32>,
    /// `default`, a network's name, `none`, `host` or `container:<id>`.
    pub network_mode: String,
    /// Attachments.
    pub endpoints: Vec<Endpoint>,
    /// Creation time, nanoseconds since the Unix epoch.
    pub created: i64,
}

/// The lab host's way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uplink {
    /// Address of the lab host on it (`192.168.1.2/24`).
    pub address: Ipv4Network,
    /// The router behind it.
    pub router: Ipv4Addr,
    /// Always [`Mark::Simulated`] on the built-in engine.
    pub mark: Mark,
}

/// Everything that is in a lab at one moment. Networks and containers are in creation order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// All networks, the predefined ones included.
    pub networks: Vec<Network>,
    /// All containers, running or not.
    pub containers: Vec<Container>,
    /// Absent where it is not known (a real Engine's host).
    pub uplink: Option<Uplink>,
}

impl Topology {
    /// The network of that id or name.
    #[must_use]
    pub fn network(&self, id_or_name: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.is_called(id_or_name))
    }

    /// The container of that id or name.
    #[must_use]
    pub fn container(&self, id_or_name: &str) -> Option<&Container> {
        self.containers
            .iter()
            .find(|c| c.id == id_or_name || c.name == id_or_name)
    }
}
