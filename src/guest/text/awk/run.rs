//! Runs a program: rules and the main input.

mod statement;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use super::super::pattern::{Manner, Pattern, Syntax};
use super::lexer::unescaped;
use super::record::{Record, Separator};
use super::streams::{Ending, Records, Streams};
use super::syntax::{Condition, Place, Program, Target, Text, special};
use super::value::{Cell, Value};
use super::{Trouble, reason};

/// How a statement ended.
pub(super) enum Flow {
    On,
    Break,
    Continue,
    Return(Value),
}

/// A regular expression as the language writes it.
///
/// # Errors
/// The sentence for one that cannot be read.
pub(super) fn regex_of(text: &[u8]) -> Result<Pattern, String> {
    let mut plain = Vec::new();
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            // Escapes that stand for one character; others are the expression's own.
            (
                b'\\',
                [
                    letter @ (b'n' | b't' | b'r' | b'f' | b'v' | b'a' | b'/' | b'"' | b'&'),
                    after @ ..,
                ],
            ) => {
                plain.extend(match letter {
                    b'/' | b'"' | b'&' => vec![*letter],
                    letter => unescaped(&[b'\\', *letter]),
                });
                rest = after;
            }
            (b'\\', [escaped, after @ ..]) => {
                plain.extend([b'\\', *escaped]);
                rest = after;
            }
            (byte, _) => plain.push(byte),
        }
    }
    let text = String::from_utf8_lossy(&plain);
    Pattern::new(&text, Syntax::Extended, Manner::default()).map_err(|reason| format!("bad regex '{text}': {reason}"))
}

/// A program that runs.
pub(super) struct Machine<'p> {
    pub(super) program: &'p Program,
    names: HashMap<String, usize>,
    pub(super) globals: Vec<Cell>,
    /// Parameters of the functions being called, the innermost last.
    pub(super) frames: Vec<Vec<Cell>>,
    pub(super) record: Record,
    pub(super) streams: Streams,
    pub(super) patterns: HashMap<Text, Rc<Pattern>>,
    pub(super) random: fastrand::Rng,
    pub(super) seed: f64,
    /// The line that runs.
    pub(super) line: u32,
    input: Option<Records>,
    next_argument: usize,
    saw_file: bool,
    status: i32,
}

impl<'p> Machine<'p> {
    /// A program before it runs; operands become `ARGV`.
    pub(super) fn new(program: &'p Program, names: HashMap<String, usize>, operands: &[OsString]) -> Self {
        let mut machine = Self {
            program,
            names,
            globals: vec![Cell::default(); program.globals.len()],
            frames: Vec::new(),
            record: Record::default(),
            streams: Streams::new(),
            patterns: HashMap::new(),
            random: fastrand::Rng::with_seed(0),
            seed: 0.0,
            line: 1,
            input: None,
            next_argument: 1,
            saw_file: false,
            status: 0,
        };
        for (place, text) in [
            (special::FS, &b" "[..]),
            (special::OFS, b" "),
            (special::RS, b"\n"),
            (special::ORS, b"\n"),
            (special::SUBSEP, b"\x1c"),
            (special::CONVFMT, b"%.6g"),
            (special::OFMT, b"%.6g"),
        ] {
            machine.globals[place] = Cell::Value(Value::text(text));
        }
        for place in [special::NR, special::FNR, special::RSTART] {
            machine.globals[place] = Cell::Value(Value::Number(0.0));
        }
        machine.globals[special::RLENGTH] = Cell::Value(Value::Number(-1.0));
        let count = u32::try_from(operands.len()).map_or(f64::MAX, f64::from);
        machine.globals[special::ARGC] = Cell::Value(Value::Number(count + 1.0));
        let arguments = std::iter::once(&b"awk"[..]).chain(operands.iter().map(|word| word.as_bytes()));
        let numbered = arguments
            .enumerate()
            .map(|(at, word)| (at.to_string().into_bytes(), word));
        machine.fill(special::ARGV, numbered);
        let variables: Vec<_> = std::env::vars_os().collect();
        let environment = variables
            .iter()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes()));
        machine.fill(special::ENVIRON, environment);
        machine
    }

    fn fill<'a>(&mut self, place: usize, elements: impl Iterator<Item = (Vec<u8>, &'a [u8])>) {
        if let Ok(array) = self.array(Place::Global(place)) {
            for (key, value) in elements {
                *array.borrow_mut().element(&key.into()) = Value::from_outside(value);
            }
        }
    }

    /// `-F`.
    pub(super) fn set_separator(&mut self, text: &[u8]) -> Result<(), Trouble> {
        self.store_global(special::FS, Value::text(unescaped(text)))
    }

    /// Takes `name=value`; false where a word is no such thing.
    pub(super) fn assigned(&mut self, word: &[u8]) -> bool {
        let Some(at) = word.iter().position(|byte| *byte == b'=') else {
            return false;
        };
        let (name, value) = (&word[..at], unescaped(&word[at + 1..]));
        let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            && name.first().is_some_and(|first| !first.is_ascii_digit());
        if !is_name {
            return false;
        }
        // A variable the program never names cannot be seen either.
        if let Some(place) = self.names.get(&*String::from_utf8_lossy(name)).copied() {
            let _ = self.store_global(place, Value::from_outside(&value));
        }
        true
    }

    /// Runs all of it; the status.
    pub(super) fn all(&mut self) -> Result<i32, Trouble> {
        let program = self.program;
        match self.main_part(program) {
            Ok(()) | Err(Trouble::Exit | Trouble::Next | Trouble::NextFile) => {}
            Err(trouble) => return Err(trouble),
        }
        for block in &program.end {
            match self.block(block) {
                Ok(_) => {}
                Err(Trouble::Exit) => break,
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(self.status)
    }

    fn main_part(&mut self, program: &'p Program) -> Result<(), Trouble> {
        for block in &program.begin {
            self.block(block)?;
        }
        if program.rules.is_empty() && program.end.is_empty() {
            return Ok(());
        }
        let mut inside = vec![false; program.rules.len()];
        while let Some(record) = self.next_record()? {
            self.record.set(record.into());
            match self.rules(program, &mut inside) {
                Ok(()) | Err(Trouble::Next) => {}
                Err(Trouble::NextFile) => self.input = None,
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(())
    }

    fn rules(&mut self, program: &'p Program, inside: &mut [bool]) -> Result<(), Trouble> {
        for (rule, inside) in program.rules.iter().zip(inside) {
            let holds = match &rule.condition {
                Condition::Always => true,
                Condition::Holds(condition) => self.value(condition)?.is_true(),
                Condition::Range(first, last) => {
                    let began = *inside || self.value(first)?.is_true();
                    *inside = began && !self.value(last)?.is_true();
                    began
                }
            };
            if !holds {
                continue;
            }
            match &rule.block {
                Some(block) => {
                    self.block(block)?;
                }
                None => self.print(&[], &Target::Output)?,
            }
        }
        Ok(())
    }

    /// What ends a record now.
    pub(super) fn ending(&mut self) -> Result<Ending, Trouble> {
        let text = self.global_text(special::RS);
        self.record.by_lines = text.is_empty();
        Ok(match &*text {
            [] => Ending::Paragraph,
            [byte] => Ending::Byte(*byte),
            _ => Ending::Pattern(self.pattern(&text)?),
        })
    }

    /// What stands between fields now.
    pub(super) fn separator(&mut self, text: &Text) -> Result<Separator, Trouble> {
        Ok(match &**text {
            b" " => Separator::Blanks,
            [] => Separator::Nothing,
            [byte] if *byte != b'\\' => Separator::Byte(*byte),
            _ => Separator::Pattern(self.pattern(text)?),
        })
    }

    /// A regular expression that is only known as the program runs.
    pub(super) fn pattern(&mut self, text: &Text) -> Result<Rc<Pattern>, Trouble> {
        if let Some(pattern) = self.patterns.get(text) {
            return Ok(Rc::clone(pattern));
        }
        let pattern = Rc::new(regex_of(text).map_err(|reason| Trouble::at(self.line, reason))?);
        // Programs that make up patterns without end must not fill the memory with them.
        if self.patterns.len() > 1000 {
            self.patterns.clear();
        }
        self.patterns.insert(Rc::clone(text), Rc::clone(&pattern));
        Ok(pattern)
    }

    /// The next record of the main input, counted.
    pub(super) fn next_record(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        loop {
            if self.input.is_none() && !self.next_file()? {
                return Ok(None);
            }
            let ending = self.ending()?;
            let Some(input) = &mut self.input else { continue };
            // What cannot be read, a folder, is empty.
            match input.next(&ending) {
                Ok(Some(record)) => {
                    for place in [special::NR, special::FNR] {
                        let count = self.global(place).number() + 1.0;
                        self.globals[place] = Cell::Value(Value::Number(count));
                    }
                    return Ok(Some(record));
                }
                Ok(None) | Err(_) => self.input = None,
            }
        }
    }

    /// Opens the next file of the command line; false where there is none.
    fn next_file(&mut self) -> Result<bool, Trouble> {
        loop {
            let count = self.global(special::ARGC).number();
            if f64::from(u32::try_from(self.next_argument).unwrap_or(u32::MAX)) >= count {
                if self.saw_file {
                    return Ok(false);
                }
                self.saw_file = true;
                self.input = Some(Records::new(Box::new(io::stdin())));
                return Ok(true);
            }
            let key: Text = self.next_argument.to_string().into_bytes().into();
            self.next_argument += 1;
            let array = self.array(Place::Global(special::ARGV))?;
            if !array.borrow().has(&key) {
                continue;
            }
            let word = array.borrow_mut().element(&key).to_text(b"%.6g");
            if word.is_empty() || self.assigned(&word) {
                continue;
            }
            self.saw_file = true;
            let source: Box<dyn Read> = if &*word == b"-" {
                Box::new(io::stdin())
            } else {
                let path = Path::new(OsStr::from_bytes(&word));
                let opened = File::open(path);
                Box::new(opened.map_err(|error| Trouble::Plain(format!("{}: {}", path.display(), reason(&error))))?)
            };
            self.globals[special::FILENAME] = Cell::Value(Value::Text(word));
            self.globals[special::FNR] = Cell::Value(Value::Number(0.0));
            self.input = Some(Records::new(source));
            return Ok(true);
        }
    }
}

/// A number without its fraction, within what an exit status or a count can be.
#[expect(clippy::cast_possible_truncation, reason = "the cast keeps to the type's range")]
pub(super) const fn whole(value: f64) -> i32 {
    value as i32
}
