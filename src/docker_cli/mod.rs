//! The `docker` look-alike: the same arguments, output, errors and exit codes as Docker's CLI 28.2.
//!
//! It serves where no real CLI is installed, and shows a learner nothing that the real one would not. What it does not
//! have it refuses in a plain sentence, never silently. Facts recorded from the real CLI are held by `tests/docker_cli.rs`.

mod client;
mod command;
mod containers;
mod create;
mod events;
mod failure;
mod filter;
mod flag;
mod images;
mod inspect;
mod ipam;
mod json;
mod logs;
mod moment;
mod network;
mod networking;
mod ps;
mod reference;
mod run;
mod stream;
mod system;
mod table;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use client::Client;
use command::Request;

/// Which engine the commands go to. The caller decides: a real Engine is never reached by accident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An engine at a unix socket.
    Unix(PathBuf),
}

impl Target {
    /// Reads a `DOCKER_HOST` value: `unix://PATH`, or a bare absolute path.
    ///
    /// # Errors
    /// A sentence for the person, for addresses that are no unix socket.
    pub fn from_host(host: &str) -> Result<Self, String> {
        if let Some(path) = host
            .strip_prefix("unix://")
            .or_else(|| host.starts_with('/').then_some(host))
        {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        Err(format!(
            "DOCKER_HOST={host}: cnm's docker speaks to unix sockets only (unix:///path/to.sock)"
        ))
    }

    /// The socket's path.
    fn into_socket(self) -> PathBuf {
        match self {
            Self::Unix(path) => path,
        }
    }
}

/// Runs one `docker` command; `args` holds what follows the program's name. Returns its exit status.
///
/// `DOCKER_API_VERSION` is honoured as the real CLI does; `DOCKER_HOST` is the caller's to read ([`Target::from_host`]).
#[must_use]
pub fn run(args: Vec<OsString>, target: Target) -> i32 {
    let args: Vec<String> = args
        .into_iter()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let request = match command::read(&args) {
        Ok(Request::Run(request)) => request,
        Ok(Request::Say { text, to_error, status }) => {
            if to_error {
                complain_raw(&text);
            } else {
                say(&text);
            }
            return status;
        }
        Err(reproach) => {
            complain(&reproach.text);
            return reproach.status;
        }
    };
    let version = std::env::var("DOCKER_API_VERSION")
        .ok()
        .filter(|version| !version.is_empty());
    let client = Client::new(target.into_socket(), version);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("docker: {error}"));
            return 1;
        }
    };
    let outcome = runtime.block_on(request.perform(client));
    // Reading standard input blocks a helper thread that nothing can interrupt.
    runtime.shutdown_background();
    match outcome {
        Ok(status) => status,
        Err(failure) => {
            complain(&failure.to_string());
            failure.code()
        }
    }
}

/// Writes to standard output; a reader that has gone is no error.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line to standard error.
fn complain(line: &str) {
    complain_raw(&format!("{line}\n"));
}

fn complain_raw(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
