//! The learner's console, whoever shows it: the shell on its pseudo-terminal, where shells come from, and the lab they are in.

#[cfg(target_os = "linux")]
pub mod builtin;
pub mod own_shell;
mod pty;

use std::future::Future;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;

use crate::lab::{Lab, LabState};
use crate::texts::Lang;

pub use pty::{Line, Told};

/// Rows and columns of a console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub rows: u16,
    /// Columns.
    pub columns: u16,
}

/// Where shells come from. Called on a thread of its own: it may block.
pub trait ConsoleHost: Send + Sync {
    /// Starts a shell whose controlling terminal, input, output and error are `terminal`, whose size is set. What it says first, it
    /// says in `lang`.
    ///
    /// # Errors
    /// There is no lab, or no shell.
    fn spawn(&self, terminal: OwnedFd, lang: Lang) -> io::Result<Box<dyn Shell>>;

    /// Starts a program there in the same way, with these variables (`KEY=VALUE`) beside those that lead to the lab.
    ///
    /// # Errors
    /// As [`ConsoleHost::spawn`]; a host may have nothing but its shell.
    fn spawn_program(&self, terminal: OwnedFd, program: &Program) -> io::Result<Box<dyn Shell>> {
        drop(terminal);
        let words = format!("{} cannot be run here", program.argv.join(" "));
        Err(io::Error::new(io::ErrorKind::Unsupported, words))
    }

    /// What a person must know of the place: what works there and what does not.
    fn about(&self, lang: Lang) -> String {
        let _ = lang;
        String::new()
    }
}

/// A program to run where the shells are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// `KEY=VALUE`.
    pub env: Vec<String>,
}

/// A shell that was started.
pub trait Shell: Send {
    /// Blocks until it ends; its status (128 + signal). Dropping a shell that was not waited for leaves it alone.
    ///
    /// # Errors
    /// Its end cannot be known any more.
    fn wait(self: Box<Self>) -> io::Result<i32>;
}

/// What the console is, to the programs in it: the terminal whose sequences it reads and whose keys it sends.
pub const TERM: &str = "xterm-256color";

/// A lab that answers.
pub struct LabReady {
    /// Its state, as it changes.
    pub state: watch::Receiver<Arc<LabState>>,
    /// Where shells come from.
    pub console: Arc<dyn ConsoleHost>,
    /// What keeps the state coming; dropped when the screen ends.
    pub lab: Option<Lab>,
}

/// Somebody outside this process who puts the terminal back when it is killed.
pub trait TerminalGuard {
    /// Guards `tty` from now on (called before the screen takes it), or no longer (`None`: the screen has put it back).
    ///
    /// # Errors
    /// There is no such somebody any more.
    fn guard(&self, tty: Option<BorrowedFd<'_>>) -> io::Result<()>;
}

/// The lab, when it is ready; the sentence for the learner, where it did not start.
pub type LabStarting = Pin<Box<dyn Future<Output = Result<LabReady, String>> + Send>>;

/// Why the screen ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The learner left.
    Left,
    /// This signal.
    Signal(i32),
}

impl Outcome {
    /// The status of the command: 0, or 128 + signal.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }
}
