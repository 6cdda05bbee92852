//! `pgrep` and `pkill`: processes by a pattern.

use std::ffi::OsString;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getsid};

use super::super::text::{BadPattern, Manner, Pattern, Syntax};
use super::super::{Call, getopt, number};
use super::kill::{self as signals, Order};
use super::table::{Process, processes};

/// Help.
pub const PGREP_USAGE: &str = "[-flanovx] [-s SID|-P PPID|PATTERN]

Display process(es) selected by regex PATTERN

	-l	Show command name too
	-a	Show command line too
	-f	Match against entire command line
	-n	Show the newest process only
	-o	Show the oldest process only
	-v	Negate the match
	-x	Match whole name (not substring)
	-s	Match session ID (0 for current)
	-P	Match parent process ID";

/// Help.
pub const PKILL_USAGE: &str = "[-l|-SIGNAL] [-xfvnoe] [-s SID|-P PPID|PATTERN]

Send signal to processes selected by regex PATTERN

	-l	List all signals
	-x	Match whole name (not substring)
	-f	Match against entire command line
	-s SID	Match session ID (0 for current)
	-P PPID	Match parent process ID
	-v	Negate the match
	-n	Signal the newest process only
	-o	Signal the oldest process only
	-e	Display name and PID of the process being killed";

/// How much of a command line counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Its first word: without `-f`, busybox knows no more, whatever else is asked for.
    First,
    /// All of it, to be matched (`-f`).
    Matched,
    /// All of it, to be shown too (`-fa`).
    Shown,
}

/// What is looked for.
#[derive(Debug)]
struct Wanted {
    pattern: Option<Pattern>,
    session: Option<u64>,
    parent: Option<u64>,
    line: Line,
    whole_name: bool,
    negated: bool,
}

/// Entry of `pgrep`.
pub(crate) fn pgrep_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "vlafxones:P:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let wanted = match read(call, &options) {
        Ok(wanted) => wanted,
        Err(status) => return status,
    };
    let found = find(&wanted, &options);
    for (process, text) in &found {
        if options.has('l') || options.has('a') {
            println!("{} {text}", process.pid);
        } else {
            println!("{}", process.pid);
        }
    }
    i32::from(found.is_empty())
}

/// Entry of `pkill`.
pub(crate) fn pkill_main(call: &Call) -> i32 {
    let (signal, args) = signal_first(&call.args);
    let call = &Call {
        applet: call.applet,
        args,
    };
    let options = match getopt::parse(call, "vlafxones:P:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('l') {
        if let Ok(Order::List(text)) = signals::read(&["-l".to_owned()]) {
            print!("{text}");
        }
        return 0;
    }
    let wanted = match read(call, &options) {
        Ok(wanted) => wanted,
        Err(status) => return status,
    };
    let found = find(&wanted, &options);
    for (process, text) in &found {
        // busybox does not tell whether the signal was allowed.
        let _ = kill(Pid::from_raw(process.pid.cast_signed()), signal);
        if options.has('e') {
            println!("{text} killed (pid {})", process.pid);
        }
    }
    i32::from(found.is_empty())
}

/// A signal as the first word, if it is one, and the words that follow.
fn signal_first(args: &[OsString]) -> (Option<Signal>, Vec<OsString>) {
    if let Some((first, rest)) = args.split_first() {
        let first = first.to_string_lossy();
        let is_option = |word: &str| word == "-l" || word == "-s" || word == "--";
        // A target stands in, so that only the signal is judged.
        if first.starts_with('-')
            && !is_option(&first)
            && let Ok(Order::Send { signal, .. }) = signals::read(&[first.into_owned(), "1".to_owned()])
        {
            return (signal, rest.to_vec());
        }
    }
    (Some(Signal::SIGTERM), args.to_vec())
}

fn read(call: &Call, options: &getopt::Options) -> Result<Wanted, i32> {
    let number = |letter| {
        options
            .value(letter)
            .map(|text| {
                number::plain(text).map_err(|sentence| {
                    call.complain(sentence);
                    1
                })
            })
            .transpose()
    };
    let own_session = || getsid(None).map_or(0, |session| u64::from(session.as_raw().unsigned_abs()));
    let session = number('s')?.map(|session| if session == 0 { own_session() } else { session });
    let parent = number('P')?;
    // Where neither is given, there must be one pattern and no more.
    let pattern = match options.operands.as_slice() {
        [pattern] => Some(pattern.to_string_lossy().into_owned()),
        [] if session.is_some() || parent.is_some() => None,
        [pattern, ..] if session.is_some() || parent.is_some() => Some(pattern.to_string_lossy().into_owned()),
        _ => return Err(call.usage()),
    };
    let pattern = pattern
        .map(|text| {
            Pattern::new(&text, Syntax::Extended, Manner::default()).map_err(|reason: BadPattern| {
                call.complain(format_args!("bad regex '{text}': {reason}"));
                1
            })
        })
        .transpose()?;
    Ok(Wanted {
        pattern,
        session,
        parent,
        line: match (options.has('f'), options.has('a')) {
            (false, _) => Line::First,
            (true, false) => Line::Matched,
            (true, true) => Line::Shown,
        },
        whole_name: options.has('x'),
        negated: options.has('v'),
    })
}

/// Those that are wanted, each with the text that is shown of it.
fn find(wanted: &Wanted, options: &getopt::Options) -> Vec<(Process, String)> {
    let own = std::process::id();
    let mut found: Vec<(Process, String)> = processes()
        .into_iter()
        .filter(|process| process.pid != own)
        .filter_map(|process| {
            let text = wanted.wants(&process)?;
            Some((process, text))
        })
        .collect();
    if options.has('n') {
        found.drain(..found.len().saturating_sub(1));
    } else if options.has('o') {
        found.truncate(1);
    }
    found
}

impl Wanted {
    /// What is shown of a process that is wanted.
    fn wants(&self, process: &Process) -> Option<String> {
        let shown = text(process, self.line == Line::Shown);
        let elsewhere = self.parent.is_some_and(|parent| parent != u64::from(process.parent))
            || self
                .session
                .is_some_and(|session| session != u64::from(process.session));
        if elsewhere {
            return self.negated.then_some(shown);
        }
        let Some(pattern) = &self.pattern else {
            return (!self.negated).then_some(shown);
        };
        let matching = if self.matches(pattern, &text(process, self.line != Line::First)) {
            Some(shown)
        } else {
            // A command line that does not match leaves the name to try.
            self.matches(pattern, &process.name).then(|| process.name.clone())
        };
        match (matching, self.negated) {
            (Some(shown), false) => Some(shown),
            (None, true) => Some(process.name.clone()),
            _ => None,
        }
    }

    fn matches(&self, pattern: &Pattern, text: &str) -> bool {
        match pattern.find_at(text.as_bytes(), 0) {
            Some(range) => !self.whole_name || (range.start == 0 && range.end == text.len()),
            None => false,
        }
    }
}

/// What a process is known by: its first word or its whole line, without what a terminal would obey.
fn text(process: &Process, whole_line: bool) -> String {
    let Some(first) = process.words.first() else {
        return process.name.clone();
    };
    let text = if whole_line { &process.words.join(" ") } else { first };
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::super::table::parse;
    use super::*;

    fn wanted(pattern: Option<&str>) -> Wanted {
        Wanted {
            pattern: pattern.map(|text| Pattern::new(text, Syntax::Extended, Manner::default()).unwrap()),
            session: None,
            parent: None,
            line: Line::First,
            whole_name: false,
            negated: false,
        }
    }

    fn sleeper() -> Process {
        parse(7, 0, "7 (sleep) S 1 7 6 0 -1 0 0 0 0 0 0 0", b"/bin/sleep\x0010 00\0").unwrap()
    }

    #[test]
    fn processes_are_wanted_by_name_line_parent_and_session() {
        assert_eq!(wanted(Some("sl+x")).wants(&sleeper()).as_deref(), None);
        assert_eq!(wanted(Some("sle+p$")).wants(&sleeper()).as_deref(), Some("/bin/sleep"));
        assert_eq!(wanted(Some("^sleep")).wants(&sleeper()).as_deref(), Some("sleep"));
        assert_eq!(wanted(Some("00")).wants(&sleeper()), None);
        let line = Wanted {
            line: Line::Matched,
            ..wanted(Some("p 10"))
        };
        assert_eq!(line.wants(&sleeper()).as_deref(), Some("/bin/sleep"));
        let shown = Wanted {
            line: Line::Shown,
            ..line
        };
        assert_eq!(shown.wants(&sleeper()).as_deref(), Some("/bin/sleep 10 00"));
        let exact = |pattern| Wanted {
            whole_name: true,
            ..wanted(Some(pattern))
        };
        assert!(exact("sleep").wants(&sleeper()).is_some());
        assert!(exact("slee").wants(&sleeper()).is_none());
        let child = |parent| Wanted {
            parent: Some(parent),
            ..wanted(None)
        };
        assert!(child(1).wants(&sleeper()).is_some() && child(2).wants(&sleeper()).is_none());
        let others = Wanted {
            negated: true,
            ..wanted(Some("sleep"))
        };
        assert!(others.wants(&sleeper()).is_none());
    }

    #[test]
    fn a_signal_may_stand_first() {
        let read = |words: &[&str]| {
            let (signal, rest) = signal_first(&words.iter().map(OsString::from).collect::<Vec<_>>());
            (signal, rest.len())
        };
        assert_eq!(read(&["-9", "x"]), (Some(Signal::SIGKILL), 1));
        assert_eq!(read(&["-HUP", "x"]), (Some(Signal::SIGHUP), 1));
        assert_eq!(read(&["-f", "x"]), (Some(Signal::SIGTERM), 2));
        assert_eq!(read(&["x"]), (Some(Signal::SIGTERM), 1));
        assert_eq!(read(&[]), (Some(Signal::SIGTERM), 0));
    }
}
