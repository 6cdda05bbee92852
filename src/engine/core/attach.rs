//! Endpoints put in place and taken away: the one way of start, connect, disconnect and the end of a run.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::error::{CoreError, Status};
use super::event::Event;
use super::spec::EndpointSpec;
use super::state::{Container, Driver, Endpoint, LiveEndpoint, Network, State};
use super::{Context, endpoint, entropy};
use crate::engine::drivers::{BridgeSettings, Cable, bridge};
use crate::engine::plan::Step;

/// Endpoint option that names the interface in the container.
pub(super) const INTERFACE_NAME: &str = "com.docker.network.endpoint.ifname";

/// Puts the endpoint of that index in place: address, interface, names. Gives the steps that plug it in.
pub(super) fn join(
    state: &mut State,
    container: &mut Container,
    index: usize,
    context: &mut Context<'_>,
) -> Result<Vec<Step>, CoreError> {
    let wanted = &container.endpoints[index];
    let mut network = Network::clone(network_of(state, wanted)?);
    if !state.rules.validates_endpoints_at_create {
        endpoint::check_at_start(&network, &wanted.spec)?;
    }
    let spec = wanted.spec.clone();
    let address = take_address(&mut network, &spec)?;
    let (live, steps) = match (&network.driver, address) {
        (Driver::Bridge(settings), Some(address)) => {
            let address = Ipv4Network::new(address, settings.subnet.prefix())
                .map_err(|error| CoreError::internal(error.to_string()))?;
            let mut live = plug(state, container, (settings, &spec), address, context)?;
            live.gateway = network.container_gateway;
            let steps = bridge::attach(settings, &cable(container, &live, address));
            (live, steps)
        }
        (Driver::Bridge(_) | Driver::Host | Driver::Null, _) => (unplugged(context), Vec::new()),
    };
    let names = endpoint::names(state, container, &network, &spec);
    let (id, name) = (network.id.clone(), network.name.clone());
    state.put_network(network);
    let entry = &mut container.endpoints[index];
    (entry.network_id, entry.network, entry.names, entry.live) = (id, name, names, Some(live));
    Ok(steps)
}

/// Takes an endpoint out of place; the network it was on, and the step that unplugs it. Where it was not in place, nothing.
pub(super) fn leave(state: &mut State, endpoint: &mut Endpoint) -> Option<(Network, Option<Step>)> {
    let live = endpoint.live.take()?;
    let mut network = Network::clone(state.networks.get(endpoint.network_id.as_str())?);
    if let (Some(pool), Some(address)) = (&mut network.pool, live.address) {
        pool.release(address.ip());
    }
    state.put_network(network.clone());
    let step = (!live.host_end.is_empty()).then(|| bridge::detach(&live.host_end));
    Some((network, step))
}

/// Events of a container's networks, in attach order.
pub(super) fn tell(state: &State, container: &Container, action: &str, context: &mut Context<'_>) -> Vec<Event> {
    let networks = container
        .endpoints
        .iter()
        .filter_map(|endpoint| state.networks.get(endpoint.network_id.as_str()));
    networks
        .map(|network| {
            context.now += 1;
            Event::network(context.now, network, action, Some(&container.id))
        })
        .collect()
}

/// The network of an endpoint: by the id it had when it was last in place, else by what the person wrote.
pub(super) fn network_of<'a>(state: &'a State, wanted: &Endpoint) -> Result<&'a Network, CoreError> {
    let known = if wanted.network_id.is_empty() {
        &wanted.network
    } else {
        &wanted.network_id
    };
    state.attachable(known).map(AsRef::as_ref)
}

/// An endpoint without an interface.
fn unplugged(context: &mut Context<'_>) -> LiveEndpoint {
    let [mac, interface, host_end] = [(); 3].map(|()| String::new());
    LiveEndpoint {
        id: entropy::id(context.entropy),
        address: None,
        gateway: None,
        mac,
        interface,
        host_end,
    }
}

/// An endpoint with MAC address and names of both ends.
fn plug(
    state: &State,
    container: &mut Container,
    (settings, spec): (&BridgeSettings, &EndpointSpec),
    address: Ipv4Network,
    context: &mut Context<'_>,
) -> Result<LiveEndpoint, CoreError> {
    let mut live = unplugged(context);
    live.mac = match &spec.mac_address {
        given if !given.is_empty() => given.to_ascii_lowercase().replace('-', ":"),
        _ if state.rules.random_macs => entropy::mac(context.entropy),
        _ => {
            let [a, b, c, d] = address.ip().octets();
            format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
        }
    };
    live.address = Some(address);
    live.interface = interface(state, container, settings, spec)?;
    live.host_end = free_veth(state, &container.endpoints, context);
    Ok(live)
}

fn cable(container: &Container, live: &LiveEndpoint, address: Ipv4Network) -> Cable {
    Cable {
        container: container.id.clone(),
        host_end: live.host_end.clone(),
        interface: live.interface.clone(),
        mac: live.mac.clone(),
        address,
    }
}

/// The address an endpoint gets: its own, or the network's lowest free one.
fn take_address(network: &mut Network, settings: &EndpointSpec) -> Result<Option<Ipv4Addr>, CoreError> {
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

/// The interface's name in the container: the one asked for, or the network's prefix with the number of the era's rule.
fn interface(
    state: &State,
    container: &mut Container,
    settings: &BridgeSettings,
    spec: &EndpointSpec,
) -> Result<String, CoreError> {
    let used = |name: &str| {
        let mut here = container.endpoints.iter().filter_map(|endpoint| endpoint.live.as_ref());
        name == "lo" || here.any(|live| live.interface == name)
    };
    let asked = spec
        .driver_opts
        .as_ref()
        .and_then(|options| options.get(INTERFACE_NAME));
    if let Some(name) = asked.filter(|name| state.rules.names_interfaces && !name.is_empty()) {
        if !is_interface_name(name) {
            return Err(CoreError::invalid(format!("invalid interface name: {name}")));
        }
        if used(name) {
            return Err(CoreError::internal(format!(
                "failed to name the interface {name}: file exists"
            )));
        }
        return Ok(name.clone());
    }
    let prefix = &settings.interface_prefix;
    let first = if state.rules.lowest_interface {
        0
    } else {
        container.interfaces.get(prefix).copied().unwrap_or(0)
    };
    let mut numbers = (first..).map(|number| (number, format!("{prefix}{number}")));
    let Some((number, name)) = numbers.find(|(_, name)| !used(name)) else {
        return Err(CoreError::internal(format!("no interface name left: {prefix}")));
    };
    container.interfaces.insert(prefix.clone(), number + 1);
    Ok(name)
}

/// What the kernel takes for an interface (`dev_valid_name`, net/core/dev.c).
pub(super) fn is_interface_name(name: &str) -> bool {
    let fits = !name.is_empty() && name.len() < 16 && name != "." && name != "..";
    fits && name
        .bytes()
        .all(|byte| byte != b'/' && byte != b':' && !byte.is_ascii_whitespace() && byte != 0x0b)
}

fn free_veth(state: &State, others: &[Endpoint], context: &mut Context<'_>) -> String {
    loop {
        let name = entropy::veth(context.entropy);
        let elsewhere = state.containers.values().flat_map(|container| &container.endpoints);
        if !elsewhere
            .chain(others)
            .filter_map(|endpoint| endpoint.live.as_ref())
            .any(|live| live.host_end == name)
        {
            return name;
        }
    }
}

/// The gateway of the container's default route: higher priority first, then networks with a way out, then by name
/// (libnetwork's endpoint order). Since 25.0 an internal network gives none.
pub(super) fn default_gateway(state: &State, endpoints: &[Endpoint]) -> Option<Ipv4Addr> {
    let candidates = endpoints.iter().filter_map(|endpoint| {
        let network = state.networks.get(endpoint.network_id.as_str())?;
        let usable = !(network.internal && state.rules.internal_without_route);
        let gateway = endpoint.live.as_ref()?.gateway.filter(|_| usable)?;
        let order = (-endpoint.spec.gw_priority, network.internal, network.name.as_str());
        Some((order, gateway))
    });
    candidates.min().map(|(_, gateway)| gateway)
}
