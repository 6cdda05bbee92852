//! The picture of the network on a grid of characters.

#[cfg(test)]
mod any_lab;
mod columns;
mod compact;
mod content;
mod dns;
mod fold;
mod layout;
mod legend;
mod loose;
mod paint;
mod pick;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod signs_tests;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::look::{Look, Role};
use super::pen::{Pen, width};
use crate::scene::{Mark, Scene};
use crate::texts::{self, Lang};
use compact::Compact;
use content::BoxWords;
use layout::Layout;
use legend::Signs;
pub use pick::{Pick, Step};

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
        let dot = self.look.pick(" · ", " - ");
        BoxWords {
            alias: self.get("ui.topology.alias").to_owned(),
            more: self.look.pick("…", "~"),
            times: self.look.pick("×", "x"),
            seam: self.look.pick("│", "|"),
            stopped: format!("{dot}{}", self.get("ui.topology.box_stopped")),
            created: format!("{dot}{}", self.get("ui.topology.box_created")),
            asleep: format!(" {}", self.asleep()),
        }
    }

    fn get(self, key: &'static str) -> &'static str {
        texts::get(self.lang, key)
    }

    /// Behind the name of a container that does not run, where there is no room for the word.
    fn asleep(self) -> &'static str {
        self.look.pick("■", "!")
    }

    /// What is gone, what nobody answers.
    fn cross(self) -> &'static str {
        self.look.pick("✗", "x")
    }

    /// A role's style; what is chosen is reversed.
    fn style(self, role: Role, picked: bool) -> Style {
        let style = self.look.style(role);
        if picked {
            style.add_modifier(Modifier::REVERSED)
        } else {
            style
        }
    }
}

/// The bars and what hangs on them, as far as there is room.
#[derive(Debug)]
enum Form {
    Full(Layout),
    Compact(Compact),
}

/// The picture's parts from top to bottom, before anything is drawn.
#[derive(Debug)]
struct Plan {
    /// Rows above the picture.
    top: u16,
    /// Rows from there on for the picture.
    body: u16,
    form: Form,
    /// Lines below it, for those that hang on no bar.
    loose: Vec<String>,
    /// Rows left between the picture and the lines below it.
    spare: u16,
    legend: bool,
}

fn plan(scene: &Scene, (columns, rows): (u16, u16), manner: Manner) -> Plan {
    let uplink = u16::from(scene.uplink.is_some() && rows > 3);
    let legend = rows > 6;
    let loose = loose::lines(scene, (columns.saturating_sub(2), (rows / 5).max(1)), manner);
    let loose_rows = u16::try_from(loose.len()).unwrap_or(u16::MAX);
    let body = rows.saturating_sub(uplink + u16::from(legend) + loose_rows);
    let words = manner.words();
    // A blank row under the way out, where there is one to spare.
    for air in [1, 0] {
        let body = body.saturating_sub(air);
        if let Some(grid) = layout::layout(scene, (columns, body), &words) {
            return Plan {
                top: uplink + air,
                body,
                spare: body - grid.height,
                form: Form::Full(grid),
                loose,
                legend,
            };
        }
    }
    let compact = compact::place(scene, (columns, body), manner);
    Plan {
        top: uplink,
        body,
        spare: body.saturating_sub(compact.height),
        form: Form::Compact(compact),
        loose,
        legend,
    }
}

/// Draws the scene into `area`: the way out on top, the bars, what hangs on none, the newest question to a resolver, the legend
/// at the bottom. What is chosen is reversed. Whether there was room for the compact form only, without cables.
pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer, manner: Manner, pick: Option<&Pick>) -> bool {
    let plan = plan(scene, (area.width, area.height), manner);
    let body = Rect {
        y: area.y + plan.top,
        height: plan.body,
        ..area
    };
    let mut pen = Pen::new(buffer, area);
    if scene.uplink.is_some() && area.height > 3 {
        draw_uplink(scene, &mut pen, manner, pick);
    }
    // A question is told in the rows that are free; where there are none, in that of the legend. Nothing makes way for it.
    let columns = area.width.saturating_sub(2);
    let told = if area.height > 3 {
        dns::told(scene, (columns, plan.spare.max(1)), manner)
    } else {
        Vec::new()
    };
    let in_spare = if plan.spare == 0 { 0 } else { rows_of(&told) };
    let legend = plan.legend && (in_spare > 0 || told.is_empty());
    let clear = Rect {
        height: body.height.saturating_sub(in_spare),
        ..body
    };
    let signs = draw_form(scene, &plan.form, buffer, (body, clear), (manner, legend, pick));
    let mut pen = Pen::new(buffer, area);
    let chosen = pick.is_some_and(|pick| {
        let loose = layout::loose(scene);
        loose.iter().any(|node| pick.is_node(&scene.nodes[*node]))
    });
    let below = plan.top + plan.body;
    for (line, y) in plan.loose.iter().zip(below..) {
        pen.put(1, y, line, manner.style(Role::Plain, chosen));
    }
    let first = if in_spare == 0 {
        area.height.saturating_sub(1)
    } else {
        below.saturating_sub(in_spare)
    };
    for (line, y) in told.iter().zip(first..) {
        pen.put(1, y, line, manner.look.style(Role::Command));
    }
    if legend {
        legend::draw(&signs, &mut pen, manner);
    }
    matches!(plan.form, Form::Compact(_))
}

fn rows_of(lines: &[String]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

/// The bars and what hangs on them in `body`, and who asks, only where it is `clear`. Gives the signs that it drew.
fn draw_form(
    scene: &Scene,
    form: &Form,
    buffer: &mut Buffer,
    (body, clear): (Rect, Rect),
    (manner, legend, pick): (Manner, bool, Option<&Pick>),
) -> Signs {
    match form {
        Form::Full(grid) => {
            paint::paint(scene, grid, &mut Pen::new(buffer, body), manner, pick);
            let mut signs = Signs::of_full(scene, grid, manner);
            signs.resolver = dns::draw_beside(scene, grid, &mut Pen::new(buffer, clear), (manner, legend));
            signs
        }
        Form::Compact(compact) => {
            let mut pen = Pen::new(buffer, body);
            compact::paint(scene, compact, &mut pen, manner, pick);
            let mut signs = Signs::of_compact(scene, compact, manner);
            signs.asks = dns::draw_on_bar(scene, compact, &mut pen, manner);
            signs
        }
    }
}

/// The lab's host, those that share its network, and the way out.
fn draw_uplink(scene: &Scene, pen: &mut Pen<'_>, manner: Manner, pick: Option<&Pick>) {
    let Some(uplink) = &scene.uplink else { return };
    let (quiet, plain) = (manner.look.style(Role::Quiet), manner.look.style(Role::Plain));
    let mut pieces = vec![
        (
            manner.get("ui.topology.host").to_owned(),
            manner.look.style(Role::Title),
        ),
        (format!(" {}", uplink.address.ip()), plain),
    ];
    for node in loose::on_host_line(scene, pen.width(), manner) {
        let node = &scene.nodes[node];
        let picked = pick.is_some_and(|pick| pick.is_node(node));
        pieces.push((format!(" [{}]", node.name), manner.style(Role::Title, picked)));
    }
    pieces.push((manner.look.pick(" ── NAT ──▸ ", " -- NAT --> ").to_owned(), quiet));
    pieces.push((uplink.router.to_string(), plain));
    if uplink.mark == Mark::Simulated {
        pieces.push((format!(" {}", manner.get("ui.topology.simulated")), quiet));
    }
    let mut x = 1;
    for (text, style) in pieces {
        if x + width(&text) > pen.width() {
            break;
        }
        x = pen.put(x, 0, &text, style);
    }
}
