//! Lessons: steps, goals, checks and texts, read from YAML. Pure: what a check finds in a topology is decided here, worded in
//! `workshop`.
//!
//! `lessons/<lesson>/lesson.yaml` has the structure once; `fr.yaml` and `en.yaml` beside it have every text, keyed by
//! step id and check id.

mod address;
mod begin;
mod check;
mod error;
mod findings;
mod fit;
mod found;
mod goal;
mod judge;
mod library;
mod lint;
mod naming;
mod problem;
mod raw_check;
mod read;
mod rules;
mod source;
mod texts;

pub use address::AddressProblem;
pub use begin::{BeginError, begin};
pub use check::{Check, CheckKind};
pub use error::{Flaw, LessonError};
pub use fit::{COMPACT, FULL, Panel};
pub use found::{Finding, Found};
pub use goal::{Goal, GoalContainer, GoalEndpoint, GoalNetwork};
pub use judge::{Verdict, judge, judge_answer};
pub use library::{embedded, embedded_ids, find, load};
pub use lint::{Fault, lint};
pub use naming::name_examples;
pub use problem::Problem;
pub use texts::{CheckTexts, LessonTexts, StepTexts};

use crate::texts::Lang;
use crate::yaml::{Part, Position};

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
    /// States to be looked at, one after the other: examples, which no lab has to be in.
    pub pictures: Vec<Goal>,
}

impl Step {
    /// The check that is a question to the learner, and its right choice from 1.
    #[must_use]
    pub fn question(&self) -> Option<(&Check, usize)> {
        self.checks
            .iter()
            .find_map(|check| Some((check, check.kind.question()?)))
    }
}

impl Lesson {
    /// Texts in a language.
    #[must_use]
    pub fn texts(&self, lang: Lang) -> &LessonTexts {
        &self.texts[lang as usize]
    }

    /// Its steps, each with the checks that hold in the state that the last one leads to: what a lab is graded by once the lesson
    /// is done. What a later step undoes is not asked for; a step of which nothing is left is not there.
    #[must_use]
    pub fn at_its_end(&self) -> Vec<Step> {
        let end = self.steps.last().map(|step| step.goal.realised()).unwrap_or_default();
        let lasting = |step: &Step| {
            let mut checks = step.checks.clone();
            checks.retain(|check| judge(&check.kind, &end) == Verdict::Pass);
            let left: Vec<String> = checks.iter().map(|check| check.id.clone()).collect();
            for check in &mut checks {
                check.needs.retain(|need| left.contains(need));
            }
            Step { checks, ..step.clone() }
        };
        let steps = self.steps.iter().map(lasting);
        steps.filter(|step| !step.checks.is_empty()).collect()
    }

    /// Where, in the file of its structure, that way leads.
    #[must_use]
    pub fn locate(&self, path: &[Part<'_>]) -> Position {
        self.sources.structure.locate(path)
    }

    /// The step of that id, and its place from 0.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<(usize, &Step)> {
        self.steps.iter().enumerate().find(|(_, step)| step.id == id)
    }
}
