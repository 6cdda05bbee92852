//! What a picture remembers from one moment to the next.

mod place;

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Bar, Node, Place, Presence, Question, Scene};
use crate::model::{Container, Endpoint, Network, Topology, Uplink};
use crate::observe::Outcome;
use place::{draw_node, is_bar, is_default, letter, neighbours_first, plugs};

/// How long a new thing grows.
pub const GROWTH: Duration = Duration::from_millis(400);
/// How long the outline of a removed thing stays.
pub const FAREWELL: Duration = Duration::from_secs(2);
/// How long a question to a resolver stays beside the one who asked.
pub const ANSWERED: Duration = Duration::from_secs(20);
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
    questions: Vec<(Question, Duration)>,
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
            questions: Vec::new(),
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

        self.rename(&topology.containers);
        self.questions.retain(|(question, _)| holds(question, topology));
        let people = cue(
            topology.containers.iter().cloned(),
            ghosts.containers.iter().cloned(),
            |container| &container.name,
        );
        self.seat(people, (topology, ghosts), (came, now));
        self.opened = true;
    }

    /// One that has got another name is the same one, unless something of that name is drawn already.
    fn rename(&mut self, containers: &[Container]) {
        for container in containers {
            if self.nodes.iter().any(|node| node.body.facts.name == container.name) {
                continue;
            }
            let is_it = |node: &&mut Person| node.body.left.is_none() && node.body.facts.id == container.id;
            if let Some(node) = self.nodes.iter_mut().find(is_it) {
                node.body.facts.name.clone_from(&container.name);
            }
        }
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

    /// A container asked its resolver, and was answered, at `now`. It stands beside it for [`ANSWERED`], until its next one, or until
    /// the answer would be another.
    pub fn asked(&mut self, question: Question, now: Duration) {
        self.questions.retain(|(known, _)| known.id != question.id);
        self.questions.push((question, now));
    }

    /// Forgets outlines that have stood long enough. [`Stage::scene`] does not draw them any more in any case.
    pub fn tidy(&mut self, now: Duration) {
        self.questions.retain(|(_, at)| now < *at + ANSWERED);
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
        let questions = self.questions.iter().map(|(_, at)| *at + ANSWERED);
        bars.chain(bodies).chain(cables).chain(questions).min()
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
        let nodes: Vec<Node> = self
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
            questions: self.questions_of(now),
            bars,
            nodes,
            uplink: self.uplink.clone(),
        }
    }

    /// Those of containers that are there, while they are fresh. Who is called the same after them has not asked.
    fn questions_of(&self, now: Duration) -> Vec<Question> {
        let asker = |id: &str| {
            let real = self.nodes.iter().map(|node| &node.body);
            let mut real = real.filter(|body| body.left.is_none() && !body.ghost);
            Some(&real.find(|body| body.facts.id == id)?.facts.name)
        };
        let fresh = self.questions.iter().filter(|(_, at)| now < *at + ANSWERED);
        fresh
            .filter_map(|(question, _)| {
                let asker = asker(&question.id)?.clone();
                Some(Question {
                    asker,
                    ..question.clone()
                })
            })
            .collect()
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

/// Whether an answer is still what the lab would say: who asked is on the network that answered, and the addresses have holders there.
fn holds(question: &Question, topology: &Topology) -> bool {
    let Some(asker) = topology.containers.iter().find(|known| known.id == question.id) else {
        return true;
    };
    let (by, addresses) = match &question.outcome {
        Outcome::Addresses { addresses, by } => (by, addresses.as_slice()),
        Outcome::Name { by, .. } | Outcome::NoData { by } => (by, &[][..]),
        Outcome::SingleLabel | Outcome::Forwarded { .. } | Outcome::Failed { .. } => return true,
    };
    let on_it = |container: &Container| {
        container
            .endpoints
            .iter()
            .any(|endpoint| endpoint.network == by.network)
    };
    let holders = topology.containers.iter().filter(|container| on_it(container));
    let held: Vec<_> = holders
        .flat_map(|container| &container.endpoints)
        .filter(|endpoint| endpoint.network == by.network)
        .filter_map(|endpoint| Some(endpoint.address?.ip()))
        .collect();
    on_it(asker) && addresses.iter().all(|address| held.contains(address))
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
