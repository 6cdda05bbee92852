//! A template's pieces: text, and the tokens of each action (Go `text/template/parse/lex.go`).

use super::Fault;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// As it is.
    Text(String),
    /// Between `{{` and `}}`.
    Action(Action),
}

/// An action: its tokens, and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Action {
    pub tokens: Vec<Token>,
    /// What was written, for messages.
    pub source: String,
    /// Bytes before its first token in the template's line.
    pub column: usize,
    /// Line, from 1.
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// `.`, `.A`, `.A.B`: the names.
    Field(Vec<String>),
    /// `$`, `$x`, `$x.A`: the name without its sign, then fields.
    Variable(String, Vec<String>),
    /// `if`, `json`, `true`, …
    Word(String),
    Text(String),
    Number(serde_json::Number),
    Open,
    /// With the fields asked of what is in the parentheses.
    Close(Vec<String>),
    Pipe,
    Comma,
    /// `:=`
    Declare,
    /// `=`
    Assign,
}

/// Cuts a template into pieces.
///
/// # Errors
/// An action or a text that does not end, or a character that means nothing.
pub(super) fn pieces(template: &str) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut trim_next = false;
    loop {
        let (text, after) = match rest.split_once("{{") {
            Some((text, after)) => (text, Some(after)),
            None => (rest, None),
        };
        let mut text = if trim_next { text.trim_start() } else { text };
        let Some(after) = after else {
            push_text(&mut pieces, text);
            return Ok(pieces);
        };
        let consumed = template.len() - after.len();
        let line = 1 + template[..consumed].matches('\n').count();
        let column = consumed - template[..consumed].rfind('\n').map_or(0, |at| at + 1);
        let mut inside = after;
        if let Some(trimmed) = inside
            .strip_prefix('-')
            .filter(|rest| rest.starts_with(char::is_whitespace))
        {
            text = text.trim_end();
            inside = trimmed;
        }
        push_text(&mut pieces, text);
        let (length, next) = end_of(inside, line)?;
        let mut source = &inside[..length];
        trim_next = false;
        if let Some(trimmed) = source
            .strip_suffix('-')
            .filter(|rest| rest.ends_with(char::is_whitespace))
        {
            trim_next = true;
            source = trimmed;
        }
        let source = source.trim();
        let is_comment = source.starts_with("/*") && source.ends_with("*/");
        if !is_comment {
            pieces.push(Piece::Action(Action {
                tokens: tokens(source, line)?,
                source: source.to_owned(),
                column,
                line,
            }));
        }
        rest = &inside[next..];
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

/// Where an action ends, and where what follows begins; quotes hide a `}}`.
fn end_of(inside: &str, line: usize) -> Result<(usize, usize), Fault> {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, letter) in inside.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if letter == '\\' => escaped = true,
            Some(mark) if letter == mark => quote = None,
            None if letter == '"' || letter == '`' => quote = Some(letter),
            None if inside[at..].starts_with("}}") => return Ok((at, at + 2)),
            _ => {}
        }
    }
    Err(Fault::parse(line, "unclosed action"))
}

fn tokens(source: &str, line: usize) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, &rest[1..]),
            ')' => {
                let (fields, after) = fields(&rest[1..]);
                (Token::Close(fields), after)
            }
            '|' => (Token::Pipe, &rest[1..]),
            ',' => (Token::Comma, &rest[1..]),
            ':' if rest.starts_with(":=") => (Token::Declare, &rest[2..]),
            '=' => (Token::Assign, &rest[1..]),
            '.' => {
                let (names, after) = fields(rest);
                if names.is_empty() {
                    (Token::Field(names), &rest[1..])
                } else {
                    (Token::Field(names), after)
                }
            }
            '$' => {
                let (name, after) = word(&rest[1..]);
                let (names, after) = fields(after);
                (Token::Variable(name.to_owned(), names), after)
            }
            '"' | '`' => quoted(rest, line)?,
            '0'..='9' | '-' | '+' => number(rest, line)?,
            letter if letter.is_alphabetic() || letter == '_' => {
                let (name, after) = word(rest);
                (Token::Word(name.to_owned()), after)
            }
            other => return Err(Fault::parse(line, &format!("unexpected {other:?} in command"))),
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    text.split_at(end.unwrap_or(text.len()))
}

/// `.A.B` → A, B; the rest.
fn fields(text: &str) -> (Vec<String>, &str) {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(after) = rest.strip_prefix('.') {
        let (name, following) = word(after);
        if name.is_empty() {
            break;
        }
        names.push(name.to_owned());
        rest = following;
    }
    (names, rest)
}

fn quoted(text: &str, line: usize) -> Result<(Token, &str), Fault> {
    if let Some(raw) = text.strip_prefix('`') {
        let (inside, after) = raw
            .split_once('`')
            .ok_or_else(|| Fault::parse(line, "unterminated raw quoted string"))?;
        return Ok((Token::Text(inside.to_owned()), after));
    }
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((Token::Text(value), &text[at + 1..])),
            '\\' => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, other @ ('"' | '\\' | '\''))) => value.push(other),
                _ => return Err(Fault::parse(line, "invalid escape in quoted string")),
            },
            other => value.push(other),
        }
    }
    Err(Fault::parse(line, "unterminated quoted string"))
}

fn number(text: &str, line: usize) -> Result<(Token, &str), Fault> {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '.' | '-' | '+')));
    let (digits, after) = text.split_at(end.unwrap_or(text.len()));
    let value = digits.strip_prefix('+').unwrap_or(digits);
    let number = value.parse::<i64>().map(serde_json::Number::from).ok();
    let number = number.or_else(|| value.parse::<f64>().ok().and_then(serde_json::Number::from_f64));
    match number {
        Some(number) => Ok((Token::Number(number), after)),
        None => Err(Fault::parse(line, &format!("bad number syntax: {digits:?}"))),
    }
}
