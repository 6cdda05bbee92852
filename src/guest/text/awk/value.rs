//! What variables hold (POSIX.1-2017, awk, "Expressions in awk").

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use super::syntax::{Relation, Text};
use crate::guest::format::Directive;
use crate::guest::number;

/// A value.
#[derive(Debug, Clone, Default)]
pub(super) enum Value {
    /// Of a variable nobody set: "" and 0.
    #[default]
    Nothing,
    Number(f64),
    Text(Text),
    /// Text from outside that looks like a number, and is one too.
    Both(Text, f64),
}

impl Value {
    /// Text from outside: fields, input, arguments, the environment.
    pub(super) fn from_outside(text: &[u8]) -> Self {
        match number::float(text) {
            Some((value, used)) if text[used..].iter().all(u8::is_ascii_whitespace) => Self::Both(text.into(), value),
            _ => Self::Text(text.into()),
        }
    }

    pub(super) fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn truth(holds: bool) -> Self {
        Self::Number(f64::from(u8::from(holds)))
    }

    /// As a number: what the text begins with.
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Number(value) | Self::Both(_, value) => *value,
            Self::Text(text) => number::float(text).map_or(0.0, |(value, _)| value),
        }
    }

    /// As text; `form` is for numbers that are not whole.
    pub(super) fn to_text(&self, form: &[u8]) -> Text {
        match self {
            Self::Nothing => Rc::from(&b""[..]),
            Self::Number(value) => shown(*value, form).into(),
            Self::Text(text) | Self::Both(text, _) => Rc::clone(text),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Number(value) | Self::Both(_, value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
        }
    }

    /// As numbers where both are numbers or look so; else as text.
    pub(super) fn compare(&self, relation: Relation, other: &Self, form: &[u8]) -> bool {
        let is_text = |value: &Self| matches!(value, Self::Text(_));
        let ordering = if is_text(self) || is_text(other) {
            Some(self.to_text(form).cmp(&other.to_text(form)))
        } else {
            self.number().partial_cmp(&other.number())
        };
        match relation {
            Relation::Less => ordering == Some(Ordering::Less),
            Relation::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Relation::Equal => ordering == Some(Ordering::Equal),
            Relation::NotEqual => ordering != Some(Ordering::Equal),
            Relation::Greater => ordering == Some(Ordering::Greater),
            Relation::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// A number's digits: whole ones exactly, others by `CONVFMT` or `OFMT`.
#[expect(clippy::cast_possible_truncation, reason = "the range is looked at before")]
fn shown(value: f64, form: &[u8]) -> Vec<u8> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && value.abs() < END {
        return (value as i64).to_string().into_bytes();
    }
    let (before, rest) = form.split_at(form.iter().position(|byte| *byte == b'%').unwrap_or(form.len()));
    let Some(rest) = rest.strip_prefix(b"%") else {
        return before.to_vec();
    };
    let (directive, after) = Directive::read(rest, &mut || 0);
    let shown = match directive.conversion {
        b'd' | b'i' => directive.signed(value as i64),
        _ => directive.float(value),
    };
    [before, &shown, after].concat()
}

/// An array: its elements, and when each came, so that they are gone through in that order.
#[derive(Debug, Default)]
pub(super) struct Array {
    elements: HashMap<Text, (u64, Value)>,
    next: u64,
}

impl Array {
    /// The element of a key, made where there is none.
    pub(super) fn element(&mut self, key: &Text) -> &mut Value {
        let next = &mut self.next;
        let (_, value) = self.elements.entry(Rc::clone(key)).or_insert_with(|| {
            *next += 1;
            (*next, Value::Nothing)
        });
        value
    }

    pub(super) fn has(&self, key: &[u8]) -> bool {
        self.elements.contains_key(key)
    }

    pub(super) fn remove(&mut self, key: &[u8]) {
        self.elements.remove(key);
    }

    pub(super) fn clear(&mut self) {
        self.elements.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    /// The keys, in the order they came.
    pub(super) fn keys(&self) -> Vec<Text> {
        let mut keys: Vec<(u64, Text)> = self
            .elements
            .iter()
            .map(|(key, (at, _))| (*at, Rc::clone(key)))
            .collect();
        keys.sort_unstable_by_key(|(at, _)| *at);
        keys.into_iter().map(|(_, key)| key).collect()
    }
}

/// An array that functions share with their callers.
pub(super) type Shared = Rc<RefCell<Array>>;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Value(Value),
    Array(Shared),
    /// Nothing yet, but handed to a function, which may make it this array.
    Open(Shared),
}

impl Default for Cell {
    fn default() -> Self {
        Self::Value(Value::Nothing)
    }
}
