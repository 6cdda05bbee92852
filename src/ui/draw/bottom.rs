//! The last line: the keys that work now, or what there is to say.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::texts;
use crate::ui::app::{App, Notice};
use crate::ui::keys::{Action, TABLE};
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// Draws the notice, the menu of Ctrl+G, or the bar of keys.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area);
    if let Some(notice) = &app.notice {
        let words = match notice {
            Notice::Id(id) => texts::get(app.lang, id),
            Notice::Words(words) => words,
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

fn draw_menu(app: &App, pen: &mut Pen<'_>) {
    let mut keys: Vec<(String, &str)> = vec![("1-4".into(), texts::get(app.lang, "ui.key.panel"))];
    let listed = TABLE
        .iter()
        .filter(|b| !b.bar.is_empty() && b.action != Action::NextPanel);
    keys.extend(listed.map(|b| (b.letter.to_string(), texts::get(app.lang, b.bar))));
    keys.push(("L".into(), texts::get(app.lang, "ui.key.language")));
    keys.push(("t".into(), texts::get(app.lang, "ui.key.text")));
    keys.push((
        texts::get(app.lang, "ui.key.page_up").into(),
        texts::get(app.lang, "ui.key.scroll"),
    ));
    let mut x = pen.put(0, 0, " Ctrl+G ", app.look.style(Role::Alert)) + 1;
    for (key, word) in keys {
        if x + width(&key) + width(word) + 1 > pen.width() {
            return;
        }
        x = pen.put(x, 0, &key, app.look.style(Role::Title)) + 1;
        x = pen.put(x, 0, word, app.look.style(Role::Plain)) + 2;
    }
}

/// Keys that go first where there is no room for all, the least missed first.
const DISPENSABLE: [Action; 5] = [
    Action::PreviousPanel,
    Action::NextPanel,
    Action::ShowMe,
    Action::Hint,
    Action::NextStep,
];

fn draw_keys(app: &App, pen: &mut Pen<'_>) {
    let mut keys: Vec<(Action, String, String)> = TABLE
        .iter()
        .filter(|b| !b.bar.is_empty())
        .map(|b| {
            (
                b.action,
                b.function_name().unwrap_or_default(),
                word(app, b.action, b.bar),
            )
        })
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
        Some(step) if action == Action::Hint && step.hint_rungs > 0 => {
            format!("{word} {}/{}", step.hints.len(), step.hint_rungs)
        }
        _ => word.to_owned(),
    }
}
