//! A Docker Engine that is not ours: how it is reached, the images it lacks, and what of it is ours.
//!
//! Beside what others have there, everything that we make bears labels ([`crate::lab::MADE`], [`IMAGE`]) and is taken away again; what
//! bears none is never changed and never removed.

mod host;
mod images;
mod inventory;
mod ours;
mod refusal;
mod way;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::Docker;

use crate::lab::{Backend, LabError, Labels, MADE, SharedEngine};

pub use host::Host;
pub use images::IMAGE;
pub use inventory::{Inventory, Left};
pub use ours::{Kind, Ours, Stays, Whose};
pub use refusal::Refusal;
pub use way::{InTheWay, Names};

/// The oldest API that what we read is known of: Engine 20.10's.
const OLDEST_API: (u32, u32) = (1, 41);

/// How long an Engine may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// An Engine that answers, and one run of ours on it.
#[derive(Debug, Clone)]
pub struct DockerEngine {
    host: Host,
    docker: Docker,
    backend: Backend,
    /// Tells this run's things from those of any other.
    run: String,
    /// Processor of its containers, as Go calls it.
    arch: String,
}

impl DockerEngine {
    /// Asks an Engine who it is.
    ///
    /// # Errors
    /// It cannot be reached, or is none that a lesson works on.
    pub async fn reach(host: Host) -> Result<Self, Refusal> {
        let run = run_id();
        let labels = Labels::from([(MADE.to_owned(), run.clone())]);
        let backend = Backend::Engine(Arc::new(SharedEngine {
            address: host.address().clone(),
            labels,
        }));
        let asking = async {
            let docker = backend.docker().await?;
            let version = docker.version().await.map_err(|source| LabError::NotAnEngine {
                place: backend.place(),
                source: Box::new(source),
            })?;
            Ok::<_, LabError>((docker, version))
        };
        let asked = tokio::time::timeout(PATIENCE, asking).await;
        let (docker, version) = asked
            .map_err(|_| Refusal::Silent { host: host.clone() })?
            .map_err(|error| Refusal::of(error, &host))?;
        let api = version.api_version.unwrap_or_default();
        if number(&api).is_none_or(|api| api < OLDEST_API) {
            let (version, host) = (version.version.unwrap_or_default(), host);
            return Err(Refusal::TooOld { host, version, api });
        }
        if version.os.as_deref() == Some("windows") {
            return Err(Refusal::Windows { host });
        }
        Ok(Self {
            host,
            docker,
            backend,
            run,
            arch: version.arch.unwrap_or_default(),
        })
    }

    /// What tells this run's things from those of any other.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The same Engine, to remove what another run made.
    #[must_use]
    pub fn of_run(self, run: String) -> Self {
        Self { run, ..self }
    }

    /// Where it is.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The client.
    #[must_use]
    pub const fn docker(&self) -> &Docker {
        &self.docker
    }

    /// For a lab on it, in which what we make bears our labels.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend.clone()
    }

    /// What this run made there and is still there.
    ///
    /// # Errors
    /// The Engine does not answer.
    pub async fn made(&self) -> Result<Ours, LabError> {
        self.told(Ours::find(&self.docker, Whose::Run(&self.run)).await)
    }

    /// Takes away the networks and containers that this run made: what follows begins afresh.
    ///
    /// # Errors
    /// The Engine does not answer.
    pub async fn clear(&self) -> Result<Vec<Stays>, LabError> {
        let mut made = self.made().await?;
        made.keep_images();
        Ok(made.remove(&self.docker).await)
    }

    /// Takes away everything that this run made.
    ///
    /// # Errors
    /// The Engine does not answer.
    pub async fn leave(&self) -> Result<Vec<Stays>, LabError> {
        Ok(self.made().await?.remove(&self.docker).await)
    }

    fn told<T>(&self, result: Result<T, bollard::errors::Error>) -> Result<T, LabError> {
        result.map_err(|source| LabError::NotAnEngine {
            place: self.host.to_string(),
            source: Box::new(source),
        })
    }
}

/// Process and moment: no other run has both.
fn run_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", std::process::id(), now.as_millis())
}

/// `1.41` as numbers: 1.9 is older than 1.41.
fn number(api: &str) -> Option<(u32, u32)> {
    let (major, minor) = api.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(number("1.9") < number("1.41"));
        assert!(number("1.51") > Some(OLDEST_API));
        assert_eq!(number("x"), None);
    }
}
