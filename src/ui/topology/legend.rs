//! The legend: what the signs mean that are drawn, and no others.

use super::Manner;
use super::compact::Compact;
use super::layout::Layout;
use crate::scene::{Bar, Cable, Presence, Scene};
use crate::texts;
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// The signs of a picture.
#[derive(Debug, Default)]
pub struct Signs {
    /// Lines of the bars.
    lines: Vec<&'static str>,
    cable: Option<&'static str>,
    /// Between the names of one container on several bars.
    joint: Option<&'static str>,
    wanted: Option<&'static str>,
    gone: Option<&'static str>,
    asleep: Option<&'static str>,
    /// The letter that stands for a container's resolver.
    pub resolver: bool,
    /// Before who asks its resolver.
    pub asks: bool,
}

impl Signs {
    /// Of the full form.
    pub fn of_full(scene: &Scene, grid: &Layout, manner: Manner) -> Self {
        let drawn: Vec<&Cable> = grid
            .cables
            .iter()
            .map(|at| &scene.nodes[at.node].cables[at.cable])
            .collect();
        let has = |wanted: Presence| drawn.iter().any(|cable| cable.presence == wanted);
        let plugged = drawn.iter().any(|cable| cable.presence.is_real()) || grid.boxes.iter().any(|boxed| boxed.folded);
        let (firm, dashed) = (manner.look.cable(Presence::Solid), manner.look.cable(Presence::Ghost));
        Self {
            lines: lines(&scene.bars, manner),
            cable: plugged.then_some(firm),
            wanted: has(Presence::Ghost).then_some(dashed),
            gone: has(Presence::Leaving).then_some(dashed),
            asleep: asleep(scene, grid, manner),
            ..Self::default()
        }
    }

    /// Of the compact form.
    pub fn of_compact(scene: &Scene, compact: &Compact, manner: Manner) -> Self {
        let shown = || compact.rows.iter().flat_map(|row| &row.shown);
        let has = |wanted: Presence| {
            let mut cables = shown().map(|segment| &scene.nodes[segment.node].cables[segment.cable]);
            cables.any(|cable| cable.presence == wanted)
        };
        let last = compact.rows.len().saturating_sub(1);
        let joined = scene.nodes.iter().zip(&compact.joined).find(|(node, x)| {
            let reaches = node.cables.first().is_some_and(|first| first.bar < last);
            compact.airy && x.is_some() && reaches
        });
        Self {
            lines: lines(&scene.bars[..compact.rows.len()], manner),
            joint: joined.map(|(node, _)| manner.look.cable(super::compact::joint(node))),
            wanted: has(Presence::Ghost).then_some("?"),
            gone: has(Presence::Leaving).then(|| manner.cross()),
            asleep: shown()
                .any(|segment| compact.short && scene.nodes[segment.node].is_asleep())
                .then(|| manner.asleep()),
            ..Self::default()
        }
    }
}

/// What says of a box that its container does not run, where no word does.
fn asleep(scene: &Scene, grid: &Layout, manner: Manner) -> Option<&'static str> {
    let words = manner.words();
    let mut unworded = grid.boxes.iter().filter(|boxed| {
        let node = &scene.nodes[boxed.nodes[0]];
        !boxed.folded && node.is_asleep() && !boxed.lines[0].contains(words.asleep(node, false))
    });
    let flat = unworded.next()?.flat;
    Some(if flat { "( )" } else { manner.asleep() })
}

/// The lines of networks that are there, each once.
fn lines(bars: &[Bar], manner: Manner) -> Vec<&'static str> {
    let mut lines = Vec::new();
    for bar in bars.iter().filter(|bar| bar.presence.is_real()) {
        let line = manner.look.bar(bar).line;
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// How much is said of what can be said in several ways.
#[derive(Debug, Clone, Copy)]
struct Length {
    /// So many lines of bars.
    lines: usize,
    /// The cable by its whole name; or by its short one; or not at all.
    cable: Option<&'static str>,
    marks: &'static str,
}

const VETH: Option<&str> = Some("ui.topology.legend_cable");
const CABLE: Option<&str> = Some("ui.topology.legend_cable_short");
const MARKS: &str = "ui.topology.legend_marks";
const SHORT: &str = "ui.topology.legend_marks_short";

/// From the fullest to the shortest.
const LENGTHS: [Length; 6] = [
    Length::new(usize::MAX, VETH, MARKS),
    Length::new(usize::MAX, VETH, SHORT),
    Length::new(1, VETH, SHORT),
    Length::new(0, VETH, SHORT),
    Length::new(0, CABLE, SHORT),
    Length::new(0, None, SHORT),
];

impl Length {
    const fn new(lines: usize, cable: Option<&'static str>, marks: &'static str) -> Self {
        Self { lines, cable, marks }
    }
}

/// The legend, as long as there is room for it.
pub fn draw(signs: &Signs, pen: &mut Pen<'_>, manner: Manner) {
    let room = pen.width().saturating_sub(1);
    let [all @ .., shortest] = LENGTHS.map(|length| said(signs, length, manner));
    let fits = all.into_iter().find(|legend| width(legend) <= room);
    let legend = cut(&fits.unwrap_or(shortest), room, manner.words().more);
    let y = pen.height().saturating_sub(1);
    pen.put(1, y, &legend, manner.look.style(Role::Quiet));
}

fn said(signs: &Signs, length: Length, manner: Manner) -> String {
    let say = |key, sign: &str| texts::fill(manner.lang, key, &[("sign", sign)]);
    let mut parts = Vec::new();
    let lines: Vec<&str> = signs.lines.iter().copied().take(length.lines).collect();
    if !lines.is_empty() {
        parts.push(say("ui.topology.legend_switch", &lines.join(" ")));
    }
    if let Some((sign, key)) = signs.cable.zip(length.cable) {
        parts.push(say(key, sign));
    }
    if let Some(sign) = signs.joint {
        parts.push(say("ui.topology.legend_joint", sign));
    }
    match (signs.wanted, signs.gone) {
        (Some(wanted), Some(gone)) if wanted == gone => {
            parts.push(say("ui.topology.legend_wanted_or_gone", wanted));
        }
        (wanted, gone) => {
            parts.extend(wanted.map(|sign| say("ui.topology.legend_wanted", sign)));
            parts.extend(gone.map(|sign| say("ui.topology.legend_gone", sign)));
        }
    }
    parts.extend(signs.asleep.map(|sign| say("ui.topology.legend_asleep", sign)));
    if signs.resolver {
        parts.push(say("ui.topology.legend_resolver", super::dns::RESOLVER_LETTER));
    }
    if signs.asks {
        parts.push(say("ui.topology.legend_asks", manner.look.pick("▸", ">")));
    }
    let marks = manner.get(length.marks);
    if parts.is_empty() {
        return marks.to_owned();
    }
    format!("{}   {marks}", parts.join("  "))
}
