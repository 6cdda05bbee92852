//! Paints a [`Layout`].

use ratatui::style::Style;

use super::Manner;
use super::layout::{BoxAt, CableAt, Layout};
use crate::scene::{Bar, Cable, Mark, Presence, Scene};
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// Paints bars, then cables over them, then boxes.
pub fn paint(scene: &Scene, grid: &Layout, mut pen: Pen<'_>, manner: Manner) {
    for (bar, y) in scene.bars.iter().zip(&grid.bars) {
        let empty = !grid.cables.iter().any(|cable| cable.bar_y == *y);
        draw_label(bar, (grid.label, *y), &mut pen, manner);
        draw_bar(bar, (grid.label, *y, empty), &mut pen, manner);
    }
    for cable in &grid.cables {
        draw_cable(scene, grid, *cable, &mut pen, manner);
    }
    for boxed in &grid.boxes {
        draw_box(scene, boxed, &mut pen, manner);
        for cable in grid.cables.iter().filter(|cable| boxed.nodes == [cable.node]) {
            let glyphs = manner.look.boxed(boxed.presence);
            let lowest = boxed.rect.bottom().saturating_sub(1);
            let (y, plug) = if cable.up {
                (lowest, glyphs.bottom)
            } else {
                (boxed.rect.y, glyphs.top)
            };
            pen.put(cable.x, y, plug, box_style(boxed, manner));
        }
    }
}

/// Letter, name and subnet beside the bar, the bridge's kernel name below.
pub(super) fn draw_label(bar: &Bar, (room, y): (u16, u16), pen: &mut Pen<'_>, manner: Manner) {
    let style = manner.look.network(bar);
    let more = manner.look.pick("…", "~");
    let mut x = pen.put(1, y, &bar.letter, style.patch(manner.look.style(Role::Title)));
    let ghost = if bar.presence == Presence::Ghost { " ?" } else { "" };
    let subnet = bar.subnet.map(|subnet| subnet.to_string()).unwrap_or_default();
    let left = room.saturating_sub(x + 2 + width(&subnet) + width(ghost));
    x = pen.put(x + 1, y, &cut(&bar.name, left.max(4), more), style);
    x = pen.put(x, y, ghost, style);
    pen.put(
        x + 1,
        y,
        &cut(&subnet, room.saturating_sub(x + 1), more),
        manner.look.style(Role::Plain),
    );
    if let Some(bridge) = bar.bridge.as_deref().filter(|_| bar.presence.is_real()) {
        let cell = pen.put(3, y + 1, "", Style::new());
        pen.put(
            cell,
            y + 1,
            &cut(bridge, room.saturating_sub(cell), more),
            manner.look.style(Role::Quiet),
        );
    }
}

fn draw_bar(bar: &Bar, (label, y, empty): (u16, u16, bool), pen: &mut Pen<'_>, manner: Manner) {
    let style = manner.look.network(bar);
    let glyphs = manner.look.bar(bar);
    let full = pen.width().saturating_sub(1);
    let end = match bar.presence {
        Presence::Growing(thousandths) => label + grown(full - label.min(full), thousandths),
        _ => full,
    };
    pen.line(label + 1, end, y, glyphs.line, style);
    pen.put(label, y, glyphs.left, style);
    if end == full {
        pen.put(full, y, glyphs.right, style);
    }
    let mut x = label + 2;
    if let Some(gateway) = bar.gateway.filter(|_| bar.presence.is_real() && !bar.internal) {
        x = pen.put(
            x,
            y,
            &format!("(.{})", gateway.octets()[3]),
            manner.look.style(Role::Plain),
        );
    }
    if let Some(note) = note(bar, empty, manner) {
        let note = format!(" {note} ");
        if empty {
            pen.put(x + 3, y, &note, manner.look.style(Role::Plain));
        } else if bar.presence.is_real() {
            // Over the far end, where no cable is.
            pen.put_right(full.saturating_sub(1), y, "", style);
        }
    }
}

/// What must be said of a bar in words.
fn note(bar: &Bar, empty: bool, manner: Manner) -> Option<&'static str> {
    Some(manner.get(match bar.presence {
        Presence::Ghost => "ui.topology.bar_wanted",
        Presence::Leaving => "ui.topology.bar_gone",
        _ if bar.default => "ui.topology.bar_default",
        _ if bar.internal => "ui.topology.bar_internal",
        _ if empty => "ui.topology.bar_empty",
        _ => return None,
    }))
}

fn grown(length: u16, thousandths: u16) -> u16 {
    u16::try_from(u32::from(length) * u32::from(thousandths) / 1000).unwrap_or(length)
}

fn draw_cable(scene: &Scene, grid: &Layout, at: CableAt, pen: &mut Pen<'_>, manner: Manner) {
    let cable = &scene.nodes[at.node].cables[at.cable];
    let bar = &scene.bars[cable.bar];
    let style = cable_style(bar, cable, manner);
    for y in at.from..at.to {
        pen.put(at.x, y, manner.look.cable(cable.presence), style);
    }
    let more_below = grid
        .cables
        .iter()
        .any(|other| other.node == at.node && other.up && other.bar_y > at.bar_y);
    let glyphs = manner.look.bar(bar);
    let joint = match (at.up, more_below) {
        (false, _) => glyphs.down,
        (true, true) => glyphs.both,
        (true, false) => glyphs.up,
    };
    pen.put(at.x, at.bar_y, joint, style);
    if at.up {
        for y in passed(grid, at) {
            pen.put(at.x, y, manner.look.cable(cable.presence), style);
        }
    }
    let label = cable_label(cable, manner);
    let y = if at.up { at.to.saturating_sub(1) } else { at.from };
    pen.put(at.x + 2, y, &label, style);
}

/// Rows of the bars that a cable crosses without being attached.
fn passed(grid: &Layout, at: CableAt) -> Vec<u16> {
    let attached = |y: u16| {
        grid.cables
            .iter()
            .any(|other| other.node == at.node && other.bar_y == y)
    };
    grid.bars
        .iter()
        .copied()
        .filter(|y| (at.from..at.to).contains(y) && !attached(*y))
        .collect()
}

/// `.2` seen, `~.2` deduced, `*.2` simulated; `?` for the address of a cable that is only wanted.
pub(super) fn cable_label(cable: &Cable, manner: Manner) -> String {
    let label = cable.label();
    match (cable.presence, cable.mark) {
        (Presence::Ghost, _) => label,
        (Presence::Leaving, _) if !label.is_empty() => format!("{label} {}", manner.get("ui.topology.free")),
        (_, Mark::Deduced) => format!("~{label}"),
        (_, Mark::Simulated) => format!("*{label}"),
        _ => label,
    }
}

fn cable_style(bar: &Bar, cable: &Cable, manner: Manner) -> Style {
    manner.look.network(&Bar {
        presence: cable.presence,
        ..bar.clone()
    })
}

fn box_style(boxed: &BoxAt, manner: Manner) -> Style {
    match boxed.presence {
        Presence::Ghost | Presence::Leaving => manner.look.style(Role::Ghost),
        Presence::Growing(_) => manner.look.style(Role::Title),
        Presence::Solid => manner.look.style(Role::Plain),
    }
}

fn draw_box(scene: &Scene, boxed: &BoxAt, pen: &mut Pen<'_>, manner: Manner) {
    let (rect, style) = (boxed.rect, box_style(boxed, manner));
    let glyphs = manner.look.boxed(boxed.presence);
    let (last_x, last_y) = (rect.right().saturating_sub(1), rect.bottom().saturating_sub(1));
    for y in [rect.y, last_y] {
        pen.line(rect.x, rect.right(), y, glyphs.across, style);
    }
    for (line, y) in boxed.lines.iter().zip(rect.y + 1..) {
        pen.line(rect.x, rect.right(), y, " ", style);
        pen.put(rect.x, y, glyphs.side, style);
        let bold = boxed.presence.is_real() && y == rect.y + 1;
        let text = if bold {
            style.patch(manner.look.style(Role::Title))
        } else {
            style
        };
        pen.put(rect.x + 2, y, line, text);
        pen.put(last_x, y, glyphs.side, style);
    }
    let corners = [(rect.x, rect.y), (last_x, rect.y), (last_x, last_y), (rect.x, last_y)];
    for ((x, y), corner) in corners.into_iter().zip(glyphs.corners) {
        pen.put(x, y, corner, style);
    }
    if boxed
        .nodes
        .iter()
        .any(|node| scene.nodes[*node].presence == Presence::Ghost)
    {
        let wanted = format!(
            " {} {}",
            manner.look.pick("◂", "<"),
            manner.get("ui.topology.box_wanted")
        );
        if rect.right() + width(&wanted) < pen.width() {
            pen.put(rect.right(), rect.y + 1, &wanted, style);
        }
    }
}
