//! The lines of all inputs, one ahead: `$` is the last of them.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::BufRead;

use super::super::stream;

/// A line without its end, and whether the end was there.
type Line = (Vec<u8>, bool);

/// Hears of a file that cannot be opened.
type Missing<'a> = Box<dyn FnMut(&OsString, &std::io::Error) + 'a>;

/// Lines of several files as one input.
pub(super) struct Lines<'a> {
    files: VecDeque<OsString>,
    open: Option<Box<dyn BufRead>>,
    ahead: Option<Line>,
    number: u64,
    /// Told of each file that cannot be opened.
    missing: Missing<'a>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(
        files: impl IntoIterator<Item = OsString>,
        missing: impl FnMut(&OsString, &std::io::Error) + 'a,
    ) -> Self {
        Self {
            files: files.into_iter().collect(),
            open: None,
            ahead: None,
            number: 0,
            missing: Box::new(missing),
        }
    }

    /// Number of the line last taken, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Whether no line follows.
    pub(super) fn at_last(&mut self) -> bool {
        if self.ahead.is_none() {
            self.ahead = self.read();
        }
        self.ahead.is_none()
    }

    /// The next line. One that another follows has an end, whatever its file had.
    pub(super) fn next(&mut self) -> Option<Line> {
        let (line, ended) = self.ahead.take().or_else(|| self.read())?;
        self.number += 1;
        let ended = ended || !self.at_last();
        Some((line, ended))
    }

    fn read(&mut self) -> Option<Line> {
        loop {
            if let Some(input) = &mut self.open {
                let mut line = Vec::new();
                // What cannot be read (a folder) is as good as empty.
                match stream::next_line(&mut **input, b'\n', &mut line) {
                    Ok(Some(ended)) => return Some((line, ended)),
                    _ => self.open = None,
                }
            }
            let name = self.files.pop_front()?;
            match stream::open(&name) {
                Ok(input) => self.open = Some(input),
                Err(error) => (self.missing)(&name, &error),
            }
        }
    }
}
