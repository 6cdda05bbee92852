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
            let problem = Problem::UnknownId { id: id.to_owned() };
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
            flaw(&[Key("checks"), Key(id)], Problem::UnknownId { id: id.clone() });
            continue;
        };
        for (found, _) in &text.seen.0 {
            seen(check, found, flaw);
        }
    }
}

fn seen(check: &Check, found: &str, flaw: &mut dyn FnMut(&[Part<'_>], Problem)) {
    if Found::ALL.iter().all(|known| known.id() != found) {
        let place = [Key("checks"), Key(&check.id), Key("seen"), Key(found)];
        flaw(&place, Problem::UnknownId { id: found.to_owned() });
    }
}
