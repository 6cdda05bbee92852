//! `cut`.

use std::io::{self, BufRead, Write};

use super::super::{Call, getopt};
use super::stream;

/// Help.
pub const USAGE: &str = "[OPTIONS] [FILE]...\n\nPrint selected fields from FILEs to stdout\n\n\t-b LIST\tOutput only bytes from LIST\n\t-c LIST\tOutput only characters from LIST\n\t-d SEP\tField delimiter for input (default -f TAB)\n\t-O SEP\tField delimiter for output (default = -d)\n\t-f LIST\tPrint only these fields (-d is single char)\n\t-s\tOutput only lines containing delimiter\n\t-n\tIgnored";

/// Positions from one to another, the first of a line being 0; no end means all that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    first: usize,
    last: usize,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "b:c:f:d:O:sn", &[("output-delimiter", 'O')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let lists: Vec<_> = options
        .in_order()
        .filter(|(letter, _)| matches!(letter, 'b' | 'c' | 'f'))
        .collect();
    let reproach = |text: &str| {
        call.complain(text);
        1
    };
    let (letter, list) = match lists.as_slice() {
        [] => return reproach("expected a list of bytes, characters, or fields"),
        [one] => *one,
        _ => return call.usage(),
    };
    let by_fields = letter == 'f';
    if !by_fields && options.has('s') {
        return reproach("suppressing non-delimited lines makes sense only when operating on fields");
    }
    if !by_fields && options.has('d') {
        return reproach("a delimiter may be specified only when operating on fields");
    }
    let spans = match read_list(&list.to_string_lossy()) {
        Ok(spans) => spans,
        Err(text) => return reproach(&text),
    };
    let delimiter = match options.value('d') {
        Some(text) => text.as_encoded_bytes().first().copied().unwrap_or(0),
        None => b'\t',
    };
    let between = match options.value('O') {
        Some(text) => text.as_encoded_bytes().to_vec(),
        None => vec![delimiter],
    };
    let cutter = Cutter {
        spans,
        by_fields,
        delimiter,
        between,
        only_delimited: options.has('s'),
    };
    let mut out = stream::output();
    let status = stream::each(call, &options.operands, |_, input| cutter.all(input, &mut *out));
    stream::finish(call, &mut *out, status)
}

/// Reads `1,3-5,7-`, in the order of positions and without overlaps.
fn read_list(text: &str) -> Result<Vec<Span>, String> {
    if text.is_empty() {
        return Err("missing list of positions".to_owned());
    }
    let mut spans = Vec::new();
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (read_number(first)?, read_number(last)?),
            None => (read_number(part)?, Some(read_number(part)?.unwrap_or(1))),
        };
        // Positions count from 1; busybox takes 0 for 1.
        let first = first.unwrap_or(1).max(1) - 1;
        let last = last.map_or(usize::MAX, |last| last.max(1) - 1);
        if last < first {
            return Err(format!("{}<{first}", last + 1));
        }
        spans.push(Span { first, last });
    }
    spans.sort_by_key(|span| (span.first, span.last));
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(before) if span.first <= before.last => before.last = before.last.max(span.last),
            _ => merged.push(span),
        }
    }
    Ok(merged)
}

fn read_number(text: &str) -> Result<Option<usize>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match number.and_then(|digits| digits.parse::<i32>().ok()) {
        Some(number) => Ok(usize::try_from(number).ok()),
        None => Err(format!("invalid number '{text}'")),
    }
}

struct Cutter {
    spans: Vec<Span>,
    by_fields: bool,
    delimiter: u8,
    between: Vec<u8>,
    only_delimited: bool,
}

impl Cutter {
    fn all(&self, input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
        let mut line = Vec::new();
        while stream::has_line(input, b'\n', &mut line).is_some() {
            if !self.by_fields {
                for span in &self.spans {
                    out.write_all(part(&line, *span))?;
                }
            } else if !line.contains(&self.delimiter) {
                // An empty line is printed all the same.
                if self.only_delimited && !line.is_empty() {
                    continue;
                }
                out.write_all(&line)?;
            } else {
                self.fields(&line, out)?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn fields(&self, line: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let mut spans = self.spans.iter().peekable();
        let mut printed = false;
        for (at, field) in line.split(|byte| *byte == self.delimiter).enumerate() {
            while spans.next_if(|span| span.last < at).is_some() {}
            let Some(span) = spans.peek() else { break };
            if span.first <= at {
                if printed {
                    out.write_all(&self.between)?;
                }
                out.write_all(field)?;
                printed = true;
            }
        }
        Ok(())
    }
}

fn part(line: &[u8], span: Span) -> &[u8] {
    let end = span.last.saturating_add(1).min(line.len());
    line.get(span.first..end).unwrap_or_default()
}
