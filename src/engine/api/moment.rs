//! Points in time as filters name them (moby, `api/types/time`, `GetTimestamp`): a length of time before now, a date and time,
//! or Unix seconds.

use super::error::ApiError;
use super::filters::Filters;
use super::time::{now, parse_unix, unix_seconds};
use crate::engine::core::PruneSpec;

const SECOND: i128 = 1_000_000_000;

/// What a prune with those filters takes.
///
/// # Errors
/// Those of [`until`].
pub fn pruned(filters: &Filters) -> Result<PruneSpec, ApiError> {
    Ok(PruneSpec {
        until: until(filters, now())?,
        labels: filters.values("label").to_vec(),
        not_labels: filters.values("label!").to_vec(),
    })
}

/// The `until` of a prune: nanoseconds since the Unix epoch.
///
/// # Errors
/// Several, or one that names no point in time.
pub fn until(filters: &Filters, now: i64) -> Result<Option<i64>, ApiError> {
    match filters.values("until") {
        [] => Ok(None),
        [text] => {
            let moment = read(text, now)
                .ok_or_else(|| ApiError::invalid(format!("failed to parse value as time or duration: {text:?}")))?;
            Ok(Some(moment))
        }
        _ => Err(ApiError::invalid("more than one until filter specified")),
    }
}

fn read(text: &str, now: i64) -> Option<i64> {
    if let Some(length) = duration(text) {
        return i64::try_from(i128::from(now) - length).ok();
    }
    date(text).or_else(|| parse_unix(text))
}

/// Go's `time.ParseDuration`, nanoseconds: `1h30m`, `-1.5s`, `100ms`.
fn duration(text: &str) -> Option<i128> {
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
        let (unit, tail) = tail.split_at(
            tail.find(|c: char| c.is_ascii_digit() || c == '.')
                .unwrap_or(tail.len()),
        );
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3_600 * SECOND,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || whole.len() > 18 || fraction.contains('.') {
            return None;
        }
        let digits = |digits: &str| format!("0{digits}").parse::<i128>().ok();
        let fraction = fraction.get(..fraction.len().min(18)).unwrap_or_default();
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        total += digits(whole)? * unit + digits(fraction)? * unit / scale;
        rest = tail;
    }
    Some(sign * total)
}

/// A date, or a date and as much of a time as there is; in UTC unless an offset says otherwise.
fn date(text: &str) -> Option<i64> {
    let (day, time) = text.split_once('T').unwrap_or((text, ""));
    let (clock, offset) = match time.rfind(['Z', '+', '-']) {
        None => (time, 0),
        Some(at) => (time.get(..at)?, offset(time.get(at..)?)?),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if ![0, 2, 5, 8].contains(&clock.len()) {
        return None;
    }
    let full = format!("{clock}{}", "00:00:00".get(clock.len()..)?);
    let written = format!("{day}T{full}");
    let is_well_formed = "0000-00-00T00:00:00".len() == written.len()
        && "0000-00-00T00:00:00"
            .bytes()
            .zip(written.bytes())
            .all(|(shape, byte)| match shape {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            });
    let within = |range: std::ops::Range<usize>, limits: std::ops::RangeInclusive<u32>| {
        written
            .get(range)
            .and_then(|digits| digits.parse().ok())
            .is_some_and(|number: u32| limits.contains(&number))
    };
    let is_a_date = within(5..7, 1..=12) && within(8..10, 1..=31);
    let is_a_time = within(11..13, 0..=23) && within(14..16, 0..=59) && within(17..19, 0..=59);
    if !(is_well_formed && is_a_date && is_a_time) {
        return None;
    }
    let nanos = parse_unix(&format!("0.{fraction}"))?;
    let seconds = unix_seconds(&written).checked_sub(offset)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// `Z`, `+02:00`, `-05:30`: seconds east of UTC.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |digits: &str, limit: i64| digits.parse::<i64>().ok().filter(|n| (0..=limit).contains(n));
    Some(sign * (number(hours, 23)? * 3600 + number(minutes, 59)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000_000_000;

    #[test]
    fn a_length_of_time_is_before_now() {
        assert_eq!(read("1h30m", NOW), Some(NOW - 5_400_000_000_000));
        assert_eq!(read("-1.5s", NOW), Some(NOW + 1_500_000_000));
        assert_eq!(read("100ms", NOW), Some(NOW - 100_000_000));
    }

    #[test]
    fn a_date_a_time_and_seconds() {
        assert_eq!(read("2023-11-14", NOW), Some(1_699_920_000_000_000_000));
        assert_eq!(read("2023-11-14T22:13:20Z", NOW), Some(NOW));
        assert_eq!(read("2023-11-14T22:13:20.5", NOW), Some(NOW + 500_000_000));
        assert_eq!(read("2023-11-15T00:13:20+02:00", NOW), Some(NOW));
        assert_eq!(read("2023-11-14T22", NOW), Some(1_699_999_200_000_000_000));
        assert_eq!(read("1700000000", NOW), Some(NOW));
        assert_eq!(read("1700000000.5", NOW), Some(NOW + 500_000_000));
    }

    #[test]
    fn nonsense_is_no_moment() {
        for text in [
            "",
            "abc",
            "1x",
            "h",
            "2023-13-01",
            "2023-11-14T25:00:00",
            "2023-11-14T2",
            "1.2.3s",
            "é",
            "2023-11-14Té",
            "99999999999999999999h",
        ] {
            assert_eq!(read(text, NOW), None, "{text:?}");
        }
    }
}
