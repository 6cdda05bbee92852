//! Labs and lessons for tests: the two steps of the first lesson, at each of their moments.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::app::{App, Event, Start};
use super::look::Look;
use super::{Guide, draw};
use crate::lab::{BackendInfo, BackendKind, Happening, LabState, TimelineEntry};
pub(crate) use crate::model::parts::{container, network};
use crate::model::{Container, Mark, Network, Topology, Uplink};
use crate::settings::Theme;
use crate::texts::Lang;
use crate::workshop::{Answer, Ask, CheckStatus, CheckView, PutBack, Remedy, StepEntry, StepView};

/// Unix time at which every test starts, nanoseconds.
pub const START: i64 = 1_700_000_000_000_000_000;

pub fn lab(networks: Vec<Network>, containers: Vec<Container>) -> LabState {
    let uplink = Uplink {
        address: "192.168.1.2/24".parse().unwrap(),
        router: "192.168.1.1".parse().unwrap(),
        mark: Mark::Simulated,
    };
    LabState {
        revision: 1,
        backend: BackendInfo {
            kind: BackendKind::Builtin,
            version: "28.5".into(),
            api: "1.51".into(),
        },
        topology: Arc::new(Topology {
            networks,
            containers,
            uplink: Some(uplink),
        }),
        timeline: Arc::default(),
        lost: None,
    }
}

fn ghost_network() -> Network {
    let ghost = network("dev", 0);
    Network {
        id: "ghost:dev".into(),
        subnet: None,
        gateway: None,
        bridge: None,
        ..ghost
    }
}

fn ghost_container() -> Container {
    let mut ghost = container("es", &[("dev", "")]);
    ghost.id = "ghost:es".into();
    ghost
}

/// The moments of the first lesson that the screens show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing made yet; the goal is a ghost.
    Empty,
    /// The network is there, its container is a ghost.
    NetworkMade,
    /// The container is there, step 2 is green.
    Placed,
    /// Two networks, one container on both.
    MultiHomed,
    /// The lab is gone.
    Lost,
}

/// A lesson that says what the moment wants.
#[derive(Debug)]
pub struct Lesson {
    pub moment: Moment,
    pub hints: usize,
    /// How many steps its list has.
    pub listed: usize,
    pub asked: Vec<Ask>,
}

impl Lesson {
    pub fn boxed(moment: Moment) -> Box<Self> {
        Box::new(Self {
            moment,
            hints: 0,
            listed: 2,
            asked: vec![],
        })
    }
}

const FR: [&str; 12] = [
    "Le Container Network Model",
    "Créer un réseau",
    "Un réseau Docker, c'est un commutateur virtuel avec son propre sous-réseau. Créez-en un, appelé `dev`\u{a0}:",
    "le réseau dev existe",
    "dev n’existe pas",
    "un réseau nommé dev",
    "Placer un conteneur",
    "Lancez un conteneur nommé `es` sur le réseau `dev`\u{a0}:",
    "es est branché à dev",
    "es n’existe pas",
    "un câble, une adresse\u{a0}: es est sur dev.",
    "Docker a créé une paire veth\u{a0}: un bout dans le conteneur, l'autre sur le commutateur.",
];
const EN: [&str; 12] = [
    "The Container Network Model",
    "Create a network",
    "A Docker network is a virtual switch with a subnet of its own. Create one, called `dev`:",
    "the network dev exists",
    "dev does not exist",
    "a network named dev",
    "Place a container",
    "Run a container named `es` on the network `dev`:",
    "es is plugged into dev",
    "es does not exist",
    "one cable, one address: es is on dev.",
    "Docker made a veth pair: one end in the container, the other on the switch.",
];

impl Guide for Lesson {
    fn observe(&mut self, _: &LabState) -> bool {
        true
    }

    fn view(&self, lang: Lang) -> Option<StepView> {
        let t = if lang == Lang::Fr { FR } else { EN };
        let first = self.moment == Moment::Empty;
        let green = matches!(self.moment, Moment::Placed | Moment::MultiHomed | Moment::Lost);
        let fail = |seen: &str, wanted: &str| CheckStatus::Fail {
            seen: seen.into(),
            wanted: wanted.into(),
        };
        let check = |id: &str, title: &str, status| CheckView {
            id: id.into(),
            title: title.into(),
            status,
        };
        let checks = match (first, green) {
            (true, _) => vec![
                check("network", t[3], fail(t[4], t[5])),
                check("container", t[8], CheckStatus::Waits { on: "network".into() }),
            ],
            (false, true) => vec![
                check("network", t[3], CheckStatus::Pass),
                check("container", t[8], CheckStatus::Pass),
            ],
            (false, false) => vec![
                check("network", t[3], CheckStatus::Pass),
                check("container", t[8], fail(t[9], "")),
            ],
        };
        let command = if first {
            "$ docker network create dev"
        } else {
            "$ docker run -d --name es --net dev alpine sleep 1d"
        };
        Some(StepView {
            id: "step".into(),
            lesson_title: t[0].into(),
            title: t[if first { 1 } else { 6 }].into(),
            say: vec![t[if first { 2 } else { 7 }].into(), command.into()],
            choices: vec![],
            picture: None,
            index: usize::from(!first),
            total: 2,
            done: usize::from(!first) + usize::from(green),
            checks,
            green,
            praise: t[10].into(),
            why: vec![t[11].into()],
            hints: vec![t[5].to_owned(); self.hints],
            was_done: green,
            hint_rungs: 3,
        })
    }

    fn ghosts(&self) -> Topology {
        match self.moment {
            Moment::Empty => {
                let mut es = ghost_container();
                es.endpoints[0].network = "ghost:dev".into();
                Topology {
                    networks: vec![ghost_network()],
                    containers: vec![es],
                    uplink: None,
                }
            }
            Moment::NetworkMade => Topology {
                containers: vec![ghost_container()],
                ..Topology::default()
            },
            _ => Topology::default(),
        }
    }

    fn ask(&mut self, ask: Ask) -> Answer {
        self.asked.push(ask);
        match ask {
            Ask::Hint if self.hints < 3 => {
                self.hints += 1;
                Answer::Done
            }
            Ask::Next | Ask::GoTo(1..) if self.moment == Moment::Empty => Answer::ConfirmSkip,
            Ask::GoTo(_) | Ask::PutBack => Answer::Done,
            _ => Answer::NothingFurther,
        }
    }

    fn show_me(&self) -> Option<String> {
        Some("docker run -d \\\n  --name es --net dev alpine sleep 1d".into())
    }

    fn put_back(&self) -> PutBack {
        let (container, network) = ("es".to_owned(), "dev".to_owned());
        match self.moment {
            Moment::Empty | Moment::NetworkMade => PutBack::default(),
            Moment::Placed => PutBack {
                todo: vec![Remedy::RemoveContainer { container }],
                ..PutBack::default()
            },
            Moment::MultiHomed | Moment::Lost => PutBack {
                todo: vec![
                    Remedy::RemoveContainer { container },
                    Remedy::Disconnect {
                        container: "web".into(),
                        network: network.clone(),
                    },
                    Remedy::RemoveNetwork { network },
                ],
                staying: ["prod", "web", "es1"].map(String::from).into(),
                ..PutBack::default()
            },
        }
    }

    fn steps(&self, lang: Lang) -> Vec<StepEntry> {
        let t = if lang == Lang::Fr { FR } else { EN };
        let first = self.moment == Moment::Empty;
        let entry = |n: usize| StepEntry {
            title: t[if n == 0 { 1 } else { 6 }].into(),
            done: n == 0 && !first,
            current: n == usize::from(!first),
        };
        (0..self.listed).map(entry).collect()
    }
}

/// The lab at a moment.
pub fn state(moment: Moment) -> LabState {
    let (bridge, dev, prod) = (network("bridge", 0), network("dev", 1), network("prod", 2));
    let es = container("es", &[("dev", "172.18.0.2/16")]);
    let mut web = container("web", &[("dev", "172.18.0.3/16"), ("prod", "172.19.0.3/16")]);
    web.endpoints[1].mark = Mark::Deduced;
    let mut es1 = container("es1", &[("prod", "172.19.0.2/16")]);
    es1.endpoints[0].aliases = vec!["search".into()];
    let at = |seconds: i64, what| TimelineEntry {
        at: START + seconds * 1_000_000_000,
        container: (!matches!(what, Happening::NetworkCreated { .. })).then(|| es.id.clone()),
        what,
    };
    let created = at(8, Happening::NetworkCreated { network: "dev".into() });
    let started = at(31, Happening::ContainerStarted { container: "es".into() });
    let address = Some("172.18.0.2".into());
    let connected = at(
        31,
        Happening::Connected {
            container: "es".into(),
            network: "dev".into(),
            address,
        },
    );
    let mut state = match moment {
        Moment::Empty => lab(vec![bridge], vec![]),
        Moment::NetworkMade => lab(vec![bridge, dev], vec![]),
        Moment::Placed => lab(vec![bridge, dev], vec![es]),
        Moment::MultiHomed | Moment::Lost => lab(vec![bridge, dev, prod], vec![es, web, es1]),
    };
    state.timeline = Arc::new(match moment {
        Moment::Empty => vec![],
        Moment::NetworkMade => vec![created],
        _ => vec![created, connected, started],
    });
    if moment == Moment::Lost {
        state.lost = Some("connection closed.".into());
    }
    state
}

/// How a screen is looked at.
#[derive(Debug, Clone, Copy)]
pub struct View {
    pub size: (u16, u16),
    pub lang: Lang,
    pub look: Look,
}

pub const PLAIN: Look = Look {
    ascii: false,
    color: true,
    theme: Theme::Dark,
};

/// A screen at a moment, its shell started, everything grown.
pub fn app(moment: Moment, view: View) -> App {
    let start = Start {
        lang: view.lang,
        look: view.look,
        motion: false,
        size: view.size,
        at: START,
    };
    let mut app = App::new(Lesson::boxed(moment), start);
    let now = Duration::from_secs(60);
    app.update(Event::LabReady, now);
    app.update(Event::Lab(Arc::new(state(moment))), now);
    app.update(
        Event::Output(b"$ docker network ls\r\nNETWORK ID     NAME   DRIVER\r\n$ ".to_vec()),
        now,
    );
    app
}

/// The cells of a screen.
pub fn cells(app: &App, (width, height): (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw::draw(app, area, &mut buffer);
    buffer
}

/// The text of a screen, without spaces at the ends of its lines.
pub fn text(buffer: &Buffer) -> String {
    let rows = (0..buffer.area.height).map(|y| {
        let mut row = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                row.push_str(symbol);
                skip = super::pen::width(symbol).max(1);
            }
            skip -= 1;
        }
        row.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// Runs of one style per row: `y: from-to style`. The plain style is left out.
pub fn styles(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let style = |x: u16| {
                let cell = &buffer[(x, y)];
                (cell.fg, cell.bg, cell.modifier)
            };
            let from = x;
            let this = style(x);
            while x < buffer.area.width && style(x) == this {
                x += 1;
            }
            if this != (Color::Reset, Color::Reset, Modifier::empty()) {
                let (fg, bg, modifier) = this;
                let _ = write!(out, "{y}: {from}-{}", x - 1);
                if fg != Color::Reset {
                    let _ = write!(out, " {fg}");
                }
                if bg != Color::Reset {
                    let _ = write!(out, " on {bg}");
                }
                let _ = writeln!(out, " {modifier:?}");
            }
        }
    }
    out
}
