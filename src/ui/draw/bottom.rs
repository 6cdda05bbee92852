//! The last line: the keys that work now, or what there is to say.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::texts;
use crate::ui::app::{App, Notice};
use crate::ui::keys::Action;
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// Draws the notice, the menu of Ctrl+G, or the bar of keys.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area);
    if let Some(notice) = &app.notice {
        let words = match notice {
            Notice::Id(id) => app.text(id),
            Notice::Words(words) => words.clone(),
        };
        let text = format!(" {words} ");
        pen.put(
            0,
            0,
            &cut(&text, area.width, app.look.pick("…", "~")),
            app.look.style(Role::Alert),
        );
    } else if app.menu {
        draw_menu(app, &mut pen);
    } else {
        draw_keys(app, &mut pen);
    }
}

/// What is left out of the menu where there is no room for all, the least missed first.
const DISPENSABLE_IN_MENU: [&str; 8] = [
    "ui.key.text",
    "ui.key.check",
    "ui.key.language",
    "ui.key.show_me",
    "ui.key.steps",
    "ui.key.hint",
    "ui.key.next",
    "ui.key.scroll",
];

fn draw_menu(app: &App, pen: &mut Pen<'_>) {
    let word = |id: &'static str| texts::get(app.lang, id);
    let mut keys: Vec<(String, &'static str)> = vec![(app.own.keys.panels(app.lang), "ui.key.panel")];
    let bound = app.own.keys.bound().iter();
    let listed = bound.filter(|b| !b.bar.is_empty() && b.action != Action::NextPanel);
    keys.extend(listed.map(|b| (b.letter_name(app.lang), b.bar)));
    keys.push((word("ui.key.page_up").into(), "ui.key.scroll"));
    let menu = format!(" {} ", app.own.keys.menu_name(app.lang));
    let mut x = pen.put(0, 0, &menu, app.look.style(Role::Alert)) + 1;
    let room = pen.width().saturating_sub(x);
    let needed = |keys: &[(String, &'static str)]| -> u16 {
        let all: u16 = keys.iter().map(|(key, id)| width(key) + 1 + width(word(id)) + 2).sum();
        all.saturating_sub(2)
    };
    for id in DISPENSABLE_IN_MENU {
        if needed(&keys) > room {
            keys.retain(|(_, known)| *known != id);
        }
    }
    for (key, id) in keys {
        x = pen.put(x, 0, &key, app.look.style(Role::Title)) + 1;
        x = pen.put(x, 0, word(id), app.look.style(Role::Plain)) + 2;
    }
}

/// Keys that go first where there is no room for all, the least missed first.
const DISPENSABLE: [Action; 10] = [
    Action::Language,
    Action::TextForm,
    Action::CheckNow,
    Action::Steps,
    Action::PutBack,
    Action::PreviousPanel,
    Action::NextPanel,
    Action::ShowMe,
    Action::Hint,
    Action::NextStep,
];

fn draw_keys(app: &App, pen: &mut Pen<'_>) {
    let bound = app.own.keys.bound().iter().filter(|b| !b.bar.is_empty());
    let mut keys: Vec<(Action, String, String)> = bound
        .filter_map(|b| Some((b.action, b.everywhere_name(app.lang)?, word(app, b.action, b.bar))))
        .collect();
    let needed = |keys: &[(Action, String, String)], gap| -> u16 {
        keys.iter()
            .map(|(_, key, word)| width(key) + 1 + width(word) + gap)
            .sum()
    };
    for action in DISPENSABLE {
        if needed(&keys, 1) > pen.width() {
            keys.retain(|(known, ..)| *known != action);
        }
    }
    let gap = if needed(&keys, 2) < pen.width() { 2 } else { 1 };
    let mut x = u16::from(needed(&keys, gap) < pen.width());
    for (_, key, word) in keys {
        x = pen.put(x, 0, &key, app.look.style(Role::Key)) + 1;
        x = pen.put(x, 0, &word, app.look.style(Role::Plain)) + gap;
    }
}

fn word(app: &App, action: Action, key: &'static str) -> String {
    let word = texts::get(app.lang, key);
    match &app.step {
        Some(step) if action == Action::Hint && step.hint_rungs > 0 && !step.green => {
            format!("{word} {}/{}", step.hints.len(), step.hint_rungs)
        }
        _ => word.to_owned(),
    }
}
