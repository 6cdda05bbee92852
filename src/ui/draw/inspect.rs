//! What is known of one thing of the picture: a network, a container, or one of its cables.

use super::prose::{self, Line, plain};
use super::timeline;
use crate::lab::{Happening, LabState, TimelineEntry};
use crate::model::resolve::{has_names, lookup_order, way_out};
use crate::model::{Container, ContainerState, Endpoint, Mark, Network, Topology};
use crate::scene::{Presence, Scene};
use crate::texts::{self, Lang};
use crate::ui::app::App;
use crate::ui::look::{Look, Role};
use crate::ui::pen::width;
use crate::ui::topology::Pick;

/// What the sheet is written from.
struct Sheet<'a> {
    lab: &'a LabState,
    scene: &'a Scene,
    lang: Lang,
    look: Look,
    started: i64,
    rows: Vec<(&'static str, String)>,
}

/// The sheet of what is chosen, on lines of so many columns.
pub fn lines(app: &App, columns: u16) -> Vec<Line> {
    let gone = || prose::wrap(texts::get(app.lang, "picture.inspect.gone"), columns, Role::Plain);
    let (Some(pick), Some(lab)) = (&app.pick, &app.lab) else {
        return gone();
    };
    let mut sheet = Sheet {
        lab,
        scene: &app.scene,
        lang: app.lang,
        look: app.look,
        started: app.started,
        rows: Vec::new(),
    };
    let head = match pick {
        Pick::Bar(name) => sheet.network(name),
        Pick::Node(name) => sheet.container(name),
        Pick::Cable { node, bar } => sheet.cable(node, bar),
    };
    let Some((title, kind)) = head else { return gone() };
    let mut lines = vec![
        vec![(title, Role::Title), (format!("  {kind}"), Role::Quiet)],
        Line::new(),
    ];
    let labels = sheet.rows.iter().map(|(key, _)| width(texts::get(app.lang, key)));
    let set_in = labels.max().unwrap_or(0) + 2;
    let mut before = "";
    for (key, value) in &sheet.rows {
        let label = if *key == before { "" } else { texts::get(app.lang, key) };
        before = key;
        let wrapped = prose::wrap(value, columns.saturating_sub(set_in).max(8), Role::Plain);
        let mut wrapped = prose::indent(wrapped, usize::from(set_in));
        if let Some(first) = wrapped.first_mut() {
            first[0] = plain(format!("{label:<at$}", at = usize::from(set_in)), Role::Quiet).remove(0);
        }
        lines.extend(wrapped);
    }
    lines
}

type Head = Option<(String, String)>;

impl Sheet<'_> {
    fn get(&self, key: &'static str) -> String {
        texts::get(self.lang, key).to_owned()
    }

    fn fill(&self, key: &'static str, values: &[(&str, &str)]) -> String {
        texts::fill(self.lang, key, values)
    }

    fn row(&mut self, key: &'static str, value: impl Into<String>) {
        self.rows.push((key, value.into()));
    }

    fn topology(&self) -> &Topology {
        &self.lab.topology
    }

    fn network(&mut self, name: &str) -> Head {
        let bar = self.scene.bars.iter().find(|bar| bar.name == name)?;
        let head = (
            name.to_owned(),
            self.fill("picture.inspect.network", &[("letter", &bar.letter)]),
        );
        let (presence, mark) = (bar.presence, bar.mark);
        let network = self.topology().networks.iter().find(|n| n.name == name).cloned();
        self.row("picture.inspect.driver", bar.driver.clone());
        if let Some(subnet) = bar.subnet {
            self.row("picture.inspect.subnet", subnet.to_string());
        }
        if let Some(network) = network {
            self.facts_of_network(&network);
        }
        self.known(presence, mark);
        Some(head)
    }

    fn facts_of_network(&mut self, network: &Network) {
        if let Some(gateway) = network.gateway {
            let is = self.fill("picture.inspect.gateway_is", &[("address", &gateway.to_string())]);
            self.row("picture.inspect.gateway", is);
        }
        if let Some(bridge) = &network.bridge {
            self.row("picture.inspect.switch", bridge.clone());
        }
        let out = if network.internal {
            "picture.inspect.way_out_none"
        } else {
            "picture.inspect.way_out_nat"
        };
        self.row("picture.inspect.way_out", self.get(out));
        let names = if has_names(network) {
            "picture.inspect.names_served"
        } else {
            "picture.inspect.names_none"
        };
        self.row("picture.inspect.names", self.get(names));
        let running = |container: &&Container| container.state == ContainerState::Running;
        let on = |container: &Container| {
            let endpoint = container.endpoints.iter().find(|e| e.network == network.id)?;
            let address = endpoint.address.map_or_else(String::new, |a| format!(" {}", a.ip()));
            Some(format!("{}{address}", container.name))
        };
        let plugged: Vec<String> = self
            .topology()
            .containers
            .iter()
            .filter(running)
            .filter_map(on)
            .collect();
        if plugged.is_empty() {
            self.row("picture.inspect.plugged", self.get("picture.inspect.nobody"));
        } else {
            self.row("picture.inspect.plugged", plugged.join(", "));
        }
        let made = if network.predefined {
            self.get("picture.inspect.made_at_start")
        } else {
            let created =
                |what: &Happening| matches!(what, Happening::NetworkCreated { network: n } if *n == network.name);
            let entry = self.lab.timeline.iter().rev().find(|entry| created(&entry.what));
            self.made("docker network create", entry)
        };
        self.row("picture.inspect.made_by", made);
    }

    fn container(&mut self, name: &str) -> Head {
        let node = self.scene.nodes.iter().find(|node| node.name == name)?;
        let head = (name.to_owned(), self.get("picture.inspect.container"));
        let presence = node.presence;
        if !node.image.is_empty() {
            self.row("picture.inspect.image", node.image.clone());
        }
        let container = self.topology().containers.iter().find(|c| c.name == name).cloned();
        if let Some(container) = container {
            self.facts_of_container(&container);
        }
        self.known(presence, Mark::Deduced);
        Some(head)
    }

    fn facts_of_container(&mut self, container: &Container) {
        let code = container.exit_code.unwrap_or_default().to_string();
        let state = match container.state {
            ContainerState::Running => self.get("picture.inspect.state_running"),
            ContainerState::Exited => self.fill("picture.inspect.state_exited", &[("code", &code)]),
            ContainerState::Created => self.get("picture.inspect.state_created"),
        };
        self.row("picture.inspect.state", state);
        self.row("picture.inspect.id", container.id.get(..12).unwrap_or(&container.id));
        if container.state != ContainerState::Running {
            return;
        }
        for endpoint in &container.endpoints {
            let Some(network) = self.network_of(endpoint) else {
                continue;
            };
            let interface = endpoint.interface.clone().unwrap_or_default();
            let address = endpoint.address.map_or_else(String::new, |a| a.to_string());
            let arrow = self.look.pick("→", "->");
            let cable = format!("{interface} {arrow} {} {address}", network.name);
            self.row("picture.inspect.cables", cable.trim().to_owned());
        }
        if container.endpoints.is_empty() {
            self.row("picture.inspect.cables", self.borrowed(container));
        }
        let then = self.get("picture.inspect.then");
        let asked: Vec<&str> = lookup_order(self.topology(), container)
            .iter()
            .map(|network| network.name.as_str())
            .collect();
        if !asked.is_empty() {
            let asks = self.fill("picture.inspect.asks_networks", &[("networks", &asked.join(&then))]);
            self.row("picture.inspect.asks", asks);
        }
        let mode = [&container.id, &container.name].map(|name| format!("container:{name}"));
        let shares = |other: &&Container| mode.contains(&other.network_mode);
        let guests: Vec<&str> = self
            .topology()
            .containers
            .iter()
            .filter(shares)
            .map(|c| c.name.as_str())
            .collect();
        if !guests.is_empty() {
            self.row("picture.inspect.guests", guests.join(", "));
        }
    }

    /// Whose cables a container without any uses.
    fn borrowed(&self, container: &Container) -> String {
        if container.network_mode == "host" {
            return self.get("picture.inspect.of_host");
        }
        let target = container.network_mode.strip_prefix("container:");
        match target.and_then(|target| self.topology().container(target)) {
            Some(with) => self.fill("picture.inspect.of_other", &[("with", &with.name)]),
            None => self.get("picture.inspect.no_cable"),
        }
    }

    fn cable(&mut self, node: &str, bar: &str) -> Head {
        let drawn = self.scene.nodes.iter().find(|other| other.name == node)?;
        let to = |cable: &&crate::scene::Cable| self.scene.bars[cable.bar].name == bar;
        let cable = drawn.cables.iter().find(to)?;
        let (presence, mark) = (cable.presence, cable.mark);
        let aliases = cable.aliases.join(", ");
        let title = format!("{node} {} {bar}", self.look.pick("⇄", "<->"));
        let head = (title, self.get("picture.inspect.cable"));
        let container = self.topology().containers.iter().find(|c| c.name == node).cloned();
        let network = self.topology().networks.iter().find(|n| n.name == bar).cloned();
        let there = container.zip(network).and_then(|(container, network)| {
            let endpoint = container.endpoints.iter().find(|e| e.network == network.id).cloned()?;
            Some((container, network, endpoint))
        });
        if let Some((container, network, endpoint)) = there.filter(|_| presence.is_real()) {
            self.facts_of_cable(&container, &network, &endpoint);
        } else if !aliases.is_empty() {
            self.row("picture.inspect.aliases", aliases);
        }
        self.known(presence, mark);
        Some(head)
    }

    fn facts_of_cable(&mut self, container: &Container, network: &Network, endpoint: &Endpoint) {
        let unknown = || self.get("picture.inspect.unknown_end");
        let inside = endpoint.interface.as_deref().map_or_else(unknown, |interface| {
            let values = [("interface", interface), ("container", &container.name)];
            self.fill("picture.inspect.inside", &values)
        });
        let outside = endpoint.host_end.as_deref().map_or_else(unknown, |interface| {
            let values = [
                ("interface", interface),
                ("bridge", network.bridge.as_deref().unwrap_or("?")),
            ];
            self.fill("picture.inspect.on_switch", &values)
        });
        let ends = format!("{inside} {} {outside}", self.look.pick("⇄", "<->"));
        self.row("picture.inspect.ends", ends);
        if let Some(address) = endpoint.address {
            self.row("picture.inspect.address", address.to_string());
        }
        if let Some(mac) = &endpoint.mac {
            self.row("picture.inspect.mac", mac.clone());
        }
        if let Some(mtu) = endpoint.mtu {
            let bytes = self.fill("picture.inspect.bytes", &[("n", &mtu.to_string())]);
            self.row("picture.inspect.mtu", bytes);
        }
        self.routes(container, network);
        if !endpoint.aliases.is_empty() {
            self.row("picture.inspect.aliases", endpoint.aliases.join(", "));
        }
        if !endpoint.names.is_empty() {
            self.row("picture.inspect.answers_to", endpoint.names.join(", "));
        }
        let made = self.maker_of_cable(container, network);
        self.row("picture.inspect.made_by", made);
    }

    fn routes(&mut self, container: &Container, network: &Network) {
        if let Some(subnet) = network.subnet {
            let own = self.fill("picture.inspect.route_own", &[("subnet", &subnet.to_string())]);
            self.row("picture.inspect.route", own);
        }
        let out = way_out(self.topology(), container);
        let rest = match out.map(|out| (out, out.gateway)) {
            Some((out, Some(gateway))) if out.id == network.id => {
                self.fill("picture.inspect.route_default", &[("gateway", &gateway.to_string())])
            }
            Some((out, _)) => self.fill("picture.inspect.route_elsewhere", &[("network", &out.name)]),
            None => self.get("picture.inspect.route_none"),
        };
        self.row("picture.inspect.route", rest);
    }

    /// `--net` names the network of the start; every other one, and that one once it was left, was connected to.
    fn maker_of_cable(&self, container: &Container, network: &Network) -> String {
        let (plugged, was_left) = self.by_hand(container, network);
        let mode = &*container.network_mode;
        let is_default = network.name == "bridge" && network.predefined;
        let of_default = is_default && matches!(mode, "default" | "" | "bridge");
        let first = of_default || mode == network.name || mode == network.id;
        let how = match (first && !was_left, of_default) {
            (true, true) => self.get("picture.inspect.run_default"),
            (true, false) => format!("docker run --net {}", network.name),
            (false, _) => format!("docker network connect {} {}", network.name, container.name),
        };
        self.made(&how, plugged)
    }

    /// The last time this very container was plugged in there, and whether it was ever unplugged from there: not by its end or its next
    /// start, which take its cables away and bring them back.
    fn by_hand(&self, container: &Container, network: &Network) -> (Option<&TimelineEntry>, bool) {
        let (mut plugged, mut was_left, mut ended) = (None, false, false);
        let id = Some(container.id.as_str());
        for entry in self
            .lab
            .timeline
            .iter()
            .filter(|entry| entry.container.as_deref() == id)
        {
            match &entry.what {
                Happening::ContainerDied { .. } => ended = true,
                Happening::ContainerStarted { .. } => ended = false,
                Happening::Connected { network: n, .. } if *n == network.name && !ended => plugged = Some(entry),
                Happening::Disconnected { network: n, .. } if *n == network.name && !ended => was_left = true,
                _ => {}
            }
        }
        (plugged, was_left)
    }

    /// A command, and when it was done, where the timeline has it.
    fn made(&self, how: &str, entry: Option<&TimelineEntry>) -> String {
        let Some(entry) = entry else {
            return how.to_owned();
        };
        let nanos = entry.at.saturating_sub(self.started).max(0).unsigned_abs();
        let time = timeline::clock(nanos / 1_000_000_000);
        self.fill("picture.inspect.made_at", &[("how", how), ("time", &time)])
    }

    fn network_of(&self, endpoint: &Endpoint) -> Option<Network> {
        let networks = &self.topology().networks;
        networks.iter().find(|network| network.id == endpoint.network).cloned()
    }

    fn known(&mut self, presence: Presence, mark: Mark) {
        let known = match (presence, mark) {
            (Presence::Ghost, _) => "picture.inspect.wanted",
            (Presence::Leaving, _) => "picture.inspect.leaving",
            (_, Mark::Seen) => "picture.inspect.seen",
            (_, Mark::Deduced) => "picture.inspect.deduced",
            (_, Mark::Simulated) => "picture.inspect.simulated",
        };
        self.row("picture.inspect.known", self.get(known));
    }
}
