//! The images that a lesson needs: the Engine's own, else pulled, else ours under the same name.

use std::time::Duration;

use bollard::body_full;
use bollard::errors::Error;
use bollard::query_parameters::{CreateImageOptions, CreateImageOptionsBuilder, TagImageOptionsBuilder};
use futures_util::StreamExt;

use super::{DockerEngine, Refusal};

/// Label of an image that we imported; its value is the name we gave it. Containers inherit their image's labels, so it is another one
/// than that of what we made.
pub const IMAGE: &str = "cnm.image";
/// Label that tells which run imported it.
pub(super) const IMAGE_RUN: &str = "cnm.image.run";
/// Comment of an image that we imported. What is built or committed on top inherits the labels, not the comment.
pub(super) const COMMENT: &str = "made of cnm's own tools";

/// How long a registry may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

impl DockerEngine {
    /// Sees to it that the Engine has these images; those that it has stay as they are. Names what was pulled: that stays.
    ///
    /// # Errors
    /// One that it has not cannot be had.
    pub async fn provide(&self, references: &[String]) -> Result<Vec<String>, Refusal> {
        let mut pulled = Vec::new();
        for reference in references {
            if self.has(reference).await? {
                continue;
            }
            match self.pull(reference).await {
                Ok(()) => pulled.push(reference.clone()),
                Err(reason) => self.import(reference, reason).await?,
            }
        }
        Ok(pulled)
    }

    async fn has(&self, reference: &str) -> Result<bool, Refusal> {
        match self.docker.inspect_image(reference).await {
            Ok(_) => Ok(true),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(false),
            Err(error) => Err(Refusal::NotAnEngine {
                host: self.host.clone(),
                reason: error.to_string(),
            }),
        }
    }

    /// Why it was not pulled, in the Engine's words.
    async fn pull(&self, reference: &str) -> Result<(), String> {
        let (name, tag) = name_and_tag(reference);
        let options = CreateImageOptionsBuilder::new().from_image(name).tag(tag).build();
        self.create(options, None).await.map(drop)
    }

    async fn import(&self, reference: &str, reason: String) -> Result<(), Refusal> {
        let image = reference.to_owned();
        let Some(ours) = ours::find(reference) else {
            return Err(Refusal::NoImage { image, reason });
        };
        if !ours::runs_on(&self.arch) {
            let reason = format!("{reason}; {} / {}", std::env::consts::ARCH, self.arch);
            return Err(Refusal::NoImage { image, reason });
        }
        let refused = |reason: String| Refusal::NotImported {
            image: reference.to_owned(),
            reason,
        };
        let packing = tokio::task::spawn_blocking(move || ours.pack()).await;
        let (archive, changes) = packing
            .map_err(|e| refused(e.to_string()))?
            .map_err(|e| refused(e.to_string()))?;
        let (name, tag) = name_and_tag(reference);
        let labels = [(IMAGE, format!("{name}:{tag}")), (IMAGE_RUN, self.run.clone())];
        let labels = labels.map(|(key, value)| format!("LABEL {key}=\"{value}\""));
        // Without a name at first: the name may have come to be somebody's meanwhile, and stays theirs then.
        let options = CreateImageOptionsBuilder::new()
            .from_src("-")
            .message(COMMENT)
            .changes(changes.into_iter().chain(labels).collect())
            .build();
        let id = self.create(options, Some(archive)).await.map_err(refused)?;
        if self.has(reference).await? {
            // It has one after all; ours goes with the rest of what we made.
            return Ok(());
        }
        let id = id.ok_or_else(|| refused("no id".to_owned()))?;
        let options = TagImageOptionsBuilder::new().repo(name).tag(tag).build();
        let tagged = self.docker.tag_image(&id, Some(options)).await;
        tagged.map_err(|error| refused(error.to_string()))
    }

    /// Pulls or imports; the id, where one was told.
    async fn create(&self, options: CreateImageOptions, archive: Option<Vec<u8>>) -> Result<Option<String>, String> {
        let body = archive.map(|archive| body_full(archive.into()));
        let mut progress = std::pin::pin!(self.docker.create_image(Some(options), body, None));
        let mut id = None;
        loop {
            match tokio::time::timeout(PATIENCE, progress.next()).await {
                Err(_) => return Err(format!("no news for {} s", PATIENCE.as_secs())),
                Ok(None) => return Ok(id),
                Ok(Some(Err(error))) => return Err(error.to_string()),
                Ok(Some(Ok(told))) => {
                    if let Some(status) = told.status.filter(|status| status.starts_with("sha256:")) {
                        id = Some(status);
                    }
                }
            }
        }
    }
}

/// `alpine` is `alpine:latest`; a digest stands where a tag would.
fn name_and_tag(reference: &str) -> (&str, &str) {
    if let Some((name, digest)) = reference.split_once('@') {
        return (name, digest);
    }
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

/// Our own images: made of this program, which runs as a guest on Linux only.
#[cfg(target_os = "linux")]
mod ours {
    use std::io;

    use crate::engine::images::{Applets, Program, archive, catalogue};
    use crate::guest;

    /// One of the built-in images.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Image(&'static catalogue::Image);

    pub(super) fn find(reference: &str) -> Option<Image> {
        catalogue::find(reference).map(Image)
    }

    /// Whether our program runs on a processor, as Go calls it.
    pub(super) fn runs_on(arch: &str) -> bool {
        let ours = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        ours == arch
    }

    impl Image {
        /// Its root file system, and the instructions that make its configuration.
        pub(super) fn pack(self) -> io::Result<(Vec<u8>, Vec<String>)> {
            let applets = Applets {
                links: guest::LINKS,
                shelf: guest::SHELF,
                names: &guest::names(),
            };
            let archive = archive(self.0, &Program::of_self()?, applets)?;
            Ok((archive, self.changes()))
        }

        fn changes(self) -> Vec<String> {
            let image = self.0;
            let list = |words: &[&str]| serde_json::to_string(words).unwrap_or_default();
            let mut changes: Vec<String> = image.env.iter().map(|variable| format!("ENV {variable}")).collect();
            if !image.entrypoint.is_empty() {
                changes.push(format!("ENTRYPOINT {}", list(image.entrypoint)));
            }
            changes.push(format!("CMD {}", list(image.cmd)));
            if !image.workdir.is_empty() {
                changes.push(format!("WORKDIR {}", image.workdir));
            }
            changes.extend(image.exposed_ports.iter().map(|port| format!("EXPOSE {port}")));
            changes
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod ours {
    use std::io;

    /// There is none here.
    #[derive(Debug, Clone, Copy)]
    pub(super) enum Image {}

    pub(super) fn find(_: &str) -> Option<Image> {
        None
    }

    pub(super) fn runs_on(_: &str) -> bool {
        false
    }

    impl Image {
        pub(super) fn pack(self) -> io::Result<(Vec<u8>, Vec<String>)> {
            match self {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_a_name_and_a_tag() {
        assert_eq!(name_and_tag("alpine"), ("alpine", "latest"));
        assert_eq!(name_and_tag("elasticsearch:2"), ("elasticsearch", "2"));
        assert_eq!(name_and_tag("host:5000/x"), ("host:5000/x", "latest"));
        assert_eq!(name_and_tag("x@sha256:00"), ("x", "sha256:00"));
    }
}
