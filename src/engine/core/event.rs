//! What `GET /events` tells.

use std::collections::BTreeMap;

use super::state::{Container, Network};

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A container.
    Container,
    /// A network.
    Network,
    /// An image.
    Image,
}

impl Subject {
    /// Docker's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Network => "network",
            Self::Image => "image",
        }
    }
}

/// One event. Attributes are in alphabetical order, as Docker prints them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds since the Unix epoch. Later events of one lab have later times.
    pub at: i64,
    /// What it is about.
    pub subject: Subject,
    /// `create`, `connect`, `die`, …
    pub action: String,
    /// Full id.
    pub id: String,
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
}

impl Event {
    pub(super) fn container(at: i64, container: &Container, action: &str, more: &[(&str, String)]) -> Self {
        let mut attributes = container.spec.labels.clone();
        attributes.insert("image".into(), container.spec.image.clone());
        attributes.insert("name".into(), container.name.clone());
        attributes.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        Self {
            at,
            subject: Subject::Container,
            action: action.into(),
            id: container.id.clone(),
            attributes,
        }
    }

    pub(super) fn image(at: i64, id: &str, action: &str, labels: BTreeMap<String, String>, name: &str) -> Self {
        let mut attributes = labels;
        attributes.insert("name".into(), name.into());
        Self {
            at,
            subject: Subject::Image,
            action: action.into(),
            id: id.into(),
            attributes,
        }
    }

    /// The end of a prune, with the bytes it freed.
    pub(super) fn pruned(at: i64, subject: Subject, reclaimed: i64) -> Self {
        Self {
            at,
            subject,
            action: "prune".into(),
            id: String::new(),
            attributes: BTreeMap::from([("reclaimed".to_owned(), reclaimed.to_string())]),
        }
    }

    pub(super) fn network(at: i64, network: &Network, action: &str, container: Option<&str>) -> Self {
        Self::network_parts(
            at,
            [&network.id, &network.name, network.driver.name()],
            action,
            container,
        )
    }

    pub(super) fn network_parts(at: i64, [id, name, driver]: [&str; 3], action: &str, container: Option<&str>) -> Self {
        let mut attributes = BTreeMap::from([
            ("name".to_owned(), name.to_owned()),
            ("type".to_owned(), driver.to_owned()),
        ]);
        attributes.extend(container.map(|id| ("container".to_owned(), id.to_owned())));
        Self {
            at,
            subject: Subject::Network,
            action: action.into(),
            id: id.to_owned(),
            attributes,
        }
    }
}
