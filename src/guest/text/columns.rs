//! `fold`, `paste` and `comm`: lines broken, joined and laid side by side.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::io::{self, BufRead, Write};

use super::super::{Call, getopt, number};
use super::{escape, stream};

/// Help of `fold`.
pub const FOLD_USAGE: &str = "[-bs] [-w WIDTH] [FILE]...\n\nWrap input lines in FILEs (or stdin), writing to stdout\n\n\t-b\tCount bytes rather than columns\n\t-s\tBreak at spaces\n\t-w\tUse WIDTH columns instead of 80";
/// Help of `paste`.
pub const PASTE_USAGE: &str = "[-d LIST] [-s] [FILE]...\n\nPaste lines from each input file, separated with tab\n\n\t-d LIST\tUse delimiters from LIST, not tab\n\t-s      Serial: one file at a time";
/// Help of `comm`.
pub const COMM_USAGE: &str = "[-123] FILE1 FILE2\n\nCompare FILE1 with FILE2\n\n\t-1\tSuppress lines unique to FILE1\n\t-2\tSuppress lines unique to FILE2\n\t-3\tSuppress lines common to both files";

/// Widest line of `fold`.
const WIDEST: u64 = 10_000;

/// Entry of `fold`.
pub(crate) fn fold_main(call: &Call) -> i32 {
    let args = call.args.iter().map(|word| match word.as_encoded_bytes() {
        // The old way to give a width: `-40`.
        [b'-', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            OsString::from(format!("-w{}", String::from_utf8_lossy(digits)))
        }
        _ => word.clone(),
    });
    let inner = Call {
        applet: call.applet,
        args: args.collect(),
    };
    let options = match getopt::parse(&inner, "bsw:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let width = options
        .value('w')
        .map_or(Ok(80), |text| number::within(text, 1, WIDEST));
    let width = match width {
        Ok(width) => usize::try_from(width).unwrap_or(80),
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let folder = Folder {
        width,
        bytes: options.has('b'),
        at_spaces: options.has('s'),
    };
    let mut out = stream::output();
    let status = stream::each(call, &options.operands, |_, input| {
        let mut line = Vec::new();
        while let Some(ended) = stream::next_line(input, b'\n', &mut line)? {
            folder.line(&line, &mut *out)?;
            if ended {
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    });
    stream::finish(call, &mut *out, status)
}

struct Folder {
    width: usize,
    bytes: bool,
    at_spaces: bool,
}

impl Folder {
    fn line(&self, mut line: &[u8], out: &mut dyn Write) -> io::Result<()> {
        while let Some(mut end) = self.too_long(line) {
            if self.at_spaces
                && let Some(space) = line[..end].iter().rposition(|byte| matches!(byte, b' ' | b'\t'))
            {
                end = space + 1;
            }
            out.write_all(&line[..end])?;
            out.write_all(b"\n")?;
            line = &line[end..];
        }
        out.write_all(line)
    }

    /// Where a line must end; `None` where it fits. At least one character is kept.
    fn too_long(&self, line: &[u8]) -> Option<usize> {
        let mut column = 0_usize;
        for (at, byte) in line.iter().enumerate() {
            column = match byte {
                _ if self.bytes => column + 1,
                b'\t' => (column | 7) + 1,
                8 => column.saturating_sub(1),
                b'\r' => 0,
                _ => column + 1,
            };
            if column > self.width && at > 0 {
                return Some(at);
            }
        }
        None
    }
}

/// Entry of `paste`.
pub(crate) fn paste_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "d:s", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let delimiters = options
        .value('d')
        .map_or(b"\t".to_vec(), |text| escape::all(text.as_encoded_bytes()));
    if delimiters.is_empty() {
        call.complain("-d '' is not supported");
        return 1;
    }
    let mut names = options.operands.clone();
    if names.is_empty() {
        names.push(OsString::from("-"));
    }
    let mut out = stream::output();
    let pasted = if options.has('s') {
        serial(call, &names, &delimiters, &mut *out)
    } else {
        parallel(call, &names, &delimiters, &mut *out)
    };
    stream::finish(call, &mut *out, pasted.unwrap_or(1))
}

/// Writes the delimiter of a place; a NUL stands for none.
fn delimit(out: &mut dyn Write, delimiters: &[u8], at: usize) -> io::Result<()> {
    match delimiters[at % delimiters.len()] {
        0 => Ok(()),
        byte => out.write_all(&[byte]),
    }
}

fn serial(call: &Call, names: &[OsString], delimiters: &[u8], out: &mut dyn Write) -> io::Result<i32> {
    for name in names {
        let mut input = match stream::open(name) {
            Ok(input) => input,
            Err(error) => {
                call.complain_of(name.display(), &error);
                return Ok(1);
            }
        };
        let mut line = Vec::new();
        let mut count = 0;
        while stream::has_line(&mut *input, b'\n', &mut line).is_some() {
            if count > 0 {
                delimit(out, delimiters, count - 1)?;
            }
            count += 1;
            out.write_all(&line)?;
        }
        out.write_all(b"\n")?;
    }
    Ok(0)
}

/// An input of several that are read by turns. Standard input may be several of them, and is locked for one line only.
enum Source {
    Standard,
    File(Box<dyn BufRead>),
}

impl Source {
    fn open(name: &OsString) -> io::Result<Self> {
        if name == "-" {
            return Ok(Self::Standard);
        }
        stream::open(name).map(Self::File)
    }

    fn line(&mut self, line: &mut Vec<u8>) -> bool {
        match self {
            Self::Standard => stream::has_line(&mut io::stdin().lock(), b'\n', line),
            Self::File(file) => stream::has_line(&mut **file, b'\n', line),
        }
        .is_some()
    }
}

fn parallel(call: &Call, names: &[OsString], delimiters: &[u8], out: &mut dyn Write) -> io::Result<i32> {
    let mut inputs = Vec::new();
    for name in names {
        match Source::open(name) {
            Ok(input) => inputs.push(Some(input)),
            Err(error) => {
                call.complain_of(name.display(), &error);
                return Ok(1);
            }
        }
    }
    let mut line = Vec::new();
    let last = inputs.len().saturating_sub(1);
    while inputs.iter().any(Option::is_some) {
        for (at, slot) in inputs.iter_mut().enumerate() {
            let Some(input) = slot else { continue };
            // As in busybox, an input that has ended has no delimiter either, and the last one's no end of line.
            if !input.line(&mut line) {
                *slot = None;
                continue;
            }
            out.write_all(&line)?;
            if at == last {
                out.write_all(b"\n")?;
            } else {
                delimit(out, delimiters, at)?;
            }
        }
    }
    Ok(0)
}

/// Entry of `comm`.
pub(crate) fn comm_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "123", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let [first, second] = options.operands.as_slice() else {
        return call.usage();
    };
    let mut inputs = Vec::new();
    for name in [first, second] {
        match Source::open(name) {
            Ok(input) => inputs.push(input),
            Err(error) => {
                stream::cannot_open(call, name, &error);
                return 1;
            }
        }
    }
    let shown = ['1', '2', '3'].map(|letter| !options.has(letter));
    let mut next = |at: usize| {
        let mut line = Vec::new();
        inputs[at].line(&mut line).then_some(line)
    };
    let mut out = stream::output();
    let status = i32::from(side_by_side(&mut next, shown, &mut *out).is_err());
    stream::finish(call, &mut *out, status)
}

/// Lines of the first alone, of the second alone, of both: each in its column (POSIX.1-2017, comm).
fn side_by_side(
    next: &mut dyn FnMut(usize) -> Option<Vec<u8>>,
    shown: [bool; 3],
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mut one, mut other) = (next(0), next(1));
    loop {
        let column = match (&one, &other) {
            (None, None) => return Ok(()),
            (Some(_), None) => 0,
            (None, Some(_)) => 1,
            (Some(line), Some(second)) => match line.cmp(second) {
                Ordering::Less => 0,
                Ordering::Greater => 1,
                Ordering::Equal => 2,
            },
        };
        if shown[column] {
            let tabs = shown[..column].iter().filter(|shown| **shown).count();
            out.write_all(&b"\t\t"[..tabs])?;
            let line = if column == 1 { &other } else { &one };
            out.write_all(line.as_deref().unwrap_or_default())?;
            out.write_all(b"\n")?;
        }
        if column != 1 {
            one = next(0);
        }
        if column != 0 {
            other = next(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(files: [&[&str]; 2], shown: [bool; 3]) -> String {
        let mut at = [0, 0];
        let mut out = Vec::new();
        let mut next = |which: usize| {
            at[which] += 1;
            files[which].get(at[which] - 1).map(|line| line.as_bytes().to_vec())
        };
        side_by_side(&mut next, shown, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_that_are_not_shown_take_no_room() {
        let files: [&[&str]; 2] = [&["a", "b", "c"], &["b", "d"]];
        assert_eq!(compared(files, [true; 3]), "a\n\t\tb\nc\n\td\n");
        assert_eq!(compared(files, [false, true, true]), "\tb\nd\n");
        assert_eq!(compared(files, [false, false, true]), "b\n");
        assert_eq!(compared([&[], &["x"]], [true; 3]), "\tx\n");
    }
}
