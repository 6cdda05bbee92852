//! `sort`.

mod compare;
mod key;

use std::ffi::OsString;
use std::io::{self, Write};

use super::super::{Call, getopt};
use super::stream;
use compare::Order;
use key::{Key, Letters};

/// Help.
pub const USAGE: &str = "[-nrughMcszbdfiokt] [-o FILE] [-k START[.OFS][OPTS][,END[.OFS][OPTS]] [-t CHAR] [FILE]...\n\nSort lines of text\n\n\t-o FILE\tOutput to FILE\n\t-c\tCheck whether input is sorted\n\t-b\tIgnore leading blanks\n\t-f\tIgnore case\n\t-i\tIgnore unprintable characters\n\t-d\tDictionary order (blank or alphanumeric only)\n\t-n\tSort numbers\n\t-g\tGeneral numerical sort\n\t-h\tSort human readable numbers (2K 1G)\n\t-M\tSort month\n\t-V\tSort version\n\t-t CHAR\tField separator\n\t-k N[,M] Sort by Nth field\n\t-r\tReverse sort order\n\t-s\tStable (don't sort ties alphabetically)\n\t-u\tSuppress duplicate lines\n\t-z\tNUL terminated input and output";

/// Status where something could not be read or understood (POSIX.1-2017, sort).
const TROUBLE: i32 = 2;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let Ok(options) = getopt::parse(call, "nghMucszbrdfiVmS:T:o:k:t:", &[]) else {
        return TROUBLE;
    };
    if options
        .in_order()
        .filter(|(letter, _)| matches!(letter, 'o' | 't'))
        .count()
        > usize::from(options.has('o')) + usize::from(options.has('t'))
    {
        return call.usage();
    }
    let order = match read_order(&options) {
        Ok(order) => order,
        Err(reproach) => {
            call.complain(reproach);
            return TROUBLE;
        }
    };
    let end = if options.has('z') { 0 } else { b'\n' };
    let mut lines = match read_lines(call, &options.operands, end) {
        Ok(lines) => lines,
        Err(status) => return status,
    };
    if options.has('c') {
        return check(&lines, &order, options.has('u'));
    }
    lines.sort_by(|one, other| order.compare(one, other));
    if options.has('u') {
        lines.dedup_by(|later, earlier| order.by_keys(earlier, later).is_eq());
    }
    let Some(mut out) = stream::output_to(call, options.value('o')) else {
        return TROUBLE;
    };
    match write(&mut *out, &lines, end) {
        Ok(()) => 0,
        Err(error) => {
            call.complain_of("write error", &error);
            TROUBLE
        }
    }
}

fn read_order(options: &getopt::Options) -> Result<Order, &'static str> {
    let mut whole = Letters::default();
    let mut keys = Vec::new();
    let mut separator = None;
    for (letter, value) in options.in_order() {
        match letter {
            'k' => keys.push(Key::read(value.as_encoded_bytes())?),
            't' => match value.as_encoded_bytes() {
                [one] => separator = Some(*one),
                // As in GNU's sort: no shell makes an argument with a NUL in it.
                b"\\0" => separator = Some(0),
                _ => return Err("bad -t parameter"),
            },
            letter => {
                whole.add(letter);
            }
        }
    }
    Ok(Order {
        keys,
        separator,
        whole,
        stable: options.has('s'),
    })
}

fn read_lines(call: &Call, files: &[OsString], end: u8) -> Result<Vec<Vec<u8>>, i32> {
    let input = [OsString::from("-")];
    let mut lines = Vec::new();
    for name in if files.is_empty() { &input } else { files } {
        let mut source = stream::open(name).map_err(|error| {
            call.complain_of(name.display(), &error);
            TROUBLE
        })?;
        let mut line = Vec::new();
        while stream::has_line(&mut *source, end, &mut line).is_some() {
            lines.push(std::mem::take(&mut line));
        }
    }
    Ok(lines)
}

/// Whether the lines are in order, and with `-u` without two alike.
fn check(lines: &[Vec<u8>], order: &Order, unique: bool) -> i32 {
    let wrong = lines.windows(2).position(|pair| {
        let compared = if unique {
            order.by_keys(&pair[0], &pair[1])
        } else {
            order.compare(&pair[0], &pair[1])
        };
        compared.is_gt() || unique && compared.is_eq()
    });
    match wrong {
        Some(before) => {
            let _ = writeln!(io::stderr(), "Check line {}", before + 1);
            1
        }
        None => 0,
    }
}

fn write(out: &mut dyn Write, lines: &[Vec<u8>], end: u8) -> io::Result<()> {
    for line in lines {
        out.write_all(line)?;
        out.write_all(&[end])?;
    }
    out.flush()
}
