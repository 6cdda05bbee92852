//! The first line, and the line of the tabs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::lab::BackendKind;
use crate::texts;
use crate::ui::app::App;
use crate::ui::look::Role;
use crate::ui::panels::{Class, Panel, Panels};
use crate::ui::pen::{Pen, cut, width};

/// Lesson, step, how far; language and lab on the right.
pub fn draw(app: &App, panels: &Panels, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, panels.header);
    let (bold, plain) = (app.look.style(Role::Title), app.look.style(Role::Plain));
    let mut end = pen.width();
    if panels.class != Class::Small {
        let role = if app.lost.is_some() { Role::Alert } else { Role::Plain };
        end = pen.put_right(end.saturating_sub(1), 0, &lab(app, panels.class), app.look.style(role));
        end = pen.put_right(end.saturating_sub(2), 0, app.lang.code(), plain);
    }
    let product = if panels.class == Class::Wide {
        texts::get(app.lang, "ui.header.product")
    } else {
        "CNM"
    };
    let mut x = pen.put(1, 0, product, bold) + 2;
    let Some(step) = &app.step else { return };
    if panels.class == Class::Wide {
        let room = end.saturating_sub(x + 38);
        x = pen.put(x, 0, &cut(&step.lesson_title, room, app.look.pick("…", "~")), plain) + 2;
    }
    let number = (step.index + 1).to_string();
    let key = if panels.class == Class::Wide {
        "ui.header.step"
    } else {
        "ui.header.step_short"
    };
    let at = texts::fill(app.lang, key, &[("n", &number), ("total", &step.total.to_string())]);
    x = pen.put(x, 0, &at, plain) + 1;
    if panels.class == Class::Small {
        let hidden = texts::get(app.lang, "ui.small.hidden");
        pen.put(
            x + 1,
            0,
            &cut(hidden, end.saturating_sub(x + 1), app.look.pick("…", "~")),
            app.look.style(Role::Quiet),
        );
        return;
    }
    x = pen.put(x, 0, &bar(app, step.done, step.total), app.look.style(Role::Good)) + 1;
    let percent = step.done * 100 / step.total.max(1);
    x = pen.put(
        x,
        0,
        &texts::fill(app.lang, "ui.header.percent", &[("n", &percent.to_string())]),
        plain,
    ) + 2;
    if panels.class == Class::Tabs {
        pen.put(
            x,
            0,
            &cut(&step.title, end.saturating_sub(x + 2), app.look.pick("…", "~")),
            bold,
        );
    }
}

/// One mark per step, at most ten.
fn bar(app: &App, done: usize, total: usize) -> String {
    let marks = total.min(10);
    let full = (done.min(total) * marks).checked_div(total).unwrap_or(0);
    let (full_mark, empty_mark) = (app.look.pick("▰", "#"), app.look.pick("▱", "."));
    format!("{}{}", full_mark.repeat(full), empty_mark.repeat(marks - full))
}

/// The lab's state. Where the step's title shares the line, it takes less room.
fn lab(app: &App, class: Class) -> String {
    let key = match (&app.lost, &app.lab) {
        (Some(_), _) => "ui.lab.lost_short",
        (None, None) => "ui.lab.starting",
        (None, Some(lab)) if lab.backend.kind == BackendKind::Docker => "ui.lab.docker",
        (None, Some(_)) if class == Class::Wide => "ui.lab.builtin",
        (None, Some(_)) => "ui.lab.builtin_short",
    };
    let version = app.lab.as_ref().map_or("", |lab| lab.backend.version.as_str());
    texts::fill(app.lang, key, &[("version", version)])
        .trim_end()
        .to_owned()
}

/// The tabs, each with its first column: the one shown is in brackets, one that changed behind it has a mark.
fn tabs(app: &App) -> Vec<(Panel, u16, String)> {
    let mut x = 1;
    let tab = |panel: Panel| {
        let title = format!("{} {}", panel.number(), texts::get(app.lang, panel.title()));
        let text = if app.tab == panel {
            format!("[{title}]")
        } else if app.calls(panel) {
            format!(" {title} {}", app.look.pick("●", "*"))
        } else {
            format!(" {title} ")
        };
        let from = x;
        x += width(&text) + 1;
        (panel, from, text)
    };
    [Panel::Step, Panel::Topology, Panel::Timeline].map(tab).into()
}

/// The tab in a column.
pub fn tab_at(app: &App, column: u16) -> Option<Panel> {
    let tabs = tabs(app);
    let found = tabs
        .iter()
        .find(|(_, from, text)| (*from..from + width(text)).contains(&column));
    found.map(|(panel, ..)| *panel)
}

/// The three panels that share one place, and the key that leads to the next: to the picture first, where it changed unseen.
pub fn draw_tabs(app: &App, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area);
    let mut end = 0;
    for (panel, from, text) in tabs(app) {
        let news = app.tab == panel || app.calls(panel);
        let role = if news { Role::Title } else { Role::Quiet };
        end = pen.put(from, 0, &text, app.look.style(role));
    }
    let (key, role) = if app.calls(Panel::Topology) && app.next_panel() == Panel::Topology {
        ("ui.header.look_at_topology", Role::Alert)
    } else {
        ("ui.header.next_panel", Role::Quiet)
    };
    let next = app.text(key);
    if end + width(&next) + 3 < pen.width() {
        pen.put_right(pen.width().saturating_sub(1), 0, &next, app.look.style(role));
    }
}
