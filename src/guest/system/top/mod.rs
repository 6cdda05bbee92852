//! `top`: the processes that compute most, looked at again and again.

mod keys;
mod sample;
mod screen;

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise, sigprocmask};

use super::super::{Call, getopt, names, number};
use keys::{Heard, Keys};
use sample::{Order, Sampler};
use screen::Size;

/// Help.
pub const USAGE: &str = "[-bH] [-n COUNT] [-d SECONDS]

Show a view of process activity in real time.
Read the status of all processes from /proc each SECONDS
and show a screenful of them.
Keys:
	N/M/P/T: sort by pid/mem/cpu/time
	R: reverse sort
	H: toggle threads
	Q,^C: exit
Options:
	-b	Batch mode
	-n N	Exit after N iterations
	-d SEC	Delay between updates
	-H	Show threads";

/// How long the first look at the processors' time lasts, before which there is nothing to compare with.
const FIRST_LOOK: Duration = Duration::from_millis(100);
/// The longest delay, which a wait can still be told in milliseconds.
const LONGEST: f64 = 2_147_483.0;

/// What the command line asks for.
struct Request {
    batch: bool,
    threads: bool,
    delay: Duration,
    /// 0: no end.
    rounds: u64,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let call = &Call {
        applet: call.applet,
        args: dashed(&call.args),
    };
    let request = match read_request(call) {
        Ok(request) => request,
        Err(status) => return status,
    };
    let mut keys = match Keys::open(request.batch) {
        Ok(keys) => keys,
        Err(error) => {
            call.complain_of("signalfd", &error);
            return 1;
        }
    };
    match watch(call, &request, &mut keys) {
        End::Done(status) => status,
        End::Killed(signal) => {
            drop(keys);
            end_by(signal)
        }
    }
}

/// Words without a dash are options too; what follows `-d` or `-n` is their value.
fn dashed(args: &[OsString]) -> Vec<OsString> {
    let mut takes_value = false;
    let with_dash = |word: &OsString| {
        if takes_value {
            takes_value = false;
            return word.clone();
        }
        let mut option = word.clone();
        if !word.as_bytes().starts_with(b"-") {
            option = OsString::from("-");
            option.push(word);
        }
        takes_value = matches!(option.as_bytes().last(), Some(b'd' | b'n'));
        option
    };
    args.iter().map(with_dash).collect()
}

fn read_request(call: &Call) -> Result<Request, i32> {
    let options = getopt::parse(call, "d:n:bH", &[])?;
    let refuse = |sentence: String| {
        call.complain(sentence);
        1
    };
    let delay = match options.value('d').map(|text| text.to_string_lossy().into_owned()) {
        None => Duration::from_secs(5),
        Some(text) => text
            .parse::<f64>()
            .ok()
            .filter(|seconds| *seconds >= 0.0)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds.min(LONGEST)).ok())
            .ok_or_else(|| refuse(format!("invalid number '{text}'")))?,
    };
    let rounds = match options.value('n') {
        None => 0,
        Some(text) => number::plain(text).map_err(refuse)?,
    };
    Ok(Request {
        batch: options.has('b'),
        threads: options.has('H'),
        delay,
        rounds,
    })
}

enum End {
    Done(i32),
    Killed(Signal),
}

/// Ends as the signal would have ended it, once the terminal is as it was; pid 1 outlives that and ends with its number.
fn end_by(signal: Signal) -> i32 {
    let mut one = SigSet::empty();
    one.add(signal);
    let _ = raise(signal);
    let _ = sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&one), None);
    128 + signal as i32
}

fn watch(call: &Call, request: &Request, keys: &mut Keys) -> End {
    let users = names::of_users();
    let mut sampler = Sampler::new(request.threads);
    let mut order = Order::default();
    let mut done = 0;
    // What was typed before it began.
    let mut end = obey(keys, Duration::ZERO, &mut sampler, &mut order);
    while end.is_none() {
        let size = if request.batch {
            Size::endless()
        } else {
            Size::of_terminal()
        };
        if size.is_enough() {
            if sampler.is_first() {
                if let Err(error) = sampler.look() {
                    call.complain_of("can't read /proc/stat", &error);
                    return End::Done(1);
                }
                thread::sleep(FIRST_LOOK);
            }
            let view = match sampler.view(order) {
                Ok(view) if view.rows.is_empty() => {
                    call.complain("no process info in /proc");
                    return End::Done(1);
                }
                Ok(view) => view,
                Err(error) => {
                    call.complain_of("can't read /proc", &error);
                    return End::Done(1);
                }
            };
            let text = screen::draw(&view, &users, size, request.batch);
            let mut out = io::stdout().lock();
            if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
                return End::Done(1);
            }
            done += 1;
        }
        if request.rounds > 0 && done >= request.rounds {
            break;
        }
        end = obey(keys, request.delay, &mut sampler, &mut order);
    }
    if let Some(End::Killed(signal)) = end {
        return End::Killed(signal);
    }
    println!();
    End::Done(0)
}

/// Does what is typed within the delay; the end it asks for, if it does.
fn obey(keys: &mut Keys, delay: Duration, sampler: &mut Sampler, order: &mut Order) -> Option<End> {
    match keys.wait(delay) {
        Heard::Nothing => None,
        Heard::Signal(signal) => Some(End::Killed(signal)),
        Heard::Keys(typed) => {
            for key in typed {
                match key.to_ascii_lowercase() {
                    // Ctrl-C and Ctrl-D, which the terminal no longer makes anything of.
                    b'q' | 0x03 | 0x04 => return Some(End::Done(0)),
                    b'h' => sampler.toggle_threads(),
                    b'r' => order.reversed = !order.reversed,
                    letter => order.by = order.by.chosen_by(letter),
                }
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_may_lack_their_dash() {
        let words = |words: &[&str]| {
            let args: Vec<OsString> = words.iter().map(OsString::from).collect();
            dashed(&args)
        };
        assert_eq!(words(&["bn1"]), ["-bn1"]);
        assert_eq!(words(&["-b", "-n", "1", "-d", "2"]), ["-b", "-n", "1", "-d", "2"]);
        assert_eq!(words(&["b", "n", "1", "H"]), ["-b", "-n", "1", "-H"]);
        assert!(words(&[]).is_empty());
    }
}
