//! `xargs`.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::super::text::open;
use super::super::{Call, errno, getopt, number};

/// Help.
pub const USAGE: &str = "[OPTIONS] [PROG ARGS]\n\nRun PROG on every item given by stdin\n\n\t-0\tNUL terminated input\n\t-a FILE\tRead from FILE instead of stdin\n\t-r\tDon't run command if input is empty\n\t-t\tPrint the command on stderr before execution\n\t-p\tAsk user whether to run each command\n\t-E STR,-e[STR]\tSTR stops input processing\n\t-I STR\tReplace STR within PROG ARGS with input line\n\t-n N\tPass no more than N args to PROG\n\t-s N\tPass command line of no more than N bytes\n\t-P N\tRun up to N PROGs in parallel\n\t-x\tExit if size is exceeded";

/// Most bytes of a command line, where none is given: what busybox takes.
const MOST_BYTES: u64 = 32 * 1024;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(
        call,
        "+trn:s:xe::E:pa:0I:P:",
        &[("null", '0'), ("no-run-if-empty", 'r')],
    ) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let limit = |letter, default: u64| match options.value(letter) {
        Some(text) => number::plain(text),
        None => Ok(default),
    };
    let limits = limit('n', u64::MAX).and_then(|words| Ok((words, limit('s', MOST_BYTES)?, limit('P', 1)?)));
    let (most_words, most_bytes, parallel) = match limits {
        Ok(limits) => limits,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let items = match items(&options) {
        Ok(items) => items,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let mut program = options.operands.clone();
    if program.is_empty() {
        program.push(OsString::from("echo"));
    }
    let mut runner = Runner {
        call,
        show: options.has('t') || options.has('p'),
        ask: options.has('p'),
        parallel: usize::try_from(parallel).unwrap_or(usize::MAX).max(1),
        running: Vec::new(),
        status: 0,
    };
    for command in commands(&program, items, &options, (most_words, most_bytes)) {
        if !runner.run(&command) {
            break;
        }
    }
    runner.finish()
}

/// The words of the input.
fn items(options: &getopt::Options) -> Result<Vec<OsString>, String> {
    let mut text = Vec::new();
    let name = options.value('a').map_or(OsStr::new("-"), |name| name);
    open(name)
        .and_then(|mut input| input.read_to_end(&mut text))
        .map_err(|error| format!("{}: {}", name.display(), errno::words(&error)))?;
    let mut items: Vec<OsString> = if options.has('0') {
        let text = text.strip_suffix(b"\0").unwrap_or(&text);
        let parts = text
            .split(|byte| *byte == 0)
            .map(|part| OsStr::from_bytes(part).to_owned());
        if text.is_empty() { Vec::new() } else { parts.collect() }
    } else if options.has('I') {
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
        let filled = lines.filter(|line| !line.is_empty());
        filled.map(|line| OsStr::from_bytes(line).to_owned()).collect()
    } else {
        words(&text)?
    };
    let end = options
        .value('E')
        .or_else(|| options.value('e'))
        .filter(|end| !end.is_empty());
    if let Some(at) = end.and_then(|end| items.iter().position(|item| item == end)) {
        items.truncate(at);
    }
    Ok(items)
}

/// Words between blanks, where quotes and backslashes keep blanks (POSIX.1-2017, xargs).
fn words(text: &[u8]) -> Result<Vec<OsString>, String> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\'' | b'"' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next() {
                        Some(inside) if inside == byte => break,
                        Some(b'\n') | None => {
                            let kind = if byte == b'"' { "double" } else { "single" };
                            return Err(format!("unmatched {kind} quote"));
                        }
                        Some(inside) => word.push(inside),
                    }
                }
            }
            b'\\' => word.get_or_insert_default().extend(bytes.next()),
            b' ' | b'\t' | b'\n' => words.extend(word.take().map(OsString::from_vec)),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word.map(OsString::from_vec));
    Ok(words)
}

fn commands(
    program: &[OsString],
    items: Vec<OsString>,
    options: &getopt::Options,
    (most_words, most_bytes): (u64, u64),
) -> Vec<Vec<OsString>> {
    if let Some(place) = options.value('I') {
        let filled = |item: &OsString| program.iter().map(|word| replaced(word, place, item)).collect();
        return items.iter().map(filled).collect();
    }
    if items.is_empty() {
        return if options.has('r') {
            Vec::new()
        } else {
            vec![program.to_vec()]
        };
    }
    let length = |words: &[OsString]| words.iter().map(|word| word.len() as u64 + 1).sum::<u64>();
    let fixed = length(program);
    let mut commands = Vec::new();
    let mut group: Vec<OsString> = Vec::new();
    for item in items {
        let is_full = group.len() as u64 >= most_words || fixed + length(&group) + item.len() as u64 + 1 > most_bytes;
        if is_full && !group.is_empty() {
            commands.push([program, &std::mem::take(&mut group)].concat());
        }
        group.push(item);
    }
    commands.push([program, &group].concat());
    commands
}

fn replaced(word: &OsStr, place: &OsStr, item: &OsStr) -> OsString {
    let (word, place) = (word.as_bytes(), place.as_bytes());
    let mut out = Vec::new();
    let mut at = 0;
    while at < word.len() {
        if !place.is_empty() && word[at..].starts_with(place) {
            out.extend_from_slice(item.as_bytes());
            at += place.len();
        } else {
            out.push(word[at]);
            at += 1;
        }
    }
    OsString::from_vec(out)
}

struct Runner<'a> {
    call: &'a Call<'a>,
    show: bool,
    ask: bool,
    parallel: usize,
    running: Vec<(OsString, Child)>,
    status: i32,
}

impl Runner<'_> {
    /// Runs one command; false where no other may follow.
    fn run(&mut self, words: &[OsString]) -> bool {
        let Some((program, arguments)) = words.split_first() else {
            return false;
        };
        if self.show {
            let line: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            let end = if self.ask { "?..." } else { "\n" };
            let _ = write!(io::stderr(), "{}{end}", line.join(" "));
            if self.ask && !agrees() {
                return true;
            }
        }
        // The items are on standard input: what runs must not take them.
        match Command::new(program).args(arguments).stdin(Stdio::null()).spawn() {
            Ok(child) => self.running.push((program.clone(), child)),
            Err(error) => {
                self.call
                    .complain(format_args!("{}: {}", program.display(), errno::words(&error)));
                self.status = if error.kind() == io::ErrorKind::NotFound {
                    127
                } else {
                    126
                };
                return false;
            }
        }
        self.running.len() < self.parallel || self.wait()
    }

    fn wait(&mut self) -> bool {
        if self.running.is_empty() {
            return true;
        }
        let (program, mut child) = self.running.remove(0);
        match child.wait() {
            Ok(status) => self.ended(&program, status),
            Err(_) => true,
        }
    }

    /// Notes how a command ended; false where that stops all.
    fn ended(&mut self, program: &OsStr, status: ExitStatus) -> bool {
        match status.code() {
            Some(0) => true,
            Some(255) => {
                self.call
                    .complain(format_args!("{}: exited with status 255; aborting", program.display()));
                self.status = 124;
                false
            }
            Some(_) => {
                self.status = 123;
                true
            }
            None => {
                let signal = std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(0);
                self.call
                    .complain(format_args!("'{}' terminated by signal {signal}", program.display()));
                self.status = 125;
                false
            }
        }
    }

    fn finish(mut self) -> i32 {
        while !self.running.is_empty() {
            self.wait();
        }
        self.status
    }
}

/// Whether the person at the terminal says yes.
fn agrees() -> bool {
    let Ok(mut terminal) = open(OsStr::new("/dev/tty")) else {
        return false;
    };
    let mut answer = String::new();
    let _ = terminal.read_line(&mut answer);
    answer.starts_with(['y', 'Y'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_blanks_and_must_end() {
        assert_eq!(words(b"'a b' c\\ d \"e f\"\n").unwrap(), ["a b", "c d", "e f"]);
        assert_eq!(words(b"'' x").unwrap(), ["", "x"]);
        assert_eq!(words(b"'a\n'").unwrap_err(), "unmatched single quote");
        assert_eq!(words(b"\"a").unwrap_err(), "unmatched double quote");
    }
}
