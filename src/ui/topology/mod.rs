//! The picture of the network on a grid of characters.

mod compact;
mod fold;
mod layout;
mod paint;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::look::{Look, Role};
use super::pen::{Pen, cut, width};
use crate::scene::{Mark, Place, Presence, Scene};
use crate::texts::{self, Lang};
use layout::BoxWords;

/// How a picture is to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Characters and colours.
    pub look: Look,
    /// Language of its words.
    pub lang: Lang,
}

impl Manner {
    fn words(self) -> BoxWords {
        BoxWords {
            alias: self.get("ui.topology.alias").to_owned(),
            gone: self.get("ui.topology.gone").to_owned(),
            more: self.look.pick("…", "~"),
            times: self.look.pick("×", "x"),
        }
    }

    fn get(self, key: &'static str) -> &'static str {
        texts::get(self.lang, key)
    }
}

/// Draws the scene into `area`: the way out on top, the bars, what hangs on none, the legend at the bottom.
pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer, manner: Manner) {
    let loose = loose_line(scene, manner);
    let top = u16::from(scene.uplink.is_some() && area.height > 3);
    let bottom = u16::from(!loose.is_empty()) + u16::from(area.height > 6);
    let rows = area.height.saturating_sub(top + bottom);
    let mut pen = Pen::new(buffer, area);
    if top > 0 {
        draw_uplink(scene, &mut pen, manner);
    }
    let body = Rect {
        y: area.y + top,
        height: rows,
        ..area
    };
    // A blank row under the way out, where there is one to spare.
    let airy = Rect {
        y: body.y + 1,
        height: rows.saturating_sub(1),
        ..body
    };
    let words = manner.words();
    let fits = |area: Rect| layout::layout(scene, (area.width, area.height), &words);
    if let Some(grid) = fits(airy) {
        paint::paint(scene, &grid, Pen::new(buffer, airy), manner);
    } else if let Some(grid) = fits(body) {
        paint::paint(scene, &grid, Pen::new(buffer, body), manner);
    } else {
        compact::draw(scene, Pen::new(buffer, body), manner);
    }
    let mut pen = Pen::new(buffer, area);
    if !loose.is_empty() {
        pen.put(
            1,
            top + rows,
            &cut(&loose, area.width.saturating_sub(1), words.more),
            manner.look.style(Role::Plain),
        );
    }
    if area.height > 6 {
        draw_legend(&mut pen, manner);
    }
}

fn draw_uplink(scene: &Scene, pen: &mut Pen<'_>, manner: Manner) {
    let Some(uplink) = &scene.uplink else { return };
    let wire = manner.look.pick(" ── NAT ──▸ ", " -- NAT --> ");
    let quiet = manner.look.style(Role::Quiet);
    let mut x = pen.put(1, 0, manner.get("ui.topology.host"), manner.look.style(Role::Title));
    x = pen.put(
        x + 1,
        0,
        &uplink.address.ip().to_string(),
        manner.look.style(Role::Plain),
    );
    x = pen.put(x, 0, wire, quiet);
    x = pen.put(x, 0, &uplink.router.to_string(), manner.look.style(Role::Plain));
    if uplink.mark == Mark::Simulated {
        pen.put(x + 1, 0, manner.get("ui.topology.simulated"), quiet);
    }
}

/// The containers that stand on no bar, by kind.
fn loose_line(scene: &Scene, manner: Manner) -> String {
    let mut kinds: Vec<(&'static str, Vec<String>)> = Vec::new();
    for node in &scene.nodes {
        let (kind, name) = match &node.place {
            Place::On { .. } | Place::Between { .. } | Place::Crossing { .. } => continue,
            _ if node.presence == Presence::Leaving => ("ui.topology.left", node.name.clone()),
            _ if node.presence == Presence::Ghost => ("ui.topology.wanted", format!("{} ?", node.name)),
            Place::OnHost => ("ui.topology.on_host", node.name.clone()),
            Place::Glued { with } => ("ui.topology.glued", format!("{}={with}", node.name)),
            Place::Unplugged => ("ui.topology.unplugged", node.name.clone()),
            Place::Stopped { exit_code: Some(code) } => ("ui.topology.stopped", format!("{} ({code})", node.name)),
            Place::Stopped { exit_code: None } => ("ui.topology.created", node.name.clone()),
        };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((kind, vec![name])),
        }
    }
    let said = kinds
        .iter()
        .map(|(kind, names)| texts::fill(manner.lang, kind, &[("names", &names.join(", "))]));
    said.collect::<Vec<_>>().join(manner.look.pick(" · ", "; "))
}

fn draw_legend(pen: &mut Pen<'_>, manner: Manner) {
    let y = pen.height().saturating_sub(1);
    let key = if manner.look.ascii {
        "ui.topology.legend_ascii"
    } else {
        "ui.topology.legend"
    };
    let legend = manner.get(key);
    let short = if width(legend) + 1 > pen.width() {
        if manner.look.ascii {
            "ui.topology.legend_short_ascii"
        } else {
            "ui.topology.legend_short"
        }
    } else {
        key
    };
    pen.put(1, y, manner.get(short), manner.look.style(Role::Quiet));
}
