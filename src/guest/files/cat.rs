//! `cat`: files to standard output.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use super::super::{Call, errno, getopt};

/// Help.
pub const USAGE: &str = "[-nbvteA] [FILE]...\n\nPrint FILEs to stdout\n\n\t-n\tNumber output lines\n\t-b\tNumber nonempty lines\n\t-v\tShow nonprinting characters as ^x or M-x\n\t-t\t...and tabs as ^I\n\t-e\t...and end lines with $\n\t-A\tSame as -vte";

/// How bytes are shown.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent command-line option"
)]
struct Style {
    number_all: bool,
    number_filled: bool,
    visible: bool,
    tabs: bool,
    ends: bool,
}

impl Style {
    const fn is_plain(self) -> bool {
        !(self.number_all || self.number_filled || self.visible || self.tabs || self.ends)
    }
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "nbvteA", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let all = options.has('A');
    let style = Style {
        number_all: options.has('n'),
        number_filled: options.has('b'),
        visible: all || options.has('v') || options.has('t') || options.has('e'),
        tabs: all || options.has('t'),
        ends: all || options.has('e'),
    };
    let mut files = options.operands;
    if files.is_empty() {
        files.push(OsString::from("-"));
    }
    let mut printer = Printer {
        style,
        line: 0,
        at_start: true,
        out: BufWriter::new(io::stdout().lock()),
    };
    let mut status = 0;
    for file in &files {
        if let Err(error) = print(&mut printer, file) {
            let _ = printer.out.flush();
            match error {
                Failure::Open(error) => call.complain(format_args!(
                    "can't open '{}': {}",
                    file.display(),
                    errno::words(&error)
                )),
                Failure::Copy(error) => call.complain_of("read error", &error),
            }
            status = 1;
        }
    }
    if let Err(error) = printer.out.flush() {
        call.complain_of("write error", &error);
        status = 1;
    }
    status
}

enum Failure {
    Open(io::Error),
    Copy(io::Error),
}

fn print(printer: &mut Printer<impl Write>, file: &OsStr) -> Result<(), Failure> {
    let mut source: Box<dyn Read> = if file == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(Path::new(file)).map_err(Failure::Open)?)
    };
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::Copy(error)),
        };
        let written = if printer.style.is_plain() {
            // A pipe's reader must see a line as soon as it was read, so what one read gave is passed on at once.
            printer
                .out
                .write_all(&buffer[..read])
                .and_then(|()| printer.out.flush())
        } else {
            printer.decorate(&buffer[..read])
        };
        written.map_err(Failure::Copy)?;
    }
}

struct Printer<W: Write> {
    style: Style,
    line: u64,
    at_start: bool,
    out: W,
}

impl<W: Write> Printer<W> {
    fn decorate(&mut self, bytes: &[u8]) -> io::Result<()> {
        for &byte in bytes {
            if self.at_start && (self.style.number_all || self.style.number_filled && byte != b'\n') {
                self.line += 1;
                write!(self.out, "{:>6}\t", self.line)?;
            }
            self.at_start = byte == b'\n';
            match byte {
                b'\n' if self.style.ends => self.out.write_all(b"$\n")?,
                b'\t' if self.style.tabs => self.out.write_all(b"^I")?,
                b'\n' | b'\t' => self.out.write_all(&[byte])?,
                _ if self.style.visible => self.show(byte)?,
                _ => self.out.write_all(&[byte])?,
            }
        }
        self.out.flush()
    }

    fn show(&mut self, byte: u8) -> io::Result<()> {
        if byte >= 128 {
            self.out.write_all(b"M-")?;
        }
        match byte & 0x7f {
            127 => self.out.write_all(b"^?"),
            low @ 0..32 => self.out.write_all(&[b'^', low + b'@']),
            plain => self.out.write_all(&[plain]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decorated(style: Style, text: &[u8]) -> String {
        let mut printer = Printer {
            style,
            line: 0,
            at_start: true,
            out: Vec::new(),
        };
        printer.decorate(text).unwrap();
        String::from_utf8(printer.out).unwrap()
    }

    #[test]
    fn numbers_and_marks() {
        let numbered = Style {
            number_all: true,
            ..Style::default()
        };
        assert_eq!(decorated(numbered, b"a\n\nb"), "     1\ta\n     2\t\n     3\tb");
        let filled = Style {
            number_filled: true,
            ..Style::default()
        };
        assert_eq!(decorated(filled, b"a\n\nb\n"), "     1\ta\n\n     2\tb\n");
        let shown = Style {
            visible: true,
            tabs: true,
            ends: true,
            ..Style::default()
        };
        assert_eq!(decorated(shown, b"\ta\x01\xe9\x7f\n"), "^Ia^AM-i^?$\n");
    }
}
