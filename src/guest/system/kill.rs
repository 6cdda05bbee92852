//! `kill`, the applet and what the shell's command of that name shares with it.

use std::fmt::Write;
use std::str::FromStr;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::{Call, errno};

/// Help.
pub const USAGE: &str =
    "[-l] [-SIG] PID...\n\nSend a signal (default: TERM) to given PIDs\n\n\t-l\tList all signal names and numbers";

/// Last signal that has a name (`SIGSYS`).
const LAST: i32 = 31;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = call.words();
    match read(&args) {
        Ok(Order::List(text)) => {
            print!("{text}");
            0
        }
        Ok(Order::Send { signal, targets }) => {
            let mut status = 0;
            for target in targets {
                if let Err(reproach) = send(&target, signal) {
                    call.complain(reproach);
                    status = 1;
                }
            }
            status
        }
        Err(reproach) => {
            call.complain(reproach);
            1
        }
    }
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::guest) enum Order {
    /// Print this.
    List(String),
    /// Send a signal (`None`: only ask whether one could, signal 0) to processes, and jobs in the shell.
    Send {
        /// The signal.
        signal: Option<Signal>,
        /// Process ids as written; in the shell also `%1`.
        targets: Vec<String>,
    },
}

/// Reads `[-l [SIG…]] [-SIG | -s SIG] PID…`.
///
/// # Errors
/// busybox's sentence.
pub(in crate::guest) fn read(args: &[String]) -> Result<Order, String> {
    let mut rest = args;
    let mut signal = Some(Signal::SIGTERM);
    match rest.split_first() {
        Some((first, tail)) if first == "-l" || first == "-L" => return list(tail).map(Order::List),
        Some((first, tail)) if first == "-s" => {
            let (name, tail) = tail.split_first().ok_or("you need to specify whom to kill")?;
            signal = named(name)?;
            rest = tail;
        }
        Some((first, tail)) if first == "--" => rest = tail,
        Some((first, tail)) if first.len() > 1 && first.starts_with('-') => {
            signal = named(&first[1..])?;
            rest = tail;
        }
        _ => {}
    }
    if let Some((first, tail)) = rest.split_first()
        && first == "--"
    {
        rest = tail;
    }
    if rest.is_empty() {
        return Err("you need to specify whom to kill".into());
    }
    Ok(Order::Send {
        signal,
        targets: rest.to_vec(),
    })
}

/// Sends to one process.
///
/// # Errors
/// busybox's sentence.
pub(in crate::guest) fn send(target: &str, signal: Option<Signal>) -> Result<(), String> {
    let pid: i32 = target.parse().map_err(|_| format!("invalid number '{target}'"))?;
    kill(Pid::from_raw(pid), signal).map_err(|error| format!("can't kill pid {pid}: {}", errno::of_code(error as i32)))
}

fn named(text: &str) -> Result<Option<Signal>, String> {
    if text == "0" {
        return Ok(None);
    }
    number_of(text)
        .map(Some)
        .ok_or_else(|| format!("bad signal name '{text}'"))
}

/// A signal by its number or its name, with or without `SIG`, in any case.
pub(super) fn number_of(text: &str) -> Option<Signal> {
    if let Ok(number) = text.parse::<i32>() {
        return Signal::try_from(number).ok();
    }
    let name = text.to_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let name = if name == "POLL" { "IO" } else { name };
    Signal::from_str(&format!("SIG{name}")).ok()
}

/// The name without `SIG`; 29 by the name busybox uses.
fn short_name(signal: Signal) -> &'static str {
    if signal == Signal::SIGIO {
        "POLL"
    } else {
        signal.as_str().trim_start_matches("SIG")
    }
}

fn list(wanted: &[String]) -> Result<String, String> {
    let mut text = String::new();
    if wanted.is_empty() {
        for number in 1..=LAST {
            if let Ok(signal) = Signal::try_from(number) {
                let _ = writeln!(text, "{number:2}) {}", short_name(signal));
            }
        }
    }
    for word in wanted {
        // A shell's status of a process ended by a signal is that plus 128.
        let bare = word
            .parse::<i32>()
            .map_or_else(|_| word.clone(), |number| (number & 0x7f).to_string());
        let signal = number_of(&bare).ok_or_else(|| format!("unknown signal '{word}'"))?;
        let _ = if word.parse::<i32>().is_ok() {
            writeln!(text, "{}", short_name(signal))
        } else {
            writeln!(text, "{}", signal as i32)
        };
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(args: &[&str]) -> Result<Order, String> {
        read(&args.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn signals_by_number_and_name() {
        let send = |signal, target: &str| {
            Ok(Order::Send {
                signal,
                targets: vec![target.to_owned()],
            })
        };
        assert_eq!(order(&["7"]), send(Some(Signal::SIGTERM), "7"));
        assert_eq!(order(&["-9", "7"]), send(Some(Signal::SIGKILL), "7"));
        assert_eq!(order(&["-s", "sigint", "7"]), send(Some(Signal::SIGINT), "7"));
        assert_eq!(order(&["-HUP", "--", "-7"]), send(Some(Signal::SIGHUP), "-7"));
        assert_eq!(order(&["-0", "%1"]), send(None, "%1"));
    }

    #[test]
    fn reproaches_are_busybox_s() {
        assert_eq!(order(&[]).unwrap_err(), "you need to specify whom to kill");
        assert_eq!(order(&["-9"]).unwrap_err(), "you need to specify whom to kill");
        assert_eq!(order(&["-FOO", "1"]).unwrap_err(), "bad signal name 'FOO'");
        assert_eq!(send("x", None).unwrap_err(), "invalid number 'x'");
        assert_eq!(
            send("99999999", None).unwrap_err(),
            "can't kill pid 99999999: No such process"
        );
    }

    #[test]
    fn signals_are_listed() {
        let Ok(Order::List(all)) = order(&["-l"]) else {
            panic!("a list")
        };
        assert!(
            all.starts_with(" 1) HUP\n 2) INT\n") && all.contains("\n29) POLL\n") && all.ends_with("31) SYS\n"),
            "{all}"
        );
        assert_eq!(
            order(&["-l", "9", "TERM", "143"]),
            Ok(Order::List("KILL\n15\nTERM\n".into()))
        );
    }
}
