//! Paints a [`Layout`].

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Manner;
use super::layout::{BoxAt, CableAt, Layout, name_width};
use crate::scene::{Bar, Cable, Mark, Presence, Scene};
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// Paints bars, then cables over them, then boxes.
pub fn paint(scene: &Scene, grid: &Layout, mut pen: Pen<'_>, manner: Manner) {
    let names = name_width(scene);
    for (bar, y) in scene.bars.iter().zip(&grid.bars) {
        let last_cable = grid
            .cables
            .iter()
            .filter(|cable| cable.bar_y == *y)
            .map(|cable| cable.x)
            .max();
        draw_label(
            bar,
            LabelAt {
                y: *y,
                names,
                room: grid.label,
            },
            &mut pen,
            manner,
        );
        draw_bar(bar, (grid.label, *y, last_cable), &mut pen, manner);
    }
    for cable in &grid.cables {
        draw_cable(scene, grid, *cable, &mut pen, manner);
    }
    for boxed in &grid.boxes {
        draw_box(boxed, &mut pen, manner);
        draw_wanted(grid, boxed, &mut pen, manner);
        draw_folded_cable(scene, grid, boxed, &mut pen, manner);
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

/// Where a bar's label goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct LabelAt {
    /// Its row.
    pub y: u16,
    /// Columns up to the subnet.
    pub names: u16,
    /// Columns in all.
    pub room: u16,
}

/// Letter, name and subnet beside the bar, the bridge's kernel name below.
pub(super) fn draw_label(bar: &Bar, at: LabelAt, pen: &mut Pen<'_>, manner: Manner) {
    let style = manner.look.network(bar);
    let more = manner.look.pick("…", "~");
    let subnet = bar.subnet.map(|subnet| subnet.to_string()).unwrap_or_default();
    let x = pen.put(1, at.y, &bar.letter, style.patch(manner.look.style(Role::Title)));
    let ghost = if bar.presence == Presence::Ghost { " ?" } else { "" };
    // A long name is cut rather than the subnet: the letter still says which network it is.
    let taken = x + 3 + width(&subnet) + width(ghost);
    let name = cut(&bar.name, at.room.saturating_sub(taken).max(4), more);
    let end = pen.put(x + 1, at.y, &format!("{name}{ghost}"), style);
    let subnet_at = at
        .names
        .max(end + 1)
        .min(at.room.saturating_sub(width(&subnet) + 1).max(end + 1));
    let plain = manner.look.style(Role::Plain);
    pen.put(
        subnet_at,
        at.y,
        &cut(&subnet, at.room.saturating_sub(subnet_at), more),
        plain,
    );
    if let Some(bridge) = bar.bridge.as_deref().filter(|_| bar.presence.is_real()) {
        let quiet = manner.look.style(Role::Quiet);
        pen.put(3, at.y + 1, &cut(bridge, at.room.saturating_sub(3), more), quiet);
    }
}

fn draw_bar(bar: &Bar, (label, y, last_cable): (u16, u16, Option<u16>), pen: &mut Pen<'_>, manner: Manner) {
    let style = manner.look.network(bar);
    let glyphs = manner.look.bar(bar);
    let full = pen.width().saturating_sub(2);
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
    if let Some(note) = note(bar, last_cable.is_none(), manner) {
        let note = format!(" {note} ");
        // After the gateway on an empty bar; else at the far end, where there is no cable.
        let at = last_cable.map_or(x + 3, |_| full.saturating_sub(width(&note) + 2));
        if last_cable.is_none_or(|cable| cable + 1 < at) {
            pen.put(at, y, &note, manner.look.style(Role::Plain));
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

fn draw_box(boxed: &BoxAt, pen: &mut Pen<'_>, manner: Manner) {
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
}

/// "Wanted", beside a ghost, where nothing else stands.
fn draw_wanted(grid: &Layout, boxed: &BoxAt, pen: &mut Pen<'_>, manner: Manner) {
    let wanted = format!(
        " {} {} ",
        manner.look.pick("◂", "<"),
        manner.get("ui.topology.box_wanted")
    );
    let place = Rect {
        x: boxed.rect.right(),
        y: boxed.rect.y + 1,
        width: width(&wanted),
        height: 1,
    };
    let taken = grid.boxes.iter().any(|other| other.rect.intersection(place).area() > 0)
        || grid
            .cables
            .iter()
            .any(|cable| (place.x..place.right()).contains(&cable.x) && (cable.from..cable.to).contains(&place.y));
    if boxed.presence == Presence::Ghost && place.right() <= pen.width() && !taken {
        pen.put(place.x, place.y, wanted.trim_end(), box_style(boxed, manner));
    }
}

/// The cables of folded containers, as one.
fn draw_folded_cable(scene: &Scene, grid: &Layout, boxed: &BoxAt, pen: &mut Pen<'_>, manner: Manner) {
    let first = boxed.nodes.first().and_then(|node| scene.nodes[*node].cables.first());
    let Some(cable) = first.filter(|_| boxed.nodes.len() > 1) else {
        return;
    };
    let (bar, bar_y) = (&scene.bars[cable.bar], grid.bars[cable.bar]);
    let style = manner.look.network(bar);
    pen.put(boxed.column(), bar_y, manner.look.bar(bar).down, style);
    for y in bar_y + 1..boxed.rect.y {
        pen.put(boxed.column(), y, manner.look.cable(Presence::Solid), style);
    }
    pen.put(
        boxed.column(),
        boxed.rect.y,
        manner.look.boxed(boxed.presence).top,
        box_style(boxed, manner),
    );
}
