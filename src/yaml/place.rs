//! Where in a document something stands, found by its structure: for faults that are seen after reading, when the reader no longer
//! knows places.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_yaml::Value;

use super::Position;

/// One part of the way to a place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// That key of a mapping, or, where the way goes on, what is below it.
    Key(&'a str),
    /// That entry of a list, from 0.
    Item(usize),
    /// The first entry of a list whose `id` is that; where the way ends here, the id itself.
    Id(&'a str),
    /// At the end: what stands behind the key, in place of the key.
    Value,
}

/// The same, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hop {
    Entry(usize),
    Item(usize),
}

/// A document in which places are looked for.
#[derive(Debug)]
pub struct Places<'t> {
    file: &'t str,
    text: &'t str,
    document: Value,
}

impl<'t> Places<'t> {
    /// Of a text that can be read: in another one there are no places.
    #[must_use]
    pub fn of(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            document: serde_yaml::from_str(text).unwrap_or_default(),
        }
    }

    /// The place that `path` leads to; as far along it as there is something, the whole file where nothing is.
    #[must_use]
    pub fn locate(&self, path: &[Part<'_>]) -> Position {
        let (way, at_value) = counted(&self.document, path);
        place(self.file, self.text, &way, at_value)
    }

    /// The texts, keys too, that are wrong, up to so many; each with its place and the nearest key above it, which for a key is itself.
    /// `is_wrong` is asked with that key and the text.
    #[must_use]
    pub fn of_texts_that(&self, is_wrong: &dyn Fn(&str, &str) -> bool, most: usize) -> Vec<(Position, String, String)> {
        let mut walk = Walk {
            is_wrong,
            most,
            way: Vec::new(),
            found: Vec::new(),
        };
        walk.below(&self.document, "");
        let placed = walk.found.into_iter().map(|said| {
            let position = place(self.file, self.text, &said.way, said.at_value);
            (position, said.key, said.text)
        });
        placed.collect()
    }
}

/// A text of a document.
struct Said {
    way: Vec<Hop>,
    /// Whether it is not the key at the end of its way.
    at_value: bool,
    /// The nearest key.
    key: String,
    text: String,
}

/// On the way through the texts of a document.
struct Walk<'w> {
    is_wrong: &'w dyn Fn(&str, &str) -> bool,
    most: usize,
    way: Vec<Hop>,
    found: Vec<Said>,
}

impl Walk<'_> {
    fn look(&mut self, at_value: bool, key: &str, text: &str) {
        if self.found.len() < self.most && (self.is_wrong)(key, text) {
            self.found.push(Said {
                way: self.way.clone(),
                at_value,
                key: key.to_owned(),
                text: text.to_owned(),
            });
        }
    }

    fn below(&mut self, node: &Value, key: &str) {
        match node {
            Value::String(text) => self.look(true, key, text),
            Value::Sequence(items) => {
                for (n, item) in items.iter().enumerate() {
                    self.way.push(Hop::Item(n));
                    self.below(item, key);
                    self.way.pop();
                }
            }
            Value::Mapping(entries) => {
                for (n, (key, value)) in entries.iter().enumerate() {
                    let key = word(key);
                    self.way.push(Hop::Entry(n));
                    self.look(false, &key, &key);
                    self.below(value, &key);
                    self.way.pop();
                }
            }
            _ => {}
        }
    }
}

fn counted(document: &Value, path: &[Part<'_>]) -> (Vec<Hop>, bool) {
    let mut way = Vec::with_capacity(path.len() + 1);
    let mut here = document;
    let mut last_is_id = false;
    for part in path {
        let next = match part {
            Part::Value => return (way, true),
            Part::Key(key) => entry(here, key).map(|(n, value)| (Hop::Entry(n), value)),
            Part::Item(n) => here.get(n).map(|value| (Hop::Item(*n), value)),
            Part::Id(id) => item_of(here, id).map(|(n, value)| (Hop::Item(n), value)),
        };
        let Some((hop, value)) = next else { break };
        way.push(hop);
        here = value;
        last_is_id = matches!(part, Part::Id(_));
    }
    if let (true, Some((n, _))) = (last_is_id, entry(here, "id")) {
        way.push(Hop::Entry(n));
        return (way, true);
    }
    (way, false)
}

fn entry<'v>(node: &'v Value, key: &str) -> Option<(usize, &'v Value)> {
    let mut entries = node.as_mapping()?.iter().enumerate();
    entries.find_map(|(n, (known, value))| (word(known) == key).then_some((n, value)))
}

fn item_of<'v>(node: &'v Value, id: &str) -> Option<(usize, &'v Value)> {
    let mut items = node.as_sequence()?.iter().enumerate();
    items.find(|(_, item)| entry(item, "id").is_some_and(|(_, known)| word(known) == id))
}

/// A scalar as the file has it, so far as that can be told.
fn word(node: &Value) -> String {
    match node {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => String::new(),
    }
}

fn place(file: &str, text: &str, way: &[Hop], at_value: bool) -> Position {
    if way.is_empty() {
        return Position::of_file(file);
    }
    let pointer = Pointer { way, at_value };
    // The reader tells a place only of what it refuses: so what is looked for is refused.
    let refused = pointer.deserialize(serde_yaml::Deserializer::from_str(text)).err();
    let at = refused.and_then(|error| error.location());
    at.map_or_else(
        || Position::of_file(file),
        |at| Position {
            file: file.to_owned(),
            line: at.line(),
            column: at.column(),
        },
    )
}

/// Goes a way through a document and refuses what is at its end.
#[derive(Clone, Copy)]
struct Pointer<'w> {
    way: &'w [Hop],
    at_value: bool,
}

impl<'w> Pointer<'w> {
    /// Where it goes from an entry, the first of its way being that one.
    fn below(self) -> Self {
        Self {
            way: self.way.get(1..).unwrap_or_default(),
            ..self
        }
    }

    fn first(self) -> Option<&'w Hop> {
        self.way.first()
    }
}

fn here<E: Error>() -> E {
    E::custom("here")
}

impl<'de> DeserializeSeed<'de> for Pointer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pointer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some(Hop::Entry(at)) = self.first() else {
            return Err(here());
        };
        for _ in 0..*at {
            map.next_entry::<IgnoredAny, IgnoredAny>()?;
        }
        if self.way.len() == 1 && !self.at_value {
            return map.next_key_seed(self.below()).map(|_| ());
        }
        map.next_key::<IgnoredAny>()?;
        map.next_value_seed(self.below())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some(Hop::Item(at)) = self.first() else {
            return Err(here());
        };
        for _ in 0..*at {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(self.below()).map(|_| ())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Err(here())
    }
}

#[cfg(test)]
mod tests {
    use super::Part::{Id, Item, Key, Value};
    use super::*;

    const TEXT: &str = "# es\nsteps:\n  - goal: es\n    id: one\n  - id: es\n    checks:\n      - id: one\n        needs: [ab, \"es\"]\n      - {kind: x, id: two}\n    say: >-\n      é:\n      folded\n";

    fn at(path: &[Part<'_>]) -> String {
        Places::of("l.yaml", TEXT).locate(path).to_string()
    }

    #[test]
    fn a_key_a_value_and_an_entry_have_their_own_places() {
        let step = [Key("steps"), Id("es")];
        let below = |more: &[Part<'static>]| at(&[&step, more].concat());
        assert_eq!(below(&[]), "l.yaml:5:9", "an id, whatever stands before it");
        assert_eq!(below(&[Key("checks")]), "l.yaml:6:5");
        assert_eq!(below(&[Key("checks"), Id("one")]), "l.yaml:7:13");
        assert_eq!(below(&[Key("checks"), Id("one"), Key("needs")]), "l.yaml:8:9");
        assert_eq!(below(&[Key("checks"), Id("one"), Key("needs"), Item(1)]), "l.yaml:8:21");
        assert_eq!(below(&[Key("checks"), Item(1)]), "l.yaml:9:9");
        assert_eq!(below(&[Key("checks"), Id("two")]), "l.yaml:9:23");
        assert_eq!(below(&[Key("checks"), Id("two"), Key("kind"), Value]), "l.yaml:9:16");
        assert_eq!(below(&[Key("say"), Value]), "l.yaml:10:10");
    }

    #[test]
    fn a_way_that_ends_nowhere_is_gone_as_far_as_there_is_something() {
        assert_eq!(at(&[Key("steps"), Id("es"), Key("hints"), Item(2)]), "l.yaml:5:9");
        assert_eq!(at(&[Key("steps"), Item(7)]), "l.yaml:2:1");
        assert_eq!(at(&[Key("absent")]), "l.yaml");
        assert_eq!(at(&[]), "l.yaml");
    }

    #[test]
    fn texts_and_keys_are_found_by_what_they_are() {
        let found = Places::of("l.yaml", TEXT).of_texts_that(&|_, text| text.len() == 3, 9);
        let found: Vec<String> = found
            .iter()
            .map(|(at, key, text)| format!("{at} {key} {text}"))
            .collect();
        assert_eq!(
            found,
            [
                "l.yaml:4:9 id one",
                "l.yaml:7:13 id one",
                "l.yaml:9:23 id two",
                "l.yaml:10:5 say say"
            ]
        );
    }
}
