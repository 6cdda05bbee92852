//! Names to addresses and back: `/etc/hosts`, then DNS as `/etc/resolv.conf` says, in the manner of `alpine`'s C library.

mod conf;
mod services;
mod stub;

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use hickory_proto::rr::{RData, RecordType};

pub(crate) use conf::Settings;
pub(crate) use services::port_of;
use stub::Failure;

use super::dns::message;

/// IPv4 addresses of a host, in the order of the answer; empty where there is none.
///
/// IPv4 and IPv6 are asked for together, as `getaddrinfo(3)` does for a program that takes either; the IPv6 addresses are
/// left out, since no interface of a container has one.
pub(crate) fn ipv4(host: &str) -> Vec<Ipv4Addr> {
    if let Some(address) = numeric(host) {
        return vec![address];
    }
    if !is_name(host) {
        return Vec::new();
    }
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    let known = in_hosts(&hosts, host);
    if !known.is_empty() {
        return known;
    }
    let settings = Settings::of_this_host();
    for name in settings.names_to_ask(host) {
        match stub::ask(&settings, &name, &[RecordType::A, RecordType::AAAA]) {
            Ok(messages) => {
                let records = messages.iter().flat_map(|message| &message.answers);
                return records
                    .filter_map(|record| match &record.data {
                        RData::A(address) => Some(address.0),
                        _ => None,
                    })
                    .collect();
            }
            // Only a server's plain "no such name" lets the next spelling be tried (musl).
            Err(Failure::NoSuchName) => {}
            Err(Failure::NoAnswer) => break,
        }
    }
    Vec::new()
}

/// The first name of an address (`getnameinfo(3)`); `None` where it has none or nobody answers.
pub(crate) fn name_of(address: IpAddr) -> Option<String> {
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    if let Some(name) = named_in_hosts(&hosts, address) {
        return Some(name);
    }
    let messages = stub::ask(
        &Settings::of_this_host(),
        &message::reverse(address),
        &[RecordType::PTR],
    )
    .ok()?;
    let records = messages.iter().flat_map(|message| &message.answers);
    records
        .filter_map(|record| match &record.data {
            RData::PTR(name) => Some(name.0.to_ascii().trim_end_matches('.').to_owned()),
            _ => None,
        })
        .find(|name| !name.is_empty())
}

/// `inet_aton(3)`: one to four numbers, decimal, `0x…` or `0…`, the last filling what is left of the address.
fn numeric(host: &str) -> Option<Ipv4Addr> {
    let mut parts = Vec::new();
    for part in host.split('.') {
        let (digits, radix) = match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
            Some(hex) => (hex, 16),
            None if part.len() > 1 && part.starts_with('0') => (&part[1..], 8),
            None => (part, 10),
        };
        if digits.is_empty() || digits.starts_with('+') {
            return None;
        }
        parts.push(u32::from_str_radix(digits, radix).ok()?);
    }
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|part| *part > 255) {
        return None;
    }
    let room = 32 - 8 * u32::try_from(leading.len()).ok()?;
    if room < 32 && *last >> room != 0 {
        return None;
    }
    let mut value = *last;
    for (part, shift) in leading.iter().zip([24, 16, 8]) {
        value |= part << shift;
    }
    Some(Ipv4Addr::from(value))
}

/// Whether DNS can carry the name: labels of 1 to 63 bytes, 253 in all (RFC 1035).
fn is_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.len() <= 253 && host.split('.').all(|label| (1..=63).contains(&label.len()))
}

fn in_hosts(table: &str, host: &str) -> Vec<Ipv4Addr> {
    table
        .lines()
        .filter_map(|line| {
            let mut words = line.split('#').next()?.split_whitespace();
            let address = words.next()?.parse().ok()?;
            words.any(|name| name.eq_ignore_ascii_case(host)).then_some(address)
        })
        .collect()
}

fn named_in_hosts(table: &str, address: IpAddr) -> Option<String> {
    table.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let found: IpAddr = words.next()?.parse().ok()?;
        words.next().filter(|_| found == address).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_inet_aton_reads_them() {
        for (text, address) in [
            ("127.0.0.1", [127, 0, 0, 1]),
            ("127.1", [127, 0, 0, 1]),
            ("10.1.258", [10, 1, 1, 2]),
            ("0x7f.1", [127, 0, 0, 1]),
            ("1", [0, 0, 0, 1]),
        ] {
            assert_eq!(numeric(text), Some(Ipv4Addr::from(address)), "{text}");
        }
        for text in ["", "es", "1.2.3.4.5", "256.1", "1..2", "1.2.3.256", "+1.2.3.4"] {
            assert_eq!(numeric(text), None, "{text}");
        }
    }

    #[test]
    fn the_hosts_file_comes_first_and_ignores_case() {
        let table = "127.0.0.1 localhost\n::1 es\n172.18.0.2\tab12 ES # web\n";
        assert_eq!(in_hosts(table, "es"), [Ipv4Addr::new(172, 18, 0, 2)]);
        assert!(in_hosts(table, "web").is_empty());
        assert_eq!(
            named_in_hosts(table, Ipv4Addr::new(172, 18, 0, 2).into()).as_deref(),
            Some("ab12")
        );
        assert_eq!(named_in_hosts(table, Ipv4Addr::new(172, 18, 0, 3).into()), None);
    }
}
