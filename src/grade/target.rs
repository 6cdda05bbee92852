use crate::lesson::{self, Lesson, LessonError, Step, Verdict, judge};
use crate::model::Topology;
use crate::texts::{self, Lang};

/// What is graded: some steps of a lesson.
#[derive(Debug, PartialEq)]
pub(super) struct Target {
    pub(super) lesson: Lesson,
    /// The step that was named; else all, as they are when the lesson is done.
    pub(super) steps: Vec<Step>,
    /// Its place from 0; none for all.
    pub(super) named: Option<usize>,
}

/// A target that cannot be graded.
#[derive(Debug)]
pub(super) enum TargetError {
    None,
    NoLesson {
        lesson: String,
    },
    NoStep {
        lesson: String,
        step: String,
        steps: Vec<String>,
    },
    Invalid(LessonError),
}

impl Target {
    /// Each once, in the order of the first.
    pub(super) fn parse_all(targets: &[String]) -> Result<Vec<Self>, TargetError> {
        if targets.is_empty() {
            return Err(TargetError::None);
        }
        let mut parsed: Vec<Self> = Vec::with_capacity(targets.len());
        for target in targets {
            let target = Self::parse(target)?;
            if !parsed.contains(&target) {
                parsed.push(target);
            }
        }
        Ok(parsed)
    }

    /// A lesson, by its folder, its file or its id, else a step of one, `lesson/step`.
    fn parse(target: &str) -> Result<Self, TargetError> {
        if let Some(lesson) = Self::find(target)? {
            return Ok(Self::whole(lesson));
        }
        let unknown = |lesson: &str| TargetError::NoLesson {
            lesson: lesson.to_owned(),
        };
        let (id, step) = target.rsplit_once('/').ok_or_else(|| unknown(target))?;
        let Some(lesson) = Self::find(id)? else {
            // What has more than one `/` is a path, or was to be one.
            return Err(unknown(if id.contains('/') || id.is_empty() { target } else { id }));
        };
        match lesson.step(step) {
            Some((index, step)) => Ok(Self {
                named: Some(index),
                steps: vec![step.clone()],
                lesson,
            }),
            None => Err(TargetError::NoStep {
                lesson: id.to_owned(),
                step: step.to_owned(),
                steps: lesson.steps.iter().map(|step| step.id.clone()).collect(),
            }),
        }
    }

    /// None where there is no such lesson.
    fn find(name: &str) -> Result<Option<Lesson>, TargetError> {
        match lesson::find(name) {
            Ok(lesson) => Ok(Some(lesson)),
            Err(LessonError::NoSuchLesson { .. }) => Ok(None),
            Err(error) => Err(TargetError::Invalid(error)),
        }
    }

    fn whole(lesson: Lesson) -> Self {
        Self {
            named: None,
            steps: lesson.at_its_end(),
            lesson,
        }
    }

    pub(super) fn passes(&self, topology: &Topology) -> bool {
        self.steps
            .iter()
            .flat_map(|step| &step.checks)
            .all(|check| judge(&check.kind, topology) == Verdict::Pass)
    }
}

impl TargetError {
    pub(super) fn text(&self, lang: Lang) -> String {
        match self {
            Self::None => texts::get(lang, "grade.error.no_target").to_owned(),
            Self::NoLesson { lesson } => {
                let lessons = lesson::embedded_ids().join(", ");
                texts::fill(
                    lang,
                    "grade.error.no_lesson",
                    &[("lesson", lesson), ("lessons", &lessons)],
                )
            }
            Self::NoStep { lesson, step, steps } => {
                let values = [
                    ("lesson", lesson.as_str()),
                    ("step", step),
                    ("steps", &steps.join(", ")),
                ];
                texts::fill(lang, "grade.error.no_step", &values)
            }
            Self::Invalid(error) => texts::fill(lang, "grade.error.lesson_invalid", &[("reason", &error.to_string())]),
        }
    }
}
