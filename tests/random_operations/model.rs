//! What a Docker Engine 28 answers, said a second time and as simply as possible: names, who runs, who is attached.
//!
//! The model moves by the engine's events alone. Endpoints stored in a container that does not run are not in it: Docker
//! tells nobody of them, so that a start may be refused for a network which the model does not know the container wants.

use std::collections::{BTreeMap, BTreeSet};

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    CreateNetwork(String),
    RemoveNetwork(String),
    Create { name: String, network: String },
    Start(String),
    Stop(String),
    Kill(String),
    Remove { name: String, force: bool },
    Connect { network: String, name: String },
    Disconnect { network: String, name: String },
    Rename { from: String, to: String },
}

/// What the engine told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub at: i64,
    pub kind: String,
    pub action: String,
    /// Name of the container or network; the new one of a rename.
    pub name: String,
    /// Full id of the container or network.
    pub id: String,
    /// The container's id: of a container's event, and of `connect` and `disconnect`.
    pub container: String,
}

/// A container as far as events tell of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Container {
    pub name: String,
    pub running: bool,
    /// A signal that ends it was sent, and its end has not been told yet.
    pub doomed: bool,
    pub attached: BTreeSet<String>,
}

/// Networks by name, containers by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Model {
    pub networks: BTreeSet<String>,
    /// Ids of networks that were removed: a container that was on one remembers its id, not its name.
    pub gone: BTreeSet<String>,
    pub containers: BTreeMap<String, Container>,
}

/// Why a request may be answered as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected(pub u16, pub String);

impl Model {
    /// Moves by one event; says what is wrong with it.
    pub fn follow(&mut self, told: &Told) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{what}: {told:?}"));
        match (told.kind.as_str(), told.action.as_str()) {
            ("network", "create") if !self.networks.insert(told.name.clone()) => {
                return wrong("a network of that name was there");
            }
            ("network", "destroy") => {
                if self.holders(&told.name).next().is_some() {
                    return wrong("a network went with endpoints on it");
                }
                if !self.networks.remove(&told.name) {
                    return wrong("a network went that was not there");
                }
                self.gone.insert(told.id.clone());
            }
            ("network", "connect") => {
                let known = self.networks.contains(&told.name) || told.name == "bridge";
                let Some(container) = self.containers.get_mut(&told.container) else {
                    return wrong("an unknown container was connected");
                };
                if !known || !container.attached.insert(told.name.clone()) {
                    return wrong("connected twice, or to nothing");
                }
            }
            ("network", "disconnect") => {
                let holder = self.containers.get_mut(&told.container);
                if !holder.is_some_and(|container| container.attached.remove(&told.name)) {
                    return wrong("disconnected without having been connected");
                }
            }
            ("container", "create") => {
                if self.named(&told.name).is_some() {
                    return wrong("a container of that name was there");
                }
                let container = Container {
                    name: told.name.clone(),
                    ..Container::default()
                };
                self.containers.insert(told.container.clone(), container);
            }
            ("container", action) => return self.live(action, told),
            _ => {}
        }
        Ok(())
    }

    fn live(&mut self, action: &str, told: &Told) -> Result<(), String> {
        let taken = self.named(&told.name).is_some();
        let Some(container) = self.containers.get_mut(&told.container) else {
            return Err(format!("an unknown container: {told:?}"));
        };
        let before = container.running;
        match action {
            "start" => (container.running, container.doomed) = (true, false),
            "kill" => container.doomed = true,
            "die" => (container.running, container.doomed) = (false, false),
            "rename" if taken => return Err(format!("two containers of one name: {told:?}")),
            "rename" => container.name.clone_from(&told.name),
            "destroy" if !container.attached.is_empty() => {
                return Err(format!("gone with its endpoints: {told:?} {container:?}"));
            }
            "destroy" => drop(self.containers.remove(&told.container)),
            _ => {}
        }
        match (action, before) {
            ("start", true) => Err(format!("started twice: {told:?}")),
            ("die" | "kill", false) => Err(format!("not running: {told:?}")),
            ("destroy", true) => Err(format!("removed while it ran: {told:?}")),
            _ => Ok(()),
        }
    }

    pub fn named(&self, name: &str) -> Option<&Container> {
        self.containers.values().find(|container| container.name == name)
    }

    /// Running containers on a network.
    pub fn holders<'a>(&'a self, network: &'a str) -> impl Iterator<Item = &'a Container> {
        let on = move |container: &&Container| container.attached.contains(network);
        self.containers.values().filter(on)
    }

    /// Every answer that this state explains: status, and what the message contains.
    pub fn answers(&self, operation: &Operation) -> Vec<Expected> {
        let said = |status: u16, text: &str| vec![Expected(status, text.to_owned())];
        let no_container = |name: &str| said(404, &format!("No such container: {name}"));
        let no_network = |network: &str| said(404, &format!("network {network} not found"));
        let known = |network: &str| network == "bridge" || self.networks.contains(network);
        match operation {
            Operation::CreateNetwork(name) if known(name) => {
                said(409, &format!("network with name {name} already exists"))
            }
            Operation::RemoveNetwork(name) if !known(name) => no_network(name),
            Operation::RemoveNetwork(name) if self.holders(name).next().is_some() => said(403, "has active endpoints"),
            Operation::Create { name, .. } if self.named(name).is_some() => said(409, "is already in use by container"),
            Operation::CreateNetwork(_) | Operation::Create { .. } => said(201, ""),
            Operation::Rename { from, .. } if self.named(from).is_none() => no_container(from),
            Operation::Rename { to, .. } if self.named(to).is_some() => said(409, "is already in use by container"),
            Operation::RemoveNetwork(_) | Operation::Rename { .. } => said(204, ""),
            Operation::Start(name)
            | Operation::Stop(name)
            | Operation::Kill(name)
            | Operation::Remove { name, .. }
            | Operation::Connect { name, .. }
            | Operation::Disconnect { name, .. } => match self.named(name) {
                Some(container) => self.of_container(operation, container),
                None => no_container(name),
            },
        }
    }

    fn of_container(&self, operation: &Operation, container: &Container) -> Vec<Expected> {
        let said = |status: u16, text: &str| Expected(status, text.to_owned());
        let known = |network: &str| network == "bridge" || self.networks.contains(network);
        let running = container.running;
        let mut answers = match operation {
            Operation::Start(_) if running => vec![said(304, "")],
            Operation::Start(_) => {
                let mut answers = vec![said(204, "")];
                let gone = (0..super::NETWORKS)
                    .map(super::network)
                    .filter(|network| !known(network));
                let gone = gone.chain(self.gone.iter().cloned());
                answers.extend(gone.map(|network| said(404, &format!("network {network} not found"))));
                answers
            }
            Operation::Stop(_) => vec![said(if running { 204 } else { 304 }, "")],
            Operation::Kill(_) if running => vec![said(204, "")],
            Operation::Kill(_) => vec![said(409, "is not running")],
            Operation::Remove { force: false, .. } if running => vec![said(409, "container is running")],
            Operation::Remove { .. } => vec![said(204, "")],
            Operation::Connect { network, .. } if running && !known(network) => {
                vec![said(404, &format!("network {network} not found"))]
            }
            Operation::Connect { network, .. } if container.attached.contains(network) => {
                vec![said(403, "already exists in network")]
            }
            Operation::Connect { .. } => vec![said(200, "")],
            Operation::Disconnect { network, .. } if container.attached.contains(network) => vec![said(200, "")],
            // What is stored in a container that does not run is not told: it may be there or not.
            Operation::Disconnect { network, .. } if !running => {
                vec![
                    said(200, ""),
                    said(500, &format!("is not connected to the network {network}")),
                ]
            }
            Operation::Disconnect { network, .. } if !known(network) => {
                vec![said(404, &format!("network {network} not found"))]
            }
            Operation::Disconnect { network, .. } => {
                vec![said(500, &format!("is not connected to network {network}"))]
            }
            _ => Vec::new(),
        };
        // Its process is gone and its end not told yet: the kernel refuses what the engine still takes for possible.
        let touches_the_kernel = matches!(operation, Operation::Connect { .. } | Operation::Disconnect { .. });
        if container.doomed && touches_the_kernel {
            answers.push(said(500, ""));
        }
        answers
    }
}
