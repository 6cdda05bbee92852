//! A sed script, read.

use std::rc::Rc;

use super::super::pattern::{BadPattern, Manner, Pattern, Syntax};
use super::command::{Action, Address, Command, Substitution};
use super::replacement;

/// Why a script cannot be used, in busybox's words.
pub(super) type Reproach = String;

/// A command that jumps, by index, and the label it jumps to.
type Jump = (usize, char, String);

/// Reads a whole script.
pub(super) fn read(text: &str, language: Syntax) -> Result<Vec<Command>, Reproach> {
    let mut reader = Reader {
        rest: text,
        language,
        commands: Vec::new(),
        blocks: Vec::new(),
        labels: Vec::new(),
        jumps: Vec::new(),
    };
    while reader.command()? {}
    let Reader {
        mut commands,
        labels,
        jumps,
        ..
    } = reader;
    for (index, kind, label) in jumps {
        let target = match labels.iter().find(|(name, _)| *name == label) {
            Some((_, target)) => *target,
            None if label.is_empty() => commands.len(),
            None => return Err(format!("can't find label for jump to '{label}'")),
        };
        commands[index].action = match kind {
            'b' => Action::Branch(target),
            't' => Action::BranchIfChanged(target),
            _ => Action::BranchUnlessChanged(target),
        };
    }
    Ok(commands)
}

struct Reader<'a> {
    rest: &'a str,
    language: Syntax,
    commands: Vec<Command>,
    /// Blocks that are open, by the index of their beginning.
    blocks: Vec<usize>,
    labels: Vec<(String, usize)>,
    jumps: Vec<Jump>,
}

impl<'a> Reader<'a> {
    fn take(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        Some(letter)
    }

    fn skip(&mut self, letters: &[char]) {
        self.rest = self.rest.trim_start_matches(letters);
    }

    fn line(&mut self) -> &'a str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line
    }

    /// Reads one command; false at the end.
    fn command(&mut self) -> Result<bool, Reproach> {
        self.skip(&[' ', '\t', '\n', '\r', ';']);
        if self.rest.is_empty() {
            return Ok(false);
        }
        if self.rest.starts_with('#') {
            self.line();
            return Ok(true);
        }
        let first = self.address()?;
        let mut second = None;
        self.skip(&[' ', '\t']);
        if first.is_some() && self.rest.starts_with(',') {
            self.take();
            self.skip(&[' ', '\t']);
            second = Some(self.second_address()?.ok_or("no address after comma")?);
            self.skip(&[' ', '\t']);
        }
        let inverted = self.rest.starts_with('!');
        self.skip(&['!', ' ', '\t']);
        let letter = self.take().ok_or("missing command")?;
        if letter.is_ascii_digit() {
            return Err("missing command".to_owned());
        }
        let action = self.action(letter)?;
        self.commands.push(Command {
            // Line 0 alone is no line: busybox takes the command as one for all.
            first: first.filter(|first| second.is_some() || !matches!(first, Address::Line(0))),
            second,
            inverted,
            action,
        });
        Ok(true)
    }

    fn number(&mut self) -> Option<u64> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(length);
        let number = digits.parse().ok()?;
        self.rest = rest;
        Some(number)
    }

    fn second_address(&mut self) -> Result<Option<Address>, Reproach> {
        if let Some(rest) = self.rest.strip_prefix('+') {
            self.rest = rest;
            return Ok(self.number().map(Address::Further));
        }
        self.address()
    }

    fn address(&mut self) -> Result<Option<Address>, Reproach> {
        if let Some(number) = self.number() {
            return Ok(Some(Address::Line(number)));
        }
        let mark = match self.rest.chars().next() {
            Some('$') => {
                self.take();
                return Ok(Some(Address::Last));
            }
            Some('/') => '/',
            Some('\\') => {
                self.take();
                self.rest.chars().next().ok_or("unmatched '\\'")?
            }
            _ => return Ok(None),
        };
        self.take();
        let text = self.delimited(mark, true)?;
        let mut manner = Manner::default();
        if self.rest.starts_with('I') {
            self.take();
            manner.ignore_case = true;
        }
        Ok(Some(Address::Matching(self.pattern(&text, manner)?)))
    }

    fn pattern(&self, text: &str, manner: Manner) -> Result<Option<Rc<Pattern>>, Reproach> {
        if text.is_empty() {
            return Ok(None);
        }
        Pattern::new(text, self.language, manner)
            .map(|pattern| Some(Rc::new(pattern)))
            .map_err(|reason: BadPattern| format!("bad regex '{text}': {reason}"))
    }

    /// What stands before the next `mark`, which loses its backslash. In a pattern, brackets hide it.
    fn delimited(&mut self, mark: char, is_pattern: bool) -> Result<String, Reproach> {
        let mut text = String::new();
        // How many letters of a bracket expression there are; the first may be its `]`.
        let mut bracket: Option<usize> = None;
        loop {
            let letter = self.take().ok_or_else(|| format!("unmatched '{mark}'"))?;
            if let Some(length) = bracket.as_mut() {
                match letter {
                    ']' if *length > 0 => bracket = None,
                    '^' if *length == 0 && text.ends_with('[') => {}
                    '[' if self.rest.starts_with([':', '.', '=']) => {
                        *length += 1;
                        let kind = self.rest.chars().next().unwrap_or(':');
                        let end = self.rest[1..].find(&format!("{kind}]")).map_or(0, |at| at + 3);
                        let (inside, rest) = self.rest.split_at(end);
                        text.push('[');
                        text.push_str(inside);
                        self.rest = rest;
                        continue;
                    }
                    '\\' if self.rest.starts_with(['n', 't']) => {
                        *length += 1;
                        text.push(if self.take() == Some('n') { '\n' } else { '\t' });
                        continue;
                    }
                    _ => *length += 1,
                }
            } else if letter == mark {
                return Ok(text);
            } else if letter == '[' && is_pattern {
                bracket = Some(0);
            } else if letter == '\\' {
                match self.take().ok_or_else(|| format!("unmatched '{mark}'"))? {
                    escaped if escaped == mark => text.push(mark),
                    escaped => text.extend(['\\', escaped]),
                }
                continue;
            }
            text.push(letter);
        }
    }

    fn action(&mut self, letter: char) -> Result<Action, Reproach> {
        Ok(match letter {
            '{' => {
                self.blocks.push(self.commands.len());
                Action::Begin(None)
            }
            '}' => {
                if let Some(start) = self.blocks.pop() {
                    self.commands[start].action = Action::Begin(Some(self.commands.len()));
                }
                Action::Nothing
            }
            '=' => Action::Number,
            'a' => Action::Append(self.text()),
            'i' => Action::Insert(self.text()),
            'c' => Action::Change(self.text()),
            ':' => {
                let label = self.label();
                self.labels.push((label, self.commands.len()));
                Action::Nothing
            }
            'b' | 't' | 'T' => {
                let label = self.label();
                self.jumps.push((self.commands.len(), letter, label));
                Action::Nothing
            }
            'd' => Action::Delete,
            'D' => Action::DeleteFirst,
            'g' => Action::Copy,
            'G' => Action::CopyAppend,
            'h' => Action::Hold,
            'H' => Action::HoldAppend,
            'x' => Action::Exchange,
            'n' => Action::Next,
            'N' => Action::NextAppend,
            'p' => Action::Print,
            'P' => Action::PrintFirst,
            'q' => Action::Quit,
            'r' => Action::Read(self.file()?),
            'w' => Action::Write(self.file()?),
            's' => Action::Substitute(Box::new(self.substitution()?)),
            'y' => self.translation()?,
            other => return Err(format!("unsupported command {other}")),
        })
    }

    fn label(&mut self) -> String {
        self.skip(&[' ', '\t']);
        let end = self.rest.find([';', '\n']).unwrap_or(self.rest.len());
        let (label, rest) = self.rest.split_at(end);
        self.rest = rest;
        label.trim_end().to_owned()
    }

    fn file(&mut self) -> Result<String, Reproach> {
        let name = self.line().trim();
        if name.is_empty() {
            return Err("empty filename".to_owned());
        }
        Ok(name.to_owned())
    }

    /// The text of `a`, `i` and `c`: after a backslash and a newline, or in the rest of the line. A backslash keeps the
    /// newline or the blanks after it.
    fn text(&mut self) -> String {
        self.skip(&[' ', '\t']);
        if let Some(rest) = self.rest.strip_prefix('\\') {
            let blank_line = rest.trim_start_matches([' ', '\t']);
            self.rest = blank_line.strip_prefix('\n').unwrap_or(rest);
        }
        let mut text = String::new();
        while let Some(letter) = self.take() {
            match letter {
                '\n' => break,
                '\\' => match self.take() {
                    Some('t') => text.push('\t'),
                    Some('n') => text.push('\n'),
                    other => text.extend(other),
                },
                other => text.push(other),
            }
        }
        text.push('\n');
        text
    }

    fn substitution(&mut self) -> Result<Substitution, Reproach> {
        let mark = self.take().ok_or("unmatched '/'")?;
        let pattern = self.delimited(mark, true)?;
        let replacement = replacement::read(&self.delimited(mark, false)?);
        let (mut everywhere, mut from, mut print, mut write) = (false, 1, false, None);
        let mut manner = Manner::default();
        loop {
            match self.rest.chars().next() {
                Some('g') => everywhere = true,
                Some('p') => print = true,
                Some('i' | 'I') => manner.ignore_case = true,
                Some('m' | 'M') => manner.multi_line = true,
                Some('w') => {
                    self.take();
                    write = Some(self.file()?);
                    break;
                }
                Some('1'..='9') => {
                    from = self
                        .number()
                        .and_then(|number| usize::try_from(number).ok())
                        .unwrap_or(1);
                    continue;
                }
                None | Some(';' | '\n' | '}' | ' ' | '\t' | '\r' | '#') => break,
                Some(_) => return Err("bad option in substitution expression".to_owned()),
            }
            self.take();
        }
        Ok(Substitution {
            pattern: self.pattern(&pattern, manner)?,
            replacement,
            everywhere,
            from,
            print,
            write,
        })
    }

    fn translation(&mut self) -> Result<Action, Reproach> {
        let mark = self.take().ok_or("unmatched '/'")?;
        let from = replacement::plain(&self.delimited(mark, false)?);
        let to = replacement::plain(&self.delimited(mark, false)?);
        Ok(Action::Translate(from.chars().zip(to.chars()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        read(text, Syntax::Basic).unwrap_err()
    }

    #[test]
    fn what_is_no_script_is_refused_in_busybox_s_words() {
        for (script, reproach) in [
            ("s/a/b", "unmatched '/'"),
            ("s/a/b/z", "bad option in substitution expression"),
            ("1,p", "no address after comma"),
            ("k", "unsupported command k"),
            ("q5", "missing command"),
            ("b x", "can't find label for jump to 'x'"),
            ("r", "empty filename"),
        ] {
            assert_eq!(refused(script), reproach, "{script}");
        }
    }
}
