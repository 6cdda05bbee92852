//! `cnm lab`: a lab for any Docker client, or for one command.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Instant;

use nix::sys::signal::Signal;

use super::grace::Grace;
use super::relay::{self, Relay};
use super::signals::{Signals, wait_for};
use super::{ConsoleProcess, ConsoleSpec, LabHandle, LabOptions, LaunchError};
use crate::terminal::{Whom, stop};

/// What `cnm lab` was asked for.
#[derive(Debug, Clone, Default)]
pub struct LabCommand {
    /// Without a socket and without a command, the lab is served at the person's default socket.
    pub options: LabOptions,
    /// The command to run in the console place; empty to serve until a signal.
    pub argv: Vec<OsString>,
    /// `KEY=VALUE` added to its environment.
    pub env: Vec<String>,
}

/// Signals that end a lab that serves.
const ENDING: &[Signal] = &[Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];

/// Signals that a command is to have in our place, or that say something about the terminal it shares with us.
const OF_COMMAND: &[Signal] = &[
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGTSTP,
    Signal::SIGCONT,
    Signal::SIGWINCH,
];

/// Runs `cnm lab` and returns its exit status. Call it while the process is single-threaded.
///
/// Without a command it prints one line, `ready unix://PATH`, on standard output once the API answers, and serves until
/// SIGINT, SIGTERM, SIGHUP or SIGQUIT: status 0; 1 where the lab ended by itself. With one it runs it in the console place,
/// passes signals on, and returns its status (128 + signal; 127 not found and 126 not executable, as a shell). A command that
/// does not end of SIGINT or SIGTERM in three seconds, or before a second one, ends with the lab: status 128 + signal.
///
/// # Errors
/// The lab did not start, or its end could not be waited for.
pub fn lab_command(command: &LabCommand) -> Result<i32, LaunchError> {
    let os = |doing: &'static str| {
        move |source: io::Error| LaunchError::Io {
            doing: doing.into(),
            source,
        }
    };
    let serves = command.argv.is_empty();
    let lab = if serves && command.options.socket.is_none() {
        LabHandle::launch_at_default_socket(&command.options)?
    } else {
        LabHandle::launch(&command.options)?
    };
    let signals = Signals::take(if serves { ENDING } else { OF_COMMAND }).map_err(os("watch for signals"))?;
    let status = if serves {
        serve(&lab, &signals)
    } else {
        run(&lab, &signals, command)
    };
    lab.shutdown().map_err(os("end the lab"))?;
    status.map_err(os("serve the lab"))
}

fn serve(lab: &LabHandle, signals: &Signals) -> io::Result<i32> {
    if let Some(path) = lab.socket() {
        // Whoever started us may not be listening; the lab serves all the same.
        let mut stdout = io::stdout().lock();
        let _ = writeln!(stdout, "ready unix://{}", path.display()).and_then(|()| stdout.flush());
    }
    let [signal, _ended] = wait_for([signals.as_fd(), lab.lifeline()], None)?;
    Ok(i32::from(!signal))
}

fn run(lab: &LabHandle, signals: &Signals, command: &LabCommand) -> io::Result<i32> {
    let words = command.argv.iter();
    let argv: Option<Vec<String>> = words.map(|word| word.to_str().map(str::to_owned)).collect();
    let argv = argv.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the command is not UTF-8"))?;
    let terminal = relay::own_terminal();
    let relay = terminal.map(Relay::new).transpose()?;
    let stdio = match &relay {
        Some(relay) => relay.stdio()?,
        None => [
            rustix::stdio::stdin().try_clone_to_owned()?,
            rustix::stdio::stdout().try_clone_to_owned()?,
            rustix::stdio::stderr().try_clone_to_owned()?,
        ],
    };
    let spawned = lab.spawn_console(ConsoleSpec {
        argv,
        stdio,
        controlling_terminal: relay.is_some(),
        cwd: std::env::current_dir().ok(),
        env: command.env.clone(),
    });
    let program = match spawned {
        Ok(program) => program,
        Err(error) if lab.has_ended() => return Err(error),
        Err(error) => {
            let _ = writeln!(io::stderr(), "cnm: {error}");
            return Ok(if error.kind() == io::ErrorKind::NotFound {
                127
            } else {
                126
            });
        }
    };
    match relay {
        Some(relay) => relay.run(lab, signals, &program),
        None => pass_signals(signals, &program),
    }
}

/// Waits for a command that has our own standard streams.
fn pass_signals(signals: &Signals, program: &ConsoleProcess) -> io::Result<i32> {
    let mut grace = Grace::default();
    loop {
        let left = grace.left(Instant::now());
        let [signal, ended] = wait_for([signals.as_fd(), program.as_fd()], left.as_ref())?;
        if ended {
            return program.ended();
        }
        let signal = signal.then(|| signals.next()).flatten();
        let insisted = signal.and_then(|signal| grace.asked(signal, Instant::now()));
        if let Some(status) = insisted.or_else(|| grace.over(Instant::now())) {
            return Ok(status);
        }
        match signal {
            None | Some(Signal::SIGWINCH) => {}
            Some(Signal::SIGTSTP) => {
                let _ = program.signal(libc::SIGSTOP);
                signals.let_through(Signal::SIGTSTP, || stop(Whom::Us))?;
                let _ = program.signal(libc::SIGCONT);
            }
            // It ends meanwhile at worst, and the next look tells.
            Some(signal) => drop(program.signal(signal as i32)),
        }
    }
}
