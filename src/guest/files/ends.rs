//! `head` and `tail`.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use super::super::{Call, errno, getopt};

/// Help of `head`.
pub const HEAD_USAGE: &str = "[OPTIONS] [FILE]...\n\nPrint first 10 lines of FILEs (or stdin).\nWith more than one FILE, precede each with a filename header.\n\n\t-n N[bkm]\tPrint first N lines\n\t-n -N[bkm]\tPrint all except N last lines\n\t-c [-]N[bkm]\tPrint first N bytes\n\t-q\t\tNever print headers\n\t-v\t\tAlways print headers";
/// Help of `tail`.
pub const TAIL_USAGE: &str = "[OPTIONS] [FILE]...\n\nPrint last 10 lines of FILEs (or stdin) to.\nWith more than one FILE, precede each with a filename header.\n\n\t-c [+]N[bkm]\tPrint last N bytes\n\t-n N[bkm]\tPrint last N lines\n\t-n +N[bkm]\tStart on Nth line and print the rest\n\t-q\t\tNever print headers\n\t-v\t\tAlways print headers\n\t-f\t\tPrint data as file grows";

/// How often a followed file is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How much to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Amount {
    count: u64,
    bytes: bool,
    /// `-N` for `head` (all but the last), `+N` for `tail` (from there on).
    reversed: bool,
}

/// Reads `10`, `-5`, `+3`, `2k`.
fn read_amount(text: &str, sign: char, bytes: bool) -> Option<Amount> {
    let reversed = text.starts_with(sign);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (digits, unit) = match digits.chars().last()? {
        'b' => (&digits[..digits.len() - 1], 512),
        'k' => (&digits[..digits.len() - 1], 1024),
        'm' => (&digits[..digits.len() - 1], 1024 * 1024),
        _ => (digits, 1),
    };
    Some(Amount {
        count: digits.parse::<u64>().ok()?.checked_mul(unit)?,
        bytes,
        reversed,
    })
}

/// Splits an old-style first argument: `-2`, `-2f`.
fn old_style(args: &[OsString]) -> Option<(String, Vec<OsString>)> {
    let digits: String = args.first()?.to_str()?.strip_prefix('-')?.to_owned();
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| (digits, args[1..].to_vec()))
}

struct Job {
    amount: Amount,
    files: Vec<OsString>,
    /// Whether headers stand before files: always, never, or where there are several.
    headers: Option<bool>,
    follow: bool,
}

fn read_job(call: &Call, spec: &str, sign: char) -> Result<Job, i32> {
    let (old, args) = old_style(&call.args).map_or((None, call.args.clone()), |(count, rest)| (Some(count), rest));
    let inner = Call {
        applet: call.applet,
        args,
    };
    let options = getopt::parse(&inner, spec, &[])?;
    let mut amount = Amount {
        count: 10,
        bytes: false,
        reversed: false,
    };
    let asked = options
        .in_order()
        .filter(|(letter, _)| matches!(letter, 'n' | 'c'))
        .map(|(letter, value)| (value.to_string_lossy().into_owned(), letter == 'c'));
    for (text, bytes) in old.map(|count| (count, false)).into_iter().chain(asked) {
        amount = read_amount(&text, sign, bytes).ok_or_else(|| {
            call.complain(format_args!("invalid number '{text}'"));
            1
        })?;
    }
    let headers = if options.has('v') {
        Some(true)
    } else {
        options.has('q').then_some(false)
    };
    let follow = options.has('f');
    let files = if options.operands.is_empty() {
        vec![OsString::from("-")]
    } else {
        options.operands
    };
    Ok(Job {
        amount,
        files,
        headers,
        follow,
    })
}

fn header(file: &OsStr, first: bool) -> String {
    let name = if file == "-" {
        "standard input".into()
    } else {
        file.to_string_lossy()
    };
    format!("{}==> {name} <==\n", if first { "" } else { "\n" })
}

fn open(file: &OsStr) -> io::Result<Box<dyn Read>> {
    if file == "-" {
        Ok(Box::new(io::stdin().lock()))
    } else {
        Ok(Box::new(File::open(Path::new(file))?))
    }
}

/// Entry of `head`.
pub(crate) fn head_main(call: &Call) -> i32 {
    let job = match read_job(call, "n:c:qv", '-') {
        Ok(job) => job,
        Err(status) => return status,
    };
    let mut status = 0;
    let mut first = true;
    let mut out = io::stdout().lock();
    for file in &job.files {
        let source = match open(file) {
            Ok(source) => source,
            Err(error) => {
                call.complain_of(file.display(), &error);
                status = 1;
                continue;
            }
        };
        let headed = job.headers.unwrap_or(job.files.len() > 1);
        if headed && out.write_all(header(file, first).as_bytes()).is_err() {
            return 1;
        }
        first = false;
        if let Err(error) = first_part(source, job.amount, &mut out) {
            call.complain_of(file.display(), &error);
            status = 1;
        }
    }
    status
}

/// Copies the beginning, and reads no further than it must: what follows on a pipe may be another's.
fn first_part(mut source: Box<dyn Read>, amount: Amount, out: &mut impl Write) -> io::Result<()> {
    if amount.reversed {
        let mut all = Vec::new();
        source.read_to_end(&mut all)?;
        let cut = last_part_start(
            &all,
            Amount {
                reversed: false,
                ..amount
            },
        );
        return out.write_all(&all[..cut]);
    }
    let mut left = amount.count;
    let mut buffer = [0; 8192];
    while left > 0 {
        let most = if amount.bytes {
            usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len())
        } else {
            buffer.len()
        };
        let read = match source.read(&mut buffer[..most]) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut end = read;
        if amount.bytes {
            left -= read as u64;
        } else {
            for (at, _) in buffer[..read].iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
                left -= 1;
                if left == 0 {
                    end = at + 1;
                    break;
                }
            }
        }
        out.write_all(&buffer[..end])?;
    }
    out.flush()
}

/// Where the last `count` lines or bytes begin, or with `+N` the Nth.
fn last_part_start(all: &[u8], amount: Amount) -> usize {
    let count = usize::try_from(amount.count).unwrap_or(usize::MAX);
    match (amount.bytes, amount.reversed) {
        (true, true) => count.saturating_sub(1).min(all.len()),
        (true, false) => all.len().saturating_sub(count),
        (false, true) => {
            let skip = count.saturating_sub(1);
            if skip == 0 {
                return 0;
            }
            let newlines = all.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            newlines.map(|(at, _)| at + 1).nth(skip - 1).unwrap_or(all.len())
        }
        (false, false) => {
            if count == 0 {
                return all.len();
            }
            // A last line without its end counts as one.
            let body = all.strip_suffix(b"\n").unwrap_or(all);
            let newlines = body.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
            newlines.map(|(at, _)| at + 1).nth(count - 1).unwrap_or(0)
        }
    }
}

/// Entry of `tail`.
pub(crate) fn tail_main(call: &Call) -> i32 {
    let job = match read_job(call, "n:c:qvf", '+') {
        Ok(job) => job,
        Err(status) => return status,
    };
    let mut status = 0;
    let mut sources = Vec::new();
    for file in &job.files {
        match open(file) {
            Ok(source) => sources.push((file, source)),
            Err(error) => {
                call.complain(format_args!(
                    "can't open '{}': {}",
                    file.display(),
                    errno::words(&error)
                ));
                status = 1;
            }
        }
    }
    if sources.is_empty() {
        call.complain("no files");
        return 1;
    }
    let mut out = io::stdout().lock();
    let headed = job.headers.unwrap_or(sources.len() > 1);
    let mut shown = None;
    for (at, (file, source)) in sources.iter_mut().enumerate() {
        let mut all = Vec::new();
        if let Err(error) = source.read_to_end(&mut all) {
            call.complain_of(file.display(), &error);
            status = 1;
            continue;
        }
        if headed && out.write_all(header(file, shown.is_none()).as_bytes()).is_err() {
            return 1;
        }
        shown = Some(at);
        let start = last_part_start(&all, job.amount);
        if out.write_all(&all[start..]).and_then(|()| out.flush()).is_err() {
            return 1;
        }
    }
    if !job.follow {
        return status;
    }
    loop {
        std::thread::sleep(LOOK_AGAIN);
        for (at, (file, source)) in sources.iter_mut().enumerate() {
            let mut more = Vec::new();
            if source.read_to_end(&mut more).is_err() || more.is_empty() {
                continue;
            }
            let heading = if headed && shown != Some(at) {
                header(file, false)
            } else {
                String::new()
            };
            shown = Some(at);
            if out
                .write_all(&[heading.as_bytes(), &more].concat())
                .and_then(|()| out.flush())
                .is_err()
            {
                return 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"one\ntwo\n\nthree four\n";

    fn headed(text: &str, bytes: bool) -> String {
        let mut out = Vec::new();
        first_part(Box::new(TEXT), read_amount(text, '-', bytes).unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn tailed(text: &str, bytes: bool) -> &'static str {
        let start = last_part_start(TEXT, read_amount(text, '+', bytes).unwrap());
        std::str::from_utf8(&TEXT[start..]).unwrap()
    }

    #[test]
    fn beginnings() {
        assert_eq!(headed("1", false), "one\n");
        assert_eq!(headed("-1", false), "one\ntwo\n\n");
        assert_eq!(headed("3", true), "one");
        assert_eq!(headed("0", false), "");
        assert_eq!(headed("99", false).as_bytes(), TEXT);
    }

    #[test]
    fn ends() {
        assert_eq!(tailed("1", false), "three four\n");
        assert_eq!(tailed("2", false), "\nthree four\n");
        assert_eq!(tailed("+2", false), "two\n\nthree four\n");
        assert_eq!(tailed("+1", false).as_bytes(), TEXT);
        assert_eq!(tailed("4", true), "our\n");
        assert_eq!(tailed("0", false), "");
        assert_eq!(tailed("99", false).as_bytes(), TEXT);
    }

    #[test]
    fn amounts() {
        assert_eq!(
            read_amount("2k", '-', true),
            Some(Amount {
                count: 2048,
                bytes: true,
                reversed: false
            })
        );
        for bad in ["", "x", "-", "k", "99999999999999999999"] {
            assert_eq!(read_amount(bad, '-', false), None, "{bad}");
        }
        assert_eq!(
            old_style(&["-2".into(), "f".into()]),
            Some(("2".into(), vec!["f".into()]))
        );
        assert_eq!(old_style(&["-n".into()]), None);
    }
}
