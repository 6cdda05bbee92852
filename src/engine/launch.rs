//! The front's side of a lab: start it, talk to it, end it.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

pub use crate::engine::core::Era;

/// Where console commands run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConsolePlace {
    /// The learner's own files and tools, in the lab host's namespaces.
    #[default]
    Real,
    /// A self-contained root file system in the lab host's namespaces.
    Sandbox,
}

/// What the front wants of a lab.
#[derive(Debug, Clone, Default)]
pub struct LabOptions {
    /// Behaviour.
    pub era: Era,
    /// Console. Started by root without `SUDO_UID`, always [`ConsolePlace::Sandbox`].
    pub console: ConsolePlace,
    /// A socket file on the real file system, for `cnm lab --socket`.
    pub socket: Option<PathBuf>,
    /// Log file.
    pub log: Option<PathBuf>,
}

/// A program to run in the console place.
#[derive(Debug)]
pub struct ConsoleSpec {
    /// Program and arguments; empty means the person's shell.
    pub argv: Vec<String>,
    /// Standard input, output, error. With `controlling_terminal`, the first becomes it.
    pub stdio: [OwnedFd; 3],
    /// Start a session whose controlling terminal is `stdio[0]`.
    pub controlling_terminal: bool,
    /// Starting directory, where it exists there.
    pub cwd: Option<PathBuf>,
    /// `KEY=VALUE` added to the environment.
    pub env: Vec<String>,
}

/// A lab that runs. Dropping it ends the lab.
#[derive(Debug)]
pub struct LabHandle {
    _private: (),
}

/// A program in the console place.
#[derive(Debug)]
pub struct ConsoleProcess {
    _private: (),
}

impl ConsoleProcess {
    /// Blocks until it ends; a shell's status (128 + signal).
    ///
    /// # Errors
    /// The lab ended first.
    pub fn wait(self) -> io::Result<i32> {
        Err(io::Error::other("under construction"))
    }
}

/// Why a lab did not start.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// An operating-system call failed.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// The kernel's answer.
        source: io::Error,
    },
}

impl LabHandle {
    /// Starts a lab and waits until its API answers. Call it while the process is single-threaded.
    ///
    /// # Errors
    /// The doctor's sentence.
    pub fn launch(_options: &LabOptions) -> Result<Self, LaunchError> {
        Err(LaunchError::Io {
            doing: "launch".into(),
            source: io::Error::other("under construction"),
        })
    }

    /// A new connection to the engine's API, without any path (one end of a socket pair is handed to the engine).
    ///
    /// # Errors
    /// The lab has ended.
    pub fn connect(&self) -> io::Result<UnixStream> {
        Err(io::Error::other("under construction"))
    }

    /// Runs a program in the console place.
    ///
    /// # Errors
    /// The lab has ended or the program cannot be executed.
    pub fn spawn_console(&self, _spec: ConsoleSpec) -> io::Result<ConsoleProcess> {
        Err(io::Error::other("under construction"))
    }

    /// Becomes readable (end of file) when the lab has ended.
    #[must_use]
    pub fn lifeline(&self) -> BorrowedFd<'_> {
        rustix::stdio::stdin()
    }

    /// Tells the janitor that the terminal on `tty` is in raw mode and the alternate screen, so that it can put it back
    /// if the front is killed; `None` when the front has put it back itself.
    ///
    /// # Errors
    /// The janitor has ended.
    pub fn guard_terminal(&self, _tty: Option<BorrowedFd<'_>>) -> io::Result<()> {
        Ok(())
    }

    /// Ends the lab and returns when nothing of it remains.
    ///
    /// # Errors
    /// The janitor did not answer.
    pub fn shutdown(self) -> io::Result<()> {
        Ok(())
    }
}
