//! What is chosen in the picture, by name: it stays chosen while the picture changes around it.

use crate::scene::{Bar, Node, Scene};

/// A thing of the picture that one can look at closely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// A network.
    Bar(String),
    /// A container.
    Node(String),
    /// A container's cable to a network.
    Cable {
        /// The container.
        node: String,
        /// The network.
        bar: String,
    },
}

/// Which way to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the next thing.
    Next,
    /// To the one before.
    Previous,
    /// To the next network, or to what stands on none.
    NextBar,
    /// To the network before.
    PreviousBar,
    /// To the first thing.
    First,
    /// To the last.
    Last,
}

impl Pick {
    /// Everything one can choose, in reading order: each network, below it the containers whose first cable it has, each followed by
    /// its cables; then those that are on no network.
    #[must_use]
    pub fn all(scene: &Scene) -> Vec<Self> {
        let mut all = Vec::new();
        for (index, bar) in scene.bars.iter().enumerate() {
            all.push(Self::Bar(bar.name.clone()));
            let first_here = |node: &&Node| node.cables.first().is_some_and(|cable| cable.bar == index);
            for node in scene.nodes.iter().filter(first_here) {
                all.push(Self::Node(node.name.clone()));
                all.extend(node.cables.iter().map(|cable| Self::Cable {
                    node: node.name.clone(),
                    bar: scene.bars[cable.bar].name.clone(),
                }));
            }
        }
        let loose = scene.nodes.iter().filter(|node| node.cables.is_empty());
        all.extend(loose.map(|node| Self::Node(node.name.clone())));
        all
    }

    /// Where `step` leads from here; from nowhere, or from what is gone, to an end of the picture.
    #[must_use]
    pub fn after(from: Option<&Self>, step: Step, scene: &Scene) -> Option<Self> {
        let all = Self::all(scene);
        let last = all.len().checked_sub(1)?;
        let at = from.and_then(|from| all.iter().position(|pick| pick == from));
        let is_head = |at: usize| match &all[at] {
            Self::Bar(_) => true,
            Self::Node(name) => scene.nodes.iter().any(|n| n.name == *name && n.cables.is_empty()),
            Self::Cable { .. } => false,
        };
        let to = match (step, at) {
            (Step::First, _) | (Step::Next | Step::NextBar, None) => 0,
            (Step::Last, _) | (Step::Previous, None) => last,
            (Step::PreviousBar, None) => (0..=last).rev().find(|at| is_head(*at))?,
            (Step::Next, Some(at)) => (at + 1).min(last),
            (Step::Previous, Some(at)) => at.saturating_sub(1),
            (Step::NextBar, Some(at)) => (at + 1..=last).find(|at| is_head(*at)).unwrap_or(at),
            (Step::PreviousBar, Some(at)) => (0..at).rev().find(|at| is_head(*at)).unwrap_or(at),
        };
        all.into_iter().nth(to)
    }

    /// Whether it is in the picture.
    #[must_use]
    pub fn is_in(&self, scene: &Scene) -> bool {
        Self::all(scene).contains(self)
    }

    pub(super) fn is_bar(&self, bar: &Bar) -> bool {
        matches!(self, Self::Bar(name) if *name == bar.name)
    }

    pub(super) fn is_node(&self, node: &Node) -> bool {
        matches!(self, Self::Node(name) if *name == node.name)
    }

    pub(super) fn is_cable(&self, node: &Node, bar: &Bar) -> bool {
        matches!(self, Self::Cable { node: on, bar: to } if *on == node.name && *to == bar.name)
    }

    /// The node; or, where its cables are not drawn, one of them.
    pub(super) fn marks(&self, node: &Node, folded: bool) -> bool {
        let cable = matches!(self, Self::Cable { node: on, .. } if folded && *on == node.name);
        cable || self.is_node(node)
    }

    /// The node, or this cable of it.
    pub(super) fn is_at(&self, node: &Node, bars: &[Bar], cable: usize) -> bool {
        self.is_node(node) || self.is_cable(node, &bars[node.cables[cable].bar])
    }
}
