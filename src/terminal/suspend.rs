//! Stopping as `Ctrl-Z` stops any program. `SIGTSTP` with its default action, not `SIGSTOP`: the kernel drops it for an
//! orphaned process group (nobody could continue it), see signal(7) and POSIX, "orphaned process group".
#![allow(unsafe_code)] // sigaction(2): the only way to give SIGTSTP its default action back for a moment

use std::io;

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, killpg, raise, sigaction};
use nix::unistd::getpgrp;

/// Whom a stop is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// This process: it was told by a signal, as the others of its group were.
    Us,
    /// The whole job, as the terminal does when `Ctrl-Z` is typed.
    Job,
}

/// Stops, and returns when the process is continued. The terminal must have been put back before.
///
/// # Errors
/// A signal call failed; nothing was stopped.
pub fn stop(whom: Whom) -> io::Result<()> {
    let ours = act(SigHandler::SigIgn)?;
    // Ourselves last and by raise(3): it stops the calling thread at once, while a signal from kill(2) might be taken by
    // another thread after our own handler is back.
    let told = match whom {
        Whom::Us => Ok(()),
        Whom::Job => killpg(getpgrp(), Signal::SIGTSTP),
    };
    let stopped = act(SigHandler::SigDfl).and_then(|_| raise(Signal::SIGTSTP));
    // SAFETY: `ours` is what the kernel gave back above; its handler, if any, is still there.
    unsafe { sigaction(Signal::SIGTSTP, &ours) }?;
    told.and(stopped).map_err(io::Error::from)
}

fn act(handler: SigHandler) -> nix::Result<SigAction> {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: ignoring and the default action run no code of ours, so nothing must be async-signal-safe.
    unsafe { sigaction(Signal::SIGTSTP, &action) }
}
