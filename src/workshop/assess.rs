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

/// A step whose checks are worded.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub lesson: &'a Lesson,
    pub step: &'a Step,
    pub lang: Lang,
    /// It was green once: what is missing has been removed, and is not said to be still to come.
    pub was_done: bool,
    /// The learner has the question before them: nobody has to say where it is answered.
    pub on_screen: bool,
}

impl<'a> Words<'a> {
    const fn of(lesson: &'a Lesson, step: &'a Step, lang: Lang) -> Self {
        Self {
            lesson,
            step,
            lang,
            was_done: false,
            on_screen: false,
        }
    }
}

/// A step's checks as they stand in a topology, worded in a language, in `needs` order; questions as not answered.
#[must_use]
pub fn checks(lesson: &Lesson, step: &Step, topology: &Topology, lang: Lang) -> Vec<CheckView> {
    worded(
        Words::of(lesson, step, lang),
        &standings(step, topology, &Answers::new()),
    )
}

/// The same once the step's question has been answered rightly: that is its solution.
#[must_use]
pub fn checks_when_answered(lesson: &Lesson, step: &Step, topology: &Topology, lang: Lang) -> Vec<CheckView> {
    let answers = step.question().map(|(check, right)| (check.id.clone(), right));
    worded(
        Words::of(lesson, step, lang),
        &standings(step, topology, &answers.into_iter().collect()),
    )
}

/// In every language: what the lab has in place of what the steps up to `index` lead to, each fact once.
pub(super) fn differences(lesson: &Lesson, index: usize, topology: &Topology) -> Vec<[String; Lang::ALL.len()]> {
    let Some(current) = lesson.steps.get(index) else {
        return Vec::new();
    };
    let wanted = current.goal.realised();
    let mut facts: Vec<Fact> = Vec::new();
    let mut told: Vec<[String; Lang::ALL.len()]> = Vec::new();
    for step in lesson.steps.iter().take(index + 1) {
        let standings = standings(step, topology, &Answers::new());
        for (check, standing) in step.checks.iter().zip(&standings) {
            let Standing::Fail(finding) = standing else { continue };
            let fact = fact(finding);
            let follows = facts.contains(&fact) || facts.iter().any(|known| follows(finding, known));
            if follows || judge(&check.kind, &wanted) != Verdict::Pass {
                continue;
            }
            facts.push(fact);
            told.push(Lang::ALL.map(|lang| {
                let words = Words {
                    was_done: true,
                    ..Words::of(lesson, step, lang)
                };
                seen(words, check, finding)
            }));
        }
    }
    told
}

/// What a finding tells, whatever the words of the step: what was found, and of what.
type Fact = (Found, Vec<String>);

/// One fact for a network that is missing, and one for a container, however many checks come upon it.
fn fact(finding: &Finding) -> Fact {
    let of = |found, key| (found, finding.value(key).map(str::to_owned).into_iter().collect());
    match finding.found {
        Found::NetworkAbsent | Found::NetworkNearly => of(Found::NetworkAbsent, "network"),
        Found::ContainerAbsent | Found::OtherName => of(Found::ContainerAbsent, "container"),
        found if is_of_a_container(found) => of(found, "container"),
        found => (found, finding.values.iter().map(|(_, value)| value.clone()).collect()),
    }
}

/// Facts of a container as a whole: it is not there, does not run, or is elsewhere.
const fn is_of_a_container(found: Found) -> bool {
    matches!(
        found,
        Found::ContainerAbsent
            | Found::NotStarted
            | Found::NetworkMissing
            | Found::Stopped
            | Found::OnDefaultBridge
            | Found::OnOtherNetworks
            | Found::OnHost
            | Found::Joined
            | Found::OnNoNetwork
    )
}

/// A name that nobody answers to is no news where its container is known not to be in its place.
fn follows(finding: &Finding, (found, of): &Fact) -> bool {
    finding.found == Found::NameUnknown
        && is_of_a_container(*found)
        && finding
            .value("name")
            .is_some_and(|name| of.iter().any(|known| known == name))
}

pub(super) fn worded(words: Words<'_>, standings: &[Standing]) -> Vec<CheckView> {
    let views = words
        .step
        .checks
        .iter()
        .zip(standings)
        .map(|(check, standing)| CheckView {
            id: check.id.clone(),
            title: title(words, check),
            status: match standing {
                Standing::Pass => CheckStatus::Pass,
                Standing::Waits { on } => CheckStatus::Waits { on: on.clone() },
                Standing::Fail(finding) => CheckStatus::Fail {
                    seen: seen(words, check, finding),
                    wanted: if words.on_screen && check.kind.question().is_some() {
                        String::new()
                    } else {
                        wanted(check, words.lang)
                    },
                },
            },
        });
    views.collect()
}

fn title(words: Words<'_>, check: &Check) -> String {
    let said = words
        .lesson
        .texts(words.lang)
        .steps
        .get(&words.step.id)
        .and_then(|said| said.checks.get(&check.id));
    said.map_or_else(|| wanted(check, words.lang), |said| said.title.clone())
}

/// The lesson's own sentence for what was found, else the workshop's.
fn seen(words: Words<'_>, check: &Check, finding: &Finding) -> String {
    let said = words.lesson.texts(words.lang).steps.get(&words.step.id);
    let own = said
        .and_then(|said| said.checks.get(&check.id)?.seen.get(finding.found.id()))
        .map(String::as_str);
    let is_removed = words.was_done && matches!(finding.found, Found::ContainerAbsent | Found::OtherName);
    let template = match own {
        _ if is_removed => texts::get(words.lang, Found::ContainerAbsent.key()),
        Some(own) => own,
        None => texts::get(words.lang, finding.found.key()),
    };
    let mut values = borrowed(&finding.values);
    if finding.found == Found::OtherAnswer {
        let chosen = finding
            .values
            .iter()
            .find_map(|(_, n)| n.parse::<usize>().ok()?.checked_sub(1));
        let chosen = said.zip(chosen).and_then(|(said, at)| said.choices.get(at));
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
