//! Drawing: from the state to cells, nothing else. All that costs (parsing, checks, placing) was done when the state changed.

pub(super) mod asked;
mod bottom;
mod header;
mod inspect;
mod overlay;
mod prose;
mod step;
mod timeline;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::app::App;
use super::console::{self, Life};
use super::look::{Look, Role};
use super::panels::{Class, Panel, Panels, inside};
use super::pen::{Pen, cut, width};
use super::topology::{self, Manner};
use crate::lab::BackendKind;
use crate::texts;

pub use timeline::clock;

/// Draws everything; returns where the cursor is, if it shows.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let panels = Panels::of(area);
    header::draw(app, &panels, buffer);
    match panels.class {
        Class::Wide => {
            for panel in [Panel::Step, Panel::Topology, Panel::Timeline] {
                draw_panel(app, panel, &panels, buffer);
            }
        }
        Class::Tabs => {
            header::draw_tabs(app, panels.tabs, buffer);
            draw_panel(app, app.tab, &panels, buffer);
        }
        Class::Small => step::draw_small(app, panels.step, buffer),
    }
    let cursor = draw_console(app, &panels, buffer);
    bottom::draw(app, panels.keys, buffer);
    if let Some(overlay) = app.overlay {
        overlay::draw(app, overlay, area, buffer);
        return None;
    }
    cursor.filter(|_| app.focus == Panel::Console && !app.menu)
}

/// Rows that can be scrolled to: of the overlay, or of the step's text.
pub fn hidden_rows(app: &App) -> u16 {
    match app.overlay {
        Some(overlay) => overlay::hidden(app, overlay, app.screen),
        None => step::hidden(app, inside(app.panels.step)),
    }
}

/// The line of the overlay at a place of the screen, counted from its first; absent outside of the overlay.
pub fn overlay_row(app: &App, at: Position) -> Option<usize> {
    overlay::row_at(app, app.overlay?, app.screen, at)
}

/// The panel whose tab is at a place of the screen.
pub fn tab_at(app: &App, at: Position) -> Option<Panel> {
    app.panels.tabs.contains(at).then(|| header::tab_at(app, at.x))?
}

/// Rows of the list of steps that are shown at once.
pub fn page(app: &App) -> u16 {
    overlay::page(app, app.screen)
}

fn draw_panel(app: &App, panel: Panel, panels: &Panels, buffer: &mut Buffer) {
    let area = match panel {
        Panel::Step => panels.step,
        Panel::Topology => panels.topology,
        Panel::Timeline => panels.timeline,
        Panel::Console => return,
    };
    let live = match (&app.lost, &app.lab) {
        (Some(_), _) => "ui.panel.offline",
        // No eyes in its kernel: the picture follows from what the Engine says.
        (None, Some(lab)) if panel == Panel::Topology && lab.backend.kind == BackendKind::Docker => "ui.panel.deduced",
        (None, _) => "ui.panel.live",
    };
    let example = app.step.as_ref().and_then(|step| step.picture.as_ref());
    let right = match (panel, example) {
        (Panel::Step, _) => String::new(),
        (Panel::Topology, Some(example)) => {
            let values = [
                ("n", &*example.number.to_string()),
                ("total", &*example.total.to_string()),
            ];
            let last = app.answers().to_string();
            let id = match app.answers() {
                0 => "ui.panel.example",
                _ => "ui.panel.example_asked",
            };
            let values = [&values[..], &[("last", &*last)]].concat();
            app.own.keys.fill(app.lang, id, &values)
        }
        (Panel::Timeline, _) if app.back > 0 => texts::count(app.lang, "ui.timeline.newer", app.back),
        (Panel::Timeline, _) if app.focus == panel && app.lost.is_none() => {
            texts::get(app.lang, "ui.timeline.scroll").to_owned()
        }
        (Panel::Topology, None) if app.focus == panel && app.lost.is_none() => {
            texts::get(app.lang, "picture.choose").to_owned()
        }
        _ => texts::get(app.lang, live).to_owned(),
    };
    let inner = inside(area);
    let name = match panel {
        Panel::Topology if draw_topology(app, inner, buffer) => "ui.panel.topology_compact",
        _ => panel.title(),
    };
    let title = format!("{} {}", panel.number(), texts::get(app.lang, name));
    let change = app.last_change().filter(|_| panel == Panel::Topology);
    let room = area.width.saturating_sub(width(&title) + 10);
    let change = change.map(|change| cut(&change, room, app.look.pick("…", "~")));
    let right = change.as_deref().unwrap_or(&right);
    frame(area, [&title, right], app.focus == panel, app.look, buffer);
    match panel {
        Panel::Step => step::draw(app, inner, buffer),
        Panel::Timeline => timeline::draw(app, inner, buffer),
        Panel::Topology | Panel::Console => {}
    }
}

/// Whether the picture is in its compact form.
fn draw_topology(app: &App, area: Rect, buffer: &mut Buffer) -> bool {
    let manner = Manner {
        look: app.look,
        lang: app.lang,
    };
    let news = match (&app.lost, &app.lab) {
        (Some(reason), _) => Some((
            app.own.keys.fill(app.lang, "ui.lab.lost", &[("reason", reason)]),
            Role::Alert,
        )),
        (None, None) => Some((texts::get(app.lang, "ui.lab.starting").to_owned(), Role::Quiet)),
        (None, Some(_)) => None,
    };
    let mut picture = area;
    if let Some((news, role)) = news {
        let lines = prose::wrap(&news, area.width.saturating_sub(2), role);
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
        prose::write(&lines, &mut Pen::new(buffer, area), (1, 0), app.look);
        picture = Rect {
            y: area.y + rows,
            height: area.height - rows,
            ..area
        };
    }
    app.lab.is_some() && topology::draw(&app.scene, picture, buffer, manner, app.pick.as_ref())
}

fn draw_console(app: &App, panels: &Panels, buffer: &mut Buffer) -> Option<Position> {
    if panels.class != Class::Small {
        let title = format!(
            "{} {}",
            Panel::Console.number(),
            texts::get(app.lang, Panel::Console.title())
        );
        let right = if app.console.scrolled() > 0 {
            texts::count(app.lang, "ui.console.scrolled", app.console.scrolled())
        } else if app.focus == Panel::Console && app.console.has_past() {
            app.text("ui.console.leave_or_scroll")
        } else if app.focus == Panel::Console {
            app.text("ui.console.leave")
        } else if app.answers() >= usize::from(Panel::Console.number()) {
            // Its number is an answer.
            String::new()
        } else {
            app.text("ui.console.enter")
        };
        frame(
            panels.console,
            [&title, &right],
            app.focus == Panel::Console,
            app.look,
            buffer,
        );
    }
    let cursor = console::draw(&app.console, panels.shell, buffer);
    let status;
    let news = match &app.console.life {
        Life::Running => return cursor,
        _ if app.lost.is_some() => texts::get(app.lang, "ui.console.none").to_owned(),
        Life::Waiting => texts::get(app.lang, "ui.lab.starting").to_owned(),
        Life::Ended(code) => {
            status = code.to_string();
            texts::fill(app.lang, "ui.console.ended", &[("status", &status)])
        }
        Life::Failed(reason) => texts::fill(app.lang, "ui.console.failed", &[("reason", reason)]),
    };
    let mut pen = Pen::new(buffer, panels.shell);
    let y = match app.console.life {
        Life::Waiting => 0,
        _ => app
            .console
            .screen()
            .cursor_position()
            .0
            .saturating_add(1)
            .min(pen.height().saturating_sub(1)),
    };
    let role = if app.console.life == Life::Waiting {
        Role::Quiet
    } else {
        Role::Alert
    };
    let news = cut(&format!(" {news} "), pen.width(), app.look.pick("…", "~"));
    pen.line(0, pen.width(), y, " ", app.look.style(Role::Plain));
    pen.put(0, y, &news, app.look.style(role));
    None
}

/// A frame with a title on the left and a word on the right; the one that has the focus is heavier.
fn frame(area: Rect, [left, right]: [&str; 2], focused: bool, look: Look, buffer: &mut Buffer) {
    let [across, side, nw, ne, se, sw] = match (look.ascii, focused) {
        (false, false) => ["─", "│", "┌", "┐", "┘", "└"],
        (false, true) => ["━", "┃", "┏", "┓", "┛", "┗"],
        (true, false) => ["-", "|", "+", "+", "+", "+"],
        (true, true) => ["=", "|", "#", "#", "#", "#"],
    };
    let style = look.style(if focused { Role::Focus } else { Role::Plain });
    let mut pen = Pen::new(buffer, area);
    let (last_x, last_y) = (area.width.saturating_sub(1), area.height.saturating_sub(1));
    for y in 1..last_y {
        pen.put(0, y, side, style);
        pen.put(last_x, y, side, style);
    }
    for (y, [start, end]) in [(0, [nw, ne]), (last_y, [sw, se])] {
        pen.line(1, last_x, y, across, style);
        pen.put(0, y, start, style);
        pen.put(last_x, y, end, style);
    }
    let more = look.pick("…", "~");
    let after = pen.put(
        2,
        0,
        &cut(&format!(" {left} "), area.width.saturating_sub(4), more),
        style,
    );
    let right = format!(" {right} ");
    if right.len() > 2 && after + width(&right) + 3 < area.width {
        pen.put_right(last_x.saturating_sub(1), 0, &right, look.style(Role::Plain));
    }
}
