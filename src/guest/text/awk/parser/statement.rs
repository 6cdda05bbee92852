//! Statements.

use std::mem;

use super::super::Trouble;
use super::super::lexer::Token;
use super::super::syntax::{Action, Expression, Statement, Target};
use super::Parser;

impl Parser {
    pub(super) fn block(&mut self) -> Result<Vec<Statement>, Trouble> {
        self.expect("{")?;
        let mut statements = Vec::new();
        loop {
            self.separators();
            if self.takes("}") {
                return Ok(statements);
            }
            statements.push(self.statement()?);
        }
    }

    /// A statement with what ends it.
    fn statement(&mut self) -> Result<Statement, Trouble> {
        self.deeper(|parser| {
            let line = parser.line();
            let what = parser.action()?;
            Ok(Statement { line, what })
        })
    }

    fn action(&mut self) -> Result<Action, Trouble> {
        if self.sees("{") {
            return self.block().map(Action::Block);
        }
        if self.takes(";") {
            return Ok(Action::Block(Vec::new()));
        }
        let word = match self.peek() {
            Token::Name(word) => word.clone(),
            _ => String::new(),
        };
        match word.as_str() {
            "if" => return self.branch(),
            "while" => {
                self.step();
                let condition = self.in_parentheses()?;
                if self.takes(";") {
                    return Ok(Action::While(condition, Box::new(self.empty())));
                }
                return Ok(Action::While(condition, self.body()?));
            }
            "for" => return self.repetition(),
            "do" => {
                self.step();
                let body = self.body()?;
                self.separators();
                if !self.takes_word("while") {
                    return Err(self.unexpected());
                }
                let condition = self.in_parentheses()?;
                self.ended()?;
                return Ok(Action::Do(body, condition));
            }
            _ => {}
        }
        let action = self.simple(&word)?;
        self.ended()?;
        Ok(action)
    }

    fn empty(&self) -> Statement {
        Statement {
            line: self.line(),
            what: Action::Block(Vec::new()),
        }
    }

    /// A statement must end here.
    fn ended(&mut self) -> Result<(), Trouble> {
        if self.sees("}") || self.takes(";") {
            return Ok(());
        }
        if *self.peek() == Token::Newline {
            self.step();
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn in_parentheses(&mut self) -> Result<Expression, Trouble> {
        self.expect("(")?;
        let value = self.plain_expression()?;
        self.expect(")")?;
        Ok(value)
    }

    /// An expression in which `>` compares.
    pub(super) fn plain_expression(&mut self) -> Result<Expression, Trouble> {
        let in_print = mem::take(&mut self.in_print);
        let value = self.expression();
        self.in_print = in_print;
        value
    }

    fn body(&mut self) -> Result<Box<Statement>, Trouble> {
        self.newlines();
        self.statement().map(Box::new)
    }

    fn branch(&mut self) -> Result<Action, Trouble> {
        self.step();
        let condition = self.in_parentheses()?;
        let body = self.body()?;
        let before = self.at;
        self.separators();
        if self.takes_word("else") {
            return Ok(Action::If(condition, body, Some(self.body()?)));
        }
        self.at = before;
        Ok(Action::If(condition, body, None))
    }

    fn repetition(&mut self) -> Result<Action, Trouble> {
        self.step();
        self.expect("(")?;
        if let Some(each) = self.each()? {
            return Ok(each);
        }
        let simple = |parser: &mut Self| -> Result<Box<Statement>, Trouble> {
            let line = parser.line();
            let what = Action::Expression(parser.expression()?);
            Ok(Box::new(Statement { line, what }))
        };
        let begin = if self.sees(";") { None } else { Some(simple(self)?) };
        self.expect(";")?;
        self.newlines();
        let condition = if self.sees(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        self.newlines();
        let step = if self.sees(")") { None } else { Some(simple(self)?) };
        self.expect(")")?;
        let body = if self.takes(";") {
            Box::new(self.empty())
        } else {
            self.body()?
        };
        Ok(Action::For {
            begin,
            condition,
            step,
            body,
        })
    }

    /// `name in array)` and the body.
    fn each(&mut self) -> Result<Option<Action>, Trouble> {
        let before = self.at;
        let name = self.variable_name().ok();
        let array = if self.takes_word("in") {
            self.variable_name().ok()
        } else {
            None
        };
        if let (Some(name), Some(array)) = (name, array)
            && self.takes(")")
        {
            let variable = Expression::Variable(self.place(&name));
            let array = self.place(&array);
            return Ok(Some(Action::Each(variable, array, self.body()?)));
        }
        self.at = before;
        Ok(None)
    }

    fn simple(&mut self, word: &str) -> Result<Action, Trouble> {
        let alone = match word {
            "break" => Action::Break,
            "continue" => Action::Continue,
            "next" => Action::Next,
            "nextfile" => Action::NextFile,
            "print" | "printf" => return self.print(word == "printf"),
            "exit" | "return" => {
                self.step();
                let ends = self.sees("}") || self.sees(";") || *self.peek() == Token::Newline;
                let value = if ends { None } else { Some(self.expression()?) };
                return Ok(if word == "exit" {
                    Action::Exit(value)
                } else {
                    Action::Return(value)
                });
            }
            "delete" => {
                self.step();
                let name = self.variable_name()?;
                let array = self.place(&name);
                let key = if self.takes("[") { Some(self.list("]")?) } else { None };
                return Ok(Action::Delete(array, key));
            }
            _ => return self.expression().map(Action::Expression),
        };
        self.step();
        Ok(alone)
    }

    fn print(&mut self, formatted: bool) -> Result<Action, Trouble> {
        self.step();
        let mut values = Vec::new();
        let ends = [";", "}", ">", ">>", "|"].iter().any(|mark| self.sees(mark)) || *self.peek() == Token::Newline;
        if !ends {
            self.in_print = true;
            let read = self.values();
            self.in_print = false;
            values = read?;
        }
        if let [Expression::List(_)] = values.as_slice()
            && let Some(Expression::List(inner)) = values.pop()
        {
            values = inner;
        }
        let target = if self.takes(">") {
            Target::File(self.joined()?)
        } else if self.takes(">>") {
            Target::Append(self.joined()?)
        } else if self.takes("|") {
            Target::Command(self.joined()?)
        } else {
            Target::Output
        };
        Ok(if formatted {
            Action::Printf(values, target)
        } else {
            Action::Print(values, target)
        })
    }

    fn values(&mut self) -> Result<Vec<Expression>, Trouble> {
        let mut values = vec![self.expression()?];
        while self.takes(",") {
            self.newlines();
            values.push(self.expression()?);
        }
        Ok(values)
    }

    /// Expressions up to a closing mark.
    pub(in super::super) fn list(&mut self, end: &str) -> Result<Vec<Expression>, Trouble> {
        let in_print = mem::take(&mut self.in_print);
        self.newlines();
        let mut values = Vec::new();
        if !self.sees(end) {
            values = self.values()?;
        }
        self.newlines();
        self.in_print = in_print;
        self.expect(end)?;
        Ok(values)
    }
}
