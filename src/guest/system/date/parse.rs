//! The times `date -d` understands, which are busybox's.

use super::super::super::time::{self, Civil};

/// Greatest Unix time that is taken: the end of the year 9999 many times over, and far from any overflow.
const LATEST: i64 = 1 << 55;

/// The Unix time a text means; `None` where it means none. What it leaves out is taken from `now`.
pub(in crate::guest) fn parse(text: &str, now: i64) -> Option<i64> {
    if let Some(digits) = text.strip_prefix('@') {
        let seconds: i64 = digits.parse().ok()?;
        // -1 is the C library's word for "no time".
        return Some(seconds).filter(|seconds| *seconds != -1 && seconds.abs() <= LATEST);
    }
    let today = Civil {
        second: 0,
        ..time::civil(now)
    };
    let civil = with_colons(text, today)
        .or_else(|| with_points(text, today))
        .or_else(|| with_dashes(text))
        .or_else(|| digits(text, today))?;
    Some(civil.seconds())
}

/// `hh:mm[:ss]`.
fn with_colons(text: &str, today: Civil) -> Option<Civil> {
    let mut parts = text.split(':');
    let (hour, minute) = (parts.next()?, parts.next()?);
    let second = parts.next().map_or(Some(0), |second| bounded(second, 0, 60))?;
    if parts.next().is_some() {
        return None;
    }
    Some(Civil {
        hour: bounded(hour, 0, 23)?,
        minute: bounded(minute, 0, 59)?,
        second,
        ..today
    })
}

/// `[YYYY.]MM.DD-hh:mm[:ss]`.
fn with_points(text: &str, today: Civil) -> Option<Civil> {
    let (date, clock) = text.split_once('-')?;
    let parts: Vec<&str> = date.split('.').collect();
    let (year, month, day) = match parts.as_slice() {
        [month, day] => (today.year, month, day),
        [year, month, day] => (year_of(year)?, month, day),
        _ => return None,
    };
    let on = Civil {
        year,
        month: bounded(month, 1, 12)?,
        day: bounded(day, 1, 31)?,
        ..today
    };
    with_colons(clock, on)
}

/// `YYYY-MM-DD[ hh[:mm[:ss]]]`.
fn with_dashes(text: &str) -> Option<Civil> {
    let (date, clock) = text
        .split_once(' ')
        .map_or((text, None), |(date, clock)| (date, Some(clock)));
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let on = Civil {
        year: year_of(year)?,
        month: bounded(month, 1, 12)?,
        day: bounded(day, 1, 31)?,
        hour: 0,
        minute: 0,
        second: 0,
    };
    let Some(clock) = clock else { return Some(on) };
    let clock = clock.strip_suffix('Z').unwrap_or(clock);
    if let Some(hour) = bounded(clock, 0, 23) {
        return Some(Civil { hour, ..on });
    }
    with_colons(clock, on)
}

/// `[[[[[YY]YY]MM]DD]hh]mm[.ss]`.
fn digits(text: &str, today: Civil) -> Option<Civil> {
    let (text, second) = match text.split_once('.') {
        Some((text, second)) => (text, bounded(second, 0, 60)?),
        None => (text, 0),
    };
    if !matches!(text.len(), 2 | 4 | 6 | 8 | 10 | 12) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut civil = Civil { second, ..today };
    let mut pairs = (0..text.len()).step_by(2).rev().filter_map(|at| text.get(at..at + 2));
    civil.minute = bounded(pairs.next()?, 0, 59)?;
    for place in 0..3 {
        let Some(pair) = pairs.next() else { return Some(civil) };
        match place {
            0 => civil.hour = bounded(pair, 0, 23)?,
            1 => civil.day = bounded(pair, 1, 31)?,
            _ => civil.month = bounded(pair, 1, 12)?,
        }
    }
    let Some(short) = pairs.next() else { return Some(civil) };
    let short = i64::from(bounded(short, 0, 99)?);
    civil.year = match pairs.next() {
        Some(century) => i64::from(bounded(century, 0, 99)?) * 100 + short,
        // POSIX: 69 to 99 are of the last century.
        None if short >= 69 => 1900 + short,
        None => 2000 + short,
    };
    Some(civil)
}

fn year_of(text: &str) -> Option<i64> {
    let digits = text.len() <= 4 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn bounded(text: &str, low: u8, high: u8) -> Option<u8> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = digits.then(|| text.parse::<u8>().ok()).flatten()?;
    (low..=high).contains(&value).then_some(value)
}
