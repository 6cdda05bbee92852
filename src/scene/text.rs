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
    let has = has(bar, lang);
    let values = [("letter", &*bar.letter), ("name", &*bar.name), ("has", &*has)];
    let key = match bar.presence {
        Presence::Ghost => "scene.network_wanted",
        Presence::Leaving => "scene.network_gone",
        _ if bar.internal => "scene.network_internal",
        _ if bar.default => "scene.network_default",
        _ => "scene.network",
    };
    texts::fill(lang, key, &values)
}

/// Its subnet and its switch, as far as they are known: an example has no bridge on any host.
fn has(bar: &Bar, lang: Lang) -> String {
    let subnet = bar
        .subnet
        .map(|subnet| texts::fill(lang, "scene.subnet", &[("subnet", &subnet.to_string())]));
    let gateway = bar.gateway.map(|gateway| gateway.to_string());
    let switch = match (bar.bridge.as_deref(), gateway.as_deref()) {
        (Some(bridge), Some(gateway)) => Some(("scene.switch", bridge, gateway)),
        (Some(bridge), None) => Some(("scene.switch_without_address", bridge, "")),
        (None, Some(gateway)) => Some(("scene.switch_without_name", "", gateway)),
        (None, None) => None,
    };
    let switch =
        switch.map(|(key, bridge, gateway)| texts::fill(lang, key, &[("bridge", bridge), ("gateway", gateway)]));
    let parts: Vec<String> = subnet.into_iter().chain(switch).collect();
    if parts.is_empty() {
        return String::new();
    }
    texts::fill(lang, "scene.has", &[("parts", &parts.join(", "))])
}

fn attached(node: &Node, cable: &Cable, lang: Lang) -> String {
    let address = cable.address.map(|a| a.ip().to_string());
    let values = [
        ("name", &*node.name),
        ("address", address.as_deref().unwrap_or_default()),
    ];
    let key = match (cable.presence, &address) {
        (Presence::Ghost, _) => "scene.cable_wanted",
        (Presence::Leaving, Some(_)) => "scene.cable_gone",
        (Presence::Leaving, None) => "scene.cable_gone_without_address",
        (_, Some(_)) => "scene.cable",
        (_, None) => "scene.cable_without_address",
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
