//! `ip route`.

mod change;

use std::fmt::Write;
use std::net::IpAddr;

use netlink_packet_core::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteScope, RouteType};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use change::{edit, read_route};

use super::link::Links;
use super::socket::Socket;
use super::{Failure, Options, Prefix, Words, unabbreviate, words};

/// `ip route …`.
pub(super) fn run(socket: &mut Socket, options: Options, rest: &mut Words<'_>) -> Result<String, Failure> {
    let Some(word) = rest.next() else {
        return show(socket, options, &Filter::default());
    };
    let names = &[
        "add", "append", "change", "chg", "delete", "get", "list", "show", "lst", "prepend", "replace", "test", "flush",
    ];
    match unabbreviate(word, names) {
        Some("add") => edit(socket, options, rest, NLM_F_CREATE | NLM_F_EXCL),
        Some("append") => edit(socket, options, rest, NLM_F_CREATE | NLM_F_APPEND),
        Some("change" | "chg") => edit(socket, options, rest, NLM_F_REPLACE),
        Some("replace") => edit(socket, options, rest, NLM_F_CREATE | NLM_F_REPLACE),
        Some("prepend") => edit(socket, options, rest, NLM_F_CREATE),
        Some("delete") => {
            let route = read_route(socket, options, rest, true)?;
            socket.change(RouteNetlinkMessage::DelRoute(route), 0)?;
            Ok(String::new())
        }
        Some("get") => get(socket, rest),
        Some("list" | "show" | "lst") => {
            let filter = Filter::read(socket, rest)?;
            show(socket, options, &filter)
        }
        Some("flush") => flush(socket, options, rest),
        _ => Err(rest.invalid(word)),
    }
}

/// Which routes are meant.
#[derive(Debug)]
struct Filter {
    /// 0 means every table.
    table: u32,
    device: Option<u32>,
    via: Option<IpAddr>,
    root: Option<Prefix>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            table: u32::from(RouteHeader::RT_TABLE_MAIN),
            device: None,
            via: None,
            root: None,
        }
    }
}

impl Filter {
    fn read(socket: &mut Socket, rest: &mut Words<'_>) -> Result<Self, Failure> {
        let mut filter = Self::default();
        while let Some(word) = rest.next() {
            match word {
                "table" => {
                    let name = rest.required()?;
                    filter.table =
                        table(name).ok_or_else(|| rest.fail(format!("invalid argument '{name}' to 'table'")))?;
                }
                "dev" | "oif" | "iif" => {
                    let name = rest.required()?;
                    filter.device = Some(rest.device(&Links::read(socket)?, name)?);
                }
                "via" => filter.via = Some(rest.address()?),
                "root" | "match" | "exact" | "to" => {
                    let prefix = rest.required()?;
                    filter.root = Some(destination(rest, prefix, AddressFamily::Inet)?);
                }
                prefix => filter.root = Some(destination(rest, prefix, AddressFamily::Inet)?),
            }
        }
        Ok(filter)
    }

    fn wants(&self, route: &RouteMessage) -> bool {
        let parts = Parts::of(route);
        let destination = parts.destination.unwrap_or(match route.header.address_family {
            AddressFamily::Inet6 => IpAddr::from([0_u16; 8]),
            _ => IpAddr::from([0_u8; 4]),
        });
        (self.table == 0 || self.table == parts.table)
            && self.device.is_none_or(|index| parts.device == Some(index))
            && self.via.is_none_or(|via| parts.gateway == Some(via))
            && self
                .root
                .is_none_or(|root| root.address == destination && root.length == route.header.destination_prefix_length)
    }
}

/// `main`, `local`, `default`, `all` (0), or a number.
fn table(name: &str) -> Option<u32> {
    match name {
        "all" | "0" => Some(0),
        "main" => Some(254),
        "local" => Some(255),
        "default" => Some(253),
        number => number.parse().ok(),
    }
}

#[derive(Debug, Default)]
struct Parts {
    destination: Option<IpAddr>,
    gateway: Option<IpAddr>,
    source: Option<IpAddr>,
    device: Option<u32>,
    metric: Option<u32>,
    table: u32,
}

impl Parts {
    fn of(route: &RouteMessage) -> Self {
        let mut parts = Self {
            table: u32::from(route.header.table),
            ..Self::default()
        };
        for attribute in &route.attributes {
            match attribute {
                RouteAttribute::Destination(address) => parts.destination = ip(address),
                RouteAttribute::Gateway(address) => parts.gateway = ip(address),
                RouteAttribute::PrefSource(address) => parts.source = ip(address),
                RouteAttribute::Oif(index) => parts.device = Some(*index),
                RouteAttribute::Priority(metric) => parts.metric = Some(*metric),
                RouteAttribute::Table(table) => parts.table = *table,
                _ => {}
            }
        }
        parts
    }
}

const fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some(IpAddr::V4(*address)),
        RouteAddress::Inet6(address) => Some(IpAddr::V6(*address)),
        _ => None,
    }
}

fn read_routes(socket: &mut Socket, family: AddressFamily) -> Result<Vec<RouteMessage>, Failure> {
    let mut request = RouteMessage::default();
    request.header.address_family = family;
    Ok(socket
        .dump(RouteNetlinkMessage::GetRoute(request))?
        .into_iter()
        .filter_map(|answer| match answer {
            RouteNetlinkMessage::NewRoute(route) if route.header.address_family == family => Some(route),
            _ => None,
        })
        .collect())
}

fn show(socket: &mut Socket, options: Options, filter: &Filter) -> Result<String, Failure> {
    let links = Links::read(socket)?;
    let routes = read_routes(socket, options.family.unwrap_or(AddressFamily::Inet))?;
    Ok(routes
        .iter()
        .filter(|route| filter.wants(route))
        .map(|route| describe(route, &|index| links.name(index)))
        .collect())
}

/// `172.18.0.0/16 dev eth0 scope link  src 172.18.0.2 `: two spaces before `src` and one at the end, as busybox has.
fn describe(route: &RouteMessage, name: &dyn Fn(u32) -> String) -> String {
    let parts = Parts::of(route);
    let header = &route.header;
    let mut text = match kind_word(header.kind) {
        Some(word) => format!("{word} "),
        None => String::new(),
    };
    let whole = if header.address_family == AddressFamily::Inet6 {
        128
    } else {
        32
    };
    match (parts.destination, header.destination_prefix_length) {
        (Some(address), length) if length == whole => {
            let _ = write!(text, "{address} ");
        }
        (Some(address), length) => {
            let _ = write!(text, "{address}/{length} ");
        }
        (None, 0) => text.push_str("default "),
        (None, length) => {
            let _ = write!(text, "0/{length} ");
        }
    }
    if let Some(gateway) = parts.gateway {
        let _ = write!(text, "via {gateway} ");
    }
    if let Some(device) = parts.device {
        let _ = write!(text, "dev {} ", name(device));
    }
    if header.scope != RouteScope::Universe && header.address_family == AddressFamily::Inet {
        let _ = write!(text, "scope {} ", words::scope(u8::from(header.scope)));
    }
    if let Some(source) = parts.source {
        let _ = write!(text, " src {source} ");
    }
    if let Some(metric) = parts.metric {
        let _ = write!(text, " metric {metric} ");
    }
    text.push('\n');
    text
}

/// The word of a route's kind; ordinary ones have none.
const fn kind_word(kind: RouteType) -> Option<&'static str> {
    match kind {
        RouteType::Local => Some("local"),
        RouteType::Broadcast => Some("broadcast"),
        RouteType::Anycast => Some("anycast"),
        RouteType::Multicast => Some("multicast"),
        RouteType::BlackHole => Some("blackhole"),
        RouteType::Unreachable => Some("unreachable"),
        RouteType::Prohibit => Some("prohibit"),
        RouteType::Throw => Some("throw"),
        RouteType::Nat => Some("nat"),
        _ => None,
    }
}

fn read_kind(word: &str) -> Option<RouteType> {
    match word {
        "unicast" => Some(RouteType::Unicast),
        "local" => Some(RouteType::Local),
        "broadcast" => Some(RouteType::Broadcast),
        "blackhole" => Some(RouteType::BlackHole),
        "unreachable" => Some(RouteType::Unreachable),
        "prohibit" => Some(RouteType::Prohibit),
        "throw" => Some(RouteType::Throw),
        _ => None,
    }
}

fn destination(rest: &Words<'_>, word: &str, family: AddressFamily) -> Result<Prefix, Failure> {
    if matches!(word, "default" | "any" | "all") {
        let address = if family == AddressFamily::Inet6 {
            IpAddr::from([0_u16; 8])
        } else {
            IpAddr::from([0_u8; 4])
        };
        return Ok(Prefix { address, length: 0 });
    }
    rest.prefix(word)
}

fn get(socket: &mut Socket, rest: &mut Words<'_>) -> Result<String, Failure> {
    let links = Links::read(socket)?;
    let mut word = rest.required()?;
    if word == "to" {
        word = rest.required()?;
    }
    let target = rest.prefix(word)?;
    let mut request = RouteMessage::default();
    request.header.address_family = target.family();
    request.header.destination_prefix_length = target.length;
    request
        .attributes
        .push(RouteAttribute::Destination(target.address.into()));
    while let Some(word) = rest.next() {
        match word {
            "from" => {
                let word = rest.required()?;
                let source = rest.prefix(word)?;
                request.header.source_prefix_length = source.length;
                request.attributes.push(RouteAttribute::Source(source.address.into()));
            }
            "oif" | "dev" => {
                let name = rest.required()?;
                request.attributes.push(RouteAttribute::Oif(rest.device(&links, name)?));
            }
            other => return Err(rest.garbage(other)),
        }
    }
    let answers = socket.get(RouteNetlinkMessage::GetRoute(request))?;
    Ok(answers
        .iter()
        .filter_map(|answer| match answer {
            RouteNetlinkMessage::NewRoute(route) => Some(describe(route, &|index| links.name(index))),
            _ => None,
        })
        .collect())
}

fn flush(socket: &mut Socket, options: Options, rest: &mut Words<'_>) -> Result<String, Failure> {
    let filter = Filter::read(socket, rest)?;
    if filter.device.is_none() && filter.root.is_none() && filter.via.is_none() && filter.table == 254 {
        return Err(rest.fail("flush requires arguments"));
    }
    for route in read_routes(socket, options.family.unwrap_or(AddressFamily::Inet))? {
        if filter.wants(&route) {
            match socket.change(RouteNetlinkMessage::DelRoute(route), 0) {
                Ok(()) | Err(Failure::Refused(libc::ESRCH)) => {}
                Err(other) => return Err(other),
            }
        }
    }
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(destination: Option<(&str, u8)>, scope: RouteScope, attributes: Vec<RouteAttribute>) -> String {
        let mut message = RouteMessage::default();
        message.header.address_family = AddressFamily::Inet;
        message.header.kind = RouteType::Unicast;
        message.header.scope = scope;
        message.attributes = attributes;
        if let Some((address, length)) = destination {
            message.header.destination_prefix_length = length;
            message.attributes.push(RouteAttribute::Destination(RouteAddress::Inet(
                address.parse().unwrap(),
            )));
        }
        describe(&message, &|_| "eth0".into())
    }

    #[test]
    fn routes_read_as_in_alpine() {
        let address = |text: &str| RouteAddress::Inet(text.parse().unwrap());
        assert_eq!(
            route(
                None,
                RouteScope::Universe,
                vec![RouteAttribute::Gateway(address("172.18.0.1")), RouteAttribute::Oif(2)]
            ),
            "default via 172.18.0.1 dev eth0 \n"
        );
        assert_eq!(
            route(
                Some(("172.18.0.0", 16)),
                RouteScope::Link,
                vec![
                    RouteAttribute::Oif(2),
                    RouteAttribute::PrefSource(address("172.18.0.2"))
                ]
            ),
            "172.18.0.0/16 dev eth0 scope link  src 172.18.0.2 \n"
        );
        assert_eq!(
            route(
                Some(("10.1.1.1", 32)),
                RouteScope::Link,
                vec![RouteAttribute::Oif(2), RouteAttribute::Priority(9)]
            ),
            "10.1.1.1 dev eth0 scope link  metric 9 \n"
        );
    }

    #[test]
    fn tables_by_name_and_number() {
        assert_eq!(
            (table("main"), table("all"), table("77"), table("x")),
            (Some(254), Some(0), Some(77), None)
        );
    }
}
