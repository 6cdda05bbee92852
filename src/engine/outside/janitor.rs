//! The process that outlives everyone and leaves nothing behind.
//!
//! Forked by the front before anything is made; it stays in the machine's namespaces, in a session of its own, deaf to the
//! keyboard. It is the zygote's parent, so that its own death is the lab's (`PR_SET_PDEATHSIG`), and it waits for two things:
//! the end of the front (end of file on its socket) and the end of the zygote (its pidfd). After either it ends the other
//! side, puts a guarded terminal back, removes the `--socket` path, and ends.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Rlimit, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, pidfd_send_signal, waitid,
};

use super::socket_path::SocketPath;
use crate::engine::images::Program;
use crate::engine::sandbox::edge::{self, Forked, Stage};
use crate::engine::sandbox::identity::Identity;
use crate::engine::sandbox::protocol::{ToFront, ToJanitor};
use crate::engine::sandbox::zygote::{self, EngineMain, Inheritance};
use crate::engine::sandbox::{ConsolePlace, process, wire};
use crate::terminal::{LEAVE_SEQUENCES, Settings};

/// What the front gives its child.
#[derive(Debug)]
pub struct Legacy {
    /// From the front; its end of file is the front's end.
    pub life: OwnedFd,
    /// Open as long as the janitor lives: the front sees the lab's end by its other end.
    pub lifeline: OwnedFd,
    /// For the zygote: requests for console programs.
    pub front: OwnedFd,
    /// For the engine; until then, to say why the launch failed.
    pub control: OwnedFd,
    /// Bound at the `--socket` path, with what tells it from any other.
    pub socket: Option<(SocketPath, UnixListener)>,
    /// Standard error of what runs inside.
    pub log: Option<File>,
    /// The terminal as it was when the front started, where there is one.
    pub terminal: Option<Settings>,
    /// Whom the lab runs as.
    pub identity: Identity,
    /// Where console programs run.
    pub console: ConsolePlace,
    /// The person's own limit of open descriptors.
    pub descriptors: Rlimit,
}

/// Runs the janitor; never returns. Call it in a process just forked.
pub fn run(legacy: Legacy, engine: EngineMain) -> ! {
    edge::ignore_signals();
    let _ = rustix::process::setsid();
    settle_descriptors(&legacy);
    process::set_name("cnm-janitor");
    let Legacy {
        life,
        lifeline,
        front,
        control,
        socket,
        log,
        terminal,
        identity,
        console,
        descriptors,
    } = legacy;
    let (path, listener) = socket.unzip();
    let telling = control.try_clone().ok();
    let ours: Vec<_> = [Some(life.as_fd()), Some(lifeline.as_fd())]
        .into_iter()
        .chain([telling.as_ref().map(AsFd::as_fd), log.as_ref().map(AsFd::as_fd)])
        .flatten()
        .collect();
    let made = make_lab(identity, &ours, engine, |janitor, program| Inheritance {
        janitor,
        front,
        control,
        listener,
        program,
        console,
        descriptors,
    });
    match made {
        Ok(lab) => {
            // Whoever reads the other end must see the lab's end as an end of file.
            drop(telling);
            let mut terminal = Guard {
                settings: terminal,
                tty: None,
            };
            let front_is_gone = wait_for_an_end(&life, &lab, &mut terminal);
            let _ = pidfd_send_signal(&lab.pidfd, Signal::KILL);
            let zygote_ends = || waitid(WaitId::PidFd(lab.pidfd.as_fd()), WaitIdOptions::EXITED);
            if front_is_gone {
                terminal.put_back();
                let _ = rustix::io::retry_on_intr(zygote_ends);
            } else {
                let _ = rustix::io::retry_on_intr(zygote_ends);
                // The front reads the end of the lab here. A killed front's sockets close one by one: the lab may have ended of
                // that before its own end could be seen.
                drop(lifeline);
                if terminal.tty.is_some() && front_ends_soon(&life, &mut terminal) {
                    terminal.put_back();
                }
            }
        }
        Err((stage, doing, error)) => {
            if let Some(telling) = telling {
                let _ = wire::send(&telling, &ToFront::failed(stage, doing, &error), &[]);
            }
        }
    }
    if let Some(path) = path {
        Identity::back_to_root();
        path.remove();
    }
    process::end(0)
}

/// Nothing of the person's stays open here, nor anything of another lab that the front may have.
fn settle_descriptors(legacy: &Legacy) {
    let _ = process::detach_stdio(legacy.log.as_ref().map(AsFd::as_fd));
    let mut keep = vec![
        rustix::stdio::stdin(),
        rustix::stdio::stdout(),
        rustix::stdio::stderr(),
        legacy.life.as_fd(),
        legacy.lifeline.as_fd(),
        legacy.front.as_fd(),
        legacy.control.as_fd(),
    ];
    keep.extend(legacy.socket.as_ref().map(|(_, listener)| listener.as_fd()));
    keep.extend(legacy.log.as_ref().map(AsFd::as_fd));
    process::keep_only(&keep);
}

/// The zygote as its parent sees it.
struct Lab {
    pidfd: OwnedFd,
    /// Its end of file ends the zygote, were the death signal to fail.
    _life: OwnedFd,
}

/// Clones the zygote; in it, what is only ours (`not_theirs`) is closed.
fn make_lab(
    identity: Identity,
    not_theirs: &[BorrowedFd<'_>],
    engine: EngineMain,
    inheritance: impl FnOnce(OwnedFd, Program) -> Inheritance,
) -> Result<Lab, (Stage, &'static str, io::Error)> {
    let said = |stage: Stage, doing: &'static str| move |error: io::Error| (stage, doing, error);
    // Before the identity is left: the program may live where only its owner can read.
    let program = Program::of_self().map_err(said(Stage::Identity, "open the program itself"))?;
    identity
        .take()
        .map_err(said(Stage::Identity, "leave root's identity"))?;
    let (ours, theirs) = wire::pair().map_err(said(Stage::UserNamespace, "make a socket to the lab"))?;
    let inheritance = inheritance(theirs, program);
    let namespaces = libc::CLONE_NEWUSER
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWIPC;
    match edge::clone(namespaces).map_err(said(Stage::UserNamespace, "make namespaces"))? {
        Forked::Child => {
            drop(ours);
            process::close(not_theirs);
            zygote::run(inheritance, engine)
        }
        Forked::Parent(pid) => {
            let lab = adopt(pid, ours).map_err(said(Stage::UidMap, "map the lab's identity"));
            if lab.is_err() {
                let _ = kill_process(pid, Signal::KILL);
                let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED);
            }
            lab
        }
    }
}

/// Maps the zygote's identity and lets it go on.
fn adopt(pid: Pid, life: OwnedFd) -> io::Result<Lab> {
    let pidfd = pidfd_open(pid, PidfdFlags::empty())?;
    edge::map_to_self(pid)?;
    rustix::io::write(&life, b"g")?;
    Ok(Lab { pidfd, _life: life })
}

/// Serves the front until it ends (true) or the lab does (false).
fn wait_for_an_end(front: &OwnedFd, lab: &Lab, terminal: &mut Guard) -> bool {
    loop {
        let mut fds = [
            PollFd::new(front, PollFlags::IN),
            PollFd::new(&lab.pidfd, PollFlags::IN),
        ];
        if poll(&mut fds, None).is_err() {
            continue;
        }
        let [front_spoke, lab_ended] = fds.map(|fd| !fd.revents().is_empty());
        if front_spoke {
            if terminal.hear(front) {
                return true;
            }
        } else if lab_ended {
            return false;
        }
    }
}

/// How long a front may take to leave a lab that has ended. It holds a guarded terminal: it has a screen to put back.
const LEAVING: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Serves the front of an ended lab until it ends too (true), or takes too long.
fn front_ends_soon(front: &OwnedFd, terminal: &mut Guard) -> bool {
    loop {
        let mut fds = [PollFd::new(front, PollFlags::IN)];
        match rustix::io::retry_on_intr(|| poll(&mut fds, Some(&LEAVING))) {
            Ok(1..) if terminal.hear(front) => return true,
            Ok(1..) => {}
            Ok(0) | Err(_) => return false,
        }
    }
}

/// The front's terminal, while it is not as the person left it.
struct Guard {
    settings: Option<Settings>,
    tty: Option<OwnedFd>,
}

impl Guard {
    /// Takes one message of the front; true when there is none any more: the front has ended.
    fn hear(&mut self, front: &OwnedFd) -> bool {
        match wire::receive(front) {
            Ok(Some((ToJanitor::Guard, fds))) => self.tty = fds.into_iter().next(),
            Ok(Some((ToJanitor::Unguard, _))) => self.tty = None,
            Ok(None) | Err(_) => return true,
        }
        false
    }

    fn put_back(self) {
        let Some(tty) = self.tty else { return };
        let Some(settings) = self.settings.or_else(|| Settings::of(&tty).ok()) else {
            return;
        };
        if !settings.leave_if_ours(tty.as_fd()).unwrap_or(true) {
            // A shell has its own modes in place already, and draws its prompt on a screen that is ours: give back the screen.
            let _ = rustix::io::write(&tty, LEAVE_SEQUENCES);
        }
    }
}
