//! `pidof` and `killall`: processes by the name of their program.

use std::fs;

use nix::sys::signal::kill;
use nix::unistd::{Pid, getppid};

use super::super::{Call, errno, getopt, number};
use super::kill::{self as signals, Order};
use super::table::{Process, processes};

/// Help.
pub const PIDOF_USAGE: &str = "[-s] [-o PID] [NAME]...

List PIDs of all processes with names that match NAMEs

	-s	Show only one PID
	-o PID	Omit given pid
		Use %PPID to omit pid of pidof's parent";

/// Help.
pub const KILLALL_USAGE: &str = "[-lq] [-SIG] PROCESS_NAME...

Send a signal (default: TERM) to given processes

	-l	List all signal names and numbers
	-q	Don't complain if no processes were killed";

/// Bytes of a name that the kernel keeps (`TASK_COMM_LEN` without the end mark).
const KEPT: usize = 15;

/// Entry of `pidof`.
pub(crate) fn pidof_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "so:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut omitted = Vec::new();
    for (_, text) in options.in_order().filter(|(letter, _)| *letter == 'o') {
        if text == "%PPID" {
            omitted.push(u64::from(getppid().as_raw().unsigned_abs()));
            continue;
        }
        match number::plain(text) {
            Ok(pid) => omitted.push(pid),
            Err(sentence) => {
                call.complain(sentence);
                return 1;
            }
        }
    }
    let all = processes();
    let mut found = Vec::new();
    for name in &options.operands {
        let name = name.to_string_lossy();
        // The youngest first, as GNU's does.
        let mut pids: Vec<String> = all
            .iter()
            .rev()
            .filter(|process| is_called(process, &name) && !omitted.contains(&u64::from(process.pid)))
            .map(|process| process.pid.to_string())
            .collect();
        if options.has('s') {
            pids.truncate(1);
        }
        found.extend(pids);
    }
    if found.is_empty() {
        return 1;
    }
    println!("{}", found.join(" "));
    0
}

/// Entry of `killall`.
pub(crate) fn killall_main(call: &Call) -> i32 {
    let mut args = call.words();
    let quiet = args.first().is_some_and(|word| word == "-q");
    if quiet {
        args.remove(0);
    }
    let (signal, names) = match signals::read(&args) {
        Ok(Order::Send { signal, targets }) => (signal, targets),
        Ok(Order::List(text)) => {
            print!("{text}");
            return 0;
        }
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let mut status = 0;
    for name in &names {
        let mut met = false;
        for process in processes().iter().filter(|process| is_called(process, name)) {
            if process.pid == std::process::id() {
                continue;
            }
            met = true;
            if let Err(error) = kill(Pid::from_raw(process.pid.cast_signed()), signal) {
                status = 1;
                if !quiet {
                    call.complain(format_args!(
                        "can't kill pid {}: {}",
                        process.pid,
                        errno::of_code(error as i32)
                    ));
                }
            }
        }
        if !met {
            status = 1;
            if !quiet {
                call.complain(format_args!("{name}: no process killed"));
            }
        }
    }
    status
}

/// Whether a process is called so: by its name, what it was started as, or its program's whole path.
fn is_called(process: &Process, name: &str) -> bool {
    // A name as long as the kernel keeps may have been longer.
    let full = process.name.len() < KEPT || !process.program().starts_with(&process.name);
    (full && process.name == name)
        || (process.program() == name && !name.is_empty())
        || (name.contains('/')
            && fs::read_link(format!("/proc/{}/exe", process.pid)).is_ok_and(|file| file.as_os_str() == name))
}

#[cfg(test)]
mod tests {
    use super::super::table::parse;
    use super::*;

    #[test]
    fn names_are_the_kernel_s_or_the_command_line_s() {
        let process = |name: &str, command_line: &[u8]| {
            parse(7, 0, &format!("7 ({name}) S 1 7 7 0 -1 0 0 0 0 0 0 0"), command_line).unwrap()
        };
        let renamed = process("sleep", b"/x/longname\x0077\0");
        assert!(is_called(&renamed, "sleep") && is_called(&renamed, "longname"));
        assert!(!is_called(&renamed, "slee") && !is_called(&renamed, ""));
        let long = process("a-program-with-", b"/bin/a-program-with-a-long-name\0");
        assert!(is_called(&long, "a-program-with-a-long-name"));
        assert!(!is_called(&long, "a-program-with-"));
        assert!(is_called(&process("kthreadd", b""), "kthreadd"));
    }
}
