//! What each kind of check can find in place of what it wants. The judge's tests hold it against what the judge finds.

use super::{CheckKind, Found};

use Found::{
    Arrives, ContainerAbsent, Joined, NameKnown, NameUnknown, NetworkAbsent, NetworkMissing, NetworkNearly,
    NetworksApart, NoAlias, NoAnswer, NoNamesOnBridge, NoResolver, NotInternal, NotStarted, OnDefaultBridge, OnHost,
    OnNoNetwork, OnOtherNetworks, OtherAddress, OtherAliases, OtherAnswer, OtherCount, OtherName, OtherSubnet,
    StillAttached, Stopped,
};

/// Of a network that should be there.
const NETWORK: [Found; 2] = [NetworkAbsent, NetworkNearly];
/// Of a container that should run.
const RUNNING: [Found; 4] = [ContainerAbsent, NotStarted, NetworkMissing, Stopped];
/// Of a container that should be on a network, and is elsewhere.
const ELSEWHERE: [Found; 6] = [OtherName, OnDefaultBridge, OnOtherNetworks, OnHost, Joined, OnNoNetwork];

impl CheckKind {
    /// Its name in `lesson.yaml`.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::NetworkExists { .. } => "network_exists",
            Self::Subnet { .. } => "subnet",
            Self::Internal { .. } => "internal",
            Self::ContainerRunning { .. } => "container_running",
            Self::Attached { .. } => "attached",
            Self::NotAttached { .. } => "not_attached",
            Self::Unplugged { .. } => "unplugged",
            Self::Alias { .. } => "alias",
            Self::IpIs { .. } => "ip_is",
            Self::Resolves { .. } => "resolves",
            Self::NotResolves { .. } => "not_resolves",
            Self::Reaches { .. } => "reaches",
            Self::NotReaches { .. } => "not_reaches",
            Self::Answer { .. } => "answer",
        }
    }

    /// What it can find in place of what it wants: what a lesson may have a sentence of its own for.
    #[must_use]
    pub fn findings(&self) -> Vec<Found> {
        let attached = || [&NETWORK[..], &RUNNING, &ELSEWHERE].concat();
        let (shared, own): (Vec<Found>, &[Found]) = match self {
            Self::NetworkExists { .. } => (NETWORK.into(), &[]),
            Self::Subnet { .. } => (NETWORK.into(), &[OtherSubnet]),
            Self::Internal { .. } => (NETWORK.into(), &[NotInternal]),
            Self::ContainerRunning { .. } => (RUNNING.into(), &[]),
            Self::Attached { .. } => (attached(), &[]),
            Self::NotAttached { .. } => ([&NETWORK[..], &RUNNING].concat(), &[StillAttached]),
            Self::Unplugged { .. } => (RUNNING.into(), &[OnDefaultBridge, OnOtherNetworks, OnHost, Joined]),
            Self::Alias { .. } => (attached(), &[NoAlias, OtherAliases]),
            Self::IpIs { .. } => (attached(), &[OtherAddress]),
            Self::Resolves { count: None, .. } => (RUNNING.into(), &[NoNamesOnBridge, NoResolver, NameUnknown]),
            Self::Resolves { .. } => (RUNNING.into(), &[NoNamesOnBridge, NoResolver, NameUnknown, OtherCount]),
            Self::NotResolves { .. } => (RUNNING.into(), &[NameKnown]),
            Self::Reaches { .. } => (RUNNING.into(), &[NetworksApart, OnNoNetwork]),
            Self::NotReaches { .. } => (RUNNING.into(), &[Arrives]),
            Self::Answer { .. } => (Vec::new(), &[NoAnswer, OtherAnswer]),
        };
        [&shared[..], own].concat()
    }
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
