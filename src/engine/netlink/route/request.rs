//! rtnetlink requests as data: each function builds one message and the words of its error. Pure.

use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsRawFd, BorrowedFd};

use ipnetwork::Ipv4Network;
use netlink_packet_core::Emitable;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    InfoBridgePort, InfoData, InfoKind, InfoPortData, InfoPortKind, InfoVeth, LinkAttribute, LinkExtentMask, LinkFlags,
    LinkInfo, LinkMessage,
};
use netlink_packet_route::nsid::{NsidAttribute, NsidMessage};
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteMessage, RouteProtocol, RouteScope, RouteType};

use crate::engine::netlink::socket::bits;
use crate::engine::netlink::{DETACHED, Request};

const RTM_NEWLINK: u16 = libc::RTM_NEWLINK;
const CREATE: i32 = libc::NLM_F_CREATE | libc::NLM_F_EXCL;

/// The far end of a veth pair that is made in one message.
#[derive(Debug, Clone, Copy)]
pub struct VethPeer<'a> {
    /// Its final name.
    pub name: &'a str,
    /// Where it is born; absent means beside the near end.
    pub netns: Option<BorrowedFd<'a>>,
    /// Its MAC address; absent lets the kernel choose.
    pub mac: Option<[u8; 6]>,
}

/// A link named by index where it is known, else by name.
#[derive(Debug, Clone, Copy)]
pub enum LinkRef<'a> {
    /// Interface index.
    Index(u32),
    /// Interface name.
    Name(&'a str),
}

fn emit(message: &impl Emitable) -> Vec<u8> {
    let mut body = vec![0; message.buffer_len()];
    message.emit(&mut body);
    body
}

fn link_request(kind: u16, flags: i32, message: &LinkMessage, op: &'static str, subject: &str) -> Request {
    Request {
        kind,
        flags: bits(flags),
        body: emit(message),
        op,
        subject: subject.to_owned(),
    }
}

fn refer(link: LinkRef<'_>) -> LinkMessage {
    let mut message = LinkMessage::default();
    match link {
        LinkRef::Index(index) => message.header.index = index,
        LinkRef::Name(name) => message.attributes.push(LinkAttribute::IfName(name.to_owned())),
    }
    message
}

/// Makes a bridge with a MAC of its own: given at creation it stays, whereas a bridge without one takes the lowest of
/// its ports' and ARP entries of it go stale (`br_stp_recalculate_bridge_id`, net/bridge). Without a transmit queue, as Docker
/// makes its bridges and veths: `ip link` shows no `qlen`.
#[must_use]
pub fn create_bridge(name: &str, mac: [u8; 6], mtu: Option<u32>) -> Request {
    let mut message = LinkMessage::default();
    message.attributes.push(LinkAttribute::IfName(name.to_owned()));
    message.attributes.push(LinkAttribute::Address(mac.to_vec()));
    message.attributes.push(LinkAttribute::TxQueueLen(0));
    message.attributes.extend(mtu.map(LinkAttribute::Mtu));
    message
        .attributes
        .push(LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Bridge)]));
    link_request(RTM_NEWLINK, CREATE, &message, "create bridge", name)
}

/// Makes a veth pair in one message: the near end already a port of `master`, the far end straight in its namespace
/// under its final name, neither with a transmit queue. The far end cannot be up at once: the kernel opens it before it is joined (`ENOTCONN`).
#[must_use]
pub fn create_veth(name: &str, master: Option<u32>, mtu: Option<u32>, far: &VethPeer<'_>) -> Request {
    let mut peer = LinkMessage::default();
    peer.attributes.push(LinkAttribute::IfName(far.name.to_owned()));
    peer.attributes.push(LinkAttribute::TxQueueLen(0));
    peer.attributes
        .extend(far.mac.map(|mac| LinkAttribute::Address(mac.to_vec())));
    peer.attributes.extend(mtu.map(LinkAttribute::Mtu));
    peer.attributes
        .extend(far.netns.map(|fd| LinkAttribute::NetNsFd(fd.as_raw_fd())));
    let mut message = LinkMessage::default();
    message.attributes.push(LinkAttribute::IfName(name.to_owned()));
    message.attributes.push(LinkAttribute::TxQueueLen(0));
    message.attributes.extend(mtu.map(LinkAttribute::Mtu));
    message.attributes.extend(master.map(LinkAttribute::Controller));
    message.attributes.push(LinkAttribute::LinkInfo(vec![
        LinkInfo::Kind(InfoKind::Veth),
        LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer))),
    ]));
    link_request(RTM_NEWLINK, CREATE, &message, "create veth", name)
}

/// A link of a kind no kernel has: the kernel's refusal, with its own words, on demand.
#[must_use]
pub fn impossible_link() -> Request {
    let mut message = LinkMessage::default();
    message.attributes.push(LinkAttribute::IfName("cnm-fault".to_owned()));
    message
        .attributes
        .push(LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Other(
            "cnm-fault".to_owned(),
        ))]));
    link_request(
        RTM_NEWLINK,
        CREATE,
        &message,
        "create link of an unknown kind",
        "cnm-fault",
    )
}

/// Up or down.
#[must_use]
pub fn set_up(link: &str, up: bool) -> Request {
    let mut message = refer(LinkRef::Name(link));
    message.header.change_mask = LinkFlags::Up;
    message.header.flags = if up { LinkFlags::Up } else { LinkFlags::empty() };
    link_request(
        libc::RTM_SETLINK,
        0,
        &message,
        if up { "set up" } else { "set down" },
        link,
    )
}

/// Makes a link a port of a bridge, or of none.
#[must_use]
pub fn set_master(link: LinkRef<'_>, master: Option<u32>, subject: &str) -> Request {
    let mut message = refer(link);
    message.attributes.push(LinkAttribute::Controller(master.unwrap_or(0)));
    link_request(
        libc::RTM_SETLINK,
        0,
        &message,
        if master.is_some() { "attach" } else { "detach" },
        subject,
    )
}

/// Keeps a bridge's port from other ports that are kept so.
#[must_use]
pub fn isolate_port(link: &str) -> Request {
    let mut message = refer(LinkRef::Name(link));
    message.attributes.push(LinkAttribute::LinkInfo(vec![
        LinkInfo::PortKind(InfoPortKind::Bridge),
        LinkInfo::PortData(InfoPortData::BridgePort(vec![InfoBridgePort::Isolated(true)])),
    ]));
    link_request(RTM_NEWLINK, 0, &message, "isolate", link)
}

/// Puts a link in the group of the detached and, where it is a port, takes it out of its bridge, in one message: the
/// kernel sets the group first (`do_setlink`, net/core/rtnetlink.c), so that nobody is told of the rest.
#[must_use]
pub fn set_aside(index: u32, is_port: bool, subject: &str) -> Request {
    let mut message = refer(LinkRef::Index(index));
    message.attributes.push(LinkAttribute::Group(DETACHED));
    message
        .attributes
        .extend(is_port.then_some(LinkAttribute::Controller(0)));
    link_request(libc::RTM_SETLINK, 0, &message, "detach", subject)
}

/// Takes a link down, whatever its name is now.
#[must_use]
pub fn set_down(index: u32, subject: &str) -> Request {
    let mut message = refer(LinkRef::Index(index));
    message.header.change_mask = LinkFlags::Up;
    link_request(libc::RTM_SETLINK, 0, &message, "set down", subject)
}

/// Renames a link, which must be down on kernels before 6.2.
#[must_use]
pub fn rename(index: u32, name: &str, subject: &str) -> Request {
    let mut message = refer(LinkRef::Index(index));
    message.attributes.push(LinkAttribute::IfName(name.to_owned()));
    link_request(libc::RTM_SETLINK, 0, &message, "rename", subject)
}

/// Puts a link in a group.
#[must_use]
pub fn set_group(link: LinkRef<'_>, group: u32, subject: &str) -> Request {
    let mut message = refer(link);
    message.attributes.push(LinkAttribute::Group(group));
    link_request(libc::RTM_SETLINK, 0, &message, "set group of", subject)
}

/// Deletes one link.
#[must_use]
pub fn delete(link: LinkRef<'_>, subject: &str) -> Request {
    link_request(libc::RTM_DELLINK, 0, &refer(link), "delete", subject)
}

/// Deletes every link of a group in one grace period.
#[must_use]
pub fn delete_group(group: u32) -> Request {
    let mut message = LinkMessage::default();
    message.attributes.push(LinkAttribute::Group(group));
    link_request(libc::RTM_DELLINK, 0, &message, "delete group", &group.to_string())
}

/// Asks for one link.
#[must_use]
pub fn get_link(link: LinkRef<'_>, subject: &str) -> Request {
    let mut message = refer(link);
    message
        .attributes
        .push(LinkAttribute::ExtMask(vec![LinkExtentMask::SkipStats]));
    link_request(libc::RTM_GETLINK, 0, &message, "find", subject)
}

/// Asks for all links, or for the ports of one bridge (filtered in the kernel); with `nsid`, those of that namespace.
#[must_use]
pub fn list_links(master: Option<u32>, nsid: Option<i32>) -> Request {
    let mut message = LinkMessage::default();
    message
        .attributes
        .push(LinkAttribute::ExtMask(vec![LinkExtentMask::SkipStats]));
    message.attributes.extend(master.map(LinkAttribute::Controller));
    message.attributes.extend(nsid.map(LinkAttribute::IfNetnsId));
    link_request(libc::RTM_GETLINK, libc::NLM_F_DUMP, &message, "list links", "")
}

fn address_request(kind: u16, (index, link): (u32, &str), address: Ipv4Network) -> Request {
    let (flags, op) = match kind {
        libc::RTM_NEWADDR => (CREATE, "add address"),
        _ => (0, "delete address"),
    };
    let mut message = AddressMessage::default();
    message.header.family = AddressFamily::Inet;
    message.header.prefix_len = address.prefix();
    message.header.index = index;
    message
        .attributes
        .push(AddressAttribute::Local(IpAddr::V4(address.ip())));
    message
        .attributes
        .push(AddressAttribute::Address(IpAddr::V4(address.ip())));
    if kind == libc::RTM_NEWADDR && address.prefix() < 31 {
        message
            .attributes
            .push(AddressAttribute::Broadcast(address.broadcast()));
    }
    Request {
        kind,
        flags: bits(flags),
        body: emit(&message),
        op,
        subject: format!("{address} to {link}"),
    }
}

/// Adds an IPv4 address, with the subnet's broadcast address as Docker sets it.
#[must_use]
pub fn add_address(index: u32, address: Ipv4Network, link: &str) -> Request {
    address_request(libc::RTM_NEWADDR, (index, link), address)
}

/// Removes an IPv4 address.
#[must_use]
pub fn delete_address(index: u32, address: Ipv4Network, link: &str) -> Request {
    address_request(libc::RTM_DELADDR, (index, link), address)
}

fn dump(kind: u16, body: Vec<u8>, op: &'static str) -> Request {
    Request {
        kind,
        flags: bits(libc::NLM_F_DUMP),
        body,
        op,
        subject: String::new(),
    }
}

/// Asks for all IPv4 addresses, or for one link's (filtered in the kernel); with `nsid`, those of that namespace.
#[must_use]
pub fn list_addresses(index: Option<u32>, nsid: Option<i32>) -> Request {
    let mut message = AddressMessage::default();
    message.header.family = AddressFamily::Inet;
    message.header.index = index.unwrap_or(0);
    message.attributes.extend(nsid.map(AddressAttribute::TargetNetNsId));
    dump(libc::RTM_GETADDR, emit(&message), "list addresses")
}

fn route_message(destination: Ipv4Network, via: Option<Ipv4Addr>, oif: Option<u32>) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = AddressFamily::Inet;
    message.header.destination_prefix_length = destination.prefix();
    message.header.table = netlink_packet_route::route::RouteHeader::RT_TABLE_MAIN;
    message.header.scope = if via.is_some() {
        RouteScope::Universe
    } else {
        RouteScope::Link
    };
    if destination.prefix() > 0 {
        message
            .attributes
            .push(RouteAttribute::Destination(RouteAddress::Inet(destination.network())));
    }
    message
        .attributes
        .extend(via.map(|via| RouteAttribute::Gateway(RouteAddress::Inet(via))));
    message.attributes.extend(oif.map(RouteAttribute::Oif));
    message
}

fn route_subject(destination: Ipv4Network, via: Option<Ipv4Addr>) -> String {
    via.map_or_else(|| destination.to_string(), |via| format!("{destination} via {via}"))
}

/// Adds a route; the kernel finds the link from the gateway unless `oif` says it.
#[must_use]
pub fn add_route(destination: Ipv4Network, via: Option<Ipv4Addr>, oif: Option<u32>) -> Request {
    let mut message = route_message(destination, via, oif);
    message.header.protocol = RouteProtocol::Boot;
    message.header.kind = RouteType::Unicast;
    Request {
        kind: libc::RTM_NEWROUTE,
        flags: bits(CREATE),
        body: emit(&message),
        op: "add route",
        subject: route_subject(destination, via),
    }
}

/// Adds a route, or moves the one there is to that destination (`ip route replace`).
#[must_use]
pub fn replace_route(destination: Ipv4Network, via: Ipv4Addr) -> Request {
    Request {
        flags: bits(libc::NLM_F_CREATE | libc::NLM_F_REPLACE),
        op: "replace route",
        ..add_route(destination, Some(via), None)
    }
}

/// Removes a route.
#[must_use]
pub fn delete_route(destination: Ipv4Network, via: Option<Ipv4Addr>) -> Request {
    let mut message = route_message(destination, via, None);
    message.header.scope = RouteScope::NoWhere;
    Request {
        kind: libc::RTM_DELROUTE,
        flags: 0,
        body: emit(&message),
        op: "delete route",
        subject: route_subject(destination, via),
    }
}

/// Asks for the main table's IPv4 routes, or for those over one link (filtered in the kernel).
#[must_use]
pub fn list_routes(oif: Option<u32>) -> Request {
    let mut message = RouteMessage::default();
    message.header.address_family = AddressFamily::Inet;
    message.header.table = netlink_packet_route::route::RouteHeader::RT_TABLE_MAIN;
    message.attributes.extend(oif.map(RouteAttribute::Oif));
    dump(libc::RTM_GETROUTE, emit(&message), "list routes")
}

/// Gives another namespace a number in this one, under which its notifications arrive and its dumps are asked for.
#[must_use]
pub fn number_namespace(netns: BorrowedFd<'_>, nsid: i32, subject: &str) -> Request {
    let mut message = NsidMessage::default();
    message
        .attributes
        .push(NsidAttribute::Fd(netns.as_raw_fd().unsigned_abs()));
    message.attributes.push(NsidAttribute::Id(nsid));
    Request {
        kind: libc::RTM_NEWNSID,
        flags: 0,
        body: emit(&message),
        op: "number namespace of",
        subject: subject.to_owned(),
    }
}
