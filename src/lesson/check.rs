use std::net::Ipv4Addr;
use std::num::NonZeroUsize;

use ipnetwork::Ipv4Network;

/// A check: one fact about the lab that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// English id, unique in the lesson.
    pub id: String,
    /// What must hold.
    pub kind: CheckKind,
    /// Ids of the checks that must pass before this one means anything.
    pub needs: Vec<String>,
}

/// The facts that can be checked. Networks and containers are named as the learner names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckKind {
    /// A network of that name exists.
    NetworkExists {
        /// Its name.
        network: String,
    },
    /// A network has that subnet.
    Subnet {
        /// Its name.
        network: String,
        /// The subnet.
        subnet: Ipv4Network,
    },
    /// A network has no way out.
    Internal {
        /// Its name.
        network: String,
    },
    /// A container of that name runs.
    ContainerRunning {
        /// Its name.
        container: String,
    },
    /// A running container is on a network.
    Attached {
        /// Its name.
        container: String,
        /// The network's.
        network: String,
    },
    /// A running container is not on a network that exists.
    NotAttached {
        /// Its name.
        container: String,
        /// The network's.
        network: String,
    },
    /// A running container is on no network at all, as with `--net none`.
    Unplugged {
        /// Its name.
        container: String,
    },
    /// A container answers to an alias on a network.
    Alias {
        /// Its name.
        container: String,
        /// The network's.
        network: String,
        /// The alias.
        alias: String,
    },
    /// A container has that address on a network.
    IpIs {
        /// Its name.
        container: String,
        /// The network's.
        network: String,
        /// The address.
        ip: Ipv4Addr,
    },
    /// A container gets an answer for a name (deduced from the rules of the embedded resolver).
    Resolves {
        /// Who asks.
        from: String,
        /// For what.
        name: String,
        /// How many addresses the answer has, where it matters.
        count: Option<NonZeroUsize>,
    },
    /// A container gets no answer from Docker for a name.
    NotResolves {
        /// Who asks.
        from: String,
        /// For what.
        name: String,
    },
    /// Packets of one container arrive at another (deduced from networks and isolation).
    Reaches {
        /// Sender.
        from: String,
        /// Receiver.
        to: String,
    },
    /// Packets of one container do not arrive at another.
    NotReaches {
        /// Sender.
        from: String,
        /// Receiver.
        to: String,
    },
    /// The learner has answered the step's question rightly. No lab shows that.
    Answer {
        /// Which of the step's choices is the right one, from 1.
        right: NonZeroUsize,
    },
}

impl CheckKind {
    /// The key, in the workshop's catalogue, of the sentence that says what this kind wants.
    #[must_use]
    pub const fn wanted_key(&self) -> &'static str {
        match self {
            Self::NetworkExists { .. } => "workshop.wanted.network_exists",
            Self::Subnet { .. } => "workshop.wanted.subnet",
            Self::Internal { .. } => "workshop.wanted.internal",
            Self::ContainerRunning { .. } => "workshop.wanted.container_running",
            Self::Attached { .. } => "workshop.wanted.attached",
            Self::NotAttached { .. } => "workshop.wanted.not_attached",
            Self::Unplugged { .. } => "workshop.wanted.unplugged",
            Self::Alias { .. } => "workshop.wanted.alias",
            Self::IpIs { .. } => "workshop.wanted.ip_is",
            Self::Resolves { count: None, .. } => "workshop.wanted.resolves",
            Self::Resolves {
                count: Some(NonZeroUsize::MIN),
                ..
            } => "workshop.wanted.resolves_one",
            Self::Resolves { .. } => "workshop.wanted.resolves_count",
            Self::NotResolves { .. } => "workshop.wanted.not_resolves",
            Self::Reaches { .. } => "workshop.wanted.reaches",
            Self::NotReaches { .. } => "workshop.wanted.not_reaches",
            Self::Answer { .. } => "workshop.wanted.answer",
        }
    }

    /// The right choice, where the check is a question to the learner and not to the lab.
    #[must_use]
    pub const fn question(&self) -> Option<usize> {
        match self {
            Self::Answer { right } => Some(right.get()),
            _ => None,
        }
    }

    /// What the check is about, by the placeholder that stands for it in texts.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NetworkExists { network } | Self::Internal { network } => vec![("network", network.clone())],
            Self::Subnet { network, subnet } => vec![("network", network.clone()), ("subnet", subnet.to_string())],
            Self::ContainerRunning { container } | Self::Unplugged { container } => {
                vec![("container", container.clone())]
            }
            Self::Attached { container, network } | Self::NotAttached { container, network } => {
                vec![("container", container.clone()), ("network", network.clone())]
            }
            Self::Alias {
                container,
                network,
                alias,
            } => {
                vec![
                    ("container", container.clone()),
                    ("network", network.clone()),
                    ("alias", alias.clone()),
                ]
            }
            Self::IpIs { container, network, ip } => {
                vec![
                    ("container", container.clone()),
                    ("network", network.clone()),
                    ("address", ip.to_string()),
                ]
            }
            Self::Resolves { from, name, count } => {
                let mut values = vec![("from", from.clone()), ("name", name.clone())];
                values.extend(count.map(|count| ("count", count.to_string())));
                values
            }
            Self::NotResolves { from, name } => {
                vec![("from", from.clone()), ("name", name.clone())]
            }
            Self::Reaches { from, to } | Self::NotReaches { from, to } => {
                vec![("from", from.clone()), ("to", to.clone())]
            }
            Self::Answer { .. } => Vec::new(),
        }
    }
}
