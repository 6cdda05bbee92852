//! The bridge driver's `Options` (`libnetwork/drivers/bridge/labels.go`), read and refused as Docker does.

use std::collections::BTreeMap;
use std::net::IpAddr;

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
/// Interfaces from which published ports are reachable directly.
pub const TRUSTED_INTERFACES: &str = "com.docker.network.bridge.trusted_host_interfaces";
/// Bytes, bridge and both veth ends.
pub const MTU: &str = "com.docker.network.driver.mtu";
/// Replaces `eth` inside the container.
pub const INTERFACE_PREFIX: &str = "com.docker.network.container_iface_prefix";
/// Source address instead of masquerading.
pub const HOST_IPV4: &str = "com.docker.network.host_ipv4";

/// What the bridge does for traffic between its network and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GatewayMode {
    /// Masquerading; only published ports are reachable.
    #[default]
    Nat,
    /// Masquerading; every port is reachable.
    NatUnprotected,
    /// Internal network without an address on the bridge.
    Isolated,
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
    /// Docker can, this engine cannot yet.
    #[error("this engine does not have the bridge option {option}{detail} yet")]
    Unbuilt {
        /// Option's key.
        option: &'static str,
        /// ` = value`, where only that value is missing.
        detail: String,
    },
}

impl BridgeOptions {
    /// Reads the options. Unknown keys are left to the caller to store: Docker ignores them too.
    ///
    /// # Errors
    /// The first refusal, by the keys' order here.
    pub fn read(options: &BTreeMap<String, String>, internal: bool) -> Result<Self, OptionError> {
        let get = |key: &str| options.get(key).map(String::as_str);
        for key in [HOST_IPV4, TRUSTED_INTERFACES] {
            if get(key).is_some_and(|value| !value.is_empty()) {
                return Err(OptionError::Unbuilt {
                    option: key,
                    detail: String::new(),
                });
            }
        }
        if let Some(value) = get(HOST_BINDING)
            && value.parse::<IpAddr>().is_err()
        {
            return Err(refused(HOST_BINDING, value, "nil ip"));
        }
        Ok(Self {
            name: get(BRIDGE_NAME).filter(|name| !name.is_empty()).map(str::to_owned),
            icc: boolean(ENABLE_ICC, get(ENABLE_ICC), true)?,
            masquerade: boolean(ENABLE_MASQUERADE, get(ENABLE_MASQUERADE), true)?,
            inhibit_ipv4: boolean(INHIBIT_IPV4, get(INHIBIT_IPV4), false)?,
            gateway_mode: gateway_mode(get(GATEWAY_MODE), internal)?,
            mtu: mtu(get(MTU))?,
            interface_prefix: get(INTERFACE_PREFIX).unwrap_or("eth").to_owned(),
        })
    }
}

fn gateway_mode(value: Option<&str>, internal: bool) -> Result<GatewayMode, OptionError> {
    match value {
        None | Some("" | "nat") => Ok(GatewayMode::Nat),
        Some("nat-unprotected") => Ok(GatewayMode::NatUnprotected),
        Some("isolated") if internal => Ok(GatewayMode::Isolated),
        Some("isolated") => Err(OptionError::IsolatedNotInternal),
        Some("routed") => Err(OptionError::Unbuilt {
            option: GATEWAY_MODE,
            detail: " = routed".into(),
        }),
        Some(other) => Err(refused(GATEWAY_MODE, other, &format!("unknown gateway mode {other}"))),
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

    fn read(pairs: &[(&str, &str)]) -> Result<BridgeOptions, OptionError> {
        let options = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        BridgeOptions::read(&options, false)
    }

    #[test]
    fn defaults_are_dockers() {
        let options = read(&[("com.example.unknown", "kept")]).unwrap();
        assert!(options.icc && options.masquerade && !options.inhibit_ipv4);
        assert_eq!(
            (options.mtu, options.name, options.interface_prefix.as_str()),
            (None, None, "eth")
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
        assert_eq!(
            text(&[(GATEWAY_MODE, "isolated")]),
            "gateway mode 'isolated' can only be used for an internal network"
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(
            read(&[(HOST_IPV4, "10.0.0.1")])
                .unwrap_err()
                .to_string()
                .contains(HOST_IPV4)
        );
        assert!(
            read(&[(GATEWAY_MODE, "routed")])
                .unwrap_err()
                .to_string()
                .contains("routed")
        );
    }
}
