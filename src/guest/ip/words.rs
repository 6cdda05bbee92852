//! How values are written.

use std::fmt::Write;

use netlink_packet_route::link::{LinkFlags, LinkLayerType, State};

/// Flags that busybox names, in its order.
const FLAGS: &[(LinkFlags, &str)] = &[
    (LinkFlags::Loopback, "LOOPBACK"),
    (LinkFlags::Broadcast, "BROADCAST"),
    (LinkFlags::Pointopoint, "POINTOPOINT"),
    (LinkFlags::Multicast, "MULTICAST"),
    (LinkFlags::Noarp, "NOARP"),
    (LinkFlags::Up, "UP"),
    (LinkFlags::LowerUp, "LOWER_UP"),
];

/// `<BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN>`; `peer_down` where the link's other end is down or out of sight.
pub(super) fn flags(flags: LinkFlags, peer_down: bool) -> String {
    let mut words = Vec::new();
    if flags.contains(LinkFlags::Up) && !flags.contains(LinkFlags::Running) {
        words.push("NO-CARRIER".to_owned());
    }
    let mut unnamed = flags - LinkFlags::Running;
    for (flag, name) in FLAGS {
        if flags.contains(*flag) {
            words.push((*name).to_owned());
            unnamed -= *flag;
        }
    }
    if !unnamed.is_empty() {
        words.push(format!("{:x}", unnamed.bits()));
    }
    if peer_down {
        words.push("M-DOWN".to_owned());
    }
    format!("<{}>", words.join(","))
}

/// The operational state (RFC 2863) in upper case; `None` for a number busybox has no word for.
pub(super) const fn state(state: State) -> Option<&'static str> {
    match state {
        State::Unknown => Some("UNKNOWN"),
        State::NotPresent => Some("NOTPRESENT"),
        State::Down => Some("DOWN"),
        State::LowerLayerDown => Some("LOWERLAYERDOWN"),
        State::Testing => Some("TESTING"),
        State::Dormant => Some("DORMANT"),
        State::Up => Some("UP"),
        _ => None,
    }
}

/// `ether`, `loopback`; a number in brackets for types without a name.
pub(super) fn link_type(kind: LinkLayerType) -> String {
    match kind {
        LinkLayerType::Ether => "ether".into(),
        LinkLayerType::Loopback => "loopback".into(),
        LinkLayerType::Ppp => "ppp".into(),
        LinkLayerType::Tunnel => "ipip".into(),
        LinkLayerType::Tunnel6 => "tunnel6".into(),
        LinkLayerType::Sit => "sit".into(),
        LinkLayerType::Ipgre => "gre".into(),
        LinkLayerType::None => "none".into(),
        LinkLayerType::Void => "void".into(),
        other => format!("[{}]", u16::from(other)),
    }
}

/// Bytes as `02:42:ac:12:00:02`; four bytes as the address of a tunnel's end.
pub(super) fn hardware(bytes: &[u8], kind: LinkLayerType) -> String {
    if let ([a, b, c, d], LinkLayerType::Tunnel | LinkLayerType::Sit | LinkLayerType::Ipgre) = (bytes, kind) {
        return format!("{a}.{b}.{c}.{d}");
    }
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let colon = if at > 0 { ":" } else { "" };
        let _ = write!(text, "{colon}{byte:02x}");
    }
    text
}

/// Reads `02:42:ac:12:00:02`.
pub(super) fn read_hardware(text: &str) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|part| (part.len() <= 2).then(|| u8::from_str_radix(part, 16).ok())?)
        .collect();
    bytes.filter(|bytes| bytes.len() == 6)
}

/// `global`, `link`, `host` (`/etc/iproute2/rt_scopes`).
pub(super) fn scope(value: u8) -> String {
    match value {
        0 => "global".into(),
        200 => "site".into(),
        253 => "link".into(),
        254 => "host".into(),
        255 => "nowhere".into(),
        other => other.to_string(),
    }
}

/// Reads a scope's name or number.
pub(super) fn read_scope(word: &str) -> Option<u8> {
    match word {
        "global" | "universe" => Some(0),
        "site" => Some(200),
        "link" => Some(253),
        "host" => Some(254),
        "nowhere" => Some(255),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_read_as_busybox_prints_them() {
        let up = LinkFlags::Broadcast | LinkFlags::Multicast | LinkFlags::Up | LinkFlags::LowerUp;
        assert_eq!(
            flags(up | LinkFlags::Running, true),
            "<BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN>"
        );
        assert_eq!(
            flags(LinkFlags::Broadcast | LinkFlags::Multicast | LinkFlags::Up, true),
            "<NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN>"
        );
        assert_eq!(
            flags(LinkFlags::Broadcast | LinkFlags::Multicast, false),
            "<BROADCAST,MULTICAST>"
        );
    }

    #[test]
    fn hardware_addresses_there_and_back() {
        let bytes = [0x02, 0x42, 0xac, 0x12, 0, 2];
        assert_eq!(hardware(&bytes, LinkLayerType::Ether), "02:42:ac:12:00:02");
        assert_eq!(read_hardware("02:42:ac:12:00:02").as_deref(), Some(&bytes[..]));
        assert_eq!(read_hardware("2:42:ac:12:0:2").as_deref(), Some(&bytes[..]));
        assert_eq!(read_hardware("02:42:ac:12:00"), None);
        assert_eq!(read_hardware("zz:42:ac:12:00:02"), None);
    }
}
