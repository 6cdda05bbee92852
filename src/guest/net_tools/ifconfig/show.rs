//! What `ifconfig` prints of an interface.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::super::ip;
use super::super::ioctl::{Field, Kernel};
use super::Flag;

/// Where a line goes on below the name.
const INDENT: &str = "          ";

/// Flags that are named, in busybox's order (`IFF_…`).
const FLAGS: &[(u16, &str)] = &[
    (0x1, "UP"),
    (0x2, "BROADCAST"),
    (0x4, "DEBUG"),
    (0x8, "LOOPBACK"),
    (0x10, "POINTOPOINT"),
    (0x20, "NOTRAILERS"),
    (0x40, "RUNNING"),
    (0x80, "NOARP"),
    (0x100, "PROMISC"),
    (0x200, "ALLMULTI"),
    (0x800, "SLAVE"),
    (0x400, "MASTER"),
    (0x1000, "MULTICAST"),
];

/// `ARPHRD_…` of types that have a title.
const ETHERNET: u16 = 1;
const LOOPBACK: u16 = 772;

/// IPv4 addresses of an interface.
#[derive(Debug)]
struct Addresses {
    own: Ipv4Addr,
    peer: Ipv4Addr,
    broadcast: Ipv4Addr,
    mask: Ipv4Addr,
}

/// One interface, or one more address of it (`eth0:1`).
#[derive(Debug)]
struct Interface {
    name: String,
    flags: u16,
    kind: u16,
    hardware: Vec<u8>,
    addresses: Option<Addresses>,
    mtu: i32,
    metric: i32,
    queue: Option<i32>,
    counts: Option<Counts>,
}

/// What went through an interface, as /proc/net/dev counts it (proc(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    received: Way,
    frame: u64,
    sent: Way,
    collisions: u64,
    carrier: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    bytes: u64,
    packets: u64,
    errors: u64,
    dropped: u64,
    overruns: u64,
}

/// All that are up, or all there are.
pub(super) fn all(kernel: &Kernel, even_down: bool) -> String {
    let counts = counts();
    let mut names: Vec<String> = counts.keys().cloned().collect();
    for label in ip::address_labels() {
        if !names.contains(&label) {
            names.push(label);
        }
    }
    names.sort_by(|one, other| natural(one).cmp(&natural(other)));
    names
        .iter()
        // One that went away between the two looks is not shown.
        .filter_map(|name| read(kernel, name, counts.get(name).copied()).ok())
        .filter(|interface| even_down || interface.flags & Flag::Up as u16 != 0)
        .map(|interface| describe(&interface, &addresses6()))
        .collect()
}

/// One by its name.
pub(super) fn one(kernel: &Kernel, name: &str) -> io::Result<String> {
    let interface = read(kernel, name, counts().get(name).copied())?;
    Ok(describe(&interface, &addresses6()))
}

/// A name such that `eth2` sorts before `eth10`.
fn natural(name: &str) -> (&str, u64, &str) {
    let start = name.find(|letter: char| letter.is_ascii_digit()).unwrap_or(name.len());
    let (letters, rest) = name.split_at(start);
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(end);
    (letters, digits.parse().unwrap_or(0), rest)
}

fn read(kernel: &Kernel, name: &str, counts: Option<Counts>) -> io::Result<Interface> {
    let flags = kernel.get(Field::Flags, name)?.as_flags();
    let hardware = kernel.get(Field::Hardware, name).unwrap_or_default();
    let inet = |field| {
        kernel
            .get(field, name)
            .map_or(Ipv4Addr::UNSPECIFIED, |value| value.as_inet())
    };
    let addresses = kernel.get(Field::Address, name).ok().map(|own| Addresses {
        own: own.as_inet(),
        peer: inet(Field::Destination),
        broadcast: inet(Field::Broadcast),
        mask: inet(Field::Netmask),
    });
    let number = |field| kernel.get(field, name).ok().map(|value| value.as_number());
    Ok(Interface {
        name: name.to_owned(),
        flags,
        kind: hardware.as_flags(),
        hardware: hardware.as_hardware().to_vec(),
        addresses,
        mtu: number(Field::Mtu).unwrap_or(0),
        // The kernel counts no metric as 0, the tool as 1.
        metric: number(Field::Metric).unwrap_or(0).max(1),
        queue: number(Field::QueueLength),
        counts,
    })
}

fn describe(interface: &Interface, addresses6: &[Address6]) -> String {
    let mut text = format!("{:<9} Link encap:{}\n", interface.name, link(interface));
    if let Some(addresses) = &interface.addresses {
        let _ = write!(text, "{INDENT}inet addr:{} ", addresses.own);
        if interface.flags & Flag::PointToPoint as u16 != 0 {
            let _ = write!(text, " P-t-P:{} ", addresses.peer);
        }
        if interface.flags & Flag::Broadcast as u16 != 0 {
            let _ = write!(text, " Bcast:{} ", addresses.broadcast);
        }
        let _ = writeln!(text, " Mask:{}", addresses.mask);
    }
    for address in addresses6.iter().filter(|address| address.device == interface.name) {
        let _ = writeln!(
            text,
            "{INDENT}inet6 addr: {}/{} Scope:{}",
            address.address,
            address.prefix,
            address.scope()
        );
    }
    text.push_str(INDENT);
    if interface.flags == 0 {
        text.push_str("[NO FLAGS] ");
    }
    for (flag, name) in FLAGS {
        if interface.flags & flag != 0 {
            let _ = write!(text, "{name} ");
        }
    }
    let _ = writeln!(text, " MTU:{}  Metric:{}", interface.mtu, interface.metric);
    if let Some(counts) = &interface.counts {
        text.push_str(&count_lines(counts, interface.queue));
    }
    text.push('\n');
    text
}

/// The title of its type and, where it has one, its hardware address.
fn link(interface: &Interface) -> String {
    let hex = |length: usize, between: &str| {
        let bytes = interface.hardware.iter().chain(std::iter::repeat(&0)).take(length);
        let parts: Vec<String> = bytes.map(|byte| format!("{byte:02X}")).collect();
        parts.join(between)
    };
    match interface.kind {
        ETHERNET => format!("Ethernet  HWaddr {}  ", hex(6, ":")),
        LOOPBACK => "Local Loopback  ".to_owned(),
        512 => "Point-to-Point Protocol  ".to_owned(),
        768 => "IPIP Tunnel  ".to_owned(),
        776 => "IPv6-in-IPv4  ".to_owned(),
        _ => format!("UNSPEC  HWaddr {}  ", hex(16, "-")),
    }
}

fn count_lines(counts: &Counts, queue: Option<i32>) -> String {
    let Counts {
        received,
        frame,
        sent,
        collisions,
        carrier,
    } = counts;
    let way = |way: &Way| {
        format!(
            "packets:{} errors:{} dropped:{} overruns:{}",
            way.packets, way.errors, way.dropped, way.overruns
        )
    };
    let queue = queue.map_or_else(String::new, |length| format!("txqueuelen:{length} "));
    format!(
        "{INDENT}RX {} frame:{frame}\n{INDENT}TX {} carrier:{carrier}\n{INDENT}collisions:{collisions} {queue}\n\
         {INDENT}RX bytes:{}  TX bytes:{}\n",
        way(received),
        way(sent),
        scaled(received.bytes),
        scaled(sent.bytes)
    )
}

/// `1712 (1.6 KiB)`: one digit behind the point, cut and not rounded, and nothing above TiB.
fn scaled(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut whole, mut tenths, mut unit) = (bytes, 0, 0);
    while whole >= 1024 && unit + 1 < units.len() {
        tenths = (whole % 1024) * 10 / 1024;
        whole /= 1024;
        unit += 1;
    }
    format!("{bytes} ({whole}.{tenths} {})", units[unit])
}

fn counts() -> HashMap<String, Counts> {
    read_counts(&fs::read_to_string("/proc/net/dev").unwrap_or_default())
}

fn read_counts(text: &str) -> HashMap<String, Counts> {
    // Two lines of headings.
    text.lines().skip(2).filter_map(read_counts_of_one).collect()
}

fn read_counts_of_one(line: &str) -> Option<(String, Counts)> {
    let (name, numbers) = line.rsplit_once(':')?;
    let numbers: Vec<u64> = numbers
        .split_whitespace()
        .map(|number| number.parse().unwrap_or(0))
        .collect();
    let way = |at: usize| {
        Some(Way {
            bytes: *numbers.get(at)?,
            packets: *numbers.get(at + 1)?,
            errors: *numbers.get(at + 2)?,
            dropped: *numbers.get(at + 3)?,
            overruns: *numbers.get(at + 4)?,
        })
    };
    let counts = Counts {
        received: way(0)?,
        frame: *numbers.get(5)?,
        sent: way(8)?,
        collisions: *numbers.get(13)?,
        carrier: *numbers.get(14)?,
    };
    Some((name.trim().to_owned(), counts))
}

/// An IPv6 address, as `/proc/net/if_inet6` lists it.
#[derive(Debug, PartialEq, Eq)]
struct Address6 {
    address: Ipv6Addr,
    prefix: u8,
    scope: u8,
    device: String,
}

impl Address6 {
    /// The kernel's `IPV6_ADDR_SCOPE_MASK` as a word.
    const fn scope(&self) -> &'static str {
        match self.scope & 0xf0 {
            0 => "Global",
            0x10 => "Host",
            0x20 => "Link",
            0x40 => "Site",
            0x80 => "Compat",
            _ => "Unknown",
        }
    }
}

fn addresses6() -> Vec<Address6> {
    let text = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    text.lines().filter_map(read_address6).collect()
}

fn read_address6(line: &str) -> Option<Address6> {
    let mut words = line.split_whitespace();
    let address = u128::from_str_radix(words.next()?, 16).ok()?.into();
    let prefix = u8::from_str_radix(words.nth(1)?, 16).ok()?;
    let scope = u8::from_str_radix(words.next()?, 16).ok()?;
    Some(Address6 {
        address,
        prefix,
        scope,
        device: words.nth(1)?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEV: &str = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0:     836      10    1    2    3     4          0         0     1712      24    5    6    7     8       9          0
";

    fn eth0() -> Interface {
        Interface {
            name: "eth0".into(),
            flags: 0x1043,
            kind: ETHERNET,
            hardware: vec![2, 0x42, 0xac, 0x12, 0, 2, 0, 0],
            addresses: Some(Addresses {
                own: Ipv4Addr::new(172, 18, 0, 2),
                peer: Ipv4Addr::new(172, 18, 0, 2),
                broadcast: Ipv4Addr::new(172, 18, 255, 255),
                mask: Ipv4Addr::new(255, 255, 0, 0),
            }),
            mtu: 1500,
            metric: 1,
            queue: Some(0),
            counts: read_counts(DEV).get("eth0").copied(),
        }
    }

    #[test]
    fn an_interface_reads_as_in_busybox() {
        let address6 = read_address6("fe800000000000000042acfffe120002 02 40 20 80     eth0").unwrap();
        assert_eq!(
            describe(&eth0(), &[address6]),
            "eth0      Link encap:Ethernet  HWaddr 02:42:AC:12:00:02  \n\
             \x20         inet addr:172.18.0.2  Bcast:172.18.255.255  Mask:255.255.0.0\n\
             \x20         inet6 addr: fe80::42:acff:fe12:2/64 Scope:Link\n\
             \x20         UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\
             \x20         RX packets:10 errors:1 dropped:2 overruns:3 frame:4\n\
             \x20         TX packets:24 errors:5 dropped:6 overruns:7 carrier:9\n\
             \x20         collisions:8 txqueuelen:0 \n\
             \x20         RX bytes:836 (836.0 B)  TX bytes:1712 (1.6 KiB)\n\n"
        );
        let alias = Interface {
            name: "eth0:1".into(),
            flags: 0x1002,
            counts: None,
            ..eth0()
        };
        assert_eq!(
            describe(&alias, &[]),
            "eth0:1    Link encap:Ethernet  HWaddr 02:42:AC:12:00:02  \n\
             \x20         inet addr:172.18.0.2  Bcast:172.18.255.255  Mask:255.255.0.0\n\
             \x20         BROADCAST MULTICAST  MTU:1500  Metric:1\n\n"
        );
    }

    #[test]
    fn odd_lines_are_left_out() {
        assert_eq!(read_counts(DEV).len(), 2);
        for line in ["", "eth0", "eth0: 1 2 3", ":"] {
            assert_eq!(read_counts_of_one(line), None, "{line:?}");
        }
        for line in ["", "zz", "fe80 02", "fe800000000000000042acfffe120002 02 40 20 80"] {
            assert_eq!(read_address6(line), None, "{line:?}");
        }
    }

    #[test]
    fn bytes_are_cut_at_one_digit() {
        assert_eq!(scaled(0), "0 (0.0 B)");
        assert_eq!(scaled(2034), "2034 (1.9 KiB)");
        assert_eq!(scaled(5 << 40), "5497558138880 (5.0 TiB)");
        assert_eq!(scaled(u64::MAX), "18446744073709551615 (16777215.9 TiB)");
    }

    #[test]
    fn names_are_in_natural_order() {
        let mut names = vec!["lo", "eth10", "eth2", "eth2:1", "eth0", "peer0"];
        names.sort_by(|one, other| natural(one).cmp(&natural(other)));
        assert_eq!(names, ["eth0", "eth2", "eth2:1", "eth10", "lo", "peer0"]);
    }
}
