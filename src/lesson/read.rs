//! From the three files to a [`Lesson`].

use serde::Deserialize;

use crate::texts::Lang;
use crate::yaml::{self, Part};

use super::goal::RawGoal;
use super::problem::Problem;
use super::raw_check::RawCheck;
use super::rules;
use super::source::{Flaws, Sources};
use super::{Check, Goal, Lesson, LessonError, LessonTexts, Step};

/// Version of the format this program reads.
const SCHEMA: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a lesson")]
pub(super) struct RawLesson {
    schema: u32,
    pub(super) id: String,
    pub(super) steps: Vec<RawStep>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a step")]
pub(super) struct RawStep {
    pub(super) id: String,
    /// What this step adds to the goal of the step before.
    #[serde(default)]
    goal: RawGoal,
    pub(super) checks: Vec<RawCheck>,
    #[serde(default)]
    pictures: Vec<RawGoal>,
}

/// What is wrong is told all at once, as far as what is right lets it be seen: the structure's before the texts'.
pub(super) fn read(sources: Sources) -> Result<Lesson, LessonError> {
    let raw: RawLesson = yaml::parse(&sources.structure.file, &sources.structure.text)?;
    let mut flaws = Flaws::of(&sources.structure);
    if raw.schema != SCHEMA {
        let problem = Problem::Schema {
            found: raw.schema,
            known: SCHEMA,
        };
        flaws.structure(&[Part::Key("schema")], problem);
        flaws.none_so_far()?;
    }
    rules::signs(None, &mut flaws);
    flaws.none_so_far()?;
    rules::structure(&raw, &mut flaws);
    let id = raw.id.clone();
    let steps = steps(raw, &mut flaws);
    flaws.none_so_far()?;
    let texts = [texts(&sources, Lang::ALL[0])?, texts(&sources, Lang::ALL[1])?];
    flaws.look_into(&sources);
    for lang in Lang::ALL {
        rules::signs(Some(lang), &mut flaws);
    }
    flaws.none_so_far()?;
    rules::texts(&steps, &texts, &mut flaws);
    flaws.none_so_far()?;
    Ok(Lesson {
        id,
        steps,
        texts,
        sources,
    })
}

fn texts(sources: &Sources, lang: Lang) -> Result<LessonTexts, LessonError> {
    let source = sources.of(lang);
    Ok(yaml::parse(&source.file, &source.text)?)
}

fn steps(raw: RawLesson, flaws: &mut Flaws<'_>) -> Vec<Step> {
    let mut before = Goal::default();
    let mut steps = Vec::with_capacity(raw.steps.len());
    for (n, step) in raw.steps.into_iter().enumerate() {
        let at = [Part::Key("steps"), Part::Item(n)];
        let added = goal(step.goal, &before, &[at[0], at[1], Part::Key("goal")], flaws);
        let goal_after = before.then(&added);
        let mut pictures = Vec::with_capacity(step.pictures.len());
        for (n, picture) in step.pictures.into_iter().enumerate() {
            let at = [at[0], at[1], Part::Key("pictures"), Part::Item(n)];
            pictures.push(goal(picture, &Goal::default(), &at, flaws));
        }
        let checks = checks(step.checks, &[at[0], at[1], Part::Key("checks")], flaws);
        before.clone_from(&goal_after);
        steps.push(Step {
            id: step.id,
            goal: goal_after,
            checks,
            pictures,
        });
    }
    steps
}

/// What a step adds to the goal before.
fn goal(raw: RawGoal, before: &Goal, at: &[Part<'_>], flaws: &mut Flaws<'_>) -> Goal {
    let mut flaw = |below: &[Part<'_>], problem| flaws.structure(&[at, below].concat(), problem);
    let added = raw.read(&mut flaw);
    // Of a subnet that cannot be read nothing follows.
    if !flaws.any(|problem| matches!(problem, Problem::Address(_))) {
        let mut flaw = |below: &[Part<'_>], problem| flaws.structure(&[at, below].concat(), problem);
        rules::goal(before, &added, &mut flaw);
    }
    added
}

/// Each check after those it needs, otherwise as written.
fn checks(raw: Vec<RawCheck>, at: &[Part<'_>], flaws: &mut Flaws<'_>) -> Vec<Check> {
    let mut checks = Vec::with_capacity(raw.len());
    for (n, raw) in raw.into_iter().enumerate() {
        match raw.read() {
            Ok(check) => checks.push(check),
            Err((field, problem)) => {
                let place = match field {
                    Some(field) if matches!(problem, Problem::Address(_)) => {
                        vec![Part::Item(n), Part::Key(field), Part::Value]
                    }
                    Some(field) => vec![Part::Item(n), Part::Key(field)],
                    None => vec![Part::Item(n), Part::Key("id"), Part::Value],
                };
                flaws.structure(&[at, &place].concat(), problem);
            }
        }
    }
    in_needs_order(checks).unwrap_or_else(|left| {
        let first = left.first().map_or("", String::as_str);
        let place = [at, &[Part::Id(first)]].concat();
        flaws.structure(&place, Problem::NeedsCircle { checks: left.clone() });
        Vec::new()
    })
}

/// The ids that are left when that cannot be. What a check needs that is not there was told already.
fn in_needs_order(mut waiting: Vec<Check>) -> Result<Vec<Check>, Vec<String>> {
    let known: Vec<String> = waiting.iter().map(|check| check.id.clone()).collect();
    let mut ordered: Vec<Check> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|check| {
            let mut needs = check.needs.iter().filter(|need| known.contains(need));
            needs.all(|need| ordered.iter().any(|done| done.id == *need))
        });
        match ready {
            Some(at) => ordered.push(waiting.remove(at)),
            None => return Err(waiting.into_iter().map(|check| check.id).collect()),
        }
    }
    Ok(ordered)
}
