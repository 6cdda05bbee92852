//! The record at hand and its fields.

use std::rc::Rc;

use super::super::pattern::Pattern;
use super::syntax::Text;
use super::value::Value;

/// What stands between fields.
#[derive(Debug, Clone)]
pub(super) enum Separator {
    /// Blanks and newlines, of which those at the ends count for nothing.
    Blanks,
    /// Nothing: each character is a field.
    Nothing,
    Byte(u8),
    Pattern(Rc<Pattern>),
}

impl Separator {
    /// The parts of a text; none of an empty one.
    pub(super) fn parts<'a>(&self, text: &'a [u8]) -> Vec<&'a [u8]> {
        if text.is_empty() {
            return Vec::new();
        }
        match self {
            Self::Blanks => text
                .split(|byte| matches!(byte, b' ' | b'\t' | b'\n'))
                .filter(|part| !part.is_empty())
                .collect(),
            Self::Nothing => text.chunks(1).collect(),
            Self::Byte(byte) => text.split(|seen| seen == byte).collect(),
            Self::Pattern(pattern) => {
                let mut parts = Vec::new();
                let (mut start, mut from) = (0, 0);
                while let Some(found) = pattern.find_at(text, from) {
                    if found.is_empty() {
                        from = found.end + 1;
                        if from > text.len() {
                            break;
                        }
                        continue;
                    }
                    parts.push(&text[start..found.start]);
                    start = found.end;
                    from = found.end;
                }
                parts.push(&text[start..]);
                parts
            }
        }
    }
}

/// `$0` and `$1`…: split when a field is first asked for, joined again when `$0` is asked for after a change.
#[derive(Debug, Default)]
pub(super) struct Record {
    text: Option<Text>,
    fields: Option<Vec<Value>>,
    /// Fields are split at newlines too.
    pub by_lines: bool,
}

impl Record {
    /// Takes a whole record.
    pub(super) fn set(&mut self, text: Text) {
        self.text = Some(text);
        self.fields = None;
    }

    /// `$0`; `between` is `OFS`.
    pub(super) fn text(&mut self, between: &Text, form: &[u8]) -> Text {
        if let Some(text) = &self.text {
            return Rc::clone(text);
        }
        let fields = self.fields.iter().flatten().map(|field| field.to_text(form));
        let parts: Vec<Text> = fields.collect();
        let joined: Text = parts.join(&between[..]).into();
        self.text = Some(Rc::clone(&joined));
        joined
    }

    /// Whether it must be split before fields can be asked for.
    pub(super) const fn is_whole(&self) -> bool {
        self.fields.is_none()
    }

    /// Splits the record.
    pub(super) fn split(&mut self, separator: &Separator) {
        let text = self.text.clone().unwrap_or_else(|| Rc::from(&b""[..]));
        let fields = if self.by_lines && !matches!(separator, Separator::Blanks) {
            let lines = text.split(|byte| *byte == b'\n');
            lines
                .flat_map(|line| separator.parts(line))
                .map(Value::from_outside)
                .collect()
        } else {
            separator.parts(&text).into_iter().map(Value::from_outside).collect()
        };
        self.fields = Some(fields);
    }

    /// A field of a record that was split, from 1 on.
    pub(super) fn field(&self, number: usize) -> Value {
        let field = self.fields.as_ref().and_then(|fields| fields.get(number - 1));
        field.cloned().unwrap_or_default()
    }

    /// Sets a field of a record that was split.
    pub(super) fn set_field(&mut self, number: usize, value: Value) {
        let fields = self.fields.get_or_insert_default();
        if fields.len() < number {
            fields.resize(number, Value::Nothing);
        }
        if let Some(field) = fields.get_mut(number - 1) {
            *field = value;
        }
        self.text = None;
    }

    /// How many fields a record has that was split.
    pub(super) fn count(&self) -> usize {
        self.fields.as_ref().map_or(0, Vec::len)
    }

    /// Makes a record that was split have so many fields.
    pub(super) fn set_count(&mut self, count: usize) {
        self.fields.get_or_insert_default().resize(count, Value::Nothing);
        self.text = None;
    }
}
