//! A further process in a running container, from the zygote's `clone` to `execve`.
//!
//! The zygote clones it straight into the container's pid namespace; it joins the others itself, through a descriptor of
//! the container's first process. Then as for that one: limits → session → terminal → working directory → capabilities →
//! seccomp → `execve`.

use std::os::fd::{AsFd, OwnedFd};

use nix::sched::{CloneFlags, setns};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

use super::failure::{Doing, Failure, Outcome};
use super::report::{self, Report};
use super::{Kit, SETUP_FAILED, capabilities, command, confine, end_with, process, tty};
use crate::engine::plan::ProcessSpec;
use crate::engine::sandbox::Stdio;

/// Everything one exec is made from.
#[derive(Debug)]
pub struct ExecSetup<'a> {
    /// What was asked for.
    pub spec: &'a ProcessSpec,
    /// Standard streams; not used where the exec has a terminal.
    pub stdio: Stdio,
    /// What the lab's containers share.
    pub kit: &'a Kit,
    /// The container's first process (`pidfd_open(2)`).
    pub container: OwnedFd,
}

/// Makes this process, cloned into the container's pid namespace, one of the container's and executes the command. With a
/// terminal it says [`Report::Ready`] on `report` before. Never returns: a refusal is reported and ends the process.
///
/// Call it in a freshly cloned process with one thread. Every other descriptor is closed.
pub fn exec(setup: ExecSetup<'_>, report: OwnedFd) -> ! {
    let ExecSetup {
        spec,
        stdio,
        kit,
        container,
    } = setup;
    let joined = join(&container);
    let Ok([report]) = process::settle_descriptors(stdio, [report]) else {
        process::exit(SETUP_FAILED)
    };
    end_with(&report, || {
        let entered = joined.and_then(|()| enter(spec, kit, &report));
        Some(match entered {
            Ok(()) => command::execute(&spec.argv, &spec.env),
            Err(failure) => failure.into(),
        })
    })
}

/// Joins all of the container's namespaces but the pid namespace, in which this process already is (Linux 5.8: setns(2)).
fn join(container: &OwnedFd) -> Outcome {
    // Until `execve` this is a copy of the zygote, of which nothing in the container may look into.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).doing("forbid tracing")?;
    let namespaces =
        CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWIPC;
    setns(container, namespaces).map_err(|errno| Failure {
        doing: "join the container's namespaces".into(),
        errno: Errno::from_raw_os_error(errno as i32),
    })
}

fn enter(spec: &ProcessSpec, kit: &Kit, report: impl AsFd) -> Outcome {
    let capabilities = capabilities::granted(&spec.cap_add)?;
    process::reset_signals()?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    kit.limits.apply()?;
    rustix::process::setsid().doing("start a session")?;
    if spec.tty {
        let terminal = tty::take(spec.console_size)?;
        report::send(report, &Report::Ready, Some(&terminal.controller)).doing("report to the zygote")?;
    }
    // runc's words (`libcontainer/init_linux.go`), with which Docker's answer ends.
    std::env::set_current_dir(&spec.workdir).doing(format_args!(
        "chdir to cwd ({:?}) set in config.json failed",
        spec.workdir
    ))?;
    confine(kit, capabilities)
}
