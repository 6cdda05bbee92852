//! `tr`.

use std::io::{self, Read, Write};

use super::super::{Call, getopt};
use super::{escape, stream};

/// Help.
pub const USAGE: &str = "[-cds] STRING1 [STRING2]\n\nTranslate, squeeze, or delete characters from stdin, writing to stdout\n\n\t-c\tTake complement of STRING1\n\t-d\tDelete input characters coded STRING1\n\t-s\tSqueeze multiple output characters of STRING2 into one character";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+Ccds", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(first) = options.operands.first() else {
        return call.usage();
    };
    let mut from = expand(first.as_encoded_bytes());
    if options.has('c') || options.has('C') {
        from = (0..=u8::MAX).filter(|byte| !from.contains(byte)).collect();
    }
    let to = options.operands.get(1).map(|text| expand(text.as_encoded_bytes()));
    let mut filter = Filter::default();
    let deletes = options.has('d');
    if deletes {
        mark(&mut filter.deleted, &from);
    } else if let Some(to) = &to {
        let Some(last) = to.last() else {
            call.complain("STRING2 cannot be empty");
            return 1;
        };
        for (at, byte) in from.iter().enumerate() {
            filter.map[usize::from(*byte)] = *to.get(at).unwrap_or(last);
        }
    }
    if options.has('s') {
        mark(&mut filter.squeezed, to.as_ref().unwrap_or(&from));
    }
    match run(&mut filter) {
        Ok(()) => 0,
        Err(error) => {
            call.complain_of("read error", &error);
            1
        }
    }
}

fn mark(table: &mut [bool; 256], bytes: &[u8]) {
    for byte in bytes {
        table[usize::from(*byte)] = true;
    }
}

/// The characters a string stands for: ranges, `[:class:]`, `[=c=]` and backslash escapes (POSIX.1-2017, tr).
fn expand(mut text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while !text.is_empty() {
        if let Some((members, rest)) = class(text) {
            out.extend(members);
            text = rest;
            continue;
        }
        let (first, rest) = one(text);
        text = rest;
        if let Some(after) = text.strip_prefix(b"-")
            && !after.is_empty()
        {
            let (last, rest) = one(after);
            out.extend(first..=last);
            text = rest;
        } else {
            out.push(first);
        }
    }
    out
}

/// The next character, an escape read.
fn one(text: &[u8]) -> (u8, &[u8]) {
    match text {
        [b'\\', rest @ ..] => escape::read(rest).unwrap_or((b'\\', rest)),
        [first, rest @ ..] => (*first, rest),
        [] => (0, text),
    }
}

fn class(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if let [b'[', b'=', member, b'=', b']', rest @ ..] = text {
        return Some((vec![*member], rest));
    }
    let name = text.strip_prefix(b"[:")?;
    let length = name.windows(2).position(|pair| pair == b":]")?;
    let belongs: fn(&u8) -> bool = match &name[..length] {
        b"alpha" => u8::is_ascii_alphabetic,
        b"alnum" => u8::is_ascii_alphanumeric,
        b"digit" => u8::is_ascii_digit,
        b"lower" => u8::is_ascii_lowercase,
        b"upper" => u8::is_ascii_uppercase,
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"punct" => u8::is_ascii_punctuation,
        b"cntrl" => u8::is_ascii_control,
        b"xdigit" => u8::is_ascii_hexdigit,
        b"graph" => u8::is_ascii_graphic,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        _ => return None,
    };
    Some(((0..=u8::MAX).filter(belongs).collect(), &name[length + 2..]))
}

/// What becomes of each byte.
struct Filter {
    map: [u8; 256],
    deleted: [bool; 256],
    squeezed: [bool; 256],
    last: Option<u8>,
}

impl Default for Filter {
    fn default() -> Self {
        let mut map = [0; 256];
        for (place, byte) in map.iter_mut().zip(0..=u8::MAX) {
            *place = byte;
        }
        Self {
            map,
            deleted: [false; 256],
            squeezed: [false; 256],
            last: None,
        }
    }
}

impl Filter {
    fn pass(&mut self, byte: u8) -> Option<u8> {
        if self.deleted[usize::from(byte)] {
            return None;
        }
        let byte = self.map[usize::from(byte)];
        if self.squeezed[usize::from(byte)] && self.last == Some(byte) {
            return None;
        }
        self.last = Some(byte);
        Some(byte)
    }
}

fn run(filter: &mut Filter) -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut out = stream::output();
    let mut buffer = [0; 16 * 1024];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return out.flush(),
            Ok(read) => {
                let passed: Vec<u8> = buffer[..read].iter().filter_map(|byte| filter.pass(*byte)).collect();
                out.write_all(&passed)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
