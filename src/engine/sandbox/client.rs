//! The engine's side of the zygote: blocking requests over one socket pair, ends of processes as they come.

use std::io;
use std::os::fd::OwnedFd;

use crate::engine::plan::{Place, SandboxSpec};

/// The three standard streams of a container's first process.
#[derive(Debug)]
pub struct Stdio {
    /// Standard input; `/dev/null` where the container does not keep it open.
    pub stdin: OwnedFd,
    /// Standard output.
    pub stdout: OwnedFd,
    /// Standard error.
    pub stderr: OwnedFd,
}

/// A process the zygote reaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Container's full id.
    pub container: String,
    /// Exit status, or 128 + signal.
    pub code: i32,
}

/// Why the zygote refused.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A system call failed.
    #[error("{doing}: {source}")]
    Os {
        /// What was being done, with its subject.
        doing: String,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The command is not in the image (`executable file not found in $PATH`, `permission denied`, …).
    #[error("exec: \"{program}\": {reason}")]
    Exec {
        /// As given.
        program: String,
        /// Docker's words.
        reason: String,
        /// 127 not found, 126 not executable.
        code: i32,
    },
    /// No sandbox of that id, or the zygote has ended.
    #[error("no sandbox {0}")]
    Unknown(String),
}

/// Handle to the zygote, shared by the plan executor and the server.
#[derive(Debug)]
pub struct SandboxClient {
    _private: (),
}

impl SandboxClient {
    /// Clones a container's pid 1 with its own net, mnt, pid, uts and ipc namespaces; it sets itself up and then waits.
    ///
    /// # Errors
    /// The step that failed, with the kernel's words; nothing of the sandbox remains.
    pub fn create(&self, spec: &SandboxSpec, stdio: Stdio) -> Result<u32, SandboxError> {
        let _ = (spec, stdio);
        Err(SandboxError::Unknown("under construction".into()))
    }

    /// Lets a waiting pid 1 execute its command; returns once it did.
    ///
    /// # Errors
    /// [`SandboxError::Exec`] where the command cannot be executed.
    pub fn start(&self, container: &str) -> Result<(), SandboxError> {
        Err(SandboxError::Unknown(container.into()))
    }

    /// Sends a signal to a container's pid 1.
    ///
    /// # Errors
    /// No such sandbox.
    pub fn kill(&self, container: &str, signal: i32) -> Result<(), SandboxError> {
        let _ = signal;
        Err(SandboxError::Unknown(container.into()))
    }

    /// Kills a sandbox, waits for its end and forgets it.
    ///
    /// # Errors
    /// No such sandbox.
    pub fn end(&self, container: &str) -> Result<(), SandboxError> {
        Err(SandboxError::Unknown(container.into()))
    }

    /// Makes an empty, named network namespace ([`Place::Router`]).
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn make_namespace(&self, place: &Place) -> Result<(), SandboxError> {
        Err(SandboxError::Unknown(format!("{place:?}")))
    }

    /// A new netlink socket of `protocol` (`NETLINK_ROUTE`, `NETLINK_NETFILTER`) inside a place.
    ///
    /// # Errors
    /// No such place, or the kernel's refusal.
    pub fn netlink_socket(&self, place: &Place, protocol: i32) -> Result<OwnedFd, SandboxError> {
        let _ = protocol;
        Err(SandboxError::Unknown(format!("{place:?}")))
    }

    /// The network namespace of a place, for `IFLA_NET_NS_FD`.
    ///
    /// # Errors
    /// No such place.
    pub fn netns(&self, place: &Place) -> Result<OwnedFd, SandboxError> {
        Err(SandboxError::Unknown(format!("{place:?}")))
    }

    /// Writes `/proc/sys/<path>` inside a place's network namespace unless it already reads so; returns what it read before.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn sysctl(&self, place: &Place, path: &str, value: &str) -> Result<String, SandboxError> {
        let _ = (path, value);
        Err(SandboxError::Unknown(format!("{place:?}")))
    }
}
