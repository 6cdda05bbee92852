//! `ip neigh`.

use std::fmt::Write;
use std::net::IpAddr;

use netlink_packet_route::neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::link::Links;
use super::meant::Meant;
use super::socket::Socket;
use super::{Failure, Options, Words, unabbreviate, words};

/// `ip neigh …`.
pub(super) fn run(socket: &mut Socket, options: Options, rest: &mut Words<'_>) -> Result<String, Failure> {
    let Some(word) = rest.next() else {
        return show(socket, options, &Meant::default());
    };
    match unabbreviate(word, &["show", "flush"]) {
        Some("flush") => {
            let meant = meant(socket, rest)?;
            flush(socket, options, &meant)
        }
        Some(_) => {
            let meant = meant(socket, rest)?;
            show(socket, options, &meant)
        }
        None => Err(rest.invalid(word)),
    }
}

/// Which neighbours are meant; a bare word is a prefix.
fn meant(socket: &mut Socket, rest: &mut Words<'_>) -> Result<Meant, Failure> {
    let mut meant = Meant::default();
    while let Some(word) = rest.next() {
        match word {
            "dev" => {
                let name = rest.required()?;
                meant.on(socket, rest, name)?;
            }
            "to" => {
                let word = rest.required()?;
                meant.to(rest, word)?;
            }
            word => meant.to(rest, word)?,
        }
    }
    Ok(meant)
}

fn wants(meant: &Meant, neighbour: &NeighbourMessage) -> bool {
    meant.wants_device(neighbour.header.ifindex) && meant.wants_address(address_of(neighbour))
}

fn address_of(neighbour: &NeighbourMessage) -> Option<IpAddr> {
    neighbour.attributes.iter().find_map(|attribute| match attribute {
        NeighbourAttribute::Destination(NeighbourAddress::Inet(address)) => Some(IpAddr::V4(*address)),
        NeighbourAttribute::Destination(NeighbourAddress::Inet6(address)) => Some(IpAddr::V6(*address)),
        _ => None,
    })
}

fn read(socket: &mut Socket, options: Options) -> Result<Vec<NeighbourMessage>, Failure> {
    let mut request = NeighbourMessage::default();
    request.header.family = options.family.unwrap_or(AddressFamily::Unspec);
    Ok(socket
        .dump(RouteNetlinkMessage::GetNeighbour(request))?
        .into_iter()
        .filter_map(|answer| match answer {
            RouteNetlinkMessage::NewNeighbour(neighbour) if options.wants(neighbour.header.family) => Some(neighbour),
            _ => None,
        })
        // Entries the kernel keeps for multicast and broadcast are no neighbours one talks to.
        .filter(|neighbour| neighbour.header.state != NeighbourState::Noarp)
        .collect())
}

fn show(socket: &mut Socket, options: Options, meant: &Meant) -> Result<String, Failure> {
    let links = Links::read(socket)?;
    Ok(read(socket, options)?
        .iter()
        .filter(|neighbour| wants(meant, neighbour))
        .map(|neighbour| describe(neighbour, &links.name(neighbour.header.ifindex), meant.device.is_none()))
        .collect())
}

/// `172.18.0.1 dev eth0 lladdr 02:42:ac:12:00:01 used 0/0/0 probes 1 REACHABLE`.
fn describe(neighbour: &NeighbourMessage, device: &str, with_device: bool) -> String {
    let mut text = String::new();
    if let Some(address) = address_of(neighbour) {
        let _ = write!(text, "{address} ");
    }
    if with_device {
        let _ = write!(text, "dev {device} ");
    }
    for attribute in &neighbour.attributes {
        if let NeighbourAttribute::LinkLayerAddress(bytes) = attribute {
            let _ = write!(
                text,
                "lladdr {}",
                words::hardware(bytes, netlink_packet_route::link::LinkLayerType::Ether)
            );
        }
    }
    for attribute in &neighbour.attributes {
        if let NeighbourAttribute::CacheInfo(info) = attribute {
            // Kernel times are in hundredths of a second (`USER_HZ`).
            if info.refcnt != 0 {
                let _ = write!(text, " ref {}", info.refcnt);
            }
            let _ = write!(
                text,
                " used {}/{}/{}",
                info.used / 100,
                info.confirmed / 100,
                info.updated / 100
            );
        }
    }
    for attribute in &neighbour.attributes {
        if let NeighbourAttribute::Probes(probes) = attribute {
            let _ = write!(text, " probes {probes}");
        }
    }
    if let Some(word) = state(neighbour.header.state) {
        let _ = write!(text, " {word}");
    }
    text.push('\n');
    text
}

const fn state(state: NeighbourState) -> Option<&'static str> {
    match state {
        NeighbourState::Incomplete => Some("INCOMPLETE"),
        NeighbourState::Reachable => Some("REACHABLE"),
        NeighbourState::Stale => Some("STALE"),
        NeighbourState::Delay => Some("DELAY"),
        NeighbourState::Probe => Some("PROBE"),
        NeighbourState::Failed => Some("FAILED"),
        NeighbourState::Noarp => Some("NOARP"),
        NeighbourState::Permanent => Some("PERMANENT"),
        _ => None,
    }
}

fn flush(socket: &mut Socket, options: Options, meant: &Meant) -> Result<String, Failure> {
    if meant.is_all() {
        return Err(Failure::Sentence("flush requires arguments".into(), 1));
    }
    for neighbour in read(socket, options)? {
        if wants(meant, &neighbour) && neighbour.header.state != NeighbourState::Permanent {
            match socket.change(RouteNetlinkMessage::DelNeighbour(neighbour), 0) {
                Ok(()) | Err(Failure::Refused(libc::ENOENT)) => {}
                Err(other) => return Err(other),
            }
        }
    }
    Ok(String::new())
}
