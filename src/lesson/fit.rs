//! Whether texts fit where the screen shows them.

use crate::texts::wrap;

/// Room for a step: its text, a rule, and its checks below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panel {
    /// Columns and rows of the screen that it is on.
    pub screen: &'static str,
    /// Columns of a line of text.
    pub columns: usize,
    /// Lines in all.
    pub rows: usize,
    /// Lines kept, at least, for what the first red check saw and wanted.
    pub told: usize,
    /// Whether the step's title stands in here; else it is in the header.
    pub has_title: bool,
}

/// The instruction's panel at 120×36.
pub const FULL: Panel = Panel {
    screen: "120x36",
    columns: 40,
    rows: 18,
    told: 4,
    has_title: true,
};
/// The instruction's tab at 80×24.
pub const COMPACT: Panel = Panel {
    screen: "80x24",
    columns: 76,
    rows: 10,
    told: 2,
    has_title: false,
};

/// What a command is set in by, and the `\` where it goes on.
const COMMAND_MARGIN: usize = 8;
/// Where a choice begins: behind its number.
const NUMBER: usize = 3;
/// Where what is said about a check begins: behind its mark.
const MARK: usize = 2;

impl Panel {
    /// Lines that these paragraphs take, without blank lines between them: where room is short the screen leaves those out.
    #[must_use]
    pub fn lines_of<'a>(&self, paragraphs: impl IntoIterator<Item = &'a str>) -> usize {
        let lines = |text: &str| match text.strip_prefix("$ ") {
            Some(command) => wrap(command, self.columns.saturating_sub(COMMAND_MARGIN)).len(),
            None => wrap(text, self.columns).len(),
        };
        paragraphs.into_iter().map(lines).sum()
    }

    /// Lines that a question's choices take, each behind its number, with the line that says how to answer.
    #[must_use]
    pub fn lines_of_choices(&self, choices: &[String]) -> usize {
        let lines = choices
            .iter()
            .map(|choice| wrap(choice, self.columns.saturating_sub(NUMBER)).len());
        lines.sum::<usize>() + usize::from(!choices.is_empty())
    }

    /// Lines that a sentence about a check takes.
    #[must_use]
    pub fn lines_below(&self, sentence: &str) -> usize {
        wrap(sentence, self.columns.saturating_sub(MARK)).len()
    }

    /// Lines left for a step's text while it is red and a check tells so much.
    #[must_use]
    pub fn room_while_red<'a>(&self, titles: impl IntoIterator<Item = &'a str>, told: usize) -> usize {
        self.room_when_green(titles).saturating_sub(self.told.max(told))
    }

    /// Lines left for a step's text once it is green.
    #[must_use]
    pub fn room_when_green<'a>(&self, titles: impl IntoIterator<Item = &'a str>) -> usize {
        let checks: usize = titles.into_iter().map(|title| self.lines_below(title)).sum();
        self.rows.saturating_sub(1 + checks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_counted_without_the_gap_between_them() {
        assert_eq!(FULL.lines_of(["one", "two"]), 2);
    }

    #[test]
    fn a_command_has_less_room_than_a_sentence() {
        let text = format!("$ {}", "word ".repeat(8).trim_end());
        assert_eq!((FULL.lines_of([&*text]), FULL.lines_of([&text[2..]])), (2, 1));
    }

    #[test]
    fn checks_and_what_they_saw_take_their_room() {
        let titles = ["the network dev exists", "es is plugged into dev"];
        assert_eq!(COMPACT.room_when_green(titles), 7);
        assert_eq!(COMPACT.room_while_red(titles, 0), 5);
        assert_eq!(COMPACT.room_while_red(titles, 3), 4);
    }
}
