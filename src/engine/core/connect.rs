//! `POST /networks/{id}/connect` and `/disconnect`: of a running container at once, of another on its next start.

use super::endpoint::{self, SHARED_NAMESPACE};
use super::error::CoreError;
use super::event::Event;
use super::link::HOSTS;
use super::request::{Decision, Reply};
use super::spec::EndpointSpec;
use super::state::{Container, Endpoint, Network, State};
use super::{Context, attach, files, resolver};
use crate::engine::drivers::bridge;
use crate::engine::plan::{FileEdit, Plan, Step};

const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The container first, then the network, then the settings, then the company: Docker's order.
pub(super) fn connect(
    state: &State,
    network: &str,
    container: &str,
    settings: &EndpointSpec,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let container = Container::clone(state.container(container)?);
    if !container.is_running() {
        return note(state, network, container, settings);
    }
    if container.spec.network_mode.starts_with("container:") {
        return Err(CoreError::invalid(SHARED_NAMESPACE));
    }
    let network = state.attachable(network)?;
    check(state, network, settings)?;
    endpoint::check_company(state, &container, network)?;
    if position(&container, network).is_some() {
        return Err(CoreError::forbidden(format!(
            "endpoint with name {} already exists in network {}",
            container.name, network.name
        )));
    }
    plug_in(state, network, container, settings, context)
}

/// What 25.0 and later check of the settings, or 20.10 of a container that does not run.
fn check(state: &State, network: &Network, settings: &EndpointSpec) -> Result<(), CoreError> {
    if state.rules.validates_endpoints_at_create {
        endpoint::check(Some(network), &network.name, settings).map_err(CoreError::invalid)
    } else {
        endpoint::check_when_connected(network, settings)
    }
}

fn position(container: &Container, network: &Network) -> Option<usize> {
    container
        .endpoints
        .iter()
        .position(|endpoint| endpoint.network == network.name || endpoint.network_id == network.id)
}

/// Connecting gives no MAC address: it was checked, and before API 1.54 that is all.
fn unplugged(network: &str, spec: &EndpointSpec) -> Endpoint {
    Endpoint {
        network: network.to_owned(),
        network_id: String::new(),
        spec: EndpointSpec {
            mac_address: String::new(),
            ..spec.clone()
        },
        names: Vec::new(),
        live: None,
    }
}

/// A container that does not run: kept for its next start. A network that is not there is kept as it was typed.
fn note(state: &State, term: &str, mut container: Container, settings: &EndpointSpec) -> Result<Decision, CoreError> {
    if let Ok(network) = state.attachable(term) {
        check(state, network, settings)?;
        endpoint::check_company(state, &container, network)?;
        // What was kept for a network that is gone gives way to a new one of its name.
        let is_stale = |endpoint: &Endpoint| {
            endpoint.network == network.name && !endpoint.network_id.is_empty() && endpoint.network_id != network.id
        };
        container.endpoints.retain(|endpoint| !is_stale(endpoint));
        if position(&container, network).is_none() {
            let mut endpoint = unplugged(&network.name, settings);
            endpoint.names = endpoint::names(state, &container, network, settings);
            container.endpoints.push(endpoint);
        }
    } else {
        container.endpoints.retain(|endpoint| endpoint.network != term);
        container.endpoints.push(unplugged(term, settings));
    }
    let mut next = state.clone();
    next.put_container(container);
    Ok(Decision::without_plan(next, Vec::new(), Reply::Done))
}

fn plug_in(
    state: &State,
    network: &Network,
    mut container: Container,
    settings: &EndpointSpec,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let mut next = state.clone();
    let gateway = attach::default_gateway(state, &container.endpoints);
    let index = container.endpoints.len();
    container.endpoints.push(unplugged(&network.name, settings));
    let mut steps = attach::join(&mut next, &mut container, index, context)?;
    steps.extend(turn(&next, &container, gateway));
    let live = container.endpoints[index].live.as_ref();
    if let Some(address) = live.and_then(|live| live.address) {
        steps.push(Step::EditFile {
            container: container.id.clone(),
            path: HOSTS.into(),
            edit: FileEdit::Append {
                line: files::own_line(&container, address.ip()),
            },
        });
    }
    steps.extend(first_user_defined(&next, &mut container));
    let events = vec![Event::network(context.now, network, "connect", Some(&container.id))];
    Ok(decision(
        next,
        container,
        ("network connect", &network.name),
        steps,
        events,
    ))
}

/// The default route, moved where another network gives it now.
fn turn(state: &State, container: &Container, before: Option<std::net::Ipv4Addr>) -> Option<Step> {
    let now = attach::default_gateway(state, &container.endpoints);
    let via = now.filter(|_| now != before)?;
    Some(bridge::turn_default_route(&container.id, via))
}

/// On its first user-defined network a container gets the embedded resolver; a `resolv.conf` that the person has changed
/// stays as it is.
fn first_user_defined(state: &State, container: &mut Container) -> Vec<Step> {
    let from = files::resolv_conf(state, container);
    let Some(open) = resolver::open_if_due(container) else {
        return Vec::new();
    };
    let edit = Step::EditFile {
        container: container.id.clone(),
        path: RESOLV_CONF.into(),
        edit: FileEdit::Replace {
            from,
            to: files::resolv_conf(state, container),
        },
    };
    vec![open, edit]
}

/// A container that is not there has no endpoint to disconnect; with `force` Docker looks for one of that name.
pub(super) fn disconnect(
    state: &State,
    network: &str,
    container: &str,
    force: bool,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let known = state.attachable(network);
    let found = match state.container(container) {
        Err(_) if force => {
            known?;
            return Err(CoreError::not_found(format!("endpoint {container} not found")));
        }
        found => Container::clone(found?),
    };
    // Of several networks of that name the one it is on: Docker forgets the endpoint and leaves its cable.
    let known = known
        .map(AsRef::as_ref)
        .or_else(|error| plugged_by_name(state, &found, network).filter(|_| force).ok_or(error));
    match known {
        Ok(network) if found.is_running() => unplug(state, network, found, context),
        Err(error) if found.is_running() && !force => Err(error),
        known => forget(state, known.ok(), network, found, context),
    }
}

/// The network of that name that a running container is plugged into.
fn plugged_by_name<'a>(state: &'a State, container: &Container, name: &str) -> Option<&'a Network> {
    let mut plugged = container.endpoints.iter().filter(|endpoint| endpoint.live.is_some());
    let endpoint = plugged.find(|endpoint| endpoint.network == name)?;
    state.networks.get(endpoint.network_id.as_str()).map(AsRef::as_ref)
}

/// A container that does not run: not connected at its next start.
fn forget(
    state: &State,
    network: Option<&Network>,
    term: &str,
    mut container: Container,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let name = network.map_or(term, |network| network.name.as_str());
    let before = container.endpoints.len();
    container.endpoints.retain(|endpoint| endpoint.network != name);
    if container.endpoints.len() == before {
        let id = &container.id;
        return Err(CoreError::internal(format!(
            "container {id} is not connected to the network {name}"
        )));
    }
    let told = network.filter(|_| state.rules.repeats_disconnect);
    let events = told
        .map(|network| Event::network(context.now, network, "disconnect", Some(&container.id)))
        .into_iter()
        .collect();
    let mut next = state.clone();
    next.put_container(container);
    Ok(Decision::without_plan(next, events, Reply::Done))
}

fn unplug(
    state: &State,
    network: &Network,
    mut container: Container,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let (id, name) = (container.id.clone(), &network.name);
    if container.spec.network_mode == "host" && network.driver == super::Driver::Host {
        return Err(CoreError::invalid(endpoint::host_network_refusal(state, false)));
    }
    let place = position(&container, network).filter(|index| container.endpoints[*index].live.is_some());
    let Some(index) = place else {
        return Err(CoreError::internal(format!(
            "container {id} is not connected to network {name}"
        )));
    };
    let gateway = attach::default_gateway(state, &container.endpoints);
    let mut next = state.clone();
    let mut gone = container.endpoints.remove(index);
    let mut steps = Vec::new();
    steps.extend(turn(state, &container, gateway));
    steps.extend(clear_hosts(state, network, &container, &gone));
    let left = attach::leave(&mut next, &mut gone);
    steps.extend(left.and_then(|(_, step)| step));
    let times = if state.rules.repeats_disconnect { 2 } else { 1 };
    let events = (0..times)
        .map(|_| {
            context.now += 1;
            Event::network(context.now, network, "disconnect", Some(&id))
        })
        .collect();
    Ok(decision(next, container, ("network disconnect", name), steps, events))
}

/// What leaving takes from `/etc/hosts`: the endpoint's own line, or in 20.10 each line that ends in a name the network knows,
/// but for names that begin as the container's.
fn clear_hosts(state: &State, network: &Network, container: &Container, gone: &Endpoint) -> Option<Step> {
    let address = gone.live.as_ref()?.address?.ip();
    let edit = if state.rules.removes_own_line {
        FileEdit::RemoveLine {
            line: files::own_line(container, address),
        }
    } else {
        let known = state
            .endpoints_on(&network.id)
            .flat_map(|(_, endpoint, _)| &endpoint.names);
        let mut names: Vec<String> = known
            .filter(|name| name.split('.').next() != Some(container.name.as_str()))
            .cloned()
            .collect();
        names.sort_unstable();
        names.dedup();
        FileEdit::RemoveNames { names }
    };
    let is_nothing = matches!(&edit, FileEdit::RemoveNames { names } if names.is_empty());
    (!is_nothing).then(|| Step::EditFile {
        container: container.id.clone(),
        path: HOSTS.into(),
        edit,
    })
}

fn decision(
    mut next: State,
    container: Container,
    (verb, network): (&str, &str),
    steps: Vec<Step>,
    events: Vec<Event>,
) -> Decision {
    let title = format!("{verb} {network} {}", container.name);
    next.put_container(container);
    Decision {
        next,
        plan: Plan { title, steps },
        signal: None,
        events,
        reply: Reply::Done,
    }
}
