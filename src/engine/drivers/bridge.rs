//! The bridge driver: one Linux bridge per network, one veth pair per endpoint.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::firewall;
use super::options::{Announcement, GatewayMode};
use crate::engine::plan::{Place, Step};

/// What one bridge network asks of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent options of the driver, as Docker has them"
)]
pub struct BridgeSettings {
    /// Device name.
    pub bridge: String,
    /// Subnet, network address.
    pub subnet: Ipv4Network,
    /// Address of the bridge; absent when nothing was allocated for it.
    pub gateway: Option<Ipv4Addr>,
    /// `--internal`.
    pub internal: bool,
    /// Container to container traffic.
    pub icc: bool,
    /// Masquerading on the way out.
    pub masquerade: bool,
    /// No address on the bridge.
    pub inhibit_ipv4: bool,
    /// Gateway mode.
    pub gateway_mode: GatewayMode,
    /// Source address of what leaves, instead of the address of the interface it leaves by.
    pub host_ipv4: Option<Ipv4Addr>,
    /// How neighbours are told of a new endpoint's address; absent where they are not.
    pub announcement: Option<Announcement>,
    /// Of both ends of each cable, bytes; absent leaves the kernel's 1500.
    pub mtu: Option<u32>,
    /// Of the bridge itself; absent lets it follow its ports.
    pub bridge_mtu: Option<u32>,
    /// Prefix of interface names inside containers.
    pub interface_prefix: String,
}

impl BridgeSettings {
    /// The address the bridge itself carries.
    #[must_use]
    pub fn bridge_address(&self) -> Option<Ipv4Network> {
        if self.inhibit_ipv4 || self.gateway_mode == GatewayMode::Isolated {
            return None;
        }
        Ipv4Network::new(self.gateway?, self.subnet.prefix()).ok()
    }
}

/// One endpoint: a veth pair between the bridge and a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cable {
    /// Container's full id.
    pub container: String,
    /// End on the lab host (`veth` and 7 hex).
    pub host_end: String,
    /// End in the container (`eth0`).
    pub interface: String,
    /// MAC address of the container's end.
    pub mac: String,
    /// Address of the container's end.
    pub address: Ipv4Network,
}

/// Steps that make a network: device, address, rules, and up last, so that nothing passes before its rules.
#[must_use]
pub fn create_network(settings: &BridgeSettings) -> Vec<Step> {
    let name = &settings.bridge;
    let mut steps = vec![
        Step::CreateBridge {
            place: Place::Host,
            name: name.clone(),
            mtu: settings.bridge_mtu,
        },
        Step::SetSysctl {
            place: Place::Host,
            key: format!("net.ipv6.conf.{name}.accept_ra"),
            value: "0".into(),
        },
    ];
    if let Some(address) = settings.bridge_address() {
        steps.push(Step::AddAddress {
            place: Place::Host,
            link: name.clone(),
            address,
        });
    }
    steps.push(Step::Nft {
        place: Place::Host,
        objects: firewall::network(settings),
    });
    steps.push(Step::SetUp {
        place: Place::Host,
        link: name.clone(),
        up: true,
    });
    steps
}

/// Steps that take a network away.
#[must_use]
pub fn delete_network(settings: &BridgeSettings) -> Vec<Step> {
    vec![
        Step::DeleteBridge {
            place: Place::Host,
            name: settings.bridge.clone(),
        },
        Step::NftDelete {
            place: Place::Host,
            objects: firewall::network(settings),
        },
    ]
}

/// Steps that plug a container in.
#[must_use]
pub fn attach(settings: &BridgeSettings, cable: &Cable) -> Vec<Step> {
    let inside = Place::Container(cable.container.clone());
    let mut steps = vec![
        Step::CreateVeth {
            place: Place::Host,
            name: cable.host_end.clone(),
            master: Some(settings.bridge.clone()),
            peer_place: inside.clone(),
            peer_name: cable.interface.clone(),
            peer_mac: Some(cable.mac.clone()),
            mtu: settings.mtu,
        },
        Step::AddAddress {
            place: inside.clone(),
            link: cable.interface.clone(),
            address: cable.address,
        },
        Step::SetUp {
            place: inside,
            link: cable.interface.clone(),
            up: true,
        },
        Step::SetUp {
            place: Place::Host,
            link: cable.host_end.clone(),
            up: true,
        },
    ];
    if !settings.icc {
        // Before it is up, so that nothing passes; the rules say the same where the machine shows them a bridge's packets.
        let isolate = Step::IsolatePort {
            place: Place::Host,
            link: cable.host_end.clone(),
        };
        steps.insert(1, isolate);
    }
    steps.extend(settings.announcement.map(|announcement| announce(cable, announcement)));
    steps
}

/// Tells the neighbours, who may still have another MAC address for that address of someone who has left.
fn announce(cable: &Cable, announcement: Announcement) -> Step {
    Step::AnnounceAddress {
        container: cable.container.clone(),
        link: cable.interface.clone(),
        host_end: cable.host_end.clone(),
        mac: cable.mac.clone(),
        address: cable.address.ip(),
        times: announcement.times,
        spacing: announcement.spacing,
    }
}

/// The container's default route.
#[must_use]
pub fn default_route(container: &str, via: Ipv4Addr) -> Step {
    Step::AddRoute {
        place: Place::Container(container.to_owned()),
        destination: EVERYWHERE,
        via,
    }
}

/// The default route of a container that runs, through another gateway or for the first time.
#[must_use]
pub fn turn_default_route(container: &str, via: Ipv4Addr) -> Step {
    Step::ReplaceRoute {
        place: Place::Container(container.to_owned()),
        destination: EVERYWHERE,
        via,
    }
}

/// Steps that unplug a container: the pair is known by its end on the lab host.
#[must_use]
pub fn detach(host_end: &str) -> Step {
    Step::DeleteVeth {
        place: Place::Host,
        name: host_end.to_owned(),
    }
}

/// `0.0.0.0/0`.
pub(super) const EVERYWHERE: Ipv4Network = match Ipv4Network::new_checked(Ipv4Addr::UNSPECIFIED, 0) {
    Some(network) => network,
    None => panic!("0 is a prefix length"),
};
