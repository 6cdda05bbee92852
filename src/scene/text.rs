//! The picture in words, for those who do not see it.

use super::{Bar, Cable, ContainerState, Node, Place, Presence, Scene};
use crate::texts::{self, Lang};

/// The picture, one sentence per thing: the way out, then each network with what hangs on it (indented), then the
/// containers that hang on none.
#[must_use]
pub fn text(scene: &Scene, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(uplink) = &scene.uplink {
        let values = [
            ("address", &*uplink.address.ip().to_string()),
            ("router", &*uplink.router.to_string()),
        ];
        lines.push(texts::fill(lang, "scene.uplink", &values));
    }
    for (index, bar) in scene.bars.iter().enumerate() {
        lines.push(network(bar, lang));
        let before = lines.len();
        for node in &scene.nodes {
            for cable in node.cables.iter().filter(|cable| cable.bar == index) {
                lines.push(format!("  {}", attached(node, cable, lang)));
            }
        }
        if lines.len() == before && bar.presence != Presence::Ghost {
            lines.push(format!("  {}", texts::get(lang, "scene.empty")));
        }
    }
    lines.extend(scene.nodes.iter().filter_map(|node| detached(node, lang)));
    lines
}

fn network(bar: &Bar, lang: Lang) -> String {
    let subnet = bar.subnet.map(|s| s.to_string()).unwrap_or_default();
    let gateway = bar.gateway.map(|g| g.to_string()).unwrap_or_default();
    let values = [
        ("letter", &*bar.letter),
        ("name", &*bar.name),
        ("subnet", &*subnet),
        ("gateway", &*gateway),
        ("bridge", bar.bridge.as_deref().unwrap_or("?")),
    ];
    let key = match bar.presence {
        Presence::Ghost => "scene.network_wanted",
        Presence::Leaving => "scene.network_gone",
        _ if bar.internal => "scene.network_internal",
        _ if bar.default => "scene.network_default",
        _ => "scene.network",
    };
    texts::fill(lang, key, &values)
}

fn attached(node: &Node, cable: &Cable, lang: Lang) -> String {
    let address = cable.address.map(|a| a.ip().to_string());
    let values = [("name", &*node.name), ("address", address.as_deref().unwrap_or("?"))];
    let key = match cable.presence {
        Presence::Ghost => "scene.cable_wanted",
        Presence::Leaving => "scene.cable_gone",
        _ => "scene.cable",
    };
    let mut line = texts::fill(lang, key, &values);
    if !cable.aliases.is_empty() {
        line.push_str(&texts::fill(
            lang,
            "scene.aliases",
            &[("aliases", &cable.aliases.join(", "))],
        ));
    }
    line
}

fn detached(node: &Node, lang: Lang) -> Option<String> {
    let name = ("name", &*node.name);
    Some(match &node.place {
        Place::OnHost => texts::fill(lang, "scene.on_host", &[name]),
        Place::Glued { with } => texts::fill(lang, "scene.glued", &[name, ("with", with)]),
        Place::Unplugged if node.presence == Presence::Ghost => texts::fill(lang, "scene.container_wanted", &[name]),
        Place::Unplugged => texts::fill(lang, "scene.unplugged", &[name]),
        Place::Stopped { .. } => asleep(node, lang),
        // The goal wants cables of it, or they are just leaving.
        _ if node.is_asleep() => asleep(node, lang),
        Place::On { .. } | Place::Between { .. } | Place::Crossing { .. } => return None,
    })
}

fn asleep(node: &Node, lang: Lang) -> String {
    let name = ("name", &*node.name);
    match node.exit_code.filter(|_| node.state == ContainerState::Exited) {
        Some(code) => texts::fill(lang, "scene.stopped", &[name, ("code", &code.to_string())]),
        None => texts::fill(lang, "scene.created", &[name]),
    }
}
