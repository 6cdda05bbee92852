//! Where everything of a [`Scene`] goes on a grid of cells. Pure: the painter only follows it, and tests check it.
//!
//! ```text
//! A dev           ╞═(.1)══╤═══════════╤══════╡     a bar, and its zone below it
//! 172.18.0.0/16           │ .2        │ .3         cable row
//! br-5a41…           ┌────┴───┐  ┌────┴───┐        boxes of the zone
//!                    └────────┘  └────┬───┘
//!                                     │ .2         second cable row, where a box hangs between two bars
//! B prod          ╞═(.1)══════════════╧══════╡
//! ```
//!
//! Where rows are short a box has no edges, `[ es ]`; where columns are short boxes stand closer. Of all the ways the one is taken
//! that folds the fewest containers away, the airiest first.

use ratatui::layout::Rect;

use super::columns::{Placed, columns};
use super::content::{BoxWords, Style};
use super::fold;
use crate::scene::{Presence, Scene};
use crate::ui::pen::width;

/// A box on the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxAt {
    /// Indices into [`Scene::nodes`]: the one that has the cables and those glued to it, or all that are folded.
    pub nodes: Vec<usize>,
    /// Several that stand for themselves no more.
    pub folded: bool,
    /// Its cells.
    pub rect: Rect,
    /// What is written in it.
    pub lines: Vec<String>,
    /// It has no edges: `[ es ]`, and below it what else there is to say.
    pub flat: bool,
    /// How much of it is there.
    pub presence: Presence,
}

impl BoxAt {
    /// Column of its cables.
    #[must_use]
    pub const fn column(&self) -> u16 {
        self.rect.x + self.rect.width / 2
    }

    /// The row of its name.
    #[must_use]
    pub const fn name_y(&self) -> u16 {
        if self.flat { self.rect.y } else { self.rect.y + 1 }
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

impl CableAt {
    /// The row where its address is written.
    #[must_use]
    pub const fn label_y(&self) -> u16 {
        if self.up { self.to.saturating_sub(1) } else { self.from }
    }
}

/// The whole picture on the grid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Columns left of the bars, for their names.
    pub label: u16,
    /// The subnet stands beside the name, not below it.
    pub subnet_beside: bool,
    /// Row of each bar.
    pub bars: Vec<u16>,
    /// Rows of each bar and its zone.
    pub zones: Vec<u16>,
    /// Boxes.
    pub boxes: Vec<BoxAt>,
    /// Cables.
    pub cables: Vec<CableAt>,
    /// Nodes that stand in no box.
    pub loose: Vec<usize>,
    /// Rows in all.
    pub height: u16,
}

impl Layout {
    /// Containers that no box names.
    fn folded(&self) -> usize {
        let folded = self.boxes.iter().filter(|boxed| boxed.folded);
        folded.map(|boxed| boxed.nodes.len()).sum()
    }
}

/// Columns a bar needs before its first cable: `╞═(.1)═`.
const PLUG: u16 = 8;
/// The narrowest box, and what it needs beside it.
const NARROWEST: u16 = 10;
/// From so many columns on the subnets stand beside the names.
const SUBNET_BESIDE: u16 = 100;

/// Lays the scene out in so many columns and rows. Absent where it does not fit: then the compact form is used.
#[must_use]
pub fn layout(scene: &Scene, size: (u16, u16), words: &BoxWords) -> Option<Layout> {
    let all = Style::ALL
        .into_iter()
        .filter_map(|style| styled(scene, size, words, style));
    all.min_by_key(Layout::folded)
}

fn styled(scene: &Scene, (columns_in_all, rows): (u16, u16), words: &BoxWords, style: Style) -> Option<Layout> {
    let subnet_beside = columns_in_all >= SUBNET_BESIDE;
    let label = label_width(scene, columns_in_all, subnet_beside);
    let (left, right) = (label + PLUG, columns_in_all.saturating_sub(3));
    if right < left + NARROWEST {
        return None;
    }
    let placed = columns(scene, (left, right), words, style)?;
    let heights = |label: u16| -> Vec<u16> {
        let zones = 0..scene.bars.len();
        zones
            .map(|bar| zone_height(scene, bar, &placed, (style, label)))
            .collect()
    };
    // The whole label below each bar where there are rows for it, else at least its first line.
    let [whole, least] = [if subnet_beside { 1 } else { 2 }, 1].map(heights);
    let heights = if whole.iter().sum::<u16>() <= rows {
        whole
    } else {
        least
    };
    let needed: u16 = heights.iter().sum();
    if needed > rows {
        return None;
    }
    let zones = u16::try_from(scene.bars.len()).unwrap_or(u16::MAX);
    let air = u16::from(zones > 0 && rows - needed >= zones);
    let mut grid = Layout {
        label,
        subnet_beside,
        loose: loose(scene),
        ..Layout::default()
    };
    let mut y = 0;
    for (bar, height) in heights.into_iter().enumerate() {
        grid.bars.push(y);
        grid.zones.push(height);
        let boxes = placed.iter().filter(|placed| placed.zone == bar);
        grid.boxes.extend(boxes.map(|placed| box_at(placed, y, style)));
        y += height + air;
    }
    grid.height = y - air.min(y);
    grid.cables = cables(scene, &grid);
    Some(grid)
}

fn box_at(placed: &Placed, bar_y: u16, style: Style) -> BoxAt {
    BoxAt {
        nodes: placed.nodes.clone(),
        folded: placed.folded,
        rect: Rect {
            x: placed.x,
            y: bar_y + 2,
            width: placed.width,
            height: box_height(placed, style),
        },
        lines: placed.lines.clone(),
        flat: style.flat,
        presence: placed.presence,
    }
}

fn box_height(placed: &Placed, style: Style) -> u16 {
    let lines = u16::try_from(placed.lines.len()).unwrap_or(1);
    if style.flat { lines } else { lines + 2 }
}

/// Those that stand in no box, by their cables or by whose network they share.
pub fn loose(scene: &Scene) -> Vec<usize> {
    let stands = |node: &usize| !scene.nodes[*node].cables.is_empty() || fold::home(scene, *node).is_some();
    (0..scene.nodes.len()).filter(|node| !stands(node)).collect()
}

fn label_width(scene: &Scene, columns: u16, subnet_beside: bool) -> u16 {
    let widest = |widths: &mut dyn Iterator<Item = u16>| widths.max().unwrap_or(0);
    let subnets = widest(&mut scene.bars.iter().map(subnet_width));
    let bridges = widest(&mut scene.bars.iter().map(|bar| bar.bridge.as_deref().map_or(0, width)));
    let names = name_width(scene);
    let head = if subnet_beside {
        names + subnets + 1
    } else {
        names.max(subnets + 1)
    };
    (head.max(bridges + 2).max(12) + 1)
        .min(if subnet_beside { 40 } else { 22 })
        .min(columns / 2)
}

/// Columns of a bar's subnet.
pub fn subnet_width(bar: &crate::scene::Bar) -> u16 {
    bar.subnet.map_or(0, |subnet| width(&subnet.to_string()))
}

/// Columns up to the subnets: ` A name `, with a ghost's question mark.
pub fn name_width(scene: &Scene) -> u16 {
    let names = scene.bars.iter().map(|bar| {
        let ghost = if bar.presence == Presence::Ghost { 2 } else { 0 };
        1 + width(&bar.letter) + 1 + width(&bar.name) + ghost + 1
    });
    names.max().unwrap_or(0)
}

/// Rows of a zone: its bar, then whatever its boxes and so many rows of its label want.
fn zone_height(scene: &Scene, bar: usize, placed: &[Placed], (style, label): (Style, u16)) -> u16 {
    let boxes = placed.iter().filter(|p| p.zone == bar);
    let tallest = boxes.map(|p| 2 + box_height(p, style) + u16::from(p.until > p.zone));
    let passed = placed.iter().any(|p| p.zone < bar && bar < p.until);
    let there = u16::from(scene.bars[bar].bridge.is_some()) + u16::from(scene.bars[bar].subnet.is_some());
    tallest
        .max()
        .unwrap_or(1)
        .max(1 + there.min(label).max(u16::from(passed)))
}

fn cables(scene: &Scene, grid: &Layout) -> Vec<CableAt> {
    let mut all = Vec::new();
    for boxed in grid.boxes.iter().filter(|boxed| !boxed.folded) {
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
