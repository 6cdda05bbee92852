//! The subnets of one lab.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

/// How the next automatic subnet is chosen among the default pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubnetChoice {
    /// The first free one in list order; a removed network's subnet is used again at once (27.0 and later).
    LowestFree,
    /// A start index moves on with each choice and wraps (20.10 to 26).
    Advancing,
}

/// Why no subnet was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// Another network has addresses in common with it.
    #[error("Pool overlaps with other one on this address space")]
    Overlap,
    /// Each default pool is taken or overlaps something that is.
    #[error("all predefined address pools have been fully subnetted")]
    Exhausted,
}

/// Docker's local default pools, in order: a base, and the prefix length it is cut into (`ipamutils`).
const DEFAULT_POOLS: [(Ipv4Addr, u8, u8); 7] = [
    (Ipv4Addr::new(172, 17, 0, 0), 16, 16),
    (Ipv4Addr::new(172, 18, 0, 0), 16, 16),
    (Ipv4Addr::new(172, 19, 0, 0), 16, 16),
    (Ipv4Addr::new(172, 20, 0, 0), 14, 16),
    (Ipv4Addr::new(172, 24, 0, 0), 14, 16),
    (Ipv4Addr::new(172, 28, 0, 0), 14, 16),
    (Ipv4Addr::new(192, 168, 0, 0), 16, 20),
];

/// Who has which subnet. Cloning it is cheap enough to do for each decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    choice: SubnetChoice,
    /// Where [`SubnetChoice::Advancing`] looks first.
    start: usize,
    /// On-link routes of the host: automatic choices keep clear of them, explicit ones need not.
    reserved: Vec<Ipv4Network>,
    taken: Vec<Ipv4Network>,
}

impl Space {
    /// A space with nothing taken. `reserved` are the host's own on-link networks.
    #[must_use]
    pub const fn new(choice: SubnetChoice, reserved: Vec<Ipv4Network>) -> Self {
        Self {
            choice,
            start: 0,
            reserved,
            taken: Vec::new(),
        }
    }

    /// Takes the next automatic subnet.
    ///
    /// # Errors
    /// [`SpaceError::Exhausted`].
    pub fn take_next(&mut self) -> Result<Ipv4Network, SpaceError> {
        let defaults = default_subnets();
        let start = match self.choice {
            SubnetChoice::LowestFree => 0,
            SubnetChoice::Advancing => self.start,
        };
        let count = defaults.len();
        let found = (0..count)
            .map(|step| (start + step) % count)
            .find(|&index| !self.is_taken(defaults[index]) && !overlaps_any(&self.reserved, defaults[index]))
            .ok_or(SpaceError::Exhausted)?;
        self.start = (found + 1) % count;
        self.taken.push(defaults[found]);
        Ok(defaults[found])
    }

    /// Takes an explicit subnet. With an `ip-range` Docker skips the overlap check of the parent (moby issue 46756) unless
    /// the same subnet is taken already; the bridge driver refuses the overlap later, and so does the caller.
    ///
    /// # Errors
    /// [`SpaceError::Overlap`].
    pub fn take(&mut self, subnet: Ipv4Network, with_range: bool) -> Result<(), SpaceError> {
        if !with_range && self.is_taken(subnet) {
            return Err(SpaceError::Overlap);
        }
        self.taken.push(subnet);
        Ok(())
    }

    /// Gives one holding of a subnet back; one that is not taken changes nothing.
    pub fn release(&mut self, subnet: Ipv4Network) {
        if let Some(index) = self.taken.iter().position(|taken| *taken == subnet) {
            self.taken.swap_remove(index);
        }
    }

    /// Whether some network has an address of this subnet.
    #[must_use]
    pub fn is_taken(&self, subnet: Ipv4Network) -> bool {
        overlaps_any(&self.taken, subnet)
    }
}

fn overlaps_any(networks: &[Ipv4Network], subnet: Ipv4Network) -> bool {
    networks.iter().any(|network| network.overlaps(subnet))
}

/// Every subnet an automatic choice can give, in Docker's order: 15 of 16 bits (172.17 to 172.31), 16 of 20 bits.
#[must_use]
pub fn default_subnets() -> Vec<Ipv4Network> {
    let cut = |&(base, prefix, size): &(Ipv4Addr, u8, u8)| {
        let (base, step) = (base.to_bits(), 1_u32 << (32 - size));
        (0..1_u32 << (size - prefix))
            .filter_map(move |n| Ipv4Network::new(Ipv4Addr::from_bits(base + n * step), size).ok())
    };
    DEFAULT_POOLS.iter().flat_map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv4Network {
        text.parse().unwrap()
    }

    fn space(choice: SubnetChoice) -> Space {
        let mut space = Space::new(choice, Vec::new());
        space.take(net("172.17.0.0/16"), false).unwrap();
        space
    }

    #[test]
    fn thirty_networks_fit_beside_docker0_and_no_more() {
        for choice in [SubnetChoice::LowestFree, SubnetChoice::Advancing] {
            let mut space = space(choice);
            let given: Vec<_> = (0..30).map(|_| space.take_next().unwrap()).collect();
            assert_eq!(given[0], net("172.18.0.0/16"));
            assert_eq!(given[13], net("172.31.0.0/16"));
            assert_eq!(given[14], net("192.168.0.0/20"));
            assert_eq!(given[29], net("192.168.240.0/20"));
            assert_eq!(space.take_next(), Err(SpaceError::Exhausted));
        }
    }

    #[test]
    fn era_28_uses_a_freed_subnet_again_at_once() {
        let mut space = space(SubnetChoice::LowestFree);
        let first = space.take_next().unwrap();
        space.release(first);
        assert_eq!(space.take_next().unwrap(), first);
    }

    #[test]
    fn era_20_10_moves_on_and_wraps() {
        let mut space = space(SubnetChoice::Advancing);
        for last in 18..=31 {
            let given = space.take_next().unwrap();
            assert_eq!(given, net(&format!("172.{last}.0.0/16")));
            space.release(given);
        }
        for block in 0..16 {
            let given = space.take_next().unwrap();
            assert_eq!(given, net(&format!("192.168.{}.0/20", block * 16)));
            space.release(given);
        }
        assert_eq!(space.take_next().unwrap(), net("172.18.0.0/16"));
    }

    #[test]
    fn automatic_choices_keep_clear_of_the_hosts_own_links() {
        let mut space = Space::new(SubnetChoice::LowestFree, vec![net("192.168.1.0/24")]);
        let given: Vec<_> = std::iter::from_fn(|| space.take_next().ok()).collect();
        assert!(!given.contains(&net("192.168.0.0/20")));
        assert!(given.contains(&net("192.168.16.0/20")));
        assert_eq!(
            space.take(net("192.168.1.0/24"), false),
            Ok(()),
            "an explicit subnet is not checked against them"
        );
    }

    #[test]
    fn explicit_overlap_is_refused_unless_a_range_is_given() {
        let mut space = space(SubnetChoice::LowestFree);
        assert_eq!(space.take(net("172.17.5.0/24"), false), Err(SpaceError::Overlap));
        assert_eq!(space.take(net("172.0.0.0/8"), false), Err(SpaceError::Overlap));
        assert_eq!(space.take(net("172.0.0.0/8"), true), Ok(()));
    }
}
