//! The kernel's routing tables, as `route` and `netstat -r` print them.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::known::Hosts;

/// `RTF_…` beside the first letter, with theirs; the second set is IPv6's own (`linux/ipv6_route.h`).
const LETTERS: &[(u32, char)] = &[(0x2, 'G'), (0x4, 'H'), (0x8, 'R'), (0x10, 'D'), (0x20, 'M')];
const LETTERS_6: &[(u32, char)] = &[
    (0x2, 'G'),
    (0x4, 'H'),
    (0x1_0000, 'D'),
    (0x4_0000, 'A'),
    (0x100_0000, 'C'),
    (0x20_0000, 'n'),
];
const UP: u32 = 0x1;
const REJECT: u32 = 0x200;

/// The last columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    /// Metric, references and uses: `route`'s.
    Metric,
    /// Segment size, window and round-trip time: `netstat`'s.
    Window,
}

/// A line of /proc/net/route (proc(5)).
#[derive(Debug)]
struct Route {
    device: String,
    destination: Ipv4Addr,
    gateway: Ipv4Addr,
    mask: Ipv4Addr,
    flags: u32,
    references: i64,
    uses: i64,
    metric: i64,
    mtu: i64,
    window: i64,
    round_trip: i64,
}

impl Route {
    fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let address = |at: usize| {
            let value = u32::from_str_radix(words.get(at)?, 16).ok()?;
            // The kernel prints the address as its own processor reads the four bytes.
            Some(Ipv4Addr::from(value.to_ne_bytes()))
        };
        let number = |at: usize| words.get(at)?.parse().ok();
        Some(Self {
            device: (*words.first()?).to_owned(),
            destination: address(1)?,
            gateway: address(2)?,
            flags: u32::from_str_radix(words.get(3)?, 16).ok()?,
            references: number(4)?,
            uses: number(5)?,
            metric: number(6)?,
            mask: address(7)?,
            mtu: number(8)?,
            window: number(9)?,
            round_trip: number(10)?,
        })
    }
}

/// The IPv4 table.
pub(super) fn listing(table: &str, columns: Columns, hosts: &mut Hosts) -> String {
    let heading = match columns {
        Columns::Metric => "Metric Ref    Use",
        Columns::Window => "  MSS Window  irtt",
    };
    let mut text =
        format!("Kernel IP routing table\nDestination     Gateway         Genmask         Flags {heading} Iface\n");
    // The first line is headings.
    for route in table.lines().skip(1).filter_map(Route::read) {
        if route.flags & UP == 0 {
            continue;
        }
        let destination = name(route.destination, "default", Some(route.mask), hosts);
        let gateway = name(route.gateway, "*", None, hosts);
        let _ = write!(
            text,
            "{destination:<15.15} {gateway:<15.15} {:<16}{:<6}",
            route.mask.to_string(),
            letters(route.flags, LETTERS)
        );
        let device = &route.device;
        let _ = match columns {
            Columns::Metric => {
                writeln!(
                    text,
                    "{:<6} {:<2} {:>7} {device}",
                    route.metric, route.references, route.uses
                )
            }
            Columns::Window => {
                writeln!(
                    text,
                    "{:>5} {:<5} {:>6} {device}",
                    route.mtu, route.window, route.round_trip
                )
            }
        };
    }
    text
}

/// A host's name; of networks only the one that is everything has a word.
fn name(address: Ipv4Addr, any: &str, mask: Option<Ipv4Addr>, hosts: &mut Hosts) -> String {
    if hosts.is_numeric() {
        return address.to_string();
    }
    if address.is_unspecified() {
        return any.to_owned();
    }
    let is_host = mask.is_none_or(|mask| u32::from(address) & !u32::from(mask) != 0);
    if is_host {
        hosts.name_or_digits(IpAddr::V4(address))
    } else {
        address.to_string()
    }
}

/// The IPv6 table, which never has names.
pub(super) fn listing6(table: &str) -> String {
    let mut text = format!(
        "Kernel IPv6 routing table\n{:<44}{:<40}Flags Metric Ref    Use Iface\n",
        "Destination", "Next Hop"
    );
    for line in table.lines() {
        if let Some(line) = line6(line) {
            text.push_str(&line);
        }
    }
    text
}

/// A line of `/proc/net/ipv6_route`: all its numbers are hexadecimal.
fn line6(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let address = |at: usize| Some(Ipv6Addr::from(u128::from_str_radix(words.get(at)?, 16).ok()?));
    let number = |at: usize| u32::from_str_radix(words.get(at)?, 16).ok();
    let destination = format!("{}/{}", address(0)?, number(1)?);
    Some(format!(
        "{destination:<43} {:<39} {:<5} {:<6} {:<2} {:>7} {:<8}\n",
        address(4)?.to_string(),
        letters(number(8)?, LETTERS_6),
        // A metric of all ones reads as -1.
        number(5)?.cast_signed(),
        number(6)?,
        number(7)?,
        words.get(9)?
    ))
}

fn letters(flags: u32, known: &[(u32, char)]) -> String {
    let first = if flags & REJECT == 0 { 'U' } else { '!' };
    let rest = known.iter().filter(|(flag, _)| flags & flag != 0);
    std::iter::once(first).chain(rest.map(|(_, letter)| *letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two routes of a container, written as this machine's processor would.
    fn table() -> String {
        let hex = |address: &str| {
            let octets = address.parse::<Ipv4Addr>().unwrap().octets();
            format!("{:08X}", u32::from_ne_bytes(octets))
        };
        let line = |device: &str, parts: [&str; 3], flags: &str| {
            let [to, via, mask] = parts.map(hex);
            format!("{device}\t{to}\t{via}\t{flags}\t0\t0\t0\t{mask}\t0\t0\t0   \n")
        };
        [
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT \n".to_owned(),
            line("eth0", ["0.0.0.0", "172.18.0.1", "0.0.0.0"], "0003"),
            line("eth0", ["172.18.0.0", "0.0.0.0", "255.255.0.0"], "0001"),
            line("*", ["10.1.1.3", "0.0.0.0", "255.255.255.255"], "0205"),
            line("eth1", ["10.0.0.0", "0.0.0.0", "255.0.0.0"], "0000"),
            "nonsense\n".to_owned(),
        ]
        .concat()
    }

    #[test]
    fn the_table_reads_as_in_busybox() {
        let numeric = &mut Hosts::new(true);
        assert_eq!(
            listing(&table(), Columns::Metric, numeric),
            "Kernel IP routing table\n\
             Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n\
             0.0.0.0         172.18.0.1      0.0.0.0         UG    0      0        0 eth0\n\
             172.18.0.0      0.0.0.0         255.255.0.0     U     0      0        0 eth0\n\
             10.1.1.3        0.0.0.0         255.255.255.255 !H    0      0        0 *\n"
        );
        assert_eq!(
            listing(&table(), Columns::Window, numeric),
            "Kernel IP routing table\n\
             Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n\
             0.0.0.0         172.18.0.1      0.0.0.0         UG        0 0          0 eth0\n\
             172.18.0.0      0.0.0.0         255.255.0.0     U         0 0          0 eth0\n\
             10.1.1.3        0.0.0.0         255.255.255.255 !H        0 0          0 *\n"
        );
        assert_eq!(
            name(Ipv4Addr::UNSPECIFIED, "default", None, &mut Hosts::new(false)),
            "default"
        );
    }

    #[test]
    fn the_table_of_ipv6_reads_as_in_busybox() {
        let none = "0".repeat(32);
        let line = format!("{none} 00 {none} 00 {none} ffffffff 00000001 00000000 00200200       lo\nrubbish\n");
        assert_eq!(
            listing6(&line),
            format!(
                "Kernel IPv6 routing table\n\
                 Destination                                 Next Hop                                \
                 Flags Metric Ref    Use Iface\n{:<43} {:<39} !n    -1     1        0 lo      \n",
                "::/0", "::"
            )
        );
    }
}
