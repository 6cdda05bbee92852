use std::collections::BTreeMap;

use crate::lesson::{Check, Finding, Found, Lesson, Step, Verdict, judge, judge_answer};
use crate::model::Topology;
use crate::texts::{self, Lang};

use super::{CheckStatus, CheckView};

/// How a check stands, not worded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Pass,
    Fail(Finding),
    Waits { on: String },
}

/// What the learner chose, from 1, by the id of the question's check.
pub(super) type Answers = BTreeMap<String, usize>;

/// Judges a step's checks. One whose need does not pass is not judged: what it would find is known already.
pub(super) fn standings(step: &Step, topology: &Topology, answers: &Answers) -> Vec<Standing> {
    let mut standings: Vec<Standing> = Vec::with_capacity(step.checks.len());
    for check in &step.checks {
        let unmet = step
            .checks
            .iter()
            .zip(&standings)
            .find(|(other, standing)| check.needs.contains(&other.id) && **standing != Standing::Pass);
        standings.push(match unmet {
            Some((other, _)) => Standing::Waits { on: other.id.clone() },
            None => match judge_check(check, topology, answers) {
                Verdict::Pass => Standing::Pass,
                Verdict::Fail(finding) => Standing::Fail(finding),
            },
        });
    }
    standings
}

fn judge_check(check: &Check, topology: &Topology, answers: &Answers) -> Verdict {
    match check.kind.question() {
        Some(right) => judge_answer(right, answers.get(&check.id).copied()),
        None => judge(&check.kind, topology),
    }
}

/// A step's checks as they stand in a topology, worded in a language, in `needs` order; questions as not answered.
#[must_use]
pub fn checks(lesson: &Lesson, step: &Step, topology: &Topology, lang: Lang) -> Vec<CheckView> {
    worded(lesson, step, &standings(step, topology, &Answers::new()), lang)
}

/// The same once the step's question has been answered rightly: that is its solution.
#[must_use]
pub fn checks_when_answered(lesson: &Lesson, step: &Step, topology: &Topology, lang: Lang) -> Vec<CheckView> {
    let answers = step.question().map(|(check, right)| (check.id.clone(), right));
    worded(
        lesson,
        step,
        &standings(step, topology, &answers.into_iter().collect()),
        lang,
    )
}

/// In every language: what the lab has in place of what the steps up to `index` lead to.
pub(super) fn differences(lesson: &Lesson, index: usize, topology: &Topology) -> Vec<[String; Lang::ALL.len()]> {
    let Some(current) = lesson.steps.get(index) else {
        return Vec::new();
    };
    let wanted = current.goal.realised();
    let mut told: Vec<[String; Lang::ALL.len()]> = Vec::new();
    for step in lesson.steps.iter().take(index + 1) {
        for check in &step.checks {
            if judge(&check.kind, &wanted) != Verdict::Pass {
                continue;
            }
            if let Verdict::Fail(finding) = judge(&check.kind, topology) {
                let texts = Lang::ALL.map(|lang| seen(lesson, step, check, &finding, lang));
                if !told.contains(&texts) {
                    told.push(texts);
                }
            }
        }
    }
    told
}

pub(super) fn worded(lesson: &Lesson, step: &Step, standings: &[Standing], lang: Lang) -> Vec<CheckView> {
    let views = step.checks.iter().zip(standings).map(|(check, standing)| CheckView {
        id: check.id.clone(),
        title: title(lesson, step, check, lang),
        status: match standing {
            Standing::Pass => CheckStatus::Pass,
            Standing::Waits { on } => CheckStatus::Waits { on: on.clone() },
            Standing::Fail(finding) => CheckStatus::Fail {
                seen: seen(lesson, step, check, finding, lang),
                wanted: wanted(check, lang),
            },
        },
    });
    views.collect()
}

fn title(lesson: &Lesson, step: &Step, check: &Check, lang: Lang) -> String {
    let said = lesson
        .texts(lang)
        .steps
        .get(&step.id)
        .and_then(|said| said.checks.get(&check.id));
    said.map_or_else(|| wanted(check, lang), |said| said.title.clone())
}

/// The lesson's own sentence for what was found, else the workshop's.
fn seen(lesson: &Lesson, step: &Step, check: &Check, finding: &Finding, lang: Lang) -> String {
    let said = lesson
        .texts(lang)
        .steps
        .get(&step.id)
        .and_then(|said| said.checks.get(&check.id));
    let own = said
        .and_then(|said| said.seen.get(finding.found.id()))
        .map(String::as_str);
    let template = own.unwrap_or_else(|| texts::get(lang, finding.found.key()));
    let mut values = borrowed(&finding.values);
    if finding.found == Found::OtherAnswer {
        let steps = lesson.texts(lang).steps.get(&step.id);
        let chosen = finding
            .values
            .iter()
            .find_map(|(_, n)| n.parse::<usize>().ok()?.checked_sub(1));
        let chosen = steps.zip(chosen).and_then(|(said, at)| said.choices.get(at));
        values.push(("answer", chosen.map_or("", String::as_str)));
    }
    texts::fill_in(template, &values)
}

fn wanted(check: &Check, lang: Lang) -> String {
    let template = texts::get(lang, check.kind.wanted_key());
    texts::fill_in(template, &borrowed(&check.kind.values()))
}

fn borrowed<'v>(values: &'v [(&'static str, String)]) -> Vec<(&'v str, &'v str)> {
    values.iter().map(|(key, value)| (*key, value.as_str())).collect()
}
