//! Lessons: steps, goals, checks and texts, read from YAML. Pure: what a check finds in a topology is decided here, worded in
//! `workshop`.
//!
//! `lessons/<lesson>/lesson.yaml` has the structure once; `fr.yaml` and `en.yaml` beside it have every text, keyed by
//! step id and check id.

mod check;
mod error;
mod fit;
mod goal;
mod judge;
mod library;
mod lint;
mod read;
mod source;
mod texts;

pub use check::{Check, CheckKind};
pub use error::LessonError;
pub use fit::{COMPACT, FULL, Panel, wrap};
pub use goal::{Goal, GoalContainer, GoalEndpoint, GoalNetwork};
pub use judge::{Finding, Found, Verdict, judge};
pub use library::{embedded, embedded_ids, load};
pub use lint::{Fault, lint};
pub use texts::{CheckTexts, LessonTexts, StepTexts};

use crate::texts::Lang;

/// A lesson, valid as a whole: every id is unique, every need exists and none in a circle, every text is there in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// English id, the name of its directory.
    pub id: String,
    /// In order.
    pub steps: Vec<Step>,
    texts: [LessonTexts; Lang::ALL.len()],
    sources: source::Sources,
}

/// A step: one state of the lab to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// English id.
    pub id: String,
    /// The state that is wanted at its end, earlier steps included.
    pub goal: Goal,
    /// What tells that it is reached, each after those it needs.
    pub checks: Vec<Check>,
}

impl Lesson {
    /// Texts in a language.
    #[must_use]
    pub fn texts(&self, lang: Lang) -> &LessonTexts {
        &self.texts[lang as usize]
    }

    /// The step of that id, and its place from 0.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<(usize, &Step)> {
        self.steps.iter().enumerate().find(|(_, step)| step.id == id)
    }
}
