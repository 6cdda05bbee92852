//! Files read as one.

use std::ffi::OsString;
use std::io::{self, BufRead, Read};

use super::super::super::Call;
use super::super::super::text::stream;

/// The files of a command line, one after the other; what cannot be opened is said and passed over.
pub(super) struct Chain<'a> {
    call: &'a Call<'a>,
    names: std::vec::IntoIter<OsString>,
    current: Option<Box<dyn BufRead>>,
    /// 1 where a file could not be read.
    pub status: i32,
}

impl<'a> Chain<'a> {
    /// The files; standard input where there are none.
    pub(super) fn new(call: &'a Call<'a>, names: &[OsString]) -> Self {
        let names = if names.is_empty() {
            vec![OsString::from("-")]
        } else {
            names.to_vec()
        };
        Self {
            call,
            names: names.into_iter(),
            current: None,
            status: 0,
        }
    }

    /// Fills a block as far as there are bytes.
    pub(super) fn block(&mut self, block: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < block.len() {
            match self.read(&mut block[filled..]) {
                Ok(0) | Err(_) => break,
                Ok(read) => filled += read,
            }
        }
        filled
    }

    /// Passes over bytes; how many there were.
    pub(super) fn skip(&mut self, count: u64) -> u64 {
        io::copy(&mut self.take(count), &mut io::sink()).unwrap_or(0)
    }
}

impl Read for Chain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(current) = &mut self.current {
                match current.read(buffer) {
                    Ok(0) => self.current = None,
                    Ok(read) => return Ok(read),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => {
                        self.call.complain_of("read error", &error);
                        self.status = 1;
                        self.current = None;
                    }
                }
            }
            let Some(name) = self.names.next() else {
                return Ok(0);
            };
            match stream::open(&name) {
                Ok(file) => self.current = Some(file),
                Err(error) => {
                    self.call.complain_of(name.display(), &error);
                    self.status = 1;
                }
            }
        }
    }
}

/// A byte as `od -c` and `hexdump -c` show it, three characters wide.
pub(super) fn character(byte: u8) -> String {
    match byte {
        0 => " \\0".to_owned(),
        7 => " \\a".to_owned(),
        8 => " \\b".to_owned(),
        b'\t' => " \\t".to_owned(),
        b'\n' => " \\n".to_owned(),
        11 => " \\v".to_owned(),
        12 => " \\f".to_owned(),
        b'\r' => " \\r".to_owned(),
        b' '..=b'~' => format!("  {}", char::from(byte)),
        _ => format!("{byte:03o}"),
    }
}

/// What letters after a number multiply it with.
pub(super) const UNITS: &[(&str, u64)] = &[("b", 512), ("k", 1024), ("m", 1 << 20)];
