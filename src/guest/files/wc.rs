//! `wc`.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::super::{Call, getopt};

/// Help.
pub const USAGE: &str = "[-cmlwL] [FILE]...\n\nCount lines, words, and bytes for FILEs (or stdin)\n\n\t-c\tCount bytes\n\t-m\tCount characters\n\t-l\tCount newlines\n\t-w\tCount words\n\t-L\tPrint longest line length";

/// Counters in the order they are printed.
const ORDER: [char; 5] = ['l', 'w', 'm', 'c', 'L'];

/// Lines, words, characters, bytes, longest line.
type Counts = [u64; 5];

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "cmlwL", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let asked = ORDER.map(|letter| options.has(letter));
    let asked = if asked.contains(&true) {
        asked
    } else {
        [true, true, false, true, false]
    };
    let files = if options.operands.is_empty() {
        vec![OsString::from("-")]
    } else {
        options.operands
    };
    let mut total: Counts = [0; 5];
    let mut status = 0;
    for file in &files {
        match count(file) {
            Ok(counts) => {
                let name = (file != "-").then(|| file.to_string_lossy());
                println!("{}", line(&counts, asked, name.as_deref(), files.len() > 1));
                for (sum, count) in total.iter_mut().zip(counts).take(4) {
                    *sum += count;
                }
                total[4] = total[4].max(counts[4]);
            }
            Err(error) => {
                call.complain_of(file.display(), &error);
                status = 1;
            }
        }
    }
    if files.len() > 1 {
        println!("{}", line(&total, asked, Some("total"), true));
    }
    status
}

fn line(counts: &Counts, asked: [bool; 5], name: Option<&str>, one_of_many: bool) -> String {
    let shown: Vec<u64> = counts
        .iter()
        .zip(asked)
        .filter(|(_, asked)| *asked)
        .map(|(count, _)| *count)
        .collect();
    // One number of one file stands alone.
    let width = if shown.len() == 1 && !one_of_many { 0 } else { 9 };
    let numbers: Vec<String> = shown.iter().map(|count| format!("{count:>width$}")).collect();
    let mut text = numbers.join(" ");
    if let Some(name) = name {
        text.push(' ');
        text.push_str(name);
    }
    text
}

fn count(file: &OsStr) -> io::Result<Counts> {
    let mut source: Box<dyn Read> = if file == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(Path::new(file))?)
    };
    let mut counter = Counter::default();
    let mut buffer = [0; 16 * 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(counter.finish()),
            Ok(read) => counter.feed(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[derive(Debug, Default)]
struct Counter {
    counts: Counts,
    in_word: bool,
    column: u64,
}

impl Counter {
    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.counts[3] += 1;
            // Bytes that continue a UTF-8 character are no characters of their own.
            let begins = byte & 0xc0 != 0x80;
            self.counts[2] += u64::from(begins);
            let space = matches!(byte, b' ' | b'\t'..=b'\r');
            self.counts[1] += u64::from(!space && !self.in_word);
            self.in_word = !space;
            match byte {
                b'\n' => {
                    self.counts[0] += 1;
                    self.counts[4] = self.counts[4].max(std::mem::take(&mut self.column));
                }
                b'\t' => self.column = (self.column | 7) + 1,
                _ => self.column += u64::from(begins && byte >= b' '),
            }
        }
    }

    fn finish(mut self) -> Counts {
        self.counts[4] = self.counts[4].max(self.column);
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_words_characters_and_bytes() {
        let mut counter = Counter::default();
        counter.feed("one\ntwö\n\nthree four".as_bytes());
        assert_eq!(counter.finish(), [3, 4, 19, 20, 10]);
    }

    #[test]
    fn columns_are_busybox_s() {
        let (all, bytes) = ([true, true, false, true, false], [false, false, false, true, false]);
        assert_eq!(
            line(&[4, 4, 20, 20, 10], all, Some("f"), false),
            "        4         4        20 f"
        );
        assert_eq!(line(&[4, 4, 20, 20, 10], bytes, Some("f"), false), "20 f");
        assert_eq!(line(&[4, 4, 20, 20, 10], bytes, Some("f"), true), "       20 f");
        assert_eq!(line(&[4, 4, 20, 20, 10], bytes, None, false), "20");
    }
}
