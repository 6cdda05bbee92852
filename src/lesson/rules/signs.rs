//! Texts that can be printed.

use crate::texts::Lang;

use super::super::problem::Problem;
use super::super::source::Flaws;

/// Looks at every text, id, name and command of a file: of the structure, or of a language.
pub(in super::super) fn signs(lang: Option<Lang>, flaws: &mut Flaws<'_>) {
    flaws.wording(lang, &|key, text| {
        let sign = text
            .chars()
            .find(|&c| is_unprintable(c) && !(c == '\n' && key == "command"))?;
        Some(Problem::Unprintable { sign })
    });
}

/// A control character, a line break of Unicode's own, or a mark that turns the direction of writing.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_or_turns_a_line_is_not_printed() {
        assert!("\u{1b}\u{9b}\u{7f}\r\t\u{202e}\u{2028}".chars().all(is_unprintable));
        assert!(!"é …\u{a0}\u{202f}“→".chars().any(is_unprintable));
    }
}
