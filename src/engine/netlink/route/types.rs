//! What rtnetlink answers, reduced to what the engine and the observer use.

use std::net::{IpAddr, Ipv4Addr};

use ipnetwork::Ipv4Network;
use netlink_packet_core::Parseable;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    BridgePortState, InfoBridgePort, InfoPortData, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol};

use crate::observe::Event;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags of the kernel's")]
pub struct Link {
    /// Interface index.
    pub index: u32,
    /// Interface name.
    pub name: String,
    /// `bridge`, `veth`, …; empty for hardware and loopback.
    pub kind: String,
    /// Index of the bridge it is a port of.
    pub master: Option<u32>,
    /// As a port, kept from others that are so.
    pub isolated: bool,
    /// As a port, passes packets on.
    pub forwarding: bool,
    /// Index of the veth's other end, in its own namespace.
    pub peer: Option<u32>,
    /// `IFLA_GROUP`.
    pub group: u32,
    /// Administratively up (`IFF_UP`).
    pub up: bool,
    /// Has carrier (`IFF_LOWER_UP`).
    pub carrier: bool,
    /// The kernel's bookkeeping of the carrier has caught up (`IFF_RUNNING`): until then `ip` shows `NO-CARRIER`.
    pub operational: bool,
    /// `aa:bb:cc:dd:ee:ff`.
    pub mac: String,
    /// Bytes.
    pub mtu: u32,
}

fn is_as_port(infos: &[LinkInfo], what: &InfoBridgePort) -> bool {
    infos.iter().any(|info| match info {
        LinkInfo::PortData(InfoPortData::BridgePort(port)) => port.contains(what),
        _ => false,
    })
}

impl Link {
    /// Reads an `RTM_NEWLINK` body; `None` where it is too short or speaks of a bridge port only (`AF_BRIDGE`).
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        if body.first() == Some(&BRIDGE_FAMILY) {
            return None;
        }
        let message = LinkMessage::parse(body).ok()?;
        let flags = message.header.flags;
        let mut link = Self {
            index: message.header.index,
            name: String::new(),
            kind: String::new(),
            master: None,
            isolated: false,
            forwarding: false,
            peer: None,
            group: 0,
            up: flags.contains(LinkFlags::Up),
            carrier: flags.contains(LinkFlags::LowerUp),
            operational: flags.contains(LinkFlags::Running),
            mac: String::new(),
            mtu: 0,
        };
        for attribute in message.attributes {
            match attribute {
                LinkAttribute::IfName(name) => link.name = name,
                LinkAttribute::LinkInfo(infos) => {
                    link.kind = kind_of(&infos);
                    link.isolated = is_as_port(&infos, &InfoBridgePort::Isolated(true));
                    link.forwarding = is_as_port(&infos, &InfoBridgePort::State(BridgePortState::Forwarding));
                }
                LinkAttribute::Controller(index) => link.master = Some(index).filter(|index| *index != 0),
                LinkAttribute::Link(index) => link.peer = Some(index).filter(|index| *index != 0),
                LinkAttribute::Group(group) => link.group = group,
                LinkAttribute::Address(bytes) => link.mac = format_mac(&bytes),
                LinkAttribute::Mtu(mtu) => link.mtu = mtu,
                _ => {}
            }
        }
        if link.kind != "veth" {
            link.peer = None;
        }
        Some(link)
    }

    /// The same as an observation's event.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::Link {
            index: self.index,
            name: self.name.clone(),
            kind: self.kind.clone(),
            master: self.master,
            peer: self.peer,
            up: self.up,
            carrier: self.carrier,
            mac: self.mac.clone(),
            mtu: self.mtu,
        }
    }
}

/// `AF_BRIDGE` (linux/socket.h): the family of port notifications, which repeat what the link's own say.
const BRIDGE_FAMILY: u8 = 7;

fn kind_of(infos: &[LinkInfo]) -> String {
    infos
        .iter()
        .find_map(|info| match info {
            LinkInfo::Kind(kind) => Some(kind.to_string()),
            _ => None,
        })
        .unwrap_or_default()
}

fn format_mac(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

/// An IPv4 address of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Interface index.
    pub index: u32,
    /// Address and prefix length.
    pub address: Ipv4Network,
}

impl Address {
    /// Reads an `RTM_NEWADDR` or `RTM_DELADDR` body; `None` for IPv6 and for what is too short.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let message = AddressMessage::parse(body).ok()?;
        let local = message.attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Local(IpAddr::V4(address)) => Some(*address),
            _ => None,
        })?;
        let address = Ipv4Network::new(local, message.header.prefix_len).ok()?;
        Some(Self {
            index: message.header.index,
            address,
        })
    }
}

/// An IPv4 route of the main table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteEntry {
    /// `0.0.0.0/0` for the default route.
    pub destination: Ipv4Network,
    /// Next hop; absent on a directly connected subnet.
    pub via: Option<Ipv4Addr>,
    /// Interface index it leaves by.
    pub oif: Option<u32>,
    /// Made by the kernel itself from an address (`RTPROT_KERNEL`).
    pub by_kernel: bool,
}

impl RouteEntry {
    /// Reads an `RTM_NEWROUTE` body; `None` for other tables and for what is too short.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let message = RouteMessage::parse(body).ok()?;
        if message.header.table != RouteHeader::RT_TABLE_MAIN {
            return None;
        }
        let mut entry = Self {
            destination: Ipv4Network::new(Ipv4Addr::UNSPECIFIED, 0).ok()?,
            via: None,
            oif: None,
            by_kernel: message.header.protocol == RouteProtocol::Kernel,
        };
        for attribute in message.attributes {
            match attribute {
                RouteAttribute::Destination(RouteAddress::Inet(address)) => {
                    entry.destination = Ipv4Network::new(address, message.header.destination_prefix_length).ok()?;
                }
                RouteAttribute::Gateway(RouteAddress::Inet(address)) => entry.via = Some(address),
                RouteAttribute::Oif(index) => entry.oif = Some(index),
                _ => {}
            }
        }
        Some(entry)
    }
}
