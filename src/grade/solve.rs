//! `cnm check --solve`: the solutions themselves, graded on labs made for that.

use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Instant;

use crate::lab::{Backend, BackendInfo, Lab, LabError};
use crate::lesson::Lesson;
use crate::texts::{self, Lang};
use crate::workshop::{CheckStatus, ReplayError, attempt, lead_to};

use super::outcome::{Answered, Graded, GradedCheck, GradedLesson, grade_step};
use super::target::Target;
use super::{CheckOptions, Exit, report};

/// Targets that are read, and wait for a fresh lab each.
#[derive(Debug)]
pub struct Solving<'o> {
    options: &'o CheckOptions,
    targets: Vec<Target>,
}

impl<'o> Solving<'o> {
    /// Reads the targets; where they make no sense, says so on `err`.
    ///
    /// # Errors
    /// `err` cannot be written to.
    pub fn read(options: &'o CheckOptions, err: &mut dyn Write) -> io::Result<Result<Self, Exit>> {
        Ok(match Target::parse_all(&options.targets) {
            Ok(targets) => Ok(Self { options, targets }),
            Err(error) => {
                writeln!(err, "cnm check: {}", error.text(options.lang))?;
                Err(error.exit())
            }
        })
    }

    /// How many labs it takes.
    #[must_use]
    pub fn labs(&self) -> usize {
        self.targets.len()
    }

    /// The lessons of the targets.
    pub fn lessons(&self) -> impl Iterator<Item = &Lesson> {
        self.targets.iter().map(|target| &target.lesson)
    }

    /// Runs the solution of each step, in order, each target on a lab of its own, which `fresh` gives; reports as
    /// [`check`](super::check) does.
    ///
    /// # Errors
    /// `out` or `err` cannot be written to.
    pub async fn run(
        &self,
        fresh: impl AsyncFnMut() -> Result<Backend, LabError>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> io::Result<Exit> {
        let lang = self.options.lang;
        let graded = match self.graded(fresh).await {
            Ok(graded) => graded,
            Err(lost) => {
                let values = [("reason", &*lost.to_string())];
                writeln!(err, "cnm check: {}", texts::fill(lang, "grade.error.lost", &values))?;
                return Ok(Exit::NoBackend);
            }
        };
        report::write(out, &graded, self.options)?;
        for line in &graded.refused {
            writeln!(err, "cnm check: {line}")?;
        }
        let clean = graded.refused.is_empty() && graded.all_pass();
        Ok(if clean { Exit::Pass } else { Exit::Fail })
    }

    async fn graded(&self, mut fresh: impl AsyncFnMut() -> Result<Backend, LabError>) -> Result<Graded, LabError> {
        let start = Instant::now();
        let mut refused = Vec::new();
        let mut lessons = Vec::new();
        let mut backend = BackendInfo::default();
        for target in &self.targets {
            let lab = fresh().await?;
            let (graded, info) = solved(target, &lab, self.options.lang, &mut refused).await?;
            backend = info;
            lessons.push(graded);
        }
        // What one step was refused, those after it are refused too.
        let mut known = HashSet::new();
        refused.retain(|sentence: &String| known.insert(sentence.clone()));
        Ok(Graded {
            backend,
            lessons,
            refused,
            took: start.elapsed(),
        })
    }
}

async fn solved(
    target: &Target,
    lab: &Backend,
    lang: Lang,
    refused: &mut Vec<String>,
) -> Result<(GradedLesson, BackendInfo), LabError> {
    let lesson = &target.lesson;
    let range = target.named.map_or(0..lesson.steps.len(), |index| index..index + 1);
    if let Err(refusal) = lead_to(lesson, range.start, lab).await? {
        refused.push(sentence(lang, &refusal));
    }
    let mut checks: Vec<GradedCheck> = Vec::new();
    let mut look = Lab::connect(lab.clone()).await?;
    let backend = look.state().borrow().backend.clone();
    for index in range {
        let start = Instant::now();
        let (trial, after) = attempt(lesson, index, look, lab).await?;
        look = after;
        let Some(step) = lesson.steps.get(index) else { continue };
        let mut graded = grade_step(lesson, step, &trial.after, lang, Answered::Rightly);
        let each = start.elapsed() / u32::try_from(graded.len()).unwrap_or(1).max(1);
        for check in &mut graded {
            check.took = each;
            if trial.green_before {
                check.view.status = CheckStatus::Fail {
                    seen: texts::get(lang, "grade.green_before").to_owned(),
                    wanted: texts::get(lang, "grade.red_before").to_owned(),
                };
            }
        }
        match trial.solution {
            Ok(done) => {
                let commands: Vec<String> = done.iter().map(ToString::to_string).collect();
                for check in &mut graded {
                    check.solution.clone_from(&commands);
                }
            }
            Err(refusal) => refused.push(sentence(lang, &refusal)),
        }
        checks.extend(graded);
    }
    let graded = GradedLesson {
        id: lesson.id.clone(),
        title: lesson.texts(lang).title.clone(),
        checks,
    };
    Ok((graded, backend))
}

fn sentence(lang: Lang, refusal: &ReplayError) -> String {
    texts::fill(lang, "grade.error.refused", &[("reason", &refusal.to_string())])
}
