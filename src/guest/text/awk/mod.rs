//! `awk` (POSIX.1-2017, awk), with the functions busybox adds.

mod evaluate;
mod expression;
mod functions;
mod lexer;
mod parser;
mod record;
mod run;
mod streams;
mod syntax;
mod value;

use std::ffi::OsString;
use std::io::Read;

use super::super::{Call, errno, getopt};
use super::stream;
use run::Machine;

/// Help.
pub const USAGE: &str = "[OPTIONS] [AWK_PROGRAM] [FILE]...\n\n\t-v VAR=VAL\tSet variable\n\t-F SEP\t\tUse SEP as field separator\n\t-f FILE\t\tRead program from FILE\n\t-e AWK_PROGRAM";

/// The word for a program that cannot be read.
const UNEXPECTED: &str = "Unexpected token";

/// Status where a program cannot go on.
const FAILED: i32 = 2;

/// Stack of the thread that runs the program: functions may call themselves, and only what they use is taken.
const STACK: usize = 256 << 20;

/// Why a program does not go on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What is wrong on a line of it.
    At(u32, String),
    /// What is wrong elsewhere.
    Plain(String),
    /// `exit`, `next` and `nextfile`, wherever they stand.
    Exit,
    Next,
    NextFile,
}

impl Trouble {
    fn at(line: u32, what: impl Into<String>) -> Self {
        Self::At(line, what.into())
    }
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+F:v:f:e:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.clone();
    let (name, source) = match source(call, &options, &mut operands) {
        Ok(source) => source,
        Err(status) => return status,
    };
    std::thread::scope(|scope| {
        let run = || run(call, &options, &operands, &name, &source);
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
        match thread {
            Ok(thread) => thread.join().unwrap_or(FAILED),
            Err(error) => {
                call.complain_of("can't start", &error);
                FAILED
            }
        }
    })
}

/// The program's text, and what it is called in reproaches.
fn source(call: &Call, options: &getopt::Options, operands: &mut Vec<OsString>) -> Result<(String, Vec<u8>), i32> {
    let mut name = "cmd. line".to_owned();
    let mut text = Vec::new();
    for (letter, value) in options.in_order() {
        match letter {
            'e' => {
                text.extend_from_slice(value.as_encoded_bytes());
                text.push(b'\n');
            }
            'f' => {
                let read = stream::open(value).and_then(|mut file| file.read_to_end(&mut text));
                if let Err(error) = read {
                    stream::cannot_open(call, value, &error);
                    return Err(1);
                }
                text.push(b'\n');
                name = value.to_string_lossy().into_owned();
            }
            _ => {}
        }
    }
    if !options.has('e') && !options.has('f') {
        if operands.is_empty() {
            return Err(call.usage());
        }
        text = operands.remove(0).into_encoded_bytes();
    }
    Ok((name, text))
}

fn run(call: &Call, options: &getopt::Options, operands: &[OsString], name: &str, source: &[u8]) -> i32 {
    let say = |trouble: Trouble| match trouble {
        Trouble::At(line, what) => call.complain(format_args!("{name}:{line}: {what}")),
        Trouble::Plain(what) => call.complain(what),
        Trouble::Exit | Trouble::Next | Trouble::NextFile => {}
    };
    let (program, globals) = match parser::parse(source) {
        Ok(parsed) => parsed,
        Err(trouble) => {
            say(trouble);
            return 1;
        }
    };
    let mut machine = Machine::new(&program, globals, operands);
    for (letter, value) in options.in_order() {
        let set = match letter {
            'F' => machine.set_separator(value.as_encoded_bytes()),
            'v' if !machine.assigned(value.as_encoded_bytes()) => {
                return call.usage();
            }
            _ => Ok(()),
        };
        if let Err(trouble) = set {
            say(trouble);
            return 1;
        }
    }
    let status = match machine.all() {
        Ok(status) => status,
        Err(trouble) => {
            machine.streams.flush_output();
            say(trouble);
            1
        }
    };
    machine.streams.end();
    status
}

/// The sentence for what the system refuses.
fn reason(error: &std::io::Error) -> String {
    errno::words(error)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::run::Machine;
    use super::value::Value;
    use super::{Trouble, parser};

    /// What a program's expression is worth: the busybox the facts were recorded from was built without these functions.
    fn worth(expression: &str) -> String {
        let source = format!("BEGIN {{ result = ({expression}) \"\" }}");
        let (program, globals): (_, HashMap<String, usize>) = parser::parse(source.as_bytes()).unwrap();
        let place = globals["result"];
        let mut machine = Machine::new(&program, globals, &[]);
        machine.all().unwrap();
        let value: Value = machine.global(place);
        String::from_utf8_lossy(&value.to_text(b"%.6g")).into_owned()
    }

    #[test]
    fn powers_bind_from_the_right_and_more_than_signs() {
        assert_eq!(worth("2^3^2"), "512");
        assert_eq!(worth("-2^2"), "-4");
        assert_eq!(worth("2**-1"), "0.5");
        assert_eq!(worth("2^53"), "9007199254740992");
        assert_eq!(worth("x += 3 ^ 2"), "9");
    }

    #[test]
    fn functions_of_numbers() {
        assert_eq!(worth("sqrt(16) exp(0) log(1) sin(0) cos(0)"), "41001");
        assert_eq!(worth("atan2(0, -1)"), "3.14159");
        assert_eq!(worth("int(-3.9)"), "-3");
        assert_eq!(worth("!0 !1 !\"\" !\"a\""), "1010");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        let deep = "(".repeat(100_000);
        for text in [
            "{",
            "BEGIN { x = }",
            "f(",
            "/a",
            "\"a",
            "BEGIN { a[ }",
            "$",
            "1 = 2",
            &deep,
            "\u{0}",
            "@",
        ] {
            assert!(matches!(parser::parse(text.as_bytes()), Err(Trouble::At(..))), "{text}");
        }
    }

    #[test]
    fn a_function_may_not_call_itself_without_end() {
        let thread = std::thread::Builder::new().stack_size(super::STACK).spawn(|| {
            let source = b"function f(x) { return f(x + 1) } BEGIN { f(0) }";
            let (program, globals) = parser::parse(source).unwrap();
            assert!(Machine::new(&program, globals, &[]).all().is_err());
        });
        thread.unwrap().join().unwrap();
    }
}
