//! Questions to a container's embedded resolver, and what became of each: who answered, and why that one.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

/// How a question travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A datagram.
    Udp,
    /// A connection.
    Tcp,
}

impl Transport {
    /// `udp` or `tcp`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// A question and its answer. The place of the observation is the container that asked; nothing of it crosses a bridge but what
/// is [forwarded](Outcome::Forwarded).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// How it travelled.
    pub transport: Transport,
    /// The name as it was typed, without the final dot.
    pub name: String,
    /// `A`, `PTR`, `TYPE65`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Nanoseconds from its arrival to the answer; of several, the mean.
    pub nanos: u64,
    /// How many it stands for: one, or those that followed a first one and said the same (see `engine::dns`).
    pub count: u64,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// A network knows the name.
    Addresses {
        /// Addresses in the order given; the next answer may have another.
        addresses: Vec<Ipv4Addr>,
        /// Who answered.
        #[serde(flatten)]
        by: Answerer,
    },
    /// A network knows the address.
    Name {
        /// `es.dev.`
        target: String,
        /// Who answered.
        #[serde(flatten)]
        by: Answerer,
    },
    /// A network knows the name, which has no record of that type (AAAA on a network without IPv6, MX).
    NoData {
        /// Who answered.
        #[serde(flatten)]
        by: Answerer,
    },
    /// A name of one label, while `ndots` above 0 was asked for: answered empty, so that the client adds its search domains.
    SingleLabel,
    /// A server outside was asked, and its answer passed on.
    Forwarded {
        /// Why it was not answered here.
        why: ForwardReason,
        /// Every server asked, in order; the last one's answer was passed on.
        servers: Vec<Asked>,
        /// `NOERROR`, `NXDOMAIN`, …
        rcode: String,
    },
    /// Nobody outside could be asked, or none gave a usable answer.
    Failed {
        /// Why it was not answered here.
        why: ForwardReason,
        /// Every server asked, in order.
        servers: Vec<Asked>,
        /// Why none of them helped.
        cause: Failure,
        /// What the client got (`SERVFAIL`, `REFUSED`); absent when it got nothing and waits.
        rcode: Option<String>,
    },
}

/// The address that a PTR question asks about: that of `2.0.18.172.in-addr.arpa` (RFC 1035 §3.5).
#[must_use]
pub fn address_asked(name: &str) -> Option<Ipv4Addr> {
    let backwards: Ipv4Addr = name.strip_suffix(".in-addr.arpa")?.parse().ok()?;
    let [a, b, c, d] = backwards.octets();
    Some(Ipv4Addr::new(d, c, b, a))
}

/// The network that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answerer {
    /// Its id.
    pub network: String,
    /// Its name.
    pub network_name: String,
    /// Why this one and no other.
    pub why: AnswerReason,
}

/// Why a network, and no other, answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum AnswerReason {
    /// The container is on no other network with names.
    OnlyNetwork,
    /// Of the container's networks only this one knows it.
    OnlyHolder,
    /// Several know it, and answers are never merged: this network comes first.
    First {
        /// What puts it first.
        by: Precedence,
        /// Names of the networks that know it too and were not asked.
        also: Vec<String>,
    },
    /// The question named the network behind a dot.
    NetworkNamed,
}

/// What puts one of a container's networks before the next one (moby `libnetwork/sandbox.go`, `Less`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precedence {
    /// A higher `--gw-priority`.
    GatewayPriority,
    /// It is not internal, the next one is.
    NotInternal,
    /// It has a gateway, the next one has none.
    HasGateway,
    /// The name of the network, by its bytes.
    NetworkName,
}

/// Why a question was not answered by the container's own networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardReason {
    /// No network of the container knows the name.
    UnknownName,
    /// No network of the container has the address.
    UnknownAddress,
    /// Docker's resolver answers A, AAAA, MX and PTR itself, nothing else.
    TypeNotServed,
}

/// A server outside that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its address.
    pub server: IpAddr,
    /// Dialled from the lab host's network, or from the container's own (`--dns`).
    pub from_host: bool,
    /// What it said: `NOERROR`, `SERVFAIL`, …; absent when it said nothing in time.
    pub rcode: Option<String>,
}

/// Why nobody outside helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The container is on internal networks only: the host's servers are not asked for it (since 26.0).
    InternalOnly,
    /// Too many of the container's questions are under way outside.
    TooMany,
    /// No server gave a usable answer.
    NoUsableAnswer,
}
