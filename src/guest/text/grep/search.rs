//! One file, line by line.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, BufRead, Write};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;

use super::super::pattern::Pattern;
use super::super::stream;

/// What is looked for in a line.
pub(super) struct Finder {
    /// None matches nothing (`-f` of an empty file).
    pub pattern: Option<Pattern>,
    /// Only where no letter, digit or `_` is beside it.
    pub words: bool,
    /// Only where it is the whole line.
    pub lines: bool,
}

impl Finder {
    fn matches(&self, line: &[u8]) -> bool {
        if self.words || self.lines {
            return self.find_at(line, 0).is_some();
        }
        self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(line))
    }

    fn find_at(&self, line: &[u8], from: usize) -> Option<Range<usize>> {
        let pattern = self.pattern.as_ref()?;
        let mut from = from;
        while from <= line.len() {
            let found = pattern.find_at(line, from)?;
            if self.lines {
                return (found == (0..line.len())).then_some(found);
            }
            let beside = |at: Option<usize>| at.and_then(|at| line.get(at)).is_some_and(|byte| is_of_word(*byte));
            if !self.words || !beside(found.start.checked_sub(1)) && !beside(Some(found.end)) {
                return Some(found);
            }
            from = found.start + 1;
        }
        None
    }
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// How files are searched and what is printed.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent command-line option"
)]
pub(super) struct Search {
    pub with_names: bool,
    pub numbers: bool,
    pub invert: bool,
    pub only_matching: bool,
    pub count: bool,
    pub names_of_matching: bool,
    pub names_of_others: bool,
    pub quiet: bool,
    /// What ends a line.
    pub end: u8,
    pub before: u64,
    pub after: u64,
    /// Lines that match at most.
    pub most: Option<u64>,
    pub finder: Finder,
}

/// What has been seen of one file.
#[derive(Default)]
struct State {
    number: u64,
    matched: u64,
    /// Lines before this one that a match would show.
    held: VecDeque<(u64, Vec<u8>)>,
    /// Lines that still follow the last match.
    to_follow: u64,
    last_printed: u64,
}

impl Search {
    /// Searches one file and prints; whether the file counts as found. An error is one of writing: what cannot be read
    /// (a folder) is as good as empty.
    pub(super) fn one(&self, name: &OsStr, input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<bool> {
        let label: &[u8] = if name == "-" {
            b"(standard input)"
        } else {
            name.as_bytes()
        };
        let mut state = State::default();
        let mut line = Vec::new();
        let by_line = !(self.quiet || self.names_of_matching || self.names_of_others || self.count);
        while let Ok(Some(_)) = stream::next_line(input, self.end, &mut line) {
            state.number += 1;
            if self.finder.matches(&line) == self.invert {
                if by_line && !self.only_matching {
                    self.around(&mut state, label, &line, out)?;
                }
                continue;
            }
            state.matched += 1;
            if self.most == Some(0) || !by_line && !self.count {
                break;
            }
            if by_line {
                self.matching(&mut state, label, &line, out)?;
            }
            if self.most.is_some_and(|most| state.matched >= most) {
                break;
            }
        }
        let found = (state.matched > 0) != self.names_of_others;
        if self.quiet {
            return Ok(found);
        }
        if self.names_of_matching || self.names_of_others {
            if found {
                out.write_all(&[label, b"\n"].concat())?;
            }
        } else if self.count {
            if self.with_names {
                out.write_all(&[label, b":"].concat())?;
            }
            writeln!(out, "{}", state.matched)?;
        }
        Ok(found)
    }

    /// A line that does not match, but may be shown around one that does.
    fn around(&self, state: &mut State, label: &[u8], line: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if state.to_follow > 0 {
            state.to_follow -= 1;
            state.last_printed = state.number;
            self.print(label, state.number, b'-', line, out)?;
        } else if self.before > 0 {
            if state.held.len() as u64 == self.before {
                state.held.pop_front();
            }
            state.held.push_back((state.number, line.to_vec()));
        }
        Ok(())
    }

    fn matching(&self, state: &mut State, label: &[u8], line: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if self.only_matching {
            return self.parts(state, label, line, out);
        }
        let first = state.held.front().map_or(state.number, |(number, _)| *number);
        let apart = state.last_printed > 0 && first > state.last_printed + 1;
        if apart && (self.before > 0 || self.after > 0) {
            out.write_all(b"--\n")?;
        }
        for (number, held) in state.held.drain(..) {
            self.print(label, number, b'-', &held, out)?;
        }
        state.last_printed = state.number;
        state.to_follow = self.after;
        self.print(label, state.number, b':', line, out)
    }

    fn parts(&self, state: &State, label: &[u8], line: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if self.invert {
            return Ok(());
        }
        let mut from = 0;
        while let Some(found) = self.finder.find_at(line, from) {
            from = found.end.max(found.start + 1);
            if !found.is_empty() {
                self.print(label, state.number, b':', &line[found], out)?;
            }
        }
        Ok(())
    }

    fn print(&self, label: &[u8], number: u64, mark: u8, line: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let mut text = Vec::with_capacity(line.len() + 16);
        if self.with_names {
            text.extend_from_slice(label);
            text.push(mark);
        }
        if self.numbers {
            write!(text, "{number}")?;
            text.push(mark);
        }
        text.extend_from_slice(line);
        text.push(self.end);
        out.write_all(&text)
    }
}
