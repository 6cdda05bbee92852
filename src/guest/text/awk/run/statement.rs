//! Statements, one after the other.

use super::super::streams::Opening;
use super::super::syntax::{Action, Expression, Statement, Target, special};
use super::super::value::Value;
use super::super::{Trouble, reason};
use super::{Flow, Machine, whole};

impl Machine<'_> {
    /// Runs statements one after the other.
    pub(in super::super) fn block(&mut self, block: &[Statement]) -> Result<Flow, Trouble> {
        for statement in block {
            match self.statement(statement)? {
                Flow::On => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow, Trouble> {
        self.line = statement.line;
        match &statement.what {
            Action::Expression(value) => {
                self.value(value)?;
            }
            Action::Print(values, target) => self.print(values, target)?,
            Action::Printf(values, target) => {
                let text = self.formatted(values)?;
                self.write(&text, target)?;
            }
            Action::If(condition, yes, no) => {
                if self.value(condition)?.is_true() {
                    return self.statement(yes);
                }
                if let Some(no) = no {
                    return self.statement(no);
                }
            }
            Action::Block(block) => return self.block(block),
            Action::While(..) | Action::Do(..) | Action::For { .. } | Action::Each(..) => {
                return self.repeat(&statement.what);
            }
            Action::Break => return Ok(Flow::Break),
            Action::Continue => return Ok(Flow::Continue),
            Action::Next => return Err(Trouble::Next),
            Action::NextFile => return Err(Trouble::NextFile),
            Action::Exit(status) => {
                if let Some(status) = status {
                    self.status = whole(self.value(status)?.number()) & 0xff;
                }
                return Err(Trouble::Exit);
            }
            Action::Return(value) => {
                let value = match value {
                    Some(value) => self.value(value)?,
                    None => Value::Nothing,
                };
                return Ok(Flow::Return(value));
            }
            Action::Delete(array, keys) => {
                let array = self.array(*array)?;
                match keys {
                    Some(keys) => {
                        let key = self.key(keys)?;
                        array.borrow_mut().remove(&key);
                    }
                    None => array.borrow_mut().clear(),
                }
            }
        }
        Ok(Flow::On)
    }

    fn repeat(&mut self, what: &Action) -> Result<Flow, Trouble> {
        match what {
            Action::While(condition, body) => {
                while self.value(condition)?.is_true() {
                    match self.statement(body)? {
                        Flow::Break => break,
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::On | Flow::Continue => {}
                    }
                }
            }
            Action::Do(body, condition) => loop {
                match self.statement(body)? {
                    Flow::Break => break,
                    Flow::Return(value) => return Ok(Flow::Return(value)),
                    Flow::On | Flow::Continue => {}
                }
                if !self.value(condition)?.is_true() {
                    break;
                }
            },
            Action::For {
                begin,
                condition,
                step,
                body,
            } => {
                if let Some(begin) = begin {
                    self.statement(begin)?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.value(condition)?.is_true()
                    {
                        break;
                    }
                    match self.statement(body)? {
                        Flow::Break => break,
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::On | Flow::Continue => {}
                    }
                    if let Some(step) = step {
                        self.statement(step)?;
                    }
                }
            }
            Action::Each(variable, array, body) => {
                let array = self.array(*array)?;
                let keys = array.borrow().keys();
                for key in keys {
                    let slot = self.slot(variable)?;
                    self.store(&slot, Value::from_outside(&key))?;
                    match self.statement(body)? {
                        Flow::Break => break,
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::On | Flow::Continue => {}
                    }
                }
            }
            _ => {}
        }
        Ok(Flow::On)
    }

    pub(super) fn print(&mut self, values: &[Expression], target: &Target) -> Result<(), Trouble> {
        let mut text = Vec::new();
        if values.is_empty() {
            text.extend_from_slice(&self.whole_record());
        }
        let form = self.global_text(special::OFMT);
        let between = self.global_text(special::OFS);
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                text.extend_from_slice(&between);
            }
            text.extend_from_slice(&self.value(value)?.to_text(&form));
        }
        text.extend_from_slice(&self.global_text(special::ORS));
        self.write(&text, target)
    }

    fn write(&mut self, text: &[u8], target: &Target) -> Result<(), Trouble> {
        let (name, opening) = match target {
            Target::Output => {
                let written = self.streams.print(text);
                return written.map_err(|error| Trouble::Plain(format!("write error: {}", reason(&error))));
            }
            Target::File(name) => (name, Opening::File),
            Target::Append(name) => (name, Opening::Append),
            Target::Command(command) => (command, Opening::Command),
        };
        let name = self.text(name)?;
        self.streams.print_to(&name, opening, text).map_err(|error| {
            let name = String::from_utf8_lossy(&name);
            Trouble::Plain(format!("can't open '{name}': {}", reason(&error)))
        })
    }
}
