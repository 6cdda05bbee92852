//! `POST /containers/{id}/start`: addresses, cables, files, first process; and what a start that fails leaves.

use std::sync::Arc;

use super::create::environment;
use super::era::Era;
use super::error::{CoreError, FailedStart, Status};
use super::event::Event;
use super::request::{Decision, Reply, Request};
use super::state::{Container, Phase, State};
use super::{Context, attach, endpoint, entropy, exec, files, link, resolver, shared};
use crate::engine::drivers::bridge;
use crate::engine::plan::{Place, Plan, SandboxNetwork, SandboxSpec, Step};

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
    container.interfaces.clear();
    let network = shared::network(state, &mut container).map_err(|error| start_refusal(found, error))?;
    link::check(state, &container).map_err(|error| networking_refusal(state, found, error))?;
    let mut steps = Vec::new();
    if !matches!(network, SandboxNetwork::Container(_)) {
        steps =
            connect_all(&mut next, &mut container, context).map_err(|error| networking_refusal(state, found, error))?;
        container.sandbox_id = entropy::id(context.entropy);
    }
    let linked = link::environment(state, &container).map_err(|error| start_refusal(found, error))?;
    let mut plan = Plan {
        title: format!("start {}", container.name),
        steps: Vec::new(),
    };
    let has_own_network = network == SandboxNetwork::Own;
    plan.steps.push(Step::CreateSandbox {
        spec: Box::new(sandbox(&next, &container, network, &linked)),
    });
    if has_own_network && next.rules.loopback_without_ipv6 {
        plan.steps.push(Step::SetSysctl {
            place: Place::Container(container.id.clone()),
            key: "net.ipv6.conf.all.disable_ipv6".into(),
            value: "1".into(),
        });
    }
    plan.steps.extend(steps);
    plan.steps.extend(link::announce(state, &container));
    plan.steps.push(Step::StartProcess {
        container: container.id.clone(),
    });

    let mut events = attach::tell(&next, &container, "connect", context);
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

/// Puts each endpoint in place, in the era's order; gives the steps that do so, default route last.
fn connect_all(
    state: &mut State,
    container: &mut Container,
    context: &mut Context<'_>,
) -> Result<Vec<Step>, CoreError> {
    endpoint::sort(state, container);
    let mut steps = Vec::new();
    for index in 0..container.endpoints.len() {
        let network = attach::network_of(state, &container.endpoints[index])?.clone();
        endpoint::check_company(state, container, &network)?;
        steps.extend(attach::join(state, container, index, context)?);
    }
    let gateway = attach::default_gateway(state, &container.endpoints);
    steps.extend(gateway.map(|via| bridge::default_route(&container.id, via)));
    steps.extend(resolver::open_if_due(container));
    Ok(steps)
}

fn sandbox(state: &State, container: &Container, network: SandboxNetwork, linked: &[String]) -> SandboxSpec {
    let spec = &container.spec;
    SandboxSpec {
        container: container.id.clone(),
        image: container.image_store.clone(),
        hostname: spec.hostname.clone(),
        argv: container.argv(),
        env: environment(spec, spec.tty, linked, &[]),
        workdir: if spec.workdir.is_empty() {
            "/".into()
        } else {
            spec.workdir.clone()
        },
        files: files::files(state, container, &network),
        cap_add: container.capabilities_added(),
        open_stdin: spec.open_stdin,
        tty: spec.tty,
        console_size: exec::cells(spec.console_size).filter(|_| state.rules.sizes_terminals_at_start),
        network,
    }
}

/// A start refused while connecting: 28 says at what.
fn networking_refusal(state: &State, container: &Container, mut error: CoreError) -> CoreError {
    if state.rules.era == Era::E28 {
        error.message = format!("failed to set up container networking: {}", error.message);
    }
    start_refusal(container, error)
}

fn start_refusal(container: &Container, error: CoreError) -> CoreError {
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

/// The same for an exec.
pub(super) fn exec_words(era: Era, exec: &str) -> String {
    // A working folder that is a file: moby adds a guess of its own (`daemon/errors.go`).
    let guess = if exec.ends_with("not a directory") {
        ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the \
         expected type"
    } else {
        ""
    };
    // Words of runc's that changed since.
    let exec = match (era, exec.strip_suffix(": is a directory")) {
        (Era::E20_10, Some(program)) => format!("{program}: permission denied"),
        _ => exec.to_owned(),
    };
    format!("OCI runtime exec failed: exec failed: unable to start container process: {exec}: unknown{guess}")
}

/// What a refused start leaves: the reason in the container, or with `--rm` no container.
pub(super) fn refused(state: &State, error: &CoreError, context: &Context<'_>) -> Option<Decision> {
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
    // A reason of the engine's own does not hide how the command ended the last time.
    if failed.exit_code != EXIT_UNKNOWN || container.life.exit_code == 0 {
        container.life.exit_code = failed.exit_code;
    }
    let mut steps = Vec::new();
    if container.spec.auto_remove {
        events.push(Event::container(now + 1, &container, "destroy", &[]));
        next.containers.remove(container.id.as_str());
        steps.extend(next.dropped_store(&container.image_store));
    } else {
        next.containers
            .insert(container.id.as_str().into(), Arc::new(container));
    }
    let title = format!("refused {}", found.name);
    Some(Decision {
        next,
        plan: Plan { title, steps },
        signal: None,
        events,
        reply: Reply::Done,
    })
}
