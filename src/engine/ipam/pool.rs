//! The addresses of one subnet.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

/// Why no address was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Somebody holds it, or it is the network or broadcast address.
    #[error("Address already in use")]
    InUse,
    /// Not in the subnet.
    #[error("requested address is out of range")]
    OutOfRange,
    /// Each address of the range (or subnet) is held.
    #[error("no available addresses on this pool")]
    Exhausted,
}

/// Who holds which address. Network and (from /30 up) broadcast address are never given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    subnet: Ipv4Network,
    range: Option<Ipv4Network>,
    held: BTreeSet<Ipv4Addr>,
    /// Also of a /31 and a /32.
    ends_reserved: bool,
}

impl Pool {
    /// A pool with nothing held. `range` narrows what [`Pool::take_lowest`] gives; a range outside the subnet (which 20.10
    /// accepts) narrows nothing.
    #[must_use]
    pub fn new(subnet: Ipv4Network, range: Option<Ipv4Network>) -> Self {
        let range = range.filter(|range| range.is_subnet_of(subnet));
        Self {
            subnet,
            range,
            held: BTreeSet::new(),
            ends_reserved: false,
        }
    }

    /// Never gives the first and last address, however small the subnet: of a /31 or /32 nothing is left.
    #[must_use]
    pub fn reserving_ends(self) -> Self {
        Self {
            ends_reserved: true,
            ..self
        }
    }

    /// The subnet, network address and prefix length.
    #[must_use]
    pub const fn subnet(&self) -> Ipv4Network {
        self.subnet
    }

    /// Takes the lowest free address, of the range where there is one.
    ///
    /// # Errors
    /// [`AddressError::Exhausted`].
    pub fn take_lowest(&mut self) -> Result<Ipv4Addr, AddressError> {
        let span = self.range.unwrap_or(self.subnet);
        let last = span.broadcast().to_bits();
        let mut candidate = u64::from(span.network().to_bits());
        if self.is_reserved(span.network()) {
            candidate += 1;
        }
        for held in self.held.range(span.network()..) {
            if u64::from(held.to_bits()) > candidate {
                break;
            }
            if u64::from(held.to_bits()) == candidate {
                candidate += 1;
            }
        }
        let free = u32::try_from(candidate)
            .ok()
            .filter(|bits| *bits <= last)
            .map(Ipv4Addr::from_bits);
        let address = free
            .filter(|address| !self.is_reserved(*address))
            .ok_or(AddressError::Exhausted)?;
        self.held.insert(address);
        Ok(address)
    }

    /// Takes one address, inside the subnet but not necessarily inside the range.
    ///
    /// # Errors
    /// [`AddressError::OutOfRange`], [`AddressError::InUse`].
    pub fn take(&mut self, address: Ipv4Addr) -> Result<(), AddressError> {
        if !self.subnet.contains(address) {
            return Err(AddressError::OutOfRange);
        }
        if self.is_reserved(address) || !self.held.insert(address) {
            return Err(AddressError::InUse);
        }
        Ok(())
    }

    /// Gives an address back; whether it was held.
    pub fn release(&mut self, address: Ipv4Addr) -> bool {
        self.held.remove(&address)
    }

    /// Whether somebody holds it.
    #[must_use]
    pub fn is_held(&self, address: Ipv4Addr) -> bool {
        self.held.contains(&address)
    }

    fn is_reserved(&self, address: Ipv4Addr) -> bool {
        (self.ends_reserved || self.subnet.prefix() < 31)
            && (address == self.subnet.network() || address == self.subnet.broadcast())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pool(subnet: &str, range: Option<&str>) -> Pool {
        Pool::new(subnet.parse().unwrap(), range.map(|range| range.parse().unwrap()))
    }

    fn ip(text: &str) -> Ipv4Addr {
        text.parse().unwrap()
    }

    #[test]
    fn docker_example_of_range_gateway_and_auxiliary() {
        let mut pool = pool("10.10.0.0/24", Some("10.10.0.64/26"));
        pool.take(ip("10.10.0.1")).unwrap();
        pool.take(ip("10.10.0.65")).unwrap();
        assert_eq!(pool.take_lowest(), Ok(ip("10.10.0.64")));
        assert_eq!(pool.take_lowest(), Ok(ip("10.10.0.66")));
        assert_eq!(pool.take_lowest(), Ok(ip("10.10.0.67")));
        pool.release(ip("10.10.0.64"));
        assert_eq!(pool.take_lowest(), Ok(ip("10.10.0.64")), "lowest free, not serial");
        assert_eq!(
            pool.take(ip("10.10.0.200")),
            Ok(()),
            "a static address may lie outside the range"
        );
    }

    #[test]
    fn a_slash_30_holds_a_gateway_and_one_container() {
        let mut pool = pool("10.88.0.0/30", None);
        assert_eq!(pool.take_lowest(), Ok(ip("10.88.0.1")));
        assert_eq!(pool.take_lowest(), Ok(ip("10.88.0.2")));
        assert_eq!(pool.take_lowest(), Err(AddressError::Exhausted));
        assert_eq!(pool.take(ip("10.88.0.3")), Err(AddressError::InUse), "broadcast");
    }

    #[test]
    fn point_to_point_and_host_subnets_reserve_nothing() {
        let mut pair = pool("10.0.0.0/31", None);
        assert_eq!(pair.take_lowest(), Ok(ip("10.0.0.0")));
        assert_eq!(pair.take_lowest(), Ok(ip("10.0.0.1")));
        assert_eq!(pair.take_lowest(), Err(AddressError::Exhausted));
        assert_eq!(pool("10.0.0.7/32", None).take_lowest(), Ok(ip("10.0.0.7")));
    }

    #[test]
    fn the_end_of_the_address_space_does_not_overflow() {
        let mut pool = pool("255.255.255.252/30", None);
        assert_eq!(pool.take_lowest(), Ok(ip("255.255.255.253")));
        assert_eq!(pool.take_lowest(), Ok(ip("255.255.255.254")));
        assert_eq!(pool.take_lowest(), Err(AddressError::Exhausted));
    }

    #[derive(Debug, Clone)]
    enum Op {
        TakeLowest,
        Take(u32),
        Release(usize),
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let op = prop_oneof![
            4 => Just(Op::TakeLowest),
            2 => (0_u32..80).prop_map(Op::Take),
            2 => any::<usize>().prop_map(Op::Release),
        ];
        prop::collection::vec(op, 0..120)
    }

    proptest! {
        #[test]
        fn holders_are_distinct_inside_and_never_the_ends(prefix in 26_u8..=32, ranged in any::<bool>(), ops in ops()) {
            let base = ip("10.9.8.64").to_bits();
            let subnet = Ipv4Network::new(Ipv4Addr::from_bits(base), prefix).unwrap();
            let subnet = Ipv4Network::new(subnet.network(), prefix).unwrap();
            let range = (ranged && prefix < 31).then(|| Ipv4Network::new(subnet.network(), prefix + 1).unwrap());
            let mut pool = Pool::new(subnet, range);
            let mut holders: Vec<Ipv4Addr> = Vec::new();
            for op in ops {
                match op {
                    Op::TakeLowest => if let Ok(address) = pool.take_lowest() {
                        prop_assert!(range.unwrap_or(subnet).contains(address));
                        prop_assert!(!holders.contains(&address));
                        holders.push(address);
                    },
                    Op::Take(offset) => {
                        let address = Ipv4Addr::from_bits(base + offset);
                        if pool.take(address).is_ok() {
                            prop_assert!(subnet.contains(address));
                            prop_assert!(!holders.contains(&address));
                            holders.push(address);
                        }
                    }
                    Op::Release(index) if !holders.is_empty() => {
                        let address = holders.swap_remove(index % holders.len());
                        prop_assert!(pool.release(address));
                        prop_assert!(!pool.release(address));
                    }
                    Op::Release(_) => {}
                }
            }
            if prefix < 31 {
                prop_assert!(!holders.contains(&subnet.network()));
                prop_assert!(!holders.contains(&subnet.broadcast()));
            }
            let empty = Pool::new(subnet, range);
            for address in holders {
                pool.release(address);
            }
            prop_assert_eq!(pool, empty, "everything released is everything given back");
        }

        #[test]
        fn a_fresh_pool_gives_each_usable_address_once(prefix in 24_u8..=32) {
            let subnet = Ipv4Network::new(ip("10.1.2.0"), prefix).unwrap();
            let mut pool = Pool::new(subnet, None);
            let given: Vec<_> = std::iter::from_fn(|| pool.take_lowest().ok()).collect();
            let ends = if prefix < 31 { 2 } else { 0 };
            prop_assert_eq!(given.len(), subnet.size() as usize - ends);
            prop_assert!(given.is_sorted());
        }
    }
}
