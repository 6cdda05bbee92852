//! Points in time on the command line and in output.

use std::time::UNIX_EPOCH;

/// Unix seconds now.
pub(super) fn now() -> i64 {
    UNIX_EPOCH
        .elapsed()
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Reads a point in time as the API wants it: seconds and nanoseconds since 1970. Understood are a length of time
/// before now (`10m`, `1h30m`), Unix seconds with an optional fraction, and a date or a time of RFC 3339.
///
/// # Errors
/// The CLI's sentence.
pub(super) fn read(text: &str, now: i64) -> Result<String, String> {
    if let Some(nanos) = go_duration(text) {
        let then = i128::from(now) * 1_000_000_000 - nanos;
        return Ok(format!(
            "{}.{:09}",
            then.div_euclid(1_000_000_000),
            then.rem_euclid(1_000_000_000)
        ));
    }
    if let Some((seconds, nanos)) = rfc3339(text) {
        return Ok(format!("{seconds}.{nanos:09}"));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.parse::<i64>().is_ok() && fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(format!("failed to parse value as time or duration: \"{text}\""))
}

/// Go's `time.ParseDuration`, in nanoseconds: `1h30m`, `-1.5s`, `100ms`. Nothing beyond 292 years, as in Go.
fn go_duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        let end = rest
            .find(|letter: char| letter.is_ascii_digit() || letter == '.')
            .unwrap_or(rest.len());
        let unit = match rest.get(..end)? {
            "ns" => 1.0,
            "us" | "µs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number * unit;
        rest = rest.get(end..)?;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float beyond the range becomes its end"
    )]
    let nanos = total as i128;
    if nanos > i128::from(i64::MAX) {
        return None;
    }
    Some(if negative { -nanos } else { nanos })
}

/// A date, or a date and time with `Z` or an offset; in UTC where none is given. Seconds since 1970, and nanoseconds.
fn rfc3339(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text
        .split_once('T')
        .map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if date.len() != 10 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let mut seconds = days(year, month, day) * 86_400;
    let mut nanos = 0;
    if let Some(time) = time {
        let (clock, offset) = split_offset(time)?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        let mut parts = clock.split(':').map(str::parse::<i64>);
        let (hour, minute) = (parts.next()?.ok()?, parts.next().unwrap_or(Ok(0)).ok()?);
        let second = parts.next().unwrap_or(Ok(0)).ok()?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        seconds += hour * 3600 + minute * 60 + second - offset;
    }
    Some((seconds, nanos))
}

fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (hours, minutes) = time.get(at + 1..)?.split_once(':')?;
    // Ends included, as in Go: some write 24 hours or 60 minutes.
    let part = |text: &str, most: i64| {
        let value = text.parse::<i64>().ok()?;
        (text.len() == 2 && (0..=most).contains(&value)).then_some(value)
    };
    let offset = part(hours, 24)? * 3600 + part(minutes, 60)? * 60;
    Some((
        time.get(..at)?,
        if time[at..].starts_with('-') { -offset } else { offset },
    ))
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let year_of_era = year.rem_euclid(400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A time of RFC 3339 as Go's `ANSIC` has it: `Thu May  7 21:09:36 2026`, in the time's own zone; anything else as it is.
pub(super) fn calendar(text: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let read = || -> Option<String> {
        let (date, time) = text.split_once('T')?;
        let clock = time.get(..8)?;
        let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
        let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        if date.len() != 10 {
            return None;
        }
        let month_name = MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
        let day_name = DAYS.get(usize::try_from(days(year, month, day).rem_euclid(7)).ok()?)?;
        Some(format!("{day_name} {month_name} {day:>2} {clock} {year}"))
    };
    read().unwrap_or_else(|| text.to_owned())
}

/// Unix seconds as `2026-11-24T01:43:12Z`, for the CLI's own log.
pub(super) fn log_time(seconds: i64) -> String {
    let text = write(seconds.saturating_mul(1_000_000_000));
    text.split_once('.')
        .map_or_else(|| text.clone(), |(whole, _)| format!("{whole}Z"))
}

/// Unix nanoseconds as `2026-11-24T01:43:12.146187260Z`.
pub(super) fn write(nanos: i64) -> String {
    let (seconds, fraction) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    let (day, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = day + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{:02}T{:02}:{:02}:{:02}.{fraction:09}Z",
        day_of_year - (153 * from_march + 2) / 5 + 1,
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Unix seconds as Go prints a time: `2026-11-24 01:43:12 +0000 UTC`.
pub(super) fn go_seconds(seconds: i64) -> String {
    go_time(&log_time(seconds))
}

/// A time of RFC 3339 in UTC as Go prints it: `2026-11-24 01:43:12.14618726 +0000 UTC`; anything else as it is.
pub(super) fn go_time(text: &str) -> String {
    let Some((date, clock)) = text.strip_suffix('Z').and_then(|text| text.split_once('T')) else {
        return text.to_owned();
    };
    let clock = if clock.contains('.') {
        clock.trim_end_matches('0').trim_end_matches('.')
    } else {
        clock
    };
    format!("{date} {clock} +0000 UTC")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_moment_is_too_odd(text in "[-+]?[0-9]{0,45}([-+0-9.:TZhmnsu]|[0-9]{18}){0,12}", now: i64) {
            let _ = read(&text, now);
            let _ = calendar(&text);
            let _ = write(now);
        }
    }

    #[test]
    fn points_in_time_are_read() {
        for (text, point) in [
            ("10m", "400.000000000"),
            ("1h", "-2600.000000000"),
            ("1.5s", "998.500000000"),
            ("0s", "1000.000000000"),
            ("1795484592", "1795484592"),
            ("1795484592.5", "1795484592.5"),
            ("1970-01-02", "86400.000000000"),
            ("2026-11-24T01:43:12Z", "1795484592.000000000"),
            ("2026-11-24T01:43:12.14618726Z", "1795484592.146187260"),
            ("2026-11-24T02:43:12+01:00", "1795484592.000000000"),
            ("2026-11-23T19:13:12-06:30", "1795484592.000000000"),
            ("-9m", "1540.000000000"),
        ] {
            assert_eq!(read(text, 1000).as_deref(), Ok(point), "{text}");
        }
        for text in [
            "x",
            "",
            "10",
            "5x",
            "-99999999999999999999999999999999999999999h",
            "99999999999999999999h",
            "9999999h",
            "2026-11-24T02:43:12+9999999999999999:00",
            "2026-11-24T02:43:12-00:9999999999999999",
            "2026-11-24T02:43:12+-1:00",
            "9999999999999999999-11-24",
        ] {
            let read = read(text, 1000);
            assert!(
                text == "10" && read.is_ok() || read.unwrap_err().ends_with(&format!("\"{text}\"")),
                "{text}"
            );
        }
    }

    #[test]
    fn calendar_times_are_go_s() {
        assert_eq!(
            calendar("2026-05-07T21:09:36.000000000+00:00"),
            "Thu May  7 21:09:36 2026"
        );
        for odd in [
            "some day",
            "9223372036854775807-05-07T21:09:36",
            "2026-05-9223372036854775807T21:09:36",
        ] {
            assert_eq!(calendar(odd), odd);
        }
    }

    #[test]
    fn event_times_have_nine_digits() {
        assert_eq!(write(1_795_484_592_146_187_260), "2026-11-24T01:43:12.146187260Z");
        assert_eq!(write(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(write(i64::MAX), "2262-04-11T23:47:16.854775807Z");
        assert_eq!(log_time(i64::MIN), "1677-09-21T00:12:43Z");
    }
}
