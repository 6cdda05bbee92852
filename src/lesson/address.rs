//! Subnets and addresses as lessons write them: those that a network or a container can have.

use std::net::{AddrParseError, Ipv4Addr, Ipv6Addr};

use ipnetwork::{IpNetworkError, Ipv4Network};

/// Why what is written is no subnet, or no address, that can be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// It cannot be read.
    #[error("`{value}` is no subnet: one is written like 10.20.0.0/24")]
    NotASubnet {
        /// What stands there.
        value: String,
        /// What the reader said.
        source: IpNetworkError,
    },
    /// An address alone.
    #[error("`{value}` has no mask: a subnet is written like 10.20.0.0/24")]
    NoMask {
        /// What stands there.
        value: String,
    },
    /// The other protocol.
    #[error("`{value}`: IPv6 {what} are not there yet")]
    Ipv6 {
        /// What stands there.
        value: String,
        /// Networks or addresses.
        what: &'static str,
    },
    /// An address in a subnet, with that one's mask.
    #[error("`{value}` is an address in a subnet: did you mean {network}?")]
    HostBits {
        /// What stands there.
        value: String,
        /// The subnet.
        network: Ipv4Network,
    },
    /// No room for a gateway and a container.
    #[error("`{value}` is too small: a gateway and a container need /30 at least")]
    TooSmall {
        /// What stands there.
        value: String,
    },
    /// The whole of IPv4.
    #[error("`{value}` is every address there is: a subnet is a part of them, like 10.20.0.0/24")]
    Everything {
        /// What stands there.
        value: String,
    },
    /// It cannot be read.
    #[error("`{value}` is no address: one is written like 10.20.0.9")]
    NotAnAddress {
        /// What stands there.
        value: String,
        /// What the reader said.
        source: AddrParseError,
    },
}

/// A subnet that a network can have.
pub(super) fn subnet(value: &str) -> Result<Ipv4Network, AddressProblem> {
    let quoted = || value.to_owned();
    if is_ipv6(value) {
        let what = "networks";
        return Err(AddressProblem::Ipv6 { value: quoted(), what });
    }
    let subnet: Ipv4Network = value.parse().map_err(|source| AddressProblem::NotASubnet {
        value: quoted(),
        source,
    })?;
    if !value.contains('/') {
        return Err(AddressProblem::NoMask { value: quoted() });
    }
    let network = Ipv4Network::new(subnet.network(), subnet.prefix()).unwrap_or(subnet);
    match subnet.prefix() {
        0 => Err(AddressProblem::Everything { value: quoted() }),
        31.. => Err(AddressProblem::TooSmall { value: quoted() }),
        _ if network.ip() != subnet.ip() => Err(AddressProblem::HostBits {
            value: quoted(),
            network,
        }),
        _ => Ok(subnet),
    }
}

/// An address that a container can ask for.
pub(super) fn ip(value: &str) -> Result<Ipv4Addr, AddressProblem> {
    if is_ipv6(value) {
        return Err(AddressProblem::Ipv6 {
            value: value.to_owned(),
            what: "addresses",
        });
    }
    value.parse().map_err(|source| AddressProblem::NotAnAddress {
        value: value.to_owned(),
        source,
    })
}

fn is_ipv6(value: &str) -> bool {
    let address = value.split('/').next().unwrap_or_default();
    address.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_can_never_hold_is_quoted_with_the_reason() {
        let cases = [
            ("10.20.0.5/24", "is an address in a subnet: did you mean 10.20.0.0/24?"),
            ("10.20.0.0", "has no mask: a subnet is written like 10.20.0.0/24"),
            (
                "10.20.0.0/31",
                "is too small: a gateway and a container need /30 at least",
            ),
            (
                "10.20.0.1/32",
                "is too small: a gateway and a container need /30 at least",
            ),
            (
                "0.0.0.0/0",
                "is every address there is: a subnet is a part of them, like 10.20.0.0/24",
            ),
            ("10.20.0.0/33", "is no subnet: one is written like 10.20.0.0/24"),
            ("ten", "is no subnet: one is written like 10.20.0.0/24"),
            ("", "is no subnet: one is written like 10.20.0.0/24"),
        ];
        for (value, reason) in cases {
            let told = subnet(value).unwrap_err().to_string();
            assert_eq!(told, format!("`{value}` {reason}"));
        }
        let told = subnet("fd00:20::/64").unwrap_err().to_string();
        assert_eq!(told, "`fd00:20::/64`: IPv6 networks are not there yet");
        assert_eq!(subnet("10.20.0.0/30").unwrap().to_string(), "10.20.0.0/30");
    }

    #[test]
    fn an_address_has_no_mask_and_four_numbers() {
        for value in ["10.20.0.9/24", "10.20.0", "ten", ""] {
            let told = ip(value).unwrap_err().to_string();
            assert_eq!(told, format!("`{value}` is no address: one is written like 10.20.0.9"));
        }
        assert_eq!(
            ip("::1").unwrap_err().to_string(),
            "`::1`: IPv6 addresses are not there yet"
        );
        assert_eq!(ip("10.20.0.9"), Ok(Ipv4Addr::new(10, 20, 0, 9)));
    }

    #[test]
    fn what_the_reader_said_is_kept() {
        use std::error::Error;
        assert!(subnet("ten").unwrap_err().source().is_some());
    }
}
