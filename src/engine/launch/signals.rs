//! Signals as something to wait for.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Signals of this process that are read instead of acting; they act again when this is dropped.
#[derive(Debug)]
pub(super) struct Signals {
    fd: SignalFd,
    before: SigSet,
}

impl Signals {
    /// Takes these signals. In a process with one thread: others would still be interrupted.
    pub fn take(wanted: &[Signal]) -> io::Result<Self> {
        let mask: SigSet = wanted.iter().copied().collect();
        let fd = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let before = mask.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK)?;
        Ok(Self { fd, before })
    }

    /// The next one, if there is one.
    pub fn next(&self) -> Option<Signal> {
        let info = self.fd.read_signal().ok().flatten()?;
        Signal::try_from(info.ssi_signo.cast_signed()).ok()
    }

    /// Runs `act` with one of the taken signals acting as it did before.
    pub fn let_through<T>(&self, signal: Signal, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        debug_assert!(!self.before.contains(signal));
        let mask = SigSet::from(signal);
        mask.thread_unblock()?;
        let result = act();
        mask.thread_block()?;
        result
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        // What nobody read would act now.
        while self.next().is_some() {}
        let _ = self.before.thread_set_mask();
    }
}

/// Waits until one of these can be read or has ended, and tells which; none where the time given is over.
pub(super) fn wait_for<const N: usize>(fds: [BorrowedFd<'_>; N], limit: Option<&Timespec>) -> io::Result<[bool; N]> {
    let mut fds = fds.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
    rustix::io::retry_on_intr(|| poll(&mut fds, limit))?;
    Ok(fds.map(|fd| !fd.revents().is_empty()))
}
