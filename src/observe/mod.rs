//! What was seen: kernel events, numbered from 1 and replayable. The engine's watcher writes them, the lab folds them
//! into the model. `GET /lab/observations` streams them as JSON lines.

mod log;

pub use log::{Log, Next, Subscription};

use serde::{Deserialize, Serialize};

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// 1, 2, 3 …: no gap within one lab.
    pub seq: u64,
    /// Nanoseconds since the lab started (`CLOCK_MONOTONIC`).
    pub at: u64,
    /// Whose network namespace: `host`, `router`, or a container's full id.
    pub place: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Kernel events of rtnetlink's `RTNLGRP_LINK` and `RTNLGRP_IPV4_IFADDR` groups (linux/rtnetlink.h).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A link exists, or changed.
    Link {
        /// Interface index.
        index: u32,
        /// Interface name.
        name: String,
        /// `bridge`, `veth`, … empty for hardware and loopback.
        kind: String,
        /// Index of the bridge it is a port of.
        master: Option<u32>,
        /// Index of the other end of the veth pair, in its own namespace.
        peer: Option<u32>,
        /// Administratively up.
        up: bool,
        /// Has carrier.
        carrier: bool,
        /// Hardware address.
        mac: String,
        /// Maximum transmission unit, bytes.
        mtu: u32,
    },
    /// A link is gone.
    LinkGone {
        /// Interface index.
        index: u32,
        /// Interface name.
        name: String,
    },
    /// An address was added.
    Address {
        /// Interface index.
        index: u32,
        /// `172.18.0.1/16`.
        address: String,
    },
    /// An address was removed.
    AddressGone {
        /// Interface index.
        index: u32,
        /// `172.18.0.1/16`.
        address: String,
    },
}
