//! What is ours on an Engine: found by its labels, and taken away.

use std::collections::HashMap;

use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder, RemoveContainerOptionsBuilder,
    RemoveImageOptionsBuilder,
};

use super::images::{COMMENT, IMAGE, IMAGE_RUN};
use crate::lab::{MADE, NAME};

/// A kind of thing on an Engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A container.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// An image.
    Image,
}

/// Whose things are looked for.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Those of one run.
    Run(&'a str),
    /// Those of every run of ours.
    Anyones,
}

/// A thing of ours that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    id: String,
    name: String,
}

/// Everything of ours that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ours {
    containers: Vec<Thing>,
    networks: Vec<Thing>,
    images: Vec<Thing>,
}

/// What could not be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stays {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The Engine's words.
    pub reason: String,
}

impl Ours {
    /// Looks for what is ours.
    ///
    /// # Errors
    /// The Engine does not answer.
    pub async fn find(docker: &Docker, whose: Whose<'_>) -> Result<Self, Error> {
        Ok(Self {
            containers: containers(docker, whose).await?,
            networks: networks(docker, whose).await?,
            images: images(docker, whose).await?,
        })
    }

    /// Whether nothing is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.networks.is_empty() && self.images.is_empty()
    }

    /// Kind and name of each thing, in the order in which they are removed.
    pub fn names(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.things().map(|(kind, thing)| (kind, thing.name.as_str()))
    }

    /// From here on the images are not looked at.
    pub fn keep_images(&mut self) {
        self.images.clear();
    }

    /// Removes everything that was found. What somebody else uses stays, with the Engine's reason.
    pub async fn remove(&self, docker: &Docker) -> Vec<Stays> {
        let mut staying = Vec::new();
        for (kind, thing) in self.things() {
            match remove(docker, kind, thing).await {
                Ok(()) | Err(Error::DockerResponseServerError { status_code: 404, .. }) => {}
                Err(error) => staying.push(Stays {
                    kind,
                    name: thing.name.clone(),
                    reason: match error {
                        Error::DockerResponseServerError { message, .. } => message,
                        error => error.to_string(),
                    },
                }),
            }
        }
        staying
    }

    fn things(&self) -> impl Iterator<Item = (Kind, &Thing)> {
        let of = |kind| move |thing| (kind, thing);
        let containers = self.containers.iter().map(of(Kind::Container));
        let networks = self.networks.iter().map(of(Kind::Network));
        containers
            .chain(networks)
            .chain(self.images.iter().map(of(Kind::Image)))
    }
}

async fn remove(docker: &Docker, kind: Kind, thing: &Thing) -> Result<(), Error> {
    match kind {
        Kind::Container => {
            let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
            docker.remove_container(&thing.id, Some(options)).await
        }
        Kind::Network => docker.remove_network(&thing.id).await,
        // Never forced: an image that a container of somebody's is made of stays.
        Kind::Image => {
            let options = RemoveImageOptionsBuilder::new().build();
            docker.remove_image(&thing.name, Some(options), None).await.map(drop)
        }
        // We make none by name.
        Kind::Volume => Ok(()),
    }
}

fn labelled(key: &str, whose: Whose<'_>) -> HashMap<String, Vec<String>> {
    let label = match whose {
        Whose::Run(run) => format!("{key}={run}"),
        Whose::Anyones => key.to_owned(),
    };
    HashMap::from([("label".to_owned(), vec![label])])
}

async fn containers(docker: &Docker, whose: Whose<'_>) -> Result<Vec<Thing>, Error> {
    let options = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&labelled(MADE, whose))
        .build();
    let found = docker.list_containers(Some(options)).await?;
    let things = found.into_iter().filter_map(|container| {
        let name = container.names?.first()?.trim_start_matches('/').to_owned();
        // Another name: the learner renamed it, or ran an image that was made of one of ours.
        (container.labels?.get(NAME) == Some(&name)).then_some(Thing {
            id: container.id?,
            name,
        })
    });
    Ok(things.collect())
}

async fn networks(docker: &Docker, whose: Whose<'_>) -> Result<Vec<Thing>, Error> {
    let options = ListNetworksOptionsBuilder::new()
        .filters(&labelled(MADE, whose))
        .build();
    let found = docker.list_networks(Some(options)).await?;
    let things = found.into_iter().filter_map(|network| {
        Some(Thing {
            id: network.id?,
            name: network.name?,
        })
    });
    Ok(things.collect())
}

async fn images(docker: &Docker, whose: Whose<'_>) -> Result<Vec<Thing>, Error> {
    let key = match whose {
        Whose::Run(_) => IMAGE_RUN,
        Whose::Anyones => IMAGE,
    };
    let options = ListImagesOptionsBuilder::new().filters(&labelled(key, whose)).build();
    let mut things = Vec::new();
    for image in docker.list_images(Some(options)).await? {
        let inspected = match docker.inspect_image(&image.id).await {
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => continue,
            inspected => inspected?,
        };
        if inspected.comment.as_deref() != Some(COMMENT) {
            continue;
        }
        let ours = image
            .labels
            .get(IMAGE)
            .filter(|name| image.repo_tags.contains(name))
            .cloned();
        let is_nameless = image.repo_tags.iter().all(|name| name == "<none>:<none>");
        // One that has other names only: they are the learner's.
        let name = ours.or_else(|| is_nameless.then(|| image.id.clone()));
        things.extend(name.map(|name| Thing { id: image.id, name }));
    }
    Ok(things)
}
