#![allow(unsafe_code)] // `_exit` has no safe form
//! Trying for real: a forked child does, under the lab's identity, what a start of the lab does, and tells how far it came.
//! Nothing of it outlives the child but the answers.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::process::{Signal, WaitOptions, kill_process, set_parent_process_death_signal, waitpid};

use super::{Check, kinds};
use crate::engine::sandbox::edge::{self, Call, Forked};
use crate::engine::sandbox::identity::Identity;

/// The longest that all of it may take; what has not answered by then is as good as refused.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of one check: nothing, or the kernel's refusal.
pub(super) type Answer = (Check, Result<(), Errno>);

/// Tries everything in order. Checks that were never reached have no answer; one that did not come to an end has `ETIMEDOUT`.
///
/// # Errors
/// No process or pipe to try with.
pub(super) fn answers() -> io::Result<Vec<Answer>> {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let Forked::Parent(child) = edge::fork()? else {
        drop(reader);
        let mut tell = Teller(writer.into());
        let _ = try_all(&mut tell);
        exit()
    };
    drop(writer);
    let (text, ended) = read_all(reader, Instant::now() + PATIENCE)?;
    if !ended {
        let _ = kill_process(child, Signal::KILL);
    }
    waitpid(Some(child), WaitOptions::empty())?;
    let mut answers: Vec<Answer> = text.lines().filter_map(answer).collect();
    if !ended && let Some(stuck) = Check::ALL.get(answers.len()) {
        answers.push((*stuck, Err(Errno::TIMEDOUT)));
    }
    Ok(answers)
}

fn exit() -> ! {
    // SAFETY: ends the process without what the parent registered for its own end.
    unsafe { libc::_exit(0) }
}

/// The child's end of the pipe: a line `id errno` per check.
struct Teller(fs::File);

impl Teller {
    fn tell<E: Into<Failed>>(&mut self, check: Check, outcome: Result<(), E>) -> Result<(), Failed> {
        let outcome = outcome.map_err(Into::into);
        let errno = outcome.as_ref().err().map_or(0, |failed| failed.0.raw_os_error());
        let told = writeln!(self.0, "{} {errno}", check.id());
        outcome.and(told.map_err(Failed::from))
    }
}

/// An errno, from whichever kind of error.
struct Failed(Errno);

impl From<Errno> for Failed {
    fn from(errno: Errno) -> Self {
        Self(errno)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self(Errno::from_io_error(&error).unwrap_or(Errno::IO))
    }
}

fn answer(line: &str) -> Option<Answer> {
    let (id, errno) = line.split_once(' ')?;
    let errno: i32 = errno.parse().ok()?;
    let outcome = if errno == 0 {
        Ok(())
    } else {
        Err(Errno::from_raw_os_error(errno))
    };
    Some((Check::from_id(id)?, outcome))
}

/// One attempt.
type Try = fn() -> rustix::io::Result<()>;

/// The start of a lab, as far as it goes; the second half as the first process of the new PID namespace.
fn try_all(teller: &mut Teller) -> Result<(), Failed> {
    // What else would be refused is worth knowing.
    let _ = teller.tell(Check::Identity, take_identity());
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    teller.tell(Check::UserNamespace, new_user_namespace())?;
    teller.tell(Check::IdMap, write_maps(uid, gid))?;
    teller.tell(Check::Namespaces, new_namespaces())?;
    if let Forked::Parent(first) = edge::fork()? {
        waitpid(Some(first), WaitOptions::empty())?;
        return Ok(());
    }
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    teller.tell(Check::Mounts, scratch_tree())?;
    let _ = teller.tell(Check::Proc, new_proc());
    let _ = teller.tell(Check::Overlay, new_overlay());
    let _ = teller.tell(Check::Loopback, edge::loopback_up());
    let kinds: [(Check, Try); 10] = [
        (Check::Bridge, kinds::bridge),
        (Check::Veth, kinds::veth),
        (Check::Nftables, kinds::nftables),
        (Check::Sysfs, new_sysfs),
        (Check::Macvlan, kinds::macvlan),
        (Check::Ipvlan, kinds::ipvlan),
        (Check::Vlan, kinds::vlan),
        (Check::Vxlan, kinds::vxlan),
        (Check::Dummy, kinds::dummy),
        (Check::Netem, kinds::netem),
    ];
    for (check, try_it) in kinds {
        let _ = teller.tell(check, try_it());
    }
    Ok(())
}

/// That root has nobody to become is not the kernel's word and has no errno.
fn take_identity() -> Result<(), Errno> {
    let taken = Identity::of_lab().and_then(Identity::take);
    taken.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::PERM))
}

fn new_user_namespace() -> io::Result<()> {
    edge::pass(Call::Unshare)?;
    Ok(unshare(CloneFlags::CLONE_NEWUSER)?)
}

/// One identity, mapped to 0: the map that needs no privilege (`user_namespaces(7)`).
fn write_maps(uid: u32, gid: u32) -> io::Result<()> {
    edge::pass(Call::UidMap)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("0 {gid} 1"))
}

fn new_namespaces() -> io::Result<()> {
    Ok(unshare(
        CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWUTS
            | CloneFlags::CLONE_NEWIPC,
    )?)
}

/// Leaves this process in an empty tmpfs, mounted where every machine has a folder.
fn scratch_tree() -> io::Result<()> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    let place = ["/tmp", "/var", "/usr"]
        .into_iter()
        .find(|place| Path::new(place).is_dir())
        .unwrap_or("/");
    mount("tmpfs", place, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, None)?;
    std::env::set_current_dir(place)?;
    rustix::process::umask(Mode::empty());
    ["proc", "sys", "lower", "upper", "work", "merged"]
        .into_iter()
        .try_for_each(fs::create_dir)
}

fn new_proc() -> io::Result<()> {
    edge::pass(Call::MountProc)?;
    Ok(mount(
        "proc",
        "proc",
        "proc",
        MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC,
        None,
    )?)
}

fn new_sysfs() -> rustix::io::Result<()> {
    edge::pass(Call::MountSysfs).map_err(|error| Failed::from(error).0)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
    mount("sysfs", "sys", "sysfs", flags, None)
}

fn new_overlay() -> rustix::io::Result<()> {
    let layers = c"lowerdir=lower,upperdir=upper,workdir=work,userxattr";
    mount("overlay", "merged", "overlay", MountFlags::empty(), layers)
}

/// Reads to the end of file or until `deadline`, whichever is first; tells which it was.
fn read_all(reader: OwnedFd, deadline: Instant) -> io::Result<(String, bool)> {
    let mut reader = fs::File::from(reader);
    let mut text = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).unwrap_or_default();
        let mut ready = [PollFd::from_borrowed_fd(reader.as_fd(), PollFlags::IN)];
        match poll(&mut ready, Some(&left)) {
            Ok(0) => return Ok((String::from_utf8_lossy(&text).into_owned(), false)),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        match reader.read(&mut piece)? {
            0 => return Ok((String::from_utf8_lossy(&text).into_owned(), true)),
            length => text.extend_from_slice(&piece[..length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_from_its_line() {
        assert_eq!(answer("proc 1"), Some((Check::Proc, Err(Errno::PERM))));
        assert_eq!(answer("veth 0"), Some((Check::Veth, Ok(()))));
        for line in ["", "proc", "proc x", "nothing 0"] {
            assert_eq!(answer(line), None);
        }
    }

    #[test]
    fn one_that_says_nothing_is_not_waited_for() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        rustix::io::write(&writer, b"half").unwrap();
        let deadline = Instant::now();
        assert_eq!(read_all(reader, deadline).unwrap(), ("half".to_owned(), false));
    }
}
