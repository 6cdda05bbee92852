//! What an Engine has, at two moments: what came between and is not ours, with the commands that remove it.

use std::collections::BTreeMap;

use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::{ListContainersOptionsBuilder, ListImagesOptions, ListVolumesOptions};

use super::Kind;

/// What there is at one moment: name by kind and identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory(BTreeMap<(Kind, String), String>);

/// What came to be there and stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left(BTreeMap<Kind, Vec<String>>);

impl Inventory {
    /// Looks at everything once.
    ///
    /// # Errors
    /// The Engine does not answer.
    pub async fn take(docker: &Docker) -> Result<Self, Error> {
        let mut things = BTreeMap::new();
        let all = ListContainersOptionsBuilder::new().all(true).build();
        for container in docker.list_containers(Some(all)).await? {
            let name = container.names.and_then(|names| names.into_iter().next());
            if let (Some(id), Some(name)) = (container.id, name) {
                things.insert((Kind::Container, id), name.trim_start_matches('/').to_owned());
            }
        }
        for network in docker.list_networks(None).await? {
            if let (Some(id), Some(name)) = (network.id, network.name) {
                things.insert((Kind::Network, id), name);
            }
        }
        let volumes = docker.list_volumes(None::<ListVolumesOptions>).await?;
        for volume in volumes.volumes.unwrap_or_default() {
            things.insert((Kind::Volume, volume.name.clone()), volume.name);
        }
        for image in docker.list_images(None::<ListImagesOptions>).await? {
            for name in image.repo_tags.into_iter().filter(|name| name != "<none>:<none>") {
                things.insert((Kind::Image, name.clone()), name);
            }
        }
        Ok(Self(things))
    }

    /// Names of the networks and containers.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let of_lab = self
            .0
            .iter()
            .filter(|((kind, _), _)| matches!(kind, Kind::Container | Kind::Network));
        of_lab.map(|(_, name)| name.clone()).collect()
    }

    /// What is here and was not there.
    #[must_use]
    pub fn since(&self, before: &Self) -> Left {
        let mut left: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
        for (key, name) in self.0.iter().filter(|(key, _)| !before.0.contains_key(key)) {
            left.entry(key.0).or_default().push(name.clone());
        }
        for names in left.values_mut() {
            names.sort_unstable();
        }
        Left(left)
    }
}

impl Left {
    /// Whether nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The commands that remove it, in an order in which they succeed.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        let command = |(kind, names): (&Kind, &Vec<String>)| format!("{} {}", remover(*kind), names.join(" "));
        self.0.iter().map(command).collect()
    }
}

impl FromIterator<(Kind, String)> for Left {
    fn from_iter<I: IntoIterator<Item = (Kind, String)>>(things: I) -> Self {
        let mut left = Self::default();
        for (kind, name) in things {
            left.0.entry(kind).or_default().push(name);
        }
        left
    }
}

const fn remover(kind: Kind) -> &'static str {
    match kind {
        Kind::Container => "docker rm -f",
        Kind::Network => "docker network rm",
        Kind::Volume => "docker volume rm",
        Kind::Image => "docker rmi",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(things: &[(Kind, &str, &str)]) -> Inventory {
        let things = things
            .iter()
            .map(|(kind, id, name)| ((*kind, (*id).to_owned()), (*name).to_owned()));
        Inventory(things.collect())
    }

    #[test]
    fn what_came_between_is_removed_containers_first() {
        let before = inventory(&[(Kind::Network, "1", "old"), (Kind::Container, "2", "es")]);
        let after = inventory(&[
            (Kind::Image, "a:latest", "a:latest"),
            (Kind::Network, "1", "old"),
            (Kind::Network, "4", "dev"),
            (Kind::Container, "5", "web"),
            (Kind::Container, "6", "es"),
        ]);
        assert_eq!(
            after.since(&before).commands(),
            ["docker rm -f es web", "docker network rm dev", "docker rmi a:latest"]
        );
        assert!(before.since(&after).commands().contains(&"docker rm -f es".to_owned()));
        assert!(before.since(&before).is_empty());
    }
}
