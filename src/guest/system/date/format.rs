//! `strftime(3)` in the C locale and UTC.

use super::super::super::time::{self, Civil};

/// Texts of a format for a Unix time. Letters that mean nothing stay as they stand.
pub(in crate::guest) fn format(form: &str, seconds: i64) -> String {
    let civil = time::civil(seconds);
    let mut out = String::new();
    let mut rest = form.chars();
    while let Some(character) = rest.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let mut ahead = rest.clone();
        let mut letter = ahead.next();
        let flag = letter.filter(|letter| matches!(letter, '-' | '_' | '0'));
        if flag.is_some() {
            letter = ahead.next();
        }
        match letter.and_then(|letter| one(letter, &civil, seconds)) {
            Some(text) => {
                out.push_str(&flagged(&text, flag));
                rest = ahead;
            }
            None => out.push('%'),
        }
    }
    out
}

/// A field without its zeros (`-`), or with blanks in their place (`_`).
fn flagged(text: &str, flag: Option<char>) -> String {
    let last = text.len().saturating_sub(1);
    let zeros = text
        .bytes()
        .take(last)
        .take_while(|byte| matches!(byte, b'0' | b' '))
        .count();
    match flag {
        Some('-') => text[zeros..].to_owned(),
        Some('_') => " ".repeat(zeros) + &text[zeros..],
        Some('0') => "0".repeat(zeros) + &text[zeros..],
        _ => text.to_owned(),
    }
}

fn one(letter: char, civil: &Civil, seconds: i64) -> Option<String> {
    let twelve = (civil.hour + 11) % 12 + 1;
    let afternoon = if civil.hour < 12 { "AM" } else { "PM" };
    let weekday = i64::from(civil.weekday());
    let monday_first = (weekday + 6) % 7;
    let day_of_year = civil.day_of_year();
    let (iso_year, iso_week) = iso_week(civil, day_of_year, monday_first);
    Some(match letter {
        'a' => civil.weekday_name().to_owned(),
        'A' => full_weekday(civil).to_owned(),
        'b' | 'h' => civil.month_name().to_owned(),
        'B' => full_month(civil).to_owned(),
        'c' => format("%a %b %e %H:%M:%S %Y", seconds),
        'C' => format!("{:02}", civil.year.div_euclid(100)),
        'd' => format!("{:02}", civil.day),
        'D' | 'x' => format("%m/%d/%y", seconds),
        'e' => format!("{:2}", civil.day),
        'F' => format("%Y-%m-%d", seconds),
        'g' => format!("{:02}", iso_year.rem_euclid(100)),
        'G' => iso_year.to_string(),
        'H' => format!("{:02}", civil.hour),
        'I' => format!("{twelve:02}"),
        'j' => format!("{:03}", day_of_year + 1),
        'k' => format!("{:2}", civil.hour),
        'l' => format!("{twelve:2}"),
        'm' => format!("{:02}", civil.month),
        'M' => format!("{:02}", civil.minute),
        'n' => "\n".to_owned(),
        'p' => afternoon.to_owned(),
        'P' => afternoon.to_lowercase(),
        'r' => format("%I:%M:%S %p", seconds),
        'R' => format("%H:%M", seconds),
        's' => seconds.to_string(),
        'S' => format!("{:02}", civil.second),
        't' => "\t".to_owned(),
        'T' | 'X' => format("%H:%M:%S", seconds),
        'u' => (monday_first + 1).to_string(),
        'U' => format!("{:02}", (day_of_year + 7 - weekday) / 7),
        'V' => format!("{iso_week:02}"),
        'w' => weekday.to_string(),
        'W' => format!("{:02}", (day_of_year + 7 - monday_first) / 7),
        'y' => format!("{:02}", civil.year.rem_euclid(100)),
        'Y' => civil.year.to_string(),
        'z' => "+0000".to_owned(),
        'Z' => "UTC".to_owned(),
        '%' => "%".to_owned(),
        _ => return None,
    })
}

/// Year and week of ISO 8601: weeks begin on Monday, and the first is the one with the year's first Thursday.
fn iso_week(civil: &Civil, day_of_year: i64, monday_first: i64) -> (i64, i64) {
    let week = (day_of_year - monday_first + 10) / 7;
    if week < 1 {
        let last = Civil {
            year: civil.year - 1,
            month: 12,
            day: 31,
            ..*civil
        };
        let monday_first = (i64::from(last.weekday()) + 6) % 7;
        return (last.year, (last.day_of_year() - monday_first + 10) / 7);
    }
    let next = Civil {
        year: civil.year + 1,
        month: 1,
        day: 1,
        ..*civil
    };
    let next_begins = (i64::from(next.weekday()) + 6) % 7;
    if week == 53 && next_begins <= 3 {
        return (next.year, 1);
    }
    (civil.year, week)
}

fn full_weekday(civil: &Civil) -> &'static str {
    const NAMES: [&str; 7] = [
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ];
    NAMES.get(usize::from(civil.weekday())).copied().unwrap_or("???")
}

fn full_month(civil: &Civil) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES.get(usize::from(civil.month) - 1).copied().unwrap_or("???")
}
