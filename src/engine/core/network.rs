//! Networks: the three that exist at start, create, remove.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::entropy;
use super::era::{Era, Rules};
use super::error::{CoreError, Status};
use super::event::{Event, Subject};
use super::image::ImageRecord;
use super::request::{Decision, Reply};
use super::spec::{NetworkSpec, PruneSpec};
use super::state::{Driver, Network, State, short_id};
use super::{Context, allocate};
use crate::engine::drivers::options::{self, Announcement, GatewayMode};
use crate::engine::drivers::{BridgeSettings, bridge, host};
use crate::engine::ipam::{IpamEntry, Pool, Space, config, parse_prefix};
use crate::engine::plan::{Plan, Step};

const NOT_A_SWARM: &str = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect \
                           this node to swarm and try again.";
const DOCKER0_SUBNET: (Ipv4Addr, u8) = (Ipv4Addr::new(172, 17, 0, 0), 16);

/// The state at start, and the plan of the lab's host.
pub(super) fn birth(era: Era, images: Vec<ImageRecord>, context: &mut Context<'_>) -> (State, Plan) {
    let rules = era.rules();
    let images: std::sync::Arc<[ImageRecord]> = images.into();
    let mut state = State {
        rules,
        space: Space::new(rules.subnets, host::on_link()),
        networks: BTreeMap::new(),
        containers: BTreeMap::new(),
        built_in: std::sync::Arc::clone(&images),
        images,
        execs: BTreeMap::new(),
        stores: BTreeMap::new(),
    };
    let mut steps = host::start();
    for (name, driver) in [("none", Driver::Null), ("host", Driver::Host)] {
        let network = predefined(name, driver, context);
        state.put_network(network);
    }
    if let Some(network) = docker0(&mut state.space, rules, context) {
        if let Driver::Bridge(settings) = &network.driver {
            steps.extend(bridge::create_network(settings));
        }
        state.put_network(network);
    }
    (
        state,
        Plan {
            title: "lab start".into(),
            steps,
        },
    )
}

fn predefined(name: &str, driver: Driver, context: &mut Context<'_>) -> Network {
    context.now += 1;
    Network {
        id: entropy::id(context.entropy),
        name: name.into(),
        created: context.now,
        driver,
        pool: None,
        container_gateway: None,
        ipam_options: None,
        ipam: Vec::new(),
        own_subnet: false,
        internal: false,
        attachable: false,
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
        predefined: true,
    }
}

fn docker0(space: &mut Space, rules: &Rules, context: &mut Context<'_>) -> Option<Network> {
    let subnet = Ipv4Network::new(DOCKER0_SUBNET.0, DOCKER0_SUBNET.1).ok()?;
    space.take(subnet, false).ok()?;
    let mut pool = Pool::new(subnet, None);
    let gateway = pool.take_lowest().ok()?;
    let settings = BridgeSettings {
        bridge: "docker0".into(),
        subnet,
        gateway: Some(gateway),
        internal: false,
        icc: true,
        masquerade: true,
        inhibit_ipv4: false,
        gateway_mode: GatewayMode::Nat,
        host_ipv4: None,
        announcement: rules.announces_addresses.then(Announcement::default),
        mtu: None,
        bridge_mtu: None,
        interface_prefix: "eth".into(),
    };
    let options = [
        (options::DEFAULT_BRIDGE, "true"),
        (options::ENABLE_ICC, "true"),
        (options::ENABLE_MASQUERADE, "true"),
        (options::HOST_BINDING, "0.0.0.0"),
        (options::BRIDGE_NAME, "docker0"),
        (options::MTU, "1500"),
    ];
    let entry = IpamEntry {
        subnet: subnet.to_string(),
        gateway: gateway.to_string(),
        ..IpamEntry::default()
    };
    Some(Network {
        pool: Some(pool),
        container_gateway: Some(gateway),
        ipam: vec![entry],
        options: options.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..predefined("bridge", Driver::Bridge(settings), context)
    })
}

/// `POST /networks/create`: the checks in Docker's order, then allocation, then the driver.
pub(super) fn create(state: &State, spec: &NetworkSpec, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let rules = state.rules;
    if matches!(spec.name.as_str(), "bridge" | "host" | "none" | "default") {
        return Err(CoreError::forbidden(format!(
            "operation is not permitted on predefined {} network ",
            spec.name
        )));
    }
    if spec.driver == "overlay" {
        let status = if rules.era == Era::E28 {
            Status::Forbidden
        } else {
            Status::Internal
        };
        return Err(CoreError::new(status, NOT_A_SWARM));
    }
    let families = Families::of(spec, rules)?;
    check_ipam(spec, rules, families)?;
    check_name(spec, rules)?;
    let warnings = check_duplicate(state, spec)?;
    families.check(rules)?;
    if rules.announces_addresses && spec.config_from.is_empty() {
        options::announcement(&spec.options).map_err(|error| allocate::option_refusal(&error, rules))?;
    }
    check_driver(spec)?;

    let id = entropy::id(context.entropy);
    let mut next = state.clone();
    let network = allocate::network(&mut next.space, spec, rules, &id, context.now)?;
    let Driver::Bridge(settings) = &network.driver else {
        return Err(CoreError::internal("a network without a bridge cannot be created"));
    };
    check_conflicts(state, &id, settings)?;
    let plan = Plan {
        title: format!("network create {}", spec.name),
        steps: bridge::create_network(settings),
    };
    let events = vec![Event::network(context.now, &network, "create", None)];
    next.put_network(network);
    Ok(Decision {
        next,
        plan,
        signal: None,
        events,
        reply: Reply::Created { id, warnings },
    })
}

/// Which address families a network has.
#[derive(Clone, Copy)]
struct Families {
    ipv4: bool,
    ipv6: bool,
}

impl Families {
    fn of(spec: &NetworkSpec, rules: &Rules) -> Result<Self, CoreError> {
        let by_option = |given: Option<bool>, key: &str, default: bool| match (given, spec.options.get(key)) {
            (Some(given), _) => Ok(given),
            (None, Some(text)) if rules.era == Era::E28 => options::parse_bool(text)
                .ok_or_else(|| CoreError::invalid(format!("driver-opt \"{key}\" is not a valid bool"))),
            (None, _) => Ok(default),
        };
        Ok(Self {
            ipv4: by_option(spec.enable_ipv4, "com.docker.network.enable_ipv4", true)?,
            ipv6: by_option(spec.enable_ipv6, "com.docker.network.enable_ipv6", false)?,
        })
    }

    fn check(self, rules: &Rules) -> Result<(), CoreError> {
        match self {
            Self {
                ipv4: false,
                ipv6: false,
            } if rules.era == Era::E28 => Err(CoreError::invalid("IPv4 or IPv6 must be enabled")),
            Self { ipv6: true, .. } => Err(CoreError::unbuilt(
                "this engine does not have IPv6 networks (--ipv6) yet",
            )),
            Self { .. } => Ok(()),
        }
    }
}

fn check_ipam(spec: &NetworkSpec, rules: &Rules, families: Families) -> Result<(), CoreError> {
    if rules.validates_ipam {
        return config::validate(&spec.ipam, families.ipv6).map_err(CoreError::invalid);
    }
    let bad = spec.ipam.iter().find(|entry| parse_prefix(&entry.subnet).is_none());
    bad.map_or(Ok(()), |entry| {
        let subnet = &entry.subnet;
        Err(CoreError::internal(format!(
            "Invalid subnet {subnet} : invalid CIDR address: {subnet}"
        )))
    })
}

fn check_name(spec: &NetworkSpec, rules: &Rules) -> Result<(), CoreError> {
    if !spec.name.trim().is_empty() {
        return Ok(());
    }
    Err(match rules.era {
        Era::E28 => CoreError::invalid("invalid name: name is empty"),
        // Its look for duplicates takes the empty name for anyone's.
        Era::E20_10 if spec.check_duplicate && spec.name.is_empty() => {
            CoreError::conflict("network with name  already exists")
        }
        Era::E20_10 => CoreError::internal(format!("invalid name: {}", spec.name)),
    })
}

/// A second network of the same name: refused, or in 20.10 a warning.
fn check_duplicate(state: &State, spec: &NetworkSpec) -> Result<Vec<String>, CoreError> {
    let Some(other) = state.networks.values().find(|network| network.name == spec.name) else {
        return Ok(Vec::new());
    };
    if state.rules.refuses_duplicate_names || spec.check_duplicate {
        return Err(CoreError::conflict(format!(
            "network with name {} already exists",
            spec.name
        )));
    }
    Ok(vec![format!(
        "Network with name {} (id : {}) already exists",
        other.name, other.id
    )])
}

fn check_driver(spec: &NetworkSpec) -> Result<(), CoreError> {
    if spec.config_only || !spec.config_from.is_empty() {
        return Err(CoreError::unbuilt(
            "this engine does not have configuration networks (--config-only, --config-from) yet",
        ));
    }
    match spec.driver.as_str() {
        "" | "bridge" => {}
        name @ ("host" | "null") => {
            return Err(CoreError::forbidden(format!(
                "only one instance of \"{name}\" network is allowed"
            )));
        }
        name @ ("macvlan" | "ipvlan") => {
            return Err(CoreError::unbuilt(format!(
                "this engine does not have the {name} driver yet; it has bridge"
            )));
        }
        name => return Err(CoreError::not_found(format!("plugin \"{name}\" not found"))),
    }
    if spec.ingress {
        return Err(CoreError::forbidden("Ingress network can only be global scope network"));
    }
    if spec.scope == "swarm" {
        return Err(CoreError::forbidden(
            "cannot create a swarm scoped network when swarm is not active",
        ));
    }
    match spec.ipam_driver.as_str() {
        "" | "default" => Ok(()),
        name => Err(CoreError::not_found(format!("plugin \"{name}\" not found"))),
    }
}

/// What the bridge driver refuses after allocation. 20.10 lets two networks share one device, and then deletes it under
/// the other; this engine does not imitate that.
fn check_conflicts(state: &State, id: &str, settings: &BridgeSettings) -> Result<(), CoreError> {
    let name = &settings.bridge;
    for network in state.networks.values() {
        let Driver::Bridge(other) = &network.driver else {
            continue;
        };
        let why = if other.bridge == *name {
            "networks have same bridge name"
        } else if other.subnet.overlaps(settings.subnet) {
            "networks have overlapping IPv4"
        } else {
            continue;
        };
        let (other_id, other_name) = (&network.id, &other.bridge);
        return Err(CoreError::forbidden(format!(
            "cannot create network {id} ({name}): conflicts with network {other_id} ({other_name}): {why}"
        )));
    }
    let is_cable = || {
        state
            .containers
            .values()
            .flat_map(|container| &container.endpoints)
            .any(|endpoint| endpoint.live.as_ref().is_some_and(|live| live.host_end == *name))
    };
    if host::LINKS.contains(&name.as_str()) || is_cable() {
        return Err(CoreError::internal(format!(
            "existing interface {name} is not a bridge"
        )));
    }
    Ok(())
}

/// `DELETE /networks/{id}`.
pub(super) fn remove(state: &State, term: &str, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let network = state.network(term)?;
    if network.predefined {
        return Err(CoreError::forbidden(format!(
            "{} is a pre-defined network and cannot be removed",
            network.name
        )));
    }
    let endpoints: Vec<String> = state
        .endpoints_on(&network.id)
        .map(|(container, _, live)| format!("name:{:?} id:{:?}", container.name, short_id(&live.id)))
        .collect();
    if !endpoints.is_empty() {
        let what = if state.rules.names_active_endpoints {
            format!(
                "network {} has active endpoints ({})",
                network.name,
                endpoints.join(", ")
            )
        } else {
            format!("network {} id {} has active endpoints", network.name, network.id)
        };
        return Err(CoreError::forbidden(format!("error while removing network: {what}")));
    }
    let mut next = state.clone();
    let steps = take_away(&mut next, network);
    let events = vec![Event::network(context.now, network, "destroy", None)];
    let plan = Plan {
        title: format!("network rm {}", network.name),
        steps,
    };
    Ok(Decision {
        next,
        plan,
        signal: None,
        events,
        reply: Reply::Done,
    })
}

fn take_away(state: &mut State, network: &Network) -> Vec<Step> {
    state.networks.remove(network.id.as_str());
    match &network.driver {
        Driver::Bridge(settings) => {
            state.space.release(settings.subnet);
            bridge::delete_network(settings)
        }
        Driver::Host | Driver::Null => Vec::new(),
    }
}

/// `POST /networks/prune`: what a person made and nobody is on.
#[expect(clippy::unnecessary_wraps, reason = "as every decision")]
pub(super) fn prune(state: &State, spec: &PruneSpec, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let unused = |network: &&Network| {
        !network.predefined
            && spec.takes(network.created, &network.labels)
            && state.endpoints_on(&network.id).next().is_none()
    };
    let mut next = state.clone();
    let (mut steps, mut events, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for network in state.networks().into_iter().filter(unused) {
        steps.extend(take_away(&mut next, network));
        events.push(Event::network(context.now, network, "destroy", None));
        context.now += 1;
        names.push(network.name.clone());
    }
    events.push(Event::pruned(context.now, Subject::Network, 0));
    let plan = Plan {
        title: "network prune".into(),
        steps,
    };
    Ok(Decision {
        next,
        plan,
        signal: None,
        events,
        reply: Reply::Pruned { names },
    })
}
