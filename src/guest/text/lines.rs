//! `nl`, `tac`, `rev` and `tee`: lines passed on with little done to them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use super::super::{Call, getopt, number};
use super::stream;

/// Help of `nl`.
pub const NL_USAGE: &str = "[OPTIONS] [FILE]...\n\nWrite FILEs to standard output with line numbers added\n\n\t-b STYLE\tWhich lines to number - a: all, t: nonempty, n: none\n\t-i N\t\tLine number increment\n\t-s STRING\tUse STRING as line number separator\n\t-v N\t\tStart from N\n\t-w N\t\tWidth of line numbers";
/// Help of `tac`.
pub const TAC_USAGE: &str = "[FILE]...\n\nConcatenate FILEs and print them in reverse";
/// Help of `rev`.
pub const REV_USAGE: &str = "[FILE]...\n\nReverse lines of FILE";
/// Help of `tee`.
pub const TEE_USAGE: &str = "[-ai] [FILE]...\n\nCopy stdin to each FILE, and also to stdout\n\n\t-a\tAppend to the given FILEs, don't overwrite\n\t-i\tIgnore interrupt signals (SIGINT)";

/// Widest number of `nl`: no more fits a terminal.
const WIDEST: u64 = 10_000;

/// Entry of `nl`.
pub(crate) fn nl_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "p:b:i:s:v:w:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let value = |letter, default: u64| options.value(letter).map_or(Ok(default), |text| number::plain(text));
    let numbers = value('w', 6).and_then(|width| Ok((width, value('v', 1)?, value('i', 1)?)));
    let (width, mut next, step) = match numbers {
        Ok(numbers) => numbers,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let width = usize::try_from(width.min(WIDEST)).unwrap_or(0);
    let style = options
        .value('b')
        .map_or(b't', |style| style.as_encoded_bytes().first().copied().unwrap_or(0));
    let separator = options
        .value('s')
        .map_or(b"\t".to_vec(), |text| text.as_encoded_bytes().to_vec());
    let mut out = stream::output();
    let status = stream::each(call, &options.operands, |_, input| {
        let mut line = Vec::new();
        while stream::has_line(input, b'\n', &mut line).is_some() {
            if style == b'a' || style == b't' && !line.is_empty() {
                write!(out, "{next:width$}")?;
                out.write_all(&separator)?;
                next = next.wrapping_add(step);
            } else {
                out.write_all(&b" ".repeat(width + separator.len()))?;
            }
            out.write_all(&line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    });
    stream::finish(call, &mut *out, status)
}

/// Entry of `tac`.
pub(crate) fn tac_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut out = stream::output();
    let status = stream::each(call, &options.operands, |_, input| {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let mut line = Vec::new();
        while let Some(ended) = stream::next_line(input, b'\n', &mut line)? {
            if ended {
                line.push(b'\n');
            }
            lines.push(std::mem::take(&mut line));
        }
        lines.iter().rev().try_for_each(|line| out.write_all(line))
    });
    stream::finish(call, &mut *out, status)
}

/// Entry of `rev`.
pub(crate) fn rev_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut out = stream::output();
    let status = stream::each(call, &options.operands, |_, input| {
        let mut line = Vec::new();
        while let Some(ended) = stream::has_line(input, b'\n', &mut line) {
            line.reverse();
            if ended {
                line.push(b'\n');
            }
            out.write_all(&line)?;
        }
        Ok(())
    });
    stream::finish(call, &mut *out, status)
}

/// Entry of `tee`.
pub(crate) fn tee_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "ai", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('i') {
        super::super::process::ignore_interrupts();
    }
    let mut status = 0;
    let mut targets: Vec<Box<dyn Write>> = vec![Box::new(io::stdout())];
    for name in &options.operands {
        if name == "-" {
            targets.push(Box::new(io::stdout()));
            continue;
        }
        let opened = if options.has('a') {
            OpenOptions::new().append(true).create(true).open(Path::new(name))
        } else {
            File::create(Path::new(name))
        };
        match opened {
            Ok(file) => targets.push(Box::new(file)),
            Err(error) => {
                call.complain_of(name.display(), &error);
                status = 1;
            }
        }
    }
    let mut input = io::stdin().lock();
    let mut buffer = [0; 16 * 1024];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return status,
            Ok(read) => {
                for target in &mut targets {
                    if let Err(error) = target.write_all(&buffer[..read]).and_then(|()| target.flush()) {
                        call.complain_of("write error", &error);
                        status = 1;
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                call.complain_of("read error", &error);
                return 1;
            }
        }
    }
}
