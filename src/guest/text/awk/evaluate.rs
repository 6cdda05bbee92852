//! Values of expressions.

use std::cell::RefCell;
use std::rc::Rc;

use super::Trouble;
use super::run::{Flow, Machine};
use super::streams::Ending;
use super::syntax::{Arithmetic, Expression, From, Place, Text, special};
use super::value::{Cell, Shared, Value};

/// Deepest nesting of calls.
const DEEPEST: usize = 5000;

/// Most fields of a record: as many as nobody has, and far from filling the memory.
const MOST_FIELDS: f64 = 4_194_304.0;

/// What an assignment sets.
pub(super) enum Slot {
    Place(Place),
    Field(usize),
    Element(Shared, Text),
}

impl Machine<'_> {
    pub(super) fn refuse<T>(&self, what: impl Into<String>) -> Result<T, Trouble> {
        Err(Trouble::at(self.line, what))
    }

    fn cell(&mut self, place: Place) -> &mut Cell {
        match place {
            Place::Local(number) if !self.frames.is_empty() => {
                let at = self.frames.len() - 1;
                &mut self.frames[at][number]
            }
            Place::Local(number) | Place::Global(number) => &mut self.globals[number],
        }
    }

    /// The array of a name, which becomes one where it is nothing yet.
    pub(super) fn array(&mut self, place: Place) -> Result<Shared, Trouble> {
        let cell = self.cell(place);
        let array = match cell {
            Cell::Array(array) | Cell::Open(array) => Rc::clone(array),
            Cell::Value(Value::Nothing) => Rc::new(RefCell::default()),
            Cell::Value(_) => return self.refuse("Not an array"),
        };
        *self.cell(place) = Cell::Array(Rc::clone(&array));
        Ok(array)
    }

    pub(super) fn global(&mut self, place: usize) -> Value {
        self.load_place(Place::Global(place)).unwrap_or_default()
    }

    pub(super) fn global_text(&self, place: usize) -> Text {
        match &self.globals[place] {
            Cell::Value(value) => value.to_text(b"%.6g"),
            _ => Rc::from(&b""[..]),
        }
    }

    pub(super) fn store_global(&mut self, place: usize, value: Value) -> Result<(), Trouble> {
        self.store(&Slot::Place(Place::Global(place)), value)
    }

    /// An expression as text.
    pub(super) fn text(&mut self, expression: &Expression) -> Result<Text, Trouble> {
        let value = self.value(expression)?;
        Ok(self.as_text(&value))
    }

    pub(super) fn as_text(&self, value: &Value) -> Text {
        match value {
            Value::Text(text) | Value::Both(text, _) => Rc::clone(text),
            other => other.to_text(&self.global_text(special::CONVFMT)),
        }
    }

    /// `$0`.
    pub(super) fn whole_record(&mut self) -> Text {
        let between = self.global_text(special::OFS);
        let form = self.global_text(special::CONVFMT);
        self.record.text(&between, &form)
    }

    fn split_record(&mut self) -> Result<(), Trouble> {
        if self.record.is_whole() {
            let text = self.global_text(special::FS);
            let separator = self.separator(&text)?;
            self.record.split(&separator);
        }
        Ok(())
    }

    fn load_place(&mut self, place: Place) -> Result<Value, Trouble> {
        if place == Place::Global(special::NF) {
            self.split_record()?;
            return Ok(Value::Number(count(self.record.count())));
        }
        Ok(match self.cell(place) {
            Cell::Value(value) => value.clone(),
            Cell::Array(_) | Cell::Open(_) => Value::Nothing,
        })
    }

    /// Finds out what an assignment sets, once.
    pub(super) fn slot(&mut self, target: &Expression) -> Result<Slot, Trouble> {
        Ok(match target {
            Expression::Variable(place) => Slot::Place(*place),
            Expression::Field(number) => Slot::Field(self.field_number(number)?),
            Expression::Element(place, keys) => {
                let key = self.key(keys)?;
                Slot::Element(self.array(*place)?, key)
            }
            _ => return self.refuse(super::UNEXPECTED),
        })
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is looked at before"
    )]
    fn field_number(&mut self, expression: &Expression) -> Result<usize, Trouble> {
        let number = self.value(expression)?.number().trunc();
        if number < 0.0 {
            return self.refuse("Access to negative field");
        }
        if number > MOST_FIELDS {
            return self.refuse("Out of memory");
        }
        Ok(number as usize)
    }

    fn load(&mut self, slot: &Slot) -> Result<Value, Trouble> {
        match slot {
            Slot::Place(place) => self.load_place(*place),
            Slot::Field(number) => self.field(*number),
            Slot::Element(array, key) => Ok(array.borrow_mut().element(key).clone()),
        }
    }

    fn field(&mut self, number: usize) -> Result<Value, Trouble> {
        if number == 0 {
            let text = self.whole_record();
            return Ok(Value::from_outside(&text));
        }
        self.split_record()?;
        Ok(self.record.field(number))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is looked at before"
    )]
    pub(super) fn store(&mut self, slot: &Slot, value: Value) -> Result<(), Trouble> {
        match slot {
            Slot::Place(Place::Global(special::NF)) => {
                let number = value.number().trunc();
                if number < 0.0 {
                    return self.refuse("NF set to negative value");
                }
                if number > MOST_FIELDS {
                    return self.refuse("Out of memory");
                }
                self.split_record()?;
                self.record.set_count(number as usize);
            }
            Slot::Place(place) => {
                // The record at hand is split by the separator it was read with.
                if *place == Place::Global(special::FS) {
                    self.split_record()?;
                }
                match self.cell(*place) {
                    Cell::Array(_) => return self.refuse("Not a scalar"),
                    cell => *cell = Cell::Value(value),
                }
            }
            Slot::Field(0) => {
                let text = self.as_text(&value);
                self.record.set(text);
            }
            Slot::Field(number) => {
                self.split_record()?;
                self.record.set_field(*number, value);
            }
            Slot::Element(array, key) => *array.borrow_mut().element(key) = value,
        }
        Ok(())
    }

    /// The key of an element: several values are joined by `SUBSEP`.
    pub(super) fn key(&mut self, keys: &[Expression]) -> Result<Text, Trouble> {
        if let [one] = keys {
            return self.text(one);
        }
        let mut parts = Vec::new();
        for key in keys {
            parts.push(self.text(key)?);
        }
        let between = self.global_text(special::SUBSEP);
        Ok(parts.join(&between[..]).into())
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &Expression) -> Result<Value, Trouble> {
        Ok(match expression {
            Expression::Number(value) => Value::Number(*value),
            Expression::Text(text) => Value::Text(Rc::clone(text)),
            Expression::Regex(pattern) => Value::truth(pattern.is_match(&self.whole_record())),
            Expression::Variable(place) => self.load_place(*place)?,
            Expression::Field(number) => {
                let number = self.field_number(number)?;
                self.field(number)?
            }
            Expression::Element(..) => {
                let slot = self.slot(expression)?;
                self.load(&slot)?
            }
            Expression::Condition(condition, yes, no) => {
                let chosen = if self.value(condition)?.is_true() { yes } else { no };
                self.value(chosen)?
            }
            Expression::And(one, other) => Value::truth(self.value(one)?.is_true() && self.value(other)?.is_true()),
            Expression::Or(one, other) => Value::truth(self.value(one)?.is_true() || self.value(other)?.is_true()),
            Expression::Not(value) => Value::truth(!self.value(value)?.is_true()),
            Expression::Sign(sign, value) => Value::Number(sign * self.value(value)?.number()),
            Expression::In(keys, place) => {
                let key = self.key(keys)?;
                let array = self.array(*place)?;
                let has = array.borrow().has(&key);
                Value::truth(has)
            }
            Expression::Match { text, pattern, denied } => {
                let text = self.text(text)?;
                let pattern = self.pattern_of(pattern)?;
                Value::truth(pattern.is_match(&text) != *denied)
            }
            Expression::Arithmetic(which, one, other) => {
                let (one, other) = (self.value(one)?.number(), self.value(other)?.number());
                Value::Number(self.arithmetic(*which, one, other)?)
            }
            Expression::Compare(relation, one, other) => {
                let (one, other) = (self.value(one)?, self.value(other)?);
                Value::truth(one.compare(*relation, &other, &self.global_text(special::CONVFMT)))
            }
            Expression::Join(one, other) => {
                let (one, other) = (self.text(one)?, self.text(other)?);
                Value::text([&*one, &*other].concat())
            }
            Expression::Assign(..) | Expression::Step { .. } => self.change(expression)?,
            Expression::Call(function, arguments) => self.call(*function, arguments)?,
            Expression::Builtin(builtin, arguments) => self.builtin(*builtin, arguments)?,
            Expression::GetLine(from, target) => Value::Number(self.get_line(from, target.as_deref())?),
            Expression::List(_) => return self.refuse(super::UNEXPECTED),
        })
    }

    fn change(&mut self, expression: &Expression) -> Result<Value, Trouble> {
        match expression {
            Expression::Assign(target, operator, value) => {
                let slot = self.slot(target)?;
                let mut value = self.value(value)?;
                if let Some(which) = operator {
                    let before = self.load(&slot)?.number();
                    value = Value::Number(self.arithmetic(*which, before, value.number())?);
                }
                self.store(&slot, value.clone())?;
                Ok(value)
            }
            Expression::Step { target, by, after } => {
                let slot = self.slot(target)?;
                let before = self.load(&slot)?.number();
                self.store(&slot, Value::Number(before + by))?;
                Ok(Value::Number(if *after { before } else { before + by }))
            }
            _ => self.refuse(super::UNEXPECTED),
        }
    }

    fn arithmetic(&self, which: Arithmetic, one: f64, other: f64) -> Result<f64, Trouble> {
        Ok(match which {
            Arithmetic::Add => one + other,
            Arithmetic::Subtract => one - other,
            Arithmetic::Multiply => one * other,
            Arithmetic::Divide | Arithmetic::Remainder if other == 0.0 => return self.refuse("Division by zero"),
            Arithmetic::Divide => one / other,
            Arithmetic::Remainder => one % other,
            Arithmetic::Power => one.powf(other),
        })
    }

    /// A regular expression: written as one, or what a value says.
    pub(super) fn pattern_of(
        &mut self,
        expression: &Expression,
    ) -> Result<Rc<super::super::pattern::Pattern>, Trouble> {
        if let Expression::Regex(pattern) = expression {
            return Ok(Rc::clone(pattern));
        }
        let text = self.text(expression)?;
        self.pattern(&text)
    }

    fn call(&mut self, number: usize, arguments: &[Expression]) -> Result<Value, Trouble> {
        let function = &self.program.functions[number];
        let Some(body) = &function.body else {
            return self.refuse("Call to undefined function");
        };
        if self.frames.len() >= DEEPEST {
            return self.refuse(format!("'{}' calls itself too often", function.name));
        }
        let mut frame = Vec::with_capacity(function.parameters);
        for argument in arguments {
            let cell = match argument {
                Expression::Variable(place) if *place != Place::Global(special::NF) => self.handed(*place),
                other => Cell::Value(self.value(other)?),
            };
            frame.push(cell);
        }
        frame.resize_with(function.parameters, Cell::default);
        let line = self.line;
        self.frames.push(frame);
        let ended = self.block(body);
        self.frames.pop();
        self.line = line;
        Ok(match ended? {
            Flow::Return(value) => value,
            _ => Value::Nothing,
        })
    }

    /// A variable as a function gets it: an array is shared, and nothing may become one.
    fn handed(&mut self, place: Place) -> Cell {
        let cell = self.cell(place);
        if matches!(cell, Cell::Value(Value::Nothing)) {
            *cell = Cell::Open(Rc::new(RefCell::default()));
        }
        cell.clone()
    }

    /// `getline`: 1 with a record, 0 at the end, -1 where it cannot be read.
    fn get_line(&mut self, from: &From, target: Option<&Expression>) -> Result<f64, Trouble> {
        let read = match from {
            From::Input => Ok(self.next_record()?),
            From::File(name) => {
                let name = self.text(name)?;
                let ending: Ending = self.ending()?;
                self.streams.read_file(&name, &ending)
            }
            From::Command(command) => {
                let command = self.text(command)?;
                let ending = self.ending()?;
                self.streams.read_command(&command, &ending)
            }
        };
        let record = match read {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(0.0),
            Err(_) => return Ok(-1.0),
        };
        match target {
            Some(target) => {
                let slot = self.slot(target)?;
                self.store(&slot, Value::from_outside(&record))?;
            }
            None => self.record.set(record.into()),
        }
        Ok(1.0)
    }
}

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "no count here is near where precision ends")]
pub(super) const fn count(number: usize) -> f64 {
    number as f64
}
