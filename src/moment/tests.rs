use proptest::prelude::*;

use super::*;

/// 2023-11-14T22:13:20Z.
const NOW: i64 = 1_700_000_000 * SECOND;

proptest! {
    #[test]
    fn no_moment_is_too_odd(text in "[-+]?[0-9]{0,45}([-+0-9.:TZhmnsuµ]|[0-9]{18}){0,12}", at: i64) {
        let _ = (point(&text, at), unix(&text), stamp(&text), ansi_c(&text), human_duration(at));
        prop_assert_eq!(stamp(&rfc3339(at)), Some(at));
        prop_assert_eq!(stamp(&rfc3339_nine(at)), Some(at));
        prop_assert_eq!(point(&rfc3339(at), NOW), Some(at.into()));
    }
}

#[test]
fn printed() {
    assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
    assert_eq!(rfc3339(1_709_208_000_120_000_000), "2024-02-29T12:00:00.12Z");
    assert_eq!(rfc3339(1_709_208_000_000_000_000), "2024-02-29T12:00:00Z");
    assert_eq!(
        rfc3339_nine(1_709_208_000_120_000_000),
        "2024-02-29T12:00:00.120000000Z"
    );
    assert_eq!(rfc3339_nine(i64::MAX), "2262-04-11T23:47:16.854775807Z");
    assert_eq!(rfc3339(-SECOND), "1969-12-31T23:59:59Z");
    assert_eq!(rfc3339_or_zero(None), ZERO);
}

#[test]
fn time_stamps_are_read_to_the_nanosecond() {
    assert_eq!(stamp("2026-11-24T01:24:36.817900108Z"), Some(1_795_483_476_817_900_108));
    assert_eq!(stamp("2026-11-24T03:24:36.8179+02:00"), Some(1_795_483_476_817_900_000));
    assert_eq!(stamp("1970-01-01T00:00:01Z"), Some(SECOND));
    assert_eq!(stamp("1969-12-31T22:30:00-01:30"), Some(0));
    for text in [
        "",
        "yesterday",
        "2026-11-24",
        ZERO,
        "2026-11-24T01:24",
        "2026-11-24T01:24:é6Z",
    ] {
        assert_eq!(stamp(text), None, "{text}");
    }
}

#[test]
fn a_length_of_time_is_before_now() {
    let now = i128::from(NOW);
    for (text, nanos) in [
        ("1h30m", 5_400_000_000_000),
        ("-1.5s", -1_500_000_000),
        ("100ms", 100_000_000),
        ("0s", 0),
        ("10m", 600_000_000_000),
        ("3µs", 3000),
    ] {
        assert_eq!(point(text, NOW), Some(now - nanos), "{text}");
    }
}

#[test]
fn a_date_a_time_and_seconds() {
    let second = i128::from(SECOND);
    for (text, seconds) in [
        ("2023-11-14", 1_699_920_000),
        ("2023-11-14T22", 1_699_999_200),
        ("2023-11-14T22:13", 1_699_999_980),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000),
        ("2023-11-14T15:43:20-06:30", 1_700_000_000),
    ] {
        assert_eq!(point(text, NOW), Some(seconds * second), "{text}");
    }
    assert_eq!(point("2023-11-14T22:13:20.5", NOW), Some(i128::from(NOW) + second / 2));
    assert_eq!(unix("1700000000"), Some(NOW));
    assert_eq!(unix("1700000000.5"), Some(NOW + SECOND / 2));
    assert_eq!(unix("12.x"), None);
}

#[test]
fn nonsense_is_no_moment() {
    for text in [
        "",
        "abc",
        "1x",
        "h",
        "0",
        "-",
        "2023-13-01",
        "2023-02-30",
        "2023-11-14T25:00:00",
        "2023-11-14T22:13:60",
        "2023-11-14T2",
        "1.2.3s",
        "é",
        "2023-11-14Té",
        "99999999999999999999h",
        "9999999h",
        "-99999999999999999999999999999999999999999h",
        "2026-11-24T02:43:12+9999999999999999:00",
        "2026-11-24T02:43:12-00:9999999999999999",
        "2026-11-24T02:43:12+-1:00",
        "9999999999999999999-11-24",
    ] {
        assert_eq!(point(text, NOW), None, "{text:?}");
    }
}

#[test]
fn a_calendar_s_words_are_go_s() {
    assert_eq!(
        ansi_c("2026-05-07T21:09:36.000000000+00:00"),
        "Thu May  7 21:09:36 2026"
    );
    assert_eq!(ansi_c("2026-05-07T21:09:36+02:00"), "Thu May  7 21:09:36 2026");
    for odd in [
        "some day",
        "9223372036854775807-05-07T21:09:36",
        "2026-05-9223372036854775807T21:09:36",
    ] {
        assert_eq!(ansi_c(odd), odd);
    }
}

#[test]
fn lengths_in_words() {
    for (seconds, words) in [
        (0, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (120, "2 minutes"),
        (3600, "About an hour"),
        (7200, "2 hours"),
        (119, "About a minute"),
        (3599, "59 minutes"),
        (5400, "2 hours"),
        (49 * 3600, "2 days"),
        (3 * 86_400, "3 days"),
        (20 * 86_400, "2 weeks"),
        (100 * 86_400, "3 months"),
        (800 * 86_400, "2 years"),
        (i64::MAX, "292471208677 years"),
        (i64::MIN, "Less than a second"),
    ] {
        assert_eq!(human_duration(seconds), words);
    }
}
