//! Ids, needs and questions.

use std::collections::BTreeSet;

use crate::yaml::Part::{self, Id, Item, Key, Value};

use super::super::problem::Problem;
use super::super::read::{RawLesson, RawStep};
use super::super::source::Flaws;

/// Ids are unique, each step has checks, each check has those it needs, and none asks twice.
pub(in super::super) fn structure(raw: &RawLesson, flaws: &mut Flaws<'_>) {
    if raw.steps.is_empty() {
        flaws.structure(&[Key("steps")], Problem::NoSteps);
    }
    ids(raw, flaws);
    spelling(raw, flaws);
    for (n, step) in raw.steps.iter().enumerate() {
        if step.checks.is_empty() {
            let place = [Key("steps"), Item(n), Key("id"), Value];
            flaws.structure(&place, Problem::NoChecks { step: step.id.clone() });
        }
        needs(n, step, flaws);
        let questions = step.checks.iter().enumerate().filter(|(_, check)| check.is_question());
        for (m, _) in questions.skip(1) {
            let place = [Key("steps"), Item(n), Key("checks"), Item(m), Key("id"), Value];
            flaws.structure(&place, Problem::SecondQuestion { step: step.id.clone() });
        }
    }
}

fn ids(raw: &RawLesson, flaws: &mut Flaws<'_>) {
    let mut known = BTreeSet::new();
    for (n, step) in raw.steps.iter().enumerate() {
        let mut new = |id: &str, place: &[Part<'_>]| {
            if !known.insert(id.to_owned()) {
                flaws.structure(place, Problem::DuplicateId { id: id.to_owned() });
            }
        };
        new(&step.id, &[Key("steps"), Item(n), Key("id"), Value]);
        for (m, check) in step.checks.iter().enumerate() {
            let place = [Key("steps"), Item(n), Key("checks"), Item(m), Key("id"), Value];
            new(&check.id, &place);
        }
    }
}

/// Ids are keys in files, words in commands and in links.
fn spelling(raw: &RawLesson, flaws: &mut Flaws<'_>) {
    let mut look = |id: &str, place: &[Part<'_>]| {
        if !is_id(id) {
            flaws.structure(place, Problem::NotAnId { id: id.to_owned() });
        }
    };
    look(&raw.id, &[Key("id"), Value]);
    for (n, step) in raw.steps.iter().enumerate() {
        look(&step.id, &[Key("steps"), Item(n), Key("id"), Value]);
        for (m, check) in step.checks.iter().enumerate() {
            let place = [Key("steps"), Item(n), Key("checks"), Item(m), Key("id"), Value];
            look(&check.id, &place);
        }
    }
}

/// Small letters, digits and hyphens, a letter first: what names a lesson, a step or a check, and never a path.
pub(in crate::lesson) fn is_id(id: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    id.starts_with(|first: char| first.is_ascii_lowercase()) && id.bytes().all(inner)
}

fn needs(n: usize, step: &RawStep, flaws: &mut Flaws<'_>) {
    let known: Vec<&str> = step.checks.iter().map(|check| check.id.as_str()).collect();
    for check in &step.checks {
        for (m, need) in check.needs.iter().enumerate() {
            if known.contains(&need.as_str()) {
                continue;
            }
            let place = [
                Key("steps"),
                Item(n),
                Key("checks"),
                Id(&check.id),
                Key("needs"),
                Item(m),
            ];
            let problem = Problem::UnknownNeed {
                step: step.id.clone(),
                check: check.id.clone(),
                need: need.clone(),
            };
            flaws.structure(&place, problem);
        }
    }
}
