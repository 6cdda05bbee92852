//! `cmp`.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use super::super::{Call, getopt, number};

/// Help.
pub const USAGE: &str = "[-ls] [-n NUM] FILE1 [FILE2 [SKIP1 [SKIP2]]]\n\nCompare FILE1 with FILE2 (or stdin)\n\n\t-l\tWrite the byte numbers (decimal) and values (octal)\n\t\tfor all differing bytes\n\t-s\tQuiet\n\t-n NUM\tCompare at most NUM bytes";

/// Status where something could not be read (POSIX.1-2017, cmp).
const TROUBLE: i32 = 2;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "lsn:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some((first, rest)) = options.operands.split_first() else {
        return call.usage();
    };
    let standard = OsString::from("-");
    let (second, skips) = rest.split_first().unwrap_or((&standard, &[]));
    let skip = |at: usize| skips.get(at).map_or(Ok(0), |text| number::plain(text));
    let most = options.value('n').map_or(Ok(u64::MAX), |text| number::plain(text));
    let numbers = most.and_then(|most| Ok((most, skip(0)?, skip(1)?)));
    let (most, skip_first, skip_second) = match numbers {
        Ok(numbers) => numbers,
        Err(reproach) => {
            call.complain(reproach);
            return TROUBLE;
        }
    };
    if skips.len() > 2 {
        return call.usage();
    }
    let quiet = options.has('s');
    let mut sources = Vec::new();
    for (name, skip) in [(first, skip_first), (second, skip_second)] {
        match open(name, skip) {
            Ok(source) => sources.push(source),
            Err(error) => {
                if !quiet {
                    call.complain_of(name.display(), &error);
                }
                return TROUBLE;
            }
        }
    }
    let comparison = Comparison {
        names: [first, second],
        quiet,
        list: options.has('l'),
    };
    let [one, other] = &mut sources[..] else {
        return TROUBLE;
    };
    comparison.run(call, [one, other], most).unwrap_or_else(|error| {
        call.complain_of(first.display(), &error);
        TROUBLE
    })
}

struct Comparison<'a> {
    names: [&'a OsStr; 2],
    quiet: bool,
    list: bool,
}

impl Comparison<'_> {
    /// Compares at most so many bytes; the status.
    fn run(&self, call: &Call, sources: [&mut dyn Read; 2], most: u64) -> io::Result<i32> {
        let mut readers = sources.map(Read::bytes);
        let (mut line, mut status) = (1_u64, 0);
        let mut out = io::stdout().lock();
        for at in 1..=most {
            let [one, other] = &mut readers;
            let pair = (one.next().transpose()?, other.next().transpose()?);
            let (one, other) = match pair {
                (None, None) => break,
                (Some(one), Some(other)) => (one, other),
                (one, _) => {
                    if !self.quiet {
                        let ended = self.names[usize::from(one.is_some())];
                        call.complain(format_args!("EOF on {}", ended.display()));
                    }
                    return Ok(1);
                }
            };
            if one != other {
                status = 1;
                if self.list && !self.quiet {
                    writeln!(out, "{at} {one:3o} {other:3o}")?;
                } else {
                    if !self.quiet {
                        let [first, second] = self.names.map(OsStr::display);
                        writeln!(out, "{first} {second} differ: char {at}, line {line}")?;
                    }
                    return Ok(1);
                }
            }
            line += u64::from(one == b'\n');
        }
        Ok(status)
    }
}

fn open(name: &OsStr, skip: u64) -> io::Result<Box<dyn Read>> {
    let mut source: Box<dyn Read> = if name == "-" {
        // Both files may be standard input, so it is not locked.
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(Path::new(name))?))
    };
    io::copy(&mut (&mut *source).take(skip), &mut io::sink())?;
    Ok(source)
}
