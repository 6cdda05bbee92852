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
    let waiting: Vec<&str> = waiting.iter().map(String::as_str).collect();
    let both = [FULL, COMPACT].into_iter().flat_map(|panel| {
        let red = while_red(panel, &waiting, said, told(panel, lang, step, said));
        let green = once_green(panel, &titles, said);
        let red = red.map(|problem| (vec![Part::Key("say")], problem));
        red.into_iter()
            .chain(green.map(|problem| (vec![Part::Key("why")], problem)))
    });
    both.collect()
}

fn while_red(panel: Panel, titles: &[&str], said: &StepTexts, told: (usize, Option<Sentence<'_>>)) -> Option<String> {
    let (told, longest) = told;
    let title = title_lines(panel, said);
    let choices = panel.lines_of_choices(&said.choices);
    let lines = title + panel.lines_of(said.say.iter().map(String::as_str)) + choices;
    let room = panel.room_while_red(titles.iter().copied(), told);
    let longest = longest.filter(|_| told > panel.told);
    let red = longest.map_or("what a red check says".to_owned(), |(check, found)| {
        format!("what a red check says (the longest: `{found}` of `{check}`)")
    });
    (lines > room).then(|| {
        let among = [("the title", title), ("the choices", choices)];
        let beside = [
            ("the checks’ titles", lines_of_titles(panel, titles)),
            (&*red, panel.told.max(told)),
        ];
        overflow(panel, lines, room)
            + &takers("among them", &among)
            + &takers("beside them", &beside)
            + &most(room, &beside)
    })
}

fn once_green(panel: Panel, titles: &[&str], said: &StepTexts) -> Option<String> {
    let title = title_lines(panel, said);
    let praise = panel.lines_of([said.praise.as_str()]);
    let lines = panel.lines_of(said.why.iter().map(String::as_str));
    let around = title + praise + WHY_AND_GO_ON;
    let room = panel.room_when_green(titles.iter().copied()).saturating_sub(around);
    (lines > room).then(|| {
        let beside = [
            ("the title", title),
            ("the praise", praise),
            ("the checks’ titles", lines_of_titles(panel, titles)),
            ("the heading and the way on", WHY_AND_GO_ON),
        ];
        overflow(panel, lines, room) + &takers("beside them", &beside) + &most(room, &beside[..3])
    })
}

fn title_lines(panel: Panel, said: &StepTexts) -> usize {
    panel.lines_of(panel.has_title.then_some(said.title.as_str()))
}

fn lines_of_titles(panel: Panel, titles: &[&str]) -> usize {
    titles.iter().map(|title| panel.lines_below(title)).sum()
}

/// A check, and one of its findings.
type Sentence<'s> = (&'s str, &'s str);

/// Lines that the longest of the lesson's own sentences takes, with what is wanted below it; and which that is.
fn told<'s>(panel: Panel, lang: Lang, step: &'s Step, said: &'s StepTexts) -> (usize, Option<Sentence<'s>>) {
    let sentences = step
        .checks
        .iter()
        .filter_map(|check| Some((check, said.checks.get(&check.id)?)));
    let lines = sentences.flat_map(|(check, texts)| {
        let own = texts.seen.0.iter();
        own.map(|(found, text)| {
            let lines = panel.lines_below(&seen_at_length(text, check, said, lang));
            (lines, (check.id.as_str(), found.as_str()))
        })
    });
    lines
        .max_by_key(|(lines, _)| *lines)
        .map_or((1, None), |(lines, sentence)| (lines + 1, Some(sentence)))
}

fn overflow(panel: Panel, lines: usize, room: usize) -> String {
    let (columns, screen) = (panel.columns, panel.screen);
    format!("takes {lines} lines of {columns} columns, there is room for {room} on the {screen} screen")
}

/// Who takes lines, and how many.
fn takers(which: &str, takers: &[(&str, usize)]) -> String {
    let takers = takers.iter().filter(|(_, lines)| *lines > 0);
    let takers: Vec<String> = takers.map(|(what, lines)| format!("{lines} for {what}")).collect();
    if takers.is_empty() {
        String::new()
    } else {
        format!("; {which} {}", takers.join(", "))
    }
}

/// What leaves no room at all.
fn most(room: usize, takers: &[(&str, usize)]) -> String {
    let largest = takers.iter().max_by_key(|(_, lines)| *lines);
    let largest = largest.filter(|_| room == 0);
    let what = largest.and_then(|(what, _)| what.split(" (").next());
    what.map_or(String::new(), |what| format!("; shorten {what} first"))
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
