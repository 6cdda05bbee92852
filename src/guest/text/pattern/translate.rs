//! From POSIX's two notations to that of the `regex` crate.

use super::{BadPattern, Syntax};

/// A pattern in the other notation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Translated {
    pub regex: String,
    /// Whether a leftmost match may not be the longest.
    pub ambiguous: bool,
}

/// Most times that an interval may ask for (`RE_DUP_MAX` of POSIX).
const MOST: u32 = 255;

/// Translates one pattern.
pub(super) fn translate(text: &str, syntax: Syntax) -> Result<Translated, BadPattern> {
    if syntax == Syntax::Literal {
        return Ok(Translated {
            regex: regex::escape(text),
            ambiguous: false,
        });
    }
    let mut reader = Reader {
        rest: text,
        extended: syntax == Syntax::Extended,
        out: String::new(),
        open: Vec::new(),
        atom: None,
        quantified: false,
        choices: 0,
        alternatives: false,
    };
    while let Some(letter) = reader.take() {
        reader.one(letter)?;
    }
    if !reader.open.is_empty() {
        return Err(BadPattern::Parenthesis);
    }
    Ok(Translated {
        ambiguous: reader.alternatives || reader.choices > 1,
        regex: reader.out,
    })
}

struct Reader<'a> {
    rest: &'a str,
    extended: bool,
    out: String,
    /// Where in `out` each open group begins.
    open: Vec<usize>,
    /// Where in `out` what a repetition would repeat begins; none at the beginning of an alternative.
    atom: Option<usize>,
    quantified: bool,
    choices: usize,
    alternatives: bool,
}

impl Reader<'_> {
    fn take(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        Some(letter)
    }

    fn one(&mut self, letter: char) -> Result<(), BadPattern> {
        match letter {
            '\\' => return self.escaped(),
            '[' => return self.bracket(),
            '.' => self.atom("."),
            '*' if self.atom.is_some() => self.repeat("*"),
            '+' | '?' if self.extended && self.atom.is_some() => self.repeat(letter.encode_utf8(&mut [0; 4])),
            '{' if self.extended && self.atom.is_some() => return self.interval(),
            '*' | '+' | '?' | '{' if self.extended && self.begins() => return Err(BadPattern::Repetition),
            // What could be repeated is an anchor, and so the same as one of it.
            '*' | '+' | '?' if self.extended => {}
            '(' if self.extended => self.group(),
            ')' if self.extended && !self.open.is_empty() => return self.end_group(),
            '|' if self.extended => self.alternative(),
            '^' if self.extended || self.begins() => self.anchor("^"),
            '$' if self.extended || self.ends() => self.anchor("$"),
            other => self.literal(other),
        }
        Ok(())
    }

    fn escaped(&mut self) -> Result<(), BadPattern> {
        let letter = self.take().ok_or(BadPattern::Backslash)?;
        let basic = !self.extended;
        match letter {
            '(' if basic => self.group(),
            ')' if basic => return self.end_group(),
            '{' if basic => return self.interval(),
            '|' if basic => self.alternative(),
            '+' | '?' if basic && self.atom.is_some() => self.repeat(letter.encode_utf8(&mut [0; 4])),
            '1'..='9' => return Err(BadPattern::BackReference),
            '<' => self.anchor(r"\b{start}"),
            '>' => self.anchor(r"\b{end}"),
            'b' => self.anchor(r"\b"),
            'B' => self.anchor(r"\B"),
            'w' => self.atom("[_[:alnum:]]"),
            'W' => self.atom("[^_[:alnum:]]"),
            's' => self.atom("[[:space:]]"),
            'S' => self.atom("[^[:space:]]"),
            'd' => self.atom("[0-9]"),
            'D' => self.atom("[^0-9]"),
            'n' => self.literal('\n'),
            't' => self.literal('\t'),
            'r' => self.literal('\r'),
            'f' => self.literal('\u{c}'),
            other => self.literal(other),
        }
        Ok(())
    }

    /// Whether a basic pattern's `^` here is an anchor: at its beginning or that of a group or alternative.
    fn begins(&self) -> bool {
        self.out.is_empty()
            || self.out.ends_with('|') && self.atom.is_none()
            || self.open.last().is_some_and(|at| at + 1 == self.out.len())
    }

    /// The same for `$` and the end.
    fn ends(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with("\\)") || self.rest.starts_with("\\|")
    }

    fn atom(&mut self, regex: &str) {
        self.atom = Some(self.out.len());
        self.quantified = false;
        self.out.push_str(regex);
    }

    fn literal(&mut self, letter: char) {
        let mut buffer = [0; 4];
        let escaped = regex::escape(letter.encode_utf8(&mut buffer));
        self.atom(&escaped);
    }

    /// Nothing that a star could repeat: one that follows stands for itself.
    fn anchor(&mut self, regex: &str) {
        self.atom = None;
        self.out.push_str(regex);
    }

    fn alternative(&mut self) {
        self.alternatives = true;
        self.anchor("|");
    }

    fn group(&mut self) {
        self.open.push(self.out.len());
        self.anchor("(");
    }

    fn end_group(&mut self) -> Result<(), BadPattern> {
        let start = self.open.pop().ok_or(BadPattern::Parenthesis)?;
        self.out.push(')');
        self.atom = Some(start);
        self.quantified = false;
        Ok(())
    }

    fn repeat(&mut self, how: &str) {
        let Some(start) = self.atom else { return };
        // A second repetition is of the first; in the other notation it would make it a lazy one.
        if self.quantified {
            self.out.insert_str(start, "(?:");
            self.out.push(')');
        }
        self.out.push_str(how);
        self.quantified = true;
        self.choices += 1;
    }

    fn interval(&mut self) -> Result<(), BadPattern> {
        if self.atom.is_none() {
            self.literal('{');
            return Ok(());
        }
        let end = if self.extended { "}" } else { "\\}" };
        let (inside, rest) = self.rest.split_once(end).ok_or(BadPattern::Brace)?;
        self.rest = rest;
        let (least, most) = match inside.split_once(',') {
            Some((least, most)) => (least, Some(most)),
            None => (inside, None),
        };
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number <= MOST);
        // `{,3}` is from none on, as musl and glibc have it.
        let least = match (least, most) {
            ("", Some(_)) => 0,
            _ => number(least).ok_or(BadPattern::Count)?,
        };
        let how = match most {
            None => format!("{{{least}}}"),
            Some("") => format!("{{{least},}}"),
            Some(most) => {
                let most = number(most).filter(|most| *most >= least).ok_or(BadPattern::Count)?;
                format!("{{{least},{most}}}")
            }
        };
        self.repeat(&how);
        Ok(())
    }

    fn bracket(&mut self) -> Result<(), BadPattern> {
        let mut class = String::from("[");
        if self.rest.starts_with('^') {
            self.take();
            class.push('^');
        }
        let mut first = true;
        loop {
            let letter = self.take().ok_or(BadPattern::Bracket)?;
            match letter {
                ']' if !first => break,
                '[' if self.rest.starts_with(':') => {
                    let (name, rest) = self.rest[1..].split_once(":]").ok_or(BadPattern::Bracket)?;
                    if !CLASSES.contains(&name) {
                        return Err(BadPattern::Class);
                    }
                    class.extend(["[:", name, ":]"]);
                    self.rest = rest;
                }
                letter => {
                    let low = self.element(letter)?;
                    push_escaped(&mut class, low);
                    let mut ahead = self.rest.chars();
                    if ahead.next() == Some('-') && ahead.next().is_some_and(|after| after != ']') {
                        self.take();
                        let high = self.take().ok_or(BadPattern::Bracket)?;
                        let high = self.element(high)?;
                        if high < low {
                            return Err(BadPattern::Range);
                        }
                        class.push('-');
                        push_escaped(&mut class, high);
                    }
                }
            }
            first = false;
        }
        class.push(']');
        self.atom(&class);
        Ok(())
    }

    /// One letter of a bracket expression, which may be written `[.x.]` or `[=x=]`.
    fn element(&mut self, letter: char) -> Result<char, BadPattern> {
        let marked = if letter == '[' { self.rest.chars().next() } else { None };
        let Some(mark) = marked.filter(|mark| matches!(mark, '.' | '=')) else {
            return Ok(letter);
        };
        let close = format!("{mark}]");
        let (inside, rest) = self.rest[1..].split_once(&close).ok_or(BadPattern::Bracket)?;
        let mut letters = inside.chars();
        let (Some(only), None) = (letters.next(), letters.next()) else {
            return Err(BadPattern::Class);
        };
        self.rest = rest;
        Ok(only)
    }
}

const CLASSES: [&str; 12] = [
    "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit",
];

/// A letter inside the other notation's brackets, where more of them mean something.
fn push_escaped(class: &mut String, letter: char) {
    if letter.is_ascii_punctuation() {
        class.push('\\');
    }
    class.push(letter);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(text: &str) -> String {
        translate(text, Syntax::Basic).unwrap().regex
    }

    fn extended(text: &str) -> String {
        translate(text, Syntax::Extended).unwrap().regex
    }

    #[test]
    fn basic_patterns_escape_what_extended_ones_do_not() {
        assert_eq!(basic(r"a\{2,3\}\(b\|c\)\+"), "a{2,3}(b|c)+");
        assert_eq!(extended("a{2,3}(b|c)+"), "a{2,3}(b|c)+");
        assert_eq!(basic("a{2}(b|c)+?"), r"a\{2\}\(b\|c\)\+\?");
        assert_eq!(extended(r"a\{2\}\(b"), r"a\{2\}\(b");
    }

    #[test]
    fn anchors_and_stars_stand_for_themselves_where_they_can_mean_nothing() {
        assert_eq!(basic("*a^b$c"), r"\*a\^b\$c");
        assert_eq!(basic(r"^*a$"), r"^\*a$");
        assert_eq!(basic(r"\(^a$\)"), "(^a$)");
        assert_eq!(extended("^*a"), "^a");
    }

    #[test]
    fn repetitions_of_repetitions_are_not_lazy() {
        assert_eq!(extended("a+?"), "(?:a+)?");
        assert_eq!(extended("(ab)*{2}"), "(?:(ab)*){2}");
    }

    #[test]
    fn brackets_keep_their_meaning() {
        assert_eq!(basic(r"[]a\[]"), r"[\]a\\\[]");
        assert_eq!(basic("[^]-_[:digit:]x-]"), r"[^\]-\_[:digit:]x\-]");
        assert_eq!(basic("[[.-.][=a=]]"), r"[\-a]");
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (text, reason) in [
            ("*a", BadPattern::Repetition),
            ("a|+", BadPattern::Repetition),
            ("(", BadPattern::Parenthesis),
            ("[a", BadPattern::Bracket),
            ("[[:nope:]]", BadPattern::Class),
            ("[b-a]", BadPattern::Range),
            ("a{2", BadPattern::Brace),
            ("a{x}", BadPattern::Count),
            ("a{3,2}", BadPattern::Count),
            ("\\", BadPattern::Backslash),
            (r"(a)\1", BadPattern::BackReference),
        ] {
            assert_eq!(translate(text, Syntax::Extended).unwrap_err(), reason, "{text}");
        }
        assert_eq!(translate(r"\)", Syntax::Basic).unwrap_err(), BadPattern::Parenthesis);
    }
}
