//! `strings`.

use std::ffi::OsStr;
use std::io::{self, BufRead, Read, Write};

use super::super::{Call, getopt, number};
use super::stream;

/// Help.
pub const USAGE: &str = "[-fo] [-t o|d|x] [-n LEN] [FILE]...\n\nDisplay printable strings in a binary file\n\n\t-f\t\tPrecede strings with filenames\n\t-o\t\tPrecede strings with octal offsets\n\t-t o|d|x\tPrecede strings with offsets in base 8/10/16\n\t-n LEN\t\tAt least LEN characters form a string (default 4)";

/// Most characters a string may be asked to have.
const MOST: u64 = i32::MAX as u64;

struct Manner {
    least: usize,
    radix: Option<u8>,
    with_names: bool,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "an:fot:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let least = options.value('n').map_or(Ok(4), |text| number::within(text, 1, MOST));
    let least = match least {
        Ok(least) => usize::try_from(least).unwrap_or(usize::MAX),
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let radix = match options.value('t').map(|text| text.as_encoded_bytes()) {
        None => options.has('o').then_some(b'o'),
        Some([radix @ (b'o' | b'd' | b'x')]) => Some(*radix),
        Some(_) => return call.usage(),
    };
    let manner = Manner {
        least,
        radix,
        with_names: options.has('f'),
    };
    let mut out = stream::output();
    let status = stream::each(call, &options.operands, |name, input| {
        manner.one(name, input, &mut *out)
    });
    stream::finish(call, &mut *out, status)
}

impl Manner {
    fn one(&self, name: &OsStr, input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
        let mut kept: Vec<u8> = Vec::new();
        let mut printing = false;
        // What cannot be read, a folder, has no strings.
        for (at, byte) in input.bytes().map_while(Result::ok).enumerate() {
            if !matches!(byte, b' '..=b'~' | b'\t') {
                if std::mem::take(&mut printing) {
                    out.write_all(b"\n")?;
                }
                kept.clear();
                continue;
            }
            if printing {
                out.write_all(&[byte])?;
                continue;
            }
            kept.push(byte);
            if kept.len() >= self.least {
                self.head(name, at + 1 - kept.len(), out)?;
                out.write_all(&kept)?;
                printing = true;
                kept.clear();
            }
        }
        if printing { out.write_all(b"\n") } else { Ok(()) }
    }

    fn head(&self, name: &OsStr, offset: usize, out: &mut dyn Write) -> io::Result<()> {
        if self.with_names {
            write!(out, "{}: ", name.display())?;
        }
        match self.radix {
            None => Ok(()),
            Some(b'o') => write!(out, "{offset:7o} "),
            Some(b'x') => write!(out, "{offset:7x} "),
            Some(_) => write!(out, "{offset:7} "),
        }
    }
}
