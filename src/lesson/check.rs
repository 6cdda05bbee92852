use std::net::Ipv4Addr;
use std::num::NonZeroUsize;

use ipnetwork::Ipv4Network;
use serde::Deserialize;

/// A check: one fact about the lab that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawCheck")]
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

/// A check as written: every field that some kind has, so that an unknown one is told at its own place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a check")]
struct RawCheck {
    id: String,
    kind: Kind,
    #[serde(default)]
    needs: Vec<String>,
    network: Option<String>,
    container: Option<String>,
    alias: Option<String>,
    from: Option<String>,
    to: Option<String>,
    name: Option<String>,
    count: Option<NonZeroUsize>,
    subnet: Option<Ipv4Network>,
    ip: Option<Ipv4Addr>,
    right: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    NetworkExists,
    Subnet,
    Internal,
    ContainerRunning,
    Attached,
    NotAttached,
    Unplugged,
    Alias,
    IpIs,
    Resolves,
    NotResolves,
    Reaches,
    NotReaches,
    Answer,
}

impl TryFrom<RawCheck> for Check {
    type Error = String;

    fn try_from(mut raw: RawCheck) -> Result<Self, String> {
        let kind = raw.kind()?;
        if let Some(field) = raw.left_over() {
            return Err(format!("check `{}`: this kind has no `{field}`", raw.id));
        }
        Ok(Self {
            id: raw.id,
            kind,
            needs: raw.needs,
        })
    }
}

impl RawCheck {
    fn kind(&mut self) -> Result<CheckKind, String> {
        Ok(match self.kind {
            Kind::NetworkExists => CheckKind::NetworkExists {
                network: self.network()?,
            },
            Kind::Subnet => CheckKind::Subnet {
                network: self.network()?,
                subnet: given(&self.id, "subnet", self.subnet.take())?,
            },
            Kind::Internal => CheckKind::Internal {
                network: self.network()?,
            },
            Kind::ContainerRunning => CheckKind::ContainerRunning {
                container: self.container()?,
            },
            Kind::Attached => CheckKind::Attached {
                container: self.container()?,
                network: self.network()?,
            },
            Kind::NotAttached => CheckKind::NotAttached {
                container: self.container()?,
                network: self.network()?,
            },
            Kind::Unplugged => CheckKind::Unplugged {
                container: self.container()?,
            },
            Kind::Alias => CheckKind::Alias {
                container: self.container()?,
                network: self.network()?,
                alias: given(&self.id, "alias", self.alias.take())?,
            },
            Kind::IpIs => CheckKind::IpIs {
                container: self.container()?,
                network: self.network()?,
                ip: given(&self.id, "ip", self.ip.take())?,
            },
            Kind::Resolves => CheckKind::Resolves {
                from: self.from()?,
                name: self.name()?,
                count: self.count.take(),
            },
            Kind::NotResolves => CheckKind::NotResolves {
                from: self.from()?,
                name: self.name()?,
            },
            Kind::Reaches => CheckKind::Reaches {
                from: self.from()?,
                to: self.to()?,
            },
            Kind::NotReaches => CheckKind::NotReaches {
                from: self.from()?,
                to: self.to()?,
            },
            Kind::Answer => CheckKind::Answer {
                right: given(&self.id, "right", self.right.take())?,
            },
        })
    }

    fn network(&mut self) -> Result<String, String> {
        given(&self.id, "network", self.network.take())
    }

    fn container(&mut self) -> Result<String, String> {
        given(&self.id, "container", self.container.take())
    }

    fn from(&mut self) -> Result<String, String> {
        given(&self.id, "from", self.from.take())
    }

    fn to(&mut self) -> Result<String, String> {
        given(&self.id, "to", self.to.take())
    }

    fn name(&mut self) -> Result<String, String> {
        given(&self.id, "name", self.name.take())
    }

    fn left_over(&self) -> Option<&'static str> {
        [
            ("network", self.network.is_some()),
            ("container", self.container.is_some()),
            ("alias", self.alias.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            ("name", self.name.is_some()),
            ("count", self.count.is_some()),
            ("subnet", self.subnet.is_some()),
            ("ip", self.ip.is_some()),
            ("right", self.right.is_some()),
        ]
        .into_iter()
        .find_map(|(field, there)| there.then_some(field))
    }
}

fn given<T>(id: &str, field: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("check `{id}`: `{field}` is missing"))
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
