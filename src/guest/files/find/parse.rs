//! What `find` is asked for.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::SystemTime;

use super::super::super::{names, number};
use super::expression::{Expression, Measure, Sign};

/// Which links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    Never,
    Operands,
    Always,
}

/// A command line, read.
#[derive(Debug)]
pub(super) struct Order {
    pub paths: Vec<PathBuf>,
    pub expression: Expression,
    pub follow: Follow,
    pub most_depth: usize,
    pub least_depth: usize,
    /// A folder after what it has in it.
    pub folder_last: bool,
    pub one_file_system: bool,
}

/// Why a command line is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reproach {
    /// A sentence that the help follows.
    Usage(String),
    Plain(String),
}

impl From<String> for Reproach {
    fn from(sentence: String) -> Self {
        Self::Plain(sentence)
    }
}

/// Reads a command line.
pub(super) fn read(args: &[OsString]) -> Result<Order, Reproach> {
    let mut rest = args;
    let mut order = Order {
        paths: Vec::new(),
        expression: Expression::All(Vec::new()),
        follow: Follow::Never,
        most_depth: usize::MAX,
        least_depth: 0,
        folder_last: false,
        one_file_system: false,
    };
    while let Some((first, tail)) = rest.split_first() {
        match first.as_bytes() {
            b"-H" => order.follow = Follow::Operands,
            b"-L" => order.follow = Follow::Always,
            b"-P" => order.follow = Follow::Never,
            b"--" => {}
            word if word.starts_with(b"-") || word == b"(" || word == b"!" => break,
            _ => order.paths.push(PathBuf::from(first)),
        }
        rest = tail;
    }
    if order.paths.is_empty() {
        order.paths.push(PathBuf::from("."));
    }
    let mut reader = Reader {
        rest,
        order: &mut order,
        acts: false,
    };
    let expression = reader.alternatives()?;
    if let Some(left) = reader.rest.first() {
        return Err(Reproach::Usage(format!("unrecognized: {}", left.display())));
    }
    let acts = reader.acts;
    order.expression = if acts {
        expression
    } else {
        Expression::All(vec![expression, Expression::Print(b'\n')])
    };
    Ok(order)
}

struct Reader<'a> {
    rest: &'a [OsString],
    order: &'a mut Order,
    /// Whether something else than the default is done with what is found.
    acts: bool,
}

impl Reader<'_> {
    fn peek(&self) -> &[u8] {
        self.rest.first().map_or(b"", |word| word.as_bytes())
    }

    fn take(&mut self) -> Option<OsString> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first.clone())
    }

    fn alternatives(&mut self) -> Result<Expression, Reproach> {
        let mut all = vec![self.sequence()?];
        while matches!(self.peek(), b"-o" | b"-or") {
            self.take();
            all.push(self.sequence()?);
        }
        Ok(if all.len() == 1 {
            all.remove(0)
        } else {
            Expression::Any(all)
        })
    }

    fn sequence(&mut self) -> Result<Expression, Reproach> {
        let mut all = Vec::new();
        while !self.rest.is_empty() && !matches!(self.peek(), b"-o" | b"-or" | b")") {
            if matches!(self.peek(), b"-a" | b"-and") {
                self.take();
                continue;
            }
            all.push(self.one()?);
        }
        Ok(Expression::All(all))
    }

    fn one(&mut self) -> Result<Expression, Reproach> {
        let Some(word) = self.take() else {
            return Ok(Expression::All(Vec::new()));
        };
        let name = word.to_string_lossy().into_owned();
        match name.as_str() {
            "(" => {
                let inside = self.alternatives()?;
                if self.peek() != b")" {
                    return Err(Reproach::Plain("unpaired '('".to_owned()));
                }
                self.take();
                Ok(inside)
            }
            "!" | "-not" => Ok(Expression::Not(Box::new(self.one()?))),
            "-exec" => self.command(),
            "-print" => Ok(self.action(Expression::Print(b'\n'))),
            "-print0" => Ok(self.action(Expression::Print(0))),
            "-quit" => Ok(self.action(Expression::Quit)),
            "-delete" => {
                self.order.folder_last = true;
                Ok(self.action(Expression::Delete))
            }
            "-prune" => Ok(Expression::Prune),
            "-empty" => Ok(Expression::Empty),
            "-depth" => Ok(self.option(|order| order.folder_last = true)),
            "-xdev" | "-mount" => Ok(self.option(|order| order.one_file_system = true)),
            "-follow" => Ok(self.option(|order| order.follow = Follow::Always)),
            _ => self.with_value(&name),
        }
    }

    fn action(&mut self, expression: Expression) -> Expression {
        self.acts = true;
        expression
    }

    fn option(&mut self, set: impl FnOnce(&mut Order)) -> Expression {
        set(self.order);
        Expression::All(Vec::new())
    }

    fn with_value(&mut self, name: &str) -> Result<Expression, Reproach> {
        const KNOWN: [&str; 15] = [
            "-name",
            "-iname",
            "-path",
            "-ipath",
            "-type",
            "-perm",
            "-mtime",
            "-mmin",
            "-newer",
            "-inum",
            "-user",
            "-group",
            "-size",
            "-links",
            "-wholename",
        ];
        if !KNOWN.contains(&name) && !matches!(name, "-maxdepth" | "-mindepth") {
            return Err(Reproach::Usage(format!("unrecognized: {name}")));
        }
        let Some(value) = self.take() else {
            return Err(Reproach::Plain(format!("{name} requires an argument")));
        };
        let text = value.to_string_lossy().into_owned();
        let invalid = || Reproach::Plain(format!("invalid argument '{text}' to '{name}'"));
        let pattern = || text.chars().collect::<Vec<char>>();
        Ok(match name {
            "-name" => Expression::Name(pattern(), false),
            "-iname" => Expression::Name(pattern(), true),
            "-path" | "-wholename" => Expression::Path(pattern(), false),
            "-ipath" => Expression::Path(pattern(), true),
            "-type" => match text.as_bytes() {
                [letter] if b"fdlbcsp".contains(letter) => Expression::Type(*letter),
                _ => return Err(invalid()),
            },
            "-perm" => {
                let (sign, digits) = signed(&text);
                Expression::Permissions(sign, u32::from_str_radix(digits, 8).map_err(|_| invalid())?)
            }
            "-size" => {
                let (sign, digits) = signed(&text);
                let (digits, unit) = match digits.as_bytes().last() {
                    Some(b'c') => (&digits[..digits.len() - 1], 1),
                    Some(b'w') => (&digits[..digits.len() - 1], 2),
                    Some(b'k') => (&digits[..digits.len() - 1], 1024),
                    Some(b'b') => (&digits[..digits.len() - 1], 512),
                    _ => (digits, 512),
                };
                let count = number::plain(digits.as_ref()).map_err(|_| format!("invalid number '{text}'"))?;
                Expression::Number(Measure::Size, sign, count.saturating_mul(unit))
            }
            "-user" => Expression::Number(Measure::User, Sign::Exactly, user(&text)?),
            "-group" => Expression::Number(Measure::Group, Sign::Exactly, group(&text)?),
            "-newer" => {
                let modified = fs::metadata(&value).and_then(|metadata| metadata.modified());
                let modified = modified.map_err(|error| {
                    let words = super::errno::words(&error);
                    format!("can't stat '{text}': {words}")
                })?;
                Expression::Newer(modified)
            }
            "-maxdepth" => {
                let depth = plain(&text)?;
                self.option(|order| order.most_depth = depth)
            }
            "-mindepth" => {
                let depth = plain(&text)?;
                self.option(|order| order.least_depth = depth)
            }
            measured => {
                let (sign, digits) = signed(&text);
                let count = number::plain(digits.as_ref())?;
                let now = SystemTime::now();
                let measure = match measured {
                    "-mtime" => Measure::Age(now, 86_400),
                    "-mmin" => Measure::Age(now, 60),
                    "-inum" => Measure::Inode,
                    _ => Measure::Links,
                };
                Expression::Number(measure, sign, count)
            }
        })
    }

    /// `-exec` up to its `;`, or up to the `+` after a `{}`.
    fn command(&mut self) -> Result<Expression, Reproach> {
        let mut words: Vec<OsString> = Vec::new();
        loop {
            let Some(word) = self.take() else {
                return Err(Reproach::Plain("-exec requires an argument".to_owned()));
            };
            let many = word == "+" && words.last().is_some_and(|last| last == "{}");
            if word != ";" && !many {
                words.push(word);
                continue;
            }
            if words.is_empty() {
                return Err(Reproach::Plain("-exec requires an argument".to_owned()));
            }
            let expression = if many {
                Expression::ExecuteMany(words)
            } else {
                Expression::Execute(words)
            };
            return Ok(self.action(expression));
        }
    }
}

fn plain(text: &str) -> Result<usize, Reproach> {
    let number = number::plain(text.as_ref())?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

fn signed(text: &str) -> (Sign, &str) {
    match text.as_bytes().first() {
        Some(b'+') => (Sign::More, &text[1..]),
        Some(b'-') => (Sign::Less, &text[1..]),
        _ => (Sign::Exactly, text),
    }
}

fn user(text: &str) -> Result<u64, Reproach> {
    let known = names::users().into_iter().find(|user| user.name == text);
    let id = known.map(|user| user.id).or_else(|| text.parse().ok());
    Ok(u64::from(id.ok_or_else(|| format!("unknown user {text}"))?))
}

fn group(text: &str) -> Result<u64, Reproach> {
    let known = names::of_groups().into_iter().find(|(_, name)| name == text);
    let id = known.map(|(id, _)| id).or_else(|| text.parse().ok());
    Ok(u64::from(id.ok_or_else(|| format!("unknown group {text}"))?))
}
