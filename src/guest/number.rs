//! Numbers on command lines, with busybox's reproaches.

use std::ffi::OsStr;

/// A number of decimal digits alone.
///
/// # Errors
/// The sentence for anything else.
pub(crate) fn plain(text: &OsStr) -> Result<u64, String> {
    digits(text.as_encoded_bytes()).ok_or_else(|| format!("invalid number '{}'", text.display()))
}

/// The same between two bounds.
///
/// # Errors
/// The sentence for anything else.
pub(crate) fn within(text: &OsStr, low: u64, high: u64) -> Result<u64, String> {
    let number = plain(text)?;
    if (low..=high).contains(&number) {
        return Ok(number);
    }
    Err(format!("number {number} is not in {low}..{high} range"))
}

/// Digits with one of some letters that multiply them, or without.
///
/// # Errors
/// The sentence for anything else.
pub(crate) fn with_unit(text: &OsStr, units: &[(&str, u64)]) -> Result<u64, String> {
    let bytes = text.as_encoded_bytes();
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let unit = match &bytes[count..] {
        b"" => Some(1),
        letters => units
            .iter()
            .find(|(name, _)| name.as_bytes() == letters)
            .map(|(_, unit)| *unit),
    };
    digits(&bytes[..count])
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .ok_or_else(|| format!("invalid number '{}'", text.display()))
}

/// The number a text begins with, as `strtod(3)` reads it after its blanks, and how many bytes it takes; `None` where there is none.
pub(crate) fn float(text: &[u8]) -> Option<(f64, usize)> {
    let blanks = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r'))
        .count();
    let signed = usize::from(matches!(text.get(blanks), Some(b'-' | b'+')));
    let start = blanks + signed;
    let rest = &text[start..];
    let (value, used) = word(rest).or_else(|| hexadecimal(rest)).or_else(|| decimal(rest))?;
    let value = if text.get(blanks) == Some(&b'-') && signed == 1 {
        -value
    } else {
        value
    };
    Some((value, start + used))
}

/// `inf`, `infinity` and `nan`, in any case.
fn word(text: &[u8]) -> Option<(f64, usize)> {
    let words: [(&[u8], f64); 3] = [
        (b"infinity", f64::INFINITY),
        (b"inf", f64::INFINITY),
        (b"nan", f64::NAN),
    ];
    let (name, value) = words.into_iter().find(|(name, _)| {
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    Some((value, name.len()))
}

fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    let length = digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let digit = |byte: &u8| f64::from(char::from(*byte).to_digit(16).unwrap_or(0));
    let value = digits[..length].iter().fold(0.0, |sum, byte| sum * 16.0 + digit(byte));
    (length > 0).then_some((value, length + 2))
}

/// Digits with at most one point and perhaps an exponent: the one form `awk` reads (POSIX.1-2017, awk).
pub(crate) fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let count = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = count(0);
    let mut used = whole;
    let mut filled = whole > 0;
    if text.get(used) == Some(&b'.') {
        let part = count(used + 1);
        filled |= part > 0;
        used += 1 + part;
    }
    if !filled {
        return None;
    }
    if matches!(text.get(used), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(text.get(used + 1), Some(b'-' | b'+')));
        let digits = text.get(used + 1 + signed..).map_or(0, |_| count(used + 1 + signed));
        if digits > 0 {
            used += 1 + signed + digits;
        }
    }
    let value = std::str::from_utf8(&text[..used]).ok()?.parse().ok()?;
    Some((value, used))
}

fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_numbers() {
        assert_eq!(plain(OsStr::new("12")), Ok(12));
        for text in ["", "x", "-1", "+1", "1k", "99999999999999999999999"] {
            assert_eq!(plain(OsStr::new(text)).unwrap_err(), format!("invalid number '{text}'"));
        }
    }
    #[test]
    fn a_float_is_what_a_text_begins_with() {
        for (text, value, used) in [
            ("12", 12.0, 2),
            (" -1.5x", -1.5, 5),
            (".5.", 0.5, 2),
            ("1.", 1.0, 2),
            ("1e3", 1000.0, 3),
            ("1e", 1.0, 1),
            ("1e+x", 1.0, 1),
            ("0x1fg", 31.0, 4),
            ("-inf", f64::NEG_INFINITY, 4),
        ] {
            assert_eq!(float(text.as_bytes()), Some((value, used)), "{text}");
        }
        for text in ["", "x", ".", "-", "+-1", "e3"] {
            assert_eq!(float(text.as_bytes()), None, "{text}");
        }
    }
}
