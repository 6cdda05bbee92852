//! `ip link`, and what the other objects need to know of links.

use std::fmt::Write;

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{InfoKind, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};

use super::socket::Socket;
use super::{Failure, Options, Words, unabbreviate, words};

/// The links of this namespace, in the kernel's order.
pub(super) struct Links(Vec<LinkMessage>);

impl Links {
    /// Asks the kernel.
    pub(super) fn read(socket: &mut Socket) -> Result<Self, Failure> {
        let answers = socket.dump(RouteNetlinkMessage::GetLink(LinkMessage::default()))?;
        let mut links: Vec<LinkMessage> = answers
            .into_iter()
            .filter_map(|answer| match answer {
                RouteNetlinkMessage::NewLink(link) => Some(link),
                _ => None,
            })
            .collect();
        links.sort_by_key(|link| link.header.index);
        Ok(Self(links))
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &LinkMessage> {
        self.0.iter()
    }

    /// Index of a link by its name.
    pub(super) fn index_of(&self, name: &str) -> Option<u32> {
        self.0
            .iter()
            .find(|link| name_of(link) == name)
            .map(|link| link.header.index)
    }

    /// Name of a link, or `ifN` where it is not one of this namespace.
    pub(super) fn name(&self, index: u32) -> String {
        self.get(index)
            .map_or_else(|| format!("if{index}"), |link| name_of(link).to_owned())
    }

    fn get(&self, index: u32) -> Option<&LinkMessage> {
        self.0.iter().find(|link| link.header.index == index)
    }

    /// `2: eth0@if19: <…> mtu 1500 qdisc noqueue state UP` and, where wanted, the line with the hardware address.
    pub(super) fn describe(&self, link: &LinkMessage, options: Options, hardware: bool) -> String {
        let mut text = format!("{}: {}", link.header.index, name_of(link));
        let mut peer_down = false;
        match find(link, |attribute| match attribute {
            LinkAttribute::Link(peer) => Some(*peer),
            _ => None,
        }) {
            Some(0) => text.push_str("@NONE"),
            Some(peer) => {
                let _ = write!(text, "@{}", self.name(peer));
                peer_down = !self
                    .get(peer)
                    .is_some_and(|peer| peer.header.flags.contains(LinkFlags::Up));
            }
            None => {}
        }
        let _ = write!(text, ": {} ", words::flags(link.header.flags, peer_down));
        let mut state = None;
        let mut queue = None;
        for attribute in &link.attributes {
            match attribute {
                LinkAttribute::Mtu(mtu) => {
                    let _ = write!(text, "mtu {mtu} ");
                }
                LinkAttribute::OperState(value) => state = words::state(*value),
                LinkAttribute::TxQueueLen(length) => queue = Some(*length),
                _ => {}
            }
        }
        for attribute in &link.attributes {
            match attribute {
                LinkAttribute::Qdisc(name) => {
                    let _ = write!(text, "qdisc {name} ");
                }
                LinkAttribute::Controller(master) => {
                    let _ = write!(text, "master {} ", self.name(*master));
                }
                _ => {}
            }
        }
        if let Some(state) = state {
            let _ = write!(text, "state {state} ");
        }
        // busybox puts no space after the queue's length.
        if let Some(length) = queue.filter(|length| *length > 0) {
            let _ = write!(text, "qlen {length}");
        }
        if hardware {
            text.push_str(options.line_break());
            text.push_str(&hardware_line(link));
        }
        text.push('\n');
        text
    }
}

fn hardware_line(link: &LinkMessage) -> String {
    let kind = link.header.link_layer_type;
    let mut text = format!("    link/{} ", words::link_type(kind));
    for attribute in &link.attributes {
        if let LinkAttribute::Address(bytes) = attribute {
            text.push_str(&words::hardware(bytes, kind));
        }
    }
    for attribute in &link.attributes {
        if let LinkAttribute::Broadcast(bytes) = attribute {
            let word = if link.header.flags.contains(LinkFlags::Pointopoint) {
                "peer"
            } else {
                "brd"
            };
            let _ = write!(text, " {word} {}", words::hardware(bytes, kind));
        }
    }
    text
}

fn find<T>(link: &LinkMessage, pick: impl Fn(&LinkAttribute) -> Option<T>) -> Option<T> {
    link.attributes.iter().find_map(pick)
}

fn name_of(link: &LinkMessage) -> &str {
    link.attributes
        .iter()
        .find_map(|attribute| match attribute {
            LinkAttribute::IfName(name) => Some(name.as_str()),
            _ => None,
        })
        .unwrap_or_default()
}

/// `ip link …`.
pub(super) fn run(socket: &mut Socket, options: Options, rest: &mut Words<'_>) -> Result<String, Failure> {
    let Some(word) = rest.next() else {
        return show(socket, options, rest);
    };
    match unabbreviate(word, &["add", "delete", "set", "show", "lst", "list"]) {
        Some("add") => add(socket, rest),
        Some("delete") => delete(socket, rest),
        Some("set") => set(socket, rest),
        Some(_) => show(socket, options, rest),
        None => Err(rest.invalid(word)),
    }
}

fn show(socket: &mut Socket, options: Options, rest: &mut Words<'_>) -> Result<String, Failure> {
    let links = Links::read(socket)?;
    let mut only = None;
    let mut only_up = false;
    while let Some(word) = rest.next() {
        match word {
            "up" => only_up = true,
            word => {
                let name = if word == "dev" { rest.required()? } else { word };
                only = Some(rest.device(&links, name)?);
            }
        }
    }
    Ok(links
        .iter()
        .filter(|link| only.is_none_or(|index| index == link.header.index))
        .filter(|link| !only_up || link.header.flags.contains(LinkFlags::Up))
        .map(|link| links.describe(link, options, true))
        .collect())
}

fn set(socket: &mut Socket, rest: &mut Words<'_>) -> Result<String, Failure> {
    let links = Links::read(socket)?;
    let mut message = LinkMessage::default();
    let mut device = None;
    while let Some(word) = rest.next() {
        match word {
            "up" => raise(&mut message, LinkFlags::Up, true),
            "down" => raise(&mut message, LinkFlags::Up, false),
            "arp" => raise(&mut message, LinkFlags::Noarp, !rest.switch("arp")?),
            "multicast" => raise(&mut message, LinkFlags::Multicast, rest.switch("multicast")?),
            "promisc" => raise(&mut message, LinkFlags::Promisc, rest.switch("promisc")?),
            "mtu" => message.attributes.push(LinkAttribute::Mtu(rest.number()?)),
            "qlen" => message.attributes.push(LinkAttribute::TxQueueLen(rest.number()?)),
            "name" => message
                .attributes
                .push(LinkAttribute::IfName(rest.required()?.to_owned())),
            "address" => {
                let text = rest.required()?;
                let bytes = words::read_hardware(text).ok_or_else(|| rest.fail(format!("invalid hw-addr {text}")))?;
                message.attributes.push(LinkAttribute::Address(bytes));
            }
            "master" => {
                let name = rest.required()?;
                message
                    .attributes
                    .push(LinkAttribute::Controller(rest.device(&links, name)?));
            }
            "nomaster" => message.attributes.push(LinkAttribute::Controller(0)),
            "dev" if device.is_none() => device = Some(rest.required()?),
            name if device.is_none() => device = Some(name),
            other => return Err(rest.garbage(other)),
        }
    }
    let name = device.ok_or_else(|| rest.fail("need \"dev IFACE\""))?;
    // Flags alone are set by an ioctl in busybox, which names it when the device does not exist.
    let only_flags = message.attributes.is_empty() && !message.header.change_mask.is_empty();
    message.header.index = match links.index_of(name) {
        Some(index) => index,
        None if only_flags => return Err(rest.fail("SIOCGIFFLAGS: No such device")),
        None => return Err(rest.fail(format!("can't find device '{name}'"))),
    };
    if message.attributes.is_empty() && message.header.change_mask.is_empty() {
        return Ok(String::new());
    }
    match socket.change(RouteNetlinkMessage::SetLink(message), 0) {
        Err(Failure::Refused(code)) if only_flags => {
            Err(rest.fail(format!("SIOCSIFFLAGS: {}", super::errno::of_code(code))))
        }
        other => other.map(|()| String::new()),
    }
}

fn raise(message: &mut LinkMessage, flag: LinkFlags, on: bool) {
    message.header.change_mask |= flag;
    message.header.flags.set(flag, on);
}

fn delete(socket: &mut Socket, rest: &mut Words<'_>) -> Result<String, Failure> {
    let links = Links::read(socket)?;
    let mut name = rest.required()?;
    if name == "dev" {
        name = rest.required()?;
    }
    let mut message = LinkMessage::default();
    message.header.index = rest.device(&links, name)?;
    socket.change(RouteNetlinkMessage::DelLink(message), 0)?;
    Ok(String::new())
}

fn add(socket: &mut Socket, rest: &mut Words<'_>) -> Result<String, Failure> {
    let links = Links::read(socket)?;
    let mut message = LinkMessage::default();
    let mut kind = None;
    while let Some(word) = rest.next() {
        match word {
            "type" => kind = Some(rest.required()?),
            "link" => {
                let name = rest.required()?;
                message.attributes.push(LinkAttribute::Link(rest.device(&links, name)?));
            }
            "address" => {
                let text = rest.required()?;
                let bytes = words::read_hardware(text).ok_or_else(|| rest.fail(format!("invalid hw-addr {text}")))?;
                message.attributes.push(LinkAttribute::Address(bytes));
            }
            "name" | "dev" => message
                .attributes
                .push(LinkAttribute::IfName(rest.required()?.to_owned())),
            name => message.attributes.push(LinkAttribute::IfName(name.to_owned())),
        }
    }
    if let Some(kind) = kind {
        message
            .attributes
            .push(LinkAttribute::LinkInfo(vec![LinkInfo::Kind(kind_named(kind))]));
    }
    socket.change(RouteNetlinkMessage::NewLink(message), NLM_F_CREATE | NLM_F_EXCL)?;
    Ok(String::new())
}

fn kind_named(name: &str) -> InfoKind {
    match name {
        "bridge" => InfoKind::Bridge,
        "dummy" => InfoKind::Dummy,
        "veth" => InfoKind::Veth,
        other => InfoKind::Other(other.to_owned()),
    }
}
