//! From tokens to a tree (Go `text/template/parse/parse.go`).

use serde_json::Value;

use super::Fault;
use super::functions;
use super::lex::{Action, Piece, Token};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Text(String),
    /// Prints what comes out, unless it declares or assigns.
    Print(Pipeline),
    /// Conditions in order, each with its branch; then what `else` has.
    If(Vec<(Pipeline, Vec<Node>)>, Vec<Node>),
    Range(Pipeline, Vec<Node>, Vec<Node>),
    With(Pipeline, Vec<Node>, Vec<Node>),
    Break,
    Continue,
}

/// Commands, each given what the one before made as its last argument.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipeline {
    /// Variables that take the result, or key and element of a range.
    pub variables: Vec<String>,
    /// They exist already.
    pub assigns: bool,
    pub commands: Vec<Vec<Operand>>,
    /// For messages.
    pub action: Place,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub line: usize,
    pub column: usize,
    pub source: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Function(String),
    Constant(Value),
    Group(Box<Pipeline>, Vec<String>),
}

/// Reads a whole template.
///
/// # Errors
/// What is not a template, in Go's words.
pub(super) fn tree(pieces: Vec<Piece>) -> Result<Vec<Node>, Fault> {
    let mut parser = Parser {
        pieces: pieces.into_iter(),
        line: 1,
        variables: vec![String::new()],
        in_range: 0,
    };
    match parser.nodes()? {
        (nodes, None) => Ok(nodes),
        (_, Some(end)) => Err(Fault::parse(parser.line, &format!("unexpected {{{{{}}}}}", end.source))),
    }
}

struct Parser {
    pieces: std::vec::IntoIter<Piece>,
    line: usize,
    /// Names of the variables that can be seen; the first is `$`.
    variables: Vec<String>,
    in_range: usize,
}

type Body = (Vec<Node>, Option<Action>);

impl Parser {
    /// Nodes up to an `else` or `end`, which is returned.
    fn nodes(&mut self) -> Result<Body, Fault> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let action = match piece {
                Piece::Text(text) => {
                    nodes.push(Node::Text(text));
                    continue;
                }
                Piece::Action(action) => action,
            };
            self.line = action.line;
            let word = match action.tokens.first() {
                Some(Token::Word(word)) => word.as_str(),
                _ => "",
            };
            match word {
                "else" | "end" => return Ok((nodes, Some(action))),
                "if" => nodes.push(self.condition(&action)?),
                "range" | "with" => nodes.push(self.block(&action, word == "range")?),
                "break" | "continue" if self.in_range == 0 => {
                    return Err(Fault::parse(
                        self.line,
                        &format!("{{{{{word}}}}} outside {{{{range}}}}"),
                    ));
                }
                "break" => nodes.push(Node::Break),
                "continue" => nodes.push(Node::Continue),
                "define" | "template" | "block" => {
                    let text = format!("{{{{{word}}}}} is not supported by cnm's docker");
                    return Err(Fault::parse(self.line, &text));
                }
                _ => nodes.push(Node::Print(self.pipeline(&action, &action.tokens)?)),
            }
        }
        Ok((nodes, None))
    }

    fn condition(&mut self, action: &Action) -> Result<Node, Fault> {
        let seen = self.variables.len();
        let mut branches = Vec::new();
        let mut condition = self.pipeline(action, &action.tokens[1..])?;
        let otherwise = loop {
            let (body, end) = self.nodes()?;
            branches.push((condition, body));
            let end = end.ok_or_else(|| self.unfinished())?;
            match end.tokens.as_slice() {
                [Token::Word(word)] if word == "end" => break Vec::new(),
                [Token::Word(_), Token::Word(word), rest @ ..] if word == "if" => {
                    condition = self.pipeline(&end, rest)?;
                }
                _ => break self.last_branch()?,
            }
        };
        self.variables.truncate(seen);
        Ok(Node::If(branches, otherwise))
    }

    fn block(&mut self, action: &Action, ranges: bool) -> Result<Node, Fault> {
        let seen = self.variables.len();
        let over = self.pipeline(action, &action.tokens[1..])?;
        self.in_range += usize::from(ranges);
        let (body, end) = self.nodes()?;
        self.in_range -= usize::from(ranges);
        let end = end.ok_or_else(|| self.unfinished())?;
        let otherwise = match end.tokens.as_slice() {
            [Token::Word(word)] if word == "end" => Vec::new(),
            _ => self.last_branch()?,
        };
        self.variables.truncate(seen);
        Ok(if ranges {
            Node::Range(over, body, otherwise)
        } else {
            Node::With(over, body, otherwise)
        })
    }

    /// What stands between `else` and `end`.
    fn last_branch(&mut self) -> Result<Vec<Node>, Fault> {
        match self.nodes()? {
            (nodes, Some(end)) if end.tokens == [Token::Word("end".into())] => Ok(nodes),
            (_, Some(end)) => Err(Fault::parse(
                self.line,
                &format!("expected end; found {{{{{}}}}}", end.source),
            )),
            (_, None) => Err(self.unfinished()),
        }
    }

    fn unfinished(&self) -> Fault {
        Fault::parse(self.line, "unexpected EOF")
    }

    fn pipeline(&mut self, action: &Action, tokens: &[Token]) -> Result<Pipeline, Fault> {
        let mut rest = tokens;
        let (mut variables, mut assigns) = (Vec::new(), false);
        let ends = rest.iter().position(|t| matches!(t, Token::Declare | Token::Assign));
        if let Some(at) = ends {
            assigns = rest[at] == Token::Assign;
            for token in &rest[..at] {
                match token {
                    Token::Variable(name, fields) if fields.is_empty() => variables.push(name.clone()),
                    Token::Comma => {}
                    _ => return Err(Fault::parse(self.line, "unexpected token in assignment")),
                }
            }
            rest = &rest[at + 1..];
        }
        let place = Place {
            line: action.line,
            column: action.column,
            source: action.source.clone(),
        };
        let (commands, left) = self.commands(rest, &place)?;
        if !left.is_empty() {
            return Err(Fault::parse(self.line, "unexpected right paren"));
        }
        if !assigns {
            self.variables.extend(variables.iter().cloned());
        }
        Ok(Pipeline {
            variables,
            assigns,
            commands,
            action: place,
        })
    }

    /// Commands up to the end or a closing parenthesis, which stays.
    fn commands<'t>(&self, tokens: &'t [Token], place: &Place) -> Result<(Vec<Vec<Operand>>, &'t [Token]), Fault> {
        let mut commands = Vec::new();
        let mut command = Vec::new();
        let mut rest = tokens;
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            match token {
                Token::Close(_) => {
                    rest = &tokens[tokens.len() - after.len() - 1..];
                    break;
                }
                Token::Pipe if command.is_empty() => return Err(self.missing()),
                Token::Pipe => commands.push(std::mem::take(&mut command)),
                Token::Open => {
                    let (inner, closing) = self.commands(after, place)?;
                    let Some((Token::Close(fields), after)) = closing.split_first() else {
                        return Err(Fault::parse(self.line, "unclosed left paren"));
                    };
                    let group = Pipeline {
                        variables: Vec::new(),
                        assigns: false,
                        commands: inner,
                        action: place.clone(),
                    };
                    command.push(Operand::Group(Box::new(group), fields.clone()));
                    rest = after;
                }
                token => command.push(self.operand(token)?),
            }
        }
        if command.is_empty() {
            return Err(self.missing());
        }
        commands.push(command);
        Ok((commands, rest))
    }

    fn missing(&self) -> Fault {
        Fault::parse(self.line, "missing value for command")
    }

    fn operand(&self, token: &Token) -> Result<Operand, Fault> {
        Ok(match token {
            Token::Field(names) => Operand::Field(names.clone()),
            Token::Variable(name, _) if !self.variables.contains(name) => {
                return Err(Fault::parse(self.line, &format!("undefined variable \"${name}\"")));
            }
            Token::Variable(name, fields) => Operand::Variable(name.clone(), fields.clone()),
            Token::Text(text) => Operand::Constant(Value::String(text.clone())),
            Token::Number(number) => Operand::Constant(Value::Number(number.clone())),
            Token::Word(word) => match word.as_str() {
                "true" => Operand::Constant(Value::Bool(true)),
                "false" => Operand::Constant(Value::Bool(false)),
                "nil" => Operand::Constant(Value::Null),
                name if functions::exists(name) => Operand::Function(name.to_owned()),
                name => return Err(Fault::parse(self.line, &format!("function \"{name}\" not defined"))),
            },
            _ => return Err(Fault::parse(self.line, "unexpected token in operand")),
        })
    }
}
