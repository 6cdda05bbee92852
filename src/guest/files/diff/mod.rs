//! `diff`: unified, as busybox's.

mod folder;
mod script;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::text::stream;
use super::super::{Call, errno, getopt, number};
use script::{Change, changes};

/// Help.
pub const USAGE: &str = "[-abBdiNqrTstw] [-L LABEL] [-S FILE] [-U LINES] FILE1 FILE2\n\nCompare files line by line and output the differences between them.\nThis implementation supports unified diffs only.\n\n\t-a\tTreat all files as text\n\t-b\tIgnore changes in the amount of whitespace\n\t-B\tIgnore changes whose lines are all blank\n\t-d\tTry hard to find a smaller set of changes\n\t-i\tIgnore case differences\n\t-L\tUse LABEL instead of the filename in the unified header\n\t-N\tTreat absent files as empty\n\t-q\tOutput only whether files differ\n\t-r\tRecurse\n\t-S\tStart with FILE when comparing directories\n\t-T\tMake tabs line up by prefixing a tab when necessary\n\t-s\tReport when two files are the same\n\t-t\tExpand tabs to spaces in output\n\t-U\tOutput LINES lines of context\n\t-w\tIgnore all whitespace";

/// Status where something could not be compared (POSIX.1-2017, diff).
const TROUBLE: i32 = 2;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(
        call,
        "abdiL:NqrsS:tTU:wupB",
        &[("brief", 'q'), ("recursive", 'r'), ("new-file", 'N'), ("text", 'a')],
    ) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let [first, second] = options.operands.as_slice() else {
        return call.usage();
    };
    let context = match options.value('U').map_or(Ok(3), |text| number::plain(text)) {
        Ok(context) => usize::try_from(context).unwrap_or(usize::MAX / 4),
        Err(reproach) => {
            call.complain(reproach);
            return TROUBLE;
        }
    };
    let mut labels = options.in_order().filter(|(letter, _)| *letter == 'L');
    let mut label = || labels.next().map(|(_, text)| text.to_string_lossy().into_owned());
    let mut comparer = Comparer {
        options: &options,
        labels: [label(), label()],
        context: context.min(1 << 30),
        out: stream::output(),
        status: 0,
    };
    let ended = comparer.start(first, second);
    let Comparer { mut out, status, .. } = comparer;
    match ended {
        Ok(()) => stream::finish(call, &mut *out, status),
        Err((what, error)) => {
            let _ = out.flush();
            call.complain(format_args!("{what}: {}", errno::words(&error)));
            TROUBLE
        }
    }
}

/// What could not be done, and why.
type Failure = (String, io::Error);

fn write_error(error: io::Error) -> Failure {
    ("write error".to_owned(), error)
}

struct Comparer<'a> {
    options: &'a getopt::Options,
    labels: [Option<String>; 2],
    context: usize,
    out: Box<dyn Write>,
    status: i32,
}

/// A file's lines with their ends.
type Lines = Vec<Vec<u8>>;

impl Comparer<'_> {
    fn start(&mut self, first: &OsStr, second: &OsStr) -> Result<(), Failure> {
        let (mut one, mut other) = (PathBuf::from(first), PathBuf::from(second));
        match (self.is_folder(&one)?, self.is_folder(&other)?) {
            (true, true) => return self.folders(&one, &other),
            // A folder means the file in it that is called as the other.
            (true, false) => one = one.join(other.file_name().unwrap_or_default()),
            (false, true) => other = other.join(one.file_name().unwrap_or_default()),
            (false, false) => {}
        }
        for path in [&one, &other] {
            if path != Path::new("-") && !self.options.has('N') {
                stat(path)?;
            }
        }
        self.files(&one, &other)
    }

    fn is_folder(&self, path: &Path) -> Result<bool, Failure> {
        if path == Path::new("-") || self.options.has('N') && !path.exists() {
            return Ok(false);
        }
        stat(path).map(|seen| seen.is_dir())
    }

    /// Compares two files, or what there is instead.
    fn files(&mut self, one: &Path, other: &Path) -> Result<(), Failure> {
        if is_one_file(one, other) {
            return Ok(());
        }
        let (old, new) = (self.read(one)?, self.read(other)?);
        let (one_name, other_name) = (one.display(), other.display());
        if old == new {
            if self.options.has('s') {
                writeln!(self.out, "Files {one_name} and {other_name} are identical").map_err(write_error)?;
            }
            return Ok(());
        }
        let is_text = self.options.has('a') || !(old.contains(&0) || new.contains(&0));
        if !is_text {
            self.status = 1;
            return writeln!(self.out, "Files {one_name} and {other_name} differ").map_err(write_error);
        }
        let (old, new) = (lines(&old), lines(&new));
        let keys = |lines: &Lines| lines.iter().map(|line| self.key(line)).collect::<Vec<_>>();
        let mut changes = changes(&keys(&old), &keys(&new));
        if self.options.has('B') {
            let blank = |lines: &[Vec<u8>]| lines.iter().all(|line| line.trim_ascii().is_empty());
            changes.retain(|change| !(blank(&old[change.old.clone()]) && blank(&new[change.new.clone()])));
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.status = 1;
        if self.options.has('q') {
            return writeln!(self.out, "Files {one_name} and {other_name} differ").map_err(write_error);
        }
        let [first, second] = self.labels.clone();
        let head = format!(
            "--- {}\n+++ {}\n",
            first.unwrap_or_else(|| one_name.to_string()),
            second.unwrap_or_else(|| other_name.to_string())
        );
        self.out
            .write_all(head.as_bytes())
            .and_then(|()| self.print(&old, &new, &changes))
            .map_err(write_error)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let mut text = Vec::new();
        let read = if path == Path::new("-") {
            io::stdin().lock().read_to_end(&mut text)
        } else {
            match File::open(path) {
                Ok(mut file) => file.read_to_end(&mut text),
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.options.has('N') => Ok(0),
                Err(error) => Err(error),
            }
        };
        match read {
            Ok(_) => Ok(text),
            Err(error) => Err((path.display().to_string(), error)),
        }
    }

    /// What of a line is compared.
    fn key(&self, line: &[u8]) -> Vec<u8> {
        let mut key = line.to_vec();
        if self.options.has('w') {
            key.retain(|byte| !byte.is_ascii_whitespace());
        } else if self.options.has('b') {
            let words: Vec<&[u8]> = key
                .split(u8::is_ascii_whitespace)
                .enumerate()
                .filter(|(at, word)| *at == 0 || !word.is_empty())
                .map(|(_, word)| word)
                .collect();
            key = words.join(&b' ');
        }
        if self.options.has('i') {
            key.make_ascii_lowercase();
        }
        key
    }

    /// Prints the changes with what stands around them; those whose surroundings touch stand together.
    fn print(&mut self, old: &Lines, new: &Lines, changes: &[Change]) -> io::Result<()> {
        let mut rest = changes;
        while let Some(first) = rest.first() {
            let near = |pair: &[Change]| pair[1].old.start - pair[0].old.end <= 2 * self.context;
            let count = 1 + rest.windows(2).take_while(|pair| near(pair)).count();
            let (group, others) = rest.split_at(count);
            rest = others;
            let last = group.last().unwrap_or(first);
            let before = self.context.min(first.old.start);
            let after = self.context.min(old.len() - last.old.end);
            let old_range = first.old.start - before..last.old.end + after;
            let new_range = first.new.start - before..last.new.end + after;
            writeln!(self.out, "@@ -{} +{} @@", place(&old_range), place(&new_range))?;
            let mut at = old_range.start;
            for change in group {
                self.lines(b' ', &old[at..change.old.start])?;
                self.lines(b'-', &old[change.old.clone()])?;
                self.lines(b'+', &new[change.new.clone()])?;
                at = change.old.end;
            }
            self.lines(b' ', &old[at..old_range.end])?;
        }
        Ok(())
    }

    fn lines(&mut self, mark: u8, lines: &[Vec<u8>]) -> io::Result<()> {
        for line in lines {
            self.out.write_all(&[mark])?;
            if self.options.has('T') {
                self.out.write_all(b"\t")?;
            }
            let bare = line.strip_suffix(b"\n");
            let text = bare.unwrap_or(line);
            if self.options.has('t') {
                self.out.write_all(&expanded(text))?;
            } else {
                self.out.write_all(text)?;
            }
            self.out.write_all(b"\n")?;
            if bare.is_none() {
                self.out.write_all(b"\\ No newline at end of file\n")?;
            }
        }
        Ok(())
    }
}

/// Whether two names are one file's.
fn is_one_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| fs::metadata(path).map(|seen| (seen.dev(), seen.ino())).ok();
    one == other || place(one).is_some_and(|place_of_one| Some(place_of_one) == place(other))
}

fn stat(path: &Path) -> Result<fs::Metadata, Failure> {
    fs::metadata(path).map_err(|error| (format!("can't stat '{}'", path.display()), error))
}

fn lines(text: &[u8]) -> Lines {
    text.split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

/// `1,5`; the number alone for one line; the line before for none.
fn place(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => (range.start + 1).to_string(),
        count => format!("{},{count}", range.start + 1),
    }
}

fn expanded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in text {
        if byte == b'\t' {
            out.resize((out.len() | 7) + 1, b' ');
        } else {
            out.push(byte);
        }
    }
    out
}
