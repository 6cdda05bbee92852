//! What a container's first process does between `clone` and `execve`.
//!
//! The zygote clones it with new network, mount, pid, UTS and IPC namespaces inside the lab's user namespace and calls
//! [`run`]. From there on: one thread, no async, only system calls, in this order: descriptors → limits → session →
//! network (loopback, sysctls) → mounts and `pivot_root` → host name → terminal → *ready, wait for go* → capabilities →
//! seccomp → `execve`. Nothing is undone on failure: the process ends, and the kernel takes its namespaces with it.

mod report;

use std::io;
use std::os::fd::OwnedFd;

pub use report::{Received, Report, channel, receive};

use super::Stdio;
use crate::engine::images::Store;
use crate::engine::plan::SandboxSpec;

/// Limits of a container that need no cgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// What a container may write into its own root file system, bytes.
    pub writable: u64,
    /// Processes of the whole lab: the kernel counts them per user and user namespace, and a lab has one of each
    /// (`RLIMIT_NPROC`, getrlimit(2)).
    pub processes: u64,
    /// Open descriptors of one process.
    pub descriptors: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            writable: 256 << 20,
            processes: 8 * 1024,
            descriptors: 64 * 1024,
        }
    }
}

/// What all containers of a lab share; made once, in the zygote.
#[derive(Debug)]
pub struct Kit {
    images: Store,
    limits: Limits,
}

impl Kit {
    /// From the lab's root file systems.
    ///
    /// # Errors
    /// The seccomp filter does not exist for this processor.
    pub fn new(images: Store, limits: Limits) -> io::Result<Self> {
        Ok(Self { images, limits })
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
}

/// Makes this process the container's first one: sets it up, says [`Report::Ready`] on `report` (its end of
/// [`channel`]), waits for one byte on `go` (a pipe's read end) and executes the command. Never returns: a refusal is
/// reported and ends the process; so does the end of file on `go`.
pub fn run(_setup: ContainerSetup<'_>, report: OwnedFd, _go: OwnedFd) -> ! {
    let _ = report::send(
        &report,
        &Report::Failed {
            doing: "under construction".into(),
            errno: libc::ENOSYS,
        },
        None,
    );
    std::process::exit(125)
}
