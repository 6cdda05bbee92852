//! The functions of the language.

use std::rc::Rc;

use super::super::pattern::Pattern;
use super::Trouble;
use super::evaluate::count;
use super::run::{Machine, whole};
use super::syntax::{Builtin, Expression, Text, special};
use super::value::{Cell, Value};
use crate::guest::format::Directive;
use crate::guest::system::date;
use crate::guest::time;

impl Machine<'_> {
    pub(super) fn builtin(&mut self, which: Builtin, arguments: &[Expression]) -> Result<Value, Trouble> {
        Ok(match which {
            Builtin::Length => return self.length(arguments.first()),
            Builtin::Split => return self.split(arguments),
            Builtin::Sub | Builtin::Gsub => return self.substitute(arguments, which == Builtin::Gsub),
            Builtin::Gensub => return self.general_substitute(arguments),
            Builtin::Match => return self.matched(arguments),
            Builtin::Sprintf => Value::text(self.formatted(arguments)?),
            Builtin::Substr => return self.part(arguments),
            Builtin::Index => {
                let (text, wanted) = (self.text(&arguments[0])?, self.text(&arguments[1])?);
                let found = (!wanted.is_empty())
                    .then(|| text.windows(wanted.len()).position(|part| *part == *wanted))
                    .flatten();
                Value::Number(found.map_or(0.0, |at| count(at + 1)))
            }
            Builtin::ToLower => Value::text(self.text(&arguments[0])?.to_ascii_lowercase()),
            Builtin::ToUpper => Value::text(self.text(&arguments[0])?.to_ascii_uppercase()),
            Builtin::System => {
                let command = self.text(&arguments[0])?;
                Value::Number(f64::from(self.streams.system(&command)))
            }
            Builtin::Close => {
                let name = self.text(&arguments[0])?;
                Value::Number(f64::from(self.streams.close(&name)))
            }
            Builtin::Flush => {
                self.streams.flush_all();
                Value::Number(0.0)
            }
            Builtin::Systime => Value::Number(seconds(time::now())),
            Builtin::Strftime => {
                let form = match arguments.first() {
                    Some(form) => self.text(form)?,
                    None => Rc::from(&b"%a %b %e %H:%M:%S %Z %Y"[..]),
                };
                let moment = match arguments.get(1) {
                    Some(moment) => integer(self.value(moment)?.number()),
                    None => time::now(),
                };
                let text = date::format(&String::from_utf8_lossy(&form), moment.clamp(-(1 << 55), 1 << 55));
                Value::text(text.into_bytes())
            }
            _ => return self.number(which, arguments),
        })
    }

    fn number(&mut self, which: Builtin, arguments: &[Expression]) -> Result<Value, Trouble> {
        let mut numbers = [0.0; 2];
        for (number, argument) in numbers.iter_mut().zip(arguments) {
            *number = self.value(argument)?.number();
        }
        let [one, other] = numbers;
        let bits = |number: f64| integer(number).cast_unsigned();
        let shift = u32::try_from(integer(other)).unwrap_or(u32::MAX);
        Ok(Value::Number(match which {
            Builtin::Int => one.trunc(),
            Builtin::Sqrt => one.sqrt(),
            Builtin::Exp => one.exp(),
            Builtin::Log => one.ln(),
            Builtin::Sin => one.sin(),
            Builtin::Cos => one.cos(),
            Builtin::Atan2 => one.atan2(other),
            Builtin::Rand => self.random.f64(),
            Builtin::Srand => {
                let before = self.seed;
                self.seed = if arguments.is_empty() {
                    seconds(time::now())
                } else {
                    one
                };
                self.random = fastrand::Rng::with_seed(self.seed.to_bits());
                before
            }
            Builtin::And => unsigned(bits(one) & bits(other)),
            Builtin::Or => unsigned(bits(one) | bits(other)),
            Builtin::Xor => unsigned(bits(one) ^ bits(other)),
            Builtin::Complement => unsigned(!bits(one)),
            Builtin::ShiftLeft => unsigned(bits(one).checked_shl(shift).unwrap_or(0)),
            Builtin::ShiftRight => unsigned(bits(one).checked_shr(shift).unwrap_or(0)),
            _ => 0.0,
        }))
    }

    fn length(&mut self, argument: Option<&Expression>) -> Result<Value, Trouble> {
        let length = match argument {
            None => self.whole_record().len(),
            Some(Expression::Variable(place)) if self.is_array(*place) => {
                let array = self.array(*place)?;
                array.borrow().len()
            }
            Some(value) => self.text(value)?.len(),
        };
        Ok(Value::Number(count(length)))
    }

    fn is_array(&self, place: super::syntax::Place) -> bool {
        let cell = match place {
            super::syntax::Place::Global(number) => self.globals.get(number),
            super::syntax::Place::Local(number) => self.frames.last().and_then(|frame| frame.get(number)),
        };
        matches!(cell, Some(Cell::Array(_) | Cell::Open(_)))
    }

    fn split(&mut self, arguments: &[Expression]) -> Result<Value, Trouble> {
        let text = self.text(&arguments[0])?;
        let Expression::Variable(place) = &arguments[1] else {
            return self.refuse("Not an array");
        };
        let separator = match arguments.get(2) {
            Some(Expression::Regex(pattern)) => super::record::Separator::Pattern(Rc::clone(pattern)),
            Some(given) => {
                let given = self.text(given)?;
                self.separator(&given)?
            }
            None => {
                let usual = self.global_text(special::FS);
                self.separator(&usual)?
            }
        };
        let array = self.array(*place)?;
        let mut array = array.borrow_mut();
        array.clear();
        let parts = separator.parts(&text);
        for (at, part) in parts.iter().enumerate() {
            let key: Text = (at + 1).to_string().into_bytes().into();
            *array.element(&key) = Value::from_outside(part);
        }
        Ok(Value::Number(count(parts.len())))
    }

    fn part(&mut self, arguments: &[Expression]) -> Result<Value, Trouble> {
        let text = self.text(&arguments[0])?;
        let start = integer(self.value(&arguments[1])?.number()).saturating_sub(1);
        let start = usize::try_from(start).unwrap_or(0).min(text.len());
        let length = match arguments.get(2) {
            Some(length) => usize::try_from(integer(self.value(length)?.number())).unwrap_or(0),
            None => text.len(),
        };
        let end = start.saturating_add(length).min(text.len());
        Ok(Value::text(&text[start..end]))
    }

    fn matched(&mut self, arguments: &[Expression]) -> Result<Value, Trouble> {
        let text = self.text(&arguments[0])?;
        let pattern = self.pattern_of(&arguments[1])?;
        let (start, length) = match pattern.find_at(&text, 0) {
            Some(found) => (count(found.start + 1), count(found.len())),
            None => (0.0, -1.0),
        };
        self.store_global(special::RSTART, Value::Number(start))?;
        self.store_global(special::RLENGTH, Value::Number(length))?;
        Ok(Value::Number(start))
    }

    /// `sub` and `gsub`.
    fn substitute(&mut self, arguments: &[Expression], all: bool) -> Result<Value, Trouble> {
        let pattern = self.pattern_of(&arguments[0])?;
        let replacement = self.text(&arguments[1])?;
        let record = Expression::Field(Box::new(Expression::Number(0.0)));
        let target = arguments.get(2).unwrap_or(&record);
        let text = self.text(target)?;
        let which = if all { Which::All } else { Which::Only(1) };
        let (changed, times) = replaced(&pattern, &text, &replacement, which);
        // What is no target cannot be changed, but counted.
        let is_target = matches!(
            target,
            Expression::Variable(_) | Expression::Field(_) | Expression::Element(..)
        );
        if times > 0 && is_target {
            let slot = self.slot(target)?;
            self.store(&slot, Value::text(changed))?;
        }
        Ok(Value::Number(count(times)))
    }

    /// `gensub`, which returns what it makes and knows groups.
    fn general_substitute(&mut self, arguments: &[Expression]) -> Result<Value, Trouble> {
        let pattern = self.pattern_of(&arguments[0])?;
        let replacement = self.text(&arguments[1])?;
        let how = self.value(&arguments[2])?;
        let text = match arguments.get(3) {
            Some(text) => self.text(text)?,
            None => self.whole_record(),
        };
        let which = match self.as_text(&how).first() {
            Some(b'g' | b'G') => Which::All,
            _ => Which::Only(usize::try_from(whole(how.number())).unwrap_or(1).max(1)),
        };
        Ok(Value::text(replaced(&pattern, &text, &replacement, which).0))
    }

    /// `sprintf` and `printf`.
    pub(super) fn formatted(&mut self, arguments: &[Expression]) -> Result<Vec<u8>, Trouble> {
        let mut values = Vec::new();
        for argument in arguments {
            values.push(self.value(argument)?);
        }
        let mut values = values.into_iter();
        let form = values.next().map(|form| self.as_text(&form)).unwrap_or_default();
        let mut out = Vec::new();
        let mut rest = &form[..];
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            match (first, after) {
                (b'%', [b'%', after @ ..]) => {
                    out.push(b'%');
                    rest = after;
                }
                (b'%', after) => {
                    let mut star = || values.next().map_or(0, |value| integer(value.number()));
                    let (directive, after) = Directive::read(after, &mut star);
                    rest = after;
                    if !b"cdiouxXeEfFgGs".contains(&directive.conversion) {
                        return self.refuse("Invalid format specifier");
                    }
                    out.extend(self.shown(&directive, &values.next().unwrap_or_default()));
                }
                (byte, _) => out.push(byte),
            }
        }
        Ok(out)
    }

    fn shown(&self, directive: &Directive, value: &Value) -> Vec<u8> {
        match directive.conversion {
            b's' => directive.text(&self.as_text(value)),
            b'c' => match value {
                Value::Number(number) => directive.text(&[integer(*number).to_le_bytes()[0]]),
                other => directive.text(self.as_text(other).get(..1).unwrap_or(b"\0")),
            },
            b'd' | b'i' => directive.signed(integer(value.number())),
            b'o' | b'u' | b'x' | b'X' => directive.unsigned(integer(value.number()).cast_unsigned()),
            _ => directive.float(value.number()),
        }
    }
}

/// A number without its fraction; what is too great stays at the end of the range.
#[expect(clippy::cast_possible_truncation, reason = "the cast keeps to the type's range")]
const fn integer(value: f64) -> i64 {
    value as i64
}

#[expect(clippy::cast_precision_loss, reason = "the language has no other numbers")]
const fn unsigned(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "the language has no other numbers")]
const fn seconds(value: i64) -> f64 {
    value as f64
}

/// Which matches are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Only(usize),
}

/// A text with matches replaced, and how many were.
fn replaced(pattern: &Pattern, text: &[u8], replacement: &[u8], which: Which) -> (Vec<u8>, usize) {
    let mut out = Vec::new();
    let (mut copied, mut from, mut seen, mut times) = (0, 0, 0, 0);
    let mut last_end = None;
    while from <= text.len()
        && let Some(groups) = pattern.groups_at(text, from)
        && let Some(Some(found)) = groups.first().cloned()
    {
        // Nothing is not found again where a match has just ended.
        if found.is_empty() && last_end == Some(found.start) {
            from = found.start + 1;
            continue;
        }
        seen += 1;
        last_end = Some(found.end);
        from = found.end + usize::from(found.is_empty());
        if which == Which::All || which == Which::Only(seen) {
            out.extend_from_slice(&text[copied..found.start]);
            let group = |number: usize| {
                let range = groups.get(number).cloned().flatten();
                range.map_or(&b""[..], |range| &text[range])
            };
            put(&mut out, replacement, group);
            copied = found.end;
            times += 1;
        }
        if which == Which::Only(seen) {
            break;
        }
    }
    out.extend_from_slice(&text[copied..]);
    (out, times)
}

/// A replacement: `&` is the match, `\1` a group, `\&` an ampersand.
fn put<'t>(out: &mut Vec<u8>, replacement: &[u8], group: impl Fn(usize) -> &'t [u8]) {
    let mut rest = replacement;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'\\', [escaped @ (b'&' | b'\\'), after @ ..]) => {
                out.push(*escaped);
                rest = after;
            }
            (b'\\', [digit @ b'0'..=b'9', after @ ..]) => {
                out.extend_from_slice(group(usize::from(digit - b'0')));
                rest = after;
            }
            (b'&', _) => out.extend_from_slice(group(0)),
            (byte, _) => out.push(byte),
        }
    }
}
