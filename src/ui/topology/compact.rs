//! The picture where there is little room: one row per bar, containers on it by name. One that is on several bars
//! stands in the same column on each; what joins its names says that it is the same one.
//!
//! ```text
//! A dev          ╞═ web .3 ═══ es .2 ═══════╡
//! 172.18.0.0/16      │
//! B prod         ╞═ web .4 ═══ es1 .2 (es) ═╡
//! 172.19.0.0/16
//! ```

use std::fmt::Write;

use super::Manner;
use super::content::address;
use super::fold;
use super::layout::{name_width, subnet_width};
use super::paint::{LabelAt, draw_label};
use super::pick::Pick;
use crate::scene::{Bar, Node, Presence, Scene};
use crate::texts;
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// A container on a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Index into [`Scene::nodes`].
    pub node: usize,
    /// Index into that node's cables.
    pub cable: usize,
    /// Its first column.
    pub x: u16,
    /// What is written.
    pub text: String,
}

/// A bar and what hangs on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its row.
    pub y: u16,
    /// From left to right.
    pub shown: Vec<Segment>,
    /// Nodes that hang on it too, only counted, in `count`.
    pub hidden: Vec<usize>,
    /// `web ×12`, at the right end.
    pub count: String,
}

/// The compact form on the grid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compact {
    /// Columns left of the bars.
    pub label: u16,
    /// Column of each bar's right end.
    pub end: u16,
    /// Rows below bars, for their subnets and the cables that join them.
    pub airy: bool,
    /// The bars that are shown.
    pub rows: Vec<Row>,
    /// First column of each node that is on several bars.
    pub joined: Vec<Option<u16>>,
    /// Of who does not run, a mark says so and no word.
    pub short: bool,
    /// Bars that are not.
    pub more: usize,
    /// Rows in all.
    pub height: u16,
}

/// Columns that a count may take: ` +30 `, and one beside it.
const COUNT: u16 = 6;

/// Places as many bars as there are rows, and counts the rest. Words of one container never hide another.
pub fn place(scene: &Scene, size: (u16, u16), manner: Manner) -> Compact {
    let hidden = |compact: &Compact| compact.rows.iter().map(|row| row.hidden.len()).sum::<usize>();
    let (worded, marked) = (
        placed(scene, size, (manner, false)),
        placed(scene, size, (manner, true)),
    );
    if hidden(&worded) <= hidden(&marked) {
        worded
    } else {
        marked
    }
}

fn placed(scene: &Scene, (columns, rows): (u16, u16), (manner, short): (Manner, bool)) -> Compact {
    let rows = usize::from(rows);
    let bars = scene.bars.len();
    let airy = bars * 2 <= rows;
    let step = 1 + usize::from(airy);
    let shown = if bars > rows { rows.saturating_sub(1) } else { bars };
    let subnets = scene.bars.iter().map(|bar| subnet_width(bar) + 1).max().unwrap_or(0);
    let names = name_width(scene);
    let label = if airy { names.max(subnets) } else { names + subnets };
    let label = label.min(columns / 2);
    let mut compact = Compact {
        label,
        end: columns.saturating_sub(2),
        airy,
        short,
        more: bars - shown,
        ..Compact::default()
    };
    let last = compact.end.saturating_sub(COUNT).max(label + 2);
    compact.joined = columns_of_joined(scene, (label + 2, last), (manner, short));
    for index in 0..shown {
        let y = u16::try_from(index * step).unwrap_or(u16::MAX);
        let row = row(scene, (index, y), &compact, manner);
        compact.rows.push(row);
    }
    let counted = usize::from(compact.more > 0);
    compact.height = u16::try_from(shown * step + counted).unwrap_or(u16::MAX);
    compact
}

/// Where each container on several bars stands, by node: side by side, while there are columns for them.
fn columns_of_joined(scene: &Scene, (left, end): (u16, u16), how: (Manner, bool)) -> Vec<Option<u16>> {
    let mut x = left;
    let place = |(index, node): (usize, &Node)| {
        if node.cables.len() < 2 {
            return None;
        }
        let texts = (0..node.cables.len()).map(|cable| width(&text(scene, (index, cable), how)));
        let next = x + texts.max().unwrap_or(0) + 2;
        (next <= end).then(|| std::mem::replace(&mut x, next))
    };
    scene.nodes.iter().enumerate().map(place).collect()
}

fn row(scene: &Scene, (index, y): (usize, u16), compact: &Compact, manner: Manner) -> Row {
    let how = (manner, compact.short);
    let on = |(node, shown): (usize, &Node)| {
        let cable = shown.cables.iter().position(|cable| cable.bar == index);
        cable.map(|cable| (node, cable))
    };
    let all: Vec<(usize, usize)> = scene.nodes.iter().enumerate().filter_map(on).collect();
    let free = compact.joined.iter().enumerate().filter_map(|(node, x)| {
        let texts = (0..scene.nodes[node].cables.len()).map(|cable| width(&text(scene, (node, cable), how)));
        x.map(|x| x + texts.max().unwrap_or(0) + 2)
    });
    let first = free.max().unwrap_or(compact.label + 2);
    // What stays hidden is counted; the count needs room too.
    let mut end = compact.end;
    loop {
        let mut row = Row { y, ..Row::default() };
        let mut x = first;
        for &(node, cable) in &all {
            let text = text(scene, (node, cable), how);
            let here = match compact.joined[node] {
                Some(here) => here,
                None if scene.nodes[node].cables.len() > 1 || !row.hidden.is_empty() || x + width(&text) > end => {
                    row.hidden.extend(fold::with_guests(scene, node));
                    continue;
                }
                None => {
                    let next = x + width(&text) + 2;
                    std::mem::replace(&mut x, next)
                }
            };
            row.shown.push(Segment {
                node,
                cable,
                x: here,
                text,
            });
        }
        row.shown.sort_by_key(|segment| segment.x);
        if row.hidden.is_empty() {
            return row;
        }
        let last = row.shown.last().map_or(0, |segment| segment.x + width(&segment.text));
        let named = fold::name(scene, &row.hidden, manner.words().times);
        let counts = [named, format!("+{}", row.hidden.len())].map(|count| format!(" {count} "));
        let fits = |count: &&String| last + width(count) < compact.end;
        if let Some(count) = counts.iter().find(fits) {
            row.count.clone_from(count);
            return row;
        }
        if row.shown.iter().all(|segment| compact.joined[segment.node].is_some()) {
            row.count.clone_from(&counts[1]);
            return row;
        }
        end = compact.end.saturating_sub(COUNT);
    }
}

/// ` es1 .2 (es) `
fn text(scene: &Scene, (node, cable): (usize, usize), (manner, short): (Manner, bool)) -> String {
    let words = manner.words();
    let shown = &scene.nodes[node];
    let cable = &shown.cables[cable];
    let mut text = format!(" {}", cut(&shown.name, 22, words.more));
    let guests = fold::with_guests(scene, node).len() - 1;
    if guests > 0 {
        let _ = write!(text, "+{guests}");
    }
    if cable.presence == Presence::Ghost {
        text.push_str(" ?");
    }
    let said = match cable.presence {
        Presence::Leaving => manner.cross().to_owned(),
        _ => address(cable),
    };
    if !said.is_empty() {
        text.push(' ');
        text.push_str(&said);
    }
    if !cable.aliases.is_empty() {
        let _ = write!(text, " ({})", cut(&cable.aliases.join(", "), 16, words.more));
    }
    text.push_str(words.asleep(shown, short));
    text.push(' ');
    text
}

/// Paints what [`place`] has placed.
pub fn paint(scene: &Scene, compact: &Compact, pen: &mut Pen<'_>, manner: Manner, pick: Option<&Pick>) {
    for (row, bar) in compact.rows.iter().zip(&scene.bars) {
        paint_bar(scene, bar, (row, compact), pen, (manner, pick));
        for segment in &row.shown {
            let node = &scene.nodes[segment.node];
            let presence = node.cables[segment.cable].presence;
            let role = if presence.is_real() && node.presence.is_real() {
                Role::Title
            } else {
                Role::Ghost
            };
            let here = pick.is_some_and(|pick| pick.is_at(node, &scene.bars, segment.cable));
            pen.put(segment.x, row.y, &segment.text, manner.style(role, here));
        }
        if !row.count.is_empty() {
            let here = pick.is_some_and(|pick| row.hidden.iter().any(|node| pick.marks(&scene.nodes[*node], true)));
            pen.put_right(
                compact.end.saturating_sub(1),
                row.y,
                &row.count,
                manner.style(Role::Title, here),
            );
        }
    }
    if compact.airy {
        draw_joints(scene, compact, pen, manner);
    }
    if compact.more > 0 {
        let bars = &scene.bars[compact.rows.len()..];
        let hidden = scene
            .nodes
            .iter()
            .filter(|node| !node.cables.is_empty() && node.cables.iter().all(|c| c.bar >= compact.rows.len()));
        let more = texts::count(manner.lang, "picture.more_networks", compact.more);
        let names: Vec<&str> = bars.iter().map(|bar| bar.name.as_str()).collect();
        let values = [
            ("names", &*names.join(", ")),
            ("containers", &hidden.count().to_string()),
        ];
        let more = texts::fill_in(&more, &values);
        let style = manner.look.style(Role::Quiet);
        let room = pen.width().saturating_sub(1);
        pen.put(1, compact.height - 1, &cut(&more, room, manner.words().more), style);
    }
}

fn paint_bar(
    scene: &Scene,
    bar: &Bar,
    (row, compact): (&Row, &Compact),
    pen: &mut Pen<'_>,
    (manner, pick): (Manner, Option<&Pick>),
) {
    let (label, end, y) = (compact.label, compact.end, row.y);
    let style = manner.look.network(bar);
    let glyphs = manner.look.bar(bar);
    let at = LabelAt {
        y,
        names: name_width(scene),
        room: label,
        below: u16::from(compact.airy),
        subnet_beside: !compact.airy,
        picked: pick.is_some_and(|pick| pick.is_bar(bar)),
    };
    let bare = Bar {
        bridge: None,
        ..bar.clone()
    };
    draw_label(&bare, at, pen, manner);
    pen.line(label + 1, end, y, glyphs.line, style);
    pen.put(label, y, glyphs.left, style);
    pen.put(end, y, glyphs.right, style);
    let note = match bar.presence {
        Presence::Ghost => "ui.topology.bar_wanted",
        Presence::Leaving => "ui.topology.bar_gone",
        _ if bar.default => "ui.topology.bar_default",
        _ => "ui.topology.bar_empty",
    };
    if row.shown.is_empty() && row.hidden.is_empty() {
        let note = cut(&format!(" {} ", manner.get(note)), end.saturating_sub(label + 4), "");
        pen.put(label + 3, y, &note, manner.look.style(Role::Plain));
    }
}

fn draw_joints(scene: &Scene, compact: &Compact, pen: &mut Pen<'_>, manner: Manner) {
    for (node, x) in scene.nodes.iter().zip(&compact.joined) {
        let (Some(x), Some(first), Some(last)) = (x, node.cables.first(), node.cables.last()) else {
            continue;
        };
        let shown = compact.rows.len().saturating_sub(1);
        let role = if node.presence.is_real() {
            Role::Plain
        } else {
            Role::Ghost
        };
        for gap in first.bar..last.bar.min(shown) {
            let y = u16::try_from(gap * 2 + 1).unwrap_or(u16::MAX);
            pen.put(x + 2, y, manner.look.cable(joint(node)), manner.look.style(role));
        }
    }
}

/// What joins the names of one container says that it is the same one, whatever its cables are.
pub(super) fn joint(node: &Node) -> Presence {
    if node.presence.is_real() {
        Presence::Solid
    } else {
        Presence::Ghost
    }
}
