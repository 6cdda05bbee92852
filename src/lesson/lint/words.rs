//! Whether a step's texts are written as they are read.

use crate::texts::{Lang, broken_placeholder, french_spacing_fault, placeholders};
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

/// Lines that look like a command and would be shown as a sentence.
pub(super) fn commands_without_a_space(said: &StepTexts) -> Vec<Misplaced<'_>> {
    let lines = lines_of(said).into_iter();
    let wrong = lines.filter(|(_, line)| {
        let rest = line.strip_prefix('$');
        rest.is_some_and(|rest| rest.strip_prefix(' ').is_none_or(|command| command.trim().is_empty()))
    });
    wrong
        .map(|(place, line)| (place, format!("write `$ ` before a command: {line}")))
        .collect()
}

/// Commands that are not those of the other language: what a learner types does not depend on what they read.
pub(super) fn other_commands<'a>(said: &'a StepTexts, other: &StepTexts, lang: Lang) -> Vec<Misplaced<'a>> {
    let mut faults = Vec::new();
    for part in ["say", "why"] {
        let here = commands_of(said, part);
        let there = commands_of(other, part);
        let is_other = |n: usize| here.get(n).map(|(_, here)| here) != there.get(n).map(|(_, there)| there);
        let Some(first) = (0..here.len().max(there.len())).find(|&n| is_other(n)) else {
            continue;
        };
        let theirs = there.get(first).map_or("no command", |(_, command)| command);
        match here.get(first) {
            Some((place, command)) => {
                let problem = format!("`{command}` is another command than in {lang}.yaml, which has here: {theirs}");
                faults.push((place.clone(), problem));
            }
            None => faults.push((
                vec![Key(part)],
                format!("a command of {lang}.yaml is missing: {theirs}"),
            )),
        }
    }
    faults
}

/// The lines of instruction and why, with their places.
fn lines_of(said: &StepTexts) -> Vec<(Vec<Part<'_>>, &str)> {
    let parts = [("say", &said.say), ("why", &said.why)];
    let lines = parts.into_iter().flat_map(|(part, lines)| {
        let lines = lines.iter().enumerate();
        lines.map(move |(n, line)| (vec![Key(part), Item(n)], line.as_str()))
    });
    lines.collect()
}

fn commands_of<'a>(said: &'a StepTexts, part: &str) -> Vec<(Vec<Part<'a>>, &'a str)> {
    let mut lines = lines_of(said);
    lines.retain(|(place, line)| place.first() == Some(&Key(part)) && line.starts_with("$ "));
    lines
}

/// Sentences in French that may break where they must not.
pub(super) fn spaces_that_break(said: &StepTexts) -> Vec<Misplaced<'_>> {
    let prose = sentences(said).into_iter().filter(|(_, text)| !text.starts_with("$ "));
    let faults = prose.filter_map(|(place, text)| Some((place, missing_space(text)?)));
    faults.collect()
}

/// Characters shown before the sign that lacks its space.
const AROUND: usize = 16;

fn missing_space(text: &str) -> Option<String> {
    let from = french_spacing_fault(text)?;
    let at = text.len() - from.len();
    let sign = from.chars().next().filter(|sign| ";:!?»".contains(*sign));
    let (side, sign, end) = sign.map_or(("after", '«', at), |sign| ("before", sign, at + sign.len_utf8()));
    let shown = text.get(..end).unwrap_or(text);
    let from = shown.char_indices().rev().nth(AROUND).map_or(0, |(from, _)| from);
    // From a word's beginning on, where there is one before the last.
    let word = shown[from..].find(' ').map(|space| from + space + 1);
    let from = word
        .filter(|word| from > 0 && shown[*word..].contains(' '))
        .unwrap_or(from);
    let (dots, shown) = (if from == 0 { "" } else { "…" }, &shown[from..]);
    Some(format!(
        "a no-break space (U+00A0 or U+202F) is missing {side} `{sign}`: “{dots}{shown}”"
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_that_breaks_is_told_with_its_sign_and_side() {
        let told = |text: &str| missing_space(text).unwrap();
        let missing = "a no-break space (U+00A0 or U+202F) is missing";
        assert_eq!(
            told("Créez le réseau dev ! Puis web."),
            format!("{missing} before `!`: “…le réseau dev !”")
        );
        assert_eq!(
            told("le réseau\u{a0}: dev ; web"),
            format!("{missing} before `;`: “le réseau\u{a0}: dev ;”")
        );
        assert_eq!(told("le «\u{20}nom\u{a0}»"), format!("{missing} after `«`: “le «”"));
        assert_eq!(missing_space("dev existe\u{a0}!"), None);
    }
}
