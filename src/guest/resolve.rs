//! Names to addresses: `/etc/hosts`, then DNS as `/etc/resolv.conf` says, in the manner of `alpine`'s C library.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Servers beyond the third are not asked (`MAXNS`, resolv.conf(5)).
const MOST_SERVERS: usize = 3;
const TYPE_A: u16 = 1;
const CLASS_IN: u16 = 1;

/// IPv4 addresses of a host, in the order of the answer; empty where there is none.
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
    let settings = Settings::read(&fs::read_to_string("/etc/resolv.conf").unwrap_or_default());
    for name in settings.names_to_ask(host) {
        match ask(&settings, &name) {
            Answer::Addresses(addresses) => return addresses,
            // Only a server's plain "no such name" lets the next spelling be tried (musl).
            Answer::NoSuchName => {}
            Answer::None => break,
        }
    }
    Vec::new()
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

/// What `/etc/resolv.conf` says.
#[derive(Debug, PartialEq, Eq)]
struct Settings {
    servers: Vec<IpAddr>,
    search: Vec<String>,
    dots: usize,
    attempts: u32,
    timeout: Duration,
}

impl Settings {
    fn read(text: &str) -> Self {
        let mut settings = Self {
            servers: Vec::new(),
            search: Vec::new(),
            dots: 1,
            attempts: 2,
            timeout: Duration::from_secs(5),
        };
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") if settings.servers.len() < MOST_SERVERS => {
                    settings
                        .servers
                        .extend(words.next().and_then(|address| address.parse::<IpAddr>().ok()));
                }
                Some("search" | "domain") => {
                    settings.search = words.filter(|domain| *domain != ".").map(str::to_owned).collect();
                }
                Some("options") => words.for_each(|option| settings.set(option)),
                _ => {}
            }
        }
        if settings.servers.is_empty() {
            settings.servers.push(Ipv4Addr::LOCALHOST.into());
        }
        settings
    }

    fn set(&mut self, option: &str) {
        let Some((name, Ok(value))) = option.split_once(':').map(|(name, value)| (name, value.parse::<u32>())) else {
            return;
        };
        match name {
            "ndots" => self.dots = value.min(15) as usize,
            "attempts" => self.attempts = value.clamp(1, 10),
            "timeout" => self.timeout = Duration::from_secs(u64::from(value.clamp(1, 60))),
            _ => {}
        }
    }

    /// Spellings to ask for: with each search domain where the name has few dots, then as it stands.
    fn names_to_ask(&self, host: &str) -> Vec<String> {
        let bare = host.strip_suffix('.').unwrap_or(host);
        let mut names = Vec::new();
        if !host.ends_with('.') && bare.matches('.').count() < self.dots {
            names.extend(
                self.search
                    .iter()
                    .map(|domain| format!("{bare}.{domain}"))
                    .filter(|name| is_name(name)),
            );
        }
        names.push(bare.to_owned());
        names
    }
}

enum Answer {
    Addresses(Vec<Ipv4Addr>),
    NoSuchName,
    None,
}

/// Asks every server at once, again at each attempt, and takes the first answer that settles the question.
fn ask(settings: &Settings, name: &str) -> Answer {
    let id = query_id();
    let query = encode(id, name);
    let Ok(socket) = open(settings) else {
        return Answer::None;
    };
    let wait = settings.timeout / settings.attempts;
    for _ in 0..settings.attempts {
        let mut silent = settings.servers.len();
        for server in &settings.servers {
            // A server without a route to it is one that will not answer.
            if socket.send_to(&query, SocketAddr::new(*server, 53)).is_err() {
                silent -= 1;
            }
        }
        let end = Instant::now() + wait;
        while silent > 0 {
            let Some(left) = end
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())
            else {
                break;
            };
            if socket.set_read_timeout(Some(left)).is_err() {
                return Answer::None;
            }
            let mut buffer = [0; 4096];
            let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                break;
            };
            if !settings.servers.contains(&from.ip()) {
                continue;
            }
            match decode(&buffer[..length], id) {
                Some(Reply { code: 0, addresses }) => {
                    return if addresses.is_empty() {
                        Answer::None
                    } else {
                        Answer::Addresses(addresses)
                    };
                }
                Some(Reply { code: 3, .. }) => return Answer::NoSuchName,
                Some(_) => silent -= 1,
                None => {}
            }
        }
    }
    Answer::None
}

fn open(settings: &Settings) -> io::Result<UdpSocket> {
    if settings.servers.iter().any(IpAddr::is_ipv6) {
        return UdpSocket::bind("[::]:0");
    }
    UdpSocket::bind("0.0.0.0:0")
}

/// A number another process cannot guess; without the kernel's generator, the clock's.
fn query_id() -> u16 {
    let mut bytes = [0; 2];
    let read = fs::File::open("/dev/urandom").and_then(|mut file| io::Read::read_exact(&mut file, &mut bytes));
    match read {
        Ok(()) => u16::from_ne_bytes(bytes),
        Err(_) => std::time::UNIX_EPOCH
            .elapsed()
            .map_or(1, |now| (now.subsec_nanos() >> 8 & 0xffff) as u16),
    }
}

/// One question for A records, recursion desired (RFC 1035 §4.1).
fn encode(id: u16, name: &str) -> Vec<u8> {
    let mut message = Vec::with_capacity(name.len() + 18);
    message.extend(id.to_be_bytes());
    message.extend([0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.').filter(|label| !label.is_empty()) {
        // `is_name` keeps labels below 64 bytes.
        message.push(u8::try_from(label.len()).unwrap_or(63));
        message.extend(label.as_bytes());
    }
    message.push(0);
    message.extend(TYPE_A.to_be_bytes());
    message.extend(CLASS_IN.to_be_bytes());
    message
}

#[derive(Debug, PartialEq, Eq)]
struct Reply {
    code: u8,
    addresses: Vec<Ipv4Addr>,
}

/// Reads a response to the query `id`; `None` for anything else, truncated or malformed.
fn decode(message: &[u8], id: u16) -> Option<Reply> {
    let header = message.get(..12)?;
    if header[..2] != id.to_be_bytes() || header[2] & 0x80 == 0 {
        return None;
    }
    let questions = u16::from_be_bytes([header[4], header[5]]);
    let records = u16::from_be_bytes([header[6], header[7]]);
    let mut at = 12;
    for _ in 0..questions {
        at = skip_name(message, at)? + 4;
    }
    let mut addresses = Vec::new();
    for _ in 0..records {
        at = skip_name(message, at)?;
        let fixed = message.get(at..at + 10)?;
        let kind = u16::from_be_bytes([fixed[0], fixed[1]]);
        let length = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        let data = message.get(at + 10..at + 10 + length)?;
        if kind == TYPE_A
            && let Ok(bytes) = <[u8; 4]>::try_from(data)
        {
            addresses.push(Ipv4Addr::from(bytes));
        }
        at += 10 + length;
    }
    Some(Reply {
        code: header[3] & 0x0f,
        addresses,
    })
}

/// Position after a name: labels, or a pointer, which always ends one.
fn skip_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            pointer if pointer & 0xc0 == 0xc0 => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
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
    }

    #[test]
    fn resolv_conf_is_read() {
        let settings = Settings::read("nameserver 127.0.0.11\nsearch a.b .\noptions ndots:0 timeout:2 edns0\n");
        assert_eq!(settings.servers, ["127.0.0.11".parse::<IpAddr>().unwrap()]);
        assert_eq!((settings.dots, settings.timeout), (0, Duration::from_secs(2)));
        assert_eq!(settings.names_to_ask("es"), ["es"]);
        let usual = Settings::read("search a.b\n");
        assert_eq!(usual.servers, [IpAddr::from(Ipv4Addr::LOCALHOST)]);
        assert_eq!(usual.names_to_ask("es"), ["es.a.b", "es"]);
        assert_eq!(usual.names_to_ask("es.dev"), ["es.dev"]);
        assert_eq!(usual.names_to_ask("es."), ["es"]);
    }

    #[test]
    fn answers_are_read_and_rubbish_is_not() {
        let mut message = encode(7, "es");
        message[2] |= 0x80;
        message[7] = 2;
        message.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 1, 0, 2, 0xc0, 12]);
        message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 172, 18, 0, 2]);
        assert_eq!(
            decode(&message, 7),
            Some(Reply {
                code: 0,
                addresses: vec![Ipv4Addr::new(172, 18, 0, 2)]
            })
        );
        assert_eq!(decode(&message, 8), None);
        for end in 0..message.len() {
            assert_eq!(decode(&message[..end], 7), None, "cut at {end}");
        }
        assert_eq!(decode(&encode(7, "es"), 7), None, "a question is no answer");
    }
}
