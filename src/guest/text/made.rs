//! `yes`, `seq` and `shuf`: text that is made up or mixed.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

use super::super::{Call, getopt, number};
use super::stream;

/// Help of `yes`.
pub const YES_USAGE: &str = "[STRING]\n\nRepeatedly print a line with STRING, or 'y'";
/// Help of `seq`.
pub const SEQ_USAGE: &str = "[-w] [-s SEP] [FIRST [INC]] LAST\n\nPrint numbers from FIRST to LAST, in steps of INC.\nFIRST, INC default to 1.\n\n\t-w\tPad to last with leading zeros\n\t-s SEP\tString separator";
/// Help of `shuf`.
pub const SHUF_USAGE: &str = "[-n NUM] [-o FILE] [-z] [FILE | -e [ARG...] | -i L-H]\n\nRandomly permute lines\n\n\t-n NUM\tOutput at most NUM lines\n\t-o FILE\tWrite to FILE, not standard output\n\t-z\tNUL terminated output\n\t-e\tTreat ARGs as lines\n\t-i L-H\tTreat numbers L-H as lines";

/// Longest number of `seq`: far beyond what means anything.
const MOST_DIGITS: usize = 10_000;

/// Entry of `yes`.
pub(crate) fn yes_main(call: &Call) -> i32 {
    let words: Vec<&[u8]> = call.args.iter().map(|word| word.as_bytes()).collect();
    let mut line = if words.is_empty() {
        b"y".to_vec()
    } else {
        words.join(&b' ')
    };
    line.push(b'\n');
    let block = line.repeat((16 * 1024 / line.len()).max(1));
    let mut out = io::stdout().lock();
    loop {
        if let Err(error) = out.write_all(&block) {
            call.complain_of("write error", &error);
            return 1;
        }
    }
}

/// Entry of `seq`.
pub(crate) fn seq_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+ws:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let texts: Vec<_> = options.operands.iter().map(|text| text.to_string_lossy()).collect();
    let (first, step, last) = match texts.as_slice() {
        [last] => ("1", "1", &**last),
        [first, last] => (&**first, "1", &**last),
        [first, step, last] => (&**first, &**step, &**last),
        _ => return call.usage(),
    };
    let whole = |text: &str| match number::float(text.as_bytes()) {
        Some((value, used)) => (used == text.len()).then_some(value),
        None => text.is_empty().then_some(0.0),
    };
    let (Some(from), Some(by), Some(to)) = (whole(first), whole(step), whole(last)) else {
        return call.usage();
    };
    let digits = decimals(first).max(decimals(step)).min(MOST_DIGITS);
    let before_point = |text: &str| text.split('.').next().map_or(0, str::len);
    let width = if options.has('w') {
        let before = before_point(first).max(before_point(last));
        (before + digits + usize::from(digits > 0)).min(MOST_DIGITS)
    } else {
        0
    };
    let separator = options
        .value('s')
        .map_or(b"\n".to_vec(), |text| text.as_bytes().to_vec());
    let mut out = stream::output();
    let series = Series { from, by, to };
    let written = series.print(&mut *out, &separator, |out, value| {
        write!(out, "{}", padded(value, digits, width))
    });
    let status = i32::from(written.is_err());
    stream::finish(call, &mut *out, status)
}

fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, part)| part.len())
}

/// `printf("%0*.*f")`, in which what is no number is a word.
fn padded(value: f64, digits: usize, width: usize) -> String {
    if value.is_finite() {
        format!("{value:0width$.digits$}")
    } else {
        format!("{value:>width$}").to_lowercase()
    }
}

struct Series {
    from: f64,
    by: f64,
    to: f64,
}

impl Series {
    /// Each number is counted from the first, so that errors of rounding do not add up.
    fn print(
        &self,
        out: &mut dyn Write,
        separator: &[u8],
        one: impl Fn(&mut dyn Write, f64) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut count = 0.0;
        let mut value = self.from;
        while if self.by >= 0.0 {
            value <= self.to
        } else {
            value >= self.to
        } {
            if count > 0.0 {
                out.write_all(separator)?;
            }
            one(out, value)?;
            count += 1.0;
            value = self.from + count * self.by;
        }
        if count > 0.0 { out.write_all(b"\n") } else { Ok(()) }
    }
}

/// Entry of `shuf`.
pub(crate) fn shuf_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "n:o:zei:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('e') && options.has('i') {
        return call.usage();
    }
    let source = match source(call, &options) {
        Ok(source) => source,
        Err(status) => return status,
    };
    let most = match options.value('n').map(|text| number::plain(text)).transpose() {
        Ok(most) => most.unwrap_or(u64::MAX),
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let Some(mut out) = stream::output_to(call, options.value('o')) else {
        return 1;
    };
    let end = if options.has('z') { b'\0' } else { b'\n' };
    let status = i32::from(mix(&mut *out, &source, most, end).is_err());
    stream::finish(call, &mut *out, status)
}

enum Source {
    Lines(Vec<Vec<u8>>),
    /// The first number and how many there are.
    Numbers(u64, u64),
}

fn source(call: &Call, options: &getopt::Options) -> Result<Source, i32> {
    if let Some(range) = options.value('i') {
        let text = range.to_string_lossy();
        let bounds = text.split_once('-').and_then(|(low, high)| {
            let (low, high) = (low.parse::<u64>().ok()?, high.parse::<u64>().ok()?);
            Some((low, high.checked_sub(low)?.checked_add(1)?))
        });
        if let Some((first, count)) = bounds {
            return Ok(Source::Numbers(first, count));
        }
        call.complain(format_args!("bad range '{text}'"));
        return Err(1);
    }
    if options.has('e') {
        let words = options.operands.iter().map(|word| word.as_bytes().to_vec());
        return Ok(Source::Lines(words.collect()));
    }
    if options.operands.len() > 1 {
        return Err(call.usage());
    }
    let input = OsString::from("-");
    let name = options.operands.first().unwrap_or(&input);
    let mut file = stream::open(name).map_err(|error| {
        call.complain_of(name.display(), &error);
        1
    })?;
    let end = if options.has('z') { 0 } else { b'\n' };
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    while stream::has_line(&mut *file, end, &mut line).is_some() {
        lines.push(std::mem::take(&mut line));
    }
    Ok(Source::Lines(lines))
}

/// Prints `most` of the lines in any order, by Fisher and Yates. Only what changed places is kept: a range may be huge.
fn mix(out: &mut dyn Write, source: &Source, most: u64, end: u8) -> io::Result<()> {
    let count = match source {
        Source::Lines(lines) => lines.len() as u64,
        Source::Numbers(_, count) => *count,
    };
    let mut moved: HashMap<u64, u64> = HashMap::new();
    for at in 0..count.min(most) {
        let other = fastrand::u64(at..count);
        let taken = moved.get(&other).copied().unwrap_or(other);
        let here = moved.remove(&at).unwrap_or(at);
        moved.insert(other, here);
        match source {
            Source::Numbers(first, _) => write!(out, "{}", first + taken)?,
            Source::Lines(lines) => {
                let line = usize::try_from(taken).ok().and_then(|at| lines.get(at));
                out.write_all(line.map_or(&[], |line| line))?;
            }
        }
        out.write_all(&[end])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_comes_once() {
        for _ in 0..20 {
            let mut out = Vec::new();
            mix(&mut out, &Source::Numbers(3, 5), u64::MAX, b' ').unwrap();
            let text = String::from_utf8(out).unwrap();
            let mut words: Vec<&str> = text.split_whitespace().collect();
            words.sort_unstable();
            assert_eq!(words, ["3", "4", "5", "6", "7"]);
        }
        let mut out = Vec::new();
        mix(&mut out, &Source::Numbers(0, u64::MAX), 2, b' ').unwrap();
        assert_eq!(String::from_utf8(out).unwrap().split_whitespace().count(), 2);
    }
}
