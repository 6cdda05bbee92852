use std::fmt;

use crate::model::Topology;
use crate::texts::{Lang, french_spacing_fault, placeholders};
use crate::yaml::Position;

use super::{COMPACT, FULL, Found, Goal, Lesson, Panel, Step, StepTexts, Verdict, judge};

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

/// Looks for what reading cannot find: steps that are green before they start or that their goal does not turn green, texts that do not fit
/// or that name a placeholder nothing fills.
#[must_use]
pub fn lint(lesson: &Lesson) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut before = Goal::default();
    for step in &lesson.steps {
        lint_goal(lesson, step, &before.realised(), &mut faults);
        before.clone_from(&step.goal);
        for lang in Lang::ALL {
            if let Some(said) = lesson.texts(lang).steps.get(&step.id) {
                let source = lesson.sources.of(lang);
                let found = lint_texts(lang, step, said);
                faults.extend(found.into_iter().map(|(place, problem)| Fault {
                    position: source.locate(&[&[step.id.as_str()], place.as_slice()].concat()),
                    problem,
                }));
            }
        }
    }
    faults
}

fn lint_goal(lesson: &Lesson, step: &Step, before: &Topology, faults: &mut Vec<Fault>) {
    let mut fault = |path: &[&str], problem: String| {
        faults.push(Fault {
            position: lesson.sources.structure.locate(path),
            problem,
        });
    };
    if step
        .checks
        .iter()
        .all(|check| judge(&check.kind, before) == Verdict::Pass)
    {
        fault(&[&step.id], format!("step `{}` is green before it starts", step.id));
    }
    let after = step.goal.realised();
    for check in &step.checks {
        if let Verdict::Fail(finding) = judge(&check.kind, &after) {
            let problem = format!("the goal does not turn `{}` green: {}", check.id, finding.found.id());
            fault(&[&step.id, &check.id], problem);
        }
    }
}

/// A place below the step, and what is wrong there.
type Misplaced<'a> = (Vec<&'a str>, String);

fn lint_texts<'a>(lang: Lang, step: &'a Step, said: &'a StepTexts) -> Vec<Misplaced<'a>> {
    let mut faults: Vec<Misplaced<'a>> = Vec::new();
    let say = || said.say.iter().map(String::as_str);
    let full = FULL.lines_of(std::iter::once(said.title.as_str()).chain(say()));
    let compact = COMPACT.lines_of(say());
    for (panel, lines) in [(FULL, full), (COMPACT, compact)] {
        if lines > panel.lines {
            faults.push((vec!["say"], overflow(panel, lines)));
        }
    }
    let why = Panel {
        lines: 3,
        gap: 0,
        ..COMPACT
    };
    let lines = why.lines_of(said.why.iter().map(String::as_str));
    if lines > why.lines {
        faults.push((vec!["why"], overflow(why, lines)));
    }
    for (part, texts) in [
        ("title", std::slice::from_ref(&said.title)),
        ("praise", std::slice::from_ref(&said.praise)),
        ("hints", &said.hints),
    ] {
        let one_line = Panel {
            lines: if part == "hints" { 2 } else { 1 },
            ..COMPACT
        };
        for text in texts {
            let lines = one_line.lines_of([text.as_str()]);
            if lines > one_line.lines {
                faults.push((vec![part], overflow(one_line, lines)));
            }
        }
    }
    faults.extend(lint_seen(step, said));
    if lang == Lang::Fr {
        faults.extend(french_faults(said));
    }
    faults
}

fn overflow(panel: Panel, lines: usize) -> String {
    format!(
        "takes {lines} lines of {} columns, there is room for {}",
        panel.columns, panel.lines
    )
}

fn lint_seen<'a>(step: &'a Step, said: &'a StepTexts) -> Vec<Misplaced<'a>> {
    let mut faults = Vec::new();
    for check in &step.checks {
        let Some(texts) = said.checks.get(&check.id) else {
            continue;
        };
        for (id, text) in &texts.seen.0 {
            let Some(found) = Found::ALL.iter().find(|found| found.id() == id) else {
                continue;
            };
            let known = found.placeholders();
            for name in placeholders(text).into_iter().filter(|name| !known.contains(name)) {
                let place = vec!["checks", check.id.as_str(), "seen", id.as_str()];
                faults.push((
                    place,
                    format!("nothing fills `{{{name}}}`; there is: {}", known.join(", ")),
                ));
            }
        }
    }
    faults
}

fn french_faults(said: &StepTexts) -> Vec<Misplaced<'_>> {
    let prose = |text: &&String| !text.starts_with("$ ");
    let parts: [(&str, Vec<&String>); 5] = [
        ("title", vec![&said.title]),
        ("say", said.say.iter().filter(prose).collect()),
        ("hints", said.hints.iter().filter(prose).collect()),
        ("praise", vec![&said.praise]),
        ("why", said.why.iter().collect()),
    ];
    let mut faults = Vec::new();
    for (part, texts) in parts {
        for fault in texts.into_iter().filter_map(|text| french_spacing_fault(text)) {
            faults.push((
                vec![part],
                format!("a no-break space is missing before or after: {fault}"),
            ));
        }
    }
    faults
}
