//! Times as Docker prints and reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::engine::core::Era;

/// Go's zero time.
pub const ZERO: &str = "0001-01-01T00:00:00Z";
const NANOS: i64 = 1_000_000_000;

/// RFC 3339 with as many digits of a second as there are (`RFC3339Nano` of Go), UTC.
#[must_use]
pub fn rfc3339(nanos: i64) -> String {
    let (seconds, fraction) = (nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS));
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction != 0 {
        text.push_str(format!(".{fraction:09}").trim_end_matches('0'));
    }
    text.push('Z');
    text
}

/// The same with all nine digits, as logs print it.
#[must_use]
pub fn rfc3339_nine(nanos: i64) -> String {
    let whole = rfc3339(nanos.div_euclid(NANOS) * NANOS);
    format!("{}.{:09}Z", whole.trim_end_matches('Z'), nanos.rem_euclid(NANOS))
}

/// RFC 3339, or Go's zero time.
#[must_use]
pub fn rfc3339_or_zero(nanos: Option<i64>) -> String {
    nanos.map_or_else(|| ZERO.to_owned(), rfc3339)
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Seconds since the Unix epoch of an RFC 3339 time in UTC without a fraction; 0 for anything else.
#[must_use]
pub fn unix_seconds(text: &str) -> i64 {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<i64>().ok());
    let parts = [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].map(number);
    let [
        Some(year),
        Some(month),
        Some(day),
        Some(hour),
        Some(minute),
        Some(second),
    ] = parts
    else {
        return 0;
    };
    let years = if month <= 2 { year - 1 } else { year };
    let era = years.div_euclid(400);
    let year_of_era = years.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) * 86_400 + hour * 3600 + minute * 60 + second
}

/// `1700000000` or `1700000000.123456789`, the times of `since` and `until`.
#[must_use]
pub fn parse_unix(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    seconds.parse::<i64>().ok()?.checked_mul(NANOS)?.checked_add(nanos)
}

/// `3 seconds`, `About a minute`, … (docker/go-units, `HumanDuration`).
#[must_use]
pub fn human(nanos: i64) -> String {
    let seconds = nanos / NANOS;
    let (minutes, hours) = (seconds / 60, (nanos + 1800 * NANOS) / (3600 * NANOS));
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
        () => format!("{} years", hours / 24 / 365),
    }
}

/// Nanoseconds since the Unix epoch, now.
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Docker's `BuildTime` of an era's version, for `GET /version`.
#[must_use]
pub const fn build_time(era: Era) -> &'static str {
    match era {
        Era::E28 => "2025-11-05T14:43:21.000000000+00:00",
        Era::E20_10 => "2023-04-04T18:28:08.000000000+00:00",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_and_read() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_709_208_000_120_000_000), "2024-02-29T12:00:00.12Z");
        assert_eq!(
            rfc3339_nine(1_709_208_000_120_000_000),
            "2024-02-29T12:00:00.120000000Z"
        );
        assert_eq!(rfc3339(-NANOS), "1969-12-31T23:59:59Z");
        assert_eq!(unix_seconds("2024-02-29T12:00:00Z"), 1_709_208_000);
        assert_eq!(unix_seconds("2025-07-15T11:31:10Z"), 1_752_579_070);
        assert_eq!(unix_seconds("x"), 0);
        assert_eq!(parse_unix("12.5"), Some(12_500_000_000));
        assert_eq!(parse_unix("12"), Some(12_000_000_000));
        assert_eq!(parse_unix("12.x"), None);
    }

    #[test]
    fn durations_in_words() {
        let cases = [
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "About a minute"),
            (120, "2 minutes"),
            (3600, "About an hour"),
            (7200, "2 hours"),
            (49 * 3600, "2 days"),
        ];
        for (seconds, words) in cases {
            assert_eq!(human(seconds * NANOS), words);
        }
    }
}
