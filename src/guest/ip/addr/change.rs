//! `ip addr add`, `replace` and `del`.

use std::net::{IpAddr, Ipv4Addr};

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};

use super::super::link::Links;
use super::super::socket::Socket;
use super::super::{Failure, Prefix, Words, words};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Add,
    Replace,
    Delete,
}

/// What the words say.
#[derive(Debug, Default)]
struct Asked<'a> {
    device: Option<&'a str>,
    local: Option<Prefix>,
    peer: Option<Prefix>,
    label: Option<&'a str>,
    scope: Option<u8>,
    broadcast: Option<&'a str>,
}

pub(super) fn change(socket: &mut Socket, rest: &mut Words<'_>, change: Change) -> Result<String, Failure> {
    let asked = read(rest)?;
    let device = asked.device.ok_or_else(|| rest.fail("need \"dev IFACE\""))?;
    let index = rest.device(&Links::read(socket)?, device)?;
    let message = message(&asked, index, rest)?;
    match change {
        Change::Add => socket.change(RouteNetlinkMessage::NewAddress(message), NLM_F_CREATE | NLM_F_EXCL)?,
        Change::Replace => socket.change(RouteNetlinkMessage::NewAddress(message), NLM_F_CREATE | NLM_F_REPLACE)?,
        Change::Delete => socket.change(RouteNetlinkMessage::DelAddress(message), 0)?,
    }
    Ok(String::new())
}

fn read<'a>(rest: &mut Words<'a>) -> Result<Asked<'a>, Failure> {
    let mut asked = Asked::default();
    while let Some(word) = rest.next() {
        match word {
            "dev" => asked.device = Some(rest.required()?),
            "peer" | "remote" => {
                let word = rest.required()?;
                asked.peer = Some(rest.prefix(word)?);
            }
            "broadcast" | "brd" => asked.broadcast = Some(rest.required()?),
            "scope" => {
                let name = rest.required()?;
                let scope = words::read_scope(name);
                asked.scope = Some(scope.ok_or_else(|| rest.fail(format!("invalid argument '{name}' to 'scope'")))?);
            }
            "label" => asked.label = Some(rest.required()?),
            word => {
                let word = if word == "local" { rest.required()? } else { word };
                if asked.local.is_some() {
                    return Err(rest.fail(format!("either \"local\" is duplicate, or \"{word}\" is garbage")));
                }
                asked.local = Some(rest.prefix(word)?);
            }
        }
    }
    Ok(asked)
}

fn message(asked: &Asked<'_>, index: u32, rest: &Words<'_>) -> Result<AddressMessage, Failure> {
    let local = asked.local.as_ref();
    let local = local.ok_or_else(|| rest.fail("command line is not complete, try \"help\""))?;
    let net = asked.peer.as_ref().unwrap_or(local);
    let mut message = AddressMessage::default();
    message.header.family = local.family();
    message.header.prefix_len = net.length;
    message.header.index = index;
    let default_scope = if local.address.is_loopback() { 254 } else { 0 };
    message.header.scope = asked.scope.unwrap_or(default_scope).into();
    message.attributes.push(AddressAttribute::Local(local.address));
    message.attributes.push(AddressAttribute::Address(net.address));
    let broadcast = match (asked.broadcast, net.address) {
        (None, _) => None,
        (Some(sign @ ("+" | "-")), IpAddr::V4(address)) => Some(edge(address, net.length, sign == "+")),
        (Some(word), _) => {
            let wrong = || rest.fail(format!("an inet address is expected rather than \"{word}\""));
            Some(word.parse().map_err(|_| wrong())?)
        }
    };
    message.attributes.extend(broadcast.map(AddressAttribute::Broadcast));
    let label = asked.label.map(str::to_owned);
    message.attributes.extend(label.map(AddressAttribute::Label));
    Ok(message)
}

/// An address with all bits of its host set, or none.
fn edge(address: Ipv4Addr, length: u8, ones: bool) -> Ipv4Addr {
    let host_bits = u32::MAX.checked_shr(u32::from(length)).unwrap_or(0);
    let address = u32::from(address);
    Ipv4Addr::from(if ones {
        address | host_bits
    } else {
        address & !host_bits
    })
}
