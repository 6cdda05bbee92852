use std::io;
use std::time::Duration;

/// Why there is no lab to look at.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Nothing answers.
    #[error("{place}: {source}")]
    Unreachable {
        /// Where it was looked for.
        place: String,
        /// The system's answer.
        source: io::Error,
    },
    /// Something answers, but not as a Docker Engine does.
    #[error("{place} does not answer as a Docker Engine: {source}")]
    NotAnEngine {
        /// Where.
        place: String,
        /// The client's words.
        source: Box<bollard::errors::Error>,
    },
}

impl LabError {
    /// What a client's error means.
    pub(super) fn new(place: String, source: bollard::errors::Error) -> Self {
        match source {
            bollard::errors::Error::IOError { err } => Self::Unreachable { place, source: err },
            source => Self::NotAnEngine {
                place,
                source: Box::new(source),
            },
        }
    }
}

/// Why a state did not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// Not within this time.
    #[error("not within {0:?}")]
    TimedOut(Duration),
    /// The backend is gone, for this reason.
    #[error("the backend was lost: {0}")]
    Lost(String),
}
