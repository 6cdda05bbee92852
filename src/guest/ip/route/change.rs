//! Routes to add, replace and delete.

use netlink_packet_route::route::{RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::super::link::Links;
use super::super::socket::Socket;
use super::super::{Failure, Options, Words, words};
use super::{destination, read_kind, table};

/// Adds, replaces or changes a route, as the flags say.
pub(super) fn edit(socket: &mut Socket, options: Options, rest: &mut Words<'_>, flags: u16) -> Result<String, Failure> {
    let route = read_route(socket, options, rest, false)?;
    socket.change(RouteNetlinkMessage::NewRoute(route), flags)?;
    Ok(String::new())
}

/// Reads a route; one to be deleted may be told by its destination alone.
pub(super) fn read_route(
    socket: &mut Socket,
    options: Options,
    rest: &mut Words<'_>,
    deleting: bool,
) -> Result<RouteMessage, Failure> {
    let mut route = RouteMessage::default();
    let header = &mut route.header;
    header.table = RouteHeader::RT_TABLE_MAIN;
    header.scope = RouteScope::NoWhere;
    if !deleting {
        header.protocol = RouteProtocol::Boot;
        header.kind = RouteType::Unicast;
    }
    let family = options.family.unwrap_or(AddressFamily::Inet);
    let mut target = None;
    let mut scope = None;
    while let Some(word) = rest.next() {
        match word {
            "via" => route.attributes.push(RouteAttribute::Gateway(rest.address()?.into())),
            "src" => route
                .attributes
                .push(RouteAttribute::PrefSource(rest.address()?.into())),
            "metric" | "priority" | "preference" => route.attributes.push(RouteAttribute::Priority(rest.number()?)),
            "dev" | "oif" => {
                let name = rest.required()?;
                route
                    .attributes
                    .push(RouteAttribute::Oif(rest.device(&Links::read(socket)?, name)?));
            }
            "table" => {
                let name = rest.required()?;
                let number = table(name).ok_or_else(|| rest.fail(format!("invalid argument '{name}' to 'table'")))?;
                route.header.table = u8::try_from(number).unwrap_or(0);
                route.attributes.push(RouteAttribute::Table(number));
            }
            "scope" => {
                let name = rest.required()?;
                scope = Some(
                    words::read_scope(name)
                        .ok_or_else(|| rest.fail(format!("invalid argument '{name}' to 'scope'")))?,
                );
            }
            word => {
                if let Some(kind) = read_kind(word) {
                    route.header.kind = kind;
                    continue;
                }
                let word = if word == "to" { rest.required()? } else { word };
                if target.is_some() {
                    return Err(rest.fail(format!("either \"to\" is duplicate, or \"{word}\" is garbage")));
                }
                target = Some(destination(rest, word, family)?);
            }
        }
    }
    // A route with no destination is the default route; the kernel says what is missing beside it.
    let target = target.unwrap_or(destination(rest, "default", family)?);
    route.header.address_family = target.family();
    route.header.destination_prefix_length = target.length;
    if target.length > 0 {
        route
            .attributes
            .push(RouteAttribute::Destination(target.address.into()));
    }
    if !deleting {
        route.header.scope = default_scope(&route);
    }
    if let Some(scope) = scope {
        route.header.scope = scope.into();
    }
    Ok(route)
}

/// The scope a route has where none is given (`iproute.c`): of the host, of the link without a gateway, else global.
fn default_scope(route: &RouteMessage) -> RouteScope {
    let has_gateway = route
        .attributes
        .iter()
        .any(|attribute| matches!(attribute, RouteAttribute::Gateway(_)));
    match route.header.kind {
        RouteType::Local | RouteType::Nat => RouteScope::Host,
        RouteType::Broadcast | RouteType::Multicast | RouteType::Anycast => RouteScope::Link,
        RouteType::Unicast if !has_gateway && route.header.address_family == AddressFamily::Inet => RouteScope::Link,
        _ => RouteScope::Universe,
    }
}
