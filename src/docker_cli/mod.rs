//! The `docker` look-alike: the same arguments, output, errors and exit codes as Docker's CLI 28.

use std::ffi::OsString;
use std::path::PathBuf;

/// Which engine the commands go to. The caller decides: a real Engine is never reached by accident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An engine at a unix socket.
    Unix(PathBuf),
}

/// Runs one `docker` command; `args` holds what follows the program's name. Returns its exit status.
#[must_use]
pub fn run(args: Vec<OsString>, target: Target) -> i32 {
    let _ = (args, target);
    125
}
