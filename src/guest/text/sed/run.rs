//! A sed script, run.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::rc::Rc;

use super::super::pattern::Pattern;
use super::command::{Action, Address, Command, Substitution};
use super::input::Lines;
use super::replacement::Part;

/// Why a run ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// A sentence about the script.
    Script(&'static str),
    /// Writing failed.
    Write(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// What happens after a command.
enum Step {
    On,
    To(usize),
    /// The cycle is over; whether the pattern space is printed.
    End(bool),
    /// A new cycle without a new line.
    Again,
    Quit,
}

/// A script at work.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one is asked for, three are the state of a line"
)]
pub(super) struct Machine<'a> {
    commands: &'a [Command],
    /// Of each command: whether its range is open, and the line it ends with where that is known.
    ranges: Vec<Option<u64>>,
    silent: bool,
    space: Vec<u8>,
    hold: Vec<u8>,
    last: Option<Rc<Pattern>>,
    changed: bool,
    /// What follows the pattern space at the end of the cycle.
    queue: Vec<Queued>,
    /// Files of the command `w`, and whether the last line of each has no newline yet.
    files: HashMap<String, (File, bool)>,
    /// Whether the line at hand had no newline at its end, so that it gets none when the cycle is over. The commands `g`, `G` and
    /// `x` make it another line, and `p` always ends it: so busybox does.
    unended: bool,
    /// Whether the output's last line has no newline yet.
    owes_newline: bool,
}

enum Queued {
    Text(String),
    File(String),
}

impl<'a> Machine<'a> {
    pub(super) fn new(commands: &'a [Command], silent: bool) -> io::Result<Self> {
        let mut files = HashMap::new();
        for command in commands {
            let name = match &command.action {
                Action::Write(name) => Some(name),
                Action::Substitute(substitution) => substitution.write.as_ref(),
                _ => None,
            };
            if let Some(name) = name.filter(|name| name.as_str() != "/dev/stdout")
                && !files.contains_key(name)
            {
                files.insert(name.clone(), (File::create(name)?, false));
            }
        }
        Ok(Self {
            commands,
            ranges: commands.iter().map(|_| None).collect(),
            silent,
            space: Vec::new(),
            hold: Vec::new(),
            last: None,
            changed: false,
            queue: Vec::new(),
            files,
            unended: false,
            owes_newline: false,
        })
    }

    /// Runs over all lines of an input. False where the script quit.
    pub(super) fn run(&mut self, input: &mut Lines, out: &mut dyn Write) -> Result<bool, Stop> {
        self.owes_newline = false;
        self.ranges.fill(None);
        while self.load(input, false) {
            loop {
                match self.cycle(input, out)? {
                    Step::Again => {
                        self.flush_queue(out)?;
                        continue;
                    }
                    Step::Quit => {
                        self.end(!self.silent, out)?;
                        return Ok(false);
                    }
                    Step::End(print) => self.end(print && !self.silent, out)?,
                    Step::On | Step::To(_) => self.end(!self.silent, out)?,
                }
                break;
            }
        }
        Ok(true)
    }

    /// Takes the next line into the pattern space, or adds it to what is there.
    fn load(&mut self, input: &mut Lines, append: bool) -> bool {
        let Some((line, ended)) = input.next() else {
            return false;
        };
        if append {
            self.space.push(b'\n');
            self.space.extend_from_slice(&line);
        } else {
            self.space = line;
        }
        self.unended = !ended;
        true
    }

    fn end(&mut self, print: bool, out: &mut dyn Write) -> Result<(), Stop> {
        if print {
            let space = std::mem::take(&mut self.space);
            self.line(&space, !self.unended, out)?;
            self.space = space;
        }
        self.flush_queue(out)
    }

    fn line(&mut self, text: &[u8], ended: bool, out: &mut dyn Write) -> Result<(), Stop> {
        if self.owes_newline {
            out.write_all(b"\n")?;
        }
        out.write_all(text)?;
        if ended {
            out.write_all(b"\n")?;
        }
        self.owes_newline = !ended;
        Ok(())
    }

    fn flush_queue(&mut self, out: &mut dyn Write) -> Result<(), Stop> {
        for queued in std::mem::take(&mut self.queue) {
            let text = match queued {
                Queued::Text(text) => text.into_bytes(),
                // A file that cannot be read is as good as empty (POSIX.1-2017, sed, `r`).
                Queued::File(name) => fs::read(name).unwrap_or_default(),
            };
            if text.is_empty() {
                continue;
            }
            self.line(text.strip_suffix(b"\n").unwrap_or(&text), true, out)?;
        }
        Ok(())
    }

    fn cycle(&mut self, input: &mut Lines, out: &mut dyn Write) -> Result<Step, Stop> {
        self.changed = false;
        let mut at = 0;
        while let Some(command) = self.commands.get(at) {
            let chosen = self.chosen(at, command, input)? != command.inverted;
            let step = match (chosen, &command.action) {
                (true, _) => self.act(at, command, input, out)?,
                (false, Action::Begin(Some(end))) => Step::To(*end),
                (false, Action::Begin(None)) => return Err(Stop::Script("unterminated {")),
                (false, _) => Step::On,
            };
            match step {
                Step::On => at += 1,
                Step::To(index) => at = index,
                other => return Ok(other),
            }
        }
        Ok(Step::End(true))
    }

    /// Whether the pattern space is one the command's addresses are for.
    fn chosen(&mut self, at: usize, command: &Command, input: &mut Lines) -> Result<bool, Stop> {
        let Some(first) = &command.first else { return Ok(true) };
        let Some(second) = &command.second else {
            return self.is_at(first, input);
        };
        let here = input.number();
        if let Some(end) = self.ranges[at] {
            let over = match second {
                Address::Line(_) | Address::Further(_) => here >= end,
                other => self.is_at(other, input)?,
            };
            if over {
                self.ranges[at] = None;
            }
            // A range that ends with a line already past does not hold this one.
            return Ok(!matches!(second, Address::Line(_)) || here <= end);
        }
        if !self.is_at(first, input)? {
            return Ok(false);
        }
        self.ranges[at] = match second {
            Address::Line(end) => (*end > here).then_some(*end),
            Address::Further(lines) => (*lines > 0).then_some(here + lines),
            Address::Last => (!input.at_last()).then_some(u64::MAX),
            Address::Matching(_) => Some(u64::MAX),
        };
        Ok(true)
    }

    fn is_at(&mut self, address: &Address, input: &mut Lines) -> Result<bool, Stop> {
        Ok(match address {
            Address::Line(number) => *number == input.number(),
            Address::Last => input.at_last(),
            Address::Further(_) => false,
            Address::Matching(pattern) => self.used(pattern.as_ref())?.is_match(&self.space),
        })
    }

    /// The pattern, or the one last used, which it then is.
    fn used(&mut self, pattern: Option<&Rc<Pattern>>) -> Result<Rc<Pattern>, Stop> {
        if let Some(pattern) = pattern {
            self.last = Some(Rc::clone(pattern));
        }
        self.last.clone().ok_or(Stop::Script("no previous regexp"))
    }

    fn act(&mut self, at: usize, command: &Command, input: &mut Lines, out: &mut dyn Write) -> Result<Step, Stop> {
        match &command.action {
            Action::Number => {
                let number = input.number().to_string();
                self.line(number.as_bytes(), true, out)?;
            }
            Action::Append(text) => self.queue.push(Queued::Text(text.clone())),
            Action::Read(name) => self.queue.push(Queued::File(name.clone())),
            Action::Insert(text) => self.line(text.trim_end_matches('\n').as_bytes(), true, out)?,
            Action::Change(text) => {
                // Of a range, the text stands for all its lines.
                if command.second.is_none() || command.inverted || self.ranges[at].is_none() {
                    self.line(text.trim_end_matches('\n').as_bytes(), true, out)?;
                }
                return Ok(Step::End(false));
            }
            Action::Branch(index) => return Ok(Step::To(*index)),
            Action::BranchIfChanged(index) if std::mem::take(&mut self.changed) => return Ok(Step::To(*index)),
            Action::BranchUnlessChanged(index) if !std::mem::take(&mut self.changed) => return Ok(Step::To(*index)),
            Action::Delete => return Ok(Step::End(false)),
            Action::DeleteFirst => return Ok(self.delete_first()),
            Action::Print => {
                let space = self.space.clone();
                self.line(&space, true, out)?;
            }
            Action::PrintFirst => {
                let first = self.first_line().to_vec();
                self.line(&first, true, out)?;
            }
            Action::Quit => return Ok(Step::Quit),
            Action::Write(name) => self.write(name, out)?,
            Action::Substitute(substitution) => self.substitute(substitution, out)?,
            Action::Translate(pairs) => self.translate(pairs),
            Action::Next | Action::NextAppend => return self.advance(&command.action, input, out),
            other => self.hold(other),
        }
        Ok(Step::On)
    }

    /// The commands that take another line.
    fn advance(&mut self, action: &Action, input: &mut Lines, out: &mut dyn Write) -> Result<Step, Stop> {
        if input.at_last() {
            return Ok(Step::Quit);
        }
        let append = matches!(action, Action::NextAppend);
        self.end(!append && !self.silent, out)?;
        self.load(input, append);
        Ok(Step::On)
    }

    /// The commands of the hold space.
    fn hold(&mut self, action: &Action) {
        match action {
            Action::Copy => self.space.clone_from(&self.hold),
            Action::CopyAppend => self.space = [self.space.as_slice(), &self.hold].join(&b'\n'),
            Action::Exchange => std::mem::swap(&mut self.space, &mut self.hold),
            Action::Hold => return self.hold.clone_from(&self.space),
            Action::HoldAppend => return self.hold = [self.hold.as_slice(), &self.space].join(&b'\n'),
            _ => return,
        }
        self.unended = false;
    }

    fn first_line(&self) -> &[u8] {
        self.space.split(|byte| *byte == b'\n').next().unwrap_or_default()
    }

    fn delete_first(&mut self) -> Step {
        match self.space.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                self.space.drain(..=end);
                Step::Again
            }
            None => Step::End(false),
        }
    }

    fn translate(&mut self, pairs: &[(char, char)]) {
        let text = String::from_utf8_lossy(&self.space);
        let of = |letter| {
            pairs
                .iter()
                .find(|(from, _)| *from == letter)
                .map_or(letter, |(_, to)| *to)
        };
        self.space = text.chars().map(of).collect::<String>().into_bytes();
    }

    fn write(&mut self, name: &str, out: &mut dyn Write) -> Result<(), Stop> {
        let space = self.space.clone();
        match self.files.get_mut(name) {
            Some((file, owes_newline)) => {
                let before: &[u8] = if *owes_newline { b"\n" } else { b"" };
                let after: &[u8] = if self.unended { b"" } else { b"\n" };
                file.write_all(&[before, &space, after].concat())?;
                *owes_newline = self.unended;
            }
            None => self.line(&space, !self.unended, out)?,
        }
        Ok(())
    }

    fn substitute(&mut self, substitution: &Substitution, out: &mut dyn Write) -> Result<(), Stop> {
        let pattern = self.used(substitution.pattern.as_ref())?;
        let Some(text) = replaced(&pattern, substitution, &self.space) else {
            return Ok(());
        };
        self.space = text;
        self.changed = true;
        if substitution.print {
            let space = self.space.clone();
            self.line(&space, !self.unended, out)?;
        }
        if let Some(name) = &substitution.write {
            self.write(name, out)?;
        }
        Ok(())
    }
}

/// The text with what matches replaced; none where nothing was.
fn replaced(pattern: &Pattern, substitution: &Substitution, text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut from, mut copied, mut count, mut done) = (0, 0, 0, false);
    // Where the last match ended: an empty one there is none of its own (`s/x*/-/g` has one dash for `x`).
    let mut last = None;
    while from <= text.len()
        && let Some(groups) = pattern.groups_at(text, from)
    {
        let whole = groups.first().cloned().flatten()?;
        from = if whole.is_empty() { whole.end + 1 } else { whole.end };
        if whole.is_empty() && last == Some(whole.end) {
            continue;
        }
        last = Some(whole.end);
        count += 1;
        if !substitution.everywhere && count < substitution.from {
            continue;
        }
        out.extend_from_slice(&text[copied..whole.start]);
        for part in &substitution.replacement {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Group(number) => {
                    let range = groups.get(*number).cloned().flatten().unwrap_or(0..0);
                    out.extend_from_slice(&text[range]);
                }
            }
        }
        copied = whole.end;
        done = true;
        if !substitution.everywhere {
            break;
        }
    }
    out.extend_from_slice(&text[copied..]);
    done.then_some(out)
}
