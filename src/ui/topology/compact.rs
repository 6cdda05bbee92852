//! The picture where there is little room: one row per bar, containers on it by name. One that is on several bars
//! stands in the same column on each, joined by a cable between them.
//!
//! ```text
//! A dev  172.18.0.0/16 ╞═ web .3 ═══ es .2 ═══════╡
//!                          │
//! B prod 172.19.0.0/16 ╞═ web .4 ═════════════════╡
//! ```

use super::Manner;
use super::layout::name_width;
use super::paint::{LabelAt, cable_label, draw_label};
use crate::scene::{Bar, Node, Presence, Scene};
use crate::texts;
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// Draws as many bars as there are rows, and says how many are not shown.
pub fn draw(scene: &Scene, mut pen: Pen<'_>, manner: Manner) {
    let (rows, columns) = (usize::from(pen.height()), pen.width());
    let joined = scene.nodes.iter().any(|node| node.cables.len() > 1);
    let bars = scene.bars.len();
    let step = if joined && bars * 2 <= rows + 1 { 2 } else { 1 };
    let shown = if bars * step > rows + step - 1 {
        rows.saturating_sub(1)
    } else {
        bars
    };
    let label = label_of(scene).min(columns / 2);
    let columns_of = columns_of_joined(scene, label + 3);
    for (index, bar) in scene.bars.iter().enumerate().take(shown) {
        let y = u16::try_from(index * step).unwrap_or(u16::MAX);
        draw_row(scene, (index, bar), (label, y), (&mut pen, manner, &columns_of));
    }
    if step == 2 {
        draw_joints(scene, &columns_of, &mut pen, manner);
    }
    if shown < bars {
        let more = texts::count(manner.lang, "ui.topology.more_networks", bars - shown);
        let y = u16::try_from(shown * step).unwrap_or(u16::MAX);
        pen.put(
            1,
            y,
            &cut(&more, columns.saturating_sub(1), ""),
            manner.look.style(Role::Quiet),
        );
    }
}

fn label_of(scene: &Scene) -> u16 {
    let subnets = scene
        .bars
        .iter()
        .map(|bar| bar.subnet.map_or(0, |subnet| width(&subnet.to_string()) + 1));
    name_width(scene) + subnets.max().unwrap_or(0)
}

/// Where each container on several bars stands, by node.
fn columns_of_joined(scene: &Scene, left: u16) -> Vec<Option<u16>> {
    let mut x = left;
    let place = |node: &Node| {
        (node.cables.len() > 1).then(|| {
            let widest = node.cables.iter().map(|_| width(&node.name) + 8).max().unwrap_or(0);
            let here = x;
            x += widest + 4;
            here
        })
    };
    scene.nodes.iter().map(place).collect()
}

type Hand<'a, 'b> = (&'a mut Pen<'b>, Manner, &'a [Option<u16>]);

fn draw_row(scene: &Scene, (index, bar): (usize, &Bar), (label, y): (u16, u16), (pen, manner, joined): Hand<'_, '_>) {
    let style = manner.look.network(bar);
    let glyphs = manner.look.bar(bar);
    let end = pen.width().saturating_sub(2);
    let bare = Bar {
        bridge: None,
        ..bar.clone()
    };
    draw_label(
        &bare,
        LabelAt {
            y,
            names: name_width(scene),
            room: label,
        },
        pen,
        manner,
    );
    pen.line(label + 1, end, y, glyphs.line, style);
    pen.put(label, y, glyphs.left, style);
    pen.put(end, y, glyphs.right, style);

    let free = joined
        .iter()
        .zip(&scene.nodes)
        .filter_map(|(x, node)| x.map(|x| x + width(&node.name) + 12));
    let mut x = free.max().unwrap_or(label + 3);
    let mut hidden = 0;
    let mut any = false;
    for (at, node) in scene.nodes.iter().enumerate() {
        for cable in node.cables.iter().filter(|cable| cable.bar == index) {
            any = true;
            let ghost = if cable.presence == Presence::Ghost { " ?" } else { "" };
            let text = format!(" {}{ghost} {} ", node.name, cable_label(cable, manner)).replace("  ", " ");
            let here = joined[at].unwrap_or(x);
            if here + width(&text) + 4 > end {
                hidden += 1;
                continue;
            }
            let role = if cable.presence.is_real() {
                Role::Title
            } else {
                Role::Ghost
            };
            pen.put(here, y, &text, manner.look.style(role));
            if joined[at].is_none() {
                x = here + width(&text) + 2;
            }
        }
    }
    if hidden > 0 {
        pen.put_right(
            end.saturating_sub(1),
            y,
            &format!(" +{hidden} "),
            manner.look.style(Role::Title),
        );
    }
    let note = match bar.presence {
        Presence::Ghost => "ui.topology.bar_wanted",
        Presence::Leaving => "ui.topology.bar_gone",
        _ if any => return,
        _ if bar.default => "ui.topology.bar_default",
        _ => "ui.topology.bar_empty",
    };
    if !any {
        let note = cut(&format!(" {} ", manner.get(note)), end.saturating_sub(label + 4), "");
        pen.put(label + 3, y, &note, manner.look.style(Role::Plain));
    }
}

fn draw_joints(scene: &Scene, columns: &[Option<u16>], pen: &mut Pen<'_>, manner: Manner) {
    for (node, x) in scene.nodes.iter().zip(columns) {
        let (Some(x), Some(first), Some(last)) = (x, node.cables.first(), node.cables.last()) else {
            continue;
        };
        for gap in first.bar..last.bar {
            let y = u16::try_from(gap * 2 + 1).unwrap_or(u16::MAX);
            let style = manner.look.style(if node.presence.is_real() {
                Role::Plain
            } else {
                Role::Ghost
            });
            pen.put(x + 2, y, manner.look.cable(last.presence), style);
        }
    }
}
