//! What stands on an Engine under the names of a lesson, before the lesson begins.

use std::collections::BTreeSet;

use bollard::query_parameters::ListContainersOptionsBuilder;

use super::{DockerEngine, Kind, Left, Ours, Whose};
use crate::lab::LabError;
use crate::lesson::Lesson;
use crate::texts::{self, Lang};

/// The names and images of a lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    containers: BTreeSet<String>,
    networks: BTreeSet<String>,
    images: BTreeSet<String>,
}

/// What stands in the way: it has a name of the lesson, and we did not make it in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    others: Vec<(Kind, String)>,
    /// Left by a run of ours that was killed, or used by one that still goes on.
    ours: Vec<(Kind, String)>,
}

impl Names {
    /// Those of a whole lesson.
    #[must_use]
    pub fn of(lesson: &Lesson) -> Self {
        let mut names = Self::default();
        for goal in lesson.steps.iter().map(|step| &step.goal) {
            names
                .networks
                .extend(goal.networks.iter().map(|network| network.name.clone()));
            names
                .containers
                .extend(goal.containers.iter().map(|container| container.name.clone()));
            names
                .images
                .extend(goal.containers.iter().map(|container| container.image.clone()));
        }
        names
    }

    /// Those of several lessons.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.containers.extend(more.containers);
        self.networks.extend(more.networks);
        self.images.extend(more.images);
        self
    }

    /// The images.
    #[must_use]
    pub fn images(&self) -> Vec<String> {
        self.images.iter().cloned().collect()
    }
}

impl DockerEngine {
    /// Looks whether the names are free.
    ///
    /// # Errors
    /// The Engine does not answer.
    pub async fn in_the_way(&self, names: &Names) -> Result<Option<InTheWay>, LabError> {
        let all = ListContainersOptionsBuilder::new().all(true).build();
        let containers = self.told(self.docker.list_containers(Some(all)).await)?;
        let containers = containers
            .into_iter()
            .flat_map(|container| container.names.unwrap_or_default());
        let containers = containers.map(|name| name.trim_start_matches('/').to_owned());
        let containers = containers.filter(|name| names.containers.contains(name));
        let networks = self.told(self.docker.list_networks(None).await)?;
        let networks = networks.into_iter().filter_map(|network| network.name);
        let networks = networks.filter(|name| names.networks.contains(name));
        let standing: Vec<(Kind, String)> = containers
            .map(|name| (Kind::Container, name))
            .chain(networks.map(|name| (Kind::Network, name)))
            .collect();
        if standing.is_empty() {
            return Ok(None);
        }
        let ours = self.told(Ours::find(&self.docker, Whose::Anyones).await)?;
        let is_ours = |(kind, name): &(Kind, String)| ours.names().any(|(k, n)| k == *kind && n == name);
        let (ours, others) = standing.into_iter().partition(is_ours);
        Ok(Some(InTheWay { others, ours }))
    }
}

impl InTheWay {
    /// What it is and how to go on.
    #[must_use]
    pub fn explain(&self, engine: &DockerEngine, lang: Lang) -> Vec<String> {
        let host = engine.host().to_string();
        let mut lines = Vec::new();
        if !self.ours.is_empty() {
            let values = [("host", &*host), ("things", &*listed(&self.ours, lang))];
            lines.push(texts::fill(lang, "docker.way_ours", &values));
        }
        if !self.others.is_empty() {
            let values = [("host", &*host), ("things", &*listed(&self.others, lang))];
            lines.push(texts::fill(lang, "docker.way_others", &values));
            let commands: Left = self.others.iter().cloned().collect();
            lines.extend(commands.commands().into_iter().map(|command| format!("  {command}")));
            lines.push(texts::get(lang, "docker.way_on").to_owned());
        }
        lines
    }
}

impl Kind {
    /// `network dev`, in the person's language.
    #[must_use]
    pub fn named(self, name: &str, lang: Lang) -> String {
        let key = match self {
            Self::Container => "docker.thing.container",
            Self::Network => "docker.thing.network",
            Self::Volume => "docker.thing.volume",
            Self::Image => "docker.thing.image",
        };
        texts::fill(lang, key, &[("name", name)])
    }
}

fn listed(things: &[(Kind, String)], lang: Lang) -> String {
    let named: Vec<String> = things.iter().map(|(kind, name)| kind.named(name, lang)).collect();
    named.join(", ")
}
