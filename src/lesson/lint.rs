use std::fmt;

use crate::model::Topology;
use crate::texts::{self, Lang, french_spacing_fault, placeholders};
use crate::yaml::Position;

use super::{COMPACT, Check, FULL, Found, Goal, Lesson, Panel, Step, StepTexts, Verdict, judge};

/// Lines that the heading of the why and the way to the next step take.
const WHY_AND_GO_ON: usize = 2;
/// What fills a placeholder that the check itself does not fill.
const LONGEST: [(&str, &str); 6] = [
    ("code", "137"),
    ("address", "172.18.0.12"),
    ("addresses", "172.18.0.12, 172.18.0.13"),
    ("others", "prod (172.19.0.12)"),
    ("aliases", "search, find"),
    ("other", "elasticsearch"),
];

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
        if check.kind.question().is_some() {
            continue;
        }
        if let Verdict::Fail(finding) = judge(&check.kind, &after) {
            let problem = format!("the goal does not turn `{}` green: {}", check.id, finding.found.id());
            fault(&[&step.id, &check.id], problem);
        }
    }
}

/// A place below the step, and what is wrong there.
type Misplaced<'a> = (Vec<&'a str>, String);

fn lint_texts<'a>(lang: Lang, step: &'a Step, said: &'a StepTexts) -> Vec<Misplaced<'a>> {
    let mut faults = lint_room(lang, step, said);
    for (part, texts, room) in [
        ("title", std::slice::from_ref(&said.title), 1),
        ("praise", std::slice::from_ref(&said.praise), 1),
        ("hints", &said.hints, 2),
    ] {
        for text in texts {
            let lines = COMPACT.lines_of([text.as_str()]);
            if lines > room {
                faults.push((vec![part], overflow(COMPACT, lines, room)));
            }
        }
    }
    faults.extend(lint_seen(step, said));
    if lang == Lang::Fr {
        faults.extend(french_faults(said));
    }
    faults
}

/// Instruction and checks while red, praise and why and checks once green: each must be in sight as a whole.
fn lint_room<'a>(lang: Lang, step: &'a Step, said: &'a StepTexts) -> Vec<Misplaced<'a>> {
    let mut faults = Vec::new();
    let later = texts::get(lang, "ui.step.later");
    let checks = step
        .checks
        .iter()
        .filter_map(|check| Some((check, said.checks.get(&check.id)?)));
    let (titles, waiting): (Vec<&str>, Vec<String>) = checks
        .map(|(check, texts)| {
            // A check that waits for another says so behind its title.
            let waits = if check.needs.is_empty() { "" } else { later };
            (texts.title.as_str(), format!("{} {waits}", texts.title))
        })
        .unzip();
    for panel in [FULL, COMPACT] {
        let title = panel.has_title.then_some(said.title.as_str());
        let say = panel.lines_of(title.into_iter().chain(said.say.iter().map(String::as_str)));
        let say = say + panel.lines_of_choices(&said.choices);
        let told = told(panel, lang, step, said);
        let room = panel.room_while_red(waiting.iter().map(String::as_str), told);
        if say > room {
            faults.push((vec!["say"], overflow(panel, say, room)));
        }
        let around = panel.lines_of(title.into_iter().chain([said.praise.as_str()])) + WHY_AND_GO_ON;
        let why = panel.lines_of(said.why.iter().map(String::as_str));
        let room = panel.room_when_green(titles.iter().copied()).saturating_sub(around);
        if why > room {
            faults.push((vec!["why"], overflow(panel, why, room)));
        }
    }
    faults
}

/// Lines that the longest of the lesson's own sentences takes, with what is wanted below it.
fn told(panel: Panel, lang: Lang, step: &Step, said: &StepTexts) -> usize {
    let sentences = step
        .checks
        .iter()
        .filter_map(|check| Some((check, said.checks.get(&check.id)?)));
    let lines = sentences.flat_map(|(check, texts)| {
        let own = texts.seen.0.iter().map(|(_, text)| text);
        own.map(|text| panel.lines_below(&seen_at_length(text, check, said, lang)))
    });
    lines.max().unwrap_or_default() + 1
}

fn overflow(panel: Panel, lines: usize, room: usize) -> String {
    format!(
        "takes {lines} lines of {} columns, there is room for {room}",
        panel.columns
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

/// The sentence as the screen has it, with values as long as they get in a lab that has not gone far astray.
fn seen_at_length(text: &str, check: &Check, said: &StepTexts, lang: Lang) -> String {
    let values = check.kind.values();
    let mut filled: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    filled.extend(LONGEST);
    let longest = said.choices.iter().max_by_key(|choice| choice.chars().count());
    filled.push(("answer", longest.map_or("", String::as_str)));
    texts::fill(lang, "ui.step.seen", &[("what", &texts::fill_in(text, &filled))])
}

fn french_faults(said: &StepTexts) -> Vec<Misplaced<'_>> {
    let prose = |text: &&String| !text.starts_with("$ ");
    let parts: [(&str, Vec<&String>); 7] = [
        ("title", vec![&said.title]),
        ("say", said.say.iter().filter(prose).collect()),
        ("choices", said.choices.iter().collect()),
        ("hints", said.hints.iter().filter(prose).collect()),
        ("praise", vec![&said.praise]),
        ("why", said.why.iter().filter(prose).collect()),
        (
            "checks",
            said.checks.0.iter().flat_map(|(_, check)| check.all()).collect(),
        ),
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
