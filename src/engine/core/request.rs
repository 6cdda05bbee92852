//! What can be asked of the state machine, and what it answers.

use super::event::Event;
use super::spec::{ContainerSpec, NetworkSpec};
use super::state::State;
use crate::engine::plan::Plan;

/// A request that changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `POST /networks/create`.
    CreateNetwork(Box<NetworkSpec>),
    /// `DELETE /networks/{id}`.
    RemoveNetwork {
        /// Id, name or id prefix.
        network: String,
    },
    /// `POST /containers/create`.
    CreateContainer(Box<ContainerSpec>),
    /// `POST /containers/{id}/start`.
    StartContainer {
        /// Id, name or id prefix.
        container: String,
    },
    /// `POST /containers/{id}/kill`.
    Signal {
        /// Id, name or id prefix.
        container: String,
        /// Number.
        signal: i32,
    },
    /// The signal that begins (or, as 9, enforces) `POST /containers/{id}/stop`.
    StopSignal {
        /// Id, name or id prefix.
        container: String,
        /// Number; absent means the container's own stop signal.
        signal: Option<i32>,
    },
    /// The end of `POST /containers/{id}/stop`: the container was stopped.
    Stopped {
        /// Full id.
        container: String,
    },
    /// `DELETE /containers/{id}`.
    RemoveContainer {
        /// Id, name or id prefix.
        container: String,
        /// Also when it runs.
        force: bool,
    },
    /// A container's first process ended.
    ProcessEnded {
        /// Full id.
        container: String,
        /// Exit status, or 128 + signal.
        code: i32,
    },
    /// A client attached to a container's streams.
    Attach {
        /// Id, name or id prefix.
        container: String,
    },
}

/// What follows from a request: commit `next` and tell `events` once `plan` ran and `signal` was sent.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The state to commit.
    pub next: State,
    /// What to do to the kernel; may have no steps.
    pub plan: Plan,
    /// A signal to a container's first process: full id, number.
    pub signal: Option<(String, i32)>,
    /// What to tell, oldest first.
    pub events: Vec<Event>,
    /// The answer.
    pub reply: Reply,
}

impl Decision {
    /// A decision that asks nothing of the kernel.
    pub(super) fn without_plan(next: State, events: Vec<Event>, reply: Reply) -> Self {
        Self {
            next,
            plan: Plan {
                title: String::new(),
                steps: Vec::new(),
            },
            signal: None,
            events,
            reply,
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, nothing more to say.
    Done,
    /// It was so already (304).
    Unchanged,
    /// A container, by full id: signalled, attached, started.
    Container {
        /// Full id.
        id: String,
    },
    /// Created.
    Created {
        /// Full id.
        id: String,
        /// Docker's warnings.
        warnings: Vec<String>,
    },
}
