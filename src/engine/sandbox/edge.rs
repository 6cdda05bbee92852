//! The calls that a machine may refuse to an ordinary user, in one place: new namespaces, identity maps, a new procfs.
//!
//! Tests put a refusal here instead of changing the machine: `CNM_FAULT_SYSCALL=uid_map:EPERM` makes the named call fail
//! with that errno, in a launch and in the doctor's probes alike. It can only ever make things fail.
#![allow(unsafe_code)] // clone(2), fork(2) and sigaction(2) have no safe form

use std::fs::File;
use std::io::{self, Write};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use rustix::io::Errno;
use rustix::process::Pid;
use serde::{Deserialize, Serialize};

use super::message;

/// Where a launch stands: what the doctor needs to find the cause of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Leaving root's identity, or holding our own program and its libraries open.
    Identity,
    /// clone(2) with a new user namespace and the five that it owns.
    UserNamespace,
    /// Writing `uid_map`, `gid_map` and `setgroups` (`user_namespaces(7)`).
    UidMap,
    /// The lab's own mount tree.
    MountNamespace,
    /// A new procfs, which the kernel refuses where something is mounted over the one outside.
    Proc,
    /// A new sysfs.
    Sysfs,
    /// A network namespace for the router.
    NetNamespace,
    /// The first privileged act in the lab's network: its loopback interface up.
    Loopback,
    /// The built-in images.
    Images,
    /// The engine's own start.
    Engine,
}

/// A call at the edge, by the name `CNM_FAULT_SYSCALL` gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `unshare`: new namespaces, by clone(2) or unshare(2).
    Unshare,
    /// `uid_map`: the identity maps.
    UidMap,
    /// `mount_proc`: a new procfs.
    MountProc,
    /// `mount_sysfs`: a new sysfs.
    MountSysfs,
    /// `loopback`: the loopback interface up.
    Loopback,
}

impl Call {
    const fn name(self) -> &'static str {
        match self {
            Self::Unshare => "unshare",
            Self::UidMap => "uid_map",
            Self::MountProc => "mount_proc",
            Self::MountSysfs => "mount_sysfs",
            Self::Loopback => "loopback",
        }
    }
}

/// Passes, unless the environment asks for this call to be refused.
///
/// # Errors
/// The errno asked for.
pub fn pass(call: Call) -> io::Result<()> {
    match std::env::var("CNM_FAULT_SYSCALL") {
        Ok(asked) => refused(&asked, call).map_or(Ok(()), |errno| Err(errno.into())),
        Err(_) => Ok(()),
    }
}

/// The refusal that `asked` (`name:ERRNO[,name:ERRNO…]`) holds for a call.
fn refused(asked: &str, call: Call) -> Option<Errno> {
    let (_, errno) = asked
        .split(',')
        .filter_map(|one| one.split_once(':'))
        .find(|(name, _)| *name == call.name())?;
    Some(match errno {
        "EACCES" => Errno::ACCESS,
        "EINVAL" => Errno::INVAL,
        "ENOSPC" => Errno::NOSPC,
        "ENOSYS" => Errno::NOSYS,
        "EUSERS" => Errno::USERS,
        _ => Errno::PERM,
    })
}

/// Which side of a fork one is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forked {
    /// The new process.
    Child,
    /// The old one, with the new one's id.
    Parent(Pid),
}

/// clone(2) without shared memory and with a copy of the caller's stack, as fork(2), in new namespaces (`CLONE_NEW*`).
/// The child has the caller's one thread and may do all that a single-threaded process may, except start threads: the C
/// library was not told. For that, fork again with [`fork`].
///
/// # Errors
/// The kernel's refusal (EPERM, ENOSPC for a limit in `/proc/sys/user`, ENOSYS under some seccomp filters).
pub fn clone(namespaces: i32) -> io::Result<Forked> {
    pass(Call::Unshare)?;
    let flags = libc::c_long::from(namespaces | libc::SIGCHLD);
    let none: libc::c_long = 0;
    // SAFETY: no CLONE_VM and a null stack: the child continues on its own copy of this stack, as after fork(2). Callers
    // are single-threaded (janitor, zygote), so no lock is held by a thread that the child does not have.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, none, none, none, none) };
    if pid < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .map_or(Forked::Child, Forked::Parent))
}

/// fork(2) by way of the C library: the child may start threads.
///
/// # Errors
/// No memory, or too many processes.
pub fn fork() -> io::Result<Forked> {
    // SAFETY: the caller has one thread, or (front) the child uses nothing but system calls and the allocator, which the
    // C library makes usable after fork(2).
    let pid = unsafe { libc::fork() };
    if pid < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Pid::from_raw(pid).map_or(Forked::Child, Forked::Parent))
}

/// Maps uid 0 and gid 0 of a child's user namespace to this process's own effective identity, alone
/// (`user_namespaces(7)`: the one map that needs no privilege, with `setgroups` denied first).
///
/// # Errors
/// The kernel's refusal: EPERM under an `AppArmor` restriction or where the identity is not mapped here.
pub fn map_to_self(child: Pid) -> io::Result<()> {
    pass(Call::UidMap)?;
    let child = child.as_raw_nonzero();
    let write = |name: &str, text: String| {
        File::options()
            .write(true)
            .open(format!("/proc/{child}/{name}"))?
            .write_all(text.as_bytes())
    };
    write("setgroups", "deny".into())?;
    write("gid_map", format!("0 {} 1", rustix::process::getegid().as_raw()))?;
    write("uid_map", format!("0 {} 1", rustix::process::geteuid().as_raw()))
}

/// Brings `lo` up in this process's network namespace.
///
/// # Errors
/// EPERM where the namespace's capabilities were taken away (an `AppArmor` restriction does that).
pub fn loopback_up() -> io::Result<()> {
    pass(Call::Loopback)?;
    Ok(message::raise_loopback()?)
}

/// Signals that a keyboard, a session's end or a careless `kill` may send to a process that must see to its sockets first.
const IDLE_SIGNALS: [Signal; 12] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGPIPE,
    Signal::SIGALRM,
    Signal::SIGTSTP,
    Signal::SIGTTIN,
    Signal::SIGTTOU,
    Signal::SIGWINCH,
];

/// Ignores what a janitor must outlive.
pub fn ignore_signals() {
    for signal in IDLE_SIGNALS {
        act(signal, SigHandler::SigIgn);
    }
}

/// Default action for every signal, and none blocked: what a program expects at its start (signal(7): an ignored signal stays
/// ignored across `execve`, a blocked one stays blocked).
pub fn reset_signals() {
    for signal in Signal::iterator() {
        act(signal, SigHandler::SigDfl);
    }
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
}

/// A peer that has gone is an error to the one who writes to it, not its end: what Rust's start-up does, for our own
/// processes after [`reset_signals`].
pub fn survive_broken_pipes() {
    act(Signal::SIGPIPE, SigHandler::SigIgn);
}

fn act(signal: Signal, handler: SigHandler) {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: ignoring and the default action run no code of ours. SIGKILL and SIGSTOP are refused, which is right.
    let _ = unsafe { sigaction(signal, &action) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_for_the_call_it_names() {
        assert_eq!(refused("uid_map:EACCES", Call::UidMap), Some(Errno::ACCESS));
        assert_eq!(refused("uid_map:EACCES", Call::Unshare), None);
        assert_eq!(
            refused("unshare:ENOSPC,mount_proc:EPERM", Call::MountProc),
            Some(Errno::PERM)
        );
        assert_eq!(refused("nonsense", Call::Unshare), None);
    }

    #[test]
    fn a_child_is_forked_and_ends_with_its_status() {
        match clone(0).unwrap() {
            // SAFETY: ends the child. An orderly exit would wait for locks that other tests' threads held when it was forked.
            Forked::Child => unsafe { libc::_exit(7) },
            Forked::Parent(pid) => {
                let (_, status) = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty())
                    .unwrap()
                    .unwrap();
                assert_eq!(status.exit_status(), Some(7));
            }
        }
    }
}
