//! What a person asked of IPAM, and the refusals in Docker's words.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// One element of `IPAM.Config`, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IpamEntry {
    /// `Subnet`.
    pub subnet: String,
    /// `IPRange`, empty when not given.
    pub ip_range: String,
    /// `Gateway`, empty when not given.
    pub gateway: String,
    /// `AuxiliaryAddresses`: name → address.
    pub auxiliary: BTreeMap<String, String>,
}

/// An address and a prefix length, of either family, host bits kept. Stricter than most parsers, as Go's
/// `netip.ParsePrefix` is: a `/` and plain decimal digits are required.
#[must_use]
pub fn parse_prefix(text: &str) -> Option<Prefix> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let plain =
        !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
    let bits: u8 = bits.parse().ok().filter(|_| plain)?;
    (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some(Prefix { address, bits })
}

/// Result of [`parse_prefix`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// As typed, host bits included.
    pub address: IpAddr,
    /// Prefix length, bits.
    pub bits: u8,
}

impl Prefix {
    /// The same with its host bits cleared.
    #[must_use]
    pub fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(v4) => IpAddr::from(std::net::Ipv4Addr::from_bits(v4.to_bits() & mask32(self.bits))),
            IpAddr::V6(v6) => IpAddr::from(std::net::Ipv6Addr::from_bits(v6.to_bits() & mask128(self.bits))),
        };
        Self { address, ..self }
    }

    /// Whether an address of the same family lies in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && Self { address, ..self }.masked() == self.masked()
    }

    fn overlaps(self, other: Self) -> bool {
        let bits = self.bits.min(other.bits);
        Self { bits, ..self }.contains(other.address)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

const fn mask32(bits: u8) -> u32 {
    if bits == 0 { 0 } else { u32::MAX << (32 - bits) }
}

const fn mask128(bits: u8) -> u128 {
    if bits == 0 { 0 } else { u128::MAX << (128 - bits) }
}

/// The checks of 25.0 and later (`ValidateIPAM`). IPv6 entries are not looked at unless `ipv6`.
///
/// # Errors
/// `invalid network config:` and each fault on its line, bulleted when there are several.
pub fn validate(entries: &[IpamEntry], ipv6: bool) -> Result<(), String> {
    let faults: Vec<String> = entries.iter().flat_map(|entry| entry_faults(entry, ipv6)).collect();
    match faults.as_slice() {
        [] => Ok(()),
        faults => Err(format!("invalid network config:\n{}", bulleted(faults))),
    }
}

/// Docker's join of several messages: one alone stands as it is, several get `* ` each.
#[must_use]
pub fn bulleted(messages: &[String]) -> String {
    match messages {
        [one] => one.trim().to_owned(),
        several => format!(
            "* {}",
            several
                .iter()
                .map(|text| text.replace('\n', "\n\t"))
                .collect::<Vec<_>>()
                .join("\n* ")
        ),
    }
}

fn entry_faults(entry: &IpamEntry, ipv6: bool) -> Vec<String> {
    let Some(subnet) = parse_prefix(&entry.subnet) else {
        return vec![format!("invalid subnet {}: invalid CIDR block notation", entry.subnet)];
    };
    if subnet.address.is_ipv6() && !ipv6 {
        return Vec::new();
    }
    let mut faults = Vec::new();
    if subnet != subnet.masked() {
        faults.push(format!("invalid subnet {subnet}: it should be {}", subnet.masked()));
    }
    faults.extend(range_faults(&entry.ip_range, subnet));
    if let Some(fault) = address_fault(&entry.gateway, subnet) {
        faults.push(format!("invalid gateway {}: {fault}", entry.gateway));
    }
    for (name, address) in &entry.auxiliary {
        if let Some(fault) = address_fault(address, subnet) {
            faults.push(format!("invalid auxiliary address {name}: {fault}"));
        }
    }
    faults
}

fn range_faults(text: &str, subnet: Prefix) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let fault = |why: String| format!("invalid ip-range {text}: {why}");
    let Some(range) = parse_prefix(text) else {
        return vec![fault("invalid CIDR block notation".into())];
    };
    if range.address.is_ipv4() != subnet.address.is_ipv4() {
        return vec![fault(format!("parent subnet is an {} block", family(subnet)))];
    }
    let mut faults = Vec::new();
    if range.bits < subnet.bits {
        faults.push(fault(format!("CIDR block is bigger than its parent subnet {subnet}")));
    }
    if range != range.masked() {
        faults.push(fault(format!("it should be {}", range.masked())));
    }
    if !subnet.overlaps(range) {
        faults.push(fault(format!("parent subnet {subnet} doesn't contain ip-range")));
    }
    faults
}

fn address_fault(text: &str, subnet: Prefix) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let Ok(address) = text.parse::<IpAddr>() else {
        return Some("invalid address".into());
    };
    if address.is_ipv4() != subnet.address.is_ipv4() {
        return Some(format!("parent subnet is an {} block", family(subnet)));
    }
    (!subnet.contains(address)).then(|| format!("parent subnet {subnet} doesn't contain this address"))
}

const fn family(subnet: Prefix) -> &'static str {
    if subnet.address.is_ipv4() { "IPv4" } else { "IPv6" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(subnet: &str) -> IpamEntry {
        IpamEntry {
            subnet: subnet.into(),
            ..IpamEntry::default()
        }
    }

    fn refusal(entry: IpamEntry) -> String {
        validate(&[entry], false).unwrap_err()
    }

    #[test]
    fn subnets() {
        assert_eq!(
            refusal(entry("garbage")),
            "invalid network config:\ninvalid subnet garbage: invalid CIDR block notation"
        );
        assert_eq!(
            refusal(entry("10.70.0.5/24")),
            "invalid network config:\ninvalid subnet 10.70.0.5/24: it should be 10.70.0.0/24"
        );
        for text in [
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/024",
            "10.0.0/24",
            "10.0.0.0/+8",
            "/24",
        ] {
            assert!(refusal(entry(text)).ends_with("invalid CIDR block notation"), "{text}");
        }
        assert_eq!(
            validate(&[entry("fd00::1/64")], false),
            Ok(()),
            "IPv6 is ignored while it is off"
        );
    }

    #[test]
    fn ranges() {
        let with = |range: &str| {
            refusal(IpamEntry {
                ip_range: range.into(),
                ..entry("10.70.0.0/24")
            })
        };
        assert!(with("10.0.0.0/8").contains("CIDR block is bigger than its parent subnet 10.70.0.0/24"));
        assert!(with("10.71.0.0/25").contains("parent subnet 10.70.0.0/24 doesn't contain ip-range"));
        assert!(with("10.70.0.3/25").contains("it should be 10.70.0.0/25"));
        assert!(with("fd00::/64").contains("parent subnet is an IPv4 block"));
    }

    #[test]
    fn gateways_and_auxiliaries() {
        let with = |gateway: &str| {
            refusal(IpamEntry {
                gateway: gateway.into(),
                ..entry("10.70.0.0/24")
            })
        };
        assert!(with("x").ends_with("invalid gateway x: invalid address"));
        assert!(with("fd00::1").ends_with("parent subnet is an IPv4 block"));
        assert!(with("10.71.0.1").ends_with("parent subnet 10.70.0.0/24 doesn't contain this address"));
        let auxiliary = BTreeMap::from([("a".to_owned(), "10.71.0.1".to_owned())]);
        let text = refusal(IpamEntry {
            auxiliary,
            ..entry("10.70.0.0/24")
        });
        assert!(text.contains("invalid auxiliary address a: parent subnet"));
    }

    #[test]
    fn several_faults_are_bulleted() {
        let text = refusal(IpamEntry {
            gateway: "x".into(),
            ..entry("10.70.0.5/24")
        });
        assert_eq!(
            text,
            "invalid network config:\n* invalid subnet 10.70.0.5/24: it should be 10.70.0.0/24\n* invalid gateway x: invalid address"
        );
    }
}
