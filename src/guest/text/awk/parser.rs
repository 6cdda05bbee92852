//! Rules and functions.

mod statement;

use std::collections::HashMap;

use super::lexer::{KEYWORDS, Token, words};
use super::syntax::{Builtin, Condition, Function, Place, Program, Rule, special};
use super::{Trouble, UNEXPECTED};

/// Deepest nesting of blocks and parentheses.
const DEEPEST: usize = 200;

/// Reads a program.
pub(super) fn parse(source: &[u8]) -> Result<(Program, HashMap<String, usize>), Trouble> {
    let mut parser = Parser {
        words: words(source)?,
        at: 0,
        program: Program {
            globals: special::NAMES.map(str::to_owned).to_vec(),
            ..Program::default()
        },
        globals: HashMap::new(),
        functions: HashMap::new(),
        locals: Vec::new(),
        depth: 0,
        in_print: false,
    };
    for (at, name) in special::NAMES.iter().enumerate() {
        parser.globals.insert((*name).to_owned(), at);
    }
    parser.items()?;
    let undefined = parser.program.functions.iter().find(|function| function.body.is_none());
    if let Some(function) = undefined {
        return Err(Trouble::at(function.line, "Call to undefined function"));
    }
    Ok((parser.program, parser.globals))
}

pub(super) struct Parser {
    words: Vec<(Token, u32)>,
    at: usize,
    pub(super) program: Program,
    globals: HashMap<String, usize>,
    functions: HashMap<String, usize>,
    locals: Vec<String>,
    depth: usize,
    /// Whether `>` sends output and does not compare.
    pub(super) in_print: bool,
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.words.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn peek_second(&self) -> &Token {
        self.words.get(self.at + 1).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn line(&self) -> u32 {
        self.words.get(self.at).map_or(1, |(_, line)| *line)
    }

    pub(super) fn step(&mut self) {
        self.at += 1;
    }

    pub(super) fn sees(&self, mark: &str) -> bool {
        matches!(self.peek(), Token::Mark(seen) if *seen == mark)
    }

    pub(super) fn sees_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(seen) if seen == word)
    }

    pub(super) fn takes(&mut self, mark: &str) -> bool {
        let seen = self.sees(mark);
        self.at += usize::from(seen);
        seen
    }

    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let seen = self.sees_word(word);
        self.at += usize::from(seen);
        seen
    }

    pub(super) fn expect(&mut self, mark: &str) -> Result<(), Trouble> {
        if self.takes(mark) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub(super) fn unexpected(&self) -> Trouble {
        Trouble::at(self.line(), UNEXPECTED)
    }

    /// Does something one level deeper.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Trouble>) -> Result<T, Trouble> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.unexpected());
        }
        let done = read(self);
        self.depth -= 1;
        done
    }

    pub(super) fn newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.step();
        }
    }

    fn separators(&mut self) {
        while *self.peek() == Token::Newline || self.sees(";") {
            self.step();
        }
    }

    /// Where a variable of this name lives.
    pub(super) fn place(&mut self, name: &str) -> Place {
        if let Some(local) = self.locals.iter().position(|local| local == name) {
            return Place::Local(local);
        }
        if let Some(global) = self.globals.get(name) {
            return Place::Global(*global);
        }
        self.program.globals.push(name.to_owned());
        let place = self.program.globals.len() - 1;
        self.globals.insert(name.to_owned(), place);
        Place::Global(place)
    }

    /// The number of a function, which may be written later.
    pub(super) fn function(&mut self, name: &str) -> usize {
        if let Some(number) = self.functions.get(name) {
            return *number;
        }
        self.program.functions.push(Function {
            name: name.to_owned(),
            line: self.line(),
            ..Function::default()
        });
        let number = self.program.functions.len() - 1;
        self.functions.insert(name.to_owned(), number);
        number
    }

    /// A name that is no word of the language and no function.
    pub(super) fn variable_name(&mut self) -> Result<String, Trouble> {
        match self.peek() {
            Token::Name(name) if !KEYWORDS.contains(&name.as_str()) && Builtin::named(name).is_none() => {
                let name = name.clone();
                self.step();
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn items(&mut self) -> Result<(), Trouble> {
        loop {
            self.separators();
            if *self.peek() == Token::End {
                return Ok(());
            }
            if self.takes_word("BEGIN") {
                let block = self.block()?;
                self.program.begin.push(block);
            } else if self.takes_word("END") {
                let block = self.block()?;
                self.program.end.push(block);
            } else if self.takes_word("function") {
                self.definition()?;
            } else {
                self.rule()?;
            }
        }
    }

    fn rule(&mut self) -> Result<(), Trouble> {
        let condition = if self.sees("{") {
            Condition::Always
        } else {
            let first = self.expression()?;
            if self.takes(",") {
                self.newlines();
                Condition::Range(first, self.expression()?)
            } else {
                Condition::Holds(first)
            }
        };
        let block = if self.sees("{") { Some(self.block()?) } else { None };
        if block.is_none() && *self.peek() != Token::Newline && !self.sees(";") {
            return Err(self.unexpected());
        }
        self.program.rules.push(Rule { condition, block });
        Ok(())
    }

    fn definition(&mut self) -> Result<(), Trouble> {
        let name = match self.peek() {
            Token::Called(name) | Token::Name(name) => name.clone(),
            _ => return Err(self.unexpected()),
        };
        self.step();
        let number = self.function(&name);
        self.expect("(")?;
        let mut parameters = Vec::new();
        self.newlines();
        while !self.takes(")") {
            parameters.push(self.variable_name()?);
            self.newlines();
            if !self.sees(")") {
                self.expect(",")?;
                self.newlines();
            }
        }
        self.newlines();
        let count = parameters.len();
        self.locals = parameters;
        let body = self.block();
        self.locals.clear();
        let function = &mut self.program.functions[number];
        function.parameters = count;
        function.body = Some(body?);
        Ok(())
    }
}
