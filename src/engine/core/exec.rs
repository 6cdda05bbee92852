//! Further processes in running containers: `docker exec`.
//!
//! An exec is created, started once and ends; it stays readable for a while after its end, longer than Docker's
//! clean-up leaves it at least (five minutes, `daemon/exec.go`), and is gone with its container.

use std::sync::Arc;

use super::Context;
use super::create::{check_user, environment};
use super::entropy;
use super::era::Era;
use super::error::{CoreError, Status};
use super::event::Event;
use super::keys::parse_detach_keys;
use super::link;
use super::request::{Decision, Reply};
use super::start::{PlanFailure, exec_words};
use super::state::{Container, State};
use crate::engine::plan::ProcessSpec;

/// How long an ended exec can be inspected, nanoseconds.
const KEPT: i64 = 5 * 60 * 1_000_000_000;
/// Execs that a container may have which were never started. Docker keeps them without bound; each holds its request.
pub(super) const UNSTARTED: usize = 100;
/// 128 + SIGKILL: what a container's end does to its execs.
const KILLED: i32 = 137;

/// `POST /containers/{id}/exec`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecSpec {
    /// `Cmd`.
    pub cmd: Vec<String>,
    /// `Env`, over the container's.
    pub env: Vec<String>,
    /// `WorkingDir`; empty means the container's.
    pub workdir: String,
    /// `User`: only root is honoured.
    pub user: String,
    /// `Privileged`: refused.
    pub privileged: bool,
    /// `Tty`.
    pub tty: bool,
    /// `AttachStdin`, `AttachStdout`, `AttachStderr`.
    pub attach: [bool; 3],
    /// `DetachKeys`; empty means Docker's own.
    pub detach_keys: String,
    /// `ConsoleSize`: height, width.
    pub console_size: Option<[u32; 2]>,
}

/// Where an exec is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecPhase {
    /// Not started.
    Created,
    /// Started; it runs, or is about to.
    Running,
    /// Over, or it could not be started.
    Ended {
        /// Exit status, or 128 + signal.
        code: i32,
        /// Nanoseconds since the Unix epoch.
        at: i64,
    },
}

/// A process in a container beside its first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// 64 hexadecimal characters.
    pub id: String,
    /// Full id of its container.
    pub container: String,
    /// What was asked for, completed from the container.
    pub spec: ExecSpec,
    /// Variables of its container's links, as they were when it was created.
    pub linked: Vec<String>,
    /// `DetachKeys` as bytes; none where Docker's own hold.
    pub detach_keys: Vec<u8>,
    /// Life so far.
    pub phase: ExecPhase,
    /// Process id, as the lab counts; 0 before the start.
    pub pid: u32,
}

impl Exec {
    /// Whether its container lists it: it was created or runs.
    const fn is_listed(&self) -> bool {
        !matches!(self.phase, ExecPhase::Ended { .. })
    }

    /// `exec_start: sh -c ls`.
    fn action(&self, verb: &str) -> String {
        let (program, arguments) = self
            .spec
            .cmd
            .split_first()
            .map_or(("", &[][..]), |(program, arguments)| (program.as_str(), arguments));
        format!("{verb}: {program} {}", arguments.join(" "))
    }
}

impl State {
    /// The exec of that full id.
    ///
    /// # Errors
    /// There is none, or no more.
    pub fn exec(&self, id: &str) -> Result<&Arc<Exec>, CoreError> {
        self.execs
            .get(id)
            .ok_or_else(|| CoreError::not_found(format!("No such exec instance: {id}")))
    }

    /// The same, of a container that runs.
    ///
    /// # Errors
    /// There is none, or its container has ended.
    pub fn live_exec(&self, id: &str) -> Result<&Arc<Exec>, CoreError> {
        let exec = self.exec(id)?;
        match self.containers.get(exec.container.as_str()) {
            Some(container) if container.is_running() => Ok(exec),
            Some(container) => Err(not_running(self.rules.era, &container.id)),
            None => Err(CoreError::not_found(format!("No such exec instance: {id}"))),
        }
    }

    /// Ids of a container's execs that have not ended.
    pub fn execs_of<'a>(&'a self, container: &'a str) -> impl Iterator<Item = &'a str> {
        let listed = move |exec: &&Arc<Exec>| exec.container == container && exec.is_listed();
        self.execs.values().filter(listed).map(|exec| exec.id.as_str())
    }

    /// Notes the process id of an exec that was just started, unless it has ended meanwhile.
    pub fn note_exec_pid(&mut self, id: &str, pid: u32) {
        if let Some(exec) = self.execs.get_mut(id).filter(|exec| exec.is_listed()) {
            Arc::make_mut(exec).pid = pid;
        }
    }

    fn put_exec(&mut self, exec: Exec) {
        self.execs.insert(exec.id.as_str().into(), Arc::new(exec));
    }
}

/// Checks in Docker's order; what Docker can and this engine cannot is refused with the reason.
pub(super) fn create(
    state: &State,
    term: &str,
    spec: &ExecSpec,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    if spec.cmd.is_empty() {
        return Err(CoreError::invalid("No exec command specified"));
    }
    let container = state.container(term)?;
    if !container.is_running() {
        return Err(not_running(state.rules.era, &container.id));
    }
    let unstarted = |exec: &&Arc<Exec>| exec.container == container.id && exec.phase == ExecPhase::Created;
    if state.execs.values().filter(unstarted).count() >= UNSTARTED {
        return Err(CoreError::conflict(format!(
            "container {} has {UNSTARTED} exec instances that were never started: start some of them before another is created",
            container.id
        )));
    }
    let detach_keys = match spec.detach_keys.as_str() {
        "" => Vec::new(),
        keys => parse_detach_keys(keys)
            .ok_or_else(|| CoreError::internal(format!("Invalid escape keys ({keys}) provided")))?,
    };
    check_user(&spec.user)?;
    if spec.privileged {
        return Err(CoreError::unbuilt(
            "this engine runs without root: exec --privileged is not possible",
        ));
    }
    let mut spec = spec.clone();
    if spec.user.is_empty() {
        spec.user.clone_from(&container.spec.user);
    }
    if spec.workdir.is_empty() {
        spec.workdir.clone_from(&container.spec.workdir);
    }
    let linked = link::environment(state, container)?;
    let exec = Exec {
        linked,
        id: entropy::id(context.entropy),
        container: container.id.clone(),
        spec,
        detach_keys,
        phase: ExecPhase::Created,
        pid: 0,
    };
    let events = vec![event(context.now, container, &exec, &exec.action("exec_create"))];
    let id = exec.id.clone();
    let mut next = state.clone();
    let old = context.now - KEPT;
    next.execs
        .retain(|_, exec| !matches!(exec.phase, ExecPhase::Ended { at, .. } if at < old));
    next.put_exec(exec);
    let warnings = Vec::new();
    Ok(Decision::without_plan(next, events, Reply::Created { id, warnings }))
}

/// `POST /exec/{id}/start`: the process to run is in the reply.
pub(super) fn start(
    state: &State,
    id: &str,
    stdin: bool,
    console_size: Option<[u32; 2]>,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let exec = state.live_exec(id)?;
    match exec.phase {
        ExecPhase::Created => {}
        ExecPhase::Running => return Err(again(state.rules.era, id, "is already running")),
        ExecPhase::Ended { .. } => return Err(again(state.rules.era, id, "has already run")),
    }
    let container = state.container(&exec.container)?;
    let events = vec![event(context.now, container, exec, &exec.action("exec_start"))];
    let process = process(state, container, exec, stdin, console_size);
    let mut next = state.clone();
    let mut started = Exec::clone(exec);
    started.phase = ExecPhase::Running;
    next.put_exec(started);
    Ok(Decision::without_plan(
        next,
        events,
        Reply::Exec {
            process: Box::new(process),
        },
    ))
}

fn process(
    state: &State,
    container: &Container,
    exec: &Exec,
    stdin: bool,
    console_size: Option<[u32; 2]>,
) -> ProcessSpec {
    let spec = &exec.spec;
    let size = console_size
        .or(spec.console_size)
        .filter(|_| state.rules.sizes_terminals_at_start);
    ProcessSpec {
        exec: exec.id.clone(),
        container: container.id.clone(),
        argv: spec.cmd.clone(),
        env: environment(&container.spec, spec.tty, &exec.linked, &spec.env),
        workdir: if spec.workdir.is_empty() {
            "/".into()
        } else {
            spec.workdir.clone()
        },
        cap_add: container.capabilities_added(),
        open_stdin: stdin && spec.attach[0],
        tty: spec.tty,
        console_size: size.and_then(cells),
    }
}

/// Height and width as a terminal counts them; nothing where either is none.
pub(super) fn cells([height, width]: [u32; 2]) -> Option<[u16; 2]> {
    let side = |cells: u32| u16::try_from(cells).ok().filter(|cells| *cells > 0);
    Some([side(height)?, side(width)?])
}

/// A started exec's process ended.
pub(super) fn ended(state: &State, id: &str, code: i32, context: &Context<'_>) -> Decision {
    let mut next = state.clone();
    let events = end(&mut next, id, code, context.now).into_iter().collect();
    Decision::without_plan(next, events, Reply::Done)
}

/// A started exec's process could not be made: it has ended, and nothing is told.
pub(super) fn not_started(state: &State, id: &str, code: i32, context: &Context<'_>) -> Decision {
    let mut next = state.clone();
    end(&mut next, id, code, context.now);
    Decision::without_plan(next, Vec::new(), Reply::Done)
}

/// A client left an exec with the detach keys.
pub(super) fn detached(state: &State, id: &str, context: &Context<'_>) -> Result<Decision, CoreError> {
    let exec = state.exec(id)?;
    let container = state.container(&exec.container)?;
    let events = vec![event(context.now, container, exec, "exec_detach")];
    Ok(Decision::without_plan(state.clone(), events, Reply::Done))
}

/// The end of a container: what runs in it is killed, what was not started never will be.
pub(super) fn end_all(state: &mut State, container: &Container, mut tick: impl FnMut() -> i64) -> Vec<Event> {
    let listed: Vec<(String, ExecPhase)> = state
        .execs
        .values()
        .filter(|exec| exec.container == container.id)
        .map(|exec| (exec.id.clone(), exec.phase))
        .collect();
    let mut events = Vec::new();
    for (id, phase) in listed {
        match phase {
            ExecPhase::Created => drop(state.execs.remove(id.as_str())),
            ExecPhase::Running => events.extend(end(state, &id, KILLED, tick())),
            ExecPhase::Ended { .. } => {}
        }
    }
    events
}

/// Forgets what a removed container ran.
pub(super) fn forget_all(state: &mut State, container: &str) {
    state.execs.retain(|_, exec| exec.container != container);
}

/// Ends an exec that runs; its `exec_die`.
fn end(state: &mut State, id: &str, code: i32, at: i64) -> Option<Event> {
    let exec = state.execs.get(id).filter(|exec| exec.phase == ExecPhase::Running)?;
    let mut ended = Exec::clone(exec);
    ended.phase = ExecPhase::Ended { code, at };
    let told = state.containers.get(ended.container.as_str()).map(|container| {
        let mut told = event(at, container, &ended, "exec_die");
        told.attributes.insert("exitCode".into(), code.to_string());
        told
    });
    state.put_exec(ended);
    told
}

fn event(at: i64, container: &Container, exec: &Exec, action: &str) -> Event {
    Event::container(at, container, action, &[("execID", exec.id.clone())])
}

/// A process of the container is wanted, and there is none.
#[must_use]
pub fn not_running(era: Era, container: &str) -> CoreError {
    CoreError::conflict(match era {
        Era::E28 => format!("container {container} is not running"),
        Era::E20_10 => format!("Container {container} is not running"),
    })
}

fn again(era: Era, id: &str, what: &str) -> CoreError {
    CoreError::conflict(match era {
        Era::E28 => format!("error: exec command {id} {what}"),
        Era::E20_10 => format!("Error: Exec command {id} {what}"),
    })
}

/// The refusal that a process which could not be made amounts to, and the exit code its exec keeps: 127 not found, 126 not
/// permitted; 20.10 says 126 whatever the reason.
pub(super) fn refusal(state: &State, failure: &PlanFailure) -> (CoreError, i32) {
    let message = exec_words(state.rules.era, &failure.message);
    let error = CoreError::new(
        if failure.exec.is_some() {
            Status::Invalid
        } else {
            Status::Internal
        },
        message,
    );
    let code = if state.rules.tells_failed_execs_apart {
        failure.exec.unwrap_or(128)
    } else {
        126
    };
    (error, code)
}
