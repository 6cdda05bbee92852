//! What the watcher believes about each namespace, and which events make a reader believe the same. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::netlink::route::{Address, DETACHED, DYING, Link};
use crate::observe::Event;

/// Links and addresses of one namespace as told so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    links: BTreeMap<u32, Link>,
    addresses: BTreeSet<Address>,
}

fn address_event(address: &Address, gone: bool) -> Event {
    let (index, address) = (address.index, address.address.to_string());
    if gone {
        Event::AddressGone { index, address }
    } else {
        Event::Address { index, address }
    }
}

impl Ledger {
    /// A link was reported. A detached one is gone as far as anyone can see.
    pub(super) fn link(&mut self, link: Link) -> Vec<Event> {
        if matches!(link.group, DETACHED | DYING) {
            return self.link_gone(link.index);
        }
        if self.links.get(&link.index) == Some(&link) {
            return Vec::new();
        }
        let event = link.event();
        self.links.insert(link.index, link);
        vec![event]
    }

    /// A link was removed, with whatever addresses it still had.
    pub(super) fn link_gone(&mut self, index: u32) -> Vec<Event> {
        let Some(link) = self.links.remove(&index) else {
            return Vec::new();
        };
        let addresses: Vec<Address> = self.addresses.iter().filter(|a| a.index == index).copied().collect();
        let mut events: Vec<Event> = addresses
            .into_iter()
            .flat_map(|address| self.address_gone(address))
            .collect();
        events.push(Event::LinkGone { index, name: link.name });
        events
    }

    /// An address was reported. One of a link that nobody knows (it is dying) is not told.
    pub(super) fn address(&mut self, address: Address) -> Vec<Event> {
        if !self.links.contains_key(&address.index) || !self.addresses.insert(address) {
            return Vec::new();
        }
        vec![address_event(&address, false)]
    }

    /// An address was removed.
    pub(super) fn address_gone(&mut self, address: Address) -> Vec<Event> {
        if self.addresses.remove(&address) {
            vec![address_event(&address, true)]
        } else {
            Vec::new()
        }
    }

    /// The truth, after notifications may have been lost: only what differs is told.
    pub(super) fn resync(&mut self, links: Vec<Link>, addresses: &[Address]) -> Vec<Event> {
        let mut events = Vec::new();
        let there: BTreeSet<u32> = links.iter().map(|link| link.index).collect();
        let lost: Vec<u32> = self
            .links
            .keys()
            .filter(|index| !there.contains(index))
            .copied()
            .collect();
        let removed: Vec<Address> = self
            .addresses
            .iter()
            .filter(|a| !addresses.contains(a))
            .copied()
            .collect();
        events.extend(removed.into_iter().flat_map(|address| self.address_gone(address)));
        events.extend(lost.into_iter().flat_map(|index| self.link_gone(index)));
        events.extend(links.into_iter().flat_map(|link| self.link(link)));
        events.extend(addresses.iter().flat_map(|address| self.address(*address)));
        events
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    fn link(index: u32, name: &str, group: u32) -> Link {
        Link {
            index,
            name: name.into(),
            kind: "veth".into(),
            master: None,
            peer: None,
            isolated: false,
            forwarding: false,
            group,
            up: true,
            carrier: true,
            operational: true,
            mac: "02:42:00:00:00:01".into(),
            mtu: 1500,
        }
    }

    fn address(index: u32) -> Address {
        Address {
            index,
            address: "172.18.0.1/16".parse().unwrap(),
        }
    }

    #[test]
    fn a_repeated_report_is_told_once() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.link(link(2, "veth0", 0)).len(), 1);
        assert!(ledger.link(link(2, "veth0", 0)).is_empty());
        assert_eq!(ledger.address(address(2)).len(), 1);
        assert!(ledger.address(address(2)).is_empty());
    }

    #[test]
    fn a_dying_link_is_gone_at_once_under_the_name_people_knew() {
        let mut ledger = Ledger::default();
        ledger.link(link(2, "veth0", 0));
        ledger.address(address(2));
        let events = ledger.link(link(2, "gone2", DETACHED));
        assert_eq!(
            events,
            [
                Event::AddressGone {
                    index: 2,
                    address: "172.18.0.1/16".into()
                },
                Event::LinkGone {
                    index: 2,
                    name: "veth0".into()
                },
            ]
        );
        assert!(ledger.link(link(2, "gone2", DETACHED)).is_empty());
        assert!(ledger.link_gone(2).is_empty());
        assert_eq!(
            ledger.link(link(2, "veth0", 0)).len(),
            1,
            "taken back: it is there again"
        );
    }

    #[test]
    fn a_resync_tells_what_was_lost_and_nothing_else() {
        let mut ledger = Ledger::default();
        ledger.link(link(2, "veth0", 0));
        ledger.link(link(3, "veth1", 0));
        ledger.address(address(3));
        let events = ledger.resync(vec![link(2, "veth0", 0), link(4, "veth2", 0)], &[]);
        assert_eq!(
            events,
            [
                Event::AddressGone {
                    index: 3,
                    address: "172.18.0.1/16".into()
                },
                Event::LinkGone {
                    index: 3,
                    name: "veth1".into()
                },
                link(4, "veth2", 0).event(),
            ]
        );
    }
}
