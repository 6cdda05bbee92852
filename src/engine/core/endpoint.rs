//! Endpoint settings: which networks a container is on, in which order, and what Docker refuses of them.

use std::net::{IpAddr, Ipv4Addr};

use super::era::Era;
use super::error::{CoreError, Status};
use super::spec::{ContainerSpec, EndpointSpec, is_user_defined};
use super::state::{Container, Driver, Endpoint, Network, State, short_id};
use crate::engine::ipam::config::bulleted;

const ONLY_USER_DEFINED: &str = "user specified IP address is supported on user defined networks only";
const ONLY_OWN_SUBNETS: &str =
    "user specified IP address is supported only when connecting to networks with user configured subnets";
const ALIAS_ONLY_USER_DEFINED: &str = "network-scoped alias is supported only for containers in user defined networks";

/// The network a mode names, as `EndpointsConfig` keys it.
fn network_of_mode(mode: &str) -> &str {
    if matches!(mode, "" | "default") { "bridge" } else { mode }
}

/// The container's endpoints in attach order: the network of its mode, then the others by name. (Docker's own order among
/// several is random.)
pub(super) fn endpoints(state: &State, spec: &ContainerSpec) -> Vec<Endpoint> {
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

/// The checks of `POST /containers/create`.
pub(super) fn check_all(state: &State, spec: &ContainerSpec) -> Result<(), CoreError> {
    let keys: Vec<&str> = spec.endpoints.keys().map(|key| network_of_mode(key)).collect();
    if state.rules.era == Era::E20_10 && keys.len() > 1 {
        let names = keys.join(", ");
        return Err(CoreError::invalid(format!(
            "Container cannot be connected to network endpoints: {names}"
        )));
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
fn check(network: Option<&Network>, name: &str, settings: &EndpointSpec) -> Result<(), String> {
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
    if !v6.is_empty() && !matches!(v6.parse(), Ok(IpAddr::V6(address)) if !address.is_unspecified()) {
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

/// The checks 20.10 makes only when the container starts.
pub(super) fn check_at_start(network: &Network, settings: &EndpointSpec) -> Result<(), CoreError> {
    let text = &settings.ipv4_address;
    if !is_user_defined(&network.name) && settings.aliases.as_ref().is_some_and(|aliases| !aliases.is_empty()) {
        return Err(CoreError::invalid(ALIAS_ONLY_USER_DEFINED));
    }
    if text.is_empty() {
        return Ok(());
    }
    if !is_user_defined(&network.name) {
        return Err(CoreError::invalid(ONLY_USER_DEFINED));
    }
    if !network.own_subnet {
        return Err(CoreError::invalid(ONLY_OWN_SUBNETS));
    }
    if text.parse::<Ipv4Addr>().is_err() {
        return Err(CoreError::internal(format!("Invalid IPv4 address: {text})")));
    }
    if range_fault(network, text).is_some() {
        let why = "It does not belong to any of this network's subnets";
        return Err(CoreError::internal(format!("Invalid address {text}: {why}")));
    }
    Ok(())
}

/// The address a starting container gets on a network: its own, or the lowest free one.
pub(super) fn take_address(network: &mut Network, settings: &EndpointSpec) -> Result<Option<Ipv4Addr>, CoreError> {
    let (id, name) = (&network.id, &network.name);
    let Some(pool) = &mut network.pool else { return Ok(None) };
    if settings.ipv4_address.is_empty() {
        return pool.take_lowest().map(Some).map_err(|_| {
            let text = format!("no available IPv4 addresses on this network's address pools: {name} ({id})");
            CoreError::new(Status::Internal, text)
        });
    }
    let address = settings
        .ipv4_address
        .parse()
        .map_err(|_| CoreError::invalid(format!("invalid IPv4 address: {}", settings.ipv4_address)))?;
    pool.take(address)
        .map_err(|error| CoreError::forbidden(error.to_string()))?;
    Ok(Some(address))
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

/// The gateway of the container's default route: higher priority first, then networks with a way out, then by name
/// (libnetwork's endpoint order). Since 25.0 an internal network gives none.
pub(super) fn default_gateway(state: &State, endpoints: &[Endpoint]) -> Option<Ipv4Addr> {
    let mut candidates: Vec<_> = endpoints
        .iter()
        .filter_map(|endpoint| {
            let network = state.networks.get(endpoint.network_id.as_str())?;
            let usable = !(network.internal && state.rules.internal_without_route);
            let gateway = endpoint.live.as_ref()?.gateway.filter(|_| usable)?;
            Some((
                -endpoint.spec.gw_priority,
                network.internal,
                network.name.as_str(),
                gateway,
            ))
        })
        .collect();
    candidates.sort_unstable();
    candidates.first().map(|(.., gateway)| *gateway)
}

/// The lowest interface number no other endpoint of the container has, behind the network's prefix.
pub(super) fn interface(network: &Network, taken: &[Endpoint]) -> String {
    let prefix = match &network.driver {
        Driver::Bridge(settings) => settings.interface_prefix.as_str(),
        Driver::Host | Driver::Null => "eth",
    };
    let used = |name: &str| {
        taken
            .iter()
            .any(|endpoint| endpoint.live.as_ref().is_some_and(|live| live.interface == name))
    };
    (0..=taken.len())
        .map(|number| format!("{prefix}{number}"))
        .find(|name| !used(name))
        .unwrap_or_default()
}
