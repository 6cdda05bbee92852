//! What a check can find in place of what it wants: the ids that texts are keyed by.

use crate::texts::{self, Lang};

/// What was found in place of what is wanted: the id of a sentence, and what fills it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which sentence.
    pub found: Found,
    /// Placeholders of the sentence.
    pub values: Vec<(&'static str, String)>,
}

macro_rules! found {
    ($($(#[$doc:meta])+ $variant:ident = $id:literal $values:tt,)+) => {
        /// The things that can be found in place of what is wanted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Found {
            $($(#[$doc])+ $variant,)+
        }

        impl Found {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name in the `seen` texts of lessons.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }

            /// The placeholders that its sentence may have.
            #[must_use]
            pub const fn placeholders(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &$values,)+
                }
            }

            /// Its key in the workshop's catalogue.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("workshop.seen.", $id),)+
                }
            }
        }
    };
}

found! {
    /// No network of that name.
    NetworkAbsent = "network_absent" ["network"],
    /// None of that name, but one whose name differs by case only.
    NetworkNearly = "network_nearly" ["network", "other"],
    /// Another subnet.
    OtherSubnet = "other_subnet" ["network", "subnet"],
    /// The network has a way out.
    NotInternal = "not_internal" ["network"],
    /// No container of that name.
    ContainerAbsent = "container_absent" ["container"],
    /// None of that name, but a container of another name is on the network.
    OtherName = "other_name" ["container", "other", "network"],
    /// Created, never started.
    NotStarted = "not_started" ["container"],
    /// Created for a network that is not there: it cannot be started.
    NetworkMissing = "network_missing" ["container", "network"],
    /// It ended, with this exit code.
    Stopped = "stopped" ["container", "code"],
    /// On the default bridge only.
    OnDefaultBridge = "on_default_bridge" ["container", "network", "address"],
    /// On other networks only.
    OnOtherNetworks = "on_other_networks" ["container", "network", "others"],
    /// It shares the host's network.
    OnHost = "on_host" ["container", "network"],
    /// It shares another container's network.
    Joined = "joined" ["container", "network"],
    /// On no network.
    OnNoNetwork = "on_no_network" ["container"],
    /// On a network that it should have left.
    StillAttached = "still_attached" ["container", "network", "address"],
    /// On the network, without any alias.
    NoAlias = "no_alias" ["container", "network"],
    /// On the network, under other aliases.
    OtherAliases = "other_aliases" ["container", "network", "aliases"],
    /// On the network, with another address.
    OtherAddress = "other_address" ["container", "network", "address"],
    /// Docker has no name server for who asks: only the default bridge.
    NoNamesOnBridge = "no_names_on_bridge" ["from", "name"],
    /// Docker has no name server for who asks.
    NoResolver = "no_resolver" ["from", "name"],
    /// No network of who asks knows the name.
    NameUnknown = "name_unknown" ["from", "name", "networks"],
    /// The answer has another number of addresses.
    OtherCount = "other_count" ["from", "name", "network", "addresses"],
    /// The name has an answer.
    NameKnown = "name_known" ["from", "name"],
    /// Sender and receiver share no network.
    NetworksApart = "networks_apart" ["from", "to", "here", "there"],
    /// Packets arrive.
    Arrives = "arrives" ["from", "to"],
    /// The question has no answer yet.
    NoAnswer = "no_answer" [],
    /// Another choice than the right one.
    OtherAnswer = "other_answer" ["choice", "answer"],
}

impl Finding {
    pub(super) fn new(found: Found, values: Vec<(&'static str, String)>) -> Self {
        Self { found, values }
    }

    /// What it says, in the lesson's own sentence where there is one, else in the workshop's.
    #[must_use]
    pub fn sentence(&self, lang: Lang, own: Option<&str>) -> String {
        let values: Vec<(&str, &str)> = self.values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        texts::fill_in(own.unwrap_or_else(|| texts::get(lang, self.found.key())), &values)
    }

    /// What fills that placeholder.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        let value = self.values.iter().find(|(known, _)| *known == key);
        value.map(|(_, value)| value.as_str())
    }
}
