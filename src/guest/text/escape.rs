//! Backslash escapes as busybox's text tools read them.

/// The byte of the escape that follows a backslash, and what is left; `None` where there is no such escape.
pub(in super::super) fn read(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&first, rest) = text.split_first()?;
    let byte = match first {
        b'a' => 7,
        b'b' => 8,
        b'e' => 27,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'x' if rest.first().is_some_and(u8::is_ascii_hexdigit) => return Some(digits(rest, 16, 2)),
        b'0'..=b'7' => return Some(digits(text, 8, 3)),
        _ => return None,
    };
    Some((byte, rest))
}

/// A number of at most `most` digits. What is greater than a byte loses its last digit.
fn digits(text: &[u8], radix: u32, most: usize) -> (u8, &[u8]) {
    let mut value = 0_u8;
    let mut used = 0;
    while used < most
        && let Some(digit) = text.get(used).and_then(|byte| char::from(*byte).to_digit(radix))
        && let Ok(longer) = u8::try_from(u32::from(value) * radix + digit)
    {
        value = longer;
        used += 1;
    }
    (value, &text[used..])
}

/// A text with its escapes read; those there are not stay as they stand.
pub(in super::super) fn all(mut text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some((&first, rest)) = text.split_first() {
        text = rest;
        if first == b'\\'
            && let Some((byte, rest)) = read(rest)
        {
            out.push(byte);
            text = rest;
        } else {
            out.push(first);
        }
    }
    out
}
