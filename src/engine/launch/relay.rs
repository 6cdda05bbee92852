//! A command of `cnm lab` at a person's terminal.
//!
//! The command lives in another session and another pid namespace, so it cannot have our terminal for its own: no job control,
//! and a shell that says so. As `sudo` does (`use_pty`), it gets a pseudo-terminal, and we carry bytes between the two. Ours is
//! in raw mode meanwhile, so that `Ctrl-C` and `Ctrl-Z` are typed to the command's terminal, not to ours.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use nix::sys::signal::Signal;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr, tcsetwinsize};

use super::grace::Grace;
use super::signals::Signals;
use super::{ConsoleProcess, LabHandle};
use crate::terminal::{Whom, stop};

/// A shell may bring us to the foreground without a signal; this often we look, and only in the background.
const BACKGROUND: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 500_000_000,
};

/// Our status, and the command's end, when the person's terminal is gone: 128 + SIGHUP.
const HUNG_UP: i32 = 129;

/// Our standard input, where it is the terminal we were started from.
pub(super) fn own_terminal() -> Option<OwnedFd> {
    let stdin = rustix::stdio::stdin();
    tcgetpgrp(stdin).ok()?;
    stdin.try_clone_to_owned().ok()
}

/// The person's terminal and the command's.
pub(super) struct Relay {
    tty: OwnedFd,
    before: Termios,
    controller: OwnedFd,
    user: OwnedFd,
}

/// What has happened while we waited.
#[expect(clippy::struct_excessive_bools, reason = "five descriptors, each ready or not")]
struct Heard {
    signal: bool,
    ended: bool,
    typed: bool,
    said: bool,
    takes: bool,
}

impl Relay {
    /// A pseudo-terminal of the same size and settings as `tty`.
    pub fn new(tty: OwnedFd) -> io::Result<Self> {
        let before = tcgetattr(&tty)?;
        let size = tcgetwinsize(&tty)?;
        let pty = rustix_openpty::openpty(Some(&before), Some(&size))?;
        rustix::io::ioctl_fionbio(&pty.controller, true)?;
        Ok(Self {
            tty,
            before,
            controller: pty.controller,
            user: pty.user,
        })
    }

    /// The command's standard streams: its terminal where ours is a terminal, else ours.
    pub fn stdio(&self) -> io::Result<[OwnedFd; 3]> {
        let own = |fd: BorrowedFd<'_>| {
            if isatty(fd) {
                self.user.try_clone()
            } else {
                fd.try_clone_to_owned()
            }
        };
        Ok([
            self.user.try_clone()?,
            own(rustix::stdio::stdout())?,
            own(rustix::stdio::stderr())?,
        ])
    }

    /// Carries bytes and signals until the command ends; its status.
    pub fn run(self, lab: &LabHandle, signals: &Signals, program: &ConsoleProcess) -> io::Result<i32> {
        let Self {
            tty,
            before,
            controller,
            user,
        } = self;
        // With our copy open, the other end would never be closed.
        drop(user);
        let mut screen = Screen {
            tty,
            before,
            lab,
            raw: false,
            grace: Grace::default(),
        };
        screen.enter();
        let mut typed = Vec::new();
        loop {
            let heard = wait(&screen, signals, program, &controller, &typed)?;
            let insisted = if heard.signal {
                screen.obey(signals, program, &controller)?
            } else {
                None
            };
            screen.enter();
            if heard.said {
                screen.show(&controller);
            }
            if heard.takes && !typed.is_empty() {
                let taken = rustix::io::write(&controller, &typed).unwrap_or(0);
                typed.drain(..taken);
            }
            if heard.typed && screen.raw {
                match screen.read()? {
                    Some(bytes) => typed = bytes,
                    None => return Ok(HUNG_UP),
                }
            }
            if heard.ended {
                while screen.show(&controller) {}
                return program.ended();
            }
            if let Some(status) = insisted.or_else(|| screen.grace.over(Instant::now())) {
                return Ok(status);
            }
        }
    }
}

fn wait(
    screen: &Screen<'_>,
    signals: &Signals,
    program: &ConsoleProcess,
    controller: &OwnedFd,
    typed: &[u8],
) -> io::Result<Heard> {
    let mut to_controller = PollFlags::IN;
    let mut of_tty = PollFlags::empty();
    if !typed.is_empty() {
        to_controller |= PollFlags::OUT;
    } else if screen.raw {
        of_tty |= PollFlags::IN;
    }
    let mut fds = [
        PollFd::new(signals, PollFlags::IN),
        PollFd::new(program, PollFlags::IN),
        PollFd::new(controller, to_controller),
        PollFd::new(&screen.tty, of_tty),
    ];
    let left = screen.grace.left(Instant::now());
    let look = (!screen.raw).then_some(BACKGROUND);
    let patience = [left, look].into_iter().flatten().min();
    rustix::io::retry_on_intr(|| poll(&mut fds, patience.as_ref()))?;
    let [signal, ended, controller, tty] = fds.map(|fd| fd.revents());
    Ok(Heard {
        signal: !signal.is_empty(),
        ended: !ended.is_empty(),
        typed: !tty.is_empty(),
        said: controller.contains(PollFlags::IN),
        takes: controller.contains(PollFlags::OUT),
    })
}

/// The person's terminal, in raw mode while we are in its foreground; put back when this is dropped.
struct Screen<'a> {
    tty: OwnedFd,
    before: Termios,
    lab: &'a LabHandle,
    raw: bool,
    grace: Grace,
}

impl Screen<'_> {
    /// Raw mode, if we may: in the background the terminal is someone else's.
    fn enter(&mut self) {
        if self.raw || tcgetpgrp(&self.tty).ok() != Some(getpgrp()) {
            return;
        }
        let mut raw = self.before.clone();
        raw.make_raw();
        if tcsetattr(&self.tty, OptionalActions::Now, &raw).is_ok() {
            self.raw = true;
            let _ = self.lab.guard_terminal(Some(self.tty.as_fd()));
        }
    }

    fn leave(&mut self) {
        if std::mem::take(&mut self.raw) {
            let _ = tcsetattr(&self.tty, OptionalActions::Drain, &self.before);
            let _ = self.lab.guard_terminal(None);
        }
    }

    /// Does what one signal is for; the status to end with, where it insists.
    fn obey(&mut self, signals: &Signals, program: &ConsoleProcess, controller: &OwnedFd) -> io::Result<Option<i32>> {
        let signal = signals.next();
        match signal {
            None => {}
            Some(Signal::SIGTSTP) => {
                self.leave();
                signals.let_through(Signal::SIGTSTP, || stop(Whom::Us))?;
            }
            Some(Signal::SIGWINCH | Signal::SIGCONT) => {
                let _ = tcgetwinsize(&self.tty).and_then(|size| tcsetwinsize(controller, size));
            }
            // It ends meanwhile at worst, and the next look tells.
            Some(signal) => drop(program.signal(signal as i32)),
        }
        Ok(signal.and_then(|signal| self.grace.asked(signal, Instant::now())))
    }

    /// Shows what the command said; false when it has nothing more to say now.
    fn show(&self, controller: &OwnedFd) -> bool {
        let mut bytes = [0; 8192];
        match rustix::io::read(controller, &mut bytes) {
            Ok(length @ 1..) => {
                let mut rest = bytes.get(..length).unwrap_or_default();
                while let Ok(written @ 1..) = rustix::io::retry_on_intr(|| rustix::io::write(&self.tty, rest)) {
                    rest = rest.get(written..).unwrap_or_default();
                }
                true
            }
            _ => false,
        }
    }

    /// What was typed; `None` at the terminal's end.
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = [0; 4096];
        match rustix::io::read(&self.tty, &mut bytes) {
            Ok(0) | Err(Errno::IO) => Ok(None),
            Ok(length) => Ok(Some(bytes.get(..length).unwrap_or_default().to_vec())),
            Err(Errno::INTR | Errno::AGAIN) => Ok(Some(Vec::new())),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
