//! The picture as data: a pure function of the model, the goal's ghosts and the clock.
//!
//! A [`Stage`] remembers what a picture must remember (letters, order of the bars, what has just come or gone);
//! [`Stage::scene`] gives the [`Scene`] of one moment. Nothing here knows the size of a screen; time is a [`Duration`]
//! since any origin the caller likes, so that the same scene can be drawn again, sent elsewhere or stepped back.
//!
//! [`Duration`]: std::time::Duration

mod stage;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod who_tests;

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

pub use crate::model::{ContainerState, Mark, Uplink};
use crate::observe::Outcome;
pub use stage::{ANSWERED, FAREWELL, FRAME, GROWTH, Stage};
pub use text::text;

/// How much of a thing is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// There.
    Solid,
    /// Just came: how far it has grown, in thousandths.
    Growing(u16),
    /// Not there: the goal of the step wants it.
    Ghost,
    /// Just left: its outline stays for a moment.
    Leaving,
}

impl Presence {
    /// True where the lab really has it now.
    #[must_use]
    pub fn is_real(self) -> bool {
        matches!(self, Self::Solid | Self::Growing(_))
    }
}

/// A network: one switch, drawn as one bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// A, B, C … then AA, AB …: the same for this name as long as the session lasts. The default bridge, there before all
    /// others and drawn after them, is `0`, as in `docker0`.
    pub letter: String,
    /// The letter's rank from 0: chooses colour and line. Means nothing for the default bridge.
    pub rank: usize,
    /// The network's name.
    pub name: String,
    /// `bridge`, `macvlan` …
    pub driver: String,
    /// Subnet, where known. A ghost's is known only where the goal fixes it.
    pub subnet: Option<Ipv4Network>,
    /// The bridge's own address.
    pub gateway: Option<Ipv4Addr>,
    /// The bridge's kernel name.
    pub bridge: Option<String>,
    /// No way out.
    pub internal: bool,
    /// Docker's default bridge: no names are resolved on it.
    pub default: bool,
    /// How much of it is there.
    pub presence: Presence,
    /// How it is known.
    pub mark: Mark,
}

/// A veth pair from a container to a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cable {
    /// Index into [`Scene::bars`].
    pub bar: usize,
    /// The container's address on it.
    pub address: Option<Ipv4Network>,
    /// Names asked for with `--network-alias`.
    pub aliases: Vec<String>,
    /// The end inside the container.
    pub interface: Option<String>,
    /// The end on the lab's host.
    pub host_end: Option<String>,
    /// How much of it is there.
    pub presence: Presence,
    /// How it is known.
    pub mark: Mark,
}

impl Cable {
    /// The address as written beside a cable: the octets that tell it from the others of its subnet (`.2` in a /24 and, while the
    /// third octet is the subnet's own, in a /16; else `.1.2`).
    #[must_use]
    pub fn label(&self) -> String {
        let Some(address) = self.address else {
            return String::new();
        };
        let (ip, net) = (address.ip().octets(), address.network().octets());
        let same = ip.iter().zip(net).take(3).take_while(|(a, b)| **a == *b).count();
        ip[same..].iter().fold(String::new(), |mut label, octet| {
            label.push('.');
            label.push_str(&octet.to_string());
            label
        })
    }
}

/// Where a container stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Hangs under one bar.
    On {
        /// That bar.
        bar: usize,
    },
    /// Stands between two neighbouring bars: the one above, and the next.
    Between {
        /// The bar above.
        upper: usize,
    },
    /// Stands in a column that bars cross, attached to some of them.
    Crossing {
        /// Its first bar.
        first: usize,
        /// Its last bar.
        last: usize,
    },
    /// Shares the host's own network.
    OnHost,
    /// Shares the network of another container.
    Glued {
        /// What `container:` names, its name where it is known.
        with: String,
    },
    /// Runs, attached to nothing.
    Unplugged,
    /// Does not run: the kernel has nothing of it.
    Stopped {
        /// Exit code; absent for one that never ran.
        exit_code: Option<i32>,
    },
}

/// A container: drawn once, however many networks it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Image as typed; empty for a ghost whose goal leaves it open.
    pub image: String,
    /// Where it stands.
    pub place: Place,
    /// Its cables, by bar.
    pub cables: Vec<Cable>,
    /// How much of it is there.
    pub presence: Presence,
    /// Whether it runs.
    pub state: ContainerState,
    /// Exit code of the last run, for one that ended.
    pub exit_code: Option<i32>,
}

impl Node {
    /// True where it is there and does not run: the kernel has nothing of it, and cables of its are wanted or leaving.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        self.presence.is_real() && self.state != ContainerState::Running
    }
}

/// What a container has just asked its resolver, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Full id of the container that asked.
    pub id: String,
    /// Its name.
    pub asker: String,
    /// What it asked for, as it was typed.
    pub name: String,
    /// `A`, `PTR` …
    pub kind: String,
    /// Who answered, and why that one; or why nobody did.
    pub outcome: Outcome,
    /// How many times in a row.
    pub count: u64,
}

/// The picture at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene {
    /// From top to bottom; the default bridge last.
    pub bars: Vec<Bar>,
    /// In the order they came.
    pub nodes: Vec<Node>,
    /// The lab host's way out.
    pub uplink: Option<Uplink>,
    /// Questions to resolvers, at most one per container, the newest last.
    pub questions: Vec<Question>,
}
