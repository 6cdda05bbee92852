//! The workshop on a terminal: four panels, a key bar, a shell.
//!
//! One loop takes signals, keys, the shell's output, the lab's changes and, while something moves, the clock; each becomes an
//! [`app::Event`], [`app::App::update`] turns it into a new state and [`app::Effect`]s, and the screen is drawn once per batch,
//! only when something shown has changed. Nothing wakes the loop while nothing happens.

pub mod app;
#[cfg(test)]
mod asked;
mod chosen;
pub mod console;
mod draw;
#[cfg(test)]
mod fixtures;
mod focus;
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
#[cfg(test)]
mod told;
pub mod topology;
#[cfg(test)]
mod tries;
#[cfg(test)]
mod typed;

use std::io;

use crate::settings::{Fault, Settings, Theme};
use crate::texts::Lang;

#[cfg(target_os = "linux")]
pub use crate::console::builtin;
pub use crate::console::{ConsoleHost, LabReady, LabStarting, Outcome, Shell, Size, TerminalGuard};
pub use crate::workshop::{Guide, Kept};
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
    pub lab: LabStarting,
    /// Who restores the terminal if we are killed.
    pub guard: Option<Box<dyn TerminalGuard>>,
    /// What the learner must know from the start, in their language (a progress file set aside …).
    pub notice: Option<String>,
    /// The steps done were made again: what the learner had made beside them, and was not.
    pub resumed: Option<Vec<String>>,
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
