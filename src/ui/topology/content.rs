//! What is written in a box, and the room it wants.

use super::fold::{self, Item};
use crate::scene::{Cable, ContainerState, Mark, Node, Presence, Scene};
use crate::ui::pen::{cut, width};

/// Words that appear in the picture, in the reader's language.
#[derive(Debug, Clone)]
pub struct BoxWords {
    /// Before aliases.
    pub alias: String,
    /// Cut mark.
    pub more: &'static str,
    /// Times sign.
    pub times: &'static str,
    /// Between containers that share one network.
    pub seam: &'static str,
    /// Behind the name of a container that has ended.
    pub stopped: String,
    /// Behind the name of one that was never started.
    pub created: String,
    /// A mark instead of either, where columns are short.
    pub asleep: String,
}

impl BoxWords {
    /// What is said behind the name of one that does not run.
    pub fn asleep(&self, node: &Node, short: bool) -> &str {
        match node.state {
            _ if !node.is_asleep() => "",
            _ if short => &self.asleep,
            ContainerState::Created => &self.created,
            _ => &self.stopped,
        }
    }
}

/// How much room boxes take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// No edges: `[ es ]`.
    pub flat: bool,
    /// Aliases stand below the name, not beside it.
    pub stacked: bool,
    /// Narrow boxes, close together.
    pub tight: bool,
}

impl Style {
    /// From the airiest to the closest.
    pub const ALL: [Self; 6] = [
        Self::new(false, true, false),
        Self::new(false, true, true),
        Self::new(true, false, false),
        Self::new(true, false, true),
        Self::new(true, true, false),
        Self::new(true, true, true),
    ];

    const fn new(flat: bool, stacked: bool, tight: bool) -> Self {
        Self { flat, stacked, tight }
    }

    /// Columns between boxes.
    pub const fn gap(self) -> u16 {
        if self.tight { 1 } else { 2 }
    }

    const fn narrowest(self) -> u16 {
        match (self.flat, self.tight) {
            (false, false) => 10,
            (false, true) => 8,
            (true, _) => 6,
        }
    }
}

const WIDEST_TEXT: u16 = 22;

/// A box before it has a place.
#[derive(Debug, Clone)]
pub struct Sized {
    /// Who is in it.
    pub item: Item,
    /// What is written in it.
    pub lines: Vec<String>,
    /// Columns of the box.
    pub width: u16,
    /// Columns with what is written beside its cables.
    pub room: u16,
}

/// What is written in a box.
pub fn sized(scene: &Scene, item: Item, words: &BoxWords, style: Style) -> Sized {
    let (name, aliases) = if item.folded {
        (
            fold::name(scene, &item.nodes, words.times),
            shared_aliases(scene, &item.nodes),
        )
    } else {
        (names(scene, &item.nodes, words, style), aliases(scene, item.nodes[0]))
    };
    let mut lines = vec![name];
    if !aliases.is_empty() {
        let list = aliases.join(", ");
        if style.stacked {
            lines.push(cut(&format!("{} {list}", words.alias), WIDEST_TEXT, words.more));
        } else {
            let room = WIDEST_TEXT.saturating_sub(width(&lines[0]) + 3).max(6);
            lines[0] = format!("{} ({})", lines[0], cut(&list, room, words.more));
        }
    }
    let widest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    let wide = (widest + 4).max(style.narrowest());
    let labels = scene.nodes[item.nodes[0]]
        .cables
        .iter()
        .map(|cable| width(&address(cable)));
    let labels = if item.folded { 0 } else { labels.max().unwrap_or(0) };
    Sized {
        item,
        lines,
        width: wide,
        room: wide.max(wide / 2 + 2 + labels),
    }
}

/// `es`, `es ?` while it is only wanted, `es · stopped`, `web │ proxy` where one shares the other's network.
fn names(scene: &Scene, nodes: &[usize], words: &BoxWords, style: Style) -> String {
    let name = |node: &usize| {
        let node = &scene.nodes[*node];
        let ghost = if node.presence == Presence::Ghost { " ?" } else { "" };
        // Flat, its brackets say it.
        let asleep = match style {
            Style {
                flat: true,
                tight: true,
                ..
            } => "",
            _ => words.asleep(node, style.tight),
        };
        let room = WIDEST_TEXT.saturating_sub(width(asleep));
        format!("{}{ghost}{asleep}", cut(&node.name, room, words.more))
    };
    let all: Vec<String> = nodes.iter().map(name).collect();
    let joined = all.join(&format!(" {} ", words.seam));
    if width(&joined) <= WIDEST_TEXT || all.len() == 1 {
        return joined;
    }
    // Too many to name: the first, and how many with it.
    format!("{} {} +{}", all[0], words.seam, all.len() - 1)
}

fn aliases(scene: &Scene, node: usize) -> Vec<&str> {
    let mut aliases: Vec<&str> = Vec::new();
    for alias in scene.nodes[node].cables.iter().flat_map(|cable| &cable.aliases) {
        if !aliases.contains(&alias.as_str()) {
            aliases.push(alias);
        }
    }
    aliases
}

/// Of folded containers, the aliases that all of them have.
fn shared_aliases<'s>(scene: &'s Scene, nodes: &[usize]) -> Vec<&'s str> {
    let mut shared = nodes.first().map(|node| aliases(scene, *node)).unwrap_or_default();
    for node in nodes {
        let also = aliases(scene, *node);
        shared.retain(|alias| also.contains(alias));
    }
    shared
}

/// `.2` seen, `~.2` deduced, `*.2` simulated; bare for the address of a cable that is only wanted, or gone.
pub fn address(cable: &Cable) -> String {
    let label = cable.label();
    match (cable.presence, cable.mark) {
        (Presence::Ghost | Presence::Leaving, _) => label,
        _ if label.is_empty() => label,
        (_, Mark::Deduced) => format!("~{label}"),
        (_, Mark::Simulated) => format!("*{label}"),
        _ => label,
    }
}
