//! `arch`, `nproc`, `tty`, `logname`, `usleep`, `sync`, `clear` and `dmesg`.
#![allow(
    unsafe_code,
    reason = "the kernel's log is read by a system call that has no safe wrapper"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;

use super::super::text::stream::cannot_open;
use super::super::{Call, getopt, number};

/// Help of `arch`.
pub const ARCH_USAGE: &str = "\n\nPrint system architecture";
/// Help of `nproc`.
pub const NPROC_USAGE: &str = "[--all] [--ignore=N]\n\nPrint number of available CPUs\n\n\t--all\t\tNumber of installed CPUs\n\t--ignore=N\tExclude N CPUs";
/// Help of `tty`.
pub const TTY_USAGE: &str =
    "[-s]\n\nPrint file name of stdin's terminal\n\n\t-s\tPrint nothing, only return exit status";
/// Help of `logname`.
pub const LOGNAME_USAGE: &str = "\n\nPrint the name of the current user";
/// Help of `usleep`.
pub const USLEEP_USAGE: &str = "N\n\nPause for N microseconds";
/// Help of `sync`.
pub const SYNC_USAGE: &str = "[-df] [FILE]...\n\nWrite all buffered blocks (in FILEs) to disk\n\n\t-d\tAvoid syncing metadata\n\t-f\tSync filesystems underlying FILEs";
/// Help of `clear`.
pub const CLEAR_USAGE: &str = "\n\nClear screen";
/// Help of `dmesg`.
pub const DMESG_USAGE: &str = "[-cr] [-n LEVEL] [-s SIZE]\n\nPrint or control the kernel ring buffer\n\n\t-c\t\tClear ring buffer after printing\n\t-n LEVEL\tSet console logging level\n\t-s SIZE\t\tBuffer size\n\t-r\t\tPrint raw message buffer";

/// Entry of `arch`.
pub(crate) fn arch_main(call: &Call) -> i32 {
    match nix::sys::utsname::uname() {
        Ok(names) => {
            println!("{}", names.machine().display());
            0
        }
        Err(error) => {
            call.complain_of("uname", &error.into());
            1
        }
    }
}

/// Entry of `nproc`.
pub(crate) fn nproc_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "", &[("all", 'a'), ("ignore", 'i')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let ignored = match options.value('i').map_or(Ok(0), |text| number::plain(text)) {
        Ok(ignored) => ignored,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let installed = options.has('a').then(installed).filter(|count| *count > 0);
    let count = installed.unwrap_or_else(available);
    println!("{}", count.saturating_sub(ignored).max(1));
    0
}

fn installed() -> u64 {
    let entries = fs::read_dir("/sys/devices/system/cpu").into_iter().flatten().flatten();
    let numbered = entries.filter(|entry| {
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix("cpu"));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    });
    numbered.count() as u64
}

fn available() -> u64 {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else {
        return 1;
    };
    (0..CpuSet::count())
        .filter(|cpu| set.is_set(*cpu).unwrap_or(false))
        .count() as u64
}

/// Entry of `tty`. Its status for a wrong option is its own (POSIX.1-2017, tty).
pub(crate) fn tty_main(call: &Call) -> i32 {
    let Ok(options) = getopt::parse(call, "s", &[]) else {
        return 2;
    };
    if !options.operands.is_empty() {
        call.complain("ignoring all arguments");
    }
    let name = Some(io::stdin())
        .filter(IsTerminal::is_terminal)
        .and_then(|input| nix::unistd::ttyname(input).ok());
    if !options.has('s') {
        match &name {
            Some(name) => println!("{}", name.display()),
            None => println!("not a tty"),
        }
    }
    i32::from(name.is_none())
}

/// Entry of `logname`. Nobody logs in to a container, so only the environment can know.
pub(crate) fn logname_main(call: &Call) -> i32 {
    if !call.args.is_empty() {
        return call.usage();
    }
    if let Some(name) = std::env::var_os("LOGNAME") {
        println!("{}", name.display());
        return 0;
    }
    call.complain_of("getlogin", &io::Error::from_raw_os_error(libc::ENXIO));
    1
}

/// Entry of `usleep`.
pub(crate) fn usleep_main(call: &Call) -> i32 {
    let Some(text) = call.args.first() else {
        return call.usage();
    };
    match number::plain(text) {
        Ok(microseconds) => {
            std::thread::sleep(Duration::from_micros(microseconds));
            0
        }
        Err(reproach) => {
            call.complain(reproach);
            1
        }
    }
}

/// Entry of `sync`.
pub(crate) fn sync_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "df", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        nix::unistd::sync();
        return 0;
    }
    let mut status = 0;
    for name in &options.operands {
        // As in busybox: a pipe without a writer must not hold it up.
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(Path::new(name));
        let file: File = match opened {
            Ok(file) => file,
            Err(error) => {
                cannot_open(call, name, &error);
                status = 1;
                continue;
            }
        };
        let synced = if options.has('f') {
            nix::unistd::syncfs(&file).map_err(io::Error::from)
        } else if options.has('d') {
            file.sync_data()
        } else {
            file.sync_all()
        };
        if let Err(error) = synced {
            call.complain_of(name.display(), &error);
            status = 1;
        }
    }
    status
}

/// Entry of `clear`.
pub(crate) fn clear_main(_: &Call) -> i32 {
    i32::from(io::stdout().write_all(b"\x1b[H\x1b[J").is_err())
}

/// What `syslog(2)` is asked for.
#[derive(Debug, Clone, Copy)]
enum Ask {
    ReadAll = 3,
    ReadAndClear = 4,
    ConsoleLevel = 8,
    Size = 10,
}

/// Entry of `dmesg`.
pub(crate) fn dmesg_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "cs:n:r", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let value = |letter| options.value(letter).map(|text| number::plain(text)).transpose();
    let numbers = value('n').and_then(|level| Ok((level, value('s')?)));
    let (level, size) = match numbers {
        Ok(numbers) => numbers,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let answered = match level {
        Some(level) => {
            kernel_log(Ask::ConsoleLevel, &mut [], i32::try_from(level).unwrap_or(i32::MAX)).map(|_| Vec::new())
        }
        None => read_log(options.has('c'), size),
    };
    match answered {
        Ok(text) => {
            let text = String::from_utf8_lossy(&text);
            for line in text.lines() {
                let bare = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
                println!("{}", bare.filter(|_| !options.has('r')).map_or(line, |(_, rest)| rest));
            }
            0
        }
        Err(error) => {
            call.complain_of("klogctl", &error);
            1
        }
    }
}

fn read_log(clear: bool, size: Option<u64>) -> io::Result<Vec<u8>> {
    const LEAST: usize = 16 * 1024;
    const MOST: usize = 16 * 1024 * 1024;
    let size = match size {
        Some(size) => usize::try_from(size).unwrap_or(MOST),
        None => kernel_log(Ask::Size, &mut [], 0)?,
    };
    let mut buffer = vec![0; size.clamp(LEAST, MOST)];
    let length = i32::try_from(buffer.len()).unwrap_or(i32::MAX);
    let read = kernel_log(
        if clear { Ask::ReadAndClear } else { Ask::ReadAll },
        &mut buffer,
        length,
    )?;
    buffer.truncate(read);
    Ok(buffer)
}

/// `syslog(2)`; `number` is the buffer's length or a level.
fn kernel_log(ask: Ask, buffer: &mut [u8], number: i32) -> io::Result<usize> {
    // SAFETY: where the kernel writes, `number` is the length of `buffer`; the other requests touch no memory.
    let answer = unsafe { libc::klogctl(ask as i32, buffer.as_mut_ptr().cast(), number) };
    usize::try_from(answer).map_err(|_| io::Error::last_os_error())
}
