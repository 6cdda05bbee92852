//! Expressions, from what binds least to what binds most (POSIX.1-2017, awk, "Grammar").

use std::rc::Rc;

use super::lexer::Token;
use super::parser::Parser;
use super::run::regex_of;
use super::syntax::{Arithmetic, Builtin, Expression, From, Relation};
use super::{Trouble, UNEXPECTED};

type Read = Result<Expression, Trouble>;

fn boxed(value: Expression) -> Box<Expression> {
    Box::new(value)
}

const fn is_target(value: &Expression) -> bool {
    matches!(
        value,
        Expression::Variable(_) | Expression::Field(_) | Expression::Element(..)
    )
}

impl Parser {
    /// Any expression; assignments bind least and from the right.
    pub(super) fn expression(&mut self) -> Read {
        self.deeper(|parser| {
            let left = parser.condition()?;
            let Token::Mark(mark) = *parser.peek() else {
                return Ok(left);
            };
            let operator = match mark {
                "=" => None,
                "+=" => Some(Arithmetic::Add),
                "-=" => Some(Arithmetic::Subtract),
                "*=" => Some(Arithmetic::Multiply),
                "/=" => Some(Arithmetic::Divide),
                "%=" => Some(Arithmetic::Remainder),
                "^=" => Some(Arithmetic::Power),
                _ => return Ok(left),
            };
            parser.assign(left, operator)
        })
    }

    /// `target = value`; what stands left of the target stays there: `!x = y`, `1 + x = 2`.
    fn assign(&mut self, left: Expression, operator: Option<Arithmetic>) -> Read {
        if is_target(&left) {
            self.step();
            self.newlines();
            let value = self.expression()?;
            return Ok(Expression::Assign(boxed(left), operator, boxed(value)));
        }
        Ok(match left {
            Expression::Not(inner) => Expression::Not(boxed(self.assign(*inner, operator)?)),
            Expression::Sign(sign, inner) => Expression::Sign(sign, boxed(self.assign(*inner, operator)?)),
            Expression::And(one, inner) => Expression::And(one, boxed(self.assign(*inner, operator)?)),
            Expression::Or(one, inner) => Expression::Or(one, boxed(self.assign(*inner, operator)?)),
            Expression::Compare(relation, one, inner) => {
                Expression::Compare(relation, one, boxed(self.assign(*inner, operator)?))
            }
            Expression::Join(one, inner) => Expression::Join(one, boxed(self.assign(*inner, operator)?)),
            Expression::Arithmetic(which, one, inner) => {
                Expression::Arithmetic(which, one, boxed(self.assign(*inner, operator)?))
            }
            _ => return Err(self.unexpected()),
        })
    }

    fn condition(&mut self) -> Read {
        let condition = self.either()?;
        if !self.takes("?") {
            return Ok(condition);
        }
        self.newlines();
        let yes = self.expression()?;
        self.newlines();
        self.expect(":")?;
        self.newlines();
        let no = self.expression()?;
        Ok(Expression::Condition(boxed(condition), boxed(yes), boxed(no)))
    }

    fn either(&mut self) -> Read {
        let mut left = self.both()?;
        while self.takes("||") {
            self.newlines();
            left = Expression::Or(boxed(left), boxed(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Read {
        let mut left = self.membership()?;
        while self.takes("&&") {
            self.newlines();
            left = Expression::And(boxed(left), boxed(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Read {
        let mut left = self.matching()?;
        while self.takes_word("in") {
            let name = self.variable_name()?;
            let keys = match left {
                Expression::List(keys) => keys,
                one => vec![one],
            };
            left = Expression::In(keys, self.place(&name));
        }
        Ok(left)
    }

    fn matching(&mut self) -> Read {
        let mut left = self.comparison()?;
        loop {
            let denied = self.sees("!~");
            if !denied && !self.sees("~") {
                return Ok(left);
            }
            self.step();
            let pattern = boxed(self.comparison()?);
            left = Expression::Match {
                text: boxed(left),
                pattern,
                denied,
            };
        }
    }

    fn comparison(&mut self) -> Read {
        let left = self.command_line()?;
        let relation = match *self.peek() {
            Token::Mark("<") => Relation::Less,
            Token::Mark("<=") => Relation::LessOrEqual,
            Token::Mark("==") => Relation::Equal,
            Token::Mark("!=") => Relation::NotEqual,
            Token::Mark(">") if !self.in_print => Relation::Greater,
            Token::Mark(">=") => Relation::GreaterOrEqual,
            _ => return Ok(left),
        };
        self.step();
        let right = self.command_line()?;
        Ok(Expression::Compare(relation, boxed(left), boxed(right)))
    }

    /// `command | getline [target]`.
    fn command_line(&mut self) -> Read {
        let mut left = self.joined()?;
        while self.sees("|") && matches!(self.peek_second(), Token::Name(word) if word == "getline") {
            self.step();
            self.step();
            let target = self.get_line_target()?;
            left = Expression::GetLine(From::Command(boxed(left)), target);
        }
        Ok(left)
    }

    /// Values side by side are one text.
    pub(super) fn joined(&mut self) -> Read {
        let mut left = self.sum()?;
        while self.begins_value() {
            left = Expression::Join(boxed(left), boxed(self.sum()?));
        }
        Ok(left)
    }

    fn begins_value(&self) -> bool {
        match self.peek() {
            Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Called(_) => true,
            Token::Name(name) => !super::lexer::KEYWORDS.contains(&name.as_str()),
            Token::Mark(mark) => matches!(*mark, "$" | "(" | "!" | "-" | "+" | "++" | "--"),
            Token::Newline | Token::End => false,
        }
    }

    fn sum(&mut self) -> Read {
        let mut left = self.product()?;
        loop {
            let which = match *self.peek() {
                Token::Mark("+") => Arithmetic::Add,
                Token::Mark("-") => Arithmetic::Subtract,
                _ => return Ok(left),
            };
            self.step();
            left = Expression::Arithmetic(which, boxed(left), boxed(self.product()?));
        }
    }

    fn product(&mut self) -> Read {
        let mut left = self.signed()?;
        loop {
            let which = match *self.peek() {
                Token::Mark("*") => Arithmetic::Multiply,
                Token::Mark("/") => Arithmetic::Divide,
                Token::Mark("%") => Arithmetic::Remainder,
                _ => return Ok(left),
            };
            self.step();
            left = Expression::Arithmetic(which, boxed(left), boxed(self.signed()?));
        }
    }

    fn signed(&mut self) -> Read {
        self.deeper(|parser| {
            if parser.takes("!") {
                return Ok(Expression::Not(boxed(parser.signed()?)));
            }
            if parser.takes("-") {
                return Ok(Expression::Sign(-1.0, boxed(parser.signed()?)));
            }
            if parser.takes("+") {
                return Ok(Expression::Sign(1.0, boxed(parser.signed()?)));
            }
            parser.power()
        })
    }

    fn power(&mut self) -> Read {
        let base = self.stepped()?;
        if !self.takes("^") {
            return Ok(base);
        }
        // From the right: 2^3^2 is 2^9; and a sign may stand before the exponent.
        let exponent = self.signed()?;
        Ok(Expression::Arithmetic(Arithmetic::Power, boxed(base), boxed(exponent)))
    }

    /// `x++`, `--x`.
    fn stepped(&mut self) -> Read {
        let by = |mark: &Token| match mark {
            Token::Mark("++") => Some(1.0),
            Token::Mark("--") => Some(-1.0),
            _ => None,
        };
        if let Some(by) = by(self.peek()) {
            self.step();
            let target = self.primary()?;
            if !is_target(&target) {
                return Err(self.unexpected());
            }
            return Ok(Expression::Step {
                target: boxed(target),
                by,
                after: false,
            });
        }
        let value = self.primary()?;
        match by(self.peek()) {
            Some(by) if is_target(&value) => {
                self.step();
                Ok(Expression::Step {
                    target: boxed(value),
                    by,
                    after: true,
                })
            }
            _ => Ok(value),
        }
    }

    fn primary(&mut self) -> Read {
        let line = self.line();
        match self.peek().clone() {
            Token::Number(value) => {
                self.step();
                Ok(Expression::Number(value))
            }
            Token::Text(text) => {
                self.step();
                Ok(Expression::Text(text.into()))
            }
            Token::Regex(text) => {
                self.step();
                let pattern = regex_of(&text).map_err(|reason| Trouble::at(line, reason))?;
                Ok(Expression::Regex(Rc::new(pattern)))
            }
            Token::Called(name) => {
                self.step();
                let function = self.function(&name);
                self.step();
                let arguments = self.deeper(|parser| parser.list(")"))?;
                Ok(Expression::Call(function, arguments))
            }
            Token::Mark("$") => {
                self.step();
                let field = self.deeper(|parser| match parser.peek() {
                    Token::Mark("-" | "+" | "!") => parser.signed(),
                    Token::Mark("++" | "--") => parser.stepped(),
                    _ => parser.primary(),
                })?;
                Ok(Expression::Field(boxed(field)))
            }
            Token::Mark("(") => {
                self.step();
                let mut values = self.deeper(|parser| parser.list(")"))?;
                match values.len() {
                    0 => Err(Trouble::at(line, UNEXPECTED)),
                    1 => values.pop().ok_or_else(|| self.unexpected()),
                    _ => Ok(Expression::List(values)),
                }
            }
            Token::Name(name) => self.named(&name),
            _ => Err(self.unexpected()),
        }
    }

    fn named(&mut self, name: &str) -> Read {
        if name == "getline" {
            self.step();
            let target = self.get_line_target()?;
            let from = if self.takes("<") {
                From::File(boxed(self.primary()?))
            } else {
                From::Input
            };
            return Ok(Expression::GetLine(from, target));
        }
        if let Some((builtin, fewest, most)) = Builtin::named(name) {
            self.step();
            let arguments = if self.takes("(") {
                self.deeper(|parser| parser.list(")"))?
            } else if builtin == Builtin::Length {
                Vec::new()
            } else {
                return Err(self.unexpected());
            };
            if arguments.len() < fewest {
                return Err(Trouble::at(self.line(), "Too few arguments"));
            }
            if arguments.len() > most {
                return Err(self.unexpected());
            }
            return Ok(Expression::Builtin(builtin, arguments));
        }
        let name = self.variable_name()?;
        let place = self.place(&name);
        if self.takes("[") {
            let keys = self.deeper(|parser| parser.list("]"))?;
            if keys.is_empty() {
                return Err(self.unexpected());
            }
            return Ok(Expression::Element(place, keys));
        }
        Ok(Expression::Variable(place))
    }

    /// What `getline` sets, where it is written.
    fn get_line_target(&mut self) -> Result<Option<Box<Expression>>, Trouble> {
        let begins = match self.peek() {
            Token::Mark("$") => true,
            Token::Name(name) => !super::lexer::KEYWORDS.contains(&name.as_str()) && Builtin::named(name).is_none(),
            _ => false,
        };
        if !begins {
            return Ok(None);
        }
        self.primary().map(|target| Some(boxed(target)))
    }
}
