//! The terminal while the screen has it. It is given back exactly once per taking, whoever comes first: the end, an error, the
//! panic hook.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, Once, PoisonError};
use std::{panic, thread};

use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::crossterm::queue;
use ratatui::crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::layout::{Position, Rect};

use super::app::App;
use super::{TerminalGuard, UiError, draw};
use crate::terminal::{MOUSE_SEQUENCES, Settings};

/// What has to be put back; empty while the terminal is the shell's.
static TAKEN: Mutex<Option<Settings>> = Mutex::new(None);

/// A frame at 300×100, so that it goes out in one write.
const FRAME_BYTES: usize = 256 * 1024;

/// The terminal, taken. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    guard: Option<Box<dyn TerminalGuard>>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal, and with `mouse` its mouse.
    ///
    /// # Errors
    /// [`UiError::NoTerminal`] without one, or the terminal's own error.
    pub fn take(guard: Option<Box<dyn TerminalGuard>>, mouse: bool) -> Result<Self, UiError> {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if dumb || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(UiError::NoTerminal);
        }
        give_back_on_panic();
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout()));
        let mut screen = Self {
            terminal: Terminal::new(backend)?,
            guard,
            mouse,
        };
        screen.enter()?;
        Ok(screen)
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws one frame, which the terminal shows at once where it knows synchronized updates.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, app: &App) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| {
            let area = frame.area();
            if let Some(cursor) = draw::draw(app, area, frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        })?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Backend::flush(self.terminal.backend_mut())
    }

    /// Gives the terminal back, runs `stopped` (which returns when we are continued), takes it again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn without(&mut self, stopped: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        self.leave();
        stopped()?;
        self.enter()?;
        // Not `clear`: it would ask the terminal for its cursor, and wait for an answer that the reader of keys takes.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    fn enter(&mut self) -> io::Result<()> {
        let stdin = io::stdin();
        let settings = Settings::of(&stdin)?;
        if let Some(guard) = &self.guard {
            // A janitor that is gone has taken the lab with it, which is told elsewhere.
            let _ = guard.guard(Some(stdin.as_fd()));
        }
        *taken() = Some(settings.clone());
        settings.enter(io::stdout().as_fd())?;
        if self.mouse {
            self.terminal.backend_mut().write_all(MOUSE_SEQUENCES)?;
        }
        Ok(())
    }

    fn leave(&mut self) {
        let _ = Backend::flush(self.terminal.backend_mut());
        give_back();
        if let Some(guard) = &self.guard {
            let _ = guard.guard(None);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

fn taken() -> std::sync::MutexGuard<'static, Option<Settings>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the terminal back if it is taken. A terminal that is gone needs nothing.
fn give_back() {
    if let Some(settings) = taken().take() {
        let _ = settings.leave(io::stdout().as_fd());
    }
}

/// So that a panic's words are read on a terminal that can show them. One of another thread does not end the screen: while it has
/// the terminal, such words go to the log.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let screen = thread::current().id();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().id() == screen {
                give_back();
            } else if taken().is_some() {
                tracing::error!("{panic}");
                return;
            }
            before(panic);
        }));
    });
}
