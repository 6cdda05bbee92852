//! Files and commands a program reads and writes.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;

use super::super::pattern::Pattern;
use super::super::stream;
use super::syntax::Text;

/// What ends a record.
pub(super) enum Ending {
    Byte(u8),
    /// Empty lines.
    Paragraph,
    Pattern(Rc<Pattern>),
}

/// Least that is read at once.
const BLOCK: usize = 16 * 1024;

/// A file or a command's output, record by record.
pub(super) struct Records {
    source: Box<dyn Read>,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

impl Records {
    pub(super) fn new(source: Box<dyn Read>) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            ended: false,
        }
    }

    /// The next record, without what ends it.
    pub(super) fn next(&mut self, ending: &Ending) -> io::Result<Option<Vec<u8>>> {
        loop {
            if matches!(ending, Ending::Paragraph) {
                self.start += self.buffer[self.start..]
                    .iter()
                    .take_while(|byte| **byte == b'\n')
                    .count();
            }
            let pending = &self.buffer[self.start..];
            if let Some((end, after)) = self.end_of(pending, ending) {
                let record = pending[..end].to_vec();
                self.start += after;
                return Ok(Some(record));
            }
            if self.ended {
                let mut record = pending.to_vec();
                self.start = self.buffer.len();
                if record.is_empty() {
                    return Ok(None);
                }
                if matches!(ending, Ending::Paragraph) && record.last() == Some(&b'\n') {
                    record.pop();
                }
                return Ok(Some(record));
            }
            self.fill()?;
        }
    }

    /// Where a record ends and where the next begins, if that can be told yet.
    fn end_of(&self, pending: &[u8], ending: &Ending) -> Option<(usize, usize)> {
        match ending {
            Ending::Byte(byte) => {
                let end = pending.iter().position(|seen| seen == byte)?;
                Some((end, end + 1))
            }
            Ending::Paragraph => {
                let end = pending.windows(2).position(|pair| pair == b"\n\n")?;
                Some((end, end + 2))
            }
            Ending::Pattern(pattern) => {
                let found = pattern.find_at(pending, 0).filter(|found| !found.is_empty())?;
                // More text might make the match longer.
                (self.ended || found.end < pending.len()).then_some((found.start, found.end))
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + filled.max(BLOCK), 0);
        let read = loop {
            match self.source.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }
}

enum Sink {
    File(Box<dyn Write>),
    Command(Child, BufWriter<std::process::ChildStdin>),
}

/// All that is open.
pub(super) struct Streams {
    output: Box<dyn Write>,
    sinks: HashMap<Text, Sink>,
    sources: HashMap<Text, (Records, Option<Child>)>,
}

/// How `print` opens what it writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    File,
    Append,
    Command,
}

fn shell(command: &[u8]) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(OsStr::from_bytes(command));
    shell
}

impl Streams {
    pub(super) fn new() -> Self {
        Self {
            output: stream::output(),
            sinks: HashMap::new(),
            sources: HashMap::new(),
        }
    }

    pub(super) fn print(&mut self, text: &[u8]) -> io::Result<()> {
        self.output.write_all(text)
    }

    /// Writes to a file or a command, which is opened where it is not.
    pub(super) fn print_to(&mut self, name: &Text, opening: Opening, text: &[u8]) -> io::Result<()> {
        if !self.sinks.contains_key(name) {
            let sink = self.open(name, opening)?;
            self.sinks.insert(Rc::clone(name), sink);
        }
        match self.sinks.get_mut(name) {
            Some(Sink::File(file)) => file.write_all(text),
            Some(Sink::Command(_, input)) => input.write_all(text),
            None => Ok(()),
        }
    }

    fn open(&mut self, name: &Text, opening: Opening) -> io::Result<Sink> {
        if opening == Opening::Command {
            self.flush_all();
            let mut child = shell(name).stdin(Stdio::piped()).spawn()?;
            let input = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
            return Ok(Sink::Command(child, BufWriter::new(input)));
        }
        let sink: Box<dyn Write> = match &**name {
            b"/dev/stdout" => {
                self.flush_output();
                Box::new(io::stdout())
            }
            b"/dev/stderr" => Box::new(io::stderr()),
            name => {
                let append = opening == Opening::Append;
                let file = OpenOptions::new()
                    .write(true)
                    .create(true)
                    .append(append)
                    .truncate(!append)
                    .open(Path::new(OsStr::from_bytes(name)))?;
                Box::new(BufWriter::new(file))
            }
        };
        Ok(Sink::File(sink))
    }

    /// The next record of a file; `None` at its end.
    pub(super) fn read_file(&mut self, name: &Text, ending: &Ending) -> io::Result<Option<Vec<u8>>> {
        if !self.sources.contains_key(name) {
            let source: Box<dyn Read> = match &**name {
                b"-" | b"/dev/stdin" => Box::new(io::stdin()),
                name => Box::new(File::open(Path::new(OsStr::from_bytes(name)))?),
            };
            self.sources.insert(Rc::clone(name), (Records::new(source), None));
        }
        self.read(name, ending)
    }

    /// The next record a command prints; `None` at its end.
    pub(super) fn read_command(&mut self, command: &Text, ending: &Ending) -> io::Result<Option<Vec<u8>>> {
        if !self.sources.contains_key(command) {
            self.flush_all();
            let mut child = shell(command).stdout(Stdio::piped()).spawn()?;
            let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
            let records = Records::new(Box::new(output));
            self.sources.insert(Rc::clone(command), (records, Some(child)));
        }
        self.read(command, ending)
    }

    fn read(&mut self, name: &Text, ending: &Ending) -> io::Result<Option<Vec<u8>>> {
        match self.sources.get_mut(name) {
            Some((records, _)) => records.next(ending),
            None => Ok(None),
        }
    }

    /// Runs a command to its end.
    pub(super) fn system(&mut self, command: &[u8]) -> i32 {
        self.flush_all();
        shell(command).status().map_or(-1, code)
    }

    /// Closes what has a name; a command's status.
    pub(super) fn close(&mut self, name: &Text) -> i32 {
        let mut status = 0;
        if let Some(sink) = self.sinks.remove(name) {
            status = closed(sink);
        }
        if let Some((records, child)) = self.sources.remove(name) {
            // Its end of the pipe goes first: a command that still prints must not wait for a reader.
            drop(records);
            if let Some(mut child) = child {
                status = child.wait().map_or(-1, code);
            }
        }
        status
    }

    pub(super) fn flush_output(&mut self) {
        let _ = self.output.flush();
    }

    pub(super) fn flush_all(&mut self) {
        self.flush_output();
        for sink in self.sinks.values_mut() {
            let _ = match sink {
                Sink::File(file) => file.flush(),
                Sink::Command(_, input) => input.flush(),
            };
        }
    }

    /// Closes everything, and waits for commands that were written to.
    pub(super) fn end(&mut self) {
        self.flush_output();
        for (_, sink) in self.sinks.drain() {
            closed(sink);
        }
        for (_, (records, child)) in self.sources.drain() {
            drop(records);
            if let Some(mut child) = child {
                let _ = child.wait();
            }
        }
    }
}

fn closed(sink: Sink) -> i32 {
    match sink {
        Sink::File(mut file) => file.flush().map_or(-1, |()| 0),
        Sink::Command(mut child, mut input) => {
            let _ = input.flush();
            drop(input);
            child.wait().map_or(-1, code)
        }
    }
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 256 + status.signal().unwrap_or(0))
}
