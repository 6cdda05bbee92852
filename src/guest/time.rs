//! Dates, in UTC: a container has no time zone files.

use std::time::UNIX_EPOCH;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// Unix seconds now.
pub(crate) fn now() -> i64 {
    UNIX_EPOCH
        .elapsed()
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// A moment of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

impl Civil {
    /// `Jan` … `Dec`.
    pub(crate) fn month_name(&self) -> &'static str {
        MONTHS.get(usize::from(self.month) - 1).copied().unwrap_or("???")
    }

    /// `Tue Nov 24 01:38:13 2026`, as `ctime(3)` has it.
    pub(crate) fn ctime(&self) -> String {
        let (day, hour, minute, second) = (self.day, self.hour, self.minute, self.second);
        format!(
            "{} {} {day:2} {hour:02}:{minute:02}:{second:02} {}",
            self.weekday_name(),
            self.month_name(),
            self.year
        )
    }

    /// `Mon` … `Sun`.
    pub(crate) fn weekday_name(&self) -> &'static str {
        WEEKDAYS.get(usize::from(self.weekday())).copied().unwrap_or("???")
    }

    /// Days since Sunday, by Sakamoto's rule.
    pub(crate) fn weekday(&self) -> u8 {
        const SHIFTS: [i64; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year = self.year - i64::from(self.month < 3);
        let shift = SHIFTS.get(usize::from(self.month) - 1).copied().unwrap_or(0);
        let day = year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + shift + i64::from(self.day);
        u8::try_from(day.rem_euclid(7)).unwrap_or(0)
    }

    /// Days since the first of January.
    pub(crate) fn day_of_year(&self) -> i64 {
        let first = Self {
            month: 1,
            day: 1,
            ..*self
        };
        self.days() - first.days()
    }

    /// Days since 1970 began. A day beyond the end of its month counts on into the next.
    pub(crate) fn days(&self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let from_march = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * from_march + 2) / 5 + i64::from(self.day) - 1;
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        365 * year + leap_days + day_of_year - 719_468
    }

    /// The Unix time.
    pub(crate) fn seconds(&self) -> i64 {
        self.days() * 86_400 + i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }

    /// `2026-11-24 01:38:13`.
    pub(crate) fn iso(&self) -> String {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

/// The calendar's words for a Unix time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "each value is below its unit's length"
)]
pub(crate) fn civil(seconds: i64) -> Civil {
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    // Years that begin in March put the leap day at their end; 146,097 days are 400 of them.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: month as u8,
        day: (day_of_year - (153 * from_march + 2) / 5 + 1) as u8,
        hour: (rest / 3600) as u8,
        minute: (rest / 60 % 60) as u8,
        second: (rest % 60) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn known_moments() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (-1, "1969-12-31 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_577_872_800, "2020-01-01 10:00:00"),
            (4_107_542_399, "2100-02-28 23:59:59"),
        ] {
            assert_eq!(civil(seconds).iso(), text);
            assert_eq!(civil(seconds).seconds(), seconds);
        }
        assert_eq!(civil(0).month_name(), "Jan");
        assert_eq!(civil(0).ctime(), "Thu Jan  1 00:00:00 1970");
        assert_eq!(civil(951_782_400).ctime(), "Tue Feb 29 00:00:00 2000");
        assert_eq!(civil(4_107_542_399).weekday_name(), "Sun");
    }
}
