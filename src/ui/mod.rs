//! The workshop on a terminal: four panels, a key bar, a shell.
//!
//! One loop takes signals, keys, the shell's output, the lab's changes and, while something moves, the clock; each becomes an
//! [`app::Event`], [`app::App::update`] turns it into a new state and [`app::Effect`]s, and the screen is drawn once per batch,
//! only when something shown has changed. Nothing wakes the loop while nothing happens.

pub mod app;
#[cfg(test)]
mod asked;
#[cfg(target_os = "linux")]
pub mod builtin;
mod chosen;
pub mod console;
mod draw;
#[cfg(test)]
mod fixtures;
mod guided;
mod keyboard;
pub mod keymap;
pub mod keys;
#[cfg(test)]
mod living;
pub mod look;
mod mouse;
mod news;
#[cfg(test)]
mod own;
pub mod own_shell;
pub mod panels;
mod pen;
mod run;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod sheets;
#[cfg(test)]
mod steps;
mod terminal;
pub mod topology;
#[cfg(test)]
mod tries;
#[cfg(test)]
mod typed;

use std::future::Future;
use std::io;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;

use crate::lab::{Lab, LabState};
use crate::model::Topology;
use crate::settings::{Fault, Settings, Theme};
use crate::texts::Lang;
use crate::workshop::{Answer, Ask, Notice, ProgressStore, PutBack, Session, StepEntry, StepView};

#[cfg(target_os = "linux")]
pub use builtin::guard;
pub use console::{ConsoleHost, Shell, Size};
pub use keymap::Keys;
pub use run::run;

/// What the person chose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UiOptions {
    /// Language at the start.
    pub lang: Lang,
    /// `--ascii`: no box characters.
    pub ascii: bool,
    /// `--no-motion`: nothing grows.
    pub no_motion: bool,
    /// `NO_COLOR` is set and not empty, or the person asked for no colour.
    pub no_color: bool,
    /// Which colours can be read.
    pub theme: Theme,
    /// What is theirs alone.
    pub own: Own,
}

/// What a person's settings change in the way the screen is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    /// Their keys.
    pub keys: Keys,
    /// Clicks and the wheel are ours.
    pub mouse: bool,
    /// What is wrong in their settings: told first.
    pub faults: Vec<Fault>,
}

impl Own {
    /// What the settings say of it; what is wrong in the order of the file.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let (keys, refused) = Keys::with(&settings.keys);
        let mut faults = [settings.faults.as_slice(), &refused].concat();
        faults.sort_by_key(|fault| (fault.position.line, fault.position.column));
        Self {
            keys,
            mouse: settings.mouse,
            faults,
        }
    }
}

/// What the screen shows and drives.
pub struct UiParts {
    /// The lesson.
    pub guide: Box<dyn Guide>,
    /// The lab, when it is ready; the sentence for the learner, where it did not start. The first frame does not wait for it.
    pub lab: Pin<Box<dyn Future<Output = Result<LabReady, String>> + Send>>,
    /// Who restores the terminal if we are killed.
    pub guard: Option<Box<dyn TerminalGuard>>,
    /// What the learner must know from the start, in their language (a progress file set aside …).
    pub notice: Option<String>,
}

/// A lab that answers.
pub struct LabReady {
    /// Its state, as it changes.
    pub state: watch::Receiver<Arc<LabState>>,
    /// Where shells come from.
    pub console: Arc<dyn ConsoleHost>,
    /// What keeps the state coming; dropped when the screen ends.
    pub lab: Option<Lab>,
}

/// Somebody outside this process who puts the terminal back when it is killed.
pub trait TerminalGuard {
    /// Guards `tty` from now on (called before the screen takes it), or no longer (`None`: the screen has put it back).
    ///
    /// # Errors
    /// There is no such somebody any more.
    fn guard(&self, tty: Option<BorrowedFd<'_>>) -> io::Result<()>;
}

/// What the screen asks of a lesson: [`Session`] is one.
pub trait Guide: std::fmt::Debug + Send {
    /// Looks at the lab. True when anything shown has changed.
    fn observe(&mut self, state: &LabState) -> bool;
    /// The current step.
    fn view(&self, lang: Lang) -> Option<StepView>;
    /// What the goal adds to the lab as it is.
    fn ghosts(&self) -> Topology;
    /// Does what the learner asks.
    fn ask(&mut self, ask: Ask) -> Answer;
    /// The command that does the current step.
    fn show_me(&self) -> Option<String>;
    /// What brings the lab to where the current step found it.
    fn put_back(&self) -> PutBack;
    /// Every step.
    fn steps(&self, lang: Lang) -> Vec<StepEntry>;
    /// Keeps the progress, where it has changed. What the learner must know about that, in `lang`. Called after a frame is drawn.
    fn keep(&mut self, lang: Lang) -> Option<String> {
        let _ = lang;
        None
    }
}

/// A session whose progress is kept in a file.
#[derive(Debug)]
pub struct Kept {
    session: Session,
    /// What was said last: it is not said twice.
    said: Option<Notice>,
}

impl Kept {
    /// Keeps the progress of `session` in `store`.
    #[must_use]
    pub fn new(mut session: Session, store: ProgressStore) -> Self {
        session.keep_in(store);
        Self { session, said: None }
    }
}

impl Guide for Kept {
    fn observe(&mut self, state: &LabState) -> bool {
        self.session.observe(state)
    }

    fn view(&self, lang: Lang) -> Option<StepView> {
        self.session.view(lang)
    }

    fn ghosts(&self) -> Topology {
        self.session.ghosts()
    }

    fn ask(&mut self, ask: Ask) -> Answer {
        self.session.ask(ask)
    }

    fn show_me(&self) -> Option<String> {
        self.session.show_me()
    }

    fn put_back(&self) -> PutBack {
        self.session.put_back()
    }

    fn steps(&self, lang: Lang) -> Vec<StepEntry> {
        self.session.steps(lang)
    }

    fn keep(&mut self, lang: Lang) -> Option<String> {
        let notice = self.session.take_notice()?;
        let new = self.said.as_ref() != Some(&notice);
        let text = notice.text(lang);
        self.said = Some(notice);
        new.then_some(text)
    }
}

impl Guide for Session {
    fn observe(&mut self, state: &LabState) -> bool {
        Self::observe(self, state)
    }

    fn view(&self, lang: Lang) -> Option<StepView> {
        Self::view(self, lang)
    }

    fn ghosts(&self) -> Topology {
        Self::ghosts(self)
    }

    fn ask(&mut self, ask: Ask) -> Answer {
        Self::ask(self, ask)
    }

    fn show_me(&self) -> Option<String> {
        Self::show_me(self)
    }

    fn put_back(&self) -> PutBack {
        Self::put_back(self)
    }

    fn steps(&self, lang: Lang) -> Vec<StepEntry> {
        Self::steps(self, lang)
    }
}

/// Why the screen ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The learner left.
    Left,
    /// This signal.
    Signal(i32),
}

impl Outcome {
    /// The status of the command: 0, or 128 + signal.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }
}

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// Input or output is no terminal, or `TERM` is `dumb`.
    #[error("there is no terminal to draw on")]
    NoTerminal,
    /// The terminal failed.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
}

impl UiError {
    /// What a person can do about it, in their language.
    #[must_use]
    pub fn hint(&self, lang: Lang) -> &'static str {
        let key = match self {
            Self::NoTerminal => "ui.error.no_terminal",
            Self::Terminal(_) => "ui.error.terminal",
        };
        crate::texts::get(lang, key)
    }
}
