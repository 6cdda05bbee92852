//! The containers that hang on no bar: named by kind, in as many lines as there are; what does not fit is counted.

use super::Manner;
use super::layout;
use crate::scene::{Mark, Place, Presence, Scene};
use crate::texts;
use crate::ui::pen::{cut, width};

/// One kind, and the names of it.
type Kind = (&'static str, Vec<String>);

/// At most so many lines of so many columns.
pub fn lines(scene: &Scene, (columns, rows): (u16, u16), manner: Manner) -> Vec<String> {
    let kinds = kinds(scene, columns, manner);
    let most = kinds.iter().map(|(_, names)| names.len()).max().unwrap_or(0);
    // As many names of each kind as fit; the rest is a number.
    for named in (0..=most).rev() {
        let said: Vec<String> = kinds.iter().map(|kind| said(kind, named, manner)).collect();
        let lines = flowed(&said, columns, manner.look.pick(" · ", "; "));
        let fits = lines.iter().all(|line| width(line) <= columns);
        if lines.len() <= usize::from(rows) && fits {
            return lines;
        }
    }
    let all = kinds.iter().map(|(_, names)| names.len()).sum();
    let more = manner.words().more;
    vec![cut(&texts::count(manner.lang, "picture.loose", all), columns, more)]
}

/// `sans câble : a, b +4`
fn said((kind, names): &Kind, most: usize, manner: Manner) -> String {
    let shown = names.len().min(most);
    let mut list = names[..shown].join(", ");
    if shown < names.len() {
        let sep = if shown == 0 { "" } else { " " };
        list = format!("{list}{sep}+{}", names.len() - shown);
    }
    texts::fill(manner.lang, kind, &[("names", &list)])
}

fn flowed(said: &[String], columns: u16, sep: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for text in said {
        match lines.last_mut() {
            Some(last) if width(last) + width(sep) + width(text) <= columns => {
                last.push_str(sep);
                last.push_str(text);
            }
            _ => lines.push(text.clone()),
        }
    }
    lines
}

fn kinds(scene: &Scene, columns: u16, manner: Manner) -> Vec<Kind> {
    let on_host = on_host_line(scene, columns + 2, manner);
    let mut kinds: Vec<Kind> = Vec::new();
    for at in layout::loose(scene).into_iter().filter(|at| !on_host.contains(at)) {
        let node = &scene.nodes[at];
        let (kind, name) = match &node.place {
            _ if node.presence == Presence::Leaving => ("ui.topology.left", node.name.clone()),
            _ if node.presence == Presence::Ghost => ("ui.topology.wanted", format!("{} ?", node.name)),
            Place::OnHost => ("ui.topology.on_host", node.name.clone()),
            Place::Glued { with } => ("ui.topology.glued", format!("{}={with}", node.name)),
            Place::Stopped { exit_code: Some(code) } => ("ui.topology.stopped", format!("{} ({code})", node.name)),
            Place::Stopped { exit_code: None } => ("ui.topology.created", node.name.clone()),
            Place::Unplugged | Place::On { .. } | Place::Between { .. } | Place::Crossing { .. } => {
                ("ui.topology.unplugged", node.name.clone())
            }
        };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((kind, vec![name])),
        }
    }
    kinds
}

/// Those that share the host's network, where its line has room for all of them.
pub fn on_host_line(scene: &Scene, columns: u16, manner: Manner) -> Vec<usize> {
    let on_host = |node: &usize| {
        let node = &scene.nodes[*node];
        node.place == Place::OnHost && node.presence.is_real()
    };
    let there: Vec<usize> = (0..scene.nodes.len()).filter(on_host).collect();
    let Some(uplink) = &scene.uplink else {
        return Vec::new();
    };
    let names: u16 = there.iter().map(|node| width(&scene.nodes[*node].name) + 3).sum();
    let simulated = match uplink.mark {
        Mark::Simulated => width(manner.get("ui.topology.simulated")) + 1,
        _ => 0,
    };
    let host = width(manner.get("ui.topology.host")) + width(&uplink.address.ip().to_string());
    let wire = 13 + width(&uplink.router.to_string());
    if 2 + host + names + wire + simulated <= columns {
        there
    } else {
        Vec::new()
    }
}
