//! Programs in the console place, as the front sees them.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use rustix::pipe::{PipeFlags, pipe_with};

use crate::engine::sandbox::protocol::{ConsoleEnded, NotStarted, SignalGroup, SpawnConsole};
use crate::engine::sandbox::wire;

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
    /// `KEY=VALUE` added to the environment. `CNM_LANG=fr|en` is the language of the first lines of an interactive shell.
    pub env: Vec<String>,
}

/// A program in the console place. Dropping it hangs it up, as closing a terminal does.
#[derive(Debug)]
pub struct ConsoleProcess {
    socket: OwnedFd,
}

impl ConsoleProcess {
    /// Blocks until it ends; a shell's status (128 + signal).
    ///
    /// # Errors
    /// The lab ended first.
    pub fn wait(self) -> io::Result<i32> {
        self.ended()
    }

    /// Sends a signal to the program and the processes of its group.
    ///
    /// # Errors
    /// It has ended.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        wire::send(&self.socket, &SignalGroup { signal }, &[])
    }

    /// Its status, read when [`ConsoleProcess::as_fd`] has become readable.
    ///
    /// # Errors
    /// The lab ended first.
    pub fn ended(&self) -> io::Result<i32> {
        match wire::receive(&self.socket)? {
            Some((ConsoleEnded { status }, _)) => Ok(status),
            None => Err(io::Error::new(io::ErrorKind::BrokenPipe, "the lab has ended")),
        }
    }
}

impl AsFd for ConsoleProcess {
    /// Becomes readable when the program, or the lab, has ended.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Asks the zygote for a program and waits until it was executed or refused.
pub(super) fn spawn(zygote: &OwnedFd, spec: ConsoleSpec) -> io::Result<ConsoleProcess> {
    let (socket, theirs) = wire::pair()?;
    let (fate, their_fate) = pipe_with(PipeFlags::CLOEXEC)?;
    let request = SpawnConsole {
        argv: spec.argv,
        env: spec.env,
        cwd: spec.cwd,
        controlling_terminal: spec.controlling_terminal,
    };
    let [stdin, stdout, stderr] = &spec.stdio;
    let fds = [
        stdin.as_fd(),
        stdout.as_fd(),
        stderr.as_fd(),
        theirs.as_fd(),
        their_fate.as_fd(),
    ];
    wire::send(zygote, &request, &fds)?;
    drop((theirs, their_fate));
    let mut refusal = Vec::new();
    File::from(fate).read_to_end(&mut refusal)?;
    if refusal.is_empty() {
        return Ok(ConsoleProcess { socket });
    }
    let NotStarted { doing, errno } = serde_json::from_slice(&refusal)?;
    let kernel = io::Error::from_raw_os_error(errno);
    Err(io::Error::new(kernel.kind(), Refusal { doing, kernel }))
}

/// A console program's refusal: what was being done (or the program's name), and the kernel's answer.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {kernel}")]
struct Refusal {
    doing: String,
    #[source]
    kernel: io::Error,
}
