//! Which columns each box has.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::content::{BoxWords, Sized, Style, sized};
use super::fold::{self, Item};
use crate::scene::{Place, Presence, Scene};

/// How many boxes a zone has before they fold.
const MOST: usize = 8;

/// A box with its columns, before its row is known.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The bar it hangs under.
    pub zone: usize,
    /// The last bar that its cables reach.
    pub until: usize,
    /// Who is in it.
    pub nodes: Vec<usize>,
    /// Several that stand for themselves no more.
    pub folded: bool,
    /// Its first column.
    pub x: u16,
    /// Its columns.
    pub width: u16,
    /// What is written in it.
    pub lines: Vec<String>,
    /// How much of it is there.
    pub presence: Presence,
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
pub fn columns(scene: &Scene, (left, right): (u16, u16), words: &BoxWords, style: Style) -> Option<Vec<Placed>> {
    let bars = scene.bars.len();
    let mut free = Free {
        edge: vec![right; bars],
        joints: vec![BTreeSet::new(); bars],
    };
    let mut placed = crossings(scene, left, &mut free, (words, style))?;
    for zone in 0..bars {
        let boxes = fold_zone(scene, (zone, left), &free, (words, style))?;
        for placed in &boxes {
            free.joints[placed.until].insert(placed.x + placed.width / 2);
        }
        placed.extend(boxes);
    }
    Some(placed)
}

fn place(sized: Sized, (zone, until): (usize, usize), x: u16) -> Placed {
    Placed {
        zone,
        until,
        nodes: sized.item.nodes,
        folded: sized.item.folded,
        x,
        width: sized.width,
        lines: sized.lines,
        presence: sized.item.presence,
    }
}

/// Columns that are crossed belong to several zones: they are given out first, from the right.
fn crossings(scene: &Scene, left: u16, free: &mut Free, (words, style): (&BoxWords, Style)) -> Option<Vec<Placed>> {
    let mut placed = Vec::new();
    for (index, node) in scene.nodes.iter().enumerate() {
        let Place::Crossing { first, last } = node.place else {
            continue;
        };
        let item = Item {
            nodes: fold::with_guests(scene, index),
            folded: false,
            between: false,
            presence: node.presence,
        };
        let item = sized(scene, item, words, style);
        let mut x = free.edge[first..last].iter().min()?.checked_sub(item.room)?;
        while free.has_joint(first..=last, x + item.width / 2) {
            x = x.checked_sub(1)?;
        }
        if x < left {
            return None;
        }
        for zone in first..=last {
            free.joints[zone].insert(x + item.width / 2);
        }
        for edge in &mut free.edge[first..last] {
            *edge = x.saturating_sub(style.gap());
        }
        placed.push(place(item, (first, last), x));
    }
    Some(placed)
}

/// The boxes of a zone, folded until they fit; nothing where no folding helps any more.
fn fold_zone(
    scene: &Scene,
    (zone, left): (usize, u16),
    free: &Free,
    (words, style): (&BoxWords, Style),
) -> Option<Vec<Placed>> {
    let mut most = MOST;
    loop {
        let items = fold::items(scene, zone, most).into_iter();
        let sized: Vec<Sized> = items.map(|item| sized(scene, item, words, style)).collect();
        let boxes = sized.len();
        if let Some(placed) = in_row(sized, (zone, left), free, style) {
            return Some(placed);
        }
        if most <= 1 || boxes > most {
            return None;
        }
        most = most.min(boxes) - 1;
    }
}

/// Side by side from the left; a box steps aside for a cable that comes from above.
fn in_row(sized: Vec<Sized>, (zone, left): (usize, u16), free: &Free, style: Style) -> Option<Vec<Placed>> {
    let mut x = left;
    let mut row = Vec::with_capacity(sized.len());
    for item in sized {
        let until = zone + usize::from(item.item.between);
        while free.has_joint(zone..=until, x + item.width / 2) {
            x += 1;
        }
        let end = x + item.room;
        if end > free.edge[zone] {
            return None;
        }
        row.push(place(item, (zone, until), x));
        x = end + style.gap();
    }
    Some(row)
}
