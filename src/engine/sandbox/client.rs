//! The engine's side of the zygote: requests over one socket pair, ends of processes as they come.

mod conversation;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Mutex;
use std::sync::mpsc::Receiver;

use self::conversation::{Conversation, lock, out_of_step};
use super::protocol::{Answer, Ask};
use crate::engine::plan::{FileEdit, Place, ProcessSpec, SandboxSpec};
use crate::observe::Transport;

/// The three standard streams of a process.
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
    /// Full id of the exec it was; absent for the container's first process.
    pub exec: Option<String>,
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

/// Handle to the zygote, shared by the plan executor and the server. Every call but [`SandboxClient::exec`] blocks until the
/// zygote answered, which is within bounds whatever a container does; calls from several threads do not wait for one another.
#[derive(Debug)]
pub struct SandboxClient {
    zygote: Conversation,
    terminals: Mutex<HashMap<String, OwnedFd>>,
}

/// A further process of a container that executed its command: its process id as the lab counts, and the other end of its
/// terminal, where it has one.
pub type Executed = (u32, Option<OwnedFd>);

impl SandboxClient {
    /// Speaks to the zygote over `socket`, from a thread of its own. The receiver brings the ends of containers' first
    /// processes that had executed their command; it hangs up when the zygote ends.
    ///
    /// # Errors
    /// No thread or descriptor left.
    pub(crate) fn new(socket: OwnedFd) -> io::Result<(Self, Receiver<Exit>)> {
        let (zygote, exits) = Conversation::begin(socket)?;
        let client = Self {
            zygote,
            terminals: Mutex::new(HashMap::new()),
        };
        Ok((client, exits))
    }

    /// Clones a container's pid 1 with its own net, mnt, pid, uts and ipc namespaces; it sets itself up and then waits.
    /// Returns its process id, as the lab's pid namespace counts.
    ///
    /// # Errors
    /// The step that failed, with the kernel's words; nothing of the sandbox remains.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "our copies of the streams are closed once the container has its own"
    )]
    pub fn create(&self, spec: &SandboxSpec, stdio: Stdio) -> Result<u32, SandboxError> {
        let container = spec.container.clone();
        let spec = Box::new(spec.clone());
        let fds = [stdio.stdin.as_fd(), stdio.stdout.as_fd(), stdio.stderr.as_fd()];
        match self.zygote.ask(Ask::Create { spec }, &fds)? {
            (Answer::Created { pid }, mut fds) => {
                if let Some(terminal) = fds.pop() {
                    lock(&self.terminals).insert(container, terminal);
                }
                Ok(pid)
            }
            _ => Err(out_of_step()),
        }
    }

    /// The other end of the terminal of a container that was created with one; only the first who asks gets it.
    pub fn take_terminal(&self, container: &str) -> Option<OwnedFd> {
        lock(&self.terminals).remove(container)
    }

    /// Lets a waiting pid 1 execute its command; returns once it did.
    ///
    /// # Errors
    /// [`SandboxError::Exec`] where the command cannot be executed; the process has ended then, without an [`Exit`].
    pub fn start(&self, container: &str) -> Result<(), SandboxError> {
        let container = container.to_owned();
        self.zygote.ask(Ask::Start { container }, &[]).map(drop)
    }

    /// Sends a signal to a container's pid 1.
    ///
    /// # Errors
    /// No such sandbox, or it has ended already.
    pub fn kill(&self, container: &str, signal: i32) -> Result<(), SandboxError> {
        let container = container.to_owned();
        self.zygote.ask(Ask::Kill { container, signal }, &[]).map(drop)
    }

    /// Kills a sandbox, waits for its end and forgets it. Its [`Exit`], where it had started, is reported before.
    ///
    /// # Errors
    /// No such sandbox.
    pub fn end(&self, container: &str) -> Result<(), SandboxError> {
        drop(self.take_terminal(container));
        let container = container.to_owned();
        self.zygote.ask(Ask::End { container }, &[]).map(drop)
    }

    /// Makes an empty, named network namespace ([`Place::Router`]).
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn make_namespace(&self, place: &Place) -> Result<(), SandboxError> {
        let place = place.clone();
        self.zygote.ask(Ask::MakeNamespace { place }, &[]).map(drop)
    }

    /// A new netlink socket of `protocol` (`NETLINK_ROUTE`, `NETLINK_NETFILTER`) inside a place.
    ///
    /// # Errors
    /// No such place, or the kernel's refusal.
    pub fn netlink_socket(&self, place: &Place, protocol: i32) -> Result<OwnedFd, SandboxError> {
        let place = place.clone();
        let (_, mut fds) = self.zygote.ask(Ask::NetlinkSocket { place, protocol }, &[])?;
        fds.pop().ok_or_else(out_of_step)
    }

    /// The network namespace of a place, for `IFLA_NET_NS_FD`.
    ///
    /// # Errors
    /// No such place.
    pub fn netns(&self, place: &Place) -> Result<OwnedFd, SandboxError> {
        let place = place.clone();
        let (_, mut fds) = self.zygote.ask(Ask::Netns { place }, &[])?;
        fds.pop().ok_or_else(out_of_step)
    }

    /// Writes `/proc/sys/<path>` inside a place's network namespace unless it already reads so; returns what it read before.
    /// `path` is below `net/`.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn sysctl(&self, place: &Place, path: &str, value: &str) -> Result<String, SandboxError> {
        let ask = Ask::Sysctl {
            place: place.clone(),
            path: path.to_owned(),
            value: value.to_owned(),
        };
        match self.zygote.ask(ask, &[])? {
            (Answer::Before { value }, _) => Ok(value),
            _ => Err(out_of_step()),
        }
    }

    /// Edits a text file in a container's own mount namespace; what it read before, where the edit changed it. A file that
    /// is not there, or is none, is left alone.
    ///
    /// # Errors
    /// No such sandbox, or the kernel's refusal.
    pub fn edit_file(&self, container: &str, path: &str, edit: &FileEdit) -> Result<Option<String>, SandboxError> {
        let ask = Ask::EditFile {
            container: container.to_owned(),
            path: path.to_owned(),
            edit: edit.clone(),
        };
        match self.zygote.ask(ask, &[])? {
            (Answer::Text { before }, _) => Ok(before),
            _ => Err(out_of_step()),
        }
    }

    /// A socket made inside a place, non-blocking; bound there (and, for TCP, listening) where an address is given.
    /// Used from elsewhere it still speaks in that place.
    ///
    /// # Errors
    /// No such place, or the kernel's refusal (`EADDRINUSE`).
    pub fn socket(
        &self,
        place: &Place,
        transport: Transport,
        bind: Option<SocketAddrV4>,
    ) -> Result<OwnedFd, SandboxError> {
        let ask = Ask::Socket {
            place: place.clone(),
            transport,
            bind,
        };
        let (_, mut fds) = self.zygote.ask(ask, &[])?;
        fds.pop().ok_or_else(out_of_step)
    }

    /// A packet socket made inside a place, non-blocking, for whole frames; it receives nothing.
    ///
    /// # Errors
    /// No such place, or the kernel's refusal.
    pub fn packet_socket(&self, place: &Place) -> Result<OwnedFd, SandboxError> {
        let place = place.clone();
        let (_, mut fds) = self.zygote.ask(Ask::PacketSocket { place }, &[])?;
        fds.pop().ok_or_else(out_of_step)
    }

    /// Begins to unpack an image's archive, in a process of its own that sees nothing but the image: `archive` is where it
    /// reads, `outcome` where it writes what it came to, as JSON, before it ends.
    ///
    /// # Errors
    /// The kernel's refusal; nothing of the image remains.
    pub fn unpack_image(
        &self,
        image: &str,
        size: u64,
        archive: BorrowedFd<'_>,
        outcome: BorrowedFd<'_>,
    ) -> Result<(), SandboxError> {
        let image = image.to_owned();
        self.zygote
            .ask(Ask::UnpackImage { image, size }, &[archive, outcome])
            .map(drop)
    }

    /// Makes an unpacked image read-only.
    ///
    /// # Errors
    /// No such image.
    pub fn seal_image(&self, image: &str) -> Result<(), SandboxError> {
        let image = image.to_owned();
        self.zygote.ask(Ask::SealImage { image }, &[]).map(drop)
    }

    /// Takes an image's files away; containers that run keep seeing them.
    ///
    /// # Errors
    /// No such image.
    pub fn drop_image(&self, image: &str) -> Result<(), SandboxError> {
        let image = image.to_owned();
        self.zygote.ask(Ask::DropImage { image }, &[]).map(drop)
    }

    /// Begins a further process in a container and returns at once. `told` hears what came of it, on the thread that brings
    /// the zygote's words and before the process's [`Exit`] is brought: once it has executed its command, or why it did not.
    /// `told` must not wait for anything.
    ///
    /// It hears [`SandboxError::Exec`] where the command cannot be executed, [`SandboxError::Unknown`] where the container has
    /// ended; the process has ended then, without an [`Exit`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "our copies of the streams are closed once the process has its own"
    )]
    pub fn exec(
        &self,
        spec: &ProcessSpec,
        stdio: Stdio,
        told: impl FnOnce(Result<Executed, SandboxError>) + Send + 'static,
    ) {
        let spec = Box::new(spec.clone());
        let fds = [stdio.stdin.as_fd(), stdio.stdout.as_fd(), stdio.stderr.as_fd()];
        self.zygote.ask_later(Ask::Exec { spec }, &fds, move |answer| {
            told(answer.and_then(|answer| match answer {
                (Answer::Created { pid }, mut fds) => Ok((pid, fds.pop())),
                _ => Err(out_of_step()),
            }));
        });
    }
}
