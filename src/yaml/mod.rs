//! The one place that reads YAML, so that the reader behind it can be changed in one file. Every error has a file, a
//! line and a column.

mod place;

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

pub use place::{Part, Places};

/// Brackets that may stand open at once.
const DEEPEST: usize = 128;

/// Where in a file something is, counted from 1 as editors do; 0 where it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// Path or name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Position {
    /// The whole file, where no line can be told.
    #[must_use]
    pub fn of_file(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            f.write_str(&self.file)
        } else {
            write!(f, "{}:{}:{}", self.file, self.line, self.column)
        }
    }
}

/// A document that is not what it should be: wrong syntax, a field that does not exist, a value of another type.
#[derive(Debug, thiserror::Error)]
#[error("{position}: {message}")]
pub struct YamlError {
    /// Where.
    pub position: Position,
    /// What the reader said.
    pub message: String,
}

/// Reads one document.
///
/// # Errors
/// The text is not YAML, or not a `T`.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, YamlError> {
    if let Some(at) = too_deep(text) {
        return Err(YamlError {
            position: position_at(file, text, at),
            message: "this is nested too deep".into(),
        });
    }
    serde_yaml::from_str(text).map_err(|error| {
        let position = error.location().map_or_else(
            || Position::of_file(file),
            |at| Position {
                file: file.to_owned(),
                line: at.line(),
                column: at.column(),
            },
        );
        let message = visible(&without_location(&error.to_string()));
        // The reader gives a key that is there twice the place of its whole mapping.
        let position = doubled_key(&message)
            .and_then(|key| second_place(text, &position, key))
            .unwrap_or(position);
        YamlError { position, message }
    })
}

/// The first bracket inside so many others: for each one the reader looks at all those around it, and would never end.
fn too_deep(text: &str) -> Option<usize> {
    let mut open: usize = 0;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '[' | '{' => open += 1,
            ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        (open > DEEPEST).then_some(at)
    })
}

/// Reads bytes as text, without the mark that some editors put before it.
///
/// # Errors
/// They are not UTF-8; with the place of the first that is not.
pub fn decode(file: &str, bytes: Vec<u8>) -> Result<String, YamlError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default()).into_owned();
        YamlError {
            position: position_at(file, &before, before.len()),
            message: "this is not text in UTF-8".into(),
        }
    })?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map_or_else(|| text.clone(), str::to_owned))
}

/// The key that an error says is given twice.
fn doubled_key(message: &str) -> Option<&str> {
    if let Some((_, rest)) = message.split_once("duplicate field `") {
        return rest.split('`').next();
    }
    let (before, _) = message.split_once("` is given twice")?;
    before.rsplit('`').next()
}

/// Where `key` stands for the second time in the mapping that begins at `mapping`.
fn second_place(text: &str, mapping: &Position, key: &str) -> Option<Position> {
    let column = mapping.column.checked_sub(1)?;
    let first_line = text.split('\n').nth(mapping.line.checked_sub(1)?)?;
    let line_start: usize = text.split_inclusive('\n').take(mapping.line - 1).map(str::len).sum();
    let within: usize = first_line.chars().take(column).map(char::len_utf8).sum();
    let start = line_start + within;
    let is_block = !text[start..].starts_with('{');
    let mut places = text[start..]
        .match_indices(key)
        .map(|(at, _)| start + at)
        .filter(|&at| {
            let after = text[at + key.len()..].trim_start_matches(['"', '\'', ' ']);
            let before = text[..at].trim_end_matches(['"', '\'']);
            let indent = before.rsplit('\n').next().unwrap_or_default();
            let own_line = at == start || (indent.chars().count() == column && indent.chars().all(|c| c == ' '));
            let in_flow = before.trim_end().ends_with(['{', ',']);
            after.starts_with(':') && if is_block { own_line } else { in_flow }
        });
    places.nth(1).map(|at| position_at(&mapping.file, text, at))
}

/// The place of a byte of a text.
fn position_at(file: &str, text: &str, at: usize) -> Position {
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        file: file.to_owned(),
        line: text[..at].matches('\n').count() + 1,
        column: text[line_start..at].chars().count() + 1,
    }
}

/// A message quotes what it found, which may be a command to the terminal.
fn visible(message: &str) -> String {
    let mut visible = String::with_capacity(message.len());
    for c in message.chars() {
        if c.is_control() {
            visible.extend(c.escape_default());
        } else {
            visible.push(c);
        }
    }
    visible
}

/// The reader repeats the location at the end of its message; ours stands in front.
fn without_location(message: &str) -> String {
    match message.rfind(" at line ") {
        Some(at) if message[at..].contains(" column ") => message[..at].to_owned(),
        _ => message.to_owned(),
    }
}

/// A mapping that keeps the order of its keys and refuses a key given twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered<V>(pub Vec<(String, V)>);

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Ordered<V> {
    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// Keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(k, _)| k.as_str())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<V>(std::marker::PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
            type Value = Ordered<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Vec<(String, V)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom(format!("`{key}` is given twice")));
                    }
                    pairs.push((key, map.next_value()?));
                }
                Ok(Ordered(pairs))
            }
        }

        deserializer.deserialize_map(Pairs(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Point {
        x: u8,
    }

    fn failure(text: &str) -> String {
        parse::<Point>("p.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_field_is_named_with_its_place() {
        assert_eq!(failure("x: 1\ny: 2\n"), "p.yaml:2:1: unknown field `y`, expected `x`");
    }

    #[test]
    fn what_a_message_quotes_is_no_command_to_the_terminal() {
        assert!(failure("x: 1\n\"\\e[31m\": 2\n").contains("unknown field `\\u{1b}[31m`"));
    }

    #[test]
    fn a_wrong_type_has_its_place() {
        assert!(
            failure("x: seven\n").starts_with("p.yaml:1:4: x: invalid type"),
            "{}",
            failure("x: seven\n")
        );
    }

    #[test]
    fn broken_syntax_has_its_place() {
        assert!(failure("x: [1\n").starts_with("p.yaml:"));
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        let error = parse::<Ordered<u8>>("p.yaml", "a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(error.to_string(), "p.yaml:3:1: `a` is given twice");
        let error = parse::<Ordered<u8>>("p.yaml", "{ab: 1, a: 2, \"a\": 3}\n").unwrap_err();
        assert_eq!(error.to_string(), "p.yaml:1:16: `a` is given twice");
        assert_eq!(failure("x: 1\n# x: 2\nx: 3\n"), "p.yaml:3:1: duplicate field `x`");
        let nested = "list:\n  - x: 1\n    y: {x: 2}\n    x: 3\n  - x: 4\n";
        let error = parse::<Ordered<Vec<Ordered<serde_yaml::Value>>>>("p.yaml", nested).unwrap_err();
        assert!(error.to_string().starts_with("p.yaml:4:5: "), "{error}");
    }

    #[test]
    fn what_is_not_utf8_has_its_place() {
        let error = decode("p.yaml", b"x: 1\ny: \xc3\xa9\xff\n".to_vec()).unwrap_err();
        assert_eq!(error.to_string(), "p.yaml:2:5: this is not text in UTF-8");
    }

    #[test]
    fn order_is_kept() {
        let map: Ordered<u8> = parse("p.yaml", "z: 1\na: 2\n").unwrap();
        assert_eq!(map.keys().collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(map.get("a"), Some(&2));
    }
}
