//! Many containers on one bar become one box: `web ×12`.

use crate::scene::{Node, Place, Presence, Scene};

/// One box of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Indices into the scene's nodes.
    pub nodes: Vec<usize>,
    /// True where it is plugged into the next bar as well.
    pub between: bool,
    /// How much of it is there.
    pub presence: Presence,
}

/// The boxes that stand in the zone under a bar, in order, at most `most` of them. What is wanted, coming or going is never
/// folded while anything else can be; what folds is the tail, so that the first boxes stay where they are.
#[must_use]
pub fn items(scene: &Scene, zone: usize, most: usize) -> Vec<Item> {
    let here: Vec<usize> = (0..scene.nodes.len())
        .filter(|node| stands_in(&scene.nodes[*node], zone))
        .collect();
    let mut keep = vec![true; here.len()];
    let mut excess = (here.len() + 1).saturating_sub(most.max(1));
    if here.len() <= most {
        excess = 0;
    }
    for pass in [true, false] {
        for (at, node) in here.iter().enumerate().rev() {
            let calm =
                scene.nodes[*node].presence == Presence::Solid && matches!(scene.nodes[*node].place, Place::On { .. });
            if excess > 0 && keep[at] && (calm || !pass) {
                keep[at] = false;
                excess -= 1;
            }
        }
    }
    let mut items: Vec<Item> = Vec::new();
    for (node, _) in here.iter().zip(&keep).filter(|(_, keep)| **keep) {
        let shown = &scene.nodes[*node];
        let between = matches!(shown.place, Place::Between { .. });
        items.push(Item {
            nodes: vec![*node],
            between,
            presence: shown.presence,
        });
    }
    let folded: Vec<usize> = here
        .iter()
        .zip(&keep)
        .filter(|(_, keep)| !**keep)
        .map(|(node, _)| *node)
        .collect();
    if !folded.is_empty() {
        items.push(Item {
            nodes: folded,
            between: false,
            presence: Presence::Solid,
        });
    }
    items
}

fn stands_in(node: &Node, zone: usize) -> bool {
    match node.place {
        Place::On { bar } => bar == zone,
        Place::Between { upper } => upper == zone,
        _ => false,
    }
}

/// `web ×12` where the names share a stem, else `+12`.
#[must_use]
pub fn name(scene: &Scene, nodes: &[usize], times: &str) -> String {
    let stem = |node: &usize| {
        scene.nodes[*node]
            .name
            .trim_end_matches(|c: char| c.is_ascii_digit() || "-_.".contains(c))
    };
    let first = nodes.first().map(stem).unwrap_or_default();
    if !first.is_empty() && nodes.iter().all(|node| stem(node) == first) {
        format!("{first} {times}{}", nodes.len())
    } else {
        format!("+{}", nodes.len())
    }
}
