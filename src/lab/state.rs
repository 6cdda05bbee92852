use std::sync::Arc;

use crate::model::Topology;
use crate::observe::Outcome;

/// Whose engine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackendKind {
    /// The built-in engine: it tells what the kernel said.
    #[default]
    Builtin,
    /// A real Docker Engine.
    Docker,
}

/// What a backend says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackendInfo {
    /// Ours or a real one.
    pub kind: BackendKind,
    /// Engine version (`28.5.2`).
    pub version: String,
    /// API version in use (`1.51`).
    pub api: String,
}

/// One entry of the timeline, ids and names only: the reader words it in its own language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// Unix time, nanoseconds.
    pub at: i64,
    /// Full id of the container it is about, where it is about one: a name may be used again.
    pub container: Option<String>,
    /// What happened.
    pub what: Happening,
}

/// Things a timeline tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A network was created.
    NetworkCreated {
        /// Its name.
        network: String,
    },
    /// A network was removed.
    NetworkRemoved {
        /// Its name.
        network: String,
    },
    /// A container started.
    ContainerStarted {
        /// Its name.
        container: String,
    },
    /// A container's process ended.
    ContainerDied {
        /// Its name.
        container: String,
        /// Exit code.
        exit_code: i32,
    },
    /// A container was removed.
    ContainerRemoved {
        /// Its name.
        container: String,
    },
    /// A container got another name.
    ContainerRenamed {
        /// The name it had.
        before: String,
        /// Its name from now on.
        container: String,
    },
    /// A container got an endpoint.
    Connected {
        /// Container's name.
        container: String,
        /// Network's name.
        network: String,
        /// Address, where known.
        address: Option<String>,
    },
    /// A container lost an endpoint.
    Disconnected {
        /// Container's name.
        container: String,
        /// Network's name.
        network: String,
    },
    /// A container asked its resolver, once or several times in a row with the same answer, and of several addresses the same one
    /// first.
    DnsAsked {
        /// Container's name.
        container: String,
        /// The name it asked for, as it was typed.
        name: String,
        /// `A`, `PTR`, …: of what was asked for at once, the type that has an answer.
        kind: String,
        /// Who answered, and why that one; or why nobody did.
        outcome: Outcome,
        /// How many times.
        count: u64,
        /// Unix time of the last time, nanoseconds.
        last: i64,
    },
}

/// The lab at one moment. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct LabState {
    /// Grows with every change.
    pub revision: u64,
    /// The backend.
    pub backend: BackendInfo,
    /// Networks, containers, endpoints.
    pub topology: Arc<Topology>,
    /// Oldest first, the last 256.
    pub timeline: Arc<Vec<TimelineEntry>>,
    /// Set when the backend was lost, with its reason.
    pub lost: Option<String>,
}
