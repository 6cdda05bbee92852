//! What part of a line `sort -k` compares (POSIX.1-2017, sort).

/// How parts are compared: the letters of the command line or of one key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent command-line option"
)]
pub(super) struct Letters {
    pub blanks: bool,
    pub dictionary: bool,
    pub fold: bool,
    pub printable: bool,
    pub reverse: bool,
    pub kind: Kind,
}

/// What a part is compared as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Text,
    Number,
    General,
    Human,
    Month,
    Version,
}

impl Letters {
    /// Takes a letter; false where it is none that a key may have.
    pub(super) const fn add(&mut self, letter: char) -> bool {
        match letter {
            'b' => self.blanks = true,
            'd' => self.dictionary = true,
            'f' => self.fold = true,
            'i' => self.printable = true,
            'r' => self.reverse = true,
            'n' => self.kind = Kind::Number,
            'g' => self.kind = Kind::General,
            'h' => self.kind = Kind::Human,
            'M' => self.kind = Kind::Month,
            'V' => self.kind = Kind::Version,
            _ => return false,
        }
        true
    }
}

/// A place in a line: which field, and which character of it (0 where none is given).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    field: usize,
    character: usize,
}

/// One `-k`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    start: Place,
    end: Option<Place>,
    /// Its own letters, where it has any.
    pub letters: Option<Letters>,
}

impl Key {
    /// Reads `START[.OFS][OPTS][,END[.OFS][OPTS]]`.
    pub(super) fn read(text: &[u8]) -> Result<Self, &'static str> {
        let (first, second) = match text.iter().position(|&byte| byte == b',') {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let mut letters = None;
        let start = read_place(first, &mut letters)?;
        let end = second.map(|text| read_place(text, &mut letters)).transpose()?;
        Ok(Self { start, end, letters })
    }

    /// The part of a line.
    pub(super) fn part<'a>(&self, line: &'a [u8], separator: Option<u8>, skip_blanks: bool) -> &'a [u8] {
        let mut start = field_start(line, separator, self.start.field);
        if skip_blanks {
            start += blanks(&line[start..]);
        }
        start = (start + self.start.character.saturating_sub(1)).min(line.len());
        let end = match self.end {
            None => line.len(),
            Some(Place { field, character: 0 }) => field_end(line, separator, field),
            Some(Place { field, character }) => {
                let mut end = field_start(line, separator, field);
                if skip_blanks {
                    end += blanks(&line[end..]);
                }
                end.saturating_add(character).min(line.len())
            }
        };
        line.get(start..end).unwrap_or_default()
    }
}

const BAD: &str = "bad field specification";

fn read_place(text: &[u8], letters: &mut Option<Letters>) -> Result<Place, &'static str> {
    let (field, mut rest) = number(text);
    let field = field.filter(|field| *field > 0).ok_or(BAD)?;
    let mut character = 0;
    if let Some(after) = rest.strip_prefix(b".") {
        let (given, after) = number(after);
        character = given.ok_or(BAD)?;
        rest = after;
    }
    for &letter in rest {
        if !letters.get_or_insert_default().add(char::from(letter)) {
            return Err("unknown key option");
        }
    }
    Ok(Place { field, character })
}

fn number(text: &[u8]) -> (Option<usize>, &[u8]) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = std::str::from_utf8(&text[..digits])
        .ok()
        .and_then(|text| text.parse().ok());
    (value, &text[digits..])
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Where a field begins. Without a separator the blanks before a field are part of it.
fn field_start(line: &[u8], separator: Option<u8>, field: usize) -> usize {
    let mut at = 0;
    for _ in 1..field {
        if at >= line.len() {
            break;
        }
        at = one_field(line, separator, at);
        if separator.is_some() {
            at = (at + 1).min(line.len());
        }
    }
    at
}

fn field_end(line: &[u8], separator: Option<u8>, field: usize) -> usize {
    one_field(line, separator, field_start(line, separator, field))
}

/// Where the field that begins at `at` ends.
fn one_field(line: &[u8], separator: Option<u8>, at: usize) -> usize {
    let rest = &line[at..];
    if let Some(separator) = separator {
        return at + rest.iter().take_while(|&&byte| byte != separator).count();
    }
    let blanks = blanks(rest);
    at + blanks
        + rest[blanks..]
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace())
            .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_lines() {
        for (key, separator, line, part) in [
            ("2", None, "a b c", " b c"),
            ("2,2", None, "a b c", " b"),
            ("2b,2", None, "a  b c", "b"),
            ("2", Some(b':'), "a:b:c", "b:c"),
            ("1.2,1.3", Some(b':'), "abcd:e", "bc"),
            ("9", None, "a", ""),
            ("2,1", None, "a b", ""),
            ("1.99999999999999999,2.9", None, "a b", ""),
        ] {
            let key = Key::read(key.as_bytes()).unwrap();
            let skip = key.letters.is_some_and(|letters| letters.blanks);
            assert_eq!(key.part(line.as_bytes(), separator, skip), part.as_bytes(), "{key:?}");
        }
        for bad in ["", "0", "x", "1.", "1,0", "99999999999999999999999"] {
            assert_eq!(Key::read(bad.as_bytes()), Err(BAD), "{bad}");
        }
    }
}
