//! What a lesson's text does not spell out, because the screen and the plain workshop each have their own way to it.

use crate::settings::{Chord, Code};
use crate::texts::{self, Lang, placeholders};

use super::{Step, StepTexts};

/// `{examples}`: how the step's examples are come by. On the screen a key, which the learner may have changed; in plain text a word.
const EXAMPLES: &str = "examples";

/// The paragraph with `way` where it names the way to the examples; a command is left as it is.
#[must_use]
pub fn name_examples(text: &str, way: &str) -> String {
    if text.starts_with("$ ") {
        return text.to_owned();
    }
    texts::fill_in(text, &[(EXAMPLES, way)])
}

/// The same text with the longest name that a key can have.
pub(super) fn at_length(said: &StepTexts, lang: Lang) -> StepTexts {
    let held = Chord::plain(Code::F(12));
    let key = Chord {
        ctrl: true,
        alt: true,
        shift: true,
        ..held
    };
    let key = key.name(lang);
    let named = |texts: &[String]| texts.iter().map(|text| name_examples(text, &key)).collect();
    StepTexts {
        say: named(&said.say),
        hints: named(&said.hints),
        why: named(&said.why),
        ..said.clone()
    }
}

/// The part of the step, and what its text names that nothing fills.
pub(super) fn faults(step: &Step, said: &StepTexts) -> Vec<(&'static str, String)> {
    let parts = [
        ("title", std::slice::from_ref(&said.title), false),
        ("say", &said.say, true),
        ("choices", &said.choices, false),
        ("hints", &said.hints, true),
        ("praise", std::slice::from_ref(&said.praise), false),
        ("why", &said.why, true),
    ];
    let mut faults = Vec::new();
    for (part, texts, may_name) in parts {
        let prose = texts.iter().filter(|text| !text.starts_with("$ "));
        for name in prose.flat_map(|text| placeholders(text)) {
            let problem = match name {
                EXAMPLES if may_name && !step.pictures.is_empty() => continue,
                EXAMPLES if may_name => "`{examples}` is named, and the step has no `pictures`".to_owned(),
                _ if may_name => format!("nothing fills `{{{name}}}`; there is: {EXAMPLES}"),
                _ => format!("nothing fills `{{{name}}}`"),
            };
            faults.push((part, problem));
        }
    }
    faults
}
