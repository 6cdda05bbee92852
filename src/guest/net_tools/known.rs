//! Names of addresses and of ports, each looked up once.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;

use super::super::resolve;

/// Names of addresses, as far as anybody knows them.
pub(super) struct Hosts {
    numeric: bool,
    known: HashMap<IpAddr, Option<String>>,
}

impl Hosts {
    /// Looks names up, or with `numeric` (the option `-n`) never does.
    pub(super) fn new(numeric: bool) -> Self {
        Self {
            numeric,
            known: HashMap::new(),
        }
    }

    /// Whether names are wanted at all.
    pub(super) const fn is_numeric(&self) -> bool {
        self.numeric
    }

    /// An address's name, where it has one.
    pub(super) fn name(&mut self, address: IpAddr) -> Option<String> {
        if self.numeric {
            return None;
        }
        self.known
            .entry(address)
            .or_insert_with(|| resolve::name_of(address))
            .clone()
    }

    /// An address's name, or its digits.
    pub(super) fn name_or_digits(&mut self, address: IpAddr) -> String {
        self.name(address).unwrap_or_else(|| address.to_string())
    }
}

/// Names of ports, from the image's `/etc/services` (services(5)).
pub(super) struct Services(HashMap<(u16, String), String>);

impl Services {
    /// None at all: ports stay numbers.
    pub(super) fn none() -> Self {
        Self(HashMap::new())
    }

    /// Those of this file system.
    pub(super) fn of_this_host() -> Self {
        Self::read(&fs::read_to_string("/etc/services").unwrap_or_default())
    }

    fn read(text: &str) -> Self {
        let mut names = HashMap::new();
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            if let (Some(name), Some((port, protocol))) = (words.next(), words.next().and_then(|at| at.split_once('/')))
                && let Ok(port) = port.parse()
            {
                names
                    .entry((port, protocol.to_owned()))
                    .or_insert_with(|| name.to_owned());
            }
        }
        Self(names)
    }

    /// A port as `netstat` writes it: `*` for none, its name, or its number.
    pub(super) fn port(&self, port: u16, protocol: &str) -> String {
        if port == 0 {
            return "*".to_owned();
        }
        self.0
            .get(&(port, protocol.to_owned()))
            .cloned()
            .unwrap_or_else(|| port.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_have_names_where_the_file_gives_one() {
        let services = Services::read("# IANA\nhttp\t80/tcp www\nbad\nodd x/tcp\nwww 80/tcp\ndomain 53/udp # names\n");
        assert_eq!(services.port(80, "tcp"), "http");
        assert_eq!(services.port(80, "udp"), "80");
        assert_eq!(services.port(53, "udp"), "domain");
        assert_eq!(services.port(0, "tcp"), "*");
        assert_eq!(Services::none().port(80, "tcp"), "80");
    }
}
