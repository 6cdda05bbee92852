//! What a container's first process does between `clone` and `execve`.
//!
//! The zygote clones it with new network, mount, pid, UTS and IPC namespaces inside the lab's user namespace and calls
//! [`run`]. From there on: one thread, no async, only system calls, in this order: descriptors → limits → session →
//! loopback → mounts, sysctls and `pivot_root` → host name → terminal → working directory → *ready, wait for go* →
//! capabilities → seccomp → `execve`. Nothing is undone on failure: the process ends, and the kernel takes its namespaces
//! with it.

mod capabilities;
mod command;
mod exec;
mod failure;
mod join;
mod limits;
mod mounts;
mod network;
mod process;
mod report;
mod seccomp;
mod tty;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

pub use command::go_words;
pub use exec::{ExecSetup, exec};
pub use join::{Joins, SHARED};
pub use limits::Limits;
pub use report::{Received, Report, channel, receive};

use self::failure::{Doing, Outcome};
use super::{Stdio, message};
use crate::engine::images::Store;
use crate::engine::plan::{SandboxNetwork, SandboxSpec};

/// Exit code of a process whose set-up failed, as `docker run` gives it for a failure that is not the command's.
const SETUP_FAILED: i32 = 125;

/// What all containers of a lab share; made once, in the zygote.
#[derive(Debug)]
pub struct Kit {
    images: Store,
    limits: Limits,
    filter: seccomp::Filter,
}

impl Kit {
    /// From the lab's root file systems.
    ///
    /// # Errors
    /// The seccomp filter does not exist for this processor.
    pub fn new(images: Store, limits: Limits) -> io::Result<Self> {
        Ok(Self {
            images,
            limits,
            filter: seccomp::Filter::new()?,
        })
    }

    /// The lab's root file systems.
    #[must_use]
    pub fn images(&self) -> &Store {
        &self.images
    }
}

/// Everything one container is made from.
#[derive(Debug)]
pub struct ContainerSetup<'a> {
    /// What was asked for.
    pub spec: &'a SandboxSpec,
    /// Standard streams; not used where the container has a terminal.
    pub stdio: Stdio,
    /// What it shares with the lab's other containers.
    pub kit: &'a Kit,
    /// Of the container whose network it joins.
    pub joins: Option<Joins>,
}

/// Makes this process the container's first one: sets it up, says [`Report::Ready`] on `report` (its end of
/// [`channel`]), waits for one byte on `go` (a pipe's read end) and executes the command. Never returns: a refusal is
/// reported and ends the process; so does the end of file on `go`.
///
/// Call it in a freshly cloned process with one thread. Every other descriptor is closed.
pub fn run(setup: ContainerSetup<'_>, report: OwnedFd, go: OwnedFd) -> ! {
    let spec = setup.spec;
    let kit = setup.kit;
    if let Some(Err(failure)) = setup.joins.map(Joins::enter) {
        let _ = report::send(&report, &failure.into(), None);
        process::exit(SETUP_FAILED)
    }
    let Ok([report, go]) = process::settle_descriptors(setup.stdio, [report, go]) else {
        // Nobody can be told: the report's descriptor may be gone. Its end of file says so.
        process::exit(SETUP_FAILED)
    };
    end_with(&report, || match set_up(spec, kit, &report) {
        Ok(capabilities) if told_to_go(&go) => Some(match confine(kit, capabilities) {
            Ok(()) => command::execute(&spec.argv, &spec.env),
            Err(failure) => failure.into(),
        }),
        Ok(_) => None,
        Err(failure) => Some(failure.into()),
    })
}

/// Does what executes the command, and ends with its last report; without one it was given up, and nobody listens.
fn end_with(report: &OwnedFd, last: impl FnOnce() -> Option<Report>) -> ! {
    // A panic must not unwind into the zygote's loop, of which this process is a copy.
    let code = catch_unwind(AssertUnwindSafe(|| {
        let Some(last) = last() else { return 0 };
        let _ = report::send(report, &last, None);
        match last {
            Report::NotExecuted { code, .. } => code,
            Report::Ready | Report::Failed { .. } => SETUP_FAILED,
        }
    }));
    process::exit(code.unwrap_or(SETUP_FAILED))
}

/// Everything that may be done before anyone said go; ends with [`Report::Ready`].
fn set_up(spec: &SandboxSpec, kit: &Kit, report: impl AsFd) -> Outcome<CapabilitySet> {
    let capabilities = capabilities::granted(&spec.cap_add)?;
    process::reset_signals()?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    kit.limits.apply()?;
    rustix::process::setsid().doing("start a session")?;
    if spec.network == SandboxNetwork::Own {
        message::raise_loopback().doing("bring the loopback device up")?;
    }
    mounts::enter(spec, kit)?;
    rustix::system::sethostname(spec.hostname.as_bytes()).doing(format_args!("set the host name {}", spec.hostname))?;
    let terminal = if spec.tty {
        Some(tty::take(spec.console_size)?)
    } else {
        None
    };
    if let Some(terminal) = &terminal {
        terminal.show_as_console()?;
    }
    command::enter_workdir(&spec.workdir)?;
    report::send(
        report,
        &Report::Ready,
        terminal.as_ref().map(|terminal| &terminal.controller),
    )
    .doing("report to the zygote")?;
    Ok(capabilities)
}

/// Gives this process, in a mount namespace of its own, the console's root file system. The lab's API socket is in it.
///
/// # Errors
/// What was being done, and the kernel's answer (errno.h).
pub(super) fn enter_console_root(kit: &Kit) -> Result<(), (String, i32)> {
    mounts::enter_console(kit).map_err(|failure| (failure.doing, failure.errno.raw_os_error()))
}

/// Lowers a console program to `capabilities`; `filtered`, under a container's seccomp filter too.
///
/// # Errors
/// As [`enter_console_root`].
pub(super) fn confine_console(kit: &Kit, capabilities: CapabilitySet, filtered: bool) -> Result<(), (String, i32)> {
    let confined = || -> Outcome {
        capabilities::limit_to(capabilities)?;
        rustix::thread::set_no_new_privs(true).doing("forbid new privileges")?;
        if filtered { kit.filter.install() } else { Ok(()) }
    };
    confined().map_err(|failure| (failure.doing, failure.errno.raw_os_error()))
}

/// Waits for one byte; the end of file means that the container was given up before it started.
fn told_to_go(go: impl AsFd) -> bool {
    loop {
        match rustix::io::read(&go, &mut [0; 1]) {
            Ok(read) => return read == 1,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Gives up, for good, what setting up needed and the command must not have.
fn confine(kit: &Kit, capabilities: CapabilitySet) -> Outcome {
    capabilities::limit_to(capabilities)?;
    rustix::thread::set_no_new_privs(true).doing("forbid new privileges")?;
    kit.filter.install()
}
