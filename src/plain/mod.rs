//! The workshop in text: for screen readers, for terminals that only write lines, and for scripts.
//!
//! The learner types commands at a prompt, which a real shell in the lab's console place runs; lines that begin with a colon are
//! for us. Everything is said in whole lines: no cursor is moved, nothing is drawn, and what happens in the lab is told between
//! two commands, never into a line that is being typed. [`talk::Talk`] turns events into words and effects, and touches nothing
//! outside; `run` listens and carries out.

pub mod event;
mod news;
mod obey;
mod run;
mod shell;
mod step;
pub mod talk;
mod terminal;
mod typed;
mod voice;
mod words;

use std::io;

use crate::console::{LabStarting, TerminalGuard};
use crate::texts::Lang;
use crate::workshop::Guide;

pub use run::run;

/// What the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlainOptions {
    /// Language at the start.
    pub lang: Lang,
    /// `--ascii`: punctuation of ASCII only.
    pub ascii: bool,
    /// Standard input is a terminal: somebody types, and may use its keys.
    pub by_hand: bool,
}

/// What is told and driven.
pub struct PlainParts {
    /// The lesson.
    pub guide: Box<dyn Guide>,
    /// The lab, when it is ready.
    pub lab: LabStarting,
    /// Who restores the terminal if we are killed while a program reads keys.
    pub guard: Option<Box<dyn TerminalGuard>>,
    /// What the learner must know from the start, in their language.
    pub notice: Option<String>,
    /// The steps behind the learner were done again: what they had made beside them, and was not.
    pub resumed: Option<Vec<String>>,
}

/// Why there is no more to be said.
#[derive(Debug, thiserror::Error)]
pub enum PlainError {
    /// The lab did not start; the sentence for the learner.
    #[error("{0}")]
    NoLab(String),
    /// The lab has ended; in the language spoken then.
    #[error("the lab has ended")]
    LabEnded(Lang),
    /// The shell cannot be had.
    #[error("the shell: {0}")]
    NoShell(String),
    /// Input or output failed.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
}
