//! Many containers on one bar become one box: `web ×12`.

use crate::scene::{Node, Place, Presence, Scene};

/// One box of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Indices into the scene's nodes: the one that has the cables and those glued to it, or all that are folded.
    pub nodes: Vec<usize>,
    /// Several that stand for themselves no more.
    pub folded: bool,
    /// True where it is plugged into the next bar as well.
    pub between: bool,
    /// How much of it is there.
    pub presence: Presence,
}

/// The boxes that stand in the zone under a bar, in order, at most `most` of them; more where those that cannot be folded are more:
/// whoever hangs between two bars shows how they are joined. What is wanted, coming or going is not folded while anything else can
/// be; what folds is the tail, so that the first boxes stay where they are.
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
    for calm_only in [true, false] {
        for (at, node) in here.iter().enumerate().rev() {
            let node = &scene.nodes[*node];
            let calm = node.presence == Presence::Solid && node.cables.iter().all(|c| c.presence == Presence::Solid);
            let folds = matches!(node.place, Place::On { .. }) && (calm || !calm_only);
            if excess > 0 && keep[at] && folds {
                keep[at] = false;
                excess -= 1;
            }
        }
    }
    let kept = |keep: bool| move |(_, kept): &(&usize, &bool)| **kept == keep;
    let mut items: Vec<Item> = here
        .iter()
        .zip(&keep)
        .filter(kept(true))
        .map(|(node, _)| Item {
            nodes: with_guests(scene, *node),
            folded: false,
            between: matches!(scene.nodes[*node].place, Place::Between { .. }),
            presence: scene.nodes[*node].presence,
        })
        .collect();
    let folded: Vec<usize> = here
        .iter()
        .zip(&keep)
        .filter(kept(false))
        .flat_map(|(node, _)| with_guests(scene, *node))
        .collect();
    if !folded.is_empty() {
        let leaving = folded
            .iter()
            .all(|node| scene.nodes[*node].presence == Presence::Leaving);
        items.push(Item {
            folded: true,
            nodes: folded,
            between: false,
            presence: if leaving { Presence::Leaving } else { Presence::Solid },
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

/// A node, then those that share its network, however many are in between.
#[must_use]
pub fn with_guests(scene: &Scene, host: usize) -> Vec<usize> {
    let guests = (0..scene.nodes.len()).filter(|node| *node != host && home(scene, *node) == Some(host));
    std::iter::once(host).chain(guests).collect()
}

/// Whose network a glued node shares, where that one has cables.
#[must_use]
pub fn home(scene: &Scene, node: usize) -> Option<usize> {
    let mut at = node;
    // As many hands as there are nodes: a circle ends too.
    for _ in 0..scene.nodes.len() {
        let Place::Glued { with } = &scene.nodes[at].place else {
            break;
        };
        at = scene.nodes.iter().position(|other| other.name == *with)?;
    }
    (at != node && !scene.nodes[at].cables.is_empty()).then_some(at)
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
    if nodes.len() > 1 && !first.is_empty() && nodes.iter().all(|node| stem(node) == first) {
        format!("{first} {times}{}", nodes.len())
    } else {
        format!("+{}", nodes.len())
    }
}
