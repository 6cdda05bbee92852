//! `printf`.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

use super::super::format::Directive;
use super::super::text::escape;
use super::super::{Call, number};

/// Help.
pub const USAGE: &str = "FORMAT [ARG]...\n\nFormat and print ARG(s) according to FORMAT (a-la C printf)";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = match call.args.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => call.args.as_slice(),
    };
    let Some((format, args)) = args.split_first() else {
        return call.usage();
    };
    let mut printer = Printer {
        call,
        args: args.iter(),
        out: Vec::new(),
        status: 0,
    };
    loop {
        let left = printer.args.len();
        let goes_on = printer.once(format.as_bytes());
        // The format is used again as long as it takes arguments.
        if !goes_on || printer.args.len() == 0 || printer.args.len() == left {
            break;
        }
    }
    printer.show();
    printer.status
}

struct Printer<'a> {
    call: &'a Call<'a>,
    args: std::slice::Iter<'a, OsString>,
    out: Vec<u8>,
    status: i32,
}

impl Printer<'_> {
    /// Prints what is ready, so that reproaches come after it.
    fn show(&mut self) {
        if let Err(error) = io::stdout().write_all(&self.out).and_then(|()| io::stdout().flush()) {
            self.call.complain_of("write error", &error);
            self.status = 1;
        }
        self.out.clear();
    }

    fn refuse(&mut self, reproach: &str) {
        self.show();
        self.call.complain(reproach);
        self.status = 1;
    }

    /// Goes through the format once; false where all output ends.
    fn once(&mut self, mut text: &[u8]) -> bool {
        while let Some((&first, rest)) = text.split_first() {
            text = rest;
            match (first, rest) {
                (b'\\', [b'c', ..]) => return false,
                (b'\\', rest) => match escape::read(rest) {
                    Some((byte, rest)) => {
                        self.out.push(byte);
                        text = rest;
                    }
                    None => self.out.push(b'\\'),
                },
                (b'%', [b'%', rest @ ..]) => {
                    self.out.push(b'%');
                    text = rest;
                }
                (b'%', rest) => match self.directive(rest) {
                    Some(rest) => text = rest,
                    None => return false,
                },
                (byte, _) => self.out.push(byte),
            }
        }
        true
    }

    fn directive<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let mut stars = Vec::new();
        let args = &mut self.args;
        let (directive, rest) = Directive::read(text, &mut || {
            let word = args.next();
            let value = word.and_then(|word| integer(word.as_bytes()));
            if value.is_none() {
                stars.push(word.cloned().unwrap_or_default());
            }
            value.unwrap_or(0)
        });
        for word in stars {
            self.refuse(&format!("invalid number '{}'", word.display()));
        }
        let shown = match directive.conversion {
            b's' => directive.text(&self.next()),
            b'c' => {
                let word = self.next();
                directive.text(word.get(..1).unwrap_or(b"\0"))
            }
            b'b' => {
                let word = self.next();
                let (text, ends) = backslashed(&word);
                self.out.extend(directive.text(&text));
                return (!ends).then_some(rest);
            }
            b'd' | b'i' => {
                let value = self.read(integer);
                directive.signed(value.unwrap_or(0))
            }
            b'o' | b'u' | b'x' | b'X' => {
                let value = self.read(natural);
                directive.unsigned(value.unwrap_or(0))
            }
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
                let value = self.read(real);
                directive.float(value.unwrap_or(0.0))
            }
            _ => {
                let bad = String::from_utf8_lossy(text).into_owned();
                self.refuse(&format!("%{bad}: invalid format"));
                return None;
            }
        };
        self.out.extend(shown);
        Some(rest)
    }

    fn next(&mut self) -> Vec<u8> {
        self.args
            .next()
            .map(|word| word.as_bytes().to_vec())
            .unwrap_or_default()
    }

    fn read<T>(&mut self, read: fn(&[u8]) -> Option<T>) -> Option<T> {
        let word = self.next();
        let value = match word.as_slice() {
            // A quote before a character means its number.
            [b'\'' | b'"', first, ..] => read(first.to_string().as_bytes()),
            word => read(word),
        };
        if value.is_none() {
            self.refuse(&format!("invalid number '{}'", String::from_utf8_lossy(&word)));
        }
        value
    }
}

/// An integer as `strtoll(3)` reads it with base 0, all of the text.
fn integer(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii_start();
    let (negative, digits) = signed(text);
    let value = i128::from(magnitude(digits)?);
    i64::try_from(if negative { -value } else { value }).ok()
}

/// The same for `strtoull(3)`, which takes a sign and wraps.
fn natural(text: &[u8]) -> Option<u64> {
    let (negative, digits) = signed(text.trim_ascii_start());
    let value = magnitude(digits)?;
    Some(if negative { value.wrapping_neg() } else { value })
}

fn real(text: &[u8]) -> Option<f64> {
    number::float(text)
        .filter(|(_, used)| *used == text.len())
        .map(|(value, _)| value)
}

fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn magnitude(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits)
        .ok()
        .filter(|text| !text.starts_with(['+', '-']))?;
    let (digits, radix) = if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        (hex, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (&text[1..], 8)
    } else {
        (text, 10)
    };
    u64::from_str_radix(digits, radix)
        .ok()
        .filter(|_| !digits.starts_with(['+', '-']))
}

/// `%b`: a text with its escapes read, and whether `\c` ended it.
fn backslashed(text: &[u8]) -> (Vec<u8>, bool) {
    let end = text.windows(2).position(|pair| pair == b"\\c");
    let escaped = |at: usize| text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    match end.filter(|at| !escaped(*at)) {
        Some(at) => (escape::all(&text[..at]), true),
        None => (escape::all(text), false),
    }
}
