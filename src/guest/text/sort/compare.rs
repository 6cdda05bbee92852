//! Which of two lines comes first.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::super::super::number;
use super::key::{Key, Kind, Letters};

/// The order of lines.
pub(super) struct Order {
    pub keys: Vec<Key>,
    pub separator: Option<u8>,
    /// What holds for the whole line, and for keys without letters of their own.
    pub whole: Letters,
    pub stable: bool,
}

impl Order {
    /// By keys, then by the lines themselves unless that is not wanted.
    pub(super) fn compare(&self, one: &[u8], other: &[u8]) -> Ordering {
        let ordering = self.by_keys(one, other);
        if self.stable {
            return ordering;
        }
        ordering.then_with(|| turned(one.cmp(other), self.whole.reverse))
    }

    /// By keys alone.
    pub(super) fn by_keys(&self, one: &[u8], other: &[u8]) -> Ordering {
        if self.keys.is_empty() {
            let skip = |line| if self.whole.blanks { trimmed(line) } else { line };
            return by(self.whole, skip(one), skip(other));
        }
        self.keys
            .iter()
            .map(|key| {
                let letters = key.letters.unwrap_or(self.whole);
                let part = |line| key.part(line, self.separator, letters.blanks);
                by(letters, part(one), part(other))
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

const fn turned(ordering: Ordering, turn: bool) -> Ordering {
    if turn { ordering.reverse() } else { ordering }
}

fn by(letters: Letters, one: &[u8], other: &[u8]) -> Ordering {
    let (one, other) = (kept(letters, one), kept(letters, other));
    let ordering = match letters.kind {
        Kind::Text => one.cmp(&other),
        Kind::Number => numbers(plain(&one), plain(&other)),
        Kind::Human => numbers(human(&one), human(&other)),
        Kind::General => general(&one)
            .cmp(&general(&other))
            .then_with(|| numbers(plain(&one), plain(&other))),
        Kind::Month => month(&one).cmp(&month(&other)),
        Kind::Version => versions(&one, &other),
    };
    turned(ordering, letters.reverse)
}

/// The text without what the letters leave out, in capitals where case does not count.
fn kept(letters: Letters, text: &[u8]) -> Cow<'_, [u8]> {
    if !(letters.dictionary || letters.printable || letters.fold) {
        return Cow::Borrowed(text);
    }
    let stays = |byte: &u8| {
        (!letters.dictionary || byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace())
            && (!letters.printable || matches!(byte, b' '..=b'~'))
    };
    let shape = |byte: u8| if letters.fold { byte.to_ascii_uppercase() } else { byte };
    Cow::Owned(text.iter().copied().filter(stays).map(shape).collect())
}

fn plain(text: &[u8]) -> f64 {
    number::float(text).map_or(0.0, |(value, _)| value)
}

/// Numbers in their order; what is no number is greater than all, so that there is one order.
fn numbers(one: f64, other: f64) -> Ordering {
    one.partial_cmp(&other)
        .unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
}

/// `-g`: texts without a number first, then those that say they are none, then numbers.
fn general(text: &[u8]) -> u8 {
    match number::float(text) {
        None => 0,
        Some((value, _)) if value.is_nan() => 1,
        Some(_) => 2,
    }
}

/// `-h`: a number and what its letter multiplies it with.
fn human(text: &[u8]) -> f64 {
    let Some((value, used)) = number::float(text) else {
        return 0.0;
    };
    let scale = text
        .get(used)
        .and_then(|unit| b"kmgtpezy".iter().position(|known| *known == unit.to_ascii_lowercase()));
    scale.map_or(value, |scale| {
        value * 1024_f64.powi(i32::try_from(scale).unwrap_or(0) + 1)
    })
}

/// 1 to 12; 0 for anything else.
fn month(text: &[u8]) -> usize {
    const MONTHS: [&[u8]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
    ];
    let Some(name) = trimmed(text).get(..3) else { return 0 };
    MONTHS
        .iter()
        .position(|month| name.eq_ignore_ascii_case(month))
        .map_or(0, |at| at + 1)
}

/// Runs of digits by their value, everything else byte by byte.
fn versions(mut one: &[u8], mut other: &[u8]) -> Ordering {
    loop {
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (of_one, of_other) = (digits(one), digits(other));
        if of_one > 0 && of_other > 0 {
            let compared = digit_runs(&one[..of_one], &other[..of_other]);
            if compared.is_ne() {
                return compared;
            }
            (one, other) = (&one[of_one..], &other[of_other..]);
            continue;
        }
        match (one.split_first(), other.split_first()) {
            (Some((first, rest)), Some((second, others))) if first == second => (one, other) = (rest, others),
            (first, second) => return first.map(|(byte, _)| byte).cmp(&second.map(|(byte, _)| byte)),
        }
    }
}

/// By value, then with more zeros in front first.
fn digit_runs(one: &[u8], other: &[u8]) -> Ordering {
    let bare = |text: &[u8]| text.iter().position(|byte| *byte != b'0').unwrap_or(text.len());
    let (value, other_value) = (&one[bare(one)..], &other[bare(other)..]);
    value
        .len()
        .cmp(&other_value.len())
        .then_with(|| value.cmp(other_value))
        .then_with(|| other.len().cmp(&one.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_multiply() {
        let mut sizes = ["1G", "2M", "5", "1K", "3k", "-1M", "0", "x"];
        sizes.sort_by(|one, other| numbers(human(one.as_bytes()), human(other.as_bytes())));
        assert_eq!(sizes, ["-1M", "0", "x", "5", "1K", "3k", "2M", "1G"]);
    }

    #[test]
    fn zeros_in_front_make_a_version_earlier() {
        let mut names = ["a10", "a1", "a01", "a2", "a001"];
        names.sort_by(|one, other| versions(one.as_bytes(), other.as_bytes()));
        assert_eq!(names, ["a001", "a01", "a1", "a2", "a10"]);
    }
}
