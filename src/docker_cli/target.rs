//! Which engine the commands go to.

use std::fmt;
use std::path::PathBuf;

/// The port of an address that names none (Docker's for plain TCP).
const PORT: u16 = 2375;

/// Which engine the commands go to. The caller decides: a real Engine is never reached by accident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An engine at a unix socket.
    Unix(PathBuf),
    /// An engine at `HOST:PORT`, without TLS.
    Tcp(String),
}

impl Target {
    /// Reads what `DOCKER_HOST` and `-H` hold: `unix://PATH`, a bare absolute path, `tcp://HOST[:PORT]` or `HOST:PORT`.
    ///
    /// # Errors
    /// A sentence for the person, for addresses of other kinds.
    pub fn from_host(host: &str) -> Result<Self, String> {
        if let Some(path) = host
            .strip_prefix("unix://")
            .or_else(|| host.starts_with('/').then_some(host))
        {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let address = host.strip_prefix("tcp://").unwrap_or(host).trim_end_matches('/');
        if address.is_empty() || address.contains('/') {
            return Err(format!(
                "{host}: cnm's docker speaks to unix:///path/to.sock and to tcp://host:port, nothing else"
            ));
        }
        let (before, after) = address.rsplit_once(':').unwrap_or((address, ""));
        let named = !before.is_empty() && !after.is_empty() && after.bytes().all(|byte| byte.is_ascii_digit());
        // Within the brackets of `[::1]` a colon parts no port.
        let bracketed = address.ends_with(']') || !address.contains(':');
        if named && !bracketed {
            return Ok(Self::Tcp(address.to_owned()));
        }
        if bracketed {
            return Ok(Self::Tcp(format!("{address}:{PORT}")));
        }
        Err(format!("unable to parse docker host `{host}`"))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_docker_reads_them() {
        for (text, read) in [
            ("unix:///run/x.sock", "unix:///run/x.sock"),
            ("/run/x.sock", "unix:///run/x.sock"),
            ("tcp://10.0.0.2:2376", "tcp://10.0.0.2:2376"),
            ("tcp://engine", "tcp://engine:2375"),
            ("engine:99/", "tcp://engine:99"),
            ("tcp://[::1]:99", "tcp://[::1]:99"),
            ("tcp://[::1]", "tcp://[::1]:2375"),
        ] {
            assert_eq!(
                Target::from_host(text).map(|target| target.to_string()).as_deref(),
                Ok(read)
            );
        }
        for text in ["", "tcp://", "ssh://me@there", "fd://", "npipe:////./pipe/x", "a:b"] {
            assert!(Target::from_host(text).is_err(), "{text}");
        }
    }
}
