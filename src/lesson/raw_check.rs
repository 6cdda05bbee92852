//! A check as it is written.

use std::num::NonZeroUsize;

use serde::Deserialize;

use super::address::{self, AddressProblem};
use super::problem::Problem;
use super::{Check, CheckKind};

/// A check as written: every field that some kind has, so that an unknown one is told at its own place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a check")]
pub(super) struct RawCheck {
    pub(super) id: String,
    kind: Kind,
    #[serde(default)]
    pub(super) needs: Vec<String>,
    network: Option<String>,
    container: Option<String>,
    alias: Option<String>,
    from: Option<String>,
    to: Option<String>,
    name: Option<String>,
    count: Option<NonZeroUsize>,
    subnet: Option<String>,
    ip: Option<String>,
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

/// A field that is at fault; none where it is missing.
pub(super) type Misfit = (Option<&'static str>, Problem);

impl RawCheck {
    /// The check, where it has the fields of its kind and no other.
    pub(super) fn read(mut self) -> Result<Check, Misfit> {
        let kind = self.kind()?;
        if let Some(field) = self.left_over() {
            let problem = Problem::FieldOfNoKind {
                check: self.id.clone(),
                field,
            };
            return Err((Some(field), problem));
        }
        Ok(Check {
            id: self.id,
            kind,
            needs: self.needs,
        })
    }

    /// Whether it asks the learner.
    pub(super) const fn is_question(&self) -> bool {
        matches!(self.kind, Kind::Answer)
    }

    fn kind(&mut self) -> Result<CheckKind, Misfit> {
        Ok(match self.kind {
            Kind::NetworkExists => CheckKind::NetworkExists {
                network: self.network()?,
            },
            Kind::Subnet => CheckKind::Subnet {
                network: self.network()?,
                subnet: self.address("subnet", |raw| raw.subnet.take(), address::subnet)?,
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
                ip: self.address("ip", |raw| raw.ip.take(), address::ip)?,
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

    fn network(&mut self) -> Result<String, Misfit> {
        given(&self.id, "network", self.network.take())
    }

    fn container(&mut self) -> Result<String, Misfit> {
        given(&self.id, "container", self.container.take())
    }

    fn from(&mut self) -> Result<String, Misfit> {
        given(&self.id, "from", self.from.take())
    }

    fn to(&mut self) -> Result<String, Misfit> {
        given(&self.id, "to", self.to.take())
    }

    fn name(&mut self) -> Result<String, Misfit> {
        given(&self.id, "name", self.name.take())
    }

    fn address<T>(
        &mut self,
        field: &'static str,
        take: impl FnOnce(&mut Self) -> Option<String>,
        read: impl FnOnce(&str) -> Result<T, AddressProblem>,
    ) -> Result<T, Misfit> {
        let value = take(self);
        let value = given(&self.id, field, value)?;
        read(&value).map_err(|problem| (Some(field), Problem::Address(problem)))
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

fn given<T>(id: &str, field: &'static str, value: Option<T>) -> Result<T, Misfit> {
    let missing = || Problem::FieldMissing {
        check: id.to_owned(),
        field,
    };
    value.ok_or_else(|| (None, missing()))
}
