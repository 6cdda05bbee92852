//! The things there are to do in a lab, each as the `docker` command that does it.

use std::borrow::Cow;
use std::fmt;

use crate::lesson::{GoalContainer, GoalEndpoint, GoalNetwork};

/// One thing to do. Displays as the `docker` command that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Remove a network.
    RemoveNetwork {
        /// Its name.
        network: String,
    },
    /// Create a network.
    CreateNetwork(GoalNetwork),
    /// Remove a container, running or not.
    RemoveContainer {
        /// Its name.
        container: String,
    },
    /// Create a container on its first network, and start it.
    Run(GoalContainer),
    /// Start a container that was created only.
    Start {
        /// Its name.
        container: String,
    },
    /// Unplug a container: it has to leave the network, or is plugged in again with other aliases or another address.
    Disconnect {
        /// Its name.
        container: String,
        /// The network's.
        network: String,
    },
    /// Plug a container into a network.
    Connect {
        /// Its name.
        container: String,
        /// Network, aliases, address.
        endpoint: GoalEndpoint,
    },
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoveNetwork { network } => write!(f, "docker network rm {}", quoted(network)),
            Self::CreateNetwork(network) => {
                f.write_str("docker network create")?;
                if let Some(subnet) = network.subnet {
                    write!(f, " --subnet {subnet}")?;
                }
                if network.internal {
                    f.write_str(" --internal")?;
                }
                write!(f, " {}", quoted(&network.name))
            }
            Self::RemoveContainer { container } => write!(f, "docker rm -f {}", quoted(container)),
            Self::Run(container) => run_command(f, container),
            Self::Start { container } => write!(f, "docker start {}", quoted(container)),
            Self::Disconnect { container, network } => {
                write!(f, "docker network disconnect {} {}", quoted(network), quoted(container))
            }
            Self::Connect { container, endpoint } => {
                f.write_str("docker network connect")?;
                endpoint_options(f, endpoint, "--alias")?;
                write!(f, " {} {}", quoted(&endpoint.network), quoted(container))
            }
        }
    }
}

fn run_command(f: &mut fmt::Formatter<'_>, container: &GoalContainer) -> fmt::Result {
    write!(f, "docker run -d --name {}", quoted(&container.name))?;
    if let Some(endpoint) = container.endpoints.first() {
        // The default network is the one that nobody has to name.
        if endpoint.network != "bridge" {
            write!(f, " --net {}", quoted(&endpoint.network))?;
        }
        endpoint_options(f, endpoint, "--net-alias")?;
    } else {
        f.write_str(" --net none")?;
    }
    write!(f, " {}", quoted(&container.image))?;
    container
        .command
        .iter()
        .try_for_each(|word| write!(f, " {}", quoted(word)))
}

fn endpoint_options(f: &mut fmt::Formatter<'_>, endpoint: &GoalEndpoint, alias: &str) -> fmt::Result {
    for name in &endpoint.aliases {
        write!(f, " {alias} {}", quoted(name))?;
    }
    endpoint.ip.map_or(Ok(()), |ip| write!(f, " --ip {ip}"))
}

/// As a POSIX shell reads it back as one word.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_only_where_it_must() {
        assert_eq!(quoted("alpine:3.20"), "alpine:3.20");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
