//! How a command ends when it does not succeed.

use super::Target;

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
    #[error("Cannot connect to the Docker daemon at {place}. Is the docker daemon running?")]
    Unreachable {
        /// Its address.
        place: String,
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

    /// The system's own words for an error, without the number Rust adds.
    pub(super) fn words(error: &std::io::Error) -> String {
        let text = error.to_string();
        text.split(" (os error").next().unwrap_or(&text).to_lowercase()
    }

    /// No socket, or not allowed on it.
    pub(super) fn connecting(target: &Target, source: std::io::Error) -> Self {
        match target {
            Target::Unix(path) if source.kind() == std::io::ErrorKind::PermissionDenied => Self::Denied {
                socket: path.display().to_string(),
                source,
            },
            _ => Self::Unreachable {
                place: target.to_string(),
                source,
            },
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

    /// An end without a word: a status passed on, or a no to a question.
    pub(super) const fn silent(status: i32) -> Self {
        Self::Said(String::new(), status)
    }

    /// Several failures, one per line, as Docker's CLI joins them; success where there is none.
    pub(super) fn joined(failures: &[String]) -> Result<i32, Self> {
        if failures.is_empty() {
            Ok(0)
        } else {
            Err(Self::said(failures.join("\n")))
        }
    }

    /// The exit status.
    pub(super) const fn code(&self) -> i32 {
        match self {
            Self::Call(_) => 1,
            Self::Said(_, code) => *code,
        }
    }
}
