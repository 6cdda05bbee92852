//! Regular expressions as POSIX has them: leftmost, then longest.

mod translate;

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::nfa::thompson::{
    self,
    pikevm::{Cache, PikeVM},
};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

/// Which language a pattern is written in (POSIX.1-2017, Base Definitions 9.3 and 9.4; `grep -F`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Basic,
    Extended,
    Literal,
}

/// How a pattern is matched.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    pub ignore_case: bool,
    /// `^` and `$` also match beside newlines (sed's flag `M`).
    pub multi_line: bool,
}

/// Why a pattern cannot be used. The words are musl's `regerror(3)`, but for the one thing that is only missing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadPattern {
    Bracket,
    Parenthesis,
    Brace,
    Count,
    Class,
    Range,
    Backslash,
    Repetition,
    BackReference,
    TooBig,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bracket => "Missing ']'",
            Self::Parenthesis => "Missing ')'",
            Self::Brace => "Missing '}'",
            Self::Count => "Invalid contents of {}",
            Self::Class => "Unknown character class name",
            Self::Range => "Invalid character range",
            Self::Backslash => "Trailing backslash",
            Self::Repetition => "Repetition not preceded by valid expression",
            Self::BackReference => "back-references (\\1 in a pattern) are not in this lab",
            Self::TooBig => "Out of memory",
        })
    }
}

/// Where the whole match and each group lie.
pub(crate) type Groups = Vec<Option<Range<usize>>>;

/// A pattern, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// Looks for the longest match where the first the other finds may be shorter.
    longest: Option<(PikeVM, RefCell<Cache>)>,
}

impl Pattern {
    /// Reads one pattern.
    pub(crate) fn new(text: &str, language: Syntax, manner: Manner) -> Result<Self, BadPattern> {
        Self::any_of(&[text], language, manner)
    }

    /// Reads several patterns, each of which may match.
    pub(crate) fn any_of(texts: &[&str], language: Syntax, manner: Manner) -> Result<Self, BadPattern> {
        let translated: Vec<translate::Translated> = texts
            .iter()
            .map(|text| translate::translate(text, language))
            .collect::<Result<_, _>>()?;
        let ambiguous = texts.len() > 1 || translated.iter().any(|one| one.ambiguous);
        let joined = match translated.as_slice() {
            [only] => only.regex.clone(),
            all => {
                let each: Vec<String> = all.iter().map(|one| format!("(?:{})", one.regex)).collect();
                each.join("|")
            }
        };
        let regex = RegexBuilder::new(&joined)
            .case_insensitive(manner.ignore_case)
            .multi_line(manner.multi_line)
            .dot_matches_new_line(true)
            .build()
            .map_err(|_| BadPattern::TooBig)?;
        let longest = if ambiguous {
            Some(longest(&joined, manner)?)
        } else {
            None
        };
        Ok(Self { regex, longest })
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }

    /// The leftmost longest match that begins at or after `from`.
    pub(crate) fn find_at(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        if self.longest.is_some() {
            return self.groups_at(text, from)?.into_iter().next().flatten();
        }
        self.regex.find_at(text, from).map(|found| found.range())
    }

    /// The same with what its groups matched.
    pub(crate) fn groups_at(&self, text: &[u8], from: usize) -> Option<Groups> {
        let Some((machine, cache)) = &self.longest else {
            let found = self.regex.captures_at(text, from)?;
            return Some(found.iter().map(|group| group.map(|group| group.range())).collect());
        };
        // Where the leftmost match begins is the same in every preference; where it ends is not.
        let start = self.regex.find_at(text, from)?.start();
        let input = Input::new(text).range(start..).anchored(Anchored::Yes);
        let mut found = machine.create_captures();
        machine.captures(&mut cache.borrow_mut(), input, &mut found);
        let groups: Groups = found.iter().map(|group| group.map(|span| span.range())).collect();
        found.is_match().then_some(groups)
    }
}

fn longest(regex: &str, manner: Manner) -> Result<(PikeVM, RefCell<Cache>), BadPattern> {
    let language = syntax::Config::new()
        .utf8(false)
        .case_insensitive(manner.ignore_case)
        .multi_line(manner.multi_line)
        .dot_matches_new_line(true);
    let machine = PikeVM::builder()
        .configure(PikeVM::config().match_kind(MatchKind::All))
        .syntax(language)
        .thompson(thompson::Config::new().utf8(false))
        .build(regex)
        .map_err(|_| BadPattern::TooBig)?;
    let cache = RefCell::new(machine.create_cache());
    Ok((machine, cache))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> String {
        let pattern = Pattern::new(pattern, Syntax::Extended, Manner::default()).unwrap();
        let range = pattern.find_at(text.as_bytes(), 0).unwrap();
        text[range].to_owned()
    }

    #[test]
    fn the_longest_of_the_leftmost_matches_counts() {
        assert_eq!(found("a|ab", "xabc"), "ab");
        assert_eq!(found("(a|ab)(c|bcd)", "abcd"), "abcd");
        assert_eq!(found("ab?(bcd)?", "abcd"), "abcd");
        assert_eq!(found("x$|x|xy", "xyz"), "xy");
        assert_eq!(found("b*|c", "bbc"), "bb");
    }

    #[test]
    fn groups_are_those_of_the_longest_match() {
        let pattern = Pattern::new("(a|ab)(c|bcd)", Syntax::Extended, Manner::default()).unwrap();
        assert_eq!(
            pattern.groups_at(b"-abcd", 0).unwrap(),
            [Some(1..5), Some(1..2), Some(2..5)]
        );
    }
}
