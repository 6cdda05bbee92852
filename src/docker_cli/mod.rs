//! The `docker` look-alike: the same arguments, output, errors and exit codes as Docker's CLI 28.2.
//!
//! It serves where no real CLI is installed, and shows a learner nothing that the real one would not. What it does not
//! have it refuses in a plain sentence, never silently. Facts recorded from the real CLI are held by `tests/docker_cli`.

mod attached;
mod client;
mod command;
mod container;
mod failure;
mod filter;
mod flag;
mod format;
mod image;
mod json;
mod moment;
mod network;
mod prompt;
mod system;
mod table;
mod target;
mod template;

use std::ffi::OsString;
use std::io::Write;

use client::Client;
use command::Request;
pub use target::Target;

/// Why no engine is asked: a sentence for standard error, and an exit status.
pub type Refusal = (String, i32);

/// Runs one `docker` command; `args` holds what follows the program's name. Returns its exit status.
///
/// Which engine is meant is the caller's to decide: `choose` gets what `-H` named, if it was given, and is only asked when
/// an engine is needed. `DOCKER_API_VERSION` is honoured as the real CLI does.
#[must_use]
pub fn run(args: Vec<OsString>, choose: impl FnOnce(Option<&str>) -> Result<Target, Refusal>) -> i32 {
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
    let target = match choose(request.host()) {
        Ok(target) => target,
        Err((reason, status)) => {
            complain(&reason);
            return status;
        }
    };
    let version = std::env::var("DOCKER_API_VERSION")
        .ok()
        .filter(|version| !version.is_empty());
    let client = Client::new(target, version);
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
            let sentence = failure.to_string();
            if !sentence.is_empty() {
                complain(&sentence);
            }
            failure.code()
        }
    }
}

/// Writes to standard output; a reader that has gone is no error.
fn say(text: &str) {
    say_bytes(text.as_bytes());
}

/// The same, of what need not be UTF-8.
fn say_bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Writes a line to standard error.
fn complain(line: &str) {
    complain_raw(&format!("{line}\n"));
}

fn complain_raw(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes a line of the CLI's own log: what it tells about itself, not about the engine.
fn warn(message: &str) {
    log("warning", message);
}

fn log(level: &str, message: &str) {
    let time = moment::log_time(moment::now());
    complain(&format!("time=\"{time}\" level={level} msg={}", table::quote(message)));
}
