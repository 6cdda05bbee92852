//! Networks on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::create::EndpointIn;
use crate::engine::api::json::null_is_default;
use crate::engine::core::{Era, Network, NetworkSpec, State};
use crate::engine::ipam::IpamEntry;
use crate::moment::rfc3339;

type Map = BTreeMap<String, String>;

/// `POST /networks/create`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the request's own independent flags")]
pub struct NetworkCreate {
    #[serde(deserialize_with = "null_is_default")]
    name: String,
    #[serde(deserialize_with = "null_is_default")]
    check_duplicate: bool,
    #[serde(deserialize_with = "null_is_default")]
    driver: String,
    #[serde(deserialize_with = "null_is_default")]
    scope: String,
    #[serde(rename = "EnableIPv4")]
    enable_ipv4: Option<bool>,
    #[serde(rename = "EnableIPv6")]
    enable_ipv6: Option<bool>,
    #[serde(rename = "IPAM", deserialize_with = "null_is_default")]
    ipam: IpamIn,
    #[serde(deserialize_with = "null_is_default")]
    internal: bool,
    #[serde(deserialize_with = "null_is_default")]
    attachable: bool,
    #[serde(deserialize_with = "null_is_default")]
    ingress: bool,
    #[serde(deserialize_with = "null_is_default")]
    config_only: bool,
    #[serde(deserialize_with = "null_is_default")]
    config_from: ConfigFromIn,
    #[serde(deserialize_with = "null_is_default")]
    options: Map,
    #[serde(deserialize_with = "null_is_default")]
    labels: Map,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct IpamIn {
    #[serde(deserialize_with = "null_is_default")]
    driver: String,
    options: Option<Map>,
    #[serde(deserialize_with = "null_is_default")]
    config: Vec<IpamConfigIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct IpamConfigIn {
    #[serde(deserialize_with = "null_is_default")]
    subnet: String,
    #[serde(rename = "IPRange", deserialize_with = "null_is_default")]
    ip_range: String,
    #[serde(deserialize_with = "null_is_default")]
    gateway: String,
    #[serde(deserialize_with = "null_is_default")]
    auxiliary_addresses: Map,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ConfigFromIn {
    #[serde(deserialize_with = "null_is_default")]
    network: String,
}

impl From<NetworkCreate> for NetworkSpec {
    fn from(wire: NetworkCreate) -> Self {
        let entry = |entry: IpamConfigIn| IpamEntry {
            subnet: entry.subnet,
            ip_range: entry.ip_range,
            gateway: entry.gateway,
            auxiliary: entry.auxiliary_addresses,
        };
        Self {
            name: wire.name,
            driver: wire.driver,
            scope: wire.scope,
            enable_ipv4: wire.enable_ipv4,
            enable_ipv6: wire.enable_ipv6,
            ipam_driver: wire.ipam.driver,
            ipam_options: wire.ipam.options,
            ipam: wire.ipam.config.into_iter().map(entry).collect(),
            internal: wire.internal,
            attachable: wire.attachable,
            ingress: wire.ingress,
            config_only: wire.config_only,
            config_from: wire.config_from.network,
            options: wire.options,
            labels: wire.labels,
            check_duplicate: wire.check_duplicate,
        }
    }
}

/// `POST /networks/{id}/connect`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkConnect {
    /// Id, name or id prefix.
    #[serde(deserialize_with = "null_is_default")]
    pub container: String,
    /// Settings.
    #[serde(deserialize_with = "null_is_default")]
    pub endpoint_config: EndpointIn,
}

/// `POST /networks/{id}/disconnect`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkDisconnect {
    /// Id, name or id prefix.
    #[serde(deserialize_with = "null_is_default")]
    pub container: String,
    /// Also where the network is not there any more.
    #[serde(deserialize_with = "null_is_default")]
    pub force: bool,
}

/// The answer to `POST /networks/prune`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworksPruned {
    /// Names; null when there were none.
    pub networks_deleted: Option<Vec<String>>,
}

/// `GET /networks/{id}` and the elements of `GET /networks`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "as Docker prints it")]
pub struct NetworkOut {
    name: String,
    id: String,
    created: String,
    scope: &'static str,
    driver: &'static str,
    #[serde(rename = "EnableIPv4", skip_serializing_if = "Option::is_none")]
    enable_ipv4: Option<bool>,
    #[serde(rename = "EnableIPv6")]
    enable_ipv6: bool,
    #[serde(rename = "IPAM")]
    ipam: IpamOut,
    internal: bool,
    attachable: bool,
    ingress: bool,
    config_from: ConfigFromOut,
    config_only: bool,
    containers: BTreeMap<String, EndpointOut>,
    options: Map,
    labels: Map,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct IpamOut {
    driver: &'static str,
    options: Option<Map>,
    config: Option<Vec<IpamConfigOut>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct IpamConfigOut {
    #[serde(skip_serializing_if = "String::is_empty")]
    subnet: String,
    #[serde(rename = "IPRange", skip_serializing_if = "String::is_empty")]
    ip_range: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    gateway: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    auxiliary_addresses: Map,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigFromOut {
    network: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EndpointOut {
    name: String,
    #[serde(rename = "EndpointID")]
    endpoint_id: String,
    mac_address: String,
    #[serde(rename = "IPv4Address")]
    ipv4_address: String,
    #[serde(rename = "IPv6Address")]
    ipv6_address: String,
}

impl NetworkOut {
    /// As `inspect` prints it; with `containers`, those that run on it.
    #[must_use]
    pub fn new(state: &State, network: &Network, containers: bool) -> Self {
        let era = state.rules().era;
        let config = network.ipam.iter().map(|entry| IpamConfigOut {
            subnet: entry.subnet.clone(),
            ip_range: entry.ip_range.clone(),
            gateway: entry.gateway.clone(),
            auxiliary_addresses: entry.auxiliary.clone(),
        });
        let config: Vec<_> = config.collect();
        let attached = state.endpoints_on(&network.id).map(|(container, _, live)| {
            let endpoint = EndpointOut {
                name: container.name.clone(),
                endpoint_id: live.id.clone(),
                mac_address: live.mac.clone(),
                ipv4_address: live.address.map(|address| address.to_string()).unwrap_or_default(),
                ipv6_address: String::new(),
            };
            (container.id.clone(), endpoint)
        });
        Self {
            name: network.name.clone(),
            id: network.id.clone(),
            created: rfc3339(network.created),
            scope: "local",
            driver: network.driver.name(),
            enable_ipv4: (era == Era::E28).then_some(true),
            enable_ipv6: false,
            ipam: IpamOut {
                driver: "default",
                options: network.ipam_options.clone(),
                config: (era == Era::E20_10 || !config.is_empty()).then_some(config),
            },
            internal: network.internal,
            attachable: network.attachable,
            ingress: false,
            config_from: ConfigFromOut::default(),
            config_only: false,
            containers: if containers {
                attached.collect()
            } else {
                BTreeMap::new()
            },
            options: network.options.clone(),
            labels: network.labels.clone(),
        }
    }
}

/// The answer to `POST /networks/create`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkCreated {
    /// Full id.
    pub id: String,
    /// Docker's warning, mostly empty.
    pub warning: String,
}
