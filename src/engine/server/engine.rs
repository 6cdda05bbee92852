//! The engine as the API sees it: snapshots to read, requests to the writer, events and streams to follow.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::bulletin::Bulletin;
use super::host_facts::HostFacts;
use super::imports::Imports;
use super::stdio::StdioHub;
use super::writer::{Command, Ended, WaitCondition, ending};
use super::{EngineOptions, Seen};
use crate::engine::core::{CoreError, Reply, Request, State, Status};
use crate::engine::plan::Place;

/// How long a killed container may take to end (moby, `daemon/kill.go`).
const KILLED: Duration = Duration::from_secs(10);
const SIGKILL: i32 = 9;

/// Handle to a running engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(super) commands: Sender<Command>,
    pub(super) snapshot: Arc<ArcSwap<State>>,
    pub(super) bulletin: Arc<Bulletin>,
    pub(super) stdio: StdioHub,
    pub(super) options: EngineOptions,
    pub(super) seen: Seen,
    pub(super) facts: Arc<HostFacts>,
    pub(super) imports: Arc<Imports>,
}

impl Engine {
    /// The state now.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.snapshot.load_full()
    }

    /// Events.
    #[must_use]
    pub fn bulletin(&self) -> &Bulletin {
        &self.bulletin
    }

    /// Containers' streams.
    #[must_use]
    pub fn stdio(&self) -> &StdioHub {
        &self.stdio
    }

    /// How this lab's engine behaves.
    #[must_use]
    pub fn options(&self) -> EngineOptions {
        self.options
    }

    /// The machine.
    #[must_use]
    pub fn facts(&self) -> &HostFacts {
        &self.facts
    }

    /// From archives to images.
    #[must_use]
    pub fn imports(&self) -> &Imports {
        &self.imports
    }

    /// Observations and plans.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Waits until no link that was taken from a container is still on its way out: from then on a look into it shows what
    /// the engine says. For exec, inspect and whatever else looks at a container later.
    pub async fn settled(&self, container: &str) {
        let place = Place::Container(container.to_owned());
        let reaper = self.seen.reaper.clone();
        if reaper.is_busy(&place) {
            // A wait that was cut short has nothing to say either.
            let _ = tokio::task::spawn_blocking(move || reaper.wait_place(&place)).await;
        }
    }

    /// Changes something; answers when the kernel agrees and everybody was told.
    ///
    /// # Errors
    /// Docker's refusal.
    pub async fn request(&self, request: Request) -> Result<Reply, CoreError> {
        let (sender, receiver) = oneshot::channel();
        self.commands.send(Command::Do(request, sender)).map_err(|_| ending())?;
        receiver.await.map_err(|_| ending())?
    }

    /// Begins a wait; once this has returned, no end of the container is missed.
    ///
    /// # Errors
    /// No such container.
    pub async fn wait(&self, container: &str, condition: WaitCondition) -> Result<oneshot::Receiver<Ended>, CoreError> {
        let (sender, receiver) = oneshot::channel();
        self.commands
            .send(Command::Wait(container.to_owned(), condition, sender))
            .map_err(|_| ending())?;
        receiver.await.map_err(|_| ending())?
    }

    /// The next plan whose title begins so is refused at that step. For tests.
    ///
    /// # Errors
    /// The lab is ending.
    pub fn fail_next(&self, title_prefix: &str, step: usize) -> Result<(), CoreError> {
        self.commands
            .send(Command::Fault(title_prefix.to_owned(), step))
            .map_err(|_| ending())
    }

    /// Sends a signal; after SIGKILL, answers when the container has ended.
    ///
    /// # Errors
    /// No such container, or it does not run.
    pub async fn kill(&self, container: &str, signal: i32) -> Result<(), CoreError> {
        let reply = self
            .request(Request::Signal {
                container: container.to_owned(),
                signal,
            })
            .await?;
        if let (SIGKILL, Reply::Container { id }) = (signal, reply)
            && !self.ended_within(&id, Some(KILLED)).await
        {
            return Err(CoreError::new(
                Status::Internal,
                "tried to kill container, but did not receive an exit event",
            ));
        }
        Ok(())
    }

    /// Stops a container: its stop signal, and SIGKILL after `patience` (for ever patient when absent). Whether it ran.
    ///
    /// # Errors
    /// No such container.
    pub async fn stop(
        &self,
        container: &str,
        signal: Option<i32>,
        patience: Option<Duration>,
    ) -> Result<bool, CoreError> {
        let asked = self
            .request(Request::StopSignal {
                container: container.to_owned(),
                signal,
            })
            .await?;
        let Reply::Container { id } = asked else {
            return Ok(false);
        };
        if !self.ended_within(&id, patience).await {
            let enforced = Request::StopSignal {
                container: id.clone(),
                signal: Some(SIGKILL),
            };
            unless_gone(self.request(enforced).await)?;
            self.ended_within(&id, Some(KILLED)).await;
        }
        unless_gone(self.request(Request::Stopped { container: id }).await)?;
        Ok(true)
    }

    /// Stops a container where it runs, and starts it.
    ///
    /// # Errors
    /// No such container, or its start is refused.
    pub async fn restart(&self, container: &str, patience: Option<Duration>) -> Result<(), CoreError> {
        let container = container.to_owned();
        let Reply::Container { id } = self.request(Request::HoldContainer { container }).await? else {
            return Err(ending());
        };
        let started = match self.stop(&id, None, patience).await {
            Ok(_) => {
                let container = id.clone();
                self.request(Request::StartContainer { container }).await.map(drop)
            }
            Err(error) => Err(error),
        };
        let done = started.is_ok();
        match self.request(Request::Restarted { container: id, done }).await {
            // Removed meanwhile.
            Err(error) if error.status == Status::NotFound => started,
            Err(error) => started.and(Err(error)),
            Ok(_) => started,
        }
    }

    /// Whether it ends in time. A container that is gone has ended.
    async fn ended_within(&self, id: &str, patience: Option<Duration>) -> bool {
        let Ok(end) = self.wait(id, WaitCondition::NotRunning).await else {
            return true;
        };
        match patience {
            Some(patience) => timeout(patience, end).await.is_ok(),
            None => end.await.is_ok(),
        }
    }
}

/// A container that somebody removed while it was being stopped has stopped.
fn unless_gone(answer: Result<Reply, CoreError>) -> Result<(), CoreError> {
    match answer {
        Err(error) if error.status != Status::NotFound => Err(error),
        _ => Ok(()),
    }
}
