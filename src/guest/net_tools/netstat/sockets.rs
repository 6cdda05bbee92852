//! Lines of `/proc/net/tcp`, `udp`, `raw` and `unix` (proc(5)).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an internet socket speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Tcp,
    Udp,
    Raw,
}

impl Protocol {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Raw => "raw",
        }
    }

    /// Where the kernel lists its sockets, of IPv4 and IPv6.
    pub(super) const fn paths(self) -> [&'static str; 2] {
        match self {
            Self::Tcp => ["/proc/net/tcp", "/proc/net/tcp6"],
            Self::Udp => ["/proc/net/udp", "/proc/net/udp6"],
            Self::Raw => ["/proc/net/raw", "/proc/net/raw6"],
        }
    }
}

/// States of TCP by the kernel's number (`net/tcp_states.h`), which other sockets borrow.
const STATES: [&str; 12] = [
    "",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
];

/// An internet socket.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Inet {
    pub local: IpAddr,
    pub local_port: u16,
    pub foreign: IpAddr,
    pub foreign_port: u16,
    state: u8,
    /// Bytes not yet read by the program, and not yet taken by the other end.
    pub received: u64,
    pub sent: u64,
    pub inode: u64,
}

impl Inet {
    /// Reads a line; `None` for one that has another shape.
    pub(super) fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let end = |at: usize| {
            let (address, port) = words.get(at)?.split_once(':')?;
            Some((read_address(address)?, u16::from_str_radix(port, 16).ok()?))
        };
        let (local, local_port) = end(1)?;
        let (foreign, foreign_port) = end(2)?;
        let (sent, received) = words.get(4)?.split_once(':')?;
        Some(Self {
            local,
            local_port,
            foreign,
            foreign_port,
            state: u8::from_str_radix(words.get(3)?, 16).ok()?,
            received: u64::from_str_radix(received, 16).ok()?,
            sent: u64::from_str_radix(sent, 16).ok()?,
            inode: words.get(9)?.parse().ok()?,
        })
    }

    /// Whether it has another end.
    pub(super) fn is_connected(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Tcp => self.foreign_port != 0,
            Protocol::Udp | Protocol::Raw => !self.foreign.is_unspecified(),
        }
    }

    pub(super) fn state(&self, protocol: Protocol) -> String {
        let word = STATES.get(usize::from(self.state)).copied();
        match protocol {
            Protocol::Tcp => word.unwrap_or_default().to_owned(),
            Protocol::Udp => match word {
                Some("ESTABLISHED") => "ESTABLISHED".to_owned(),
                Some("CLOSE") => String::new(),
                _ => "UNKNOWN".to_owned(),
            },
            // The number is written over with the port's, which is the socket's protocol, before busybox prints it.
            Protocol::Raw if self.local_port != 0 => self.local_port.to_string(),
            Protocol::Raw => self.state.to_string(),
        }
    }
}

/// Words of four bytes, each as this machine's processor reads them.
fn read_address(text: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(text.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    match text.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let mut bytes = [0; 16];
            for (part, at) in bytes.chunks_exact_mut(4).zip([0, 8, 16, 24]) {
                part.copy_from_slice(&word(at)?);
            }
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

/// A socket of this machine's own (unix(7)).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Local {
    pub references: u64,
    protocol: u64,
    flags: u64,
    kind: u16,
    state: u8,
    pub inode: u64,
    pub path: String,
}

impl Local {
    /// `SO_ACCEPTCON`, `SO_WAITDATA` and `SO_NOSPACE` in the kernel's list.
    const ACCEPTS: u64 = 1 << 16;
    const WAITS: u64 = 1 << 17;
    const IS_FULL: u64 = 1 << 18;

    /// Reads a line; `None` for one that has another shape.
    pub(super) fn read(line: &str) -> Option<Self> {
        let (_, rest) = line.split_once(": ")?;
        let mut fields = rest.split_whitespace();
        let mut hex = || u64::from_str_radix(fields.next()?, 16).ok();
        let (references, protocol, flags) = (hex()?, hex()?, hex()?);
        let kind = u16::try_from(hex()?).ok()?;
        let state = u8::try_from(hex()?).ok()?;
        let inode = fields.next()?.parse().ok()?;
        let path = fields.collect::<Vec<_>>().join(" ");
        Some(Self {
            references,
            protocol,
            flags,
            kind,
            state,
            inode,
            // A name that is no path may hold anything.
            path: path
                .chars()
                .map(|letter| if letter.is_control() { '?' } else { letter })
                .collect(),
        })
    }

    pub(super) const fn is_listening(&self) -> bool {
        self.state == 1 && self.flags & Self::ACCEPTS != 0
    }

    pub(super) const fn protocol(&self) -> &'static str {
        if self.protocol == 0 { "unix" } else { "??" }
    }

    pub(super) fn flags(&self) -> String {
        let mut text = "[ ".to_owned();
        for (flag, word) in [(Self::ACCEPTS, "ACC "), (Self::WAITS, "W "), (Self::IS_FULL, "N ")] {
            if self.flags & flag != 0 {
                text.push_str(word);
            }
        }
        text + "]"
    }

    pub(super) const fn kind(&self) -> &'static str {
        match self.kind {
            1 => "STREAM",
            2 => "DGRAM",
            3 => "RAW",
            4 => "RDM",
            5 => "SEQPACKET",
            _ => "UNKNOWN",
        }
    }

    pub(super) const fn state(&self) -> &'static str {
        match self.state {
            0 => "FREE",
            1 if self.is_listening() => "LISTENING",
            1 => "",
            2 => "CONNECTING",
            3 => "CONNECTED",
            4 => "DISCONNECTING",
            _ => "UNKNOWN",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_families_are_read() {
        let word = |bytes: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(bytes));
        let mapped = [[0; 4], [0; 4], [0, 0, 0xff, 0xff], [172, 18, 0, 2]].map(word).concat();
        assert_eq!(read_address(&mapped).unwrap().to_string(), "::ffff:172.18.0.2");
        assert_eq!(read_address(&word([10, 0, 0, 1])).unwrap().to_string(), "10.0.0.1");
        for bad in ["", "0", "0000000G", "000000000", "é000000"] {
            assert_eq!(read_address(bad), None, "{bad}");
        }
    }

    #[test]
    fn lines_of_another_shape_are_no_sockets() {
        for line in [
            "",
            "0:",
            "   0: 0100007F:0050 00000000 0A",
            "x: 1 2 3 4 5",
            "0: 0 0 0 1 1 y /z",
        ] {
            assert_eq!(Inet::read(line), None, "{line}");
            assert_eq!(Local::read(line), None, "{line}");
        }
    }
}
