//! What can be asked of the state machine, and what it answers.

use super::event::Event;
use super::exec::ExecSpec;
use super::image::{ImageRecord, ImageRemoval};
use super::reference::Reference;
use super::spec::{ContainerSpec, EndpointSpec, NetworkSpec, PruneSpec};
use super::state::State;
use crate::engine::plan::{Plan, ProcessSpec};

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
    /// `DELETE /containers/{id}?link=1`.
    RemoveLink {
        /// `holder/alias`.
        link: String,
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
    /// `POST /networks/{id}/connect`.
    Connect {
        /// Id, name or id prefix.
        network: String,
        /// Id, name or id prefix.
        container: String,
        /// `EndpointConfig`.
        endpoint: Box<EndpointSpec>,
    },
    /// `POST /networks/{id}/disconnect`.
    Disconnect {
        /// Id, name or id prefix.
        network: String,
        /// Id, name or id prefix.
        container: String,
        /// Also where the network is not there any more.
        force: bool,
    },
    /// `POST /networks/prune`.
    PruneNetworks(PruneSpec),
    /// `POST /containers/{id}/rename`.
    Rename {
        /// Id, name or id prefix.
        container: String,
        /// The new name.
        name: String,
    },
    /// The beginning of `POST /containers/{id}/restart`.
    HoldContainer {
        /// Id, name or id prefix.
        container: String,
    },
    /// Its end.
    Restarted {
        /// Full id.
        container: String,
        /// It runs again.
        done: bool,
    },
    /// `POST /containers/prune`.
    PruneContainers(PruneSpec),
    /// `POST /images/create?fromSrc=-`, once the archive is unpacked.
    ImportImage(Box<ImageRecord>),
    /// `POST /images/create?fromImage=`.
    PullImage(Reference),
    /// `POST /images/{name}/tag`.
    TagImage {
        /// Name, id or id prefix.
        image: String,
        /// The further name.
        target: Reference,
    },
    /// `DELETE /images/{name}`.
    RemoveImage {
        /// Name, id or id prefix.
        image: String,
        /// Also when stopped containers use it, or it has several names.
        force: bool,
    },
    /// `POST /images/prune`.
    PruneImages {
        /// Which.
        which: PruneSpec,
        /// Those with names too.
        all: bool,
    },
    /// A client left a container's streams with the detach keys.
    Detach {
        /// Id, name or id prefix.
        container: String,
    },
    /// `POST /containers/{id}/exec`.
    ExecCreate {
        /// Id, name or id prefix.
        container: String,
        /// What to run.
        spec: Box<ExecSpec>,
    },
    /// `POST /exec/{id}/start`.
    ExecStart {
        /// Full id.
        exec: String,
        /// Somebody is there to give input.
        stdin: bool,
        /// `ConsoleSize`: height, width.
        console_size: Option<[u32; 2]>,
    },
    /// An exec's process could not be made.
    ExecNotStarted {
        /// Full id.
        exec: String,
        /// Exit code to keep.
        code: i32,
    },
    /// An exec's process ended.
    ExecEnded {
        /// Full id.
        exec: String,
        /// Exit status, or 128 + signal.
        code: i32,
    },
    /// A container's terminal has another size: rows, columns.
    Resized {
        /// Full id.
        container: String,
        /// The size.
        size: [u16; 2],
    },
    /// A client left an exec with the detach keys.
    ExecDetach {
        /// Full id.
        exec: String,
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
    /// Removed, by name.
    Pruned {
        /// Names, oldest first.
        names: Vec<String>,
    },
    /// Names and images that are gone, in order.
    Images {
        /// What is gone.
        removed: Vec<ImageRemoval>,
        /// Bytes of the layers that are gone.
        reclaimed: i64,
    },
    /// A process to run beside a container's first one, once the state is committed.
    Exec {
        /// What to run.
        process: Box<ProcessSpec>,
    },
}
