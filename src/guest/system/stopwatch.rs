//! `time`.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeVal;

use super::super::text::stream::cannot_open;
use super::super::{Call, errno, getopt, process};
use super::within::not_run;

/// Help.
pub const USAGE: &str = "[-pa] [-f FMT] [-o FILE] PROG ARGS\n\nRun PROG, display resource usage when it exits\n\n\t-p\tPOSIX output format\n\t-f FMT\tCustom format\n\t-o FILE\tWrite result to FILE\n\t-a\tAppend (else overwrite)";

/// What is shown where nothing else is asked for.
const USUAL: &str = "real\t%E\nuser\t%u\nsys\t%T";
/// POSIX.1-2017, time.
const POSIX: &str = "real %e\nuser %U\nsys %S";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+apf:o:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some((program, args)) = options.operands.split_first() else {
        return call.usage();
    };
    let mut out: Box<dyn Write> = match options.value('o') {
        None => Box::new(io::stderr()),
        Some(name) => {
            let append = options.has('a');
            let opened = OpenOptions::new()
                .write(true)
                .create(true)
                .append(append)
                .truncate(!append)
                .open(Path::new(name));
            match opened {
                Ok(file) => Box::new(file),
                Err(error) => {
                    cannot_open(call, name, &error);
                    return 1;
                }
            }
        }
    };
    let asked = options.value('f').map(|text| text.to_string_lossy());
    let form = match &asked {
        Some(asked) => asked,
        None if options.has('p') => POSIX,
        None => USUAL,
    };
    let began = Instant::now();
    let ended = run(call, program, args);
    let elapsed = began.elapsed();
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return 1;
    };
    let mut text = String::new();
    if let Some(signal) = ended.signal() {
        let _ = writeln!(text, "Command terminated by signal {signal}");
    } else if let Some(status) = ended.code().filter(|status| *status != 0) {
        let _ = writeln!(text, "Command exited with non-zero status {status}");
    }
    let report = Report {
        words: &options.operands,
        elapsed,
        usage,
        ended,
    };
    text += &report.text(form);
    text.push('\n');
    let _ = out.write_all(text.as_bytes());
    ended.code().unwrap_or_else(|| 128 + ended.signal().unwrap_or(0))
}

fn run(call: &Call, program: &OsString, args: &[OsString]) -> ExitStatus {
    let started = Command::new(program).args(args).spawn();
    // What was typed to end the program must not end the report.
    process::ignore_interrupts();
    match started.and_then(|mut child| child.wait()) {
        Ok(ended) => ended,
        Err(error) => {
            call.complain(format_args!(
                "can't execute '{}': {}",
                program.display(),
                errno::words(&error)
            ));
            ExitStatus::from_raw(not_run(&error) << 8)
        }
    }
}

struct Report<'a> {
    words: &'a [OsString],
    elapsed: Duration,
    usage: Usage,
    ended: ExitStatus,
}

impl Report<'_> {
    fn text(&self, form: &str) -> String {
        let (user, system) = (span(self.usage.user_time()), span(self.usage.system_time()));
        let mut out = String::new();
        let mut rest = form.chars();
        while let Some(character) = rest.next() {
            if character != '%' {
                out.push(character);
                continue;
            }
            let shown = match rest.next() {
                Some('e') => seconds(self.elapsed),
                Some('E') => minutes(self.elapsed),
                Some('U') => seconds(user),
                Some('u') => minutes(user),
                Some('S') => seconds(system),
                Some('T') => minutes(system),
                Some('P') => share(user + system, self.elapsed),
                Some('M') => self.usage.max_rss().to_string(),
                Some('F') => self.usage.major_page_faults().to_string(),
                Some('R') => self.usage.minor_page_faults().to_string(),
                Some('w') => self.usage.voluntary_context_switches().to_string(),
                Some('c') => self.usage.involuntary_context_switches().to_string(),
                Some('x') => self.ended.code().unwrap_or(0).to_string(),
                Some('C') => {
                    let words: Vec<_> = self.words.iter().map(|word| word.to_string_lossy()).collect();
                    words.join(" ")
                }
                Some('%') => "%".to_owned(),
                Some(other) => format!("?{other}"),
                None => "?".to_owned(),
            };
            out += &shown;
        }
        out
    }
}

fn span(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec()).unwrap_or(0))
}

fn seconds(time: Duration) -> String {
    format!("{}.{:02}", time.as_secs(), time.subsec_millis() / 10)
}

/// `0m 1.50s`, or `1h 2m 03s` from an hour on.
fn minutes(time: Duration) -> String {
    let whole = time.as_secs();
    if whole >= 3600 {
        return format!("{}h {}m {:02}s", whole / 3600, whole / 60 % 60, whole % 60);
    }
    format!("{}m {}.{:02}s", whole / 60, whole % 60, time.subsec_millis() / 10)
}

fn share(busy: Duration, elapsed: Duration) -> String {
    let elapsed = elapsed.as_millis();
    if elapsed == 0 {
        return "?%".to_owned();
    }
    format!("{}%", busy.as_millis() * 100 / elapsed)
}
