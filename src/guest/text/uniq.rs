//! `uniq`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;

use super::super::{Call, getopt, number};
use super::stream;

/// Help.
pub const USAGE: &str = "[-cduiz] [-f,s,w N] [FILE [OUTFILE]]\n\nDiscard duplicate lines\n\n\t-c\tPrefix lines by the number of occurrences\n\t-d\tOnly print duplicate lines\n\t-u\tOnly print unique lines\n\t-i\tIgnore case\n\t-z\tNUL terminated output\n\t-f N\tSkip first N fields\n\t-s N\tSkip first N chars (after any skipped fields)\n\t-w N\tCompare N characters in line";

/// What is compared and what is printed.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent command-line option"
)]
struct Manner {
    fields: u64,
    characters: usize,
    width: usize,
    ignore_case: bool,
    count: bool,
    only_repeated: bool,
    only_single: bool,
    end: u8,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "cduizf:s:w:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let limit = |letter, default: u64| options.value(letter).map_or(Ok(default), |text| number::plain(text));
    let numbers = limit('f', 0).and_then(|fields| Ok((fields, limit('s', 0)?, limit('w', u64::MAX)?)));
    let (fields, characters, width) = match numbers {
        Ok(numbers) => numbers,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let manner = Manner {
        fields,
        characters: usize::try_from(characters).unwrap_or(usize::MAX),
        width: usize::try_from(width).unwrap_or(usize::MAX),
        ignore_case: options.has('i'),
        count: options.has('c'),
        only_repeated: options.has('d'),
        only_single: options.has('u'),
        end: if options.has('z') { 0 } else { b'\n' },
    };
    let name = options.operands.first().map_or(OsStr::new("-"), |name| name);
    let mut input = match stream::open(name) {
        Ok(input) => input,
        Err(error) => {
            stream::cannot_open(call, name, &error);
            return 1;
        }
    };
    if options.operands.len() > 2 {
        return call.usage();
    }
    let mut out: Box<dyn Write> = match options.operands.get(1) {
        None => stream::output(),
        Some(target) if target == "-" => stream::output(),
        Some(target) => match File::create(Path::new(target)) {
            Ok(file) => Box::new(BufWriter::new(file)),
            Err(error) => {
                stream::cannot_open(call, target, &error);
                return 1;
            }
        },
    };
    match run(&mut *input, &mut *out, &manner) {
        Ok(()) => 0,
        Err(error) => {
            call.complain_of(name.display(), &error);
            1
        }
    }
}

fn run(input: &mut dyn BufRead, out: &mut dyn Write, manner: &Manner) -> io::Result<()> {
    let mut line = Vec::new();
    let mut kept: Option<(Vec<u8>, u64)> = None;
    while stream::next_line(input, manner.end, &mut line)?.is_some() {
        match &mut kept {
            Some((earlier, count)) if manner.alike(earlier, &line) => *count += 1,
            _ => {
                if let Some((earlier, count)) = kept.replace((line.clone(), 1)) {
                    manner.print(out, &earlier, count)?;
                }
            }
        }
    }
    if let Some((earlier, count)) = kept {
        manner.print(out, &earlier, count)?;
    }
    out.flush()
}

impl Manner {
    fn alike(&self, one: &[u8], other: &[u8]) -> bool {
        let (one, other) = (self.part(one), self.part(other));
        if self.ignore_case {
            one.eq_ignore_ascii_case(other)
        } else {
            one == other
        }
    }

    fn part<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let mut rest = line;
        for _ in 0..self.fields {
            if rest.is_empty() {
                break;
            }
            rest = rest.trim_ascii_start();
            rest = &rest[rest.iter().take_while(|byte| !byte.is_ascii_whitespace()).count()..];
        }
        rest = rest.get(self.characters..).unwrap_or_default();
        &rest[..rest.len().min(self.width)]
    }

    fn print(&self, out: &mut dyn Write, line: &[u8], count: u64) -> io::Result<()> {
        if self.only_repeated && count == 1 || self.only_single && count > 1 {
            return Ok(());
        }
        if self.count {
            write!(out, "{count:7} ")?;
        }
        out.write_all(line)?;
        out.write_all(&[self.end])
    }
}
