//! The front's side of a lab: start it, talk to it, end it.
//!
//! ```text
//! front ──fork──▶ janitor ──clone──▶ zygote ──fork──▶ engine
//!   │◀───life────────┘                 │                 │
//!   │────console programs──────────────┘                 │
//!   └────control: Connect, Ready, Failed─────────────────┘
//! ```
//!
//! Every socket is made before the first fork, and each process keeps only its own ends, so that each end of file is an end.

mod command;
mod console;
mod engine;
mod error;
mod grace;
mod relay;
mod serve;
mod signals;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, WaitOptions, waitpid};

pub use self::command::{LabCommand, lab_command};
pub use self::console::{ConsoleProcess, ConsoleSpec};
pub use self::error::LaunchError;
pub use crate::engine::core::Era;
use crate::engine::outside::janitor::{self, Legacy};
use crate::engine::outside::socket_path::SocketPath;
pub use crate::engine::sandbox::ConsolePlace;
use crate::engine::sandbox::edge::{self, Forked, Stage};
use crate::engine::sandbox::identity::{Identity, Origin};
use crate::engine::sandbox::protocol::{Connect, ToFront, ToJanitor};
use crate::engine::sandbox::{process, wire};
use crate::terminal::Settings;

/// What the front wants of a lab.
#[derive(Debug, Clone, Default)]
pub struct LabOptions {
    /// Behaviour.
    pub era: Era,
    /// Console; absent means [`ConsolePlace::Real`], or [`ConsolePlace::Sandbox`] where root started the lab without
    /// `SUDO_UID`: nobody has no files of their own.
    pub console: Option<ConsolePlace>,
    /// A socket file on the real file system, for `cnm lab --socket`.
    pub socket: Option<PathBuf>,
    /// Log file.
    pub log: Option<PathBuf>,
}

/// A lab that runs. Dropping it ends the lab.
#[derive(Debug)]
pub struct LabHandle {
    /// `None` once the lab was told to end.
    life: Option<OwnedFd>,
    lifeline: OwnedFd,
    control: OwnedFd,
    consoles: OwnedFd,
    janitor: Option<Pid>,
    socket: Option<SocketPath>,
    place: ConsolePlace,
}

impl LabHandle {
    /// Starts a lab and waits until its API answers. Call it while the process is single-threaded, before a terminal is
    /// in raw mode.
    ///
    /// # Errors
    /// [`LaunchError::Refused`] tells which step the machine refused; nothing of the lab remains.
    pub fn launch(options: &LabOptions) -> Result<Self, LaunchError> {
        let socket = options.socket.as_deref().map(SocketPath::bind).transpose()?;
        launch_with(options, socket)
    }

    /// Starts a lab without waiting for it: a screen can be drawn meanwhile. Call it while the process is single-threaded;
    /// then [`LabHandle::wait_until_ready`] on any thread.
    ///
    /// # Errors
    /// The janitor could not be forked.
    pub fn begin(options: &LabOptions) -> Result<Self, LaunchError> {
        fork_janitor(options, None)
    }

    /// The same as [`LabHandle::launch`], with a socket at the person's default path instead of `options.socket`.
    ///
    /// # Errors
    /// As [`LabHandle::launch`]; also where the path is taken.
    pub fn launch_at_default_socket(options: &LabOptions) -> Result<Self, LaunchError> {
        launch_with(options, Some(SocketPath::bind_default()?))
    }

    /// A new connection to the engine's API, without any path (one end of a socket pair is handed to the engine).
    ///
    /// # Errors
    /// The lab has ended.
    pub fn connect(&self) -> io::Result<UnixStream> {
        let (ours, theirs) = UnixStream::pair()?;
        wire::send(&self.control, &Connect, &[theirs.as_fd()])?;
        Ok(ours)
    }

    /// Runs a program in the console place.
    ///
    /// # Errors
    /// The lab has ended or the program cannot be executed.
    pub fn spawn_console(&self, spec: ConsoleSpec) -> io::Result<ConsoleProcess> {
        console::spawn(&self.consoles, spec)
    }

    /// Where console programs run: what was asked for, or a sandbox where root started the lab.
    #[must_use]
    pub const fn console_place(&self) -> ConsolePlace {
        self.place
    }

    /// The socket on the real file system, where there is one.
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        self.socket.as_ref().map(SocketPath::path)
    }

    /// Becomes readable (end of file) when the lab has ended.
    #[must_use]
    pub fn lifeline(&self) -> BorrowedFd<'_> {
        self.lifeline.as_fd()
    }

    /// Tells the janitor that the terminal on `tty` is in raw mode and the alternate screen, so that it can put it back
    /// if the front is killed; `None` when the front has put it back itself.
    ///
    /// # Errors
    /// The janitor has ended.
    pub fn guard_terminal(&self, tty: Option<BorrowedFd<'_>>) -> io::Result<()> {
        let life = self.life.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        match tty {
            Some(tty) => wire::send(life, &ToJanitor::Guard, &[tty]),
            None => wire::send(life, &ToJanitor::Unguard, &[]),
        }
    }

    /// Ends the lab and returns when nothing of it remains.
    ///
    /// # Errors
    /// The janitor's end cannot be waited for.
    pub fn shutdown(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        self.life = None;
        let Some(janitor) = self.janitor.take() else {
            return Ok(());
        };
        let ended = rustix::io::retry_on_intr(|| waitpid(Some(janitor), WaitOptions::empty()));
        // The janitor does this; unless it was killed.
        if let Some(socket) = self.socket.take() {
            socket.remove();
        }
        match ended {
            // Someone in the front reaps every child.
            Ok(_) | Err(rustix::io::Errno::CHILD) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Drop for LabHandle {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

type Bound = (SocketPath, std::os::unix::net::UnixListener);

fn launch_with(options: &LabOptions, socket: Option<Bound>) -> Result<LabHandle, LaunchError> {
    let path = socket.as_ref().map(|(path, _)| path.clone());
    let launched = fork_janitor(options, socket).and_then(|mut handle| {
        handle.socket.clone_from(&path);
        handle.wait_until_ready()?;
        Ok(handle)
    });
    if launched.is_err()
        && let Some(path) = path
    {
        path.remove();
    }
    launched
}

/// Makes all sockets and the janitor, which makes the rest.
fn fork_janitor(options: &LabOptions, socket: Option<Bound>) -> Result<LabHandle, LaunchError> {
    let os = |doing: &'static str| {
        move |source: io::Error| LaunchError::Io {
            doing: doing.into(),
            source,
        }
    };
    let identity = Identity::of_lab().map_err(|source| LaunchError::Refused {
        stage: Stage::Identity,
        doing: "leave root's identity".into(),
        source,
    })?;
    let place = options.console.unwrap_or(match identity.origin {
        Origin::Nobody => ConsolePlace::Sandbox,
        Origin::Starter | Origin::Sudo => ConsolePlace::Real,
    });
    let log = options.log.as_deref().map(open_log).transpose()?;
    let sockets = "make the lab's sockets";
    let (life, their_life) = wire::pair().map_err(os(sockets))?;
    let (control, their_control) = wire::pair().map_err(os(sockets))?;
    let (consoles, their_consoles) = wire::pair().map_err(os(sockets))?;
    let (lifeline, their_lifeline) = pipe_with(PipeFlags::CLOEXEC).map_err(|errno| os(sockets)(errno.into()))?;
    let legacy = Legacy {
        life: their_life,
        lifeline: their_lifeline,
        front: their_consoles,
        control: their_control,
        socket,
        log,
        terminal: Settings::of(rustix::stdio::stdin()).ok(),
        identity,
        console: place,
        descriptors: rustix::process::getrlimit(rustix::process::Resource::Nofile),
    };
    let engine = engine::main_of(options);
    match edge::fork().map_err(os("fork"))? {
        Forked::Child => {
            process::raise_descriptor_limit();
            janitor::run(legacy, engine)
        }
        Forked::Parent(janitor) => Ok(LabHandle {
            life: Some(life),
            lifeline,
            control,
            consoles,
            janitor: Some(janitor),
            socket: None,
            place,
        }),
    }
}

impl LabHandle {
    /// Blocks until the API answers. To be called once, after [`LabHandle::begin`].
    ///
    /// # Errors
    /// As [`LabHandle::launch`].
    pub fn wait_until_ready(&self) -> Result<(), LaunchError> {
        match wire::receive(&self.control) {
            Ok(Some((ToFront::Ready, _))) => Ok(()),
            Ok(Some((said, _))) => Err(LaunchError::from(said)),
            Ok(None) => Err(LaunchError::Ended),
            Err(source) => Err(LaunchError::Io {
                doing: "wait for the lab".into(),
                source,
            }),
        }
    }

    /// Whether the lab has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let mut fds = [PollFd::new(&self.lifeline, PollFlags::IN)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut fds, Some(&now)).is_ok() && !fds[0].revents().is_empty()
    }
}

fn open_log(path: &Path) -> Result<File, LaunchError> {
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|source| LaunchError::Log {
            file: path.display().to_string(),
            source,
        })
}
