//! Docker's timestamps.

/// Nanoseconds since the Unix epoch of an RFC 3339 timestamp (`2026-11-24T01:24:36.8179Z`, `…+02:00`); None for anything else and for
/// what does not fit (Docker's zero time, year 1).
pub(super) fn unix_nanos(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (clock, zone) = rest.split_at(zone_at);
    let mut clock = clock.splitn(3, ':');
    let (hour, minute) = (clock.next()?.parse::<i64>().ok()?, clock.next()?.parse::<i64>().ok()?);
    let (second, fraction) = match clock.next()?.split_once('.') {
        Some((second, fraction)) => (second.parse::<i64>().ok()?, nanos(fraction)?),
        None => (rest.get(6..8)?.parse::<i64>().ok()?, 0),
    };
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset(zone)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}

fn nanos(fraction: &str) -> Option<i64> {
    let digits = fraction.get(..9.min(fraction.len()))?;
    let value: i64 = digits.parse().ok()?;
    Some(value * 10_i64.pow(u32::try_from(9 - digits.len()).ok()?))
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = if let Some(rest) = zone.strip_prefix('+') {
        (1, rest)
    } else {
        (-1, zone.strip_prefix('-')?)
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_of_docker_is_read_to_the_nanosecond() {
        assert_eq!(
            unix_nanos("2026-11-24T01:24:36.817900108Z"),
            Some(1_795_483_476_817_900_108)
        );
        assert_eq!(
            unix_nanos("2026-11-24T03:24:36.8179+02:00"),
            Some(1_795_483_476_817_900_000)
        );
        assert_eq!(unix_nanos("1970-01-01T00:00:01Z"), Some(1_000_000_000));
        assert_eq!(unix_nanos("1969-12-31T22:30:00-01:30"), Some(0));
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2026-11-24",
            "0001-01-01T00:00:00Z",
            "2026-11-24T01:24",
            "2026-11-24T01:24:é6Z",
        ] {
            assert_eq!(unix_nanos(text), None, "{text}");
        }
    }
}
