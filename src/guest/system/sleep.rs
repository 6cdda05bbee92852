//! `sleep`: busybox's, whose numbers may be fractions and end in `s`, `m`, `h` or `d`.

use std::ffi::OsStr;
use std::time::Duration;

use super::super::Call;

/// Help.
pub const USAGE: &str = "[N]...\n\nPause for a time equal to the total of the args given, where each arg can\nhave an optional suffix of (s)econds, (m)inutes, (h)ours, or (d)ays";

/// Entry. Does nothing but wait: no thread, no handler, no timer beyond the one sleep.
pub(crate) fn main(call: &Call) -> i32 {
    let args = match call.args.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => call.args.as_slice(),
    };
    if args.is_empty() {
        return call.usage();
    }
    let mut total = Duration::ZERO;
    for argument in args {
        let Some(wait) = duration(argument) else {
            call.complain(format_args!("invalid number '{}'", argument.display()));
            return 1;
        };
        total = total.saturating_add(wait);
    }
    std::thread::sleep(total);
    0
}

/// A time as busybox's tools take it; `None` where it is none.
pub(super) fn duration(text: &OsStr) -> Option<Duration> {
    let text = text.to_str()?;
    if text == "infinity" || text == "inf" {
        return Some(Duration::MAX);
    }
    let (digits, unit) = match text.char_indices().last()? {
        (at, 's') => (&text[..at], 1.0),
        (at, 'm') => (&text[..at], 60.0),
        (at, 'h') => (&text[..at], 3600.0),
        (at, 'd') => (&text[..at], 86400.0),
        _ => (text, 1.0),
    };
    // Rust's parser also takes "nan", "+1" and exponents; busybox's number is digits with at most one point.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let seconds = digits.parse::<f64>().ok()? * unit;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_and_fractions() {
        for (text, seconds) in [
            ("1d", 86400.0),
            ("1.5", 1.5),
            ("2m", 120.0),
            ("0.5h", 1800.0),
            ("3s", 3.0),
            ("0", 0.0),
        ] {
            assert_eq!(
                duration(OsStr::new(text)),
                Some(Duration::from_secs_f64(seconds)),
                "{text}"
            );
        }
        for text in ["", "d", "x", "-1", "1x", "nan", "1.2.3", "+1"] {
            assert_eq!(duration(OsStr::new(text)), None, "{text}");
        }
        assert_eq!(duration(OsStr::new("99999999999999999999999d")), Some(Duration::MAX));
    }
}
