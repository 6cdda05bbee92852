//! Every text is there, in each language, and none for what is not in the lesson.

use crate::texts::Lang;
use crate::yaml::Part::{self, Item, Key};

use super::super::problem::Problem;
use super::super::source::Flaws;
use super::super::{Check, Found, LessonTexts, Step, StepTexts};
use super::choices::choices;

/// Looks at the texts of both languages.
pub(in super::super) fn texts(steps: &[Step], said: &[LessonTexts; Lang::ALL.len()], flaws: &mut Flaws<'_>) {
    for lang in Lang::ALL {
        let texts = &said[lang as usize];
        for id in texts.steps.keys().filter(|id| steps.iter().all(|step| step.id != *id)) {
            let problem = Problem::UnknownId {
                what: "step",
                id: id.to_owned(),
            };
            flaws.texts(lang, &[Key("steps"), Key(id)], problem);
        }
        for step in steps {
            let Some(said) = texts.steps.get(&step.id) else {
                flaws.texts(lang, &[Key("steps")], missing(format!("step `{}`", step.id)));
                continue;
            };
            let mut flaw = |below: &[Part<'_>], problem| {
                flaws.texts(lang, &[&[Key("steps"), Key(&step.id)], below].concat(), problem);
            };
            parts(step, said, &mut flaw);
            checks(step, said, &mut flaw);
        }
    }
    for step in steps {
        choices(step, said, flaws);
        seen_in_both(step, said, flaws);
    }
}

fn missing(what: String) -> Problem {
    Problem::MissingText { what }
}

/// Title, instruction, hints, praise and why.
fn parts(step: &Step, said: &StepTexts, flaw: &mut dyn FnMut(&[Part<'_>], Problem)) {
    if said.hints.len() != 3 {
        let problem = Problem::Hints {
            step: step.id.clone(),
            count: said.hints.len(),
        };
        flaw(&[Key("hints")], problem);
    }
    for (part, text) in [("title", &said.title), ("praise", &said.praise)] {
        if text.trim().is_empty() {
            flaw(&[Key(part)], missing(format!("step `{}`, {part}", step.id)));
        }
    }
    for (part, texts) in [
        ("say", &said.say),
        ("choices", &said.choices),
        ("hints", &said.hints),
        ("why", &said.why),
    ] {
        let is_needed = part == "say" || part == "why";
        if texts.is_empty() && is_needed {
            flaw(&[Key(part)], missing(format!("step `{}`, {part}", step.id)));
        }
        for (n, text) in texts.iter().enumerate() {
            if text.trim().is_empty() {
                flaw(&[Key(part), Item(n)], missing(format!("step `{}`, {part}", step.id)));
            }
        }
    }
}

/// Each check has a title, and sentences only for what can be found.
fn checks(step: &Step, said: &StepTexts, flaw: &mut dyn FnMut(&[Part<'_>], Problem)) {
    for check in &step.checks {
        let text = said.checks.get(&check.id);
        if text.is_none_or(|text| text.title.trim().is_empty()) {
            let place = if text.is_some() {
                &[Key("checks"), Key(&check.id), Key("title")][..]
            } else {
                &[Key("checks")]
            };
            flaw(place, missing(format!("check `{}`", check.id)));
        }
    }
    for (id, text) in &said.checks.0 {
        let Some(check) = step.checks.iter().find(|check| check.id == *id) else {
            let problem = Problem::UnknownId {
                what: "check",
                id: id.clone(),
            };
            flaw(&[Key("checks"), Key(id)], problem);
            continue;
        };
        for (found, text) in &text.seen.0 {
            seen(check, found, text, flaw);
        }
    }
}

fn seen(check: &Check, found: &str, text: &str, flaw: &mut dyn FnMut(&[Part<'_>], Problem)) {
    let place = [Key("checks"), Key(&check.id), Key("seen"), Key(found)];
    let possible: Vec<&str> = check.kind.findings().into_iter().map(Found::id).collect();
    if !possible.contains(&found) {
        let problem = Problem::NeverFound {
            kind: check.kind.id(),
            id: found.to_owned(),
            possible,
        };
        flaw(&place, problem);
    } else if text.trim().is_empty() {
        flaw(&place, missing(format!("check `{}`, seen `{found}`", check.id)));
    }
}

/// What one language says of a finding, the other says too: else its learners get the workshop's own, which knows less.
fn seen_in_both(step: &Step, said: &[LessonTexts; Lang::ALL.len()], flaws: &mut Flaws<'_>) {
    let of = |lang: Lang, check: &Check| said[lang as usize].steps.get(&step.id)?.checks.get(&check.id);
    for check in &step.checks {
        for (lang, other) in [(Lang::ALL[0], Lang::ALL[1]), (Lang::ALL[1], Lang::ALL[0])] {
            let (Some(here), Some(there)) = (of(lang, check), of(other, check)) else {
                continue;
            };
            for found in there.seen.keys().filter(|found| here.seen.get(found).is_none()) {
                let place = [Key("steps"), Key(&step.id), Key("checks"), Key(&check.id), Key("seen")];
                let problem = Problem::SeenInOneLanguage {
                    check: check.id.clone(),
                    found: found.to_owned(),
                    other,
                };
                flaws.texts(lang, &place, problem);
            }
        }
    }
}
