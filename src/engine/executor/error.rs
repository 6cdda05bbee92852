//! Why a Plan was not carried out.

use std::io;

use crate::engine::netlink::{Hint, NetlinkError};
use crate::engine::sandbox::SandboxError;

/// Why one step was refused.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// By rtnetlink or nfnetlink.
    #[error(transparent)]
    Netlink(Box<NetlinkError>),
    /// By the zygote or a container's first process.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// By another system call.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// The kernel's answer.
        source: io::Error,
    },
}

impl From<NetlinkError> for StepError {
    fn from(error: NetlinkError) -> Self {
        Self::Netlink(Box::new(error))
    }
}

impl StepError {
    /// What a person can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Netlink(error) => error.hint(),
            Self::Sandbox(_) | Self::Io { .. } => None,
        }
    }
}

/// A Plan that was not carried out. What it had done before is taken back.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct PlanError {
    /// The Plan's title.
    pub title: String,
    /// Index of the step that was refused, from 0.
    pub step: usize,
    /// The refusal, with the kernel's words.
    pub source: StepError,
    /// What could not be taken back; logged too.
    pub cleanup: Vec<StepError>,
}
