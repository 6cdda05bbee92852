//! Input by lines and output in the blocks its reader needs.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::path::Path;

use super::super::{Call, errno};

/// A file, or standard input where it is called `-`.
pub(in super::super) fn open(name: &OsStr) -> io::Result<Box<dyn BufRead>> {
    if name == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(Path::new(name))?)))
}

/// Standard output: line by line for a person, in blocks for a file or a pipe.
pub(in super::super) fn output() -> Box<dyn Write> {
    let out = io::stdout();
    if out.is_terminal() {
        Box::new(out.lock())
    } else {
        Box::new(BufWriter::with_capacity(16 * 1024, out.lock()))
    }
}

/// Puts the next line into `line`, without its end; `None` at the end of the input, else whether the end was there.
pub(crate) fn next_line(input: &mut dyn BufRead, end: u8, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    if input.read_until(end, line)? == 0 {
        return Ok(None);
    }
    let ended = line.last() == Some(&end);
    if ended {
        line.pop();
    }
    Ok(Some(ended))
}

/// The same for tools that take what cannot be read (a folder) for empty.
pub(crate) fn has_line(input: &mut dyn BufRead, end: u8, line: &mut Vec<u8>) -> Option<bool> {
    next_line(input, end, line).unwrap_or(None)
}

/// Hands over each operand's input in turn, standard input where there is no operand, and returns the status: 1 where one
/// could not be opened, read or written, which is said.
pub(in super::super) fn each(
    call: &Call,
    operands: &[OsString],
    mut run: impl FnMut(&OsStr, &mut dyn BufRead) -> io::Result<()>,
) -> i32 {
    let input = [OsString::from("-")];
    let mut status = 0;
    for name in if operands.is_empty() { &input } else { operands } {
        let ran = open(name).and_then(|mut source| run(name, &mut *source));
        if let Err(error) = ran {
            call.complain_of(name.display(), &error);
            status = 1;
        }
    }
    status
}

/// Writes out what is left in a buffer; the status, which becomes 1 where that fails.
pub(in super::super) fn finish(call: &Call, out: &mut dyn Write, status: i32) -> i32 {
    match out.flush() {
        Ok(()) => status,
        Err(error) => {
            call.complain_of("write error", &error);
            1
        }
    }
}

/// The file that an option names, emptied; standard output where there is none. Where it cannot be had, that is said.
pub(in super::super) fn output_to(call: &Call, name: Option<&OsString>) -> Option<Box<dyn Write>> {
    let Some(name) = name else { return Some(output()) };
    match File::create(Path::new(name)) {
        Ok(file) => Some(Box::new(BufWriter::new(file))),
        Err(error) => {
            cannot_open(call, name, &error);
            None
        }
    }
}

/// Says busybox's `can't open 'name': reason`.
pub(in super::super) fn cannot_open(call: &Call, name: &OsStr, error: &io::Error) {
    call.complain(format_args!("can't open '{}': {}", name.display(), errno::words(error)));
}
