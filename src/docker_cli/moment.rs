//! Points in time on the command line and in output.

use crate::moment::{self, SECOND, rfc3339, rfc3339_nine};

/// Unix seconds now.
pub(super) fn now() -> i64 {
    moment::now() / SECOND
}

/// Reads a point in time as the API wants it: seconds and nanoseconds since 1970. Understood are a length of time
/// before now (`10m`, `1h30m`), Unix seconds with an optional fraction, and a date or a time of RFC 3339.
///
/// # Errors
/// The CLI's sentence.
pub(super) fn read(text: &str, now: i64) -> Result<String, String> {
    if let Some(nanos) = moment::point(text, now.saturating_mul(SECOND)) {
        let second = i128::from(SECOND);
        return Ok(format!("{}.{:09}", nanos.div_euclid(second), nanos.rem_euclid(second)));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.parse::<i64>().is_ok() && fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(format!("failed to parse value as time or duration: \"{text}\""))
}

/// Unix seconds as `2026-11-24T01:43:12Z`, for the CLI's own log.
pub(super) fn log_time(seconds: i64) -> String {
    let text = rfc3339(seconds.saturating_mul(SECOND));
    text.split_once('.')
        .map_or_else(|| text.clone(), |(whole, _)| format!("{whole}Z"))
}

/// Unix nanoseconds as `2026-11-24T01:43:12.146187260Z`.
pub(super) fn write(nanos: i64) -> String {
    rfc3339_nine(nanos)
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
            let _ = (log_time(now), go_seconds(now), go_time(&text));
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
    fn event_times_have_nine_digits() {
        assert_eq!(write(1_795_484_592_146_187_260), "2026-11-24T01:43:12.146187260Z");
        assert_eq!(write(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(write(i64::MAX), "2262-04-11T23:47:16.854775807Z");
        assert_eq!(log_time(i64::MIN), "1677-09-21T00:12:43Z");
    }
}
