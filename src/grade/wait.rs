use std::time::Duration;

use crate::texts::Lang;

/// A duration that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: 500ms, 20s, 2m")]
pub struct BadDuration(pub String);

/// Reads `500ms`, `20s`, `1.5s`, `2m`, `1h`; a bare number is seconds.
///
/// # Errors
/// Anything else.
pub fn parse_duration(text: &str) -> Result<Duration, BadDuration> {
    let bad = || BadDuration(text.to_owned());
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let seconds_each = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(bad()),
    };
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = number.parse().ok().filter(|_| plain).ok_or_else(bad)?;
    Duration::try_from_secs_f64(number * seconds_each).map_err(|_| bad())
}

/// `0,4 s` in French, `0.4 s` in English; seconds with one decimal.
pub(super) fn worded(duration: Duration, lang: Lang) -> String {
    let seconds = format!("{:.1}", duration.as_secs_f64());
    match lang {
        Lang::Fr => format!("{}\u{a0}s", seconds.replace('.', ",")),
        Lang::En => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        let cases = [
            ("500ms", 500),
            ("20s", 20_000),
            ("1.5s", 1_500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("7", 7_000),
            ("0s", 0),
        ];
        for (text, millis) in cases {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "s",
            "-1s",
            "1 s",
            "1d",
            "1.2.3s",
            "infs",
            "nan",
            "1e9h",
            "99999999999999999999h",
            "é",
        ] {
            assert_eq!(parse_duration(text), Err(BadDuration(text.into())), "{text}");
        }
    }

    #[test]
    fn seconds_are_worded_as_the_language_writes_numbers() {
        assert_eq!(worded(Duration::from_millis(412), Lang::Fr), "0,4\u{a0}s");
        assert_eq!(worded(Duration::from_millis(412), Lang::En), "0.4 s");
    }
}
