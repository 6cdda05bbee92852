//! Tables and units as Docker's CLI writes them.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

/// How columns are laid out (the settings of Go's `tabwriter`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Least width of a column, its padding included.
    least: usize,
    /// Spaces after the widest cell of a column.
    gap: usize,
}

impl Layout {
    /// Lists of objects.
    pub(super) const LIST: Self = Self { least: 10, gap: 3 };
    /// `docker top`.
    pub(super) const PROCESSES: Self = Self { least: 20, gap: 3 };
}

/// Rows under a header; the last column is not padded.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    table_with(rows, Layout::LIST)
}

/// The same, in columns of another layout.
pub(super) fn table_with(rows: &[Vec<String>], layout: Layout) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.width() + layout.gap)
                .max()
                .unwrap_or(0)
        })
        .map(|width| width.max(layout.least))
        .collect();
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if column + 1 < row.len() {
                // Not by a format's width: it is one of 16 bits, and a command may be longer.
                let padding = widths[column].saturating_sub(cell.width());
                text.extend(std::iter::repeat_n(' ', padding));
            }
        }
        text.push('\n');
    }
    text
}

/// One per line.
pub(super) fn lines(items: impl Iterator<Item = String>) -> String {
    items.fold(String::new(), |text, item| text + &item + "\n")
}

/// First twelve characters of an id, its algorithm left out.
pub(super) fn short_id(id: &str) -> &str {
    let hex = id.split_once(':').map_or(id, |(_, hex)| hex);
    hex.get(..12).unwrap_or(hex)
}

/// At most `most` characters, the last an ellipsis where the text is longer.
pub(super) fn ellipsis(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Go's `strconv.Quote`.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(control));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

/// A size for people with so many digits, in powers of 1000 (go-units' `HumanSizeWithPrecision`).
pub(super) fn human_size(bytes: f64, digits: usize) -> String {
    decimal(bytes, 1000.0, &["B", "kB", "MB", "GB", "TB", "PB", "EB"], digits)
}

/// A size for people with four digits, in powers of 1024 (go-units' `BytesSize`).
pub(super) fn bytes_size(bytes: f64) -> String {
    decimal(bytes, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"], 4)
}

fn decimal(bytes: f64, base: f64, units: &[&str], digits: usize) -> String {
    let mut value = bytes;
    let mut unit = 0;
    while value >= base && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    let whole = if value >= 1000.0 {
        4
    } else if value >= 100.0 {
        3
    } else if value >= 10.0 {
        2
    } else {
        1
    };
    let decimals = digits.saturating_sub(whole);
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text}{}", units[unit])
}

/// Orders names as people do: runs of digits by their value.
pub(super) fn natural_order(one: &str, other: &str) -> std::cmp::Ordering {
    let (mut left, mut right) = (one.as_bytes(), other.as_bytes());
    while let (Some(a), Some(b)) = (left.first(), right.first()) {
        if a.is_ascii_digit() && b.is_ascii_digit() {
            let (left_run, left_rest) = digits(left);
            let (right_run, right_rest) = digits(right);
            let order = left_run
                .len()
                .cmp(&right_run.len())
                .then_with(|| left_run.cmp(right_run));
            if order.is_ne() {
                return order;
            }
            (left, right) = (left_rest, right_rest);
        } else if a == b {
            (left, right) = (&left[1..], &right[1..]);
        } else {
            return a.cmp(b);
        }
    }
    left.len().cmp(&right.len()).then_with(|| one.cmp(other))
}

/// The leading run of digits without its zeros, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let zeros = text[..end].iter().take_while(|byte| **byte == b'0').count();
    (&text[zeros..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_laid_out_as_docker_s() {
        let rows = [
            ["NETWORK ID", "NAME", "DRIVER", "SCOPE"],
            ["678df072dd69", "bad1", "bridge", "local"],
        ];
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(
            table(&rows),
            "NETWORK ID     NAME      DRIVER    SCOPE\n678df072dd69   bad1      bridge    local\n"
        );
    }

    #[test]
    fn a_cell_may_be_longer_than_a_format_can_pad() {
        let long = "x".repeat(70_000);
        let rows = [["", &long, "c"], ["a", "b", "c"]].map(|row| row.map(str::to_owned).to_vec());
        let text = table(&rows);
        let ends: Vec<Option<usize>> = text.lines().map(|line| line.rfind('c')).collect();
        assert_eq!(ends, [Some(70_013); 2]);
    }

    #[test]
    fn sizes_and_ellipses() {
        assert_eq!(human_size(1_984_162.0, 3), "1.98MB");
        assert_eq!(human_size(1910.0, 3), "1.91kB");
        assert_eq!(human_size(0.0, 3), "0B");
        assert_eq!(human_size(2_000_000.0, 3), "2MB");
        assert_eq!(bytes_size(25_275_000_000.0), "23.54GiB");
        assert_eq!(ellipsis("sh -c 'echo \"a long command\"'", 20), "sh -c 'echo \"a long…");
        assert_eq!(quote("sh -c 'echo \"x\"'\n"), "\"sh -c 'echo \\\"x\\\"'\\n\"");
    }

    #[test]
    fn names_are_ordered_naturally() {
        let mut names = ["n10", "n2", "a", "n2b", "n02", "bridge"];
        names.sort_by(|one, other| natural_order(one, other));
        assert_eq!(names, ["a", "bridge", "n02", "n2", "n2b", "n10"]);
    }
}
