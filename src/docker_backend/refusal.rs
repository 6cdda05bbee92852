//! Why an Engine cannot be used, in words for people.

use std::io;

use super::Host;
use crate::lab::LabError;
use crate::texts::{self, Lang};

/// Why an Engine cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A place that is written in a way we do not know.
    #[error("{host}: neither unix:// nor tcp:// without TLS")]
    Unknown {
        /// As it was written.
        host: String,
    },
    /// Nothing listens there.
    #[error("{host}: {source}")]
    Unreachable {
        /// Where.
        host: Host,
        /// The system's answer.
        source: io::Error,
    },
    /// The person may not use the socket.
    #[error("{host}: permission denied")]
    Denied {
        /// Where.
        host: Host,
    },
    /// It takes too long to answer.
    #[error("{host}: no answer")]
    Silent {
        /// Where.
        host: Host,
    },
    /// Something else answers.
    #[error("{host} does not answer as a Docker Engine: {reason}")]
    NotAnEngine {
        /// Where.
        host: Host,
        /// The client's words.
        reason: String,
    },
    /// An Engine from before what we read.
    #[error("{host}: Engine {version} with API {api} is too old")]
    TooOld {
        /// Where.
        host: Host,
        /// Its version.
        version: String,
        /// The newest API it speaks.
        api: String,
    },
    /// Its containers are Windows'.
    #[error("{host}: its containers are Windows'")]
    Windows {
        /// Where.
        host: Host,
    },
    /// An image that it has not, cannot pull, and that we have not for it.
    #[error("{image}: {reason}")]
    NoImage {
        /// The reference.
        image: String,
        /// Why it was not pulled.
        reason: String,
    },
    /// Our own image was not taken.
    #[error("{image} could not be imported: {reason}")]
    NotImported {
        /// The reference.
        image: String,
        /// The Engine's words, or the system's.
        reason: String,
    },
}

impl Refusal {
    /// What an error of a lab on `host` means.
    pub(super) fn of(error: LabError, host: &Host) -> Self {
        let host = host.clone();
        match error {
            LabError::Unreachable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Self::Denied { host }
            }
            LabError::Unreachable { source, .. } => Self::Unreachable { host, source },
            LabError::NotAnEngine { source, .. } => Self::NotAnEngine {
                host,
                reason: source.to_string(),
            },
        }
    }

    /// What is wrong and what to do, in a sentence or two.
    #[must_use]
    pub fn explain(&self, lang: Lang) -> String {
        let told = |key, values: &[(&str, &str)]| texts::fill(lang, key, values);
        match self {
            Self::Unknown { host } => told("docker.unknown_host", &[("host", host)]),
            Self::Unreachable { host, source } => {
                let values = [("host", &*host.to_string()), ("reason", &*source.to_string())];
                told("docker.unreachable", &values)
            }
            Self::Denied { host } => told("docker.denied", &[("host", &host.to_string())]),
            Self::Silent { host } => told("docker.silent", &[("host", &host.to_string())]),
            Self::NotAnEngine { host, reason } => told(
                "docker.not_an_engine",
                &[("host", &host.to_string()), ("reason", reason)],
            ),
            Self::TooOld { host, version, api } => {
                let values = [("host", &*host.to_string()), ("version", version), ("api", api)];
                told("docker.too_old", &values)
            }
            Self::Windows { host } => told("docker.windows", &[("host", &host.to_string())]),
            Self::NoImage { image, reason } => told("docker.no_image", &[("image", image), ("reason", reason)]),
            Self::NotImported { image, reason } => told("docker.not_imported", &[("image", image), ("reason", reason)]),
        }
    }
}
