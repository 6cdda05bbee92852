//! What to do, and how the checks stand.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::prose::{self, Line, plain};
use crate::texts;
use crate::ui::app::App;
use crate::ui::look::Role;
use crate::ui::panels::{Class, Panel};
use crate::ui::pen::{Pen, cut, width};
use crate::workshop::{CheckStatus, StepView};

/// What the panel says, cut into lines.
struct Told {
    text: Vec<Line>,
    checks: Vec<Line>,
    /// Rows for the text.
    room: u16,
    /// Rows of it that do not fit.
    hidden: u16,
}

/// Airy where there is room; where there is not, without blank lines, and without the title if the header has it.
fn told(app: &App, step: &StepView, area: Rect) -> Told {
    let columns = area.width.saturating_sub(2);
    let mut text = text(app, step, columns, 0);
    let checks = checks_with_room(app, step, (&text, area));
    let below = u16::try_from(checks.len())
        .unwrap_or(u16::MAX)
        .saturating_add(1)
        .min(area.height);
    let room = area.height - below;
    let rows = |lines: &[Line]| u16::try_from(lines.len()).unwrap_or(u16::MAX);
    if least(app, step, &text, columns) > usize::from(room) && !step.green {
        // A new hint says more than those before it.
        text = self::text(app, step, columns, step.hints.len().saturating_sub(1));
    }
    if rows(&text) > room {
        if app.panels.class == Class::Tabs {
            text.drain(..=prose::wrap(&step.title, columns, Role::Title).len());
        }
        // From the end: what stands first keeps its air longest.
        while rows(&text) > room
            && let Some(blank) = text.iter().rposition(Line::is_empty)
        {
            text.remove(blank);
        }
    }
    let hidden = rows(&text).saturating_sub(room);
    Told {
        text,
        checks,
        room,
        hidden,
    }
}

/// What each failing check saw, where that fits below the text without its air; else what the first one saw.
fn checks_with_room(app: &App, step: &StepView, (text, area): (&[Line], Rect)) -> Vec<Line> {
    let columns = area.width.saturating_sub(2);
    let room = usize::from(area.height).saturating_sub(least(app, step, text, columns) + 1);
    let checks = worded(app, step, columns);
    let rows = |says: Says| checks.iter().map(|check| check.rows(says)).sum::<usize>();
    let several = step
        .checks
        .iter()
        .filter(|check| matches!(check.status, CheckStatus::Fail { .. }))
        .count()
        > 1;
    let mut more = [Says::All, Says::AllSeen].into_iter();
    let says = more.find(|says| !several || rows(*says) <= room).unwrap_or(Says::First);
    lines(checks, says)
}

/// What failing checks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// The first one what was seen and what is wanted.
    First,
    /// Each what was seen: what is wanted is much like its title.
    AllSeen,
    /// Each what was seen, and the first one what is wanted.
    All,
}

/// Rows of the text without its air, and without the title where the header has it.
fn least(app: &App, step: &StepView, text: &[Line], columns: u16) -> usize {
    let in_header = match app.panels.class {
        Class::Tabs => prose::wrap(&step.title, columns, Role::Title).len(),
        _ => 0,
    };
    text.iter().filter(|line| !line.is_empty()).count() - in_header
}

/// Rows of the text that do not fit.
pub fn hidden(app: &App, area: Rect) -> u16 {
    app.step.as_ref().map_or(0, |step| told(app, step, area).hidden)
}

/// The text on top, scrolled if it must be; the checks below it, always in sight.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let Some(step) = &app.step else { return };
    let told = told(app, step, area);
    let first = app.scrolled.min(told.hidden);
    let text = Rect {
        height: told.room,
        ..area
    };
    let shown = told.text.get(usize::from(first)..).unwrap_or_default();
    prose::write(shown, &mut Pen::new(buffer, text), (1, 0), app.look);

    let mut pen = Pen::new(buffer, area);
    let y = u16::try_from(told.text.len()).unwrap_or(u16::MAX).min(told.room);
    let title = texts::get(app.lang, "ui.step.checks");
    pen.line(0, area.width, y, app.look.pick("─", "-"), app.look.style(Role::Quiet));
    pen.put(2, y, &format!(" {title} "), app.look.style(Role::Title));
    if told.hidden > 0 {
        let more = more(app, first > 0, first < told.hidden);
        pen.put_right(area.width.saturating_sub(1), y, &more, app.look.style(Role::Alert));
    }
    prose::write(&told.checks, &mut pen, (1, y + 1), app.look);
}

/// That there is more text above or below, and how to get to it from where the keys are.
fn more(app: &App, above: bool, below: bool) -> String {
    let arrows = match (above, below) {
        (true, true) => "↑ ↓",
        (true, false) => "↑",
        _ => "↓",
    };
    let id = match app.focus {
        Panel::Step => "ui.step.more",
        Panel::Console if app.next_panel() == Panel::Step => "ui.step.more_from_next",
        Panel::Console => "ui.step.more_from_console",
        Panel::Topology | Panel::Timeline => "ui.step.more_from_panel",
    };
    let words = app.own.keys.fill(app.lang, id, &[("arrows", arrows)]);
    let mark = if below {
        app.look.pick("▾", "v")
    } else {
        app.look.pick("▴", "^")
    };
    format!(" {mark} {words} ")
}

/// Title, instruction, hints from the one of that index on; once green, praise and why instead of the instruction.
fn text(app: &App, step: &StepView, columns: u16, first_hint: usize) -> Vec<Line> {
    let mut lines = prose::wrap(&step.title, columns, Role::Title);
    lines.push(Line::new());
    if step.green {
        let mark = app.look.pick("✓", "[v]");
        lines.extend(prose::wrap(&format!("{mark} {}", step.praise), columns, Role::Good));
        lines.extend(why(app, step, columns));
        lines.push(Line::new());
        lines.extend(prose::wrap(&way_on(app, step), columns, Role::Alert));
    } else {
        if step.was_done {
            let mark = app.look.pick("✓", "[v]");
            let told = format!("{mark} {}", app.text("ui.step.was_done"));
            lines.extend(prose::wrap(&told, columns, Role::Good));
            lines.push(Line::new());
        }
        for (index, paragraph) in step.say.iter().enumerate() {
            if index > 0 {
                lines.push(Line::new());
            }
            lines.extend(paragraph_lines(paragraph, columns));
        }
        lines.extend(choices(app, step, columns));
        for (index, hint) in step.hints.iter().enumerate().skip(first_hint) {
            let values = [
                ("n", &*(index + 1).to_string()),
                ("total", &*step.hint_rungs.to_string()),
            ];
            lines.push(Line::new());
            lines.push(plain(texts::fill(app.lang, "ui.step.hint", &values), Role::Title));
            lines.extend(paragraph_lines(hint, columns));
        }
        if step.was_done {
            lines.extend(why(app, step, columns));
        }
    }
    lines.push(Line::new());
    lines
}

fn why(app: &App, step: &StepView, columns: u16) -> Vec<Line> {
    if step.why.is_empty() {
        return Vec::new();
    }
    let title = plain(texts::get(app.lang, "ui.step.why"), Role::Title);
    let lines = step.why.iter().flat_map(|why| paragraph_lines(why, columns));
    [Line::new(), title].into_iter().chain(lines).collect()
}

/// What can be answered, each behind its number, and how to.
fn choices(app: &App, step: &StepView, columns: u16) -> Vec<Line> {
    if !step.is_question() {
        return Vec::new();
    }
    let mut lines = vec![Line::new()];
    for (index, choice) in step.choices.iter().enumerate() {
        let wrapped = prose::wrap(choice, columns.saturating_sub(3), Role::Plain);
        let mut wrapped = prose::indent(wrapped, 3);
        if let Some(first) = wrapped.first_mut() {
            first[0] = (format!("{}. ", index + 1), Role::Title);
        }
        lines.extend(wrapped);
    }
    let how = match app.focus {
        Panel::Step => "ui.step.answer",
        Panel::Console => "ui.step.answer_from_console",
        Panel::Topology | Panel::Timeline => "ui.step.answer_from_panel",
    };
    let numbers: Vec<String> = (1..step.choices.len()).map(|n| n.to_string()).collect();
    let (numbers, last) = (numbers.join(", "), step.choices.len().to_string());
    let how = app
        .own
        .keys
        .fill(app.lang, how, &[("numbers", &numbers), ("last", &last)]);
    lines.push(Line::new());
    lines.push(plain(how, Role::Alert));
    lines
}

fn paragraph_lines(text: &str, columns: u16) -> Vec<Line> {
    match text.strip_prefix("$ ") {
        Some(command) => prose::command(command, columns),
        None => prose::wrap(text, columns, Role::Plain),
    }
}

fn way_on(app: &App, step: &StepView) -> String {
    let total = step.total.to_string();
    app.own.keys.fill(app.lang, go_on(step), &[("n", &total)])
}

/// What a green step leads to.
fn go_on(step: &StepView) -> &'static str {
    if step.index + 1 < step.total {
        "ui.step.go_on"
    } else if step.done < step.total {
        "ui.step.others_open"
    } else {
        "ui.step.finished"
    }
}

/// A check in words, cut into lines.
struct Worded {
    title: Vec<Line>,
    /// Where it fails.
    seen: Vec<Line>,
    /// Where it is the first that fails.
    wanted: Vec<Line>,
    is_first: bool,
}

impl Worded {
    /// What it says beside its title: what was seen, what is wanted.
    fn tells(&self, says: Says) -> (bool, bool) {
        (says != Says::First || self.is_first, says != Says::AllSeen)
    }

    fn rows(&self, says: Says) -> usize {
        let (seen, wanted) = self.tells(says);
        let rows = |lines: &[Line], told: bool| if told { lines.len() } else { 0 };
        self.title.len() + rows(&self.seen, seen) + rows(&self.wanted, wanted)
    }
}

fn lines(checks: Vec<Worded>, says: Says) -> Vec<Line> {
    let lines = checks.into_iter().flat_map(|check| {
        let (seen, wanted) = check.tells(says);
        let seen = check.seen.into_iter().filter(move |_| seen);
        let wanted = check.wanted.into_iter().filter(move |_| wanted);
        check.title.into_iter().chain(seen).chain(wanted)
    });
    lines.collect()
}

/// Each check with its mark, and what those could say that fail.
fn worded(app: &App, step: &StepView, columns: u16) -> Vec<Worded> {
    let first = step
        .checks
        .iter()
        .position(|check| matches!(check.status, CheckStatus::Fail { .. }));
    let worded = step.checks.iter().enumerate().map(|(index, check)| {
        let (fine, ascii, role, title) = match &check.status {
            CheckStatus::Pass => ("✓", "[v]", Role::Good, Role::Plain),
            CheckStatus::Fail { .. } => ("✗", "[x]", Role::Bad, Role::Plain),
            CheckStatus::Waits { .. } => ("·", "[.]", Role::Quiet, Role::Quiet),
        };
        let mark = app.look.pick(fine, ascii);
        let set_in = usize::from(width(mark)) + 1;
        let room = columns.saturating_sub(width(mark) + 1);
        let mut text = check.title.clone();
        if matches!(check.status, CheckStatus::Waits { .. }) {
            text = format!("{text} {}", texts::get(app.lang, "ui.step.later"));
        }
        let mut title = prose::indent(prose::wrap(&text, room, title), set_in);
        if let Some(first) = title.first_mut() {
            first[0] = (format!("{mark} "), role);
        }
        let said = |key, what: &str| {
            if what.is_empty() {
                return Vec::new();
            }
            let said = texts::fill(app.lang, key, &[("what", what)]);
            prose::indent(prose::wrap(&said, room, Role::Plain), set_in)
        };
        let is_first = first == Some(index);
        let (seen, wanted) = match &check.status {
            CheckStatus::Fail { seen, wanted } => {
                let wanted = if is_first { wanted.as_str() } else { "" };
                (said("ui.step.seen", seen), said("ui.step.wanted", wanted))
            }
            CheckStatus::Pass | CheckStatus::Waits { .. } => (Vec::new(), Vec::new()),
        };
        Worded {
            title,
            seen,
            wanted,
            is_first,
        }
    });
    worded.collect()
}

/// Where there is little room: the check that is next, then what it saw, then the others.
pub fn draw_small(app: &App, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area);
    let Some(step) = &app.step else { return };
    let columns = area.width.saturating_sub(1);
    let mut lines = if step.green {
        let mark = app.look.pick("✓", "[v]");
        vec![plain(format!("{mark} {}", way_on(app, step)), Role::Good)]
    } else {
        lines(worded(app, step, columns), Says::First)
    };
    let fits = usize::from(area.height);
    if lines.len() > fits {
        let open = lines
            .iter()
            .position(|line| line.first().is_some_and(|(_, role)| *role == Role::Bad));
        let first = open.unwrap_or(0).min(lines.len() - fits);
        lines.drain(..first);
    }
    for line in &mut lines {
        if let Some((text, _)) = line.last_mut() {
            *text = cut(text, columns, app.look.pick("…", "~"));
        }
    }
    prose::write(&lines, &mut pen, (0, 0), app.look);
}
