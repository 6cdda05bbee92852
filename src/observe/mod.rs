//! What was seen: kernel events and DNS exchanges, numbered from 1 and replayable. The engine's watcher and its resolver
//! write them, the lab folds them into the model. `GET /lab/observations` streams them as JSON lines.

mod dns;
mod log;

pub use dns::{
    AnswerReason, Answerer, Asked, Exchange, Failure, ForwardReason, Outcome, Precedence, Transport, address_asked,
};
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

/// Kernel events of rtnetlink's `RTNLGRP_LINK` and `RTNLGRP_IPV4_IFADDR` groups (linux/rtnetlink.h), and DNS exchanges.
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
    /// A container asked its resolver for a name.
    Dns(Box<Exchange>),
    /// So many of a container's DNS exchanges were not told one by one: it asked too much at once.
    DnsUntold {
        /// How many.
        count: u64,
    },
    /// Something that a newer engine tells and this reader does not know.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn an_exchange_is_one_flat_json_object_and_reads_back() {
        let exchange = Exchange {
            transport: Transport::Udp,
            name: "ES".into(),
            kind: "A".into(),
            outcome: Outcome::Addresses {
                addresses: vec!["172.18.0.2".parse().unwrap()],
                by: Answerer {
                    network: "n1".into(),
                    network_name: "dev".into(),
                    why: AnswerReason::First {
                        by: Precedence::NetworkName,
                        also: vec!["prod".into()],
                    },
                },
            },
            nanos: 9,
            count: 1,
        };
        let observation = Observation {
            seq: 1,
            at: 2,
            place: "c1".into(),
            event: Event::Dns(Box::new(exchange)),
        };
        let json = serde_json::to_value(&observation).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "seq": 1, "at": 2, "place": "c1", "event": "dns", "transport": "udp", "name": "ES", "type": "A",
                "outcome": { "result": "addresses", "addresses": ["172.18.0.2"], "network": "n1", "network_name": "dev",
                    "why": { "reason": "first", "by": "network_name", "also": ["prod"] } },
                "nanos": 9, "count": 1
            })
        );
        assert_eq!(serde_json::from_value::<Observation>(json).unwrap(), observation);
    }

    #[test]
    fn what_a_newer_engine_tells_does_not_stop_a_reader() {
        let line = r#"{"seq":7,"at":1,"place":"host","event":"packet","length":60}"#;
        let read: Observation = serde_json::from_str(line).unwrap();
        assert_eq!((read.seq, read.event), (7, Event::Unknown));
    }
}
