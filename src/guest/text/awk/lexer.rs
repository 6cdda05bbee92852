//! A program's words.

use super::super::escape;
use super::{Trouble, UNEXPECTED};
use crate::guest::number;

/// A word of the language.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(Vec<u8>),
    Regex(Vec<u8>),
    /// A variable, an array or a word of the language.
    Name(String),
    /// A name with a parenthesis right after it, which is a function of the program.
    Called(String),
    /// An operator or a mark.
    Mark(&'static str),
    Newline,
    End,
}

/// Operators and marks, the longer before what they begin with.
const MARKS: &[&str] = &[
    "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", "!~", ">>", "{",
    "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
];

/// Takes a program apart; each word with its line.
pub(super) fn words(source: &[u8]) -> Result<Vec<(Token, u32)>, Trouble> {
    let mut lexer = Lexer {
        rest: source,
        line: 1,
        words: Vec::new(),
    };
    while lexer.next()? {}
    let line = lexer.line;
    lexer.words.push((Token::Newline, line));
    lexer.words.push((Token::End, line));
    Ok(lexer.words)
}

struct Lexer<'a> {
    rest: &'a [u8],
    line: u32,
    words: Vec<(Token, u32)>,
}

impl Lexer<'_> {
    fn push(&mut self, token: Token) {
        self.words.push((token, self.line));
    }

    fn next(&mut self) -> Result<bool, Trouble> {
        let Some((&first, rest)) = self.rest.split_first() else {
            return Ok(false);
        };
        match first {
            b' ' | b'\t' | b'\r' => self.rest = rest,
            b'\n' => {
                self.push(Token::Newline);
                self.line += 1;
                self.rest = rest;
            }
            b'\\' if rest.first() == Some(&b'\n') => {
                self.line += 1;
                self.rest = &rest[1..];
            }
            b'\\' if rest.starts_with(b"\r\n") => {
                self.line += 1;
                self.rest = &rest[2..];
            }
            b'#' => {
                let length = rest.iter().take_while(|byte| **byte != b'\n').count();
                self.rest = &rest[length..];
            }
            b'"' => {
                self.rest = rest;
                let text = self.quoted(b'"')?;
                self.push(Token::Text(unescaped(&text)));
            }
            b'/' if self.regex_may_begin() => {
                self.rest = rest;
                let text = self.quoted(b'/')?;
                self.push(Token::Regex(text));
            }
            b'0'..=b'9' | b'.' if first != b'.' || rest.first().is_some_and(u8::is_ascii_digit) => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.name(),
            _ => self.mark()?,
        }
        Ok(true)
    }

    /// After a value a slash divides.
    fn regex_may_begin(&self) -> bool {
        match self.words.last() {
            Some((Token::Number(_) | Token::Text(_) | Token::Regex(_), _)) => false,
            Some((Token::Name(name), _)) => KEYWORDS.contains(&name.as_str()),
            Some((Token::Mark(mark), _)) => !matches!(*mark, ")" | "]" | "$" | "++" | "--"),
            _ => true,
        }
    }

    /// What stands before a closing quote or slash, backslashes kept.
    fn quoted(&mut self, end: u8) -> Result<Vec<u8>, Trouble> {
        let mut text = Vec::new();
        let mut in_brackets = false;
        loop {
            let Some((&byte, rest)) = self.rest.split_first() else {
                return Err(Trouble::at(self.line, "Unexpected end of string"));
            };
            self.rest = rest;
            match byte {
                b'\n' => return Err(Trouble::at(self.line, "Unexpected newline in string")),
                b'\\' => {
                    let Some((&escaped, rest)) = self.rest.split_first() else {
                        continue;
                    };
                    self.rest = rest;
                    if escaped == b'\n' {
                        self.line += 1;
                    } else if escaped == end && end == b'/' {
                        text.push(b'/');
                    } else {
                        text.extend([b'\\', escaped]);
                    }
                }
                b'[' if end == b'/' => {
                    in_brackets = true;
                    text.push(byte);
                }
                b']' if end == b'/' => {
                    in_brackets = false;
                    text.push(byte);
                }
                _ if byte == end && !in_brackets => return Ok(text),
                _ => text.push(byte),
            }
        }
    }

    fn number(&mut self) {
        let is_octal = self.rest.first() == Some(&b'0') && self.rest.get(1).is_some_and(u8::is_ascii_digit);
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let ends_there = !matches!(self.rest.get(digits), Some(b'.' | b'e' | b'E'));
        let all_octal = self.rest[..digits].iter().all(|digit| *digit < b'8');
        if is_octal && ends_there && all_octal {
            let value = self.rest[..digits]
                .iter()
                .fold(0.0, |sum, digit| sum * 8.0 + f64::from(digit - b'0'));
            self.rest = &self.rest[digits..];
            return self.push(Token::Number(value));
        }
        let (value, used) = number::float(self.rest).unwrap_or((0.0, 1));
        self.rest = &self.rest[used..];
        self.push(Token::Number(value));
    }

    fn name(&mut self) {
        let length = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let name = String::from_utf8_lossy(&self.rest[..length]).into_owned();
        self.rest = &self.rest[length..];
        let of_program = !KEYWORDS.contains(&name.as_str()) && super::syntax::Builtin::named(&name).is_none();
        if of_program && self.rest.first() == Some(&b'(') {
            self.push(Token::Called(name));
        } else {
            let name = if name == "func" { "function".to_owned() } else { name };
            self.push(Token::Name(name));
        }
    }

    fn mark(&mut self) -> Result<(), Trouble> {
        let found = MARKS.iter().find(|mark| self.rest.starts_with(mark.as_bytes()));
        let mark = *found.ok_or_else(|| Trouble::at(self.line, UNEXPECTED))?;
        self.rest = &self.rest[mark.len()..];
        self.push(Token::Mark(match mark {
            "**" => "^",
            "**=" => "^=",
            other => other,
        }));
        Ok(())
    }
}

/// Words that are no names of variables.
pub(super) const KEYWORDS: &[&str] = &[
    "BEGIN", "END", "break", "continue", "delete", "do", "else", "exit", "for", "func", "function", "getline", "if",
    "in", "next", "nextfile", "print", "printf", "return", "while",
];

/// A string's text with its escapes read; of those there are not, the backslash stays.
pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'\\', [quoted @ (b'"' | b'/'), after @ ..]) => {
                out.push(*quoted);
                rest = after;
            }
            (b'\\', after) => match escape::read(after) {
                Some((byte, after)) => {
                    out.push(byte);
                    rest = after;
                }
                None => out.push(b'\\'),
            },
            (byte, _) => out.push(byte),
        }
    }
    out
}
