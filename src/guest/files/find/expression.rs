//! What is asked of each file, and what is done with it.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use super::super::super::{Call, errno};
use super::super::glob;

/// More, less or as much as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    More,
    Less,
    Exactly,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Measure {
    Size,
    Links,
    Inode,
    User,
    Group,
    /// Whole units of so many seconds between the last change of the content and a moment.
    Age(SystemTime, u64),
}

/// A condition or an action.
#[derive(Debug)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    /// A pattern, and whether case is ignored.
    Name(Vec<char>, bool),
    Path(Vec<char>, bool),
    Type(u8),
    Permissions(Sign, u32),
    Number(Measure, Sign, u64),
    Newer(SystemTime),
    Empty,
    Prune,
    /// With what ends each name.
    Print(u8),
    Execute(Vec<OsString>),
    /// One command for many names; its last word stands for them.
    ExecuteMany(Vec<OsString>),
    Delete,
    Quit,
}

/// A file that was found.
pub(super) struct Found<'a> {
    pub path: &'a Path,
    pub metadata: &'a Metadata,
}

/// Most bytes of names that one command gets.
const MOST_BYTES: usize = 32 * 1024;

/// A search under way.
pub(super) struct Run<'a> {
    call: &'a Call<'a>,
    pub out: Box<dyn Write>,
    /// Names that wait for the commands of [`Expression::ExecuteMany`].
    waiting: Vec<PathBuf>,
    pub pruned: bool,
    pub quit: bool,
    pub failed: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(call: &'a Call<'a>, out: Box<dyn Write>) -> Self {
        Self {
            call,
            out,
            waiting: Vec::new(),
            pruned: false,
            quit: false,
            failed: false,
        }
    }

    /// Whether the expression holds of a file.
    pub(super) fn evaluate(&mut self, expression: &Expression, found: &Found) -> bool {
        match expression {
            Expression::All(all) => all.iter().all(|one| self.evaluate(one, found)),
            Expression::Any(all) => all.iter().any(|one| self.evaluate(one, found)),
            Expression::Not(one) => !self.evaluate(one, found),
            Expression::Prune => {
                self.pruned = true;
                true
            }
            Expression::Quit => {
                self.quit = true;
                true
            }
            Expression::Print(end) => {
                let text = [found.path.as_os_str().as_bytes(), &[*end]].concat();
                self.failed |= self.out.write_all(&text).is_err();
                true
            }
            Expression::Execute(words) => {
                let words: Vec<OsString> = words.iter().map(|word| filled(word, found.path)).collect();
                self.execute(&words)
            }
            Expression::ExecuteMany(words) => {
                self.waiting.push(found.path.to_owned());
                let bytes: usize = self.waiting.iter().map(|path| path.as_os_str().len() + 1).sum();
                if bytes > MOST_BYTES {
                    self.execute_waiting(words);
                }
                true
            }
            Expression::Delete => self.delete(found),
            condition => holds(condition, found),
        }
    }

    /// Runs the commands whose names still wait.
    pub(super) fn finish(&mut self, expression: &Expression) {
        match expression {
            Expression::All(all) | Expression::Any(all) => all.iter().for_each(|one| self.finish(one)),
            Expression::Not(one) => self.finish(one),
            Expression::ExecuteMany(words) if !self.waiting.is_empty() => self.execute_waiting(words),
            _ => {}
        }
        self.failed |= self.out.flush().is_err();
    }

    fn execute_waiting(&mut self, words: &[OsString]) {
        let (_, fixed) = words.split_last().unwrap_or((&words[0], words));
        let names = std::mem::take(&mut self.waiting);
        let all = fixed
            .iter()
            .cloned()
            .chain(names.into_iter().map(PathBuf::into_os_string));
        let all: Vec<OsString> = all.collect();
        if !self.execute(&all) {
            self.failed = true;
        }
    }

    fn execute(&mut self, words: &[OsString]) -> bool {
        let _ = self.out.flush();
        let Some((program, arguments)) = words.split_first() else {
            return false;
        };
        match Command::new(program).args(arguments).status() {
            Ok(status) => status.success(),
            Err(error) => {
                self.call
                    .complain(format_args!("{}: {}", program.display(), errno::words(&error)));
                false
            }
        }
    }

    fn delete(&mut self, found: &Found) -> bool {
        // The place one searches is not removed.
        if found.path == Path::new(".") {
            return true;
        }
        let removed = if found.metadata.is_dir() {
            fs::remove_dir(found.path)
        } else {
            fs::remove_file(found.path)
        };
        if let Err(error) = &removed {
            let _ = self.out.flush();
            self.call
                .complain(format_args!("{}: {}", found.path.display(), errno::words(error)));
            self.failed = true;
        }
        removed.is_ok()
    }
}

fn holds(condition: &Expression, found: &Found) -> bool {
    let metadata = found.metadata;
    match condition {
        Expression::Name(pattern, ignore_case) => {
            let name = found.path.file_name().unwrap_or(found.path.as_os_str());
            matches(pattern, &name.to_string_lossy(), *ignore_case)
        }
        Expression::Path(pattern, ignore_case) => matches(pattern, &found.path.to_string_lossy(), *ignore_case),
        Expression::Type(letter) => kind(metadata) == *letter,
        Expression::Permissions(sign, bits) => match sign {
            Sign::More => metadata.mode() & bits != 0,
            Sign::Less => metadata.mode() & bits == *bits,
            Sign::Exactly => metadata.mode() & 0o7777 == *bits,
        },
        Expression::Newer(moment) => metadata.modified().is_ok_and(|modified| modified > *moment),
        Expression::Empty => {
            if metadata.is_dir() {
                fs::read_dir(found.path).is_ok_and(|mut entries| entries.next().is_none())
            } else {
                metadata.is_file() && metadata.len() == 0
            }
        }
        Expression::Number(measure, sign, number) => {
            let order = measured(*measure, metadata).cmp(number);
            match sign {
                Sign::More => order == Ordering::Greater,
                Sign::Less => order == Ordering::Less,
                Sign::Exactly => order == Ordering::Equal,
            }
        }
        _ => true,
    }
}

fn measured(measure: Measure, metadata: &Metadata) -> u64 {
    match measure {
        Measure::Size => metadata.len(),
        Measure::Links => metadata.nlink(),
        Measure::Inode => metadata.ino(),
        Measure::User => u64::from(metadata.uid()),
        Measure::Group => u64::from(metadata.gid()),
        Measure::Age(now, unit) => {
            let age = metadata
                .modified()
                .ok()
                .and_then(|modified| now.duration_since(modified).ok());
            age.map_or(0, |age| age.as_secs() / unit)
        }
    }
}

fn kind(metadata: &Metadata) -> u8 {
    let kind = metadata.file_type();
    match () {
        () if kind.is_dir() => b'd',
        () if kind.is_symlink() => b'l',
        () if kind.is_fifo() => b'p',
        () if kind.is_socket() => b's',
        () if kind.is_char_device() => b'c',
        () if kind.is_block_device() => b'b',
        () => b'f',
    }
}

fn matches(pattern: &[char], name: &str, ignore_case: bool) -> bool {
    let plain: Vec<char> = name.chars().collect();
    if !ignore_case {
        return glob::matches(pattern, &plain);
    }
    let lower = |letters: &[char]| {
        letters
            .iter()
            .flat_map(|letter| letter.to_lowercase())
            .collect::<Vec<_>>()
    };
    glob::matches(&lower(pattern), &lower(&plain))
}

/// A word with each `{}` replaced by the path.
fn filled(word: &OsString, path: &Path) -> OsString {
    let mut out = Vec::new();
    let mut rest = word.as_bytes();
    while let Some(at) = rest.windows(2).position(|pair| pair == b"{}") {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(path.as_os_str().as_bytes());
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
    OsString::from_vec(out)
}
