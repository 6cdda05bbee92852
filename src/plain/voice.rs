//! What is said: whole lines, no control characters of ours.

use std::borrow::Cow;

use crate::texts::{self, Lang};

/// Collects what is to be written.
#[derive(Debug)]
pub struct Voice {
    /// The language spoken.
    pub lang: Lang,
    ascii: bool,
    out: Vec<u8>,
    /// The line that was begun is ours to end.
    inside_a_line: bool,
}

impl Voice {
    /// Silent so far. With `ascii`, punctuation is ASCII's.
    #[must_use]
    pub const fn new(lang: Lang, ascii: bool) -> Self {
        Self {
            lang,
            ascii,
            out: Vec::new(),
            inside_a_line: false,
        }
    }

    /// How much is to be written so far: more of it, and something was said.
    #[must_use]
    pub const fn so_far(&self) -> usize {
        self.out.len()
    }

    /// A line, on a line of its own.
    pub fn line(&mut self, text: &str) {
        self.fresh_line();
        self.out.extend_from_slice(self.spelt(text).as_bytes());
        self.out.push(b'\n');
    }

    /// A line of the catalogue.
    pub fn say(&mut self, key: &'static str) {
        self.line(texts::get(self.lang, key));
    }

    /// A line of the catalogue, filled.
    pub fn fill(&mut self, key: &'static str, values: &[(&str, &str)]) {
        self.line(&texts::fill(self.lang, key, values));
    }

    /// A prompt, whose line the learner ends.
    pub fn prompt(&mut self, text: &str) {
        self.fresh_line();
        self.out.extend_from_slice(self.spelt(text).as_bytes());
        self.inside_a_line = true;
    }

    /// What a program wrote, as it is.
    pub fn pass(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        if let Some(last) = bytes.last() {
            self.inside_a_line = *last != b'\n';
        }
    }

    /// The learner has ended the line: their terminal shows it.
    pub const fn was_ended(&mut self) {
        self.inside_a_line = false;
    }

    /// What is to be written now.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    fn fresh_line(&mut self) {
        if std::mem::take(&mut self.inside_a_line) {
            self.out.push(b'\n');
        }
    }

    fn spelt<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.ascii {
            let mut spelt = String::with_capacity(text.len());
            for c in text.chars() {
                match plain(c) {
                    Some(instead) => spelt.push_str(instead),
                    None => spelt.push(c),
                }
            }
            Cow::Owned(spelt)
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// How ASCII has a mark of punctuation; letters keep their accents.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        '’' | '‘' => "'",
        '“' | '”' | '«' | '»' => "\"",
        '\u{a0}' | '\u{202f}' => " ",
        '…' => "...",
        '–' | '—' | '·' => "-",
        '×' => "x",
        '→' => "->",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_said_has_its_own_line() {
        let mut voice = Voice::new(Lang::En, false);
        voice.prompt("1/9 $ ");
        voice.line("one");
        voice.pass(b"no end");
        voice.line("two");
        voice.prompt("1/9 $ ");
        voice.was_ended();
        voice.line("three");
        assert_eq!(
            String::from_utf8(voice.take()).unwrap(),
            "1/9 $ \none\nno end\ntwo\n1/9 $ three\n"
        );
    }

    #[test]
    fn in_ascii_only_letters_have_marks() {
        let mut voice = Voice::new(Lang::Fr, true);
        voice.line("« L’été\u{a0}» → 1…");
        assert_eq!(String::from_utf8(voice.take()).unwrap(), "\" L'été \" -> 1...\n");
    }
}
