use crate::lesson::{Check, Finding, Lesson, Step, Verdict, judge};
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

/// Judges a step's checks. One whose need does not pass is not judged: what it would find is known already.
pub(super) fn standings(step: &Step, topology: &Topology) -> Vec<Standing> {
    let mut standings: Vec<Standing> = Vec::with_capacity(step.checks.len());
    for check in &step.checks {
        let unmet = step
            .checks
            .iter()
            .zip(&standings)
            .find(|(other, standing)| check.needs.contains(&other.id) && **standing != Standing::Pass);
        standings.push(match unmet {
            Some((other, _)) => Standing::Waits { on: other.id.clone() },
            None => match judge(&check.kind, topology) {
                Verdict::Pass => Standing::Pass,
                Verdict::Fail(finding) => Standing::Fail(finding),
            },
        });
    }
    standings
}

/// A step's checks as they stand in a topology, worded in a language, in `needs` order.
#[must_use]
pub fn checks(lesson: &Lesson, step: &Step, topology: &Topology, lang: Lang) -> Vec<CheckView> {
    worded(lesson, step, &standings(step, topology), lang)
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
    texts::fill_in(template, &borrowed(&finding.values))
}

fn wanted(check: &Check, lang: Lang) -> String {
    let template = texts::get(lang, check.kind.wanted_key());
    texts::fill_in(template, &borrowed(&check.kind.values()))
}

fn borrowed<'v>(values: &'v [(&'static str, String)]) -> Vec<(&'v str, &'v str)> {
    values.iter().map(|(key, value)| (*key, value.as_str())).collect()
}
