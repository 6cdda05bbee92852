//! One backend as the others see it: a Docker Engine API client, and its events and observations folded into the model.
//!
//! ```text
//! GET /events ──────────► what was touched ──► inspect it ──┐
//! GET /lab/observations ► what the kernel said, who asked whom ┴─► Fold ──► LabState (watch channel)
//! ```
//! Nothing is polled: a lab at rest costs nothing.

mod asked;
mod error;
mod fold;
mod inspected;
mod kernel;
mod probe;
mod settled;
mod state;
mod transport;
mod watcher;

use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use error::{LabError, WaitError};
pub use fold::{Fold, Touched};
pub use probe::{Probe, Told};
pub use state::{BackendInfo, BackendKind, Happening, LabState, TimelineEntry};
pub use transport::{Address, Backend, Labels, MADE, NAME, SharedEngine};

/// A live lab: the client, and the state kept current by one background task. Dropping it ends that task, never the backend.
#[derive(Debug)]
pub struct Lab {
    docker: Docker,
    labels: Labels,
    state: watch::Receiver<Arc<LabState>>,
    watcher: JoinHandle<()>,
}

impl Lab {
    /// Connects, and returns once the first state is whole. Runs on a tokio runtime.
    ///
    /// # Errors
    /// Nothing answers there, or what answers is not a Docker Engine.
    pub async fn connect(backend: Backend) -> Result<Self, LabError> {
        let labels = backend.labels();
        let (docker, state, watcher) = watcher::start(backend).await?;
        Ok(Self {
            docker,
            labels,
            state,
            watcher,
        })
    }

    /// Whether one of our own engines answers there. False for a real Engine, and where nothing answers.
    pub async fn is_builtin(backend: &Backend) -> bool {
        watcher::observations(backend).await.is_some()
    }

    /// The state, and a way to wait for its next change.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<Arc<LabState>> {
        self.state.clone()
    }

    /// The client, for what is asked of the backend and not seen in the state.
    #[must_use]
    pub const fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Labels of everything that we make there; none where the backend is ours alone.
    #[must_use]
    pub const fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The state as soon as `wanted` holds in it.
    ///
    /// # Errors
    /// It did not hold within `limit`, or the backend was lost for good.
    pub async fn wait_for(
        &self,
        wanted: impl FnMut(&LabState) -> bool,
        limit: Duration,
    ) -> Result<Arc<LabState>, WaitError> {
        let mut wanted = wanted;
        let mut state = self.state.clone();
        let waiting = state.wait_for(|state| wanted(state));
        match tokio::time::timeout(limit, waiting).await {
            Ok(Ok(found)) => Ok(Arc::clone(&found)),
            Ok(Err(_)) => Err(WaitError::Lost(
                self.state
                    .borrow()
                    .lost
                    .clone()
                    .unwrap_or_else(|| "no more news".into()),
            )),
            Err(_) => Err(WaitError::TimedOut(limit)),
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

/// The next state of a lab that is known; nothing when there will be no more, and never where no lab is known yet.
pub async fn next_state(state: Option<&mut watch::Receiver<Arc<LabState>>>) -> Option<Arc<LabState>> {
    match state {
        Some(state) => {
            state.changed().await.ok()?;
            Some(Arc::clone(&state.borrow_and_update()))
        }
        None => std::future::pending().await,
    }
}
