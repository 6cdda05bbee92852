//! How a command ends when it does not succeed.

use std::path::Path;

/// Why a call to the engine failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The engine answered with an error.
    #[error("Error response from daemon: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its `message`.
        message: String,
    },
    /// Nobody answers at the socket.
    #[error("Cannot connect to the Docker daemon at unix://{socket}. Is the docker daemon running?")]
    Unreachable {
        /// Its path.
        socket: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The socket is not ours to use.
    #[error(
        "permission denied while trying to connect to the Docker daemon socket at unix://{socket}: dial unix {socket}: connect: permission denied"
    )]
    Denied {
        /// Its path.
        socket: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The conversation broke off.
    #[error("error during connect: {0}")]
    Broken(#[from] hyper::Error),
    /// The engine's answer is not what its API promises.
    #[error("error during connect: unexpected answer from the daemon: {0}")]
    Odd(#[from] serde_json::Error),
    /// The upgraded stream broke off.
    #[error("error during connect: {0}")]
    Stream(#[from] std::io::Error),
}

impl CallError {
    /// The status the engine answered with, if it answered.
    pub(super) const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// No socket, or not allowed on it.
    pub(super) fn connecting(socket: &Path, source: std::io::Error) -> Self {
        let socket = socket.display().to_string();
        if source.kind() == std::io::ErrorKind::PermissionDenied {
            Self::Denied { socket, source }
        } else {
            Self::Unreachable { socket, source }
        }
    }
}

/// What the program says on standard error, and its exit status.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// A call to the engine failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A sentence and a status.
    #[error("{0}")]
    Said(String, i32),
}

impl Failure {
    /// A sentence, with status 1.
    pub(super) fn said(sentence: impl Into<String>) -> Self {
        Self::Said(sentence.into(), 1)
    }

    /// The exit status.
    pub(super) const fn code(&self) -> i32 {
        match self {
            Self::Call(_) => 1,
            Self::Said(_, code) => *code,
        }
    }
}
