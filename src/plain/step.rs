//! A step in sentences: what to do, how its checks stand, what became of them.

use super::voice::Voice;
use crate::texts;
use crate::workshop::{CheckStatus, CheckView, StepEntry, StepView};

/// The whole step, from its title to its checks.
pub fn whole(step: &StepView, voice: &mut Voice) {
    let values = [
        ("n", &*(step.index + 1).to_string()),
        ("total", &step.total.to_string()),
        ("title", &step.title),
    ];
    voice.line("");
    voice.fill("plain.step", &values);
    for paragraph in &step.say {
        self::paragraph(paragraph, "plain.command", voice);
    }
    for index in 0..step.hints.len() {
        hint(step, index, voice);
    }
    if step.green {
        praised(step, voice);
    } else {
        choices(step, voice);
        voice.line(&texts::count(voice.lang, "plain.checks", step.checks.len()));
        for check in &step.checks {
            self::title(check, voice);
        }
    }
}

/// What can be answered to the step's question.
fn choices(step: &StepView, voice: &mut Voice) {
    for (index, choice) in step.choices.iter().enumerate() {
        voice.fill("plain.choice", &[("n", &(index + 1).to_string()), ("choice", choice)]);
    }
    if step.is_question() {
        voice.say("plain.answer");
    }
}

/// A paragraph; a command in it is introduced by the sentence `key`.
fn paragraph(text: &str, key: &'static str, voice: &mut Voice) {
    match text.strip_prefix("$ ") {
        Some(command) => voice.fill(key, &[("command", &one_line(command))]),
        None => voice.line(text),
    }
}

/// A command without its line breaks.
pub fn one_line(command: &str) -> String {
    let lines: Vec<&str> = command.lines().map(|line| line.trim_end_matches('\\').trim()).collect();
    lines.join(" ")
}

/// The hint of that rung.
pub fn hint(step: &StepView, index: usize, voice: &mut Voice) {
    let Some(hint) = step.hints.get(index) else { return };
    let values = [
        ("n", &*(index + 1).to_string()),
        ("total", &step.hint_rungs.to_string()),
        ("hint", hint),
    ];
    voice.fill("plain.hint", &values);
}

fn title(check: &CheckView, voice: &mut Voice) {
    let key = match check.status {
        CheckStatus::Pass => "plain.pass",
        CheckStatus::Fail { .. } => "plain.fail",
        CheckStatus::Waits { .. } => "plain.waits",
    };
    voice.fill(key, &[("check", &check.title)]);
}

/// A check, and what was seen where it is red.
pub fn check(check: &CheckView, voice: &mut Voice) {
    title(check, voice);
    if let CheckStatus::Fail { seen, wanted } = &check.status {
        for (key, what) in [("plain.seen", seen), ("plain.wanted", wanted)] {
            if !what.is_empty() {
                told(key, what, voice);
            }
        }
    }
}

/// The same was tried again, and the same was seen.
pub fn still(step: &StepView, voice: &mut Voice) {
    for check in &step.checks {
        if let CheckStatus::Fail { seen, .. } = &check.status {
            told("plain.still", seen, voice);
        }
    }
}

/// A sentence about what was seen; one that ends by itself gets no full stop.
pub fn told(key: &'static str, what: &str, voice: &mut Voice) {
    let said = texts::fill(voice.lang, key, &[("what", what)]);
    let ends = what.ends_with(['?', '!', '.', '…']);
    voice.line(said.strip_suffix('.').filter(|_| ends).unwrap_or(&said));
}

/// What has changed from `before` to `after` of the same step.
pub fn changes(before: &StepView, after: &StepView, voice: &mut Voice) {
    for now in &after.checks {
        let then = before.checks.iter().find(|check| check.id == now.id);
        let same = then.is_some_and(|then| then.status == now.status);
        let waits_on = matches!(now.status, CheckStatus::Waits { .. })
            && then.is_some_and(|then| then.status != CheckStatus::Pass);
        // The only check of a step that turns green is all that the step is praised for.
        let is_all = after.green && !before.green && after.checks.len() == 1;
        if !same && !waits_on && !is_all {
            check(now, voice);
        }
    }
    if after.green && !before.green {
        praised(after, voice);
    }
}

/// A green step: praise, why, and what comes next.
fn praised(step: &StepView, voice: &mut Voice) {
    let values = [("n", &*(step.index + 1).to_string()), ("praise", &step.praise)];
    voice.fill("plain.green", &values);
    if !step.why.is_empty() {
        voice.say("plain.why");
    }
    for why in &step.why {
        paragraph(why, "plain.try", voice);
    }
    match () {
        () if step.index + 1 < step.total => voice.say("plain.go_on"),
        () if step.done < step.total => voice.say("plain.others_open"),
        () => voice.fill("plain.finished", &[("n", &step.total.to_string())]),
    }
}

/// The list of steps.
pub fn list(steps: &[StepEntry], voice: &mut Voice) {
    for (index, step) in steps.iter().enumerate() {
        let key = match (step.done, step.current) {
            (true, false) => "plain.entry_done",
            (true, true) => "plain.entry_done_here",
            (false, true) => "plain.entry_here",
            (false, false) => "plain.entry",
        };
        voice.fill(key, &[("n", &(index + 1).to_string()), ("title", &step.title)]);
    }
}

/// What is done and what is not, at the end.
pub fn summary(steps: &[StepEntry], voice: &mut Voice) {
    let done = steps.iter().filter(|step| step.done).count();
    let values = [("done", &*done.to_string()), ("total", &*steps.len().to_string())];
    voice.fill("plain.done", &values);
    if done < steps.len() {
        voice.say("plain.open");
    }
    let open = steps.iter().enumerate().filter(|(_, step)| !step.done);
    for (index, step) in open {
        voice.fill(
            "plain.entry",
            &[("n", &(index + 1).to_string()), ("title", &step.title)],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;

    fn check(seen: &str) -> CheckView {
        CheckView {
            id: "first".into(),
            title: "it is there".into(),
            status: CheckStatus::Fail {
                seen: seen.into(),
                wanted: String::new(),
            },
        }
    }

    #[test]
    fn what_ends_by_itself_gets_no_full_stop() {
        let mut voice = Voice::new(Lang::En, false);
        super::check(&check("does it?"), &mut voice);
        super::check(&check("it is not"), &mut voice);
        assert_eq!(
            String::from_utf8(voice.take()).unwrap(),
            "Not yet: it is there.\nSeen: does it?\nNot yet: it is there.\nSeen: it is not.\n"
        );
    }
}
