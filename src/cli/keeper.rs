//! The workshop's keeper on a Docker Engine: a process of its own that, where the workshop is killed, gives the terminal back and
//! takes away what the workshop made. What is left even so is `cnm clean`'s.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::dispatch::runtime;
use crate::console::{TerminalGuard, own_shell};
use crate::docker_backend::{DockerEngine, Host};
use crate::paths;
use crate::terminal::Settings;

/// What the workshop says to its keeper, a byte each; the keeper answers each with the same.
const GUARD: u8 = b'g';
const LET_BE: u8 = b'n';
const BYE: u8 = b'b';

/// The longest that a keeper may take to look at a terminal.
const PATIENCE: Duration = Duration::from_secs(2);

/// The workshop's end of its keeper.
#[derive(Debug)]
pub(super) struct Keeper {
    socket: UnixStream,
    process: Child,
}

/// Asks the keeper to guard the terminal.
#[derive(Debug)]
struct Guard(UnixStream);

impl Keeper {
    /// Starts one for what `engine`'s run makes. The terminal is that of standard output.
    pub(super) fn start(engine: &DockerEngine) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let process = Command::new("/proc/self/exe")
            .args(["keeper", &engine.host().to_string(), engine.run()])
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::inherit())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { socket, process })
    }

    /// For the screen.
    pub(super) fn guard(&self) -> io::Result<Box<dyn TerminalGuard>> {
        Ok(Box::new(Guard(self.socket.try_clone()?)))
    }

    /// The workshop has put everything right itself.
    pub(super) fn dismiss(mut self) {
        // One that is gone already has nothing to be told.
        let _ = say(&self.socket, BYE);
        let _ = self.process.wait();
    }
}

impl TerminalGuard for Guard {
    fn guard(&self, tty: Option<BorrowedFd<'_>>) -> io::Result<()> {
        say(&self.0, if tty.is_some() { GUARD } else { LET_BE })
    }
}

fn say(mut socket: &UnixStream, word: u8) -> io::Result<()> {
    socket.write_all(&[word])?;
    socket.read_exact(&mut [0])
}

/// The keeper itself: standard input is the workshop's socket, standard output its terminal.
pub(super) fn keep(host: &str, run: String) -> i32 {
    let workshop = rustix::process::getppid();
    // The terminal's signals are the workshop's; its hanging up, too.
    let _ = rustix::process::setsid();
    let Ok(socket) = io::stdin().as_fd().try_clone_to_owned() else {
        return 1;
    };
    if wait_for_the_end(&mut UnixStream::from(socket)) {
        return 0;
    }
    let own = paths::own_folder(|name| std::env::var_os(name), paths::user_id());
    if let Some(workshop) = workshop {
        own_shell::forget(&own, workshop.as_raw_nonzero().get());
    }
    let (Some(runtime), Ok(host)) = (runtime(), Host::choose(Some(host), |_| None)) else {
        return 1;
    };
    let removed = runtime.block_on(async {
        let engine = DockerEngine::reach(host).await.ok()?;
        engine.of_run(run).leave().await.ok()
    });
    i32::from(removed.is_none())
}

/// True where the workshop took its leave; where it was killed, the terminal is given back.
fn wait_for_the_end(socket: &mut UnixStream) -> bool {
    let mut settings = None;
    let mut word = [0];
    while let Ok(1) = socket.read(&mut word) {
        match word {
            [GUARD] => settings = Settings::of(io::stdout()).ok(),
            [LET_BE] => settings = None,
            _ => {}
        }
        let _ = socket.write_all(&word);
        if word == [BYE] {
            return true;
        }
    }
    if let Some(settings) = settings {
        let _ = settings.leave_if_ours(io::stdout().as_fd());
    }
    false
}
