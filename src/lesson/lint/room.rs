//! Whether a step's texts have room on the screen.

use crate::texts::{self, Lang};
use crate::yaml::Part;

use super::super::{COMPACT, Check, FULL, Panel, Step, StepTexts};
use super::Misplaced;

/// Lines that the heading of the why and the way to the next step take.
const WHY_AND_GO_ON: usize = 2;
/// What fills a placeholder that the check itself does not fill.
const LONGEST: [(&str, &str); 6] = [
    ("code", "137"),
    ("address", "172.18.0.12"),
    ("addresses", "172.18.0.12, 172.18.0.13"),
    ("others", "prod (172.19.0.12)"),
    ("aliases", "search, find"),
    ("other", "elasticsearch"),
];

pub(super) fn lint<'a>(lang: Lang, step: &'a Step, said: &'a StepTexts) -> Vec<Misplaced<'a>> {
    let mut faults = panels(lang, step, said);
    let one_line = [("title", &said.title), ("praise", &said.praise)];
    let lines = |text: &str| COMPACT.lines_of([text]);
    for (part, text) in one_line {
        if lines(text) > 1 {
            faults.push((vec![Part::Key(part)], overflow(COMPACT, lines(text), 1)));
        }
    }
    for (n, hint) in said.hints.iter().enumerate() {
        if lines(hint) > 2 {
            let place = vec![Part::Key("hints"), Part::Item(n)];
            faults.push((place, overflow(COMPACT, lines(hint), 2)));
        }
    }
    faults
}

/// Instruction and checks while red, praise and why and checks once green: each must be in sight as a whole.
fn panels<'a>(lang: Lang, step: &'a Step, said: &'a StepTexts) -> Vec<Misplaced<'a>> {
    let mut faults = Vec::new();
    let later = texts::get(lang, "ui.step.later");
    let checks = step
        .checks
        .iter()
        .filter_map(|check| Some((check, said.checks.get(&check.id)?)));
    let (titles, waiting): (Vec<&str>, Vec<String>) = checks
        .map(|(check, texts)| {
            // A check that waits for another says so behind its title.
            let waits = if check.needs.is_empty() { "" } else { later };
            (texts.title.as_str(), format!("{} {waits}", texts.title))
        })
        .unzip();
    for panel in [FULL, COMPACT] {
        let title = panel.has_title.then_some(said.title.as_str());
        let say = panel.lines_of(title.into_iter().chain(said.say.iter().map(String::as_str)));
        let say = say + panel.lines_of_choices(&said.choices);
        let told = told(panel, lang, step, said);
        let room = panel.room_while_red(waiting.iter().map(String::as_str), told);
        if say > room {
            faults.push((vec![Part::Key("say")], overflow(panel, say, room)));
        }
        let around = panel.lines_of(title.into_iter().chain([said.praise.as_str()])) + WHY_AND_GO_ON;
        let why = panel.lines_of(said.why.iter().map(String::as_str));
        let room = panel.room_when_green(titles.iter().copied()).saturating_sub(around);
        if why > room {
            faults.push((vec![Part::Key("why")], overflow(panel, why, room)));
        }
    }
    faults
}

/// Lines that the longest of the lesson's own sentences takes, with what is wanted below it.
fn told(panel: Panel, lang: Lang, step: &Step, said: &StepTexts) -> usize {
    let sentences = step
        .checks
        .iter()
        .filter_map(|check| Some((check, said.checks.get(&check.id)?)));
    let lines = sentences.flat_map(|(check, texts)| {
        let own = texts.seen.0.iter().map(|(_, text)| text);
        own.map(|text| panel.lines_below(&seen_at_length(text, check, said, lang)))
    });
    lines.max().unwrap_or_default() + 1
}

fn overflow(panel: Panel, lines: usize, room: usize) -> String {
    format!(
        "takes {lines} lines of {} columns, there is room for {room}",
        panel.columns
    )
}

/// The sentence as the screen has it, with values as long as they get in a lab that has not gone far astray.
fn seen_at_length(text: &str, check: &Check, said: &StepTexts, lang: Lang) -> String {
    let values = check.kind.values();
    let mut filled: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    filled.extend(LONGEST);
    let longest = said.choices.iter().max_by_key(|choice| choice.chars().count());
    filled.push(("answer", longest.map_or("", String::as_str)));
    texts::fill(lang, "ui.step.seen", &[("what", &texts::fill_in(text, &filled))])
}
