//! What the executor needs of the processes around it.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::OwnedFd;

use crate::engine::plan::{FileEdit, Place, SandboxSpec};
use crate::engine::sandbox::{SandboxClient, SandboxError, Stdio};
use crate::observe::Transport;

/// Namespaces and first processes of a lab. [`SandboxClient`] is the real one; tests bring a thin one.
pub trait Places: Debug + Send + Sync {
    /// Clones a container's pid 1, which waits; its process id.
    ///
    /// # Errors
    /// What failed; nothing of the sandbox remains.
    fn create(&self, spec: &SandboxSpec, stdio: Stdio) -> Result<u32, SandboxError>;

    /// Lets a waiting pid 1 execute its command.
    ///
    /// # Errors
    /// The command cannot be executed.
    fn start(&self, container: &str) -> Result<(), SandboxError>;

    /// Kills a sandbox, waits for its end and forgets it.
    ///
    /// # Errors
    /// No such sandbox.
    fn end(&self, container: &str) -> Result<(), SandboxError>;

    /// A new netlink socket of `protocol` inside a place.
    ///
    /// # Errors
    /// No such place, or the kernel's refusal.
    fn netlink_socket(&self, place: &Place, protocol: i32) -> Result<OwnedFd, SandboxError>;

    /// The network namespace of a place.
    ///
    /// # Errors
    /// No such place.
    fn netns(&self, place: &Place) -> Result<OwnedFd, SandboxError>;

    /// Writes `/proc/sys/<path>` inside a place's network namespace unless it already reads so; what it read before.
    ///
    /// # Errors
    /// The kernel's refusal.
    fn sysctl(&self, place: &Place, path: &str, value: &str) -> Result<String, SandboxError>;

    /// Edits a text file of a running container; its text before, where the edit changed it.
    ///
    /// # Errors
    /// No such container, or the kernel's refusal.
    fn edit_file(&self, container: &str, path: &str, edit: &FileEdit) -> Result<Option<String>, SandboxError>;

    /// A non-blocking socket made inside a place; bound there (and, for TCP, listening) where an address is given.
    ///
    /// # Errors
    /// No such place, or the kernel's refusal.
    fn socket(&self, place: &Place, transport: Transport, bind: Option<SocketAddrV4>) -> Result<OwnedFd, SandboxError>;

    /// A socket inside a place that sends whole frames and receives nothing.
    ///
    /// # Errors
    /// No such place, or the kernel's refusal.
    fn packet_socket(&self, place: &Place) -> Result<OwnedFd, SandboxError>;

    /// Takes an imported image's files away.
    ///
    /// # Errors
    /// No such image.
    fn drop_image(&self, image: &str) -> Result<(), SandboxError>;
}

impl Places for SandboxClient {
    fn create(&self, spec: &SandboxSpec, stdio: Stdio) -> Result<u32, SandboxError> {
        SandboxClient::create(self, spec, stdio)
    }

    fn start(&self, container: &str) -> Result<(), SandboxError> {
        SandboxClient::start(self, container)
    }

    fn end(&self, container: &str) -> Result<(), SandboxError> {
        SandboxClient::end(self, container)
    }

    fn netlink_socket(&self, place: &Place, protocol: i32) -> Result<OwnedFd, SandboxError> {
        SandboxClient::netlink_socket(self, place, protocol)
    }

    fn netns(&self, place: &Place) -> Result<OwnedFd, SandboxError> {
        SandboxClient::netns(self, place)
    }

    fn sysctl(&self, place: &Place, path: &str, value: &str) -> Result<String, SandboxError> {
        SandboxClient::sysctl(self, place, path, value)
    }

    fn edit_file(&self, container: &str, path: &str, edit: &FileEdit) -> Result<Option<String>, SandboxError> {
        SandboxClient::edit_file(self, container, path, edit)
    }

    fn socket(&self, place: &Place, transport: Transport, bind: Option<SocketAddrV4>) -> Result<OwnedFd, SandboxError> {
        SandboxClient::socket(self, place, transport, bind)
    }

    fn packet_socket(&self, place: &Place) -> Result<OwnedFd, SandboxError> {
        SandboxClient::packet_socket(self, place)
    }

    fn drop_image(&self, image: &str) -> Result<(), SandboxError> {
        SandboxClient::drop_image(self, image)
    }
}

/// Where a container's standard streams come from.
pub trait StdioSource {
    /// The three streams of a container that is about to be made.
    ///
    /// # Errors
    /// No pipe, no log.
    fn stdio(&mut self, container: &str) -> io::Result<Stdio>;
}

/// For Plans that make no container.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStdio;

impl StdioSource for NoStdio {
    fn stdio(&mut self, container: &str) -> io::Result<Stdio> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("no standard streams for container {container}"),
        ))
    }
}
