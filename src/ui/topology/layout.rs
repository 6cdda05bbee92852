//! Where everything of a [`Scene`] goes on a grid of cells. Pure: the painter only follows it, and tests check it.
//!
//! ```text
//! A dev  172.18.0.0/16  ╞═(.1)══╤═══════════╤══════╡     a bar, and its zone below it
//!   br-5a41…                    │ .2        │ .3         cable row
//!                          ┌────┴───┐  ┌────┴───┐        boxes of the zone
//!                          └────────┘  └────┬───┘
//!                                           │ .2         second cable row, where a box hangs between two bars
//! B prod 172.19.0.0/16  ╞═(.1)══════════════╧══════╡
//! ```

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use ratatui::layout::Rect;

use super::fold::{self, Item};
use crate::scene::{Node, Place, Presence, Scene};
use crate::ui::pen::{cut, width};

/// A box on the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxAt {
    /// Indices into [`Scene::nodes`]: one, or those folded together.
    pub nodes: Vec<usize>,
    /// Its cells.
    pub rect: Rect,
    /// What is written in it.
    pub lines: Vec<String>,
    /// How much of it is there.
    pub presence: Presence,
}

impl BoxAt {
    /// Column of its cables.
    #[must_use]
    pub const fn column(&self) -> u16 {
        self.rect.x + self.rect.width / 2
    }
}

/// A cable on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CableAt {
    /// Index into [`Scene::nodes`].
    pub node: usize,
    /// Index into that node's cables.
    pub cable: usize,
    /// Its column.
    pub x: u16,
    /// Row of its bar.
    pub bar_y: u16,
    /// First row between bar and box (or the bar before).
    pub from: u16,
    /// Row after the last.
    pub to: u16,
    /// True where the box is above the bar.
    pub up: bool,
}

/// The whole picture on the grid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Columns left of the bars, for their names.
    pub label: u16,
    /// Row of each bar.
    pub bars: Vec<u16>,
    /// Boxes.
    pub boxes: Vec<BoxAt>,
    /// Cables.
    pub cables: Vec<CableAt>,
    /// Nodes that stand on no bar.
    pub loose: Vec<usize>,
    /// Rows in all.
    pub height: u16,
}

/// How many boxes a zone has before they fold.
const MOST: usize = 8;
/// Columns a bar needs before its first cable: `╞═(.1)═`.
const PLUG: u16 = 8;
const GAP: u16 = 2;
const NARROWEST_BOX: u16 = 10;
const WIDEST_TEXT: u16 = 22;

/// Words that appear in boxes, in the reader's language.
#[derive(Debug, Clone)]
pub struct BoxWords {
    /// Before aliases.
    pub alias: String,
    /// Written on what has just left.
    pub gone: String,
    /// Cut mark.
    pub more: &'static str,
    /// Times sign.
    pub times: &'static str,
}

/// Lays the scene out in `width` columns; `height` decides how airy it is. Absent where it does not fit: then the compact
/// form is used.
#[must_use]
pub fn layout(scene: &Scene, (columns, rows): (u16, u16), words: &BoxWords) -> Option<Layout> {
    let label = label_width(scene, columns);
    let (left, right) = (label + PLUG, columns.saturating_sub(3));
    if right < left + NARROWEST_BOX {
        return None;
    }
    let mut grid = Layout {
        label,
        ..Layout::default()
    };
    grid.loose = (0..scene.nodes.len())
        .filter(|node| scene.nodes[*node].cables.is_empty())
        .collect();

    let placed = columns_of(scene, (left, right), words)?;
    let needed: u16 = (0..scene.bars.len()).map(|bar| zone_height(scene, bar, &placed)).sum();
    if needed > rows {
        return None;
    }
    let zones = u16::try_from(scene.bars.len()).unwrap_or(u16::MAX);
    let air = u16::from(zones > 0 && rows - needed >= zones);
    let mut y = 0;
    for bar in 0..scene.bars.len() {
        grid.bars.push(y);
        for placed in placed.iter().filter(|p| p.zone == bar) {
            let height = u16::try_from(placed.lines.len()).unwrap_or(1) + 2;
            grid.boxes.push(BoxAt {
                nodes: placed.nodes.clone(),
                rect: Rect {
                    x: placed.x,
                    y: y + 2,
                    width: placed.width,
                    height,
                },
                lines: placed.lines.clone(),
                presence: placed.presence,
            });
        }
        y += zone_height(scene, bar, &placed) + air;
    }
    grid.height = y - air.min(y);
    grid.cables = cables(scene, &grid);
    Some(grid)
}

/// A box with its columns, before its row is known.
struct Placed {
    zone: usize,
    /// Zone after the last one whose cells below the box its cables pass.
    until: usize,
    nodes: Vec<usize>,
    x: u16,
    width: u16,
    lines: Vec<String>,
    presence: Presence,
}

fn label_width(scene: &Scene, columns: u16) -> u16 {
    let subnets = scene
        .bars
        .iter()
        .map(|bar| bar.subnet.map_or(0, |subnet| width(&subnet.to_string()) + 1));
    let bridges = scene.bars.iter().map(|bar| bar.bridge.as_deref().map_or(0, width) + 3);
    let names = name_width(scene);
    let head = names + subnets.max().unwrap_or(0);
    (head.max(bridges.max().unwrap_or(0)).max(12) + 1)
        .min(28)
        .min(columns / 2)
}

/// Columns up to the subnets: ` A name `, with a ghost's question mark.
pub fn name_width(scene: &Scene) -> u16 {
    let names = scene.bars.iter().map(|bar| {
        let ghost = if bar.presence == Presence::Ghost { 2 } else { 0 };
        1 + width(&bar.letter) + 1 + width(&bar.name) + ghost + 1
    });
    names.max().unwrap_or(0)
}

/// Rows of a zone: its bar, then whatever its boxes and its label want.
fn zone_height(scene: &Scene, bar: usize, placed: &[Placed]) -> u16 {
    let boxes = placed.iter().filter(|p| p.zone == bar);
    let tallest = boxes.map(|p| {
        let rows = u16::try_from(p.lines.len()).unwrap_or(1) + 2;
        rows + u16::from(p.until > p.zone)
    });
    let passed = placed.iter().any(|p| p.zone < bar && bar < p.until);
    match tallest.max() {
        Some(rows) => rows + 2,
        None if passed || scene.bars[bar].bridge.is_some() => 2,
        None => 1,
    }
}

/// What is free: the right end of each zone, and the columns of each bar that have a joint already.
struct Free {
    edge: Vec<u16>,
    joints: Vec<BTreeSet<u16>>,
}

impl Free {
    fn has_joint(&self, bars: RangeInclusive<usize>, column: u16) -> bool {
        self.joints[bars].iter().any(|joints| joints.contains(&column))
    }
}

/// Columns for every box, or nothing where even folded boxes do not fit.
fn columns_of(scene: &Scene, (left, right): (u16, u16), words: &BoxWords) -> Option<Vec<Placed>> {
    let bars = scene.bars.len();
    let mut free = Free {
        edge: vec![right; bars],
        joints: vec![BTreeSet::new(); bars],
    };
    let mut placed = crossings(scene, left, &mut free, words)?;
    for zone in 0..bars {
        let (mut x, edge) = (left, free.edge[zone]);
        for (item, lines, wide) in fold_zone(scene, zone, edge.saturating_sub(left), words)? {
            let until = zone + usize::from(item.between);
            while free.has_joint(zone..=until, x + wide / 2) {
                x += 1;
            }
            if x + wide > edge {
                return None;
            }
            free.joints[until].insert(x + wide / 2);
            placed.push(Placed {
                zone,
                until,
                nodes: item.nodes,
                x,
                width: wide,
                lines,
                presence: item.presence,
            });
            x += wide + GAP;
        }
    }
    Some(placed)
}

/// Columns that are crossed belong to several zones: they are given out first, from the right.
fn crossings(scene: &Scene, left: u16, free: &mut Free, words: &BoxWords) -> Option<Vec<Placed>> {
    let mut placed = Vec::new();
    for (index, node) in scene.nodes.iter().enumerate() {
        let Place::Crossing { first, last } = node.place else {
            continue;
        };
        let (lines, width) = content(node, words);
        let mut x = free.edge[first..last].iter().min()?.checked_sub(width)?;
        while free.has_joint(first..=last, x + width / 2) {
            x = x.checked_sub(1)?;
        }
        if x < left {
            return None;
        }
        for zone in first..=last {
            free.joints[zone].insert(x + width / 2);
        }
        for edge in &mut free.edge[first..last] {
            *edge = x.saturating_sub(GAP);
        }
        let presence = node.presence;
        placed.push(Placed {
            zone: first,
            until: last,
            nodes: vec![index],
            x,
            width,
            lines,
            presence,
        });
    }
    Some(placed)
}

type Sized = (Item, Vec<String>, u16);

/// The boxes of a zone, folded until they fit into `room` columns.
fn fold_zone(scene: &Scene, zone: usize, room: u16, words: &BoxWords) -> Option<Vec<Sized>> {
    let mut most = MOST;
    loop {
        let sized: Vec<Sized> = fold::items(scene, zone, most)
            .into_iter()
            .map(|item| {
                let (lines, wide) = match *item.nodes.as_slice() {
                    [node] => content(&scene.nodes[node], words),
                    _ => boxed(vec![fold::name(scene, &item.nodes, words.times)]),
                };
                (item, lines, wide)
            })
            .collect();
        // One column more per box: it may have to step aside for a cable that comes from above.
        let needed: u16 = sized.iter().map(|(_, _, wide)| wide + GAP + 1).sum();
        if needed <= room + GAP {
            return Some(sized);
        }
        most = most.min(sized.len()).checked_sub(1)?;
    }
}

/// What a container's box says, and how wide it is.
fn content(node: &Node, words: &BoxWords) -> (Vec<String>, u16) {
    if node.presence == Presence::Leaving {
        return boxed(vec![cut(
            &format!("{} {}", node.name, words.gone),
            WIDEST_TEXT,
            words.more,
        )]);
    }
    let ghost = if node.presence == Presence::Ghost { " ?" } else { "" };
    let mut lines = vec![format!("{}{ghost}", cut(&node.name, WIDEST_TEXT, words.more))];
    let mut aliases: Vec<&str> = node
        .cables
        .iter()
        .flat_map(|c| &c.aliases)
        .map(String::as_str)
        .collect();
    aliases.dedup();
    if !aliases.is_empty() {
        lines.push(cut(
            &format!("{} {}", words.alias, aliases.join(", ")),
            WIDEST_TEXT,
            words.more,
        ));
    }
    boxed(lines)
}

fn boxed(lines: Vec<String>) -> (Vec<String>, u16) {
    let widest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    (lines, (widest + 4).max(NARROWEST_BOX))
}

fn cables(scene: &Scene, grid: &Layout) -> Vec<CableAt> {
    let mut all = Vec::new();
    for boxed in grid.boxes.iter().filter(|b| b.nodes.len() == 1) {
        let node = boxed.nodes[0];
        let mut below = boxed.rect.bottom();
        for (index, cable) in scene.nodes[node].cables.iter().enumerate() {
            let bar_y = grid.bars[cable.bar];
            let up = bar_y > boxed.rect.y;
            let (from, to) = if up { (below, bar_y) } else { (bar_y + 1, boxed.rect.y) };
            all.push(CableAt {
                node,
                cable: index,
                x: boxed.column(),
                bar_y,
                from,
                to,
                up,
            });
            if up {
                below = bar_y + 1;
            }
        }
    }
    all
}
