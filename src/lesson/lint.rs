use std::fmt;

use crate::model::Topology;
use crate::texts::Lang;
use crate::yaml::{Part, Position};

use super::{Goal, Lesson, Step, StepTexts, Verdict, judge, naming};

mod room;
mod words;

/// What an author should mend. A lesson with faults still runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub position: Position,
    /// What.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.problem)
    }
}

/// A place below the step, and what is wrong there.
type Misplaced<'a> = (Vec<Part<'a>>, String);

/// Looks for what reading cannot find: steps that are green before they start or that their goal does not turn green, texts that do not fit
/// or that name a placeholder nothing fills.
#[must_use]
pub fn lint(lesson: &Lesson) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut before = Goal::default();
    for step in &lesson.steps {
        let found = lint_goal(lesson, step, &before.realised());
        before.clone_from(&step.goal);
        let way = [Part::Key("steps"), Part::Id(&step.id)];
        faults.extend(found.into_iter().map(|(place, problem)| Fault {
            position: lesson.sources.structure.locate(&[&way, place.as_slice()].concat()),
            problem,
        }));
        for lang in Lang::ALL {
            let Some(said) = lesson.texts(lang).steps.get(&step.id) else {
                continue;
            };
            let at_length = naming::at_length(said, lang);
            let mut found = lint_texts(lang, step, &at_length);
            let unfilled = naming::faults(step, said).into_iter();
            found.extend(unfilled.map(|(part, problem)| (vec![Part::Key(part)], problem)));
            let first = Lang::ALL[0];
            if let (false, Some(other)) = (lang == first, lesson.texts(first).steps.get(&step.id)) {
                found.extend(words::other_commands(said, other, first));
            }
            let source = lesson.sources.of(lang);
            let way = [Part::Key("steps"), Part::Key(&step.id)];
            faults.extend(found.into_iter().map(|(place, problem)| Fault {
                position: source.locate(&[&way, place.as_slice()].concat()),
                problem,
            }));
        }
    }
    faults
}

fn lint_goal<'a>(lesson: &Lesson, step: &'a Step, before: &Topology) -> Vec<Misplaced<'a>> {
    let mut faults = Vec::new();
    if step
        .checks
        .iter()
        .all(|check| judge(&check.kind, before) == Verdict::Pass)
    {
        faults.push((Vec::new(), format!("step `{}` is green before it starts", step.id)));
    }
    let after = step.goal.realised();
    for check in step.checks.iter().filter(|check| check.kind.question().is_none()) {
        if let Verdict::Fail(finding) = judge(&check.kind, &after) {
            let own = lesson.texts(Lang::En).steps.get(&step.id);
            let own = own.and_then(|said| said.checks.get(&check.id)?.seen.get(finding.found.id()));
            let seen = finding.sentence(Lang::En, own.map(String::as_str));
            let problem = format!("the goal does not turn `{}` green: {seen}", check.id);
            faults.push((vec![Part::Key("checks"), Part::Id(&check.id)], problem));
        }
    }
    faults
}

fn lint_texts<'a>(lang: Lang, step: &'a Step, said: &'a StepTexts) -> Vec<Misplaced<'a>> {
    let mut faults = room::lint(lang, step, said);
    faults.extend(words::placeholders_without_a_value(step, said));
    faults.extend(words::commands_without_a_space(said));
    if lang == Lang::Fr {
        faults.extend(words::spaces_that_break(said));
    }
    faults
}
