//! `base64` (RFC 4648).

use std::ffi::OsStr;
use std::io::{self, BufRead, Read, Write};

use super::super::text::stream;
use super::super::{Call, getopt, number};

/// Help.
pub const USAGE: &str = "[-d] [-w COL] [FILE]\n\nBase64 encode or decode FILE to standard output\n\n\t-d\tDecode data\n\t-w COL\tWrap lines at COL (default 76, 0 disables)";

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "dw:", &[("decode", 'd'), ("wrap", 'w')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let width = match options.value('w').map_or(Ok(76), |text| number::plain(text)) {
        Ok(width) => usize::try_from(width).unwrap_or(0),
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    if options.operands.len() > 1 {
        return call.usage();
    }
    let name = options.operands.first().map_or(OsStr::new("-"), |name| name);
    let mut input = match stream::open(name) {
        Ok(input) => input,
        Err(error) => {
            call.complain_of(name.display(), &error);
            return 1;
        }
    };
    let mut out = stream::output();
    let done = if options.has('d') {
        decode(&mut *input, &mut *out)
    } else {
        encode(&mut *input, &mut *out, width).map(|()| true)
    };
    match done {
        Ok(true) => stream::finish(call, &mut *out, 0),
        Ok(false) => {
            let _ = out.flush();
            call.complain("truncated input");
            1
        }
        Err(error) => {
            call.complain_of(name.display(), &error);
            1
        }
    }
}

fn encode(input: &mut dyn BufRead, out: &mut dyn Write, width: usize) -> io::Result<()> {
    let mut column = 0;
    let mut group = Vec::with_capacity(3);
    let mut bytes = input.bytes();
    let mut any = false;
    loop {
        group.clear();
        for byte in bytes.by_ref().take(3) {
            group.push(byte?);
        }
        if group.is_empty() {
            break;
        }
        any = true;
        for symbol in encoded(&group) {
            if width > 0 && column == width {
                out.write_all(b"\n")?;
                column = 0;
            }
            out.write_all(&[symbol])?;
            column += 1;
        }
    }
    if any && width > 0 { out.write_all(b"\n") } else { Ok(()) }
}

/// Four symbols for one to three bytes.
fn encoded(group: &[u8]) -> [u8; 4] {
    let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    let symbol = |shift: u32| ALPHABET[(bits >> shift & 0x3f) as usize];
    [
        symbol(18),
        symbol(12),
        if group.len() > 1 { symbol(6) } else { b'=' },
        if group.len() > 2 { symbol(0) } else { b'=' },
    ]
}

/// Decodes groups of four, passing over what is no symbol; false where the last group is not full.
fn decode(input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<bool> {
    let mut group: Vec<Option<u32>> = Vec::with_capacity(4);
    for byte in input.bytes() {
        let byte = byte?;
        let place = ALPHABET.iter().position(|symbol| *symbol == byte);
        match place {
            Some(place) => group.push(u32::try_from(place).ok()),
            None if byte == b'=' => group.push(None),
            None => continue,
        }
        if let [Some(one), Some(two), three, four] = group[..] {
            let bits = one << 18 | two << 12 | three.unwrap_or(0) << 6 | four.unwrap_or(0);
            let [_, bytes @ ..] = bits.to_be_bytes();
            let count = 1 + usize::from(three.is_some()) + usize::from(three.is_some() && four.is_some());
            out.write_all(&bytes[..count])?;
            group.clear();
        } else if group.len() == 4 {
            return Ok(false);
        }
    }
    Ok(group.is_empty())
}
