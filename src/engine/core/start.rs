//! `POST /containers/{id}/start`: addresses, cables, files, first process; and what a start that fails leaves.

use std::sync::Arc;

use ipnetwork::Ipv4Network;

use super::create::environment;
use super::era::Era;
use super::error::{CoreError, FailedStart, Status};
use super::event::Event;
use super::request::{Decision, Reply, Request};
use super::state::{Container, Driver, Endpoint, LiveEndpoint, Network, Phase, State};
use super::{Context, endpoint, entropy, files};
use crate::engine::drivers::{Cable, bridge};
use crate::engine::plan::{Plan, SandboxSpec, Step};

/// Exit code Docker notes when a start fails for a reason of the engine's.
const EXIT_UNKNOWN: i32 = 128;

/// How a plan failed, as far as the state machine cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFailure {
    /// The step's subject and the kernel's words.
    pub message: String,
    /// Set when the command could not be executed: 127 not found, 126 not permitted.
    pub exec: Option<i32>,
}

pub(super) fn container(state: &State, term: &str, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let found = state.container(term)?;
    if found.is_running() {
        return Ok(Decision::without_plan(state.clone(), Vec::new(), Reply::Unchanged));
    }
    let mut next = state.clone();
    let mut container = Container::clone(found);
    let steps =
        connect_all(&mut next, &mut container, context).map_err(|error| networking_refusal(state, found, error))?;
    container.sandbox_id = entropy::id(context.entropy);
    let mut plan = Plan {
        title: format!("start {}", container.name),
        steps: Vec::new(),
    };
    plan.steps.push(Step::CreateSandbox {
        spec: Box::new(sandbox(&next, &container)),
    });
    plan.steps.extend(steps);
    plan.steps.push(Step::StartProcess {
        container: container.id.clone(),
    });

    let mut events: Vec<Event> = networks_of(&next, &container)
        .map(|network| {
            context.now += 1;
            Event::network(context.now, network, "connect", Some(&container.id))
        })
        .collect();
    context.now += 1;
    events.push(Event::container(context.now, &container, "start", &[]));
    container.life.phase = Phase::Running;
    container.life.error.clear();
    container.life.exit_code = 0;
    container.life.started = Some(context.now);
    let id = container.id.clone();
    next.put_container(container);
    Ok(Decision {
        next,
        plan,
        signal: None,
        events,
        reply: Reply::Container { id },
    })
}

fn networks_of<'a>(state: &'a State, container: &'a Container) -> impl Iterator<Item = &'a Network> {
    container
        .endpoints
        .iter()
        .filter_map(|endpoint| state.networks.get(endpoint.network_id.as_str()))
        .map(AsRef::as_ref)
}

/// Puts each endpoint in place; gives the steps that do so, default route last.
fn connect_all(
    state: &mut State,
    container: &mut Container,
    context: &mut Context<'_>,
) -> Result<Vec<Step>, CoreError> {
    let mut steps = Vec::new();
    for index in 0..container.endpoints.len() {
        let (done, rest) = container.endpoints.split_at(index);
        let (live, network) = connect(state, done, &rest[0], context)?;
        let (id, name) = (network.id.clone(), network.name.clone());
        if let (Driver::Bridge(settings), Some(address)) = (&network.driver, live.address) {
            let cable = Cable {
                container: container.id.clone(),
                host_end: live.host_end.clone(),
                interface: live.interface.clone(),
                mac: live.mac.clone(),
                address,
            };
            steps.extend(bridge::attach(settings, &cable));
        }
        let names = endpoint::names(state, container, &network, &container.endpoints[index].spec);
        state.put_network(network);
        let entry = &mut container.endpoints[index];
        (entry.network_id, entry.network, entry.names, entry.live) = (id, name, names, Some(live));
    }
    let gateway = endpoint::default_gateway(state, &container.endpoints);
    steps.extend(gateway.map(|via| bridge::default_route(&container.id, via)));
    Ok(steps)
}

/// One endpoint's address, interface and names, and the network with that address taken.
fn connect(
    state: &State,
    others: &[Endpoint],
    wanted: &Endpoint,
    context: &mut Context<'_>,
) -> Result<(LiveEndpoint, Network), CoreError> {
    let known = if wanted.network_id.is_empty() {
        &wanted.network
    } else {
        &wanted.network_id
    };
    let found = state.network(known).map_err(|error| match error.status {
        Status::NotFound => CoreError::not_found(format!("network {} not found", wanted.network)),
        _ => error,
    })?;
    let mut network = Network::clone(found);
    if !state.rules.validates_endpoints_at_create {
        endpoint::check_at_start(&network, &wanted.spec)?;
    }
    let address = endpoint::take_address(&mut network, &wanted.spec)?;
    let id = entropy::id(context.entropy);
    let (Driver::Bridge(settings), Some(address)) = (&network.driver, address) else {
        let [mac, interface, host_end] = [(); 3].map(|()| String::new());
        return Ok((
            LiveEndpoint {
                id,
                address: None,
                gateway: None,
                mac,
                interface,
                host_end,
            },
            network,
        ));
    };
    let mac = match &wanted.spec.mac_address {
        given if !given.is_empty() => given.to_ascii_lowercase().replace('-', ":"),
        _ if state.rules.random_macs => entropy::mac(context.entropy),
        _ => {
            let [a, b, c, d] = address.octets();
            format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
        }
    };
    let live = LiveEndpoint {
        id,
        address: Ipv4Network::new(address, settings.subnet.prefix()).ok(),
        gateway: network.container_gateway,
        mac,
        interface: endpoint::interface(&network, others),
        host_end: free_veth(state, others, context),
    };
    Ok((live, network))
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

fn sandbox(state: &State, container: &Container) -> SandboxSpec {
    let spec = &container.spec;
    SandboxSpec {
        container: container.id.clone(),
        image: container.image_tag.clone(),
        hostname: spec.hostname.clone(),
        argv: container.argv(),
        env: environment(spec),
        workdir: if spec.workdir.is_empty() {
            "/".into()
        } else {
            spec.workdir.clone()
        },
        files: files::files(state, container),
        cap_add: spec
            .cap_add
            .iter()
            .map(|name| name.trim_start_matches("CAP_").to_owned())
            .collect(),
        open_stdin: spec.open_stdin,
        tty: spec.tty,
    }
}

/// A start refused while connecting: 28 says at what.
fn networking_refusal(state: &State, container: &Container, mut error: CoreError) -> CoreError {
    if state.rules.era == Era::E28 {
        error.message = format!("failed to set up container networking: {}", error.message);
    }
    let start = FailedStart {
        container: container.id.clone(),
        exit_code: EXIT_UNKNOWN,
        connected: Vec::new(),
    };
    CoreError {
        start: Some(start),
        ..error
    }
}

/// The refusal that a failed plan amounts to.
pub(super) fn plan_failed(state: &State, request: &Request, failure: &PlanFailure) -> CoreError {
    let Request::StartContainer { container } = request else {
        return CoreError::internal(failure.message.clone());
    };
    let Ok(container) = state.container(container) else {
        return CoreError::internal(failure.message.clone());
    };
    let connected = container.endpoints.iter().filter_map(|endpoint| {
        let network = state.network(&endpoint.network).ok()?;
        Some([
            network.id.clone(),
            network.name.clone(),
            network.driver.name().to_owned(),
        ])
    });
    let start = FailedStart {
        container: container.id.clone(),
        exit_code: failure.exec.unwrap_or(EXIT_UNKNOWN),
        connected: if failure.exec.is_some() {
            connected.collect()
        } else {
            Vec::new()
        },
    };
    let (status, message) = match failure.exec {
        Some(_) => (Status::Invalid, runtime_words(state.rules.era, &failure.message)),
        None => (Status::Internal, failure.message.clone()),
    };
    CoreError {
        status,
        message,
        start: Some(start),
    }
}

/// `exec: "nosuch": executable file not found in $PATH`, inside what Docker's runtime chain puts around it.
fn runtime_words(era: Era, exec: &str) -> String {
    let outer = match era {
        Era::E28 => "failed to create task for container: failed to create shim task",
        Era::E20_10 => "failed to create shim task",
    };
    format!(
        "{outer}: OCI runtime create failed: runc create failed: unable to start container process: {exec}: unknown"
    )
}

/// What a refused start leaves: the reason in the container, or with `--rm` no container.
pub(super) fn refused(state: &State, error: &CoreError, context: &Context<'_>) -> Option<(State, Vec<Event>)> {
    let failed = error.start.as_ref()?;
    let found = state.containers.get(failed.container.as_str())?;
    let mut next = state.clone();
    let mut events = Vec::new();
    let mut now = context.now;
    for action in ["connect", "disconnect"] {
        for [id, name, driver] in &failed.connected {
            now += 1;
            events.push(Event::network_parts(
                now,
                [id, name, driver],
                action,
                Some(&failed.container),
            ));
        }
    }
    let mut container = Container::clone(found);
    container.life.error.clone_from(&error.message);
    container.life.exit_code = failed.exit_code;
    if container.spec.auto_remove {
        events.push(Event::container(now + 1, &container, "destroy", &[]));
        next.containers.remove(container.id.as_str());
    } else {
        next.containers
            .insert(container.id.as_str().into(), Arc::new(container));
    }
    Some((next, events))
}
