//! The learner's terminal. It edits lines itself; only while a program in the console reads keys as they come, so does it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};
use tokio::sync::mpsc;

use crate::console::{Size, TerminalGuard};

/// A terminal that does not tell its size.
const USUAL: Size = Size { rows: 24, columns: 80 };

/// What was heard on standard input.
#[derive(Debug)]
pub enum Typed {
    /// These bytes: from a terminal that edits lines, whole ones.
    Bytes(Vec<u8>),
    /// There is no more; on a terminal Ctrl-D was typed.
    End,
    /// The terminal is gone.
    Gone,
}

/// Reads standard input on a thread of its own, a little ahead at most.
///
/// # Errors
/// There is no thread to be had.
pub fn listen(is_terminal: bool) -> io::Result<mpsc::Receiver<Typed>> {
    let (sender, typed) = mpsc::channel(4);
    std::thread::Builder::new()
        .name("input".into())
        .spawn(move || read(is_terminal, &sender))?;
    Ok(typed)
}

fn read(is_terminal: bool, sender: &mpsc::Sender<Typed>) {
    let input = rustix::stdio::stdin();
    let mut bytes = [0; 4096];
    loop {
        let typed = match rustix::io::read(input, &mut bytes) {
            Ok(length @ 1..) => Typed::Bytes(bytes.get(..length).unwrap_or_default().to_vec()),
            Ok(_) if !is_terminal => Typed::End,
            Ok(_) if tcgetattr(input).is_ok() => Typed::End,
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => {
                // Somebody who shares the description does not want to wait.
                let mut readable = [rustix::event::PollFd::new(&input, rustix::event::PollFlags::IN)];
                let _ = rustix::event::poll(&mut readable, None);
                continue;
            }
            Ok(_) | Err(_) => Typed::Gone,
        };
        let over = matches!(typed, Typed::Gone) || (matches!(typed, Typed::End) && !is_terminal);
        if sender.blocking_send(typed).is_err() || over {
            return;
        }
    }
}

/// The terminal. Dropping it leaves it as it was found.
pub struct Terminal {
    fd: OwnedFd,
    before: Termios,
    lines: Termios,
    /// Keys are read as they come.
    raw: bool,
    guard: Option<Box<dyn TerminalGuard>>,
}

impl Terminal {
    /// The terminal on standard input.
    ///
    /// # Errors
    /// There is none.
    pub fn of_stdin(guard: Option<Box<dyn TerminalGuard>>) -> io::Result<Self> {
        let fd = io::stdin().as_fd().try_clone_to_owned()?;
        let before = tcgetattr(&fd)?;
        let mut lines = before.clone();
        lines.input_modes |= InputModes::ICRNL;
        lines.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
        lines.local_modes |=
            LocalModes::ISIG | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ECHO | LocalModes::ECHOE;
        let mut terminal = Self {
            fd,
            before,
            lines,
            raw: true,
            guard,
        };
        terminal.read_lines()?;
        Ok(terminal)
    }

    /// Rows and columns.
    #[must_use]
    pub fn size(&self) -> Size {
        match tcgetwinsize(&self.fd) {
            Ok(size) if size.ws_row > 0 && size.ws_col > 0 => Size {
                rows: size.ws_row,
                columns: size.ws_col,
            },
            _ => USUAL,
        }
    }

    /// It edits lines and shows what is typed.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn read_lines(&mut self) -> io::Result<()> {
        if self.raw {
            tcsetattr(&self.fd, OptionalActions::Now, &self.lines)?;
            self.raw = false;
            self.unguard();
        }
        Ok(())
    }

    /// It reads as the console's own terminal does.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn follow(&mut self, console: &Termios) -> io::Result<()> {
        if console.local_modes.contains(LocalModes::ICANON) {
            return self.read_lines();
        }
        if !self.raw {
            if let Some(guard) = &self.guard {
                // Without a janitor there is no lab either.
                let _ = guard.guard(Some(self.fd.as_fd()));
            }
            self.raw = true;
            let mut keys = self.lines.clone();
            keys.make_raw();
            if console.output_modes.contains(OutputModes::OPOST) {
                keys.output_modes |= OutputModes::OPOST;
            }
            tcsetattr(&self.fd, OptionalActions::Now, &keys)?;
        }
        Ok(())
    }

    /// Keys are read as they come.
    #[must_use]
    pub const fn is_raw(&self) -> bool {
        self.raw
    }

    fn unguard(&self) {
        if let Some(guard) = &self.guard {
            let _ = guard.guard(None);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.fd, OptionalActions::Now, &self.before);
        self.unguard();
    }
}

/// The modes of the console's own terminal: what is typed is on the learner's already, which also ends lines as it likes.
pub fn quiet(modes: &mut Termios) {
    modes.local_modes -= LocalModes::ECHO;
    modes.output_modes -= OutputModes::ONLCR;
}

/// Whether they are [`quiet`], or keys are read as they come: then they are the program's own affair.
#[must_use]
pub fn is_quiet(modes: &Termios) -> bool {
    let shows = modes.local_modes.contains(LocalModes::ECHO) || modes.output_modes.contains(OutputModes::ONLCR);
    !shows || !modes.local_modes.contains(LocalModes::ICANON)
}
