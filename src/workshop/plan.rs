//! What leads from a lab as it is to a state of a lesson: the same list is shown ("show me"), replayed (resume) and, made to leave
//! nothing of later steps, put back (reset).

use ipnetwork::Ipv4Network;

use crate::lesson::{Goal, GoalContainer, GoalEndpoint, GoalNetwork};
use crate::model::{Container, ContainerState, Endpoint, Network, Topology};
use crate::texts::Lang;

use super::Remedy;

/// What putting a step back takes, and what it leaves alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PutBack {
    /// In order; empty where the lab is as the step found it.
    pub todo: Vec<Remedy>,
    /// The learner's own networks and containers, by name: they stay.
    pub staying: Vec<String>,
    /// The step was green and is broken: this makes it green again, and does not open it anew.
    pub mends: bool,
    /// The step is a question: nothing is removed, what the lab lacks is made again.
    pub question: bool,
    /// The answer to the question is forgotten, and may be given again.
    pub forgets: bool,
    /// What the lab has in place of what is wanted, a sentence for each, by language.
    pub differences: Vec<[String; Lang::ALL.len()]>,
}

impl PutBack {
    /// Whether there is nothing to put back.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.todo.is_empty() && !self.forgets
    }
}

/// What has to be done, in order, so that `lab` becomes what `goal` says. What the goal does not mention stays as it is.
#[must_use]
pub fn remedies(goal: &Goal, lab: &Topology) -> Vec<Remedy> {
    let planner = Planner {
        goal,
        undone: None,
        lab,
    };
    planner.todo()
}

/// What has to be done, in order, so that `lab` becomes as a step found it: as `before`, the goal of the step before it, says, and
/// without what `undone`, the goals of this step and of later ones, add to that.
///
/// - What only `undone` names is removed.
/// - What `before` names is mended, and has the cables that `before` says, no more.
/// - All other networks and containers are the learner's own: they stay. One that hangs on a network that has to go is unplugged
///   from it, and plugged in again where the network is made anew.
#[must_use]
pub fn put_back(before: &Goal, undone: &[&Goal], lab: &Topology) -> PutBack {
    let planner = Planner {
        goal: before,
        undone: Some(undone),
        lab,
    };
    PutBack {
        todo: planner.todo(),
        staying: planner.own(),
        ..PutBack::default()
    }
}

/// What has to be done, in order, so that a lab whose step was green and is broken becomes as `goal` says again. `later` are the goals
/// of the steps behind it: what they name is not the learner's own.
#[must_use]
pub fn mend(goal: &Goal, later: &[&Goal], lab: &Topology) -> PutBack {
    let planner = |undone| Planner { goal, undone, lab };
    PutBack {
        // Nothing of another step is undone, but cables that the goal does not have go.
        todo: planner(Some(&[])).todo(),
        staying: planner(Some(later)).own(),
        mends: true,
        ..PutBack::default()
    }
}

/// What `goal` has and `lab` lacks, made again in order. All that is there stays as it is: networks, and containers that run wherever
/// they are plugged in.
#[must_use]
pub fn lacking(goal: &Goal, lab: &Topology) -> Vec<Remedy> {
    let is_there = |network: &GoalNetwork| lab.networks.iter().any(|known| known.name == network.name);
    let runs = |container: &GoalContainer| {
        let mut running = lab
            .containers
            .iter()
            .filter(|known| known.state == ContainerState::Running);
        running.any(|known| known.name == container.name)
    };
    let lacking = Goal {
        networks: goal
            .networks
            .iter()
            .filter(|network| !is_there(network))
            .cloned()
            .collect(),
        containers: goal
            .containers
            .iter()
            .filter(|container| !runs(container))
            .cloned()
            .collect(),
    };
    remedies(&lacking, lab)
}

struct Planner<'a> {
    goal: &'a Goal,
    /// Goals of which nothing may stay; None where what is there may.
    undone: Option<&'a [&'a Goal]>,
    lab: &'a Topology,
}

/// What becomes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Remade,
    Goes,
}

impl Planner<'_> {
    /// Containers leave first and cables next: a network that something hangs on cannot be removed.
    fn todo(&self) -> Vec<Remedy> {
        let mut todo = Vec::new();
        for container in self.lab.containers.iter().filter(|container| self.goes(container)) {
            todo.push(Remedy::RemoveContainer {
                container: container.name.clone(),
            });
        }
        let (last, first): (Vec<_>, Vec<_>) = self.cut().partition(|cable| self.leaves_last(*cable));
        todo.extend(first.into_iter().map(disconnect));
        for network in self.lab.networks.iter().filter(|n| self.fate(n) != Fate::Stays) {
            todo.push(Remedy::RemoveNetwork {
                network: network.name.clone(),
            });
        }
        for wanted in &self.goal.networks {
            let found = self.lab.networks.iter().find(|network| network.name == wanted.name);
            if found.is_none_or(|network| self.fate(network) == Fate::Remade) {
                todo.push(Remedy::CreateNetwork(wanted.clone()));
            }
        }
        for wanted in &self.goal.containers {
            let found = self.lab.containers.iter().find(|found| found.name == wanted.name);
            match found.filter(|found| !self.goes(found)) {
                Some(found) => self.mend(wanted, found, &mut todo),
                None => run(wanted, &mut todo),
            }
        }
        self.plug_in_again(&mut todo);
        todo.extend(last.into_iter().map(disconnect));
        todo
    }

    /// The learner's own networks and containers, by name.
    fn own(&self) -> Vec<String> {
        let goals = || std::iter::once(self.goal).chain(self.undone.into_iter().flatten().copied());
        let networks = self.lab.networks.iter().filter(|network| !network.predefined);
        let networks = networks.filter(|network| goals().all(|goal| goal.network(&network.name).is_none()));
        let containers = self.lab.containers.iter();
        let containers = containers.filter(|container| goals().all(|goal| goal.container(&container.name).is_none()));
        let networks = networks.map(|network| network.name.clone());
        networks
            .chain(containers.map(|container| container.name.clone()))
            .collect()
    }

    fn undone(&self) -> impl Iterator<Item = &Goal> {
        self.undone.into_iter().flatten().copied()
    }

    fn fate(&self, network: &Network) -> Fate {
        match self.goal.network(&network.name) {
            _ if network.predefined => Fate::Stays,
            Some(wanted) if suits(wanted, network) && !self.has_later_subnet(wanted, network) => Fate::Stays,
            Some(_) => Fate::Remade,
            None if self.undone().any(|goal| goal.network(&network.name).is_some()) => Fate::Goes,
            None => Fate::Stays,
        }
    }

    /// A subnet that is free for now, and is already the one that a later step asks for.
    fn has_later_subnet(&self, wanted: &GoalNetwork, network: &Network) -> bool {
        let later = |goal: &Goal| goal.network(&network.name).and_then(|later| later.subnet);
        wanted.subnet.is_none() && network.subnet.is_some() && self.undone().any(|goal| later(goal) == network.subnet)
    }

    /// Whether a container is removed: for good, or to be made anew.
    fn goes(&self, container: &Container) -> bool {
        match self.goal.container(&container.name) {
            Some(wanted) => !self.can_be_mended(wanted, container),
            None => self.undone().any(|goal| goal.container(&container.name).is_some()),
        }
    }

    /// One that ended would end again, one in a special mode takes no cable, one that was run on none of its networks is run again
    /// as it was asked for, and one that has a cable and should have none keeps its way out: all four are made anew. One that has
    /// lost its last cable needs none, whatever it was run with. One that runs
    /// on a network of its own, or on one that it has to leave, is plugged in where it is not.
    fn can_be_mended(&self, wanted: &GoalContainer, found: &Container) -> bool {
        let is_on = |network: &String| self.plugged(found, network).is_some();
        let first = wanted.endpoints.first().map(|first| &first.network);
        let mut others = wanted
            .endpoints
            .iter()
            .map(|endpoint| &endpoint.network)
            .chain(&wanted.off);
        match (found.state, first) {
            (ContainerState::Exited, _) => false,
            (ContainerState::Running, None) if is_unplugged(found) => true,
            (_, None) => found.network_mode == "none",
            (ContainerState::Created, Some(first)) => is_on(first),
            (ContainerState::Running, Some(_)) => others.any(is_on),
        }
    }

    /// The container's endpoint on the network of that name.
    fn plugged<'c>(&self, container: &'c Container, network: &str) -> Option<&'c Endpoint> {
        let network = self.lab.networks.iter().find(|known| known.name == network)?;
        container.endpoints.iter().find(|endpoint| endpoint.is_on(network))
    }

    /// The cables that are unplugged, of containers that stay.
    fn cut(&self) -> impl Iterator<Item = (&Container, &Endpoint, &Network)> {
        let staying = self.lab.containers.iter().filter(|container| !self.goes(container));
        let cables =
            staying.flat_map(|container| container.endpoints.iter().map(move |endpoint| (container, endpoint)));
        cables.filter_map(|(container, endpoint)| {
            let network = self.lab.networks.iter().find(|network| endpoint.is_on(network))?;
            self.is_cut(container, endpoint, network)
                .then_some((container, endpoint, network))
        })
    }

    /// A cable that only has to go goes once the others are there, as a container that moves keeps a network on the way; unless it
    /// holds an address that another one is to get.
    fn leaves_last(&self, (container, endpoint, network): (&Container, &Endpoint, &Network)) -> bool {
        let address = endpoint.address.map(Ipv4Network::ip);
        let mut wanted = self.goal.containers.iter().flat_map(|wanted| &wanted.endpoints);
        let is_awaited = wanted.any(|wanted| wanted.ip.is_some() && wanted.ip == address);
        let goal = self.goal.container(&container.name);
        let has_to_go = goal.is_some_and(|goal| goal.off.contains(&network.name));
        has_to_go && !is_awaited && self.fate(network) == Fate::Stays
    }

    fn is_cut(&self, container: &Container, endpoint: &Endpoint, network: &Network) -> bool {
        let moves = self.fate(network) != Fate::Stays;
        let Some(wanted) = self.goal.container(&container.name) else {
            // One that does not run hangs on nothing: it does not keep a network from being removed.
            return moves && container.state == ContainerState::Running;
        };
        match wanted.endpoints.iter().find(|wanted| wanted.network == network.name) {
            Some(wanted) => moves || !self.is_right(wanted, container, endpoint),
            None => moves || self.undone.is_some() || wanted.off.contains(&network.name),
        }
    }

    /// Whether a cable has what is wanted of it, and nothing that only a later step asks for.
    fn is_right(&self, wanted: &GoalEndpoint, container: &Container, endpoint: &Endpoint) -> bool {
        let address = endpoint.address.map(Ipv4Network::ip);
        let has_ip = wanted.ip.is_none_or(|ip| address.is_none_or(|address| address == ip));
        let has_aliases = wanted.aliases.iter().all(|alias| endpoint.aliases.contains(alias));
        let later = |goal: &Goal| {
            let later = goal.container(&container.name)?;
            let later = later.endpoints.iter().find(|later| later.network == wanted.network)?;
            let early = |alias: &&String| endpoint.aliases.contains(*alias) && !wanted.aliases.contains(*alias);
            let has_later_ip = wanted.ip.is_none() && later.ip.is_some() && later.ip == address;
            Some(has_later_ip || later.aliases.iter().any(|alias| early(&alias)))
        };
        has_ip && has_aliases && !self.undone().any(|goal| later(goal).unwrap_or_default())
    }

    /// Plugs a container in where it is not, or not rightly, and starts one that was only created.
    fn mend(&self, wanted: &GoalContainer, found: &Container, todo: &mut Vec<Remedy>) {
        for endpoint in &wanted.endpoints {
            let network = self
                .lab
                .networks
                .iter()
                .find(|network| network.name == endpoint.network);
            let plugged = self.plugged(found, &endpoint.network);
            let stays = network
                .zip(plugged)
                .is_some_and(|(network, plugged)| !self.is_cut(found, plugged, network));
            if !stays {
                todo.push(Remedy::Connect {
                    container: wanted.name.clone(),
                    endpoint: endpoint.clone(),
                });
            }
        }
        if found.state == ContainerState::Created {
            todo.push(Remedy::Start {
                container: wanted.name.clone(),
            });
        }
    }

    /// What hung on a network that was made anew, and was not of the lesson, hangs on it again.
    fn plug_in_again(&self, todo: &mut Vec<Remedy>) {
        for (container, endpoint, network) in self.cut() {
            let of_goal = self.goal.container(&container.name);
            let is_wanted = of_goal.is_some_and(|goal| goal.endpoints.iter().any(|e| e.network == network.name));
            let may_stay = of_goal.is_none_or(|goal| self.undone.is_none() && !goal.off.contains(&network.name));
            if self.fate(network) == Fate::Remade && !is_wanted && may_stay {
                todo.push(Remedy::Connect {
                    container: container.name.clone(),
                    endpoint: GoalEndpoint {
                        network: network.name.clone(),
                        aliases: endpoint.aliases.clone(),
                        ip: None,
                    },
                });
            }
        }
    }
}

fn disconnect((container, _, network): (&Container, &Endpoint, &Network)) -> Remedy {
    Remedy::Disconnect {
        container: container.name.clone(),
        network: network.name.clone(),
    }
}

/// Without any cable, its own or another's: what the check `unplugged` asks for.
fn is_unplugged(container: &Container) -> bool {
    let borrows = container.network_mode == "host" || container.network_mode.starts_with("container:");
    container.endpoints.is_empty() && !borrows
}

fn suits(wanted: &GoalNetwork, found: &Network) -> bool {
    wanted.internal == found.internal && wanted.subnet.is_none_or(|subnet| found.subnet == Some(subnet))
}

fn run(wanted: &GoalContainer, todo: &mut Vec<Remedy>) {
    todo.push(Remedy::Run(wanted.clone()));
    for endpoint in wanted.endpoints.iter().skip(1) {
        todo.push(Remedy::Connect {
            container: wanted.name.clone(),
            endpoint: endpoint.clone(),
        });
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
