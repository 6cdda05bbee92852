//! The question before something is removed for good.

use std::io::BufRead;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::failure::{CallError, Failure};
use super::say;

/// Asks on standard output and reads one line: `y` or `Y` is yes, everything else is no, and so is an interruption.
///
/// # Errors
/// A no, which ends the command without a word and with success, as Docker's CLI does.
pub(super) async fn confirm(question: &str) -> Result<(), Failure> {
    let listen = |kind| signal(kind).map_err(CallError::from);
    let (mut interrupted, mut asked_to_end) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    say(&format!("{question} [y/N] "));
    let (tell, told) = oneshot::channel();
    // Nothing else could interrupt a read of standard input.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        tell.send(read.is_ok() && line.trim().eq_ignore_ascii_case("y"))
    });
    let yes = tokio::select! {
        yes = told => yes.unwrap_or(false),
        _ = interrupted.recv() => {
            say("\n");
            false
        }
        _ = asked_to_end.recv() => {
            say("\n");
            false
        }
    };
    if yes { Ok(()) } else { Err(Failure::silent(0)) }
}
