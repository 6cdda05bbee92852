//! What a new network gets: subnet, gateway, reserved addresses, bridge settings.

use std::net::{IpAddr, Ipv4Addr};

use ipnetwork::Ipv4Network;

use super::era::{Era, Rules};
use super::error::{CoreError, Status};
use super::spec::NetworkSpec;
use super::state::{Driver, Network, short_id};
use crate::engine::drivers::BridgeSettings;
use crate::engine::drivers::options::{BridgeOptions, GatewayMode, OptionError};
use crate::engine::ipam::{AddressError, IpamEntry, Pool, Space, SpaceError, parse_prefix};

/// Auxiliary address name that sets the containers' gateway apart from the bridge's own address.
const DEFAULT_GATEWAY_AUX: &str = "DefaultGatewayIPv4";

/// Takes all of it from `space`, in Docker's order; a refusal leaves `space` to be thrown away.
pub(super) fn network(
    space: &mut Space,
    spec: &NetworkSpec,
    rules: &Rules,
    id: &str,
    now: i64,
) -> Result<Network, CoreError> {
    let options = BridgeOptions::read(&spec.options, spec.internal, rules.options())
        .map_err(|error| option_refusal(&error, rules))?;
    let entries: Vec<&IpamEntry> = spec.ipam.iter().filter(|entry| is_ipv4(entry)).collect();
    let asked = entries.first().copied();
    let (subnet, range) = take_subnet(space, asked, rules)?;
    if entries.len() > 1 {
        return Err(CoreError::forbidden("bridge driver doesn't support multiple subnets"));
    }
    let mut pool = Pool::new(subnet, range);
    if rules.reserves_ends_of_smallest {
        pool = pool.reserving_ends();
    }
    let bare = options.gateway_mode == GatewayMode::Isolated || (options.inhibit_ipv4 && spec.internal);
    let without_gateway = bare && rules.spares_gateways;
    let gateway = take_gateway(&mut pool, asked, without_gateway, rules)?;
    let auxiliary = take_auxiliaries(&mut pool, asked, rules, &spec.name)?;
    let automatic = IpamEntry {
        subnet: subnet.to_string(),
        gateway: gateway.map(|address| address.to_string()).unwrap_or_default(),
        ..IpamEntry::default()
    };
    let settings = BridgeSettings {
        bridge: options.name.unwrap_or_else(|| format!("br-{}", short_id(id))),
        subnet,
        gateway,
        internal: spec.internal,
        icc: options.icc,
        masquerade: options.masquerade,
        inhibit_ipv4: options.inhibit_ipv4,
        gateway_mode: options.gateway_mode,
        host_ipv4: options.host_ipv4,
        announcement: options.announcement,
        mtu: options.mtu,
        bridge_mtu: options.mtu.filter(|_| rules.sets_bridge_mtu),
        interface_prefix: options.interface_prefix,
    };
    Ok(Network {
        id: id.to_owned(),
        name: spec.name.clone(),
        created: now,
        driver: Driver::Bridge(settings),
        pool: Some(pool),
        container_gateway: auxiliary.or(gateway),
        ipam_options: spec.ipam_options.clone(),
        ipam: told(spec, automatic),
        own_subnet: asked.is_some(),
        internal: spec.internal,
        attachable: spec.attachable,
        options: spec.options.clone(),
        labels: spec.labels.clone(),
        predefined: false,
    })
}

fn is_ipv4(entry: &IpamEntry) -> bool {
    parse_prefix(&entry.subnet).is_some_and(|prefix| prefix.address.is_ipv4())
}

/// `IPAM.Config` as inspect tells it: as typed, IPv4 first; the automatic subnet where none of that family was asked for.
fn told(spec: &NetworkSpec, automatic: IpamEntry) -> Vec<IpamEntry> {
    let (mut told, others): (Vec<_>, Vec<_>) = spec.ipam.iter().cloned().partition(is_ipv4);
    if told.is_empty() {
        told.push(automatic);
    }
    told.extend(others);
    told
}

pub(super) fn option_refusal(error: &OptionError, rules: &Rules) -> CoreError {
    let status = match error {
        OptionError::Invalid(_) if rules.era == Era::E28 => Status::Invalid,
        OptionError::Invalid(_)
        | OptionError::IsolatedNotInternal
        | OptionError::Announcement(_)
        | OptionError::OtherFamily(_) => Status::Internal,
    };
    CoreError::new(status, error.to_string())
}

type SubnetAndRange = (Ipv4Network, Option<Ipv4Network>);

fn take_subnet(space: &mut Space, asked: Option<&IpamEntry>, rules: &Rules) -> Result<SubnetAndRange, CoreError> {
    let Some(entry) = asked else {
        return space.take_next().map(|subnet| (subnet, None)).map_err(|_| match rules.era {
            Era::E28 => CoreError::invalid(SpaceError::Exhausted.to_string()),
            Era::E20_10 => CoreError::not_found(
                "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
            ),
        });
    };
    let subnet = ipv4_prefix(&entry.subnet)
        .ok_or_else(|| CoreError::invalid(format!("invalid subnet {}: invalid CIDR block notation", entry.subnet)))?;
    let range = ipv4_prefix(&entry.ip_range);
    if range.is_none() && !entry.ip_range.is_empty() {
        return Err(range_refusal(entry, subnet));
    }
    space.take(subnet, range.is_some()).map_err(|error| {
        CoreError::forbidden(match rules.era {
            Era::E28 => format!("invalid pool request: {error}"),
            Era::E20_10 => error.to_string(),
        })
    })?;
    Ok((subnet, range))
}

/// 20.10's words for a range that is none; later eras have refused it before.
fn range_refusal(entry: &IpamEntry, subnet: Ipv4Network) -> CoreError {
    let IpamEntry {
        subnet: pool, ip_range, ..
    } = entry;
    let hex = |octets: &[u8]| {
        octets
            .iter()
            .map(|octet| format!("{octet:#x}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let why = match parse_prefix(ip_range).map(|range| range.address) {
        Some(IpAddr::V6(address)) => format!(
            "failed to compute range's lowest ip address: cannot compute host portion ip address because ip and mask are not \
             compatible: (net.IP{{{}}}, net.IPMask{{{}}})",
            hex(&address.octets()),
            hex(&subnet.mask().octets())
        ),
        _ => "Invalid Address SubPool".to_owned(),
    };
    CoreError::internal(format!(
        "failed to parse pool request for address space \"LocalDefault\" pool \"{pool}\" subpool \"{ip_range}\": {why}"
    ))
}

/// A subnet with its host bits cleared.
fn ipv4_prefix(text: &str) -> Option<Ipv4Network> {
    let prefix = parse_prefix(text)?.masked();
    match prefix.address {
        IpAddr::V4(address) => Ipv4Network::new(address, prefix.bits).ok(),
        IpAddr::V6(_) => None,
    }
}

fn take_gateway(
    pool: &mut Pool,
    asked: Option<&IpamEntry>,
    without: bool,
    rules: &Rules,
) -> Result<Option<Ipv4Addr>, CoreError> {
    let text = asked.map_or("", |entry| entry.gateway.as_str());
    let refused = |error: AddressError| {
        let why = match (error, rules.era) {
            (AddressError::OutOfRange, Era::E20_10) => "Requested address is out of range".to_owned(),
            (AddressError::Exhausted, Era::E20_10) => "No available addresses on this pool".to_owned(),
            (error, _) => error.to_string(),
        };
        let shown = match rules.era {
            Era::E28 if text.is_empty() => "<nil>",
            _ => text,
        };
        CoreError::internal(format!("failed to allocate gateway ({shown}): {why}"))
    };
    if text.is_empty() {
        return if without {
            Ok(None)
        } else {
            pool.take_lowest().map(Some).map_err(refused)
        };
    }
    // Later eras have refused what is no IPv4 address before.
    let address = match text.parse() {
        Ok(IpAddr::V4(address)) => address,
        Ok(IpAddr::V6(_)) => return Err(refused(AddressError::OutOfRange)),
        Err(_) => {
            let text = format!("invalid gateway address {text} in Ipam configuration");
            return Err(CoreError::internal(text));
        }
    };
    pool.take(address).map_err(refused)?;
    Ok(Some(address))
}

/// Reserves the auxiliary addresses; gives back the one that is the containers' gateway.
fn take_auxiliaries(
    pool: &mut Pool,
    asked: Option<&IpamEntry>,
    rules: &Rules,
    network: &str,
) -> Result<Option<Ipv4Addr>, CoreError> {
    let mut gateway = None;
    for (name, text) in asked.iter().flat_map(|entry| &entry.auxiliary) {
        // Later eras have refused what is no IPv4 address before.
        let result = match text.parse() {
            Ok(IpAddr::V4(address)) => pool.take(address).map(|()| address),
            Ok(IpAddr::V6(_)) => Err(AddressError::OutOfRange),
            Err(_) => {
                let text = format!("non parsable secondary ip address ({name}:{text}) passed for network {network}");
                return Err(CoreError::internal(text));
            }
        };
        let address = result.map_err(|error| match (error, rules.era) {
            (AddressError::OutOfRange, Era::E20_10) => CoreError::forbidden(format!(
                "auxiliary address: ({name}:{text}) must belong to the master pool: {}",
                pool.subnet()
            )),
            (error, _) => CoreError::internal(format!(
                "failed to allocate secondary ip address ({name}:{text}): {error}"
            )),
        })?;
        if name == DEFAULT_GATEWAY_AUX {
            gateway = Some(address);
        }
    }
    Ok(gateway)
}
