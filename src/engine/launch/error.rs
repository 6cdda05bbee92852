//! Why a lab did not start.

use std::io;

use crate::engine::doctor::{self, Check};
use crate::engine::outside::socket_path::SocketPathError;
use crate::engine::sandbox::edge::Stage;
use crate::engine::sandbox::protocol::ToFront;
use crate::texts::{self, Lang};

/// Why a lab did not start.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// An operating-system call failed that a machine does not refuse on purpose.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The machine refused a step; the doctor knows the setting and the remedy.
    #[error("{doing}: {source}")]
    Refused {
        /// Which step.
        stage: Stage,
        /// What was being done, with its subject.
        doing: String,
        /// The kernel's answer, or the engine's.
        source: io::Error,
    },
    /// The `--socket` path cannot be had.
    #[error(transparent)]
    Socket(#[from] SocketPathError),
    /// The log file cannot be opened.
    #[error("{file}: {source}")]
    Log {
        /// Which.
        file: String,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The lab ended before it was ready, without a word: one of its processes was killed.
    #[error("the lab ended before it was ready")]
    Ended,
}

impl LaunchError {
    /// What to tell a person: where the machine refused, the doctor's sentence with the setting and the remedy, or where none is
    /// known the kernel's words; else the error's own.
    #[must_use]
    pub fn explain(&self, lang: Lang) -> String {
        let known = match self {
            Self::Refused { stage, source, .. } => {
                // That root has nobody to become is our own finding and has no errno.
                let unnamed = (*stage == Stage::Identity).then_some(libc::EPERM);
                check(*stage).zip(source.raw_os_error().or(unnamed))
            }
            _ => None,
        };
        let explained = known.map(|(check, errno)| doctor::explain(check, errno).text(lang));
        explained.filter(|text| !text.is_empty()).unwrap_or_else(|| match self {
            Self::Refused { .. } => {
                let sentence = texts::fill(lang, "engine.start_refused", &[("reason", &self.to_string())]);
                format!("{sentence}\n")
            }
            Self::Log { file, source } => {
                let values = [("file", file.as_str()), ("reason", &source.to_string())];
                format!("cnm: {}\n", texts::fill(lang, "cli.log", &values))
            }
            Self::Socket(error) => format!("cnm: {}\n", explain_socket(error, lang)),
            Self::Io { .. } | Self::Ended => format!("cnm: {self}\n"),
        })
    }
}

/// The longest path that a socket has: `sun_path` of unix(7), without its end.
const LONGEST_SOCKET: usize = 107;

/// What to tell of a socket that was not bound: the remedy where one is known, else the error's own words.
fn explain_socket(error: &SocketPathError, lang: Lang) -> String {
    let SocketPathError::Os { path, source } = error else {
        return error.to_string();
    };
    let shown = path.display().to_string();
    let bytes = path.as_os_str().len();
    if bytes > LONGEST_SOCKET {
        let values = [
            ("path", shown.as_str()),
            ("n", &bytes.to_string()),
            ("most", &LONGEST_SOCKET.to_string()),
        ];
        return texts::fill(lang, "engine.socket_long", &values);
    }
    if source.kind() == io::ErrorKind::NotFound
        && let Some(folder) = path.parent().filter(|folder| !folder.is_dir())
    {
        let values = [("path", shown.as_str()), ("folder", &folder.display().to_string())];
        return texts::fill(lang, "engine.socket_no_folder", &values);
    }
    error.to_string()
}

/// What the doctor calls a step of the launch.
const fn check(stage: Stage) -> Option<Check> {
    Some(match stage {
        Stage::Identity => Check::Identity,
        Stage::UserNamespace => Check::UserNamespace,
        Stage::UidMap => Check::IdMap,
        Stage::MountNamespace => Check::Mounts,
        Stage::Proc => Check::Proc,
        Stage::Sysfs => Check::Sysfs,
        Stage::NetNamespace => Check::Namespaces,
        Stage::Loopback => Check::Loopback,
        Stage::Images | Stage::Engine => return None,
    })
}

impl From<ToFront> for LaunchError {
    fn from(said: ToFront) -> Self {
        match said {
            ToFront::Ready => Self::Ended,
            ToFront::Failed {
                stage,
                doing,
                errno,
                words,
            } => Self::Refused {
                stage,
                doing,
                source: errno.map_or_else(|| io::Error::other(words), io::Error::from_raw_os_error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_step_and_the_kernels_words() {
        let said = ToFront::failed(Stage::Proc, "mount /proc", &io::Error::from_raw_os_error(libc::EPERM));
        let error = LaunchError::from(said);
        assert!(matches!(&error, LaunchError::Refused { stage: Stage::Proc, source, .. }
            if source.raw_os_error() == Some(libc::EPERM)));
        assert_eq!(error.to_string(), "mount /proc: Operation not permitted (os error 1)");
        assert_ne!(error.explain(Lang::En), error.to_string());
    }

    #[test]
    fn what_no_setting_explains_is_told_in_its_own_words() {
        let said = ToFront::failed(Stage::Engine, "start the engine", &io::Error::other("no bridge"));
        assert_eq!(
            LaunchError::from(said).explain(Lang::En),
            "The lab could not be started, and nothing of it is left: start the engine: no bridge\n"
        );
    }
}
