//! Running text on lines of a given width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Breaks a paragraph into lines of at most `columns` columns, at spaces (never at no-break ones); a word that is wider than a line is cut.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = vec![String::new()];
    let mut width = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let wanted = word.width();
        if width > 0 && width + 1 + wanted > columns {
            lines.push(String::new());
            width = 0;
        }
        if width > 0 {
            push(&mut lines, " ");
            width += 1;
        }
        for c in word.chars() {
            let w = c.width().unwrap_or(0);
            if width + w > columns {
                lines.push(String::new());
                width = 0;
            }
            push(&mut lines, c.encode_utf8(&mut [0; 4]));
            width += w;
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_at_spaces_but_not_at_no_break_ones() {
        assert_eq!(
            wrap("un réseau par vous\u{a0}: dev", 12),
            ["un réseau", "par vous\u{a0}:", "dev"]
        );
    }

    #[test]
    fn a_word_wider_than_a_line_is_cut() {
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(text in "[a-zé界]{1,9}( [a-zé界]{1,30}){0,8}", columns in 2..50usize) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| line.width() <= columns));
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
