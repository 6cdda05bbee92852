//! From what `inspect` says to the model, for every Engine from 20.10 on.

use std::net::Ipv4Addr;

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum, EndpointSettings, NetworkInspect};
use ipnetwork::Ipv4Network;

use crate::model::{Container, ContainerState, Endpoint, Mark, Network};
use crate::moment;

/// Names that every Engine has (moby `daemon/network/network_mode_unix.go`).
const PREDEFINED: [&str; 3] = ["bridge", "host", "none"];
/// The bridge driver's option for the device's name (moby `libnetwork/drivers/bridge/labels.go`).
const BRIDGE_NAME: &str = "com.docker.network.bridge.name";

/// A network as inspected. Its gateway is only there when the user or Docker wrote it down.
pub(super) fn network(inspect: NetworkInspect) -> Option<Network> {
    let id = inspect.id.filter(|id| !id.is_empty())?;
    let name = inspect.name?;
    let driver = inspect.driver.unwrap_or_default();
    let pools = inspect.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
    let pool = pools
        .iter()
        .find_map(|pool| Some((pool.subnet.as_deref()?.parse::<Ipv4Network>().ok()?, pool)));
    let gateway = pool
        .as_ref()
        .and_then(|(_, pool)| pool.gateway.as_deref()?.parse().ok());
    let device = inspect
        .options
        .and_then(|mut options| options.remove(BRIDGE_NAME))
        .filter(|name| !name.is_empty());
    let bridge = (driver == "bridge")
        .then(|| device.or_else(|| Some(format!("br-{}", id.get(..12)?))))
        .flatten();
    Some(Network {
        subnet: pool.map(|(subnet, _)| subnet),
        gateway,
        bridge,
        internal: inspect.internal.unwrap_or_default(),
        predefined: PREDEFINED.contains(&name.as_str()),
        created: inspect
            .created
            .and_then(|created| moment::stamp(&created))
            .unwrap_or_default(),
        mark: Mark::Deduced,
        id,
        name,
        driver,
    })
}

/// A container as inspected, and the gateways that its endpoints name, by network id.
pub(super) fn container(inspect: ContainerInspectResponse) -> Option<(Container, Vec<(String, Ipv4Addr)>)> {
    let id = inspect.id.filter(|id| !id.is_empty())?;
    let name = inspect.name?.trim_start_matches('/').to_owned();
    let status = inspect.state.as_ref().and_then(|state| state.status);
    let state = match status {
        Some(ContainerStateStatusEnum::CREATED) => ContainerState::Created,
        Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::PAUSED) => ContainerState::Running,
        _ => ContainerState::Exited,
    };
    let exit_code = inspect
        .state
        .and_then(|state| i32::try_from(state.exit_code?).ok())
        .filter(|_| state == ContainerState::Exited);
    let config = inspect.config.unwrap_or_default();
    let hostname = config.hostname.unwrap_or_default();
    let settings = inspect
        .network_settings
        .and_then(|settings| settings.networks)
        .unwrap_or_default();
    let mut settings: Vec<(String, EndpointSettings)> = settings.into_iter().collect();
    settings.sort_by(|(a, _), (b, _)| a.cmp(b));
    let owner = Owner {
        id: &id,
        name: &name,
        hostname: &hostname,
    };
    let gateways = settings
        .iter()
        .filter_map(|(_, s)| Some((s.network_id.clone()?, parsed(s.gateway.as_ref())?)));
    let gateways = gateways.collect();
    let endpoints = settings
        .into_iter()
        .filter_map(|(network, settings)| endpoint(&owner, &network, settings));
    let container = Container {
        endpoints: endpoints.collect(),
        image: config.image.unwrap_or_default(),
        state,
        exit_code,
        network_mode: inspect
            .host_config
            .and_then(|host| host.network_mode)
            .unwrap_or_default(),
        created: inspect
            .created
            .and_then(|created| moment::stamp(&created))
            .unwrap_or_default(),
        id: id.clone(),
        name: name.clone(),
    };
    Some((container, gateways))
}

struct Owner<'a> {
    id: &'a str,
    name: &'a str,
    hostname: &'a str,
}

/// `host` and `none` appear among a container's networks; they are no cables.
pub(super) fn has_no_cables(network: &str) -> bool {
    network == "host" || network == "none"
}

fn endpoint(owner: &Owner<'_>, network: &str, settings: EndpointSettings) -> Option<Endpoint> {
    if has_no_cables(network) {
        return None;
    }
    let prefix = settings.ip_prefix_len.and_then(|prefix| u8::try_from(prefix).ok());
    let address = parsed(settings.ip_address.as_ref()).zip(prefix);
    let short_id = owner.id.get(..12).unwrap_or(owner.id);
    let mut aliases = settings.aliases.unwrap_or_default();
    let names = match settings.dns_names {
        Some(names) => names,
        None if network == "bridge" => Vec::new(),
        None => names_before_1_44(owner, short_id, &aliases),
    };
    // Engines before 26 list the short id, and some the host name, behind what the user gave.
    aliases.retain(|alias| alias != short_id);
    Some(Endpoint {
        network: settings
            .network_id
            .filter(|id| !id.is_empty())
            .unwrap_or_else(|| network.to_owned()),
        id: settings.endpoint_id.unwrap_or_default(),
        address: address.and_then(|(ip, prefix)| Ipv4Network::new(ip, prefix).ok()),
        priority: settings.gw_priority.unwrap_or_default(),
        mac: settings.mac_address.filter(|mac| !mac.is_empty()),
        mtu: None,
        aliases,
        names,
        interface: None,
        host_end: None,
        mark: Mark::Deduced,
    })
}

/// `DNSNames` is there since API 1.44; before, it is what the Engine registers: name, aliases, short id, host name.
fn names_before_1_44(owner: &Owner<'_>, short_id: &str, aliases: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let wanted = std::iter::once(owner.name)
        .chain(aliases.iter().map(String::as_str))
        .chain([short_id, owner.hostname]);
    for name in wanted.filter(|name| !name.is_empty()) {
        if names.iter().all(|known| known != name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn parsed(text: Option<&String>) -> Option<Ipv4Addr> {
    text?.parse().ok()
}
