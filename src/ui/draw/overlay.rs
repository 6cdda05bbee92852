//! What lies over the panels: the keys, the picture in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::prose::{self, Line, plain};
use crate::scene;
use crate::texts;
use crate::ui::app::{App, Overlay};
use crate::ui::keys::TABLE;
use crate::ui::look::Role;
use crate::ui::panels::inside;
use crate::ui::pen::{Pen, width};

/// Draws it in the middle of the screen, scrolled if it must be.
pub fn draw(app: &App, overlay: Overlay, screen: Rect, buffer: &mut Buffer) {
    let (area, title, lines) = set(app, overlay, screen);
    Pen::new(buffer, area).clear();
    let close = texts::get(app.lang, "ui.help.close");
    super::frame(area, [texts::get(app.lang, title), close], true, app.look, buffer);
    let body = inside(area);
    let hidden = lines.len().saturating_sub(usize::from(body.height));
    let first = usize::from(app.scrolled).min(hidden);
    prose::write(&lines[first..], &mut Pen::new(buffer, body), (1, 0), app.look);
    if first < hidden {
        let mut pen = Pen::new(buffer, area);
        let more = format!(" {} {} ", app.look.pick("▾", "v"), texts::get(app.lang, "ui.help.more"));
        pen.put_right(
            area.width.saturating_sub(2),
            area.height.saturating_sub(1),
            &more,
            app.look.style(Role::Alert),
        );
    }
}

/// Rows that do not fit.
pub fn hidden(app: &App, overlay: Overlay, screen: Rect) -> u16 {
    let (area, _, lines) = set(app, overlay, screen);
    u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_sub(inside(area).height)
}

/// Its place, the id of its title, and its lines.
fn set(app: &App, overlay: Overlay, screen: Rect) -> (Rect, &'static str, Vec<Line>) {
    let width = screen.width.saturating_sub(4).min(76);
    let columns = width.saturating_sub(4);
    let (title, lines) = match overlay {
        Overlay::Help => ("ui.help.title", help(app, columns)),
        Overlay::Text => ("ui.text.title", words(app, columns)),
    };
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let height = wanted.min(screen.height.saturating_sub(2)).max(screen.height.min(3));
    let (x, y) = (
        screen.x + (screen.width - width) / 2,
        screen.y + (screen.height - height) / 2,
    );
    (Rect { x, y, width, height }, title, lines)
}

/// The table of keys, one line each, then what must be known about the console.
fn help(app: &App, columns: u16) -> Vec<Line> {
    let names: Vec<String> = TABLE
        .iter()
        .map(|b| match b.function_name() {
            Some(function) => format!("{function}  {}", b.letter),
            None => b.letter.to_string(),
        })
        .collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0) + 2;
    let mut lines = Vec::new();
    for (binding, name) in TABLE.iter().zip(&names) {
        let told = prose::wrap(
            texts::get(app.lang, binding.help),
            columns.saturating_sub(widest),
            Role::Plain,
        );
        let mut told = prose::indent(told, usize::from(widest));
        if let Some(first) = told.first_mut() {
            let pad = usize::from(widest - width(name));
            first[0] = (format!("{name}{}", " ".repeat(pad)), Role::Title);
        }
        lines.extend(told);
    }
    for key in ["ui.help.console", "ui.help.ctrl_g", "ui.help.suspend"] {
        lines.push(Line::new());
        lines.extend(prose::wrap(texts::get(app.lang, key), columns, Role::Plain));
    }
    lines
}

fn words(app: &App, columns: u16) -> Vec<Line> {
    if app.lab.is_none() {
        return vec![plain(texts::get(app.lang, "ui.lab.starting"), Role::Plain)];
    }
    let mut lines = Vec::new();
    for sentence in scene::text(&app.scene, app.lang) {
        let bare = sentence.trim_start();
        let by = sentence.len() - bare.len();
        let wrapped = prose::wrap(
            bare,
            columns.saturating_sub(u16::try_from(by).unwrap_or(0)),
            Role::Plain,
        );
        lines.extend(prose::indent(wrapped, by));
    }
    lines
}
