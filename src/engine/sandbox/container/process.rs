#![allow(unsafe_code)] // descriptors by number, signal dispositions and `_exit` have no safe form

//! The process itself: its descriptors, its signals, its end.

use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd, RawFd};

use rustix::io::{Errno, fcntl_dupfd_cloexec};

use super::failure::{Doing, Failure, Outcome};
use crate::engine::sandbox::Stdio;

/// Where the first of our own descriptors is put, behind the standard streams; everything above them is closed.
const OWN: RawFd = 3;

/// Leaves this process with the standard streams and `own`, which are closed at `execve`.
pub(super) fn settle_descriptors<const N: usize>(stdio: Stdio, own: [OwnedFd; N]) -> Outcome<[OwnedFd; N]> {
    let doing = "arrange descriptors";
    let mut wanted = vec![stdio.stdin, stdio.stdout, stdio.stderr];
    wanted.extend(own);
    let end = RawFd::try_from(wanted.len()).unwrap_or(RawFd::MAX);
    // First out of the way of the numbers they are to have.
    let mut copies = Vec::with_capacity(wanted.len());
    for fd in &wanted {
        copies.push(fcntl_dupfd_cloexec(fd, end).doing(doing)?.into_raw_fd());
    }
    // Closed below with all the others; their numbers mean something else until then.
    std::mem::forget(wanted);
    for (source, target) in copies.into_iter().zip(0..) {
        let flags = if target < OWN { 0 } else { libc::O_CLOEXEC };
        // SAFETY: both are plain numbers to the kernel; whatever this process had under `target` belongs to no one who
        // will run again, for `run` never returns.
        checked(unsafe { libc::dup3(source, target, flags) }).doing(doing)?;
    }
    close_from(end).doing("close inherited descriptors")?;
    let mut next = OWN;
    Ok([(); N].map(|()| {
        // SAFETY: they were just made, one after the other, and nothing else owns them.
        let own = unsafe { OwnedFd::from_raw_fd(next) };
        next += 1;
        own
    }))
}

/// `close_range(2)`, Linux 5.9.
fn close_from(first: RawFd) -> rustix::io::Result<()> {
    // SAFETY: closes numbers that this process alone has and of which no owner will run again.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) };
    if closed == 0 { Ok(()) } else { Err(last_error()) }
}

/// Last real-time signal of the kernel (asm-generic/signal.h, `_NSIG`).
const LAST_SIGNAL: libc::c_int = 64;

/// Gives every signal the disposition and the mask a program expects to start with: Rust's start-up ignores SIGPIPE, glibc's
/// `posix_spawn` its own two, the zygote blocks what it reads from a descriptor, and all of it would pass through `execve`
/// (signal(7)).
pub(super) fn reset_signals() -> Outcome {
    // `struct sigaction` as the kernel has it: handler, flags, restorer and mask, here `SIG_DFL` and nothing else.
    let default = [0_u64; 4];
    for signal in 1..=LAST_SIGNAL {
        // SAFETY: the kernel reads one structure, which lives through the call, and the default disposition runs no code of ours.
        // By number, for the C library does not give its own two. Refused for SIGKILL and SIGSTOP, which is as it should be.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), 0, size_of::<u64>()) };
    }
    nix::sys::signal::SigSet::empty()
        .thread_set_mask()
        .map_err(|errno| Failure {
            doing: "unblock signals".into(),
            errno: Errno::from_raw_os_error(errno as i32),
        })
}

/// Ends this process without running what the zygote registered for its own end, and without its buffers.
pub(super) fn exit(code: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

fn checked(returned: libc::c_int) -> rustix::io::Result<()> {
    if returned < 0 { Err(last_error()) } else { Ok(()) }
}

fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}
