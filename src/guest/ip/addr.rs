//! `ip addr`.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};
use netlink_packet_route::link::{LinkFlags, LinkMessage};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

mod change;

use self::change::{Change, change};
use super::link::Links;
use super::meant::Meant;
use super::socket::Socket;
use super::{Failure, Options, Words, unabbreviate, words};

/// `ip addr …`.
pub(super) fn run(socket: &mut Socket, options: Options, rest: &mut Words<'_>) -> Result<String, Failure> {
    let Some(word) = rest.next() else {
        return show(socket, options, &Filter::default());
    };
    match unabbreviate(
        word,
        &[
            "add", "change", "chg", "replace", "delete", "list", "show", "lst", "flush",
        ],
    ) {
        Some("add") => change(socket, rest, Change::Add),
        Some("change" | "chg" | "replace") => change(socket, rest, Change::Replace),
        Some("delete") => change(socket, rest, Change::Delete),
        Some("flush") => {
            let filter = Filter::read(socket, rest)?;
            flush(socket, options, &filter)
        }
        Some(_) => {
            let filter = Filter::read(socket, rest)?;
            show(socket, options, &filter)
        }
        None => Err(rest.invalid(word)),
    }
}

/// Which addresses are meant.
#[derive(Debug, Default)]
struct Filter {
    meant: Meant,
    up: bool,
    scope: Option<u8>,
    label: Option<String>,
}

impl Filter {
    fn read(socket: &mut Socket, rest: &mut Words<'_>) -> Result<Self, Failure> {
        let mut filter = Self::default();
        while let Some(word) = rest.next() {
            match word {
                "to" => {
                    let prefix = rest.required()?;
                    filter.meant.to(rest, prefix)?;
                }
                "scope" => {
                    let name = rest.required()?;
                    filter.scope = match name {
                        "all" => None,
                        name => Some(
                            words::read_scope(name)
                                .ok_or_else(|| rest.fail(format!("invalid argument '{name}' to 'scope'")))?,
                        ),
                    };
                }
                "up" => filter.up = true,
                "label" => filter.label = Some(rest.required()?.to_owned()),
                word => {
                    let name = if word == "dev" { rest.required()? } else { word };
                    filter.meant.on(socket, rest, name)?;
                }
            }
        }
        Ok(filter)
    }

    fn wants_link(&self, link: &LinkMessage) -> bool {
        self.meant.wants_device(link.header.index) && (!self.up || link.header.flags.contains(LinkFlags::Up))
    }

    fn wants(&self, address: &AddressMessage) -> bool {
        let parts = Parts::of(address);
        self.scope.is_none_or(|scope| scope == u8::from(address.header.scope))
            && self.label.as_deref().is_none_or(|label| parts.label == Some(label))
            && self.meant.wants_address(parts.local)
    }
}

/// The attributes that are printed.
#[derive(Debug, Default)]
struct Parts<'a> {
    local: Option<IpAddr>,
    peer: Option<IpAddr>,
    broadcast: Option<Ipv4Addr>,
    label: Option<&'a str>,
    flags: Option<AddressFlags>,
    lifetimes: Option<(u32, u32)>,
}

impl<'a> Parts<'a> {
    fn of(address: &'a AddressMessage) -> Self {
        let mut parts = Self::default();
        for attribute in &address.attributes {
            match attribute {
                AddressAttribute::Local(local) => parts.local = Some(*local),
                AddressAttribute::Address(peer) => parts.peer = Some(*peer),
                AddressAttribute::Broadcast(broadcast) => parts.broadcast = Some(*broadcast),
                AddressAttribute::Label(label) => parts.label = Some(label),
                AddressAttribute::Flags(flags) => parts.flags = Some(*flags),
                AddressAttribute::CacheInfo(info) => parts.lifetimes = Some((info.ifa_valid, info.ifa_preferred)),
                _ => {}
            }
        }
        parts.local = parts.local.or(parts.peer);
        parts.peer = parts.peer.or(parts.local);
        parts
    }
}

fn read_addresses(socket: &mut Socket, options: Options) -> Result<Vec<AddressMessage>, Failure> {
    let mut request = AddressMessage::default();
    request.header.family = options.family.unwrap_or(AddressFamily::Unspec);
    Ok(socket
        .dump(RouteNetlinkMessage::GetAddress(request))?
        .into_iter()
        .filter_map(|answer| match answer {
            RouteNetlinkMessage::NewAddress(address) if options.wants(address.header.family) => Some(address),
            _ => None,
        })
        .collect())
}

/// Labels of the IPv4 addresses.
pub(super) fn labels(socket: &mut Socket) -> Result<Vec<String>, Failure> {
    let options = Options {
        family: Some(AddressFamily::Inet),
        ..Options::default()
    };
    let addresses = read_addresses(socket, options)?;
    let label = |address| Parts::of(address).label.map(str::to_owned);
    Ok(addresses.iter().filter_map(label).collect())
}

fn show(socket: &mut Socket, options: Options, filter: &Filter) -> Result<String, Failure> {
    let links = Links::read(socket)?;
    let addresses = if options.family == Some(AddressFamily::Packet) {
        Vec::new()
    } else {
        read_addresses(socket, options)?
    };
    // With a family or a prefix given, busybox leaves out links that have no such address, and the hardware line.
    let only_with_addresses =
        options.family.is_some_and(|family| family != AddressFamily::Packet) || filter.meant.to.is_some();
    let mut text = String::new();
    for link in links.iter().filter(|link| filter.wants_link(link)) {
        let own: Vec<&AddressMessage> = addresses
            .iter()
            .filter(|address| address.header.index == link.header.index && filter.wants(address))
            .collect();
        if own.is_empty() && (only_with_addresses || filter.label.is_some() || options.one_line) {
            continue;
        }
        if !options.one_line {
            text.push_str(&links.describe(link, options, !only_with_addresses));
        }
        for address in own {
            if options.one_line {
                let _ = write!(text, "{}: {}", link.header.index, links.name(link.header.index));
            }
            text.push_str(&describe(address, options));
        }
    }
    Ok(text)
}

/// `    inet 172.18.0.2/16 brd 172.18.255.255 scope global eth0` and the line of its lifetimes.
fn describe(address: &AddressMessage, options: Options) -> String {
    let parts = Parts::of(address);
    let mut text = match address.header.family {
        AddressFamily::Inet => "    inet ".to_owned(),
        AddressFamily::Inet6 => "    inet6 ".to_owned(),
        other => format!("    family {} ", u8::from(other)),
    };
    if let Some(local) = parts.local {
        let _ = write!(text, "{local}");
    }
    match parts.peer.filter(|peer| Some(*peer) != parts.local) {
        Some(peer) => {
            let _ = write!(text, " peer {peer}/{} ", address.header.prefix_len);
        }
        None => {
            let _ = write!(text, "/{} ", address.header.prefix_len);
        }
    }
    if let Some(broadcast) = parts.broadcast {
        let _ = write!(text, "brd {broadcast} ");
    }
    let _ = write!(text, "scope {} ", words::scope(u8::from(address.header.scope)));
    let low = AddressFlags::from_bits_retain(u32::from(address.header.flags.bits()));
    text.push_str(&flag_words(parts.flags.unwrap_or(low) | low));
    text.push_str(parts.label.unwrap_or_default());
    if let Some((valid, preferred)) = parts.lifetimes {
        let _ = write!(
            text,
            "{}       valid_lft {} preferred_lft {}",
            options.line_break(),
            lifetime(valid),
            lifetime(preferred)
        );
    }
    text.push('\n');
    text
}

fn flag_words(mut flags: AddressFlags) -> String {
    let mut text = String::new();
    for (flag, word) in [
        (AddressFlags::Secondary, "secondary "),
        (AddressFlags::Tentative, "tentative "),
        (AddressFlags::Dadfailed, "dadfailed "),
        (AddressFlags::Deprecated, "deprecated "),
    ] {
        if flags.contains(flag) {
            text.push_str(word);
            flags -= flag;
        }
    }
    if flags.contains(AddressFlags::Permanent) {
        flags -= AddressFlags::Permanent;
    } else {
        text.push_str("dynamic ");
    }
    // Bits above the first byte came after the layout busybox prints.
    let rest = flags.bits() & 0xff;
    if rest != 0 {
        let _ = write!(text, "flags {rest:02x} ");
    }
    text
}

/// Seconds, or `forever` (`INFINITY_LIFE_TIME`).
fn lifetime(seconds: u32) -> String {
    if seconds == u32::MAX {
        "forever".into()
    } else {
        format!("{seconds}sec")
    }
}

fn flush(socket: &mut Socket, options: Options, filter: &Filter) -> Result<String, Failure> {
    if filter.meant.is_all() && filter.label.is_none() && filter.scope.is_none() {
        return Err(Failure::Sentence("flush requires arguments".into(), 1));
    }
    let addresses = read_addresses(socket, options)?;
    // The kernel removes secondary addresses with their primary one, so an address may be gone before its turn.
    for address in addresses {
        if filter.meant.wants_device(address.header.index) && filter.wants(&address) {
            match socket.change(RouteNetlinkMessage::DelAddress(address), 0) {
                Ok(()) | Err(Failure::Refused(libc::EADDRNOTAVAIL)) => {}
                Err(other) => return Err(other),
            }
        }
    }
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use netlink_packet_route::address::{AddressHeaderFlags, CacheInfo};

    use super::super::Prefix;
    use super::*;

    fn message(local: &str, length: u8) -> AddressMessage {
        let mut message = AddressMessage::default();
        let address: IpAddr = local.parse().unwrap();
        message.header.family = Prefix { address, length }.family();
        message.header.prefix_len = length;
        message.header.flags = AddressHeaderFlags::Permanent;
        let mut info = CacheInfo::default();
        info.ifa_valid = u32::MAX;
        info.ifa_preferred = u32::MAX;
        message.attributes.push(AddressAttribute::Address(address));
        message.attributes.push(AddressAttribute::Local(address));
        message.attributes.push(AddressAttribute::Label("eth0".into()));
        message.attributes.push(AddressAttribute::CacheInfo(info));
        message
    }

    #[test]
    fn addresses_read_as_in_alpine() {
        let mut address = message("172.18.0.2", 16);
        address
            .attributes
            .push(AddressAttribute::Broadcast(Ipv4Addr::new(172, 18, 255, 255)));
        assert_eq!(
            describe(&address, Options::default()),
            "    inet 172.18.0.2/16 brd 172.18.255.255 scope global eth0\n       valid_lft forever preferred_lft forever\n"
        );
        let one_line = Options {
            one_line: true,
            ..Options::default()
        };
        assert_eq!(
            describe(&message("10.0.0.2", 32), one_line),
            "    inet 10.0.0.2/32 scope global eth0\\       valid_lft forever preferred_lft forever\n"
        );
    }

    #[test]
    fn secondary_and_unknown_flags_are_told() {
        assert_eq!(
            flag_words(AddressFlags::Permanent | AddressFlags::Secondary),
            "secondary "
        );
        assert_eq!(flag_words(AddressFlags::empty()), "dynamic ");
        assert_eq!(flag_words(AddressFlags::Permanent | AddressFlags::Nodad), "flags 02 ");
    }
}
