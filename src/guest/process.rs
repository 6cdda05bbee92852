//! Process attributes that have no safe wrapper.
#![allow(
    unsafe_code,
    reason = "signal dispositions are set by a system call that nix declares unsafe"
)]

use nix::sys::signal::{SigHandler, Signal, signal};

/// Lets a write to a closed pipe end the process, as it does for any Unix tool (`yes | head`).
pub(crate) fn take_broken_pipe_signal() {
    // SAFETY: the default disposition is no handler, so nothing can run in signal context.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}

/// Lets an interrupt from the terminal pass by.
pub(crate) fn ignore_interrupts() {
    // SAFETY: an ignored signal runs nothing.
    let _ = unsafe { signal(Signal::SIGINT, SigHandler::SigIgn) };
}

/// Lets the end of a terminal pass by.
pub(crate) fn ignore_hangup() {
    // SAFETY: an ignored signal runs nothing.
    let _ = unsafe { signal(Signal::SIGHUP, SigHandler::SigIgn) };
}
