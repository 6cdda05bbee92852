//! `printf(3)`'s directives, for `printf` and `awk` (ISO C, fprintf).

/// Widest field and longest fraction that are made: far beyond what is printed, far below what hurts.
const MOST: usize = 10_000;

/// One directive: `%-08.3f`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the five flags of the C standard")]
pub(crate) struct Directive {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub zero: bool,
    pub width: usize,
    pub precision: Option<usize>,
    /// The letter that ends it.
    pub conversion: u8,
}

impl Directive {
    /// Reads what follows a `%`. `star` gives the numbers that `*` stands for. Returns the directive, without its letter
    /// where the text ends before, and what is left.
    pub(crate) fn read<'a>(mut text: &'a [u8], star: &mut dyn FnMut() -> i64) -> (Self, &'a [u8]) {
        let mut read = Self::default();
        while let Some((flag, rest)) = text.split_first() {
            match flag {
                b'-' => read.left = true,
                b'+' => read.plus = true,
                b' ' => read.space = true,
                b'#' => read.alternate = true,
                b'0' => read.zero = true,
                _ => break,
            }
            text = rest;
        }
        let (width, rest) = number(text, star);
        read.left |= width < 0;
        read.width = bounded(width.unsigned_abs());
        text = rest;
        if let Some(rest) = text.strip_prefix(b".") {
            let (precision, rest) = number(rest, star);
            read.precision = u64::try_from(precision).ok().map(bounded);
            text = rest;
        }
        while let Some((b'h' | b'l' | b'L' | b'j' | b't' | b'z', rest)) = text.split_first() {
            text = rest;
        }
        if let Some((letter, rest)) = text.split_first() {
            read.conversion = *letter;
            text = rest;
        }
        (read, text)
    }

    /// `%s` and `%c`: at most as much as the precision says.
    pub(crate) fn text(&self, text: &[u8]) -> Vec<u8> {
        let kept = &text[..self.precision.unwrap_or(text.len()).min(text.len())];
        self.padded("", kept, false)
    }

    /// `%d` and `%i`.
    pub(crate) fn signed(&self, value: i64) -> Vec<u8> {
        let digits = self.digits(value.unsigned_abs().to_string());
        self.padded(self.sign(value < 0), digits.as_bytes(), self.precision.is_none())
    }

    /// `%o`, `%u`, `%x` and `%X`.
    pub(crate) fn unsigned(&self, value: u64) -> Vec<u8> {
        let (prefix, digits) = match self.conversion {
            b'o' if self.alternate && value != 0 => ("", format!("0{value:o}")),
            b'o' => ("", format!("{value:o}")),
            b'x' if self.alternate && value != 0 => ("0x", format!("{value:x}")),
            b'x' => ("", format!("{value:x}")),
            b'X' if self.alternate && value != 0 => ("0X", format!("{value:X}")),
            b'X' => ("", format!("{value:X}")),
            _ => ("", value.to_string()),
        };
        let digits = self.digits(digits);
        self.padded(prefix, digits.as_bytes(), self.precision.is_none())
    }

    /// `%e`, `%f`, `%g` and their capitals.
    pub(crate) fn float(&self, value: f64) -> Vec<u8> {
        let capital = self.conversion.is_ascii_uppercase();
        let sign = self.sign(value.is_sign_negative());
        if !value.is_finite() {
            let word = if value.is_nan() { "nan" } else { "inf" };
            let word = if capital { word.to_uppercase() } else { word.to_owned() };
            return self.padded(sign, word.as_bytes(), false);
        }
        let precision = self.precision.unwrap_or(6);
        let value = value.abs();
        let text = match self.conversion.to_ascii_lowercase() {
            b'e' => exponential(value, precision),
            b'f' => format!("{value:.precision$}"),
            _ => general(value, precision, self.alternate),
        };
        let text = if capital { text.to_uppercase() } else { text };
        self.padded(sign, text.as_bytes(), true)
    }

    const fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }

    fn digits(&self, digits: String) -> String {
        match self.precision {
            Some(0) if digits == "0" => String::new(),
            Some(precision) if precision > digits.len() => "0".repeat(precision - digits.len()) + &digits,
            _ => digits,
        }
    }

    fn padded(&self, sign: &str, text: &[u8], may_have_zeros: bool) -> Vec<u8> {
        let missing = self.width.saturating_sub(sign.len() + text.len());
        let (mut before, mut zeros, mut after) = (0, 0, 0);
        if self.left {
            after = missing;
        } else if self.zero && may_have_zeros {
            zeros = missing;
        } else {
            before = missing;
        }
        let mut out = vec![b' '; before];
        out.extend_from_slice(sign.as_bytes());
        out.extend(std::iter::repeat_n(b'0', zeros));
        out.extend_from_slice(text);
        out.extend(std::iter::repeat_n(b' ', after));
        out
    }
}

fn bounded(number: u64) -> usize {
    usize::try_from(number).unwrap_or(MOST).min(MOST)
}

/// Digits, or what `*` stands for.
fn number<'a>(text: &'a [u8], star: &mut dyn FnMut() -> i64) -> (i64, &'a [u8]) {
    if let Some(rest) = text.strip_prefix(b"*") {
        return (star(), rest);
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = text[..digits].iter().fold(0_i64, |sum, byte| {
        sum.saturating_mul(10).saturating_add(i64::from(byte - b'0'))
    });
    (value, &text[digits..])
}

/// Rust's `1.5e4` with an exponent of at least two digits and a sign.
fn exponential(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent
        .strip_prefix('-')
        .map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn general(value: f64, precision: usize, keep_zeros: bool) -> String {
    let significant = precision.max(1);
    let scientific = exponential(value, significant - 1);
    let exponent: i64 = scientific
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    let most = i64::try_from(significant).unwrap_or(i64::MAX);
    if exponent < -4 || exponent >= most {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{}e{exponent}", trimmed(mantissa, keep_zeros));
    }
    let decimals = usize::try_from(most - 1 - exponent).unwrap_or(0);
    trimmed(&format!("{value:.decimals$}"), keep_zeros).to_owned()
}

fn trimmed(text: &str, keep_zeros: bool) -> &str {
    if keep_zeros || !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Directive {
        let (directive, rest) = Directive::read(text.as_bytes(), &mut || 4);
        assert!(rest.is_empty(), "{text}");
        directive
    }

    #[test]
    fn numbers_as_c_prints_them() {
        for (directive, value, text) in [
            ("g", 0.0001, "0.0001"),
            ("g", 1e-5, "1e-05"),
            ("g", 100_000.0, "100000"),
            ("g", 1e6, "1e+06"),
            ("g", 0.0, "0"),
            (".3g", 1234.0, "1.23e+03"),
            ("#g", 1.0, "1.00000"),
            (".0e", 15.0, "2e+01"),
            ("8.2f", -1.5, "   -1.50"),
            ("08.2f", -1.5, "-0001.50"),
            ("-8.1f", 2.0, "2.0     "),
            ("+.0f", 2.5, "+2"),
            ("*.*f", 1.0, "1.0000"),
            ("05f", f64::INFINITY, "  inf"),
        ] {
            let shown = read(directive).float(value);
            assert_eq!(String::from_utf8(shown).unwrap(), text, "%{directive}");
        }
        assert_eq!(read("5.3d").signed(-7), b" -007");
        assert_eq!(read(".0d").signed(0), b"");
        assert_eq!(read("#x").unsigned(0), b"0");
        assert_eq!(read("99999999999999999999d").signed(1).len(), MOST);
        assert_eq!(read(".99999999999f").float(1.0).len(), MOST + 2);
    }
}
