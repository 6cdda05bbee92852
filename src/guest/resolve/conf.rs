//! `/etc/resolv.conf` (resolv.conf(5)), as far as `alpine`'s C library heeds it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::is_name;

/// Servers beyond the third are not asked (`MAXNS`, resolv.conf(5)).
const MOST_SERVERS: usize = 3;

/// What `/etc/resolv.conf` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Servers in the order given; this host where none is.
    pub servers: Vec<IpAddr>,
    /// Domains to try behind short names.
    pub search: Vec<String>,
    /// Names with fewer dots are short (`ndots`).
    pub dots: usize,
    /// How often each server is asked.
    pub attempts: u32,
    /// How long all attempts together may take.
    pub timeout: Duration,
}

impl Settings {
    /// What this container's file says; a file that cannot be read says nothing.
    pub(crate) fn of_this_host() -> Self {
        Self::read(&fs::read_to_string("/etc/resolv.conf").unwrap_or_default())
    }

    /// Reads a file's text.
    pub(super) fn read(text: &str) -> Self {
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
    pub(crate) fn names_to_ask(&self, host: &str) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
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
    fn odd_files_give_usable_settings() {
        for text in [
            "",
            "nameserver",
            "nameserver x",
            "options ndots:99 attempts:0 timeout:0",
            "search",
            "\u{0}\u{1}",
        ] {
            let settings = Settings::read(text);
            assert!(
                !settings.servers.is_empty() && settings.attempts > 0 && !settings.timeout.is_zero(),
                "{text:?}"
            );
        }
        let many = "nameserver 10.0.0.1\n".repeat(9);
        assert_eq!(Settings::read(&many).servers.len(), MOST_SERVERS);
    }
}
