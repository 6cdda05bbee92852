//! Refusals, with the HTTP status and the words Docker uses.

/// HTTP status a refusal becomes (`api/server/httpstatus` in moby).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// 400.
    Invalid,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 409.
    Conflict,
    /// 500.
    Internal,
    /// 501: Docker can, this engine cannot.
    Unbuilt,
}

impl Status {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Internal => 500,
            Self::Unbuilt => 501,
        }
    }
}

/// A request refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CoreError {
    /// Status.
    pub status: Status,
    /// Docker's words, as they follow `Error response from daemon: `.
    pub message: String,
    /// Set when a start was refused: the container keeps the message and an exit code.
    pub(super) start: Option<FailedStart>,
}

/// The container whose start was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FailedStart {
    pub(super) container: String,
    pub(super) exit_code: i32,
    /// Networks it was connected to before the failure, as (id, name, driver).
    pub(super) connected: Vec<[String; 3]>,
}

impl CoreError {
    /// A refusal.
    #[must_use]
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            start: None,
        }
    }

    /// The container whose start this refuses.
    #[must_use]
    pub fn failed_start(&self) -> Option<&str> {
        self.start.as_ref().map(|start| start.container.as_str())
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Status::Invalid, message)
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Status::Forbidden, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Status::NotFound, message)
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(Status::Conflict, message)
    }

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(Status::Internal, message)
    }

    /// Docker can do this, this engine cannot.
    #[must_use]
    pub fn unbuilt(message: impl Into<String>) -> Self {
        Self::new(Status::Unbuilt, message)
    }
}
