//! What our processes say to each other. Descriptors travel beside the value, in the order named here.

use std::net::SocketAddrV4;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::edge::Stage;
use crate::engine::plan::{FileEdit, Place, ProcessSpec, SandboxSpec};
use crate::observe::Transport;

/// Engine to zygote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Repeated in the reply.
    pub id: u64,
    /// What is asked.
    pub ask: Ask,
}

/// What the engine asks of the zygote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum Ask {
    /// With three descriptors: standard streams. Answered by `Created`.
    Create { spec: Box<SandboxSpec> },
    /// Answered by `Done`.
    Start { container: String },
    /// Answered by `Done`.
    Kill { container: String, signal: i32 },
    /// Answered by `Done`.
    End { container: String },
    /// Answered by `Done`.
    MakeNamespace { place: Place },
    /// Answered by `Done` with one descriptor.
    NetlinkSocket { place: Place, protocol: i32 },
    /// Answered by `Done` with one descriptor.
    Netns { place: Place },
    /// Answered by `Before`.
    Sysctl { place: Place, path: String, value: String },
    /// Answered by `Text`.
    EditFile {
        container: String,
        path: String,
        edit: FileEdit,
    },
    /// Answered by `Done` with one descriptor: a socket made in the place, bound (and, for TCP, listening) where an
    /// address is given.
    Socket {
        place: Place,
        transport: Transport,
        bind: Option<SocketAddrV4>,
    },
    /// Answered by `Done` with one descriptor: a packet socket made in the place, bound to nothing.
    PacketSocket { place: Place },
    /// Begin to unpack an image's archive into a file system of its own of at most `size` bytes. With two descriptors: where
    /// the archive is read from, and where the outcome is written to. Answered by `Done` before anything is read.
    UnpackImage { image: String, size: u64 },
    /// An image is complete: nothing of it may be written any more. Answered by `Done`.
    SealImage { image: String },
    /// Take an image's file system away; containers that run keep seeing it. Answered by `Done`.
    DropImage { image: String },
    /// With three descriptors: standard streams. Answered by `Created`.
    Exec { spec: Box<ProcessSpec> },
}

/// Zygote to engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub(crate) enum FromZygote {
    /// To the request of that id.
    Reply { id: u64, answer: Answer },
    /// A container's first process ended after it had executed its command.
    Exit { container: String, code: i32 },
    /// A further process of a container ended after it had executed its command.
    ExecExit { container: String, exec: String, code: i32 },
}

/// The zygote's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It is done.
    Done,
    /// With the other end of the process's terminal, where it has one.
    Created { pid: u32 },
    /// What a sysctl read before.
    Before { value: String },
    /// What a file read before it was changed, if it was.
    Text { before: Option<String> },
    /// A system call was refused.
    Refused { doing: String, errno: i32 },
    /// The command cannot be executed.
    NotExecuted { program: String, reason: String, code: i32 },
    /// There is no such sandbox or place.
    Unknown { what: String },
}

/// To the front, over the control socket, from whoever is at the other end: janitor, zygote, then engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(crate) enum ToFront {
    /// The API answers.
    Ready,
    /// The launch ended here.
    Failed {
        stage: Stage,
        doing: String,
        errno: Option<i32>,
        words: String,
    },
}

impl ToFront {
    /// A launch that ended with `error`.
    pub(crate) fn failed(stage: Stage, doing: impl Into<String>, error: &std::io::Error) -> Self {
        Self::Failed {
            stage,
            doing: doing.into(),
            errno: error.raw_os_error(),
            words: error.to_string(),
        }
    }
}

/// Front to engine, with one descriptor: a stream to serve the API on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connect;

/// Front to janitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(crate) enum ToJanitor {
    /// With one descriptor: the terminal that must be put back if the front is killed.
    Guard,
    /// The front has put it back itself.
    Unguard,
}

/// Front to zygote: a program for the console place, with five descriptors: standard streams, the process's socket,
/// and a pipe that is closed by a successful `execve` and otherwise brings a [`NotStarted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SpawnConsole {
    pub argv: Vec<String>,
    pub env: Vec<String>,
    pub cwd: Option<PathBuf>,
    pub controlling_terminal: bool,
}

/// Why a console program did not start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotStarted {
    pub doing: String,
    pub errno: i32,
}

/// Front to zygote, over a console process's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignalGroup {
    pub signal: i32,
}

/// Zygote to front, over a console process's socket: it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConsoleEnded {
    pub status: i32,
}
