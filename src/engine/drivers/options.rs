//! The bridge driver's `Options` (`libnetwork/drivers/bridge/labels.go`), read and refused as Docker does.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// Device name.
pub const BRIDGE_NAME: &str = "com.docker.network.bridge.name";
/// Marks `docker0`.
pub const DEFAULT_BRIDGE: &str = "com.docker.network.bridge.default_bridge";
/// Container to container traffic on one bridge.
pub const ENABLE_ICC: &str = "com.docker.network.bridge.enable_icc";
/// Masquerading on the way out.
pub const ENABLE_MASQUERADE: &str = "com.docker.network.bridge.enable_ip_masquerade";
/// Default host address of published ports.
pub const HOST_BINDING: &str = "com.docker.network.bridge.host_binding_ipv4";
/// No gateway address on the bridge.
pub const INHIBIT_IPV4: &str = "com.docker.network.bridge.inhibit_ipv4";
/// `nat`, `nat-unprotected`, `routed`, `isolated`.
pub const GATEWAY_MODE: &str = "com.docker.network.bridge.gateway_mode_ipv4";
/// The same for the other family: read, and of no effect on a network without it.
pub const GATEWAY_MODE_IPV6: &str = "com.docker.network.bridge.gateway_mode_ipv6";
/// Bytes, bridge and both veth ends.
pub const MTU: &str = "com.docker.network.driver.mtu";
/// Replaces `eth` inside the container.
pub const INTERFACE_PREFIX: &str = "com.docker.network.container_iface_prefix";
/// Source address instead of masquerading.
pub const HOST_IPV4: &str = "com.docker.network.host_ipv4";
/// The same for the other family: read, and of no effect on a network without it.
pub const HOST_IPV6: &str = "com.docker.network.host_ipv6";
/// How often a new endpoint tells its neighbours of its address: 0 to 3.
pub const ADVERTISE_TIMES: &str = "com.docker.network.advertise_addr_nmsgs";
/// Milliseconds between two of them: 100 to 2000.
pub const ADVERTISE_SPACING: &str = "com.docker.network.advertise_addr_ms";

/// Which of the options there are beside the oldest ones: an Engine keeps those that it does not know, and ignores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Gateway modes (27.0), and the options of IPv6 that go with them.
    pub gateway_modes: bool,
    /// Neighbours are told of a new endpoint's address (28.0).
    pub announcements: bool,
}

/// What the bridge does for traffic between its network and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GatewayMode {
    /// Masquerading; only published ports are reachable.
    #[default]
    Nat,
    /// Masquerading; every port is reachable.
    NatUnprotected,
    /// No masquerading: who knows the way reaches published ports by the container's own address, and ICMP always.
    Routed,
    /// Internal network without an address on the bridge.
    Isolated,
}

/// How a new endpoint tells its neighbours of its address (moby `libnetwork/osl/interface_linux.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Announcement {
    /// How often, at most 3.
    pub times: u8,
    /// Milliseconds from one to the next.
    pub spacing: u16,
}

impl Default for Announcement {
    fn default() -> Self {
        Self {
            times: 3,
            spacing: 1000,
        }
    }
}

/// The options a bridge network was created with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeOptions {
    /// Device name, where the person chose one.
    pub name: Option<String>,
    /// Container to container traffic.
    pub icc: bool,
    /// Masquerading on the way out.
    pub masquerade: bool,
    /// No gateway address on the bridge.
    pub inhibit_ipv4: bool,
    /// Gateway mode.
    pub gateway_mode: GatewayMode,
    /// Source address of what leaves, instead of the address of the interface it leaves by.
    pub host_ipv4: Option<Ipv4Addr>,
    /// How neighbours are told of a new endpoint; absent where they are not.
    pub announcement: Option<Announcement>,
    /// Bytes; absent leaves the kernel's 1500.
    pub mtu: Option<u32>,
    /// Interface prefix inside the container.
    pub interface_prefix: String,
}

/// Why an option was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// Docker's own refusal.
    #[error("{0}")]
    Invalid(String),
    /// Docker's refusal of `isolated` without `--internal`.
    #[error("gateway mode 'isolated' can only be used for an internal network")]
    IsolatedNotInternal,
    /// Docker's refusal before it looks for a driver: one line for each option that is out of its range.
    #[error("{0}")]
    Announcement(String),
    /// Packets of one family cannot be given an address of the other.
    #[error("{HOST_IPV4} {0} is no IPv4 address")]
    OtherFamily(IpAddr),
}

impl BridgeOptions {
    /// Reads the options. Unknown keys are left to the caller to store: Docker ignores them too.
    ///
    /// # Errors
    /// The first refusal, by the keys' order here.
    pub fn read(options: &BTreeMap<String, String>, internal: bool, known: Known) -> Result<Self, OptionError> {
        let get = |key: &str| options.get(key).map(String::as_str);
        address(HOST_BINDING, get(HOST_BINDING))?;
        let host_ipv4 = match address(HOST_IPV4, get(HOST_IPV4))? {
            Some(IpAddr::V4(address)) => Some(address),
            Some(other) => return Err(OptionError::OtherFamily(other)),
            None => None,
        };
        let mut mode = GatewayMode::Nat;
        if known.gateway_modes {
            address(HOST_IPV6, get(HOST_IPV6))?;
            mode = gateway_mode(GATEWAY_MODE, get(GATEWAY_MODE))?;
            let other = gateway_mode(GATEWAY_MODE_IPV6, get(GATEWAY_MODE_IPV6))?;
            if !internal && [mode, other].contains(&GatewayMode::Isolated) {
                return Err(OptionError::IsolatedNotInternal);
            }
        }
        let announcement = known.announcements.then(|| announcement(options));
        let prefix = get(INTERFACE_PREFIX).filter(|prefix| !prefix.is_empty());
        Ok(Self {
            name: get(BRIDGE_NAME).filter(|name| !name.is_empty()).map(str::to_owned),
            icc: boolean(ENABLE_ICC, get(ENABLE_ICC), true)?,
            masquerade: boolean(ENABLE_MASQUERADE, get(ENABLE_MASQUERADE), true)?,
            inhibit_ipv4: boolean(INHIBIT_IPV4, get(INHIBIT_IPV4), false)?,
            gateway_mode: mode,
            host_ipv4,
            announcement: announcement.transpose()?.filter(|announcement| announcement.times > 0),
            mtu: mtu(get(MTU))?,
            interface_prefix: prefix.unwrap_or("eth").to_owned(),
        })
    }
}

/// How a network's options say that neighbours are told of a new endpoint, also of networks of other drivers.
///
/// # Errors
/// What is out of its range.
pub fn announcement(options: &BTreeMap<String, String>) -> Result<Announcement, OptionError> {
    let mut read = Announcement::default();
    let mut faults = Vec::new();
    if let Some(text) = options.get(ADVERTISE_TIMES) {
        match text.parse::<i64>() {
            Ok(times @ 0..=3) => read.times = u8::try_from(times).unwrap_or_default(),
            Ok(_) => faults.push(format!("{ADVERTISE_TIMES} must be in the range 0 to 3")),
            Err(_) => faults.push(format!(
                "value for option {ADVERTISE_TIMES} {text:?} must be an integer"
            )),
        }
    }
    if let Some(text) = options.get(ADVERTISE_SPACING) {
        match text.parse::<i64>() {
            Ok(spacing @ 100..=2000) => read.spacing = u16::try_from(spacing).unwrap_or_default(),
            Ok(_) => faults.push(format!("{ADVERTISE_SPACING} must be in the range 100 to 2000")),
            Err(_) => faults.push(format!(
                "value for option {ADVERTISE_SPACING} {text:?} must be integer milliseconds"
            )),
        }
    }
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(OptionError::Announcement(faults.join("\n")))
    }
}

fn address(key: &str, value: Option<&str>) -> Result<Option<IpAddr>, OptionError> {
    let Some(value) = value else { return Ok(None) };
    let address = value.parse().map_err(|_| refused(key, value, "nil ip"))?;
    Ok(Some(address))
}

fn gateway_mode(key: &str, value: Option<&str>) -> Result<GatewayMode, OptionError> {
    match value {
        None | Some("nat") => Ok(GatewayMode::Nat),
        Some("nat-unprotected") => Ok(GatewayMode::NatUnprotected),
        Some("routed") => Ok(GatewayMode::Routed),
        Some("isolated") => Ok(GatewayMode::Isolated),
        Some(other) => Err(refused(key, other, &format!("unknown gateway mode {other}"))),
    }
}

fn mtu(value: Option<&str>) -> Result<Option<u32>, OptionError> {
    let Some(value) = value else { return Ok(None) };
    let number: i64 = value
        .parse()
        .map_err(|_| refused(MTU, value, &format!("strconv.Atoi: parsing {value:?}: invalid syntax")))?;
    match u32::try_from(number) {
        Ok(0) => Ok(None),
        Ok(mtu) => Ok(Some(mtu)),
        Err(_) => Err(OptionError::Invalid(format!("invalid MTU number: {number}"))),
    }
}

fn boolean(key: &str, value: Option<&str>, default: bool) -> Result<bool, OptionError> {
    let Some(value) = value else { return Ok(default) };
    parse_bool(value).ok_or_else(|| {
        refused(
            key,
            value,
            &format!("strconv.ParseBool: parsing {value:?}: invalid syntax"),
        )
    })
}

/// The spellings Go's `strconv.ParseBool` accepts.
#[must_use]
pub fn parse_bool(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn refused(key: &str, value: &str, why: &str) -> OptionError {
    OptionError::Invalid(format!("failed to parse {key} value: {value} ({why})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Known = Known {
        gateway_modes: true,
        announcements: true,
    };
    const THEN: Known = Known {
        gateway_modes: false,
        announcements: false,
    };

    fn read_as(known: Known, pairs: &[(&str, &str)]) -> Result<BridgeOptions, OptionError> {
        let options = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        BridgeOptions::read(&options, false, known)
    }

    fn read(pairs: &[(&str, &str)]) -> Result<BridgeOptions, OptionError> {
        read_as(NOW, pairs)
    }

    #[test]
    fn defaults_are_dockers() {
        let options = read(&[("com.example.unknown", "kept"), (INTERFACE_PREFIX, "")]).unwrap();
        assert!(options.icc && options.masquerade && !options.inhibit_ipv4);
        assert_eq!(
            (options.mtu, options.name, options.interface_prefix.as_str()),
            (None, None, "eth")
        );
        assert_eq!((options.gateway_mode, options.host_ipv4), (GatewayMode::Nat, None));
        assert_eq!(
            options.announcement,
            Some(Announcement {
                times: 3,
                spacing: 1000
            })
        );
    }

    #[test]
    fn refusals_have_dockers_words() {
        let text = |pairs: &[(&str, &str)]| read(pairs).unwrap_err().to_string();
        assert_eq!(
            text(&[(ENABLE_ICC, "maybe")]),
            "failed to parse com.docker.network.bridge.enable_icc value: maybe (strconv.ParseBool: parsing \"maybe\": invalid syntax)"
        );
        assert_eq!(text(&[(MTU, "-5")]), "invalid MTU number: -5");
        assert_eq!(
            text(&[(MTU, "big")]),
            "failed to parse com.docker.network.driver.mtu value: big (strconv.Atoi: parsing \"big\": invalid syntax)"
        );
        for (key, value) in [(GATEWAY_MODE, "isolated"), (GATEWAY_MODE_IPV6, "isolated")] {
            assert_eq!(
                text(&[(key, value)]),
                "gateway mode 'isolated' can only be used for an internal network"
            );
        }
        for value in ["", "bridged"] {
            assert_eq!(
                text(&[(GATEWAY_MODE, value)]),
                format!(
                    "failed to parse com.docker.network.bridge.gateway_mode_ipv4 value: {value} (unknown gateway mode {value})"
                )
            );
        }
        for key in [HOST_BINDING, HOST_IPV4, HOST_IPV6] {
            assert_eq!(text(&[(key, "x")]), format!("failed to parse {key} value: x (nil ip)"));
        }
        assert_eq!(
            text(&[(ADVERTISE_TIMES, "4"), (ADVERTISE_SPACING, "soon")]),
            "com.docker.network.advertise_addr_nmsgs must be in the range 0 to 3\n\
             value for option com.docker.network.advertise_addr_ms \"soon\" must be integer milliseconds"
        );
        assert_eq!(
            text(&[(ADVERTISE_TIMES, "few"), (ADVERTISE_SPACING, "99")]),
            "value for option com.docker.network.advertise_addr_nmsgs \"few\" must be an integer\n\
             com.docker.network.advertise_addr_ms must be in the range 100 to 2000"
        );
    }

    #[test]
    fn what_an_older_engine_does_not_know_it_ignores() {
        let options = read_as(
            THEN,
            &[
                (GATEWAY_MODE, "bridged"),
                (GATEWAY_MODE_IPV6, "isolated"),
                (HOST_IPV6, "x"),
                (ADVERTISE_TIMES, "9"),
                (HOST_IPV4, "10.0.0.1"),
            ],
        )
        .unwrap();
        assert_eq!((options.gateway_mode, options.announcement), (GatewayMode::Nat, None));
        assert_eq!(options.host_ipv4, Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert!(read_as(THEN, &[(HOST_IPV4, "fd00::1")]).is_err());
    }

    #[test]
    fn no_announcement_is_none() {
        assert_eq!(read(&[(ADVERTISE_TIMES, "0")]).unwrap().announcement, None);
        let options = read(&[(ADVERTISE_TIMES, "1"), (ADVERTISE_SPACING, "100")]).unwrap();
        assert_eq!(options.announcement, Some(Announcement { times: 1, spacing: 100 }));
    }
}
