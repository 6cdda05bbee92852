//! Commands from a terminal that does not show what is typed: somebody else edits the lines (busybox's line editor stands back there
//! in the same way, after `stty -echo`).

use std::io::{self, Write};
use std::os::fd::AsFd;

use brush_core::ShellExtensions;
use brush_interactive::{InputBackend, InteractivePrompt, ReadResult, ShellError, ShellRef};
use rustix::termios::{LocalModes, tcgetattr};

use super::script::{is_incomplete, read_line};

/// Reads whole lines, and shows nothing but prompts.
pub(super) struct Lines;

/// Whether lines come edited.
pub(super) fn come_edited() -> bool {
    let usual = LocalModes::ICANON | LocalModes::ECHO;
    tcgetattr(io::stdin()).is_ok_and(|modes| modes.local_modes & usual == LocalModes::ICANON)
}

impl InputBackend for Lines {
    fn read_line(
        &mut self,
        shell: &ShellRef<impl ShellExtensions>,
        prompt: InteractivePrompt,
    ) -> Result<ReadResult, ShellError> {
        let mut text = String::new();
        let mut ask = prompt.prompt;
        loop {
            let mut terminal = io::stderr();
            terminal.write_all(ask.as_bytes()).map_err(ShellError::InputError)?;
            terminal.flush().map_err(ShellError::InputError)?;
            let more = read_line(io::stdin().as_fd(), &mut text).map_err(ShellError::InputError)?;
            if !more && text.is_empty() {
                return Ok(ReadResult::Eof);
            }
            let shell = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(shell.lock()));
            if !more || !is_incomplete(&shell, &text) {
                return Ok(ReadResult::Input(text));
            }
            ask.clone_from(&prompt.continuation_prompt);
        }
    }
}
