//! Commands from standard input that is not a terminal.

use std::io;
use std::os::fd::BorrowedFd;

use brush_core::parser::ParseError;
use brush_core::{Error, ExecutionControlFlow, Shell, ShellExtensions, SourceInfo};

/// Runs complete commands as they arrive, until the input or the shell ends.
///
/// The input is read byte by byte and only to the end of the line: what follows belongs to the commands themselves
/// (`read x`, `cat`), and a person at the other end of a pipe sees each command's answer before sending the next.
pub(super) async fn run<SE: ShellExtensions>(shell: &mut Shell<SE>, input: BorrowedFd<'_>) -> Result<(), Error> {
    let source = SourceInfo::from("stdin");
    let mut pending = String::new();
    loop {
        let more = read_line(input, &mut pending)?;
        if pending.trim().is_empty() {
            pending.clear();
        } else if !more || !is_incomplete(shell, &pending) {
            let params = shell.default_exec_params();
            let result = shell.run_string(std::mem::take(&mut pending), &source, &params).await?;
            if matches!(result.next_control_flow, ExecutionControlFlow::ExitShell) {
                break;
            }
        }
        if !more {
            break;
        }
    }
    shell.on_exit().await
}

/// Whether more lines could turn the text into a command.
pub(super) fn is_incomplete<SE: ShellExtensions>(shell: &Shell<SE>, text: &str) -> bool {
    match shell.parse_string(text) {
        Err(ParseError::Tokenizing { inner, .. }) => inner.is_incomplete(),
        Err(ParseError::ParsingAtEndOfInput) => true,
        _ => false,
    }
}

/// Appends one line with its newline; false at the end of the input.
pub(super) fn read_line(input: BorrowedFd<'_>, text: &mut String) -> io::Result<bool> {
    let mut line = Vec::new();
    let mut byte = [0];
    let more = loop {
        match rustix::io::read(input, &mut byte) {
            Ok(0) => break false,
            Ok(_) => {
                line.push(byte[0]);
                if byte[0] == b'\n' {
                    break true;
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    };
    text.push_str(&String::from_utf8_lossy(&line));
    Ok(more)
}
