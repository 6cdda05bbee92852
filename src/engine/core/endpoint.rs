//! Endpoint settings: which networks a container is on, in which order, and what Docker refuses of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::era::Era;
use super::error::CoreError;
use super::spec::{ContainerSpec, EndpointSpec, is_user_defined};
use super::state::{Container, Driver, Endpoint, Network, State, short_id};
use crate::engine::ipam::config::bulleted;

const ONLY_USER_DEFINED: &str = "user specified IP address is supported on user defined networks only";
const ONLY_OWN_SUBNETS: &str =
    "user specified IP address is supported only when connecting to networks with user configured subnets";
const ALIAS_ONLY_USER_DEFINED: &str = "network-scoped alias is supported only for containers in user defined networks";
/// Refusal of a network beside a shared network namespace.
pub(super) const SHARED_NAMESPACE: &str =
    "container sharing network namespace with another container or host cannot be connected to any other network";
const NO_COMPANY: &str =
    "container cannot be connected to multiple networks with one of the networks in private (none) mode";

/// The network a mode names, as `EndpointsConfig` keys it.
fn network_of_mode(mode: &str) -> &str {
    if matches!(mode, "" | "default") { "bridge" } else { mode }
}

/// The container's endpoints in attach order: the network of its mode, then the others by name. (Docker's own order among
/// several is random.)
pub(super) fn endpoints(state: &State, spec: &ContainerSpec) -> Vec<Endpoint> {
    if spec.network_mode.starts_with("container:") {
        return Vec::new();
    }
    let primary = network_of_mode(&spec.network_mode);
    let known = state.network(primary).ok().filter(|_| is_user_defined(primary));
    let primary_name = known.map_or(primary, |network| network.name.as_str());
    let mut given: Vec<(String, EndpointSpec)> = spec
        .endpoints
        .iter()
        .map(|(key, settings)| {
            let is_primary = network_of_mode(key) == primary || known.is_some_and(|network| network.id == *key);
            let name = if is_primary { primary_name } else { key.as_str() };
            (name.to_owned(), settings.clone())
        })
        .collect();
    if given.is_empty() {
        given.push((primary_name.to_owned(), EndpointSpec::default()));
    }
    given.sort_by_key(|(name, _)| (name != primary_name, name.clone()));
    let endpoint = |(network, spec)| Endpoint {
        network,
        network_id: String::new(),
        spec,
        names: Vec::new(),
        live: None,
    };
    given.into_iter().map(endpoint).collect()
}

/// Attach order at each start: where the era has it so the default bridge, then the network of the mode, then the others by
/// name. (Docker's own order among those is random.)
pub(super) fn sort(state: &State, container: &mut Container) {
    let mode = network_of_mode(&container.spec.network_mode);
    let known = state.network(mode).ok().map(|network| network.name.as_str());
    let primary = known.unwrap_or(mode).to_owned();
    let bridge_first = state.rules.default_bridge_first;
    container.endpoints.sort_by_key(|endpoint| {
        let name = endpoint.network.clone();
        (!(bridge_first && name == "bridge"), name != primary, name)
    });
}

/// Which networks a container may be on together (moby, `daemon/container_operations.go`, `updateNetworkSettings`).
pub(super) fn check_company(state: &State, container: &Container, network: &Network) -> Result<(), CoreError> {
    let is_host = |network: &Network| network.driver == Driver::Host;
    let is_none = |network: &Network| network.driver == Driver::Null;
    if is_host(network) && container.spec.network_mode != "host" {
        return Err(CoreError::invalid(host_network_refusal(state, true)));
    }
    // Also once it was disconnected from the host's network: it has no namespace of its own to plug anything into.
    if container.spec.network_mode == "host" && !is_host(network) {
        return Err(CoreError::invalid(SHARED_NAMESPACE));
    }
    for endpoint in &container.endpoints {
        let known = if endpoint.network_id.is_empty() {
            &endpoint.network
        } else {
            &endpoint.network_id
        };
        let Ok(other) = state.network(known) else { continue };
        if other.name == network.name {
            continue;
        }
        if is_host(other) || is_host(network) {
            return Err(CoreError::invalid(SHARED_NAMESPACE));
        }
        if is_none(other) || is_none(network) {
            return Err(CoreError::invalid(NO_COMPANY));
        }
    }
    Ok(())
}

/// What 20.10 says in one sentence for both directions.
pub(super) fn host_network_refusal(state: &State, connecting: bool) -> &'static str {
    match (state.rules.era, connecting) {
        (Era::E28, true) => "cannot connect container to host network - container must be created in host network mode",
        (Era::E28, false) => {
            "cannot disconnect container from host network - container was created in host network mode"
        }
        (Era::E20_10, _) => "container cannot be disconnected from host network or connected to host network",
    }
}

/// The checks of `POST /containers/create`.
pub(super) fn check_all(state: &State, spec: &ContainerSpec) -> Result<(), CoreError> {
    let keys: Vec<&str> = spec.endpoints.keys().map(|key| network_of_mode(key)).collect();
    if state.rules.era == Era::E20_10 && keys.len() > 1 {
        let names = keys.join(", ");
        return Err(CoreError::invalid(format!(
            "Container cannot be connected to network endpoints: {names}"
        )));
    }
    let unreadable = |settings: &&EndpointSpec| {
        !settings.ipv4_address.is_empty() && settings.ipv4_address.parse::<Ipv4Addr>().is_err()
    };
    if !state.rules.validates_endpoints_at_create
        && let Some(settings) = spec.endpoints.values().find(unreadable)
    {
        let text = format!("invalid IPv4 address: {}", settings.ipv4_address);
        return Err(CoreError::invalid(text));
    }
    if !state.rules.validates_endpoints_at_create {
        return Ok(());
    }
    for (key, settings) in &spec.endpoints {
        let name = network_of_mode(key);
        let network = state.network(name).ok();
        check(network.map(AsRef::as_ref), name, settings)
            .map_err(|text| CoreError::invalid(format!("invalid config for network {name}: {text}")))?;
    }
    Ok(())
}

/// The checks of 25.0 and later.
pub(super) fn check(network: Option<&Network>, name: &str, settings: &EndpointSpec) -> Result<(), String> {
    let mut faults = Vec::new();
    if !is_user_defined(name) {
        if !settings.ipv4_address.is_empty() || !settings.ipv6_address.is_empty() {
            faults.push(ONLY_USER_DEFINED.to_owned());
        }
        if settings.aliases.as_ref().is_some_and(|aliases| !aliases.is_empty()) {
            faults.push(ALIAS_ONLY_USER_DEFINED.to_owned());
        }
    }
    let (v4, v6) = (&settings.ipv4_address, &settings.ipv6_address);
    if !v4.is_empty() && v4.parse::<Ipv4Addr>().map_or(true, |address| address.is_unspecified()) {
        faults.push(format!("invalid IPv4 address: {v4}"));
    }
    if !v6.is_empty() && !matches!(v6.parse(), Ok(IpAddr::V6(address)) if is_own_ipv6(address)) {
        faults.push(format!("invalid IPv6 address: {v6}"));
    }
    if let Some(network) = network {
        faults.extend(range_fault(network, v4));
        if !v6.is_empty() {
            faults.push(ONLY_OWN_SUBNETS.to_owned());
        }
    }
    if !settings.mac_address.is_empty() && !is_mac(&settings.mac_address) {
        return Err(format!("invalid MAC address {}", settings.mac_address));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(format!("invalid endpoint settings:\n{}", bulleted(&faults)))
    }
}

/// Neither `::` nor an IPv4 address in IPv6's clothes (`::ffff:192.0.2.1`).
const fn is_own_ipv6(address: Ipv6Addr) -> bool {
    !address.is_unspecified() && address.to_ipv4_mapped().is_none()
}

fn range_fault(network: &Network, text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if !network.own_subnet {
        return Some(ONLY_OWN_SUBNETS.to_owned());
    }
    let inside = text.parse().is_ok_and(|address| {
        network
            .pool
            .as_ref()
            .is_some_and(|pool| pool.subnet().contains(address))
    });
    (!inside).then(|| format!("no configured subnet or ip-range contain the IP address {text}"))
}

fn is_mac(text: &str) -> bool {
    let separator = if text.contains('-') { '-' } else { ':' };
    let parts: Vec<&str> = text.split(separator).collect();
    parts.len() == 6
        && parts
            .iter()
            .all(|part| part.len() == 2 && u8::from_str_radix(part, 16).is_ok())
}

/// The checks 20.10 makes of a container that does not run yet.
pub(super) fn check_when_connected(network: &Network, settings: &EndpointSpec) -> Result<(), CoreError> {
    let (v4, v6) = (!settings.ipv4_address.is_empty(), !settings.ipv6_address.is_empty());
    if !is_user_defined(&network.name) {
        if v4 || v6 {
            return Err(CoreError::invalid(ONLY_USER_DEFINED));
        }
        if settings.aliases.as_ref().is_some_and(|aliases| !aliases.is_empty()) {
            return Err(CoreError::invalid(ALIAS_ONLY_USER_DEFINED));
        }
    }
    if v6 || (v4 && !network.own_subnet) {
        return Err(CoreError::invalid(ONLY_OWN_SUBNETS));
    }
    Ok(())
}

/// The checks 20.10 makes only when the endpoint is put in place.
pub(super) fn check_at_start(network: &Network, settings: &EndpointSpec) -> Result<(), CoreError> {
    let text = &settings.ipv4_address;
    check_when_connected(network, settings)?;
    if text.is_empty() {
        return Ok(());
    }
    if text.parse::<IpAddr>().is_err() {
        return Err(CoreError::internal(format!("Invalid IPv4 address: {text})")));
    }
    if range_fault(network, text).is_some() {
        let why = "It does not belong to any of this network's subnets";
        return Err(CoreError::internal(format!("Invalid address {text}: {why}")));
    }
    Ok(())
}

/// `DNSNames`: name, aliases, short id, host name, each once; none on predefined networks.
pub(super) fn names(state: &State, container: &Container, network: &Network, settings: &EndpointSpec) -> Vec<String> {
    if !is_user_defined(&network.name) {
        return Vec::new();
    }
    let mut names: Vec<String> = Vec::new();
    if container.named || state.rules.generated_names_resolve {
        names.push(container.name.clone());
    }
    names.extend(settings.aliases.iter().flatten().cloned());
    names.push(short_id(&container.id).to_owned());
    names.push(container.spec.hostname.clone());
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
    names
}
