//! Go's templates, as `--format` takes them: the part of `text/template` that people use, over JSON.
//!
//! No template can do anything but print: there is no I/O here, and what a range walks over is what the engine answered.

mod eval;
mod functions;
mod lex;
mod parse;
#[cfg(test)]
mod tests;

use serde_json::Value;

use eval::Execution;
use parse::{Node, Place};

/// A template that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template(Vec<Node>);

/// Why a template cannot be read or carried out, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Fault(String);

impl Fault {
    fn parse(line: usize, why: &str) -> Self {
        Self(format!("template parsing error: template: :{line}: {why}"))
    }

    fn run(place: &Place, what: &str, why: &str) -> Self {
        let Place { line, column, .. } = place;
        Self(format!(
            "template parsing error: template: :{line}:{column}: executing \"\" at <{what}>: {why}"
        ))
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        Ok(Self(parse::tree(lex::pieces(text)?)?))
    }

    /// What it makes of data.
    ///
    /// # Errors
    /// A field that is not there, or a function called wrongly.
    pub(super) fn render(&self, data: &Value) -> Result<String, Fault> {
        self.render_row(data, None)
    }

    /// The same for an element of a list, whose labels `.Label "name"` asks for.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub(super) fn render_row(&self, data: &Value, labels: Option<&Value>) -> Result<String, Fault> {
        let mut execution = Execution::new(data, labels);
        execution.run(&self.0, data)?;
        Ok(execution.out)
    }
}
