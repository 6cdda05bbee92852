//! The question before something is removed for good.

use std::io::BufRead;

use super::failure::Failure;
use super::say;

/// Asks on standard output and reads one line: `y` or `Y` is yes, everything else is no.
///
/// # Errors
/// A no, which ends the command without a word and with success, as Docker's CLI does.
pub(super) fn confirm(question: &str) -> Result<(), Failure> {
    say(&format!("{question} [y/N] "));
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    if read.is_ok() && line.trim().eq_ignore_ascii_case("y") {
        Ok(())
    } else {
        Err(Failure::silent(0))
    }
}
