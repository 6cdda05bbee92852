//! Points in time and lengths of it, as Go and Docker print and read them; the calendar is chrono's.

use std::time::UNIX_EPOCH;

use chrono::{DateTime, NaiveDate, NaiveTime};

/// A second, in nanoseconds.
pub const SECOND: i64 = 1_000_000_000;
/// Go's zero time.
pub const ZERO: &str = "0001-01-01T00:00:00Z";

/// Nanoseconds since the Unix epoch, now.
#[must_use]
pub fn now() -> i64 {
    UNIX_EPOCH
        .elapsed()
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Unix nanoseconds as RFC 3339 with as many digits of a second as there are (`RFC3339Nano` of Go), UTC.
#[must_use]
pub fn rfc3339(nanos: i64) -> String {
    let nine = rfc3339_nine(nanos);
    let short = nine.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    format!("{short}Z")
}

/// The same with all nine digits, as logs and events print it.
#[must_use]
pub fn rfc3339_nine(nanos: i64) -> String {
    DateTime::from_timestamp_nanos(nanos)
        .format("%Y-%m-%dT%H:%M:%S.%9fZ")
        .to_string()
}

/// RFC 3339, or Go's zero time.
#[must_use]
pub fn rfc3339_or_zero(nanos: Option<i64>) -> String {
    nanos.map_or_else(|| ZERO.to_owned(), rfc3339)
}

/// Unix nanoseconds of a whole time stamp of RFC 3339; nothing for anything else, and for what does not fit (Go's zero time).
#[must_use]
pub fn stamp(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt()
}

/// A time stamp of RFC 3339 as Go's `ANSIC` has it, in its own zone: `Thu May  7 21:09:36 2026`; anything else as it is.
#[must_use]
pub fn ansi_c(text: &str) -> String {
    DateTime::parse_from_rfc3339(text).map_or_else(
        |_| text.to_owned(),
        |time| time.format("%a %b %e %H:%M:%S %Y").to_string(),
    )
}

/// Unix nanoseconds of a point in time as filters and flags name it (moby, `api/types/time`, `GetTimestamp`): a length of time
/// before `now`, or a date, or a date and as much of a time as there is, in UTC unless an offset says otherwise.
#[must_use]
pub fn point(text: &str, now: i64) -> Option<i128> {
    // Go reads 0 as a length of time, and Docker does not.
    match duration(text).filter(|_| text != "0") {
        Some(length) => Some(i128::from(now) - length),
        None => date(text),
    }
}

/// `1700000000` or `1700000000.123456789`, as the API has `since` and `until`.
#[must_use]
pub fn unix(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanos = fraction_of_second(fraction)?;
    seconds.parse::<i64>().ok()?.checked_mul(SECOND)?.checked_add(nanos)
}

/// Up to nine digits, none being 0, as nanoseconds.
fn fraction_of_second(digits: &str) -> Option<i64> {
    if digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<9}").parse().ok()
}

/// Go's `time.ParseDuration`, in nanoseconds: `1h30m`, `-1.5s`, `100ms`. Nothing beyond 292 years, as in Go.
#[must_use]
pub fn duration(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = (!rest.is_empty()).then_some(0_i128)?;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, tail) = tail.split_at(end.unwrap_or(tail.len()));
        total += length(number, unit)?;
        rest = tail;
    }
    (total <= i128::from(i64::MAX)).then_some(sign * total)
}

fn length(number: &str, unit: &str) -> Option<i128> {
    let second = i128::from(SECOND);
    let unit = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => second,
        "m" => 60 * second,
        "h" => 3_600 * second,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || whole.len() > 18 || fraction.contains('.') {
        return None;
    }
    let digits = |digits: &str| format!("0{digits}").parse::<i128>().ok();
    let fraction = fraction.get(..fraction.len().min(18)).unwrap_or_default();
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    Some(digits(whole)? * unit + digits(fraction)? * unit / scale)
}

/// A date, or a date and as much of a time as there is.
fn date(text: &str) -> Option<i128> {
    let (day, time) = text.split_once('T').unwrap_or((text, ""));
    let (clock, offset) = match time.rfind(['Z', '+', '-']) {
        None => (time, 0),
        Some(at) => (time.get(..at)?, offset(time.get(at..)?)?),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    if day.len() != 10 || ![0, 2, 5, 8].contains(&clock.len()) {
        return None;
    }
    let clock = format!("{clock}{}", "00:00:00".get(clock.len()..)?);
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    // A 60th second is read by chrono, and refused by Go.
    let clock = NaiveTime::parse_from_str(&clock, "%H:%M:%S")
        .ok()
        .filter(|_| !clock.ends_with(":60"))?;
    let seconds = day.and_time(clock).and_utc().timestamp() - offset;
    Some(i128::from(seconds) * i128::from(SECOND) + i128::from(fraction_of_second(fraction)?))
}

/// `Z`, `+02:00`, `-05:30`: seconds east of UTC. As in Go, 24 hours and 60 minutes are let pass.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, (hours, minutes)) = (text.get(..1)?, text.get(1..)?.split_once(':')?);
    let part = |digits: &str, most: i32| {
        let number = digits.parse::<i32>().ok()?;
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()) && number <= most).then_some(number)
    };
    let east = part(hours, 24)? * 3600 + part(minutes, 60)? * 60;
    Some(i64::from(if sign == "-" { -east } else { east }))
}

/// A length of time in seconds, for people (docker/go-units, `HumanDuration`).
#[must_use]
pub fn human_duration(seconds: i64) -> String {
    let minutes = seconds / 60;
    // Hours are rounded, everything else is cut.
    let hours = seconds.saturating_add(1800) / 3600;
    match () {
        () if seconds < 1 => "Less than a second".into(),
        () if seconds == 1 => "1 second".into(),
        () if seconds < 60 => format!("{seconds} seconds"),
        () if minutes == 1 => "About a minute".into(),
        () if minutes < 60 => format!("{minutes} minutes"),
        () if hours == 1 => "About an hour".into(),
        () if hours < 48 => format!("{hours} hours"),
        () if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        () if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        () if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        () => format!("{} years", seconds / 3600 / 24 / 365),
    }
}

#[cfg(test)]
mod tests;
