//! A process beside a container's first one. It changes nothing of the network, so it is no step.

use serde::{Deserialize, Serialize};

/// What an exec runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSpec {
    /// Exec's full id.
    pub exec: String,
    /// Full id of the container whose namespaces it joins.
    pub container: String,
    /// Program and arguments; the program is looked up in `PATH` of `env`.
    pub argv: Vec<String>,
    /// `KEY=VALUE`.
    pub env: Vec<String>,
    /// Absolute path, which must be there.
    pub workdir: String,
    /// Added to Docker's default capabilities (`NET_ADMIN`).
    pub cap_add: Vec<String>,
    /// Standard input reaches the process.
    pub open_stdin: bool,
    /// A pseudo-terminal instead of pipes.
    pub tty: bool,
    /// Its size at first: rows, columns.
    pub console_size: Option<[u16; 2]>,
}
