//! Whether a step's texts are written as they are read.

use crate::texts::{broken_placeholder, french_spacing_fault, placeholders};
use crate::yaml::Part::{self, Item, Key, Value};

use super::super::{Found, Step, StepTexts};
use super::Misplaced;

/// Sentences for what is found instead that name something which nothing fills.
pub(super) fn placeholders_without_a_value<'a>(step: &'a Step, said: &'a StepTexts) -> Vec<Misplaced<'a>> {
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
            let place = || vec![Key("checks"), Key(&check.id), Key("seen"), Key(id), Value];
            let possible = match known {
                [] => "there is none here".to_owned(),
                known => format!("there is: {}", known.join(", ")),
            };
            for name in placeholders(text).into_iter().filter(|name| !known.contains(name)) {
                faults.push((place(), format!("nothing fills `{{{name}}}`; {possible}")));
            }
            if let Some(broken) = broken_placeholder(text) {
                let problem = if broken.ends_with('}') {
                    "is no placeholder"
                } else {
                    "is not closed by `}`"
                };
                faults.push((place(), format!("`{broken}` {problem}; {possible}")));
            }
        }
    }
    faults
}

/// Sentences in French that may break where they must not.
pub(super) fn spaces_that_break(said: &StepTexts) -> Vec<Misplaced<'_>> {
    let prose = sentences(said).into_iter().filter(|(_, text)| !text.starts_with("$ "));
    let faults = prose.filter_map(|(place, text)| {
        let fault = french_spacing_fault(text)?;
        Some((place, format!("a no-break space is missing before or after: {fault}")))
    });
    faults.collect()
}

/// Every text of a step, with its place.
fn sentences(said: &StepTexts) -> Vec<(Vec<Part<'_>>, &str)> {
    let mut all = vec![(vec![Key("title"), Value], said.title.as_str())];
    let lists = [
        ("say", &said.say),
        ("choices", &said.choices),
        ("hints", &said.hints),
        ("why", &said.why),
    ];
    for (part, texts) in lists {
        let texts = texts.iter().enumerate();
        all.extend(texts.map(|(n, text)| (vec![Key(part), Item(n)], text.as_str())));
    }
    all.push((vec![Key("praise"), Value], said.praise.as_str()));
    for (id, texts) in &said.checks.0 {
        all.push((vec![Key("checks"), Key(id), Key("title"), Value], texts.title.as_str()));
        let seen = texts.seen.0.iter();
        all.extend(seen.map(|(found, text)| (vec![Key("checks"), Key(id), Key("seen"), Key(found), Value], &**text)));
    }
    all
}
