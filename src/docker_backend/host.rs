//! Where an Engine is.

use std::fmt;
use std::path::PathBuf;

use super::Refusal;
use crate::lab::Address;

/// Where Docker's own client looks when nothing else is said.
const USUAL: &str = "unix:///var/run/docker.sock";

/// A place that `DOCKER_HOST` may name and that we can reach. Displays as it is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(Address);

impl Host {
    /// The place that was named (`--backend docker=HOST`), else that of `DOCKER_HOST`, else the usual one.
    ///
    /// # Errors
    /// It is of a kind that we cannot reach (`ssh://`, TLS).
    pub fn choose(named: Option<&str>, env: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let of_environment = || env("DOCKER_HOST").filter(|host| !host.is_empty());
        let host = named.map(str::to_owned).or_else(of_environment);
        let host = host.unwrap_or_else(|| USUAL.to_owned());
        let refused = || Refusal::Unknown { host: host.clone() };
        if let Some(path) = host.strip_prefix("unix://") {
            return Ok(Self(Address::Unix(PathBuf::from(path))));
        }
        if host.starts_with('/') {
            return Ok(Self(Address::Unix(PathBuf::from(&host))));
        }
        let address = host.strip_prefix("tcp://").ok_or_else(refused)?.trim_end_matches('/');
        let wants_tls = env("DOCKER_TLS_VERIFY").is_some_and(|value| !value.is_empty());
        if address.is_empty() || address.contains('/') || wants_tls {
            return Err(refused());
        }
        // Docker's own port without TLS (IANA).
        let has_port = address
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port {
            address.to_owned()
        } else {
            format!("{address}:2375")
        };
        Ok(Self(Address::Tcp(address)))
    }

    /// The address.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(named: Option<&str>, variable: Option<&str>) -> Result<String, Refusal> {
        let env = |name: &str| (name == "DOCKER_HOST").then(|| variable.map(str::to_owned)).flatten();
        Host::choose(named, env).map(|host| host.to_string())
    }

    #[test]
    fn what_is_named_comes_before_the_environment() {
        assert_eq!(host(None, None).unwrap(), "unix:///var/run/docker.sock");
        assert_eq!(host(None, Some("tcp://h:1")).unwrap(), "tcp://h:1");
        assert_eq!(host(Some("unix:///x"), Some("tcp://h:1")).unwrap(), "unix:///x");
        assert_eq!(host(Some("/x"), None).unwrap(), "unix:///x");
        assert_eq!(host(Some("tcp://h"), None).unwrap(), "tcp://h:2375");
    }

    #[test]
    fn what_cannot_be_reached_is_refused() {
        for named in [
            "ssh://h",
            "tcp://",
            "tcp://h/x",
            "npipe:////./pipe/docker_engine",
            "h:1",
        ] {
            assert!(host(Some(named), None).is_err(), "{named}");
        }
    }
}
