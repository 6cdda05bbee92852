//! The learner's terminal: how we change it and how it is put back.
//!
//! Three parties put it back: the screen at its normal end, the panic hook, and the janitor after the front was killed.
//! All three use this room, so that they undo exactly what was done. The sequences are those of xterm's control
//! sequences document (`CSI ? Pm h`/`l`, DECSET and DECRST).

mod suspend;

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::termios::{InputModes, LocalModes, OptionalActions, OutputModes, Termios, tcgetattr, tcsetattr};

pub use suspend::{Whom, stop};

/// Alternate screen (1049) and bracketed paste (2004).
pub const ENTER_SEQUENCES: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[2J";

/// Clicks and the wheel (1000), told in numbers of any size (1006); dragging and moving stay the terminal's.
pub const MOUSE_SEQUENCES: &[u8] = b"\x1b[?1000h\x1b[?1006h";

/// Undoes [`ENTER_SEQUENCES`], [`MOUSE_SEQUENCES`] and whatever else the screen may have on when it dies: a synchronized update (2026),
/// mouse reports (1000, 1002, 1003, 1006), a hidden cursor (25), a cursor shape, colours. Each is harmless when it is off
/// already. Our picture is cleared before the alternate screen is left: a terminal without one (Linux's console) would keep it, and
/// tmux 3.3 brings parts of it back if the window was resized meanwhile. So: only for a terminal that is ours.
pub const LEAVE_SEQUENCES: &[u8] =
    b"\x1b[?2026l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0 q\x1b[0m\x1b[H\x1b[2J\x1b[?1049l\x1b[?25h";

/// A terminal's settings before us, and those we give it.
#[derive(Debug, Clone)]
pub struct Settings {
    cooked: Termios,
    raw: Termios,
}

impl Settings {
    /// Looks at the terminal. Where it is in raw mode already (someone looks after the screen took it), the settings
    /// to go back to are the usual ones of a login shell.
    ///
    /// # Errors
    /// `tty` is not a terminal, or is gone.
    pub fn of(tty: impl AsFd) -> io::Result<Self> {
        let now = tcgetattr(tty)?;
        if now.local_modes.contains(LocalModes::ICANON) {
            let mut raw = now.clone();
            raw.make_raw();
            Ok(Self { cooked: now, raw })
        } else {
            let mut cooked = now.clone();
            cooked.input_modes |= InputModes::BRKINT | InputModes::ICRNL | InputModes::IXON;
            cooked.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
            cooked.local_modes |= LocalModes::ISIG
                | LocalModes::ICANON
                | LocalModes::IEXTEN
                | LocalModes::ECHO
                | LocalModes::ECHOE
                | LocalModes::ECHOK;
            Ok(Self { cooked, raw: now })
        }
    }

    /// Raw mode, and [`ENTER_SEQUENCES`].
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn enter(&self, tty: BorrowedFd<'_>) -> io::Result<()> {
        tcsetattr(tty, OptionalActions::Now, &self.raw)?;
        write_all(tty, ENTER_SEQUENCES)
    }

    /// [`LEAVE_SEQUENCES`], and the settings from before. Both are tried, whatever happens to the first.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn leave(&self, tty: BorrowedFd<'_>) -> io::Result<()> {
        let said = write_all(tty, LEAVE_SEQUENCES);
        tcsetattr(tty, OptionalActions::Now, &self.cooked)?;
        said
    }

    /// [`Settings::leave`], unless somebody else has changed the terminal since: then it is theirs, and stays as it is.
    /// True when it was put back. For the janitor: between the front's death and this call a shell may have taken over.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn leave_if_ours(&self, tty: BorrowedFd<'_>) -> io::Result<bool> {
        let ours = same_modes(&tcgetattr(tty)?, &self.raw);
        if ours {
            self.leave(tty)?;
        }
        Ok(ours)
    }
}

/// The modes decide; control characters and speed are not ours.
fn same_modes(a: &Termios, b: &Termios) -> bool {
    a.input_modes == b.input_modes && a.output_modes == b.output_modes && a.local_modes == b.local_modes
}

fn write_all(tty: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<()> {
    std::fs::File::from(tty.try_clone_to_owned()?).write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> rustix_openpty::Pty {
        rustix_openpty::openpty(None, None).unwrap()
    }

    fn said(pty: &rustix_openpty::Pty) -> Vec<u8> {
        rustix::io::ioctl_fionbio(&pty.controller, true).unwrap();
        let mut bytes = vec![0; 4096];
        let n = rustix::io::read(&pty.controller, &mut bytes).unwrap_or(0);
        bytes.truncate(n);
        bytes
    }

    #[test]
    fn what_is_entered_is_left() {
        let pty = terminal();
        let before = tcgetattr(&pty.user).unwrap();
        let settings = Settings::of(&pty.user).unwrap();
        settings.enter(pty.user.as_fd()).unwrap();
        assert!(!tcgetattr(&pty.user).unwrap().local_modes.contains(LocalModes::ECHO));
        assert_eq!(said(&pty), ENTER_SEQUENCES);

        assert!(settings.leave_if_ours(pty.user.as_fd()).unwrap());
        assert!(same_modes(&tcgetattr(&pty.user).unwrap(), &before));
        assert_eq!(said(&pty), LEAVE_SEQUENCES);
    }

    #[test]
    fn one_who_looks_late_still_finds_a_way_back() {
        let pty = terminal();
        Settings::of(&pty.user).unwrap().enter(pty.user.as_fd()).unwrap();
        let late = Settings::of(&pty.user).unwrap();
        assert!(late.leave_if_ours(pty.user.as_fd()).unwrap());
        let modes = tcgetattr(&pty.user).unwrap();
        assert!(
            modes
                .local_modes
                .contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
        );
        assert!(modes.output_modes.contains(OutputModes::OPOST | OutputModes::ONLCR));
    }

    #[test]
    fn a_terminal_that_another_program_took_is_let_be() {
        let pty = terminal();
        let settings = Settings::of(&pty.user).unwrap();
        settings.enter(pty.user.as_fd()).unwrap();
        said(&pty);
        let mut theirs = tcgetattr(&pty.user).unwrap();
        theirs.local_modes |= LocalModes::ECHO;
        tcsetattr(&pty.user, OptionalActions::Now, &theirs).unwrap();

        assert!(!settings.leave_if_ours(pty.user.as_fd()).unwrap());
        assert!(said(&pty).is_empty());
        assert!(tcgetattr(&pty.user).unwrap().local_modes.contains(LocalModes::ECHO));
    }

    #[test]
    fn leaving_undoes_every_mode_that_entering_sets() {
        let entered = String::from_utf8([ENTER_SEQUENCES, MOUSE_SEQUENCES].concat()).unwrap();
        let left = String::from_utf8_lossy(LEAVE_SEQUENCES).into_owned();
        for mode in entered
            .split("\x1b[?")
            .skip(1)
            .filter_map(|s| s.split_once('h'))
            .map(|(mode, _)| mode)
        {
            assert!(left.contains(&format!("\x1b[?{mode}l")), "{mode}");
        }
    }
}
