//! `hexdump` and `hd`.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::super::text::stream;
use super::super::super::{Call, getopt, number};
use super::input::{Chain, UNITS, character};

/// Help of `hexdump`.
pub const USAGE: &str = "[-bcdoxCv] [-n LEN] [-s OFS] [FILE]...\n\nDisplay FILEs (or stdin) in a user specified format\n\n\t-b\t\t1-byte octal display\n\t-c\t\t1-byte character display\n\t-d\t\t2-byte decimal display\n\t-o\t\t2-byte octal display\n\t-x\t\t2-byte hex display\n\t-C\t\thex+ASCII 16 bytes per line\n\t-v\t\tShow all (no dup folding)\n\t-n LENGTH\tShow only first LENGTH bytes\n\t-s OFFSET\tSkip OFFSET bytes";
/// Help of `hd`.
pub const HD_USAGE: &str = "FILE...\n\nhd is an alias for hexdump -C";

/// Bytes of a line.
const WIDTH: usize = 16;

/// Entry of both.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "bcdoxCvn:s:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let amount = |letter, default: u64| {
        options
            .value(letter)
            .map_or(Ok(default), |text| number::with_unit(text, UNITS))
    };
    let numbers = amount('s', 0).and_then(|skip| Ok((skip, amount('n', u64::MAX)?)));
    let (skip, most) = match numbers {
        Ok(numbers) => numbers,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let asked = options.in_order().map(|(letter, _)| letter);
    let mut forms: Vec<char> = asked.filter(|letter| "bcdoxC".contains(*letter)).collect();
    if forms.is_empty() {
        forms.push(if call.name() == "hd" { 'C' } else { ' ' });
    }
    let mut input = Chain::new(call, &options.operands);
    input.skip(skip);
    let mut out = stream::output();
    let dump = Dump {
        forms,
        all: options.has('v'),
    };
    let printed = dump.run(&mut input, skip, most, &mut *out);
    let status = input.status.max(i32::from(printed.is_err()));
    stream::finish(call, &mut *out, status)
}

struct Dump {
    forms: Vec<char>,
    all: bool,
}

impl Dump {
    fn run(&self, input: &mut Chain, skip: u64, most: u64, out: &mut dyn Write) -> io::Result<()> {
        let (mut at, mut left) = (skip, most);
        let mut block = [0; WIDTH];
        let mut before = None;
        let mut folded = false;
        loop {
            let wanted = WIDTH.min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = input.block(&mut block[..wanted]);
            if read == 0 {
                break;
            }
            if read == WIDTH && !self.all && before == Some(block) {
                if !folded {
                    out.write_all(b"*\n")?;
                }
                folded = true;
            } else {
                folded = false;
                for form in &self.forms {
                    writeln!(out, "{}", line(*form, at, &block[..read]))?;
                }
                before = Some(block);
            }
            at += read as u64;
            left -= read as u64;
        }
        if at == skip {
            return Ok(());
        }
        if self.forms.first() == Some(&'C') {
            writeln!(out, "{at:08x}")
        } else {
            writeln!(out, "{at:07x}")
        }
    }
}

fn line(form: char, at: u64, bytes: &[u8]) -> String {
    if form == 'C' {
        return canonical(at, bytes);
    }
    // Width of a unit with the blanks before it, and its bytes.
    let (width, size) = match form {
        'b' | 'c' => (4, 1),
        ' ' => (5, 2),
        _ => (8, 2),
    };
    let mut line = format!("{at:07x}");
    for unit in bytes.chunks(size) {
        let value = u32::from(unit[0]) | unit.get(1).map_or(0, |high| u32::from(*high) << 8);
        let shown = match form {
            'b' => format!("{value:03o}"),
            'c' => character(unit[0]),
            'd' => format!("{value:05}"),
            'o' => format!("{value:06o}"),
            _ => format!("{value:04x}"),
        };
        let _ = write!(line, "{shown:>width$}");
    }
    let missing = WIDTH / size - bytes.len().div_ceil(size);
    line + &" ".repeat(missing * width)
}

fn canonical(at: u64, bytes: &[u8]) -> String {
    let mut line = format!("{at:08x}  ");
    for place in 0..WIDTH {
        if place == WIDTH / 2 {
            line.push(' ');
        }
        line += &bytes
            .get(place)
            .map_or_else(|| "   ".to_owned(), |byte| format!("{byte:02x} "));
    }
    let text: String = bytes.iter().copied().map(super::shown).collect();
    format!("{line} |{text}|")
}
