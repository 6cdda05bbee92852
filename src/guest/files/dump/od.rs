//! `od` (POSIX.1-2017, od).

use std::io::{self, Write};

use super::super::super::text::stream;
use super::super::super::{Call, getopt, number};
use super::input::{Chain, UNITS, character};

/// Help.
pub const USAGE: &str = "[-abcdhiloxsv] [-t TYPE] [-A RADIX] [-N SIZE] [-j SKIP] [-w WIDTH] [FILE]...\n\nPrint FILEs (or stdin) unambiguously, as octal bytes by default";

/// Widest line.
const WIDEST: u64 = 64 * 1024;

/// How the bytes of a unit are shown: the letter of `-t` and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    letter: u8,
    size: usize,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "A:N:abcdfhij:lot:vxsw::BDeFHILOX", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    match Dump::read(&options) {
        Ok(mut dump) => dump.run(call, &options),
        Err(reproach) => {
            call.complain(reproach);
            1
        }
    }
}

struct Dump {
    radix: u8,
    kinds: Vec<Kind>,
    width: usize,
    skip: u64,
    left: u64,
    all: bool,
}

impl Dump {
    fn read(options: &getopt::Options) -> Result<Self, String> {
        let radix = match options.value('A').map(|text| text.as_encoded_bytes()) {
            None => b'o',
            Some([radix @ (b'd' | b'o' | b'x' | b'n'), ..]) => *radix,
            Some(other) => {
                let letter = String::from_utf8_lossy(other.get(..1).unwrap_or_default());
                return Err(format!("bad output address radix '{letter}' (must be [doxn])"));
            }
        };
        let mut kinds = Vec::new();
        for (letter, value) in options.in_order() {
            let short = match letter {
                'a' => "a",
                'b' => "o1",
                'c' => "c",
                'd' => "u2",
                'h' | 'x' => "x2",
                'i' | 's' => "d2",
                'l' | 'I' | 'L' => "d4",
                'o' | 'B' => "o2",
                'D' => "u4",
                'H' | 'X' => "x4",
                'O' => "o4",
                'f' | 'e' | 'F' => return Err("floating point is not shown in this lab".to_owned()),
                't' => {
                    read_kinds(&value.to_string_lossy(), &mut kinds)?;
                    continue;
                }
                _ => continue,
            };
            read_kinds(short, &mut kinds)?;
        }
        if kinds.is_empty() {
            read_kinds("o2", &mut kinds)?;
        }
        let largest = kinds.iter().map(|kind| kind.size).max().unwrap_or(1);
        let width = match options.value('w') {
            None => 16,
            Some(text) if text.is_empty() => 32,
            Some(text) => usize::try_from(number::within(text, 1, WIDEST)?).unwrap_or(16),
        };
        let amount = |letter, default: u64| {
            options
                .value(letter)
                .map_or(Ok(default), |text| number::with_unit(text, UNITS))
        };
        Ok(Self {
            radix,
            kinds,
            // A width that does not hold whole units is none.
            width: if width % largest == 0 { width } else { largest },
            skip: amount('j', 0)?,
            left: amount('N', u64::MAX)?,
            all: options.has('v'),
        })
    }

    fn run(&mut self, call: &Call, options: &getopt::Options) -> i32 {
        let mut input = Chain::new(call, &options.operands);
        if input.skip(self.skip) < self.skip {
            if input.status == 0 {
                call.complain("can't skip past end of combined input");
            }
            return 1;
        }
        let mut out = stream::output();
        let printed = self.blocks(&mut input, &mut *out);
        let status = input.status.max(i32::from(printed.is_err()));
        stream::finish(call, &mut *out, status)
    }

    fn blocks(&mut self, input: &mut Chain, out: &mut dyn Write) -> io::Result<()> {
        let mut at = self.skip;
        let mut block = vec![0; self.width];
        let mut before: Option<Vec<u8>> = None;
        let mut folded = false;
        loop {
            let wanted = self.width.min(usize::try_from(self.left).unwrap_or(usize::MAX));
            let read = input.block(&mut block[..wanted]);
            if read == 0 {
                break;
            }
            if read == self.width && !self.all && before.as_ref() == Some(&block) {
                if !folded {
                    out.write_all(b"*\n")?;
                }
                folded = true;
            } else {
                folded = false;
                self.line(at, &block[..read], out)?;
                before = Some(block.clone());
            }
            at += read as u64;
            self.left -= read as u64;
        }
        if at == 0 && input.status != 0 || self.radix == b'n' {
            return Ok(());
        }
        writeln!(out, "{}", self.address(at))
    }

    fn address(&self, at: u64) -> String {
        match self.radix {
            b'o' => format!("{at:07o}"),
            b'd' => format!("{at:07}"),
            b'x' => format!("{at:06x}"),
            _ => String::new(),
        }
    }

    fn line(&self, at: u64, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let address = self.address(at);
        for (which, kind) in self.kinds.iter().enumerate() {
            let mut line = if which == 0 {
                address.clone()
            } else {
                " ".repeat(address.len())
            };
            for unit in bytes.chunks(kind.size) {
                line.push(' ');
                line += &kind.shown(unit);
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

fn read_kinds(text: &str, kinds: &mut Vec<Kind>) -> Result<(), String> {
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        let size = match letter {
            'a' | 'c' => 1,
            'd' | 'o' | 'u' | 'x' => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let named = rest.chars().next().and_then(|name| match name {
                    'C' => Some(1),
                    'S' => Some(2),
                    'I' => Some(4),
                    'L' => Some(8),
                    _ => None,
                });
                let size = if let Some(size) = named {
                    rest = &rest[1..];
                    size
                } else if digits == 0 {
                    4
                } else {
                    let size = rest[..digits].parse().unwrap_or(0);
                    rest = &rest[digits..];
                    size
                };
                if !matches!(size, 1 | 2 | 4 | 8) {
                    return Err(format!(
                        "invalid type string '{text}'; {size}-byte integral type is not supported"
                    ));
                }
                size
            }
            other => return Err(format!("invalid character '{other}' in type string '{text}'")),
        };
        kinds.push(Kind {
            letter: u8::try_from(letter).unwrap_or(b'o'),
            size,
        });
    }
    Ok(())
}

impl Kind {
    /// A unit; what is missing at the end counts as zero.
    fn shown(self, unit: &[u8]) -> String {
        let mut bytes = [0; 8];
        bytes[..unit.len()].copy_from_slice(unit);
        let value = u64::from_le_bytes(bytes);
        let shift = 64 - 8 * u32::try_from(self.size).unwrap_or(8);
        match self.letter {
            b'a' => format!("{:>3}", name(bytes[0])),
            b'c' => character(bytes[0]),
            b'x' => format!("{value:0width$x}", width = 2 * self.size),
            b'o' => {
                let width = [3, 6, 11, 22][self.size.ilog2() as usize];
                format!("{value:0width$o}")
            }
            b'u' => {
                let width = [3, 5, 10, 20][self.size.ilog2() as usize];
                format!("{value:width$}")
            }
            _ => {
                let width = [4, 6, 11, 20][self.size.ilog2() as usize];
                let signed = (value << shift).cast_signed() >> shift;
                format!("{signed:width$}")
            }
        }
    }
}

/// A character's name in ASCII (POSIX.1-2017, od, `-t a`).
fn name(byte: u8) -> String {
    const NAMES: [&str; 33] = [
        "nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs", "ht", "nl", "vt", "ff", "cr", "so", "si", "dle",
        "dc1", "dc2", "dc3", "dc4", "nak", "syn", "etb", "can", "em", "sub", "esc", "fs", "gs", "rs", "us", "sp",
    ];
    match byte & 0x7f {
        127 => "del".to_owned(),
        low => NAMES
            .get(usize::from(low))
            .map_or_else(|| char::from(low).to_string(), |name| (*name).to_owned()),
    }
}
