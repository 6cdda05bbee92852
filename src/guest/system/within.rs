//! `timeout`, `time`, `watch`, `nice` and `nohup`: programs run in some way.
#![allow(
    unsafe_code,
    reason = "a watcher is forked, and a niceness of -1 can only be told from an error by errno"
)]

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{ForkResult, Pid, fork, getpid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};

use super::super::{Call, errno, getopt, process, time};
use super::date;
use super::kill::number_of;
use super::sleep::duration;

/// Help of `timeout`.
pub const TIMEOUT_USAGE: &str = "[-s SIG] [-k KILL_SECS] SECS PROG ARGS\n\nRun PROG. Send SIG to it if it is not gone in SECS seconds.\nDefault SIG: TERM.If it still exists in KILL_SECS seconds, send KILL.\n";
/// Help of `watch`.
pub const WATCH_USAGE: &str =
    "[-n SEC] [-t] PROG ARGS\n\nRun PROG periodically\n\n\t-n SEC\tPeriod (default 2)\n\t-t\tDon't print header";
/// Help of `nice`.
pub const NICE_USAGE: &str =
    "[-n ADJUST] [PROG ARGS]\n\nChange scheduling priority, run PROG\n\n\t-n ADJUST\tAdjust priority by ADJUST";
/// Help of `nohup`.
pub const NOHUP_USAGE: &str = "PROG ARGS\n\nRun PROG immune to hangups, with output to a non-tty";

/// Becomes a program; returns the status only where that fails.
pub(super) fn become_program(call: &Call, program: &OsStr, args: &[OsString]) -> i32 {
    let error = Command::new(program).args(args).exec();
    call.complain(format_args!(
        "can't execute '{}': {}",
        program.display(),
        errno::words(&error)
    ));
    not_run(&error)
}

/// The status for a program that could not be run (POSIX.1-2017, env).
pub(super) fn not_run(error: &io::Error) -> i32 {
    if error.kind() == io::ErrorKind::NotFound {
        127
    } else {
        126
    }
}

/// Entry of `timeout`. As in busybox this process becomes the program, and a watcher forked before ends it: so its status
/// and its place among processes are the program's own.
pub(crate) fn timeout_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+s:k:", &[("signal", 's'), ("kill-after", 'k')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut signal = Signal::SIGTERM;
    if let Some(name) = options.value('s') {
        let Some(found) = number_of(&name.to_string_lossy()) else {
            call.complain(format_args!("unknown signal '{}'", name.display()));
            return 1;
        };
        signal = found;
    }
    let wait = |text: &OsStr| {
        duration(text).ok_or_else(|| {
            call.complain(format_args!("invalid number '{}'", text.display()));
            1
        })
    };
    let killed_after = match options.value('k').map(|text| wait(text)).transpose() {
        Ok(killed_after) => killed_after.unwrap_or_default(),
        Err(status) => return status,
    };
    let Some((limit, rest)) = options.operands.split_first() else {
        return call.usage();
    };
    let limit = match wait(limit) {
        Ok(limit) => limit,
        Err(status) => return status,
    };
    let Some((program, args)) = rest.split_first() else {
        return call.usage();
    };
    if !limit.is_zero()
        && let Err(error) = watch_over(signal, limit, killed_after)
    {
        call.complain(format_args!("can't fork: {}", errno::of_code(error as i32)));
        return 1;
    }
    become_program(call, program, args)
}

/// Forks a watcher of this process, twice, so that it is no child of what this process becomes.
fn watch_over(signal: Signal, limit: Duration, killed_after: Duration) -> Result<(), Errno> {
    let watched = getpid();
    // SAFETY: an applet has one thread, so the child may do anything.
    if let ForkResult::Parent { child } = unsafe { fork() }? {
        nix::sys::wait::waitpid(child, None)?;
        return Ok(());
    }
    // SAFETY: as before.
    if let Ok(ForkResult::Child) = unsafe { fork() } {
        let _ = nix::unistd::setsid();
        // A pipe's other end must not wait for the watcher.
        if let Ok(nothing) = OpenOptions::new().read(true).write(true).open("/dev/null") {
            let _ = nix::unistd::dup2_stdin(&nothing);
            let _ = nix::unistd::dup2_stdout(&nothing);
            let _ = nix::unistd::dup2_stderr(&nothing);
        }
        if !is_gone(watched, limit) {
            let _ = kill(watched, signal);
            if !killed_after.is_zero() && !is_gone(watched, killed_after) {
                let _ = kill(watched, Signal::SIGKILL);
            }
        }
    }
    std::process::exit(0);
}

/// Waits for the end of a process; false where it outlived the time.
fn is_gone(watched: Pid, limit: Duration) -> bool {
    let Some(process) = rustix::process::Pid::from_raw(watched.as_raw())
        .and_then(|watched| pidfd_open(watched, PidfdFlags::empty()).ok())
    else {
        return true;
    };
    let limit = Timespec::try_from(limit).ok();
    let mut on = [PollFd::new(&process, PollFlags::IN)];
    loop {
        match poll(&mut on, limit.as_ref()) {
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return true,
            Ok(ready) => return ready > 0,
        }
    }
}

/// Entry of `watch`.
pub(crate) fn watch_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+n:t", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.usage();
    }
    let asked = options.value('n').map_or(OsStr::new("2"), |text| text);
    let Some(period) = duration(asked) else {
        call.complain(format_args!("invalid number '{}'", asked.display()));
        return 1;
    };
    let words: Vec<_> = options.operands.iter().map(|word| word.to_string_lossy()).collect();
    let command = words.join(" ");
    loop {
        print!("\x1b[H\x1b[J");
        if !options.has('t') {
            print!("{}", header(period, &command));
        }
        let _ = io::stdout().flush();
        let _ = Command::new("/bin/sh").args(["-c", &command]).status();
        std::thread::sleep(period.max(Duration::from_millis(100)));
    }
}

/// `Every 2.0s: command`, and the time at the right.
fn header(period: Duration, command: &str) -> String {
    let width = rustix::termios::tcgetwinsize(io::stdout().as_fd())
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|width| *width > 0)
        .unwrap_or(80);
    let now = date::format("%Y-%m-%d %H:%M:%S", time::now());
    let tenths = period.subsec_millis() / 100;
    let left = format!("Every {}.{tenths}s: {command}", period.as_secs());
    let room = width.saturating_sub(now.len());
    let shown: String = left.chars().take(room).collect();
    let gap = " ".repeat(room.saturating_sub(shown.chars().count()));
    format!("{shown}{gap}{now}\n\n")
}

/// Entry of `nice`.
pub(crate) fn nice_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+n:", &[("adjustment", 'n')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some((program, args)) = options.operands.split_first() else {
        let now = rustix::process::getpriority_process(None).unwrap_or(0);
        println!("{now}");
        return 0;
    };
    let asked = options.value('n').map_or(OsStr::new("10"), |text| text);
    let Ok(adjust) = asked.to_string_lossy().parse::<i32>() else {
        call.complain(format_args!("invalid number '{}'", asked.display()));
        return 1;
    };
    if let Err(error) = rustix::process::nice(adjust) {
        call.complain_of(format_args!("setpriority({adjust})"), &error.into());
        return 1;
    }
    become_program(call, program, args)
}

/// Entry of `nohup`.
pub(crate) fn nohup_main(call: &Call) -> i32 {
    let Some((program, args)) = call.args.split_first() else {
        return call.usage();
    };
    process::ignore_hangup();
    if io::stdin().is_terminal()
        && let Ok(nothing) = File::open("/dev/null")
    {
        let _ = nix::unistd::dup2_stdin(&nothing);
    }
    if io::stdout().is_terminal() {
        let place = Path::new("nohup.out");
        let home = std::env::var_os("HOME").map(|home| Path::new(&home).join("nohup.out"));
        let open = |place: &Path| OpenOptions::new().append(true).create(true).open(place);
        let opened = open(place)
            .map(|file| (file, place.to_owned()))
            .or_else(|error| match home {
                Some(home) => open(&home).map(|file| (file, home)),
                None => Err(error),
            });
        match opened {
            Ok((file, place)) => {
                call.complain(format_args!("appending output to {}", place.display()));
                let _ = nix::unistd::dup2_stdout(&file);
            }
            Err(error) => {
                call.complain_of("can't open 'nohup.out'", &error);
                return 127;
            }
        }
    }
    if io::stderr().is_terminal() {
        let _ = nix::unistd::dup2_stderr(io::stdout());
    }
    become_program(call, program, args)
}
