//! `xxd`.

use std::ffi::OsStr;
use std::io::{self, BufRead, Write};

use super::super::super::text::stream;
use super::super::super::{Call, getopt, number};
use super::input::{Chain, UNITS};

/// Help.
pub const USAGE: &str = "[-pri] [-g N] [-c N] [-l LEN] [-s OFS] [-o OFS] [FILE]\n\nHex dump FILE (or stdin)\n\n\t-g N\t\tBytes per group\n\t-c N\t\tBytes per line\n\t-p\t\tShow only hex bytes, assumes -c30\n\t-i\t\tC include file style\n\t-l LENGTH\tShow only first LENGTH bytes\n\t-s OFFSET\tSkip OFFSET bytes\n\t-o OFFSET\tAdd OFFSET to displayed offset\n\t-r\t\tReverse (with -p, assumes no offsets in input)";

/// Widest line.
const WIDEST: u64 = 64 * 1024;

struct Manner {
    width: usize,
    group: usize,
    plain: bool,
    most: u64,
    skip: u64,
    offset: u64,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "g:c:o:pirl:s:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let name = options.operands.first().map_or(OsStr::new("-"), |name| name);
    if options.has('r') {
        return reverse(call, name, options.has('p'));
    }
    let manner = match read_manner(&options) {
        Ok(manner) => manner,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let mut input = Chain::new(call, options.operands.get(..1).unwrap_or_default());
    input.skip(manner.skip);
    let mut out = stream::output();
    let printed = if options.has('i') {
        manner.include(name, &mut input, &mut *out)
    } else {
        manner.lines(&mut input, &mut *out)
    };
    let status = input.status.max(i32::from(printed.is_err()));
    stream::finish(call, &mut *out, status)
}

fn read_manner(options: &getopt::Options) -> Result<Manner, String> {
    let plain = options.has('p');
    let amount = |letter, default: u64| {
        options
            .value(letter)
            .map_or(Ok(default), |text| number::with_unit(text, UNITS))
    };
    let usual = if plain { 30 } else { 16 };
    let width = match amount('c', usual)? {
        0 => usual,
        width => width.min(WIDEST),
    };
    let group = match amount('g', 2)? {
        0 => width,
        group => group.min(width),
    };
    Ok(Manner {
        width: usize::try_from(width).unwrap_or(16),
        group: usize::try_from(group).unwrap_or(2),
        plain,
        most: amount('l', u64::MAX)?,
        skip: amount('s', 0)?,
        offset: amount('o', 0)?,
    })
}

impl Manner {
    fn lines(&self, input: &mut Chain, out: &mut dyn Write) -> io::Result<()> {
        let (mut at, mut left) = (self.skip.wrapping_add(self.offset), self.most);
        let mut block = vec![0; self.width];
        loop {
            let wanted = self.width.min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = input.block(&mut block[..wanted]);
            if read == 0 {
                return Ok(());
            }
            writeln!(out, "{}", self.line(at, &block[..read]))?;
            at = at.wrapping_add(read as u64);
            left -= read as u64;
        }
    }

    fn line(&self, at: u64, bytes: &[u8]) -> String {
        if self.plain {
            return digits(bytes);
        }
        let groups: Vec<String> = bytes.chunks(self.group).map(digits).collect();
        let room = 2 * self.width + self.width.div_ceil(self.group) + 1;
        let text: String = bytes.iter().copied().map(super::shown).collect();
        let numbers = groups.join(" ");
        // The numbers' column may be wider than a format's width can say.
        let gap = " ".repeat(room.saturating_sub(numbers.len()));
        format!("{at:08x}: {numbers}{gap}{text}")
    }

    /// `-i`: an array in C.
    fn include(&self, name: &OsStr, input: &mut Chain, out: &mut dyn Write) -> io::Result<()> {
        let named = (name != "-").then(|| {
            let name = name.to_string_lossy();
            let word = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
            name.chars().map(word).collect::<String>()
        });
        if let Some(named) = &named {
            writeln!(out, "unsigned char {named}[] = {{")?;
        }
        let mut total = 0_u64;
        let mut block = [0; 12];
        loop {
            let left = usize::try_from(self.most - total).unwrap_or(usize::MAX);
            let read = input.block(&mut block[..left.min(12)]);
            if read == 0 {
                break;
            }
            let bytes: Vec<String> = block[..read].iter().map(|byte| format!("0x{byte:02x},")).collect();
            writeln!(out, "  {}", bytes.join(" "))?;
            total += read as u64;
        }
        match named {
            Some(named) => writeln!(out, "}};\nunsigned int {named}_len = {total};"),
            None => Ok(()),
        }
    }
}

fn digits(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.concat()
}

/// `-r`: bytes from a dump.
fn reverse(call: &Call, name: &OsStr, plain: bool) -> i32 {
    let mut input = match stream::open(name) {
        Ok(input) => input,
        Err(error) => {
            stream::cannot_open(call, name, &error);
            return 1;
        }
    };
    let mut out = stream::output();
    let written = undo(&mut *input, &mut *out, plain);
    stream::finish(call, &mut *out, i32::from(written.is_err()))
}

fn undo(input: &mut dyn BufRead, out: &mut dyn Write, plain: bool) -> io::Result<()> {
    let mut line = Vec::new();
    while stream::has_line(input, b'\n', &mut line).is_some() {
        let text = if plain {
            &line[..]
        } else {
            // After the address come numbers, and after two blanks the text, which is not read.
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let numbers = line[colon + 1..].trim_ascii_start();
            let end = numbers
                .windows(2)
                .position(|pair| pair == b"  ")
                .unwrap_or(numbers.len());
            &numbers[..end]
        };
        let mut digits = text
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map_while(|byte| char::from(*byte).to_digit(16));
        while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
            out.write_all(&[u8::try_from(high << 4 | low).unwrap_or(0)])?;
        }
    }
    Ok(())
}
