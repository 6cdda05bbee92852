//! What a learner can answer: the same number of choices in each language, the right one among them.

use crate::texts::Lang;
use crate::yaml::Part::{Id, Item, Key};

use super::super::problem::Problem;
use super::super::source::Flaws;
use super::super::{LessonTexts, Step};

/// Choices of a question: as many as there are panels, whose number keys choose.
const MOST: usize = 4;

/// Looks at the choices of a step in both languages.
pub(super) fn choices(step: &Step, said: &[LessonTexts; Lang::ALL.len()], flaws: &mut Flaws<'_>) {
    let of = |lang: Lang| said[lang as usize].steps.get(&step.id).map(|said| &*said.choices);
    let place = [Key("steps"), Key(&step.id), Key("choices")];
    for lang in Lang::ALL {
        let choices = of(lang).unwrap_or_default();
        same(step, lang, choices, flaws);
        if step.question().is_none() && !choices.is_empty() {
            flaws.texts(lang, &place, Problem::ChoicesOfNoQuestion { step: step.id.clone() });
        }
    }
    let Some((check, right)) = step.question() else { return };
    let [Some(one), Some(other)] = Lang::ALL.map(of) else {
        return;
    };
    if one.len() != other.len() {
        let problem = Problem::ChoicesDiffer {
            step: step.id.clone(),
            here: other.len(),
            there: one.len(),
            other: Lang::ALL[0],
        };
        flaws.texts(Lang::ALL[1], &place, problem);
        return;
    }
    let count = one.len();
    if !(2..=MOST).contains(&count) {
        for lang in Lang::ALL {
            let problem = Problem::Choices {
                step: step.id.clone(),
                count,
                most: MOST,
            };
            flaws.texts(lang, &place, problem);
        }
    } else if right > count {
        let place = [Key("steps"), Id(&step.id), Key("checks"), Id(&check.id), Key("right")];
        flaws.structure(&place, Problem::RightOfNoChoice { right, count });
    }
}

/// Two that differ by spaces or by a capital only are the same to who reads them.
fn same(step: &Step, lang: Lang, choices: &[String], flaws: &mut Flaws<'_>) {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    for (n, choice) in choices
        .iter()
        .enumerate()
        .filter(|(_, choice)| !choice.trim().is_empty())
    {
        let earlier = choices
            .iter()
            .take(n)
            .position(|earlier| plain(earlier) == plain(choice));
        if let Some(first) = earlier {
            let problem = Problem::SameChoice {
                step: step.id.clone(),
                first: first + 1,
                second: n + 1,
                text: choice.clone(),
            };
            flaws.texts(lang, &[Key("steps"), Key(&step.id), Key("choices"), Item(n)], problem);
        }
    }
}
