//! How a step of the set-up that the kernel refused is kept until it is reported.

use std::fmt;

use rustix::io::Errno;

/// What was being done, and the kernel's answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub doing: String,
    pub errno: Errno,
}

pub(super) type Outcome<T = ()> = Result<T, Failure>;

/// Puts what was being done beside the kernel's answer.
pub(super) trait Doing<T> {
    fn doing(self, what: impl fmt::Display) -> Outcome<T>;
}

impl<T> Doing<T> for rustix::io::Result<T> {
    fn doing(self, what: impl fmt::Display) -> Outcome<T> {
        self.map_err(|errno| Failure {
            doing: what.to_string(),
            errno,
        })
    }
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, what: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure {
            doing: what.to_string(),
            errno: Errno::from_io_error(&error).unwrap_or(Errno::IO),
        })
    }
}
