use std::time::{Duration, Instant};

use crate::lab::BackendInfo;
use crate::lesson::{CheckKind, Lesson, Step};
use crate::model::Topology;
use crate::texts::Lang;
use crate::workshop::{CheckStatus, CheckView, checks, checks_when_answered, remedies};

use super::target::Target;

/// How `cnm check` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All checks pass.
    Pass,
    /// Some fail.
    Fail,
    /// The command line makes no sense.
    Usage,
    /// A lesson cannot be used.
    LessonInvalid,
    /// There is no lab, or it went away.
    NoBackend,
    /// Not all passed in the time given.
    TimedOut,
}

impl Exit {
    /// Status of the process.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Usage => 2,
            Self::LessonInvalid => 3,
            Self::NoBackend => 4,
            Self::TimedOut => 5,
        }
    }
}

/// Everything a report tells.
#[derive(Debug)]
pub(super) struct Graded {
    pub(super) backend: BackendInfo,
    pub(super) lessons: Vec<GradedLesson>,
    /// What went wrong beside the checks: solutions that the engine refused, each sentence once.
    pub(super) refused: Vec<String>,
    pub(super) took: Duration,
}

#[derive(Debug)]
pub(super) struct GradedLesson {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) checks: Vec<GradedCheck>,
}

#[derive(Debug)]
pub(super) struct GradedCheck {
    pub(super) view: CheckView,
    pub(super) kind: CheckKind,
    pub(super) step: String,
    pub(super) needs: Vec<String>,
    pub(super) hint: Option<String>,
    /// Commands that lead to the step's goal.
    pub(super) solution: Vec<String>,
    pub(super) took: Duration,
    /// What was asked from within the containers, and what came of it.
    pub(super) evidence: Vec<String>,
}

/// Totals over all lessons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
}

impl Graded {
    pub(super) fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for check in self.lessons.iter().flat_map(|lesson| &lesson.checks) {
            match check.view.status {
                CheckStatus::Pass => summary.passed += 1,
                CheckStatus::Fail { .. } => summary.failed += 1,
                CheckStatus::Waits { .. } => summary.skipped += 1,
            }
        }
        summary
    }

    pub(super) fn all_pass(&self) -> bool {
        self.summary()
            == Summary {
                passed: self.summary().passed,
                ..Summary::default()
            }
    }
}

pub(super) fn grade(targets: &[Target], topology: &Topology, backend: BackendInfo, lang: Lang) -> Graded {
    let start = Instant::now();
    let mut lessons: Vec<GradedLesson> = Vec::new();
    // Steps of one lesson that are named one after the other stand below one heading.
    for together in targets.chunk_by(|one, next| one.lesson == next.lesson) {
        lessons.extend(grade_lesson(together, topology, lang));
    }
    Graded {
        backend,
        lessons,
        refused: Vec::new(),
        took: start.elapsed(),
    }
}

/// None without a target.
fn grade_lesson(targets: &[Target], topology: &Topology, lang: Lang) -> Option<GradedLesson> {
    let lesson = &targets.first()?.lesson;
    let texts = lesson.texts(lang);
    let steps = targets.iter().flat_map(|target| &target.steps);
    let graded = steps
        .flat_map(|step| grade_step(lesson, step, topology, lang, Answered::NotYet))
        .collect();
    Some(GradedLesson {
        id: lesson.id.clone(),
        title: texts.title.clone(),
        checks: graded,
    })
}

/// What is supposed of a step's question: a lab does not show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    NotYet,
    /// As its solution has it.
    Rightly,
}

/// Judges one step's checks.
pub(super) fn grade_step(
    lesson: &Lesson,
    step: &Step,
    topology: &Topology,
    lang: Lang,
    answered: Answered,
) -> Vec<GradedCheck> {
    let start = Instant::now();
    let views = match answered {
        Answered::NotYet => checks(lesson, step, topology, lang),
        Answered::Rightly => checks_when_answered(lesson, step, topology, lang),
    };
    let took = start.elapsed() / u32::try_from(views.len()).unwrap_or(1).max(1);
    let said = lesson.texts(lang).steps.get(&step.id);
    let hint = said.and_then(|said| said.hints.first());
    let solution: Vec<String> = remedies(&step.goal, topology).iter().map(ToString::to_string).collect();
    let graded = views.into_iter().zip(&step.checks).map(|(view, check)| GradedCheck {
        view,
        kind: check.kind.clone(),
        step: step.id.clone(),
        needs: check.needs.clone(),
        hint: hint.cloned(),
        solution: solution.clone(),
        took,
        evidence: Vec::new(),
    });
    graded.collect()
}
