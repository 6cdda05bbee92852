//! The pseudo-terminal between us and the shell.
#![allow(unsafe_code)] // registering a descriptor with tokio: its contract is about the descriptor's life

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::termios::{OptionalActions, Termios, Winsize, tcgetattr, tcgetpgrp, tcgetsid, tcsetattr, tcsetwinsize};
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

use super::{ConsoleHost, Shell, Size};
use crate::texts::Lang;

/// What one read takes at most: a frame's worth of a program that floods.
const CHUNK: usize = 64 * 1024;
/// What may wait for a shell that does not read. More is dropped, as a terminal's input queue does.
const OUTBOX: usize = 1024 * 1024;

/// What is heard from the other end.
#[derive(Debug)]
pub enum Told {
    /// The shell wrote.
    Output(Vec<u8>),
    /// The shell ended with a status.
    Ended(i32),
    /// The shell could not be started, or its end is unknown.
    Failed(io::Error),
}

/// Our end of one shell's pseudo-terminal.
#[derive(Debug)]
pub struct Line {
    controller: AsyncFd<OwnedFd>,
    outbox: VecDeque<u8>,
    ends: mpsc::UnboundedReceiver<io::Result<i32>>,
    /// The last holder of the other end has closed it.
    closed: bool,
    /// Its end was told.
    told: bool,
}

impl Line {
    /// Opens a pseudo-terminal and starts a shell on it. The shell starts on a thread of its own, which then waits for its end.
    ///
    /// # Errors
    /// The kernel gives no pseudo-terminal or no thread.
    pub fn open(host: Arc<dyn ConsoleHost>, size: Size, lang: Lang) -> io::Result<Self> {
        Self::start(size, |_| {}, move |terminal| host.spawn(terminal, lang))
    }

    /// The same with a terminal whose modes are changed from the usual ones by `modes`, and with what `spawn` starts on it.
    ///
    /// # Errors
    /// As [`Line::open`].
    pub fn start(
        size: Size,
        modes: impl FnOnce(&mut Termios),
        spawn: impl FnOnce(OwnedFd) -> io::Result<Box<dyn Shell>> + Send + 'static,
    ) -> io::Result<Self> {
        let pty = rustix_openpty::openpty(None, Some(&winsize(size)))?;
        let mut usual = tcgetattr(&pty.user)?;
        modes(&mut usual);
        tcsetattr(&pty.user, OptionalActions::Now, &usual)?;
        rustix::io::ioctl_fionbio(&pty.controller, true)?;
        // SAFETY: an `OwnedFd` is open, and stays the same one until it is dropped, with the `AsyncFd` that owns it.
        let controller = unsafe { AsyncFd::register(pty.controller) }.map_err(io::Error::from)?;
        let (told, ends) = mpsc::unbounded_channel();
        std::thread::Builder::new().name("console".into()).spawn(move || {
            let end = spawn(pty.user).and_then(Shell::wait);
            // Nobody listens once the screen is gone.
            let _ = told.send(end);
        })?;
        Ok(Self {
            controller,
            outbox: VecDeque::new(),
            ends,
            closed: false,
            told: false,
        })
    }

    /// Bytes for the shell; they go out as it reads them.
    pub fn send(&mut self, bytes: &[u8]) {
        if self.outbox.len() + bytes.len() <= OUTBOX {
            self.outbox.extend(bytes);
        }
        self.flush();
    }

    /// The modes of the shell's side.
    ///
    /// # Errors
    /// The pseudo-terminal is gone.
    pub fn modes(&self) -> io::Result<Termios> {
        tcgetattr(self.controller.get_ref()).map_err(io::Error::from)
    }

    /// Gives the shell's side other modes.
    ///
    /// # Errors
    /// The pseudo-terminal is gone.
    pub fn set_modes(&self, modes: &Termios) -> io::Result<()> {
        tcsetattr(self.controller.get_ref(), OptionalActions::Now, modes).map_err(io::Error::from)
    }

    /// Whether the shell itself has the terminal, and no program that it started: a job that has it is in another process group than
    /// the shell, which leads the session.
    #[must_use]
    pub fn is_at_prompt(&self) -> bool {
        let terminal = self.controller.get_ref();
        match (tcgetpgrp(terminal), tcgetsid(terminal)) {
            (Ok(foreground), Ok(session)) => foreground == session,
            _ => false,
        }
    }

    /// Writes what the pseudo-terminal takes now.
    fn flush(&mut self) {
        while !self.outbox.is_empty() {
            let (front, _) = self.outbox.as_slices();
            match rustix::io::write(self.controller.get_ref(), front) {
                Ok(written) if written > 0 => drop(self.outbox.drain(..written)),
                Err(rustix::io::Errno::INTR) => {}
                Ok(_) | Err(rustix::io::Errno::AGAIN) => return,
                Err(_) => return self.outbox.clear(),
            }
        }
    }

    /// Tells the shell's side its size; the kernel sends `SIGWINCH` to its foreground job.
    ///
    /// # Errors
    /// The pseudo-terminal is gone.
    pub fn resize(&self, size: Size) -> io::Result<()> {
        tcsetwinsize(self.controller.get_ref(), winsize(size)).map_err(io::Error::from)
    }

    /// The next thing heard of a line; never resolves where there is none.
    pub async fn next_of(line: Option<&mut Self>) -> Told {
        match line {
            Some(line) => line.next().await,
            None => std::future::pending().await,
        }
    }

    /// The next thing heard. Never resolves once the end was told and everything was read. Safe to drop half-way: nothing is
    /// lost.
    pub async fn next(&mut self) -> Told {
        loop {
            tokio::select! {
                biased;
                output = read(&self.controller), if !self.closed => match output {
                    Ok(bytes) => return Told::Output(bytes),
                    Err(_) => self.closed = true,
                },
                end = self.ends.recv(), if !self.told => {
                    self.told = true;
                    return match end {
                        Some(Ok(status)) => Told::Ended(status),
                        Some(Err(error)) => Told::Failed(error),
                        None => Told::Failed(io::ErrorKind::BrokenPipe.into()),
                    };
                }
                ready = self.controller.writable(), if !self.outbox.is_empty() => {
                    if let Ok(mut ready) = ready {
                        ready.clear_ready();
                    }
                    self.flush();
                }
                () = std::future::pending(), if self.closed && self.told => {}
            }
        }
    }
}

/// Reads all that is there, up to [`CHUNK`], waiting for something. `EIO` is how Linux says that the other end is closed
/// (pty(7)).
async fn read(controller: &AsyncFd<OwnedFd>) -> io::Result<Vec<u8>> {
    loop {
        let mut ready = controller.readable().await?;
        let mut bytes = Vec::new();
        let mut part = [0; 4096];
        let end = loop {
            match rustix::io::read(controller.get_ref(), &mut part) {
                Ok(0) => break Some(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => bytes.extend_from_slice(&part[..read]),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    ready.clear_ready();
                    break None;
                }
                Err(error) => break Some(io::Error::from(error)),
            }
            if bytes.len() >= CHUNK {
                break None;
            }
        };
        match end {
            _ if !bytes.is_empty() => return Ok(bytes),
            Some(error) => return Err(error),
            None => {}
        }
    }
}

fn winsize(size: Size) -> Winsize {
    Winsize {
        ws_row: size.rows.max(1),
        ws_col: size.columns.max(1),
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
