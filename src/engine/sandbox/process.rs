//! What each of our processes does about itself: its name, its descriptors, its limits.
#![allow(unsafe_code)] // prctl's name area and close_range(2) work on raw memory and raw descriptors

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

/// Names this process `name` in `/proc/PID/comm` (15 bytes) until it executes a program: it is no longer what it was forked
/// from.
pub fn set_short_name(name: &CStr) {
    let _ = rustix::thread::set_name(name);
}

/// Names this process `name` in `ps`, `top` and `/proc/PID/comm` (15 bytes) and `/proc/PID/cmdline`.
///
/// The command line is written over in place, into the environment's area where it is longer than ours was
/// (proc(5): if the last byte of the argument area is not NUL, the text goes on to the next NUL). Only a single-threaded
/// process that shares no borrowed view of its arguments may do it: a process just forked.
pub fn set_name(name: &str) {
    let Ok(text) = CString::new(name) else { return };
    set_short_name(&text);
    let Some((start, own, whole)) = argument_area() else {
        return;
    };
    // The variables' values live in the area that may be overwritten; setting each again moves them to the heap.
    let variables: Vec<_> = std::env::vars_os().collect();
    for (key, value) in variables {
        if !key.is_empty() {
            // SAFETY: one thread, and no pointer into the environment is held.
            unsafe { std::env::set_var(key, value) };
        }
    }
    let bytes = text.as_bytes_with_nul();
    let length = if bytes.len() <= own {
        own
    } else {
        bytes.len().min(whole)
    };
    // SAFETY: start..start+whole is this process's own argument and environment text, mapped and writable since execve(2);
    // `length` does not exceed it.
    let area = unsafe { std::slice::from_raw_parts_mut(start as *mut u8, length) };
    area.fill(0);
    let kept = bytes.len().min(length.saturating_sub(1));
    area[..kept].copy_from_slice(&bytes[..kept]);
}

/// Where the argument text begins, how long it is, and how long it is with the environment's text behind it
/// (proc(5), `/proc/PID/stat`, fields 48 to 51).
fn argument_area() -> Option<(usize, usize, usize)> {
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<usize> = line
        .rsplit_once(')')?
        .1
        .split_whitespace()
        .skip(45)
        .take(4)
        .filter_map(|field| field.parse().ok())
        .collect();
    let [start, end, environment, last] = fields[..] else {
        return None;
    };
    let arguments = end.checked_sub(start).filter(|_| start != 0)?;
    let follows = environment == end && last > end;
    Some((start, arguments, if follows { last - start } else { arguments }))
}

/// Closes every descriptor but those in `keep`, standard streams included unless kept.
pub fn keep_only(keep: &[BorrowedFd<'_>]) {
    let mut kept: Vec<RawFd> = keep.iter().map(AsRawFd::as_raw_fd).collect();
    kept.sort_unstable();
    kept.dedup();
    let mut first = 0;
    for fd in kept {
        close_range(first, fd - 1);
        first = fd + 1;
    }
    close_range(first, RawFd::MAX);
}

/// Closes descriptors whose owners are values of the process this one was forked from.
pub fn close(fds: &[BorrowedFd<'_>]) {
    for fd in fds {
        close_range(fd.as_raw_fd(), fd.as_raw_fd());
    }
}

/// Leaves a descriptor open across the next `execve`; its number, for the program that comes.
///
/// # Errors
/// It is not open.
pub fn leave_open(fd: BorrowedFd<'_>) -> io::Result<RawFd> {
    fcntl_setfd(fd, FdFlags::empty())?;
    Ok(fd.as_raw_fd())
}

/// Takes over a descriptor that [`leave_open`] left for this program, which closes it at its own next `execve`.
///
/// # Errors
/// It is not open.
pub fn adopt(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the kernel judges the number.
    if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, as was just seen, and was before this program began: no value of it owns the number yet.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn close_range(first: RawFd, last: RawFd) {
    let (Ok(low), Ok(high)) = (u32::try_from(first), u32::try_from(last)) else {
        return;
    };
    if low > high {
        return;
    }
    // SAFETY: the owners of these descriptors are values of the process this one was forked from; they are never used or
    // dropped here: a forked process of ours ends by _exit or execve.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, low, high, 0) };
    if closed < 0 {
        // Kernels before 5.9 have no close_range(2).
        let highest = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20).min(1 << 20);
        let highest = RawFd::try_from(highest).unwrap_or(RawFd::MAX);
        for fd in first..=last.min(highest) {
            // SAFETY: as above.
            unsafe { libc::close(fd) };
        }
    }
}

/// Standard streams to `/dev/null`; standard error to `log` where there is one. Nothing of ours may hold a terminal or a pipe
/// of the person's open.
///
/// # Errors
/// There is no `/dev/null`.
pub fn detach_stdio(log: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    match log {
        Some(log) => rustix::stdio::dup2_stderr(log)?,
        None => rustix::stdio::dup2_stderr(&null)?,
    }
    Ok(())
}

/// Raises the soft limit of open descriptors to the hard one: a lab of a thousand containers needs more than the usual 1,024.
pub fn raise_descriptor_limit() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    );
}

/// Ends this process at once: no destructor, no buffer of the process it was forked from is run or written here.
pub fn end(status: i32) -> ! {
    // SAFETY: _exit(2) is always allowed.
    unsafe { libc::_exit(status) }
}

/// Sends any signal, real-time ones too, to a process.
///
/// # Errors
/// There is no such process or signal (EINVAL).
pub fn kill(pid: Pid, signal: i32) -> io::Result<()> {
    signal_to(pid.as_raw_nonzero().get(), signal)
}

/// The same to every process of the group that `leader` leads.
///
/// # Errors
/// There is no such group or signal.
pub fn kill_group(leader: Pid, signal: i32) -> io::Result<()> {
    signal_to(-leader.as_raw_nonzero().get(), signal)
}

fn signal_to(target: i32, signal: i32) -> io::Result<()> {
    // SAFETY: the kernel judges the numbers.
    if unsafe { libc::kill(target, signal) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
