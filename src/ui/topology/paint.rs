//! Paints a [`Layout`].

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Manner;
use super::content::address;
use super::layout::{BoxAt, CableAt, Layout, name_width};
use super::pick::Pick;
use crate::scene::{Bar, Cable, Presence, Scene};
use crate::ui::look::{BoxGlyphs, Role};
use crate::ui::pen::{Pen, cut, width};

/// Paints bars, then cables over them, then boxes.
pub fn paint(scene: &Scene, grid: &Layout, pen: &mut Pen<'_>, manner: Manner, pick: Option<&Pick>) {
    let names = name_width(scene);
    for (index, (bar, y)) in scene.bars.iter().zip(&grid.bars).enumerate() {
        let at = LabelAt {
            y: *y,
            names,
            room: grid.label,
            below: grid.zones[index] - 1,
            subnet_beside: grid.subnet_beside,
            picked: pick.is_some_and(|pick| pick.is_bar(bar)),
        };
        draw_label(bar, at, pen, manner);
        draw_bar(bar, (grid, *y), pen, manner);
    }
    for cable in &grid.cables {
        draw_cable(scene, grid, *cable, pen, (manner, pick));
    }
    for boxed in &grid.boxes {
        let picked = pick.is_some_and(|pick| {
            boxed
                .nodes
                .iter()
                .any(|node| pick.marks(&scene.nodes[*node], boxed.folded))
        });
        let asleep = !boxed.folded && scene.nodes[boxed.nodes[0]].is_asleep();
        let look = BoxLook::of(boxed, asleep, manner);
        draw_box(boxed, look, pen, (manner, picked));
        draw_folded_cable(scene, grid, boxed, pen, manner);
        let own = |cable: &&CableAt| !boxed.folded && !boxed.flat && boxed.nodes[0] == cable.node;
        for cable in grid.cables.iter().filter(own) {
            let lowest = boxed.rect.bottom().saturating_sub(1);
            let (y, plug) = if cable.up {
                (lowest, look.glyphs.bottom)
            } else {
                (boxed.rect.y, look.glyphs.top)
            };
            pen.put(cable.x, y, plug, look.style);
        }
    }
    for boxed in &grid.boxes {
        draw_remark(boxed, pen, manner);
    }
    for cable in &grid.cables {
        draw_free(scene, *cable, pen, manner);
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
    /// Rows below it.
    pub below: u16,
    /// The subnet stands beside the name.
    pub subnet_beside: bool,
    /// It is chosen.
    pub picked: bool,
}

/// Letter, name and subnet of a bar, and the bridge's kernel name, as far as there are rows for them.
pub(super) fn draw_label(bar: &Bar, at: LabelAt, pen: &mut Pen<'_>, manner: Manner) {
    let style = manner.look.network(bar);
    let more = manner.words().more;
    let subnet = bar.subnet.map(|subnet| subnet.to_string()).unwrap_or_default();
    let beside = if at.subnet_beside { width(&subnet) + 1 } else { 0 };
    let x = pen.put(1, at.y, &bar.letter, style.patch(manner.look.style(Role::Title)));
    let ghost = if bar.presence == Presence::Ghost { " ?" } else { "" };
    // A long name is cut rather than the subnet: the letter still says which network it is.
    let room = at.room.saturating_sub(x + 2 + beside + width(ghost)).max(4);
    let name = format!("{}{ghost}", cut(&bar.name, room, more));
    let name_style = if at.picked {
        style.patch(manner.style(Role::Title, true))
    } else {
        style
    };
    let end = pen.put(x + 1, at.y, &name, name_style);
    let plain = manner.look.style(Role::Plain);
    let mut below = Vec::new();
    if at.subnet_beside {
        let most = at.room.saturating_sub(width(&subnet) + 1).max(end + 1);
        let x = at.names.max(end + 1).min(most);
        pen.put(x, at.y, &cut(&subnet, at.room.saturating_sub(x), more), plain);
    } else if !subnet.is_empty() {
        below.push((subnet, plain));
    }
    if let Some(bridge) = bar.bridge.clone().filter(|_| bar.presence.is_real()) {
        below.push((bridge, manner.look.style(Role::Quiet)));
    }
    for ((text, style), y) in below.iter().zip(at.y + 1..=at.y + at.below) {
        pen.put(1, y, &cut(text, at.room.saturating_sub(1), more), *style);
    }
}

fn draw_bar(bar: &Bar, (grid, y): (&Layout, u16), pen: &mut Pen<'_>, manner: Manner) {
    let style = manner.look.network(bar);
    let glyphs = manner.look.bar(bar);
    let label = grid.label;
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
        let plug = format!("(.{})", gateway.octets()[3]);
        x = pen.put(x, y, &plug, manner.look.style(Role::Plain));
    }
    let taken = taken(grid, y);
    let Some(note) = note(bar, taken.is_empty(), manner) else {
        return;
    };
    let note = format!(" {note} ");
    let wide = width(&note);
    let is_free = |from: &u16| taken.iter().all(|column| *column < *from || *column >= from + wide);
    // After the gateway on an empty bar; else as far to the right as no cable stands in the way.
    let last = full.saturating_sub(wide + 2);
    let at = if taken.is_empty() {
        Some(x + 3).filter(|at| *at <= last)
    } else {
        (x + 1..=last).rev().find(is_free)
    };
    if let Some(at) = at {
        pen.put(at, y, &note, manner.look.style(Role::Plain));
    }
}

/// Columns of a bar's row where a cable is, attached or passing.
fn taken(grid: &Layout, y: u16) -> Vec<u16> {
    let here = |cable: &&CableAt| cable.bar_y == y || (cable.from..cable.to).contains(&y);
    let mut columns: Vec<u16> = grid.cables.iter().filter(here).map(|cable| cable.x).collect();
    let folded = |boxed: &&BoxAt| boxed.folded && boxed.rect.y == y + 2;
    columns.extend(grid.boxes.iter().filter(folded).map(BoxAt::column));
    columns
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

fn draw_cable(scene: &Scene, grid: &Layout, at: CableAt, pen: &mut Pen<'_>, (manner, pick): (Manner, Option<&Pick>)) {
    let node = &scene.nodes[at.node];
    let cable = &node.cables[at.cable];
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
    let picked = pick.is_some_and(|pick| pick.is_cable(node, bar));
    let shown = if picked {
        style.patch(manner.style(Role::Title, true))
    } else {
        style
    };
    let y = at.label_y();
    if picked {
        pen.put(at.x, y, manner.look.cable(cable.presence), shown);
    }
    pen.put(at.x + 2, y, &address(cable), shown);
}

/// Beside the address of a cable that is gone, where nothing else stands: it is free.
fn draw_free(scene: &Scene, at: CableAt, pen: &mut Pen<'_>, manner: Manner) {
    let cable = &scene.nodes[at.node].cables[at.cable];
    let label = address(cable);
    let text = format!(" {}", manner.get("ui.topology.free"));
    let x = at.x + 2 + width(&label);
    if cable.presence == Presence::Leaving && !label.is_empty() && pen.is_blank(x, at.label_y(), width(&text) + 1) {
        let style = cable_style(&scene.bars[cable.bar], cable, manner);
        pen.put(x, at.label_y(), &text, style);
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

/// How a box is drawn: dashed where nothing of it is in the kernel.
#[derive(Debug, Clone, Copy)]
struct BoxLook {
    glyphs: BoxGlyphs,
    style: Style,
    firm: bool,
}

impl BoxLook {
    fn of(boxed: &BoxAt, asleep: bool, manner: Manner) -> Self {
        Self {
            glyphs: manner.look.boxed(if asleep { Presence::Ghost } else { boxed.presence }),
            style: box_style(boxed, manner),
            firm: boxed.presence.is_real() && !asleep,
        }
    }
}

fn draw_box(boxed: &BoxAt, look: BoxLook, pen: &mut Pen<'_>, (manner, picked): (Manner, bool)) {
    let BoxLook { glyphs, style, firm } = look;
    let rect = boxed.rect;
    let mut title = style;
    if firm {
        title = title.patch(manner.look.style(Role::Title));
    }
    if picked {
        title = title.patch(manner.style(Role::Title, true));
    }
    let (last_x, last_y) = (rect.right().saturating_sub(1), rect.bottom().saturating_sub(1));
    if boxed.flat {
        let [open, close] = if firm { ["[", "]"] } else { ["(", ")"] };
        pen.line(rect.x, rect.right(), rect.y, " ", style);
        pen.put(rect.x, rect.y, open, style);
        pen.put(rect.x + 2, rect.y, &boxed.lines[0], title);
        pen.put(last_x, rect.y, close, style);
        for (line, y) in boxed.lines.iter().zip(rect.y..).skip(1) {
            pen.put(rect.x + 2, y, line, style);
        }
        return;
    }
    for y in [rect.y, last_y] {
        pen.line(rect.x, rect.right(), y, glyphs.across, style);
    }
    for (line, y) in boxed.lines.iter().zip(rect.y + 1..) {
        pen.line(rect.x, rect.right(), y, " ", style);
        pen.put(rect.x, y, glyphs.side, style);
        let text = if y == rect.y + 1 { title } else { style };
        pen.put(rect.x + 2, y, line, text);
        pen.put(last_x, y, glyphs.side, style);
    }
    let corners = [(rect.x, rect.y), (last_x, rect.y), (last_x, last_y), (rect.x, last_y)];
    for ((x, y), corner) in corners.into_iter().zip(glyphs.corners) {
        pen.put(x, y, corner, style);
    }
}

/// "Wanted" beside a ghost, "gone" beside an outline, where nothing else stands.
fn draw_remark(boxed: &BoxAt, pen: &mut Pen<'_>, manner: Manner) {
    let word = match boxed.presence {
        Presence::Ghost => "ui.topology.box_wanted",
        Presence::Leaving => "ui.topology.gone",
        Presence::Solid | Presence::Growing(_) => return,
    };
    let remark = format!(" {} {}", manner.look.pick("◂", "<"), manner.get(word));
    let place = Rect {
        x: boxed.rect.right(),
        y: boxed.name_y(),
        width: width(&remark) + 1,
        height: 1,
    };
    if pen.is_blank(place.x, place.y, place.width) {
        pen.put(place.x, place.y, &remark, box_style(boxed, manner));
    }
}

/// The cables of folded containers, as one.
fn draw_folded_cable(scene: &Scene, grid: &Layout, boxed: &BoxAt, pen: &mut Pen<'_>, manner: Manner) {
    let first = boxed.nodes.first().and_then(|node| scene.nodes[*node].cables.first());
    let Some(cable) = first.filter(|_| boxed.folded) else {
        return;
    };
    let (bar, bar_y) = (&scene.bars[cable.bar], grid.bars[cable.bar]);
    let style = manner.look.network(bar);
    pen.put(boxed.column(), bar_y, manner.look.bar(bar).down, style);
    for y in bar_y + 1..boxed.rect.y {
        pen.put(boxed.column(), y, manner.look.cable(boxed.presence), style);
    }
    if !boxed.flat {
        let plug = manner.look.boxed(boxed.presence).top;
        pen.put(boxed.column(), boxed.rect.y, plug, box_style(boxed, manner));
    }
}
