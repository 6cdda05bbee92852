//! What a picture remembers from one moment to the next.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Bar, Cable, Node, Place, Presence, Scene};
use crate::model::{Container, ContainerState, Endpoint, Network, Topology, Uplink};

/// How long a new thing grows.
pub const GROWTH: Duration = Duration::from_millis(400);
/// How long the outline of a removed thing stays.
pub const FAREWELL: Duration = Duration::from_secs(2);
/// Time between two pictures while something grows.
pub const FRAME: Duration = Duration::from_millis(40);

/// The memory of one session's picture.
#[derive(Debug, Clone)]
pub struct Stage {
    motion: bool,
    /// Names in the order they got their letter; never shrinks.
    letters: Vec<String>,
    bars: Vec<Actor<Network>>,
    nodes: Vec<Person>,
    uplink: Option<Uplink>,
    opened: bool,
}

/// Something drawn, and since when.
#[derive(Debug, Clone)]
struct Actor<T> {
    facts: T,
    ghost: bool,
    came: Option<Duration>,
    left: Option<Duration>,
}

#[derive(Debug, Clone)]
struct Person {
    body: Actor<Container>,
    cables: Vec<Actor<Plug>>,
}

/// An endpoint, its network by name: ids change when a ghost comes true.
#[derive(Debug, Clone)]
struct Plug {
    network: String,
    endpoint: Endpoint,
}

impl<T> Actor<T> {
    fn presence(&self, now: Duration) -> Presence {
        if self.left.is_some() {
            return Presence::Leaving;
        }
        if self.ghost {
            return Presence::Ghost;
        }
        match self.came.map(|at| now.saturating_sub(at)) {
            Some(age) if age < GROWTH => {
                let thousandths = age.as_millis() * 1000 / GROWTH.as_millis();
                Presence::Growing(u16::try_from(thousandths).unwrap_or(1000))
            }
            _ => Presence::Solid,
        }
    }

    /// When it looks different next, if it does by itself.
    fn next_change(&self, now: Duration) -> Option<Duration> {
        if let Some(left) = self.left {
            return Some(left + FAREWELL);
        }
        let end = self.came? + GROWTH;
        (!self.ghost && now < end).then(|| end.min(now + FRAME))
    }

    fn is_over(&self, now: Duration) -> bool {
        self.left.is_some_and(|left| left + FAREWELL <= now)
    }
}

/// One thing that should be on the stage now.
struct Cue<T> {
    facts: T,
    ghost: bool,
}

impl Stage {
    /// An empty stage. Without `motion` nothing grows; what left still keeps its outline for [`FAREWELL`].
    #[must_use]
    pub fn new(motion: bool) -> Self {
        Self {
            motion,
            letters: Vec::new(),
            bars: Vec::new(),
            nodes: Vec::new(),
            uplink: None,
            opened: false,
        }
    }

    /// Takes in the lab as it is, and what the goal adds to it, at `now`. What is there at the first call was there
    /// before: it does not grow, and it alone is ordered by what it shares; later arrivals never move what is drawn.
    pub fn update(&mut self, topology: &Topology, ghosts: &Topology, now: Duration) {
        let came = (self.opened && self.motion).then_some(now);
        self.uplink.clone_from(&topology.uplink);

        let mut bars = cue(
            topology.networks.iter().filter(|n| is_bar(n)).cloned(),
            ghosts.networks.iter().filter(|n| is_bar(n)).cloned(),
            |network| &network.name,
        );
        if !self.opened {
            neighbours_first(&mut bars, &topology.containers);
        }
        for bar in &bars {
            if !is_default(&bar.facts) && !self.letters.contains(&bar.facts.name) {
                self.letters.push(bar.facts.name.clone());
            }
        }
        play(&mut self.bars, bars, (came, now), |network| network.name.clone());
        self.bars.sort_by_key(|bar| is_default(&bar.facts));

        let people = cue(
            topology.containers.iter().cloned(),
            ghosts.containers.iter().cloned(),
            |container| &container.name,
        );
        self.seat(people, (topology, ghosts), (came, now));
        self.opened = true;
    }

    fn seat(
        &mut self,
        people: Vec<Cue<Container>>,
        (real, ghosts): (&Topology, &Topology),
        clock: (Option<Duration>, Duration),
    ) {
        let (came, now) = clock;
        let mut bodies: Vec<Actor<Container>> = self.nodes.iter().map(|p| p.body.clone()).collect();
        let plugs: Vec<(String, Vec<Cue<Plug>>)> = people
            .iter()
            .map(|p| (p.facts.name.clone(), plugs(&p.facts, real, ghosts)))
            .collect();
        play(&mut bodies, people, clock, |container| container.name.clone());
        let mut nodes = Vec::with_capacity(bodies.len());
        for body in bodies {
            let old = self.nodes.iter().find(|p| p.body.facts.name == body.facts.name);
            let mut cables = old.map(|p| p.cables.clone()).unwrap_or_default();
            let wanted = plugs.iter().position(|(name, _)| *name == body.facts.name);
            match wanted.map(|at| {
                plugs[at]
                    .1
                    .iter()
                    .map(|c| Cue {
                        facts: c.facts.clone(),
                        ghost: c.ghost,
                    })
                    .collect()
            }) {
                Some(wanted) => play(&mut cables, wanted, (came, now), |plug| plug.network.clone()),
                // The outline of one who left keeps the cables it had.
                None => cables.iter_mut().for_each(|c| c.left = c.left.or(body.left)),
            }
            nodes.push(Person { body, cables });
        }
        self.nodes = nodes;
    }

    /// Forgets outlines that have stood long enough. [`Stage::scene`] does not draw them any more in any case.
    pub fn tidy(&mut self, now: Duration) {
        self.bars.retain(|bar| !bar.is_over(now));
        self.nodes.retain(|node| !node.body.is_over(now));
        for node in &mut self.nodes {
            node.cables.retain(|cable| !cable.is_over(now));
        }
    }

    /// When the picture changes next by itself; absent while nothing moves.
    #[must_use]
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let bars = self.bars.iter().filter_map(|bar| bar.next_change(now));
        let bodies = self.nodes.iter().filter_map(|node| node.body.next_change(now));
        let cables = self
            .nodes
            .iter()
            .flat_map(|node| &node.cables)
            .filter_map(|cable| cable.next_change(now));
        bars.chain(bodies).chain(cables).min()
    }

    /// True while something grows or fades: only then does a clock have to run.
    #[must_use]
    pub fn in_motion(&self, now: Duration) -> bool {
        self.next_change(now).is_some()
    }

    /// The picture at `now`.
    #[must_use]
    pub fn scene(&self, now: Duration) -> Scene {
        let bars: Vec<Bar> = self
            .bars
            .iter()
            .filter(|bar| !bar.is_over(now))
            .map(|bar| self.bar(bar, now))
            .collect();
        let nodes = self
            .nodes
            .iter()
            .filter(|node| !node.body.is_over(now))
            .map(|node| {
                let mut drawn = draw_node(node, &bars, now);
                if let Place::Glued { with } = &mut drawn.place
                    && let Some(other) = self.nodes.iter().find(|other| other.body.facts.id == *with)
                {
                    with.clone_from(&other.body.facts.name);
                }
                drawn
            })
            .collect();
        Scene {
            bars,
            nodes,
            uplink: self.uplink.clone(),
        }
    }

    fn bar(&self, actor: &Actor<Network>, now: Duration) -> Bar {
        let network = &actor.facts;
        let rank = self
            .letters
            .iter()
            .position(|name| *name == network.name)
            .unwrap_or_default();
        Bar {
            letter: if is_default(network) {
                "0".to_owned()
            } else {
                letter(rank)
            },
            rank,
            name: network.name.clone(),
            driver: network.driver.clone(),
            subnet: network.subnet,
            gateway: network.gateway,
            bridge: network.bridge.clone(),
            internal: network.internal,
            default: is_default(network),
            presence: actor.presence(now),
            mark: network.mark,
        }
    }
}

/// Real things first, then ghosts of names that are not real yet.
fn cue<T>(real: impl Iterator<Item = T>, ghosts: impl Iterator<Item = T>, name: fn(&T) -> &String) -> Vec<Cue<T>> {
    let mut all: Vec<Cue<T>> = real.map(|facts| Cue { facts, ghost: false }).collect();
    for facts in ghosts {
        if !all.iter().any(|known| name(&known.facts) == name(&facts)) {
            all.push(Cue { facts, ghost: true });
        }
    }
    all
}

/// Brings the actors in line with what is wanted: the known keep their place, the new come last, the gone become outlines.
fn play<T>(
    actors: &mut Vec<Actor<T>>,
    wanted: Vec<Cue<T>>,
    (came, now): (Option<Duration>, Duration),
    key: fn(&T) -> String,
) {
    let names: BTreeSet<String> = wanted.iter().map(|cue| key(&cue.facts)).collect();
    actors.retain_mut(|actor| {
        if !names.contains(&key(&actor.facts)) {
            if actor.ghost {
                return false;
            }
            actor.left = actor.left.or(Some(now));
        }
        !actor.is_over(now)
    });
    for cue in wanted {
        let name = key(&cue.facts);
        if let Some(actor) = actors.iter_mut().find(|actor| key(&actor.facts) == name) {
            if !cue.ghost && (actor.ghost || actor.left.is_some()) {
                actor.came = came;
            }
            actor.left = None;
            actor.ghost = cue.ghost;
            actor.facts = cue.facts;
        } else {
            actors.push(Actor {
                came: came.filter(|_| !cue.ghost),
                left: None,
                ghost: cue.ghost,
                facts: cue.facts,
            });
        }
    }
}

/// The cables of a container: those the kernel has, then those that the goal adds.
fn plugs(container: &Container, real: &Topology, ghosts: &Topology) -> Vec<Cue<Plug>> {
    let plug = |endpoint: &Endpoint, ghost| {
        let network = network_name(&endpoint.network, real, ghosts)?;
        Some(Cue {
            facts: Plug {
                network,
                endpoint: endpoint.clone(),
            },
            ghost,
        })
    };
    let is_ghost = container.id.starts_with("ghost:");
    let mut all: Vec<Cue<Plug>> = Vec::new();
    if !is_ghost && container.state == ContainerState::Running {
        all.extend(container.endpoints.iter().filter_map(|endpoint| plug(endpoint, false)));
    }
    let wanted = ghosts.containers.iter().filter(|ghost| ghost.name == container.name);
    for cable in wanted
        .flat_map(|ghost| &ghost.endpoints)
        .filter_map(|endpoint| plug(endpoint, true))
    {
        if !all.iter().any(|known| known.facts.network == cable.facts.network) {
            all.push(cable);
        }
    }
    all
}

/// An endpoint names its network by id, and a ghost's perhaps by name. Absent where it is no bar (`host`, `none`).
fn network_name(named: &str, real: &Topology, ghosts: &Topology) -> Option<String> {
    let bare = named.strip_prefix("ghost:").unwrap_or(named);
    [(real, named), (ghosts, named), (real, bare), (ghosts, bare)]
        .into_iter()
        .find_map(|(topology, name)| topology.network(name))
        .filter(|network| is_bar(network))
        .map(|network| network.name.clone())
}

fn is_bar(network: &Network) -> bool {
    !matches!(network.driver.as_str(), "host" | "null")
}

fn is_default(network: &Network) -> bool {
    network.predefined && network.name == "bridge"
}

/// Orders bars so that those that share containers are neighbours; else as they were created.
fn neighbours_first(bars: &mut Vec<Cue<Network>>, containers: &[Container]) {
    let shared = |a: &Network, b: &Network| {
        let on = |c: &Container, n: &Network| c.endpoints.iter().any(|e| e.network == n.id);
        containers.iter().filter(|c| on(c, a) && on(c, b)).count()
    };
    let mut left = std::mem::take(bars);
    while !left.is_empty() {
        let next = bars.last().map_or(0, |last| {
            let rank = |at: &usize| (shared(&last.facts, &left[*at].facts), std::cmp::Reverse(*at));
            (0..left.len()).max_by_key(rank).unwrap_or_default()
        });
        bars.push(left.remove(next));
    }
}

fn draw_node(person: &Person, bars: &[Bar], now: Duration) -> Node {
    let container = &person.body.facts;
    let mut cables: Vec<Cable> = person
        .cables
        .iter()
        .filter(|actor| !actor.is_over(now))
        .filter_map(|actor| {
            let endpoint = &actor.facts.endpoint;
            Some(Cable {
                bar: bars.iter().position(|bar| bar.name == actor.facts.network)?,
                address: endpoint.address,
                aliases: endpoint.aliases.clone(),
                interface: endpoint.interface.clone(),
                host_end: endpoint.host_end.clone(),
                presence: actor.presence(now),
                mark: endpoint.mark,
            })
        })
        .collect();
    cables.sort_by_key(|cable| cable.bar);
    Node {
        name: container.name.clone(),
        image: container.image.clone(),
        place: place(&person.body, &cables),
        cables,
        presence: person.body.presence(now),
    }
}

fn place(body: &Actor<Container>, cables: &[Cable]) -> Place {
    let container = &body.facts;
    match (cables.first(), cables.last()) {
        (Some(first), Some(last)) if cables.len() > 2 || last.bar - first.bar > 1 => Place::Crossing {
            first: first.bar,
            last: last.bar,
        },
        (Some(first), Some(last)) if first.bar != last.bar => Place::Between { upper: first.bar },
        (Some(only), _) => Place::On { bar: only.bar },
        _ if !body.ghost && container.state != ContainerState::Running => Place::Stopped {
            exit_code: container
                .exit_code
                .filter(|_| container.state == ContainerState::Exited),
        },
        _ if container.network_mode == "host" => Place::OnHost,
        _ => match container.network_mode.strip_prefix("container:") {
            Some(with) => Place::Glued { with: with.to_owned() },
            None => Place::Unplugged,
        },
    }
}

/// A … Z, AA … AZ, BA …
fn letter(rank: usize) -> String {
    let mut rest = rank + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    letters.iter().rev().collect()
}
