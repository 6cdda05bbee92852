//! `echo`, as the shell's of the same name.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

use super::super::Call;

/// Help.
pub const USAGE: &str = "[-neE] [ARG]...\n\nPrint ARGs to stdout\n\n\t-n\tNo trailing newline\n\t-e\tInterpret backslash escapes\n\t-E\tDon't interpret backslash escapes (default)";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    match io::stdout().lock().write_all(&text(&call.args)) {
        Ok(()) => 0,
        Err(error) => {
            call.complain_of("write error", &error);
            1
        }
    }
}

/// What these arguments print. Leading arguments made only of `n`, `e` and `E` are options; any other is text.
pub(in crate::guest) fn text(args: &[OsString]) -> Vec<u8> {
    let mut newline = true;
    let mut escapes = false;
    let mut words = args;
    while let Some((first, rest)) = words.split_first() {
        let Some(letters) = first.as_bytes().strip_prefix(b"-") else {
            break;
        };
        if letters.is_empty() || !letters.iter().all(|letter| b"neE".contains(letter)) {
            break;
        }
        for letter in letters {
            match letter {
                b'n' => newline = false,
                letter => escapes = *letter == b'e',
            }
        }
        words = rest;
    }
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        if !escapes {
            out.extend_from_slice(word.as_bytes());
        } else if !unescape(word.as_bytes(), &mut out) {
            return out;
        }
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// Appends a word with its backslash escapes replaced; false where `\c` ended all output.
fn unescape(word: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = word;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let Some((&letter, after)) = tail.split_first().filter(|_| byte == b'\\') else {
            out.push(byte);
            continue;
        };
        rest = after;
        match letter {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'c' => return false,
            b'e' => out.push(27),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'\\' => out.push(b'\\'),
            b'x' if after.first().is_some_and(u8::is_ascii_hexdigit) => rest = number(after, 16, 2, out),
            // `\0101` and `\101` are both octal: the zero of the first is not one of its three digits.
            b'0' => rest = number(after, 8, 3, out),
            b'1'..=b'7' => rest = number(tail, 8, 3, out),
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    true
}

fn number<'a>(digits: &'a [u8], radix: u32, most: usize, out: &mut Vec<u8>) -> &'a [u8] {
    let mut value = 0_u32;
    let mut used = 0;
    while used < most
        && let Some(digit) = digits.get(used).and_then(|&byte| char::from(byte).to_digit(radix))
    {
        value = value * radix + digit;
        used += 1;
    }
    out.push((value & 0xff) as u8);
    &digits[used..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echoed(args: &[&str]) -> String {
        String::from_utf8(text(&args.iter().map(OsString::from).collect::<Vec<_>>())).unwrap()
    }

    #[test]
    fn prints_as_busybox_does() {
        assert_eq!(echoed(&["-e", r"a\tb\x41\0101\cxx", "y"]), "a\tbAA");
        assert_eq!(echoed(&["-n", "x"]), "x");
        assert_eq!(echoed(&["-E", r"\n"]), "\\n\n");
        assert_eq!(echoed(&["-ne", r"q\n"]), "q\n");
        assert_eq!(echoed(&["-q", "a"]), "-q a\n");
        assert_eq!(echoed(&["-"]), "-\n");
        assert_eq!(echoed(&["-e", r"\q\"]), "\\q\\\n");
        assert_eq!(echoed(&[]), "\n");
    }
}
