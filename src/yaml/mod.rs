//! The one place that reads YAML, so that the reader behind it can be changed in one file. Every error has a file, a
//! line and a column.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

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
    serde_yaml::from_str(text).map_err(|error| {
        let position = error.location().map_or_else(
            || Position::of_file(file),
            |at| Position {
                file: file.to_owned(),
                line: at.line(),
                column: at.column(),
            },
        );
        YamlError {
            message: without_location(&error.to_string()),
            position,
        }
    })
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
        assert!(error.to_string().contains("`a` is given twice"), "{error}");
    }

    #[test]
    fn order_is_kept() {
        let map: Ordered<u8> = parse("p.yaml", "z: 1\na: 2\n").unwrap();
        assert_eq!(map.keys().collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(map.get("a"), Some(&2));
    }
}
