//! `ps`: the processes this container can see.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::super::{Call, getopt, names};

/// Help.
pub const USAGE: &str =
    "[-o COL1,COL2=HEADER]\n\nShow list of processes\n\n\t-o COL1,COL2=HEADER\tSelect columns for display";

/// Clock ticks per second in /proc (`USER_HZ`, the same on every Linux platform).
const TICKS: u64 = 100;

/// What can be shown of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Pid,
    ParentPid,
    User,
    Time,
    Command,
    Arguments,
    State,
}

/// Name, heading, width (0: to the end of the line) and column.
const COLUMNS: &[(&str, &str, usize, Column)] = &[
    ("pid", "PID", 5, Column::Pid),
    ("ppid", "PPID", 5, Column::ParentPid),
    ("user", "USER", 8, Column::User),
    ("time", "TIME", 5, Column::Time),
    ("comm", "COMMAND", 16, Column::Command),
    ("args", "COMMAND", 0, Column::Arguments),
    ("stat", "STAT", 4, Column::State),
];
/// Columns where none are asked for.
const USUAL: &str = "pid,user,time,args";

/// A process as /proc describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    pid: u32,
    parent: u32,
    owner: u32,
    state: char,
    name: String,
    arguments: String,
    seconds: u64,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    // What other systems' `ps` want (`-e`, `-f`, `aux`) asks for what is shown anyway.
    let options = match getopt::parse(call, "o:efaTlw", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let asked: Vec<String> = options
        .in_order()
        .filter(|(letter, _)| *letter == 'o')
        .map(|(_, value)| value.to_string_lossy().into_owned())
        .collect();
    let asked = if asked.is_empty() {
        USUAL.to_owned()
    } else {
        asked.join(",")
    };
    let columns = match read_columns(&asked) {
        Ok(columns) => columns,
        Err(name) => {
            call.complain(format_args!(
                "bad -o argument '{name}', supported arguments: pid,ppid,user,time,comm,args,stat"
            ));
            return 1;
        }
    };
    let width = if io::stdout().is_terminal() {
        rustix::termios::tcgetwinsize(io::stdout()).map_or(80, |size| usize::from(size.ws_col))
    } else {
        usize::MAX
    };
    let text = listing(
        &columns,
        &processes(),
        &|owner| names::of_users().get(&owner).cloned(),
        width,
    );
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

type Chosen = (String, usize, Column);

fn read_columns(text: &str) -> Result<Vec<Chosen>, String> {
    text.split(',')
        .map(|word| {
            let (name, heading) = word
                .split_once('=')
                .map_or((word, None), |(name, heading)| (name, Some(heading)));
            let (_, usual, width, column) = COLUMNS
                .iter()
                .find(|(known, ..)| *known == name)
                .ok_or_else(|| name.to_owned())?;
            Ok((heading.unwrap_or(usual).to_owned(), *width, *column))
        })
        .collect()
}

fn processes() -> Vec<Process> {
    let mut processes: Vec<Process> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        // One that ended between the two looks is not listed.
        .filter_map(read_process)
        .collect();
    processes.sort_by_key(|process| process.pid);
    processes
}

fn read_process(pid: u32) -> Option<Process> {
    let directory = Path::new("/proc").join(pid.to_string());
    let owner = fs::metadata(&directory).ok()?.uid();
    let stat = fs::read_to_string(directory.join("stat")).ok()?;
    let command_line = fs::read(directory.join("cmdline")).unwrap_or_default();
    parse(pid, owner, &stat, &command_line)
}

/// Reads `/proc/PID/stat` (proc(5)); the name in brackets may hold anything, brackets too.
fn parse(pid: u32, owner: u32, stat: &str, command_line: &[u8]) -> Option<Process> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let words: Vec<String> = command_line
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    let joined = words.join(" ").trim_end().replace(char::is_control, " ");
    let program = words.first().map(String::as_str).unwrap_or_default();
    let base = program.rsplit('/').next().unwrap_or_default().trim_start_matches('-');
    let arguments = if joined.is_empty() {
        format!("[{name}]")
    } else if base.starts_with(name) {
        joined
    } else {
        // A script, or a program that renamed itself: busybox tells both names.
        format!("{{{name}}} {joined}")
    };
    Some(Process {
        pid,
        parent: number(1).and_then(|parent| u32::try_from(parent).ok())?,
        owner,
        state: fields.first()?.chars().next()?,
        name: name.to_owned(),
        arguments,
        seconds: (number(11)? + number(12)?) / TICKS,
    })
}

fn listing(columns: &[Chosen], processes: &[Process], user: &dyn Fn(u32) -> Option<String>, width: usize) -> String {
    let mut lines = vec![line(
        columns
            .iter()
            .map(|(heading, width, _)| (heading.clone(), *width, false)),
    )];
    for process in processes {
        lines.push(line(columns.iter().map(|(_, width, column)| {
            let (text, right) = cell(process, *column, user);
            (text, *width, right)
        })));
    }
    let cut = |line: &String| line.chars().take(width).collect::<String>() + "\n";
    lines.iter().map(cut).collect()
}

fn line(cells: impl Iterator<Item = (String, usize, bool)>) -> String {
    let padded: Vec<String> = cells
        .map(|(text, width, right)| {
            if right {
                format!("{text:>width$}")
            } else {
                format!("{text:<width$}")
            }
        })
        .collect();
    padded.join(" ").trim_end().to_owned()
}

/// A cell's text, and whether it stands at the column's right end.
fn cell(process: &Process, column: Column, user: &dyn Fn(u32) -> Option<String>) -> (String, bool) {
    match column {
        Column::Pid => (process.pid.to_string(), true),
        Column::ParentPid => (process.parent.to_string(), true),
        Column::User => {
            let name = user(process.owner).unwrap_or_else(|| process.owner.to_string());
            (name.chars().take(8).collect(), false)
        }
        Column::Time => (duration(process.seconds), true),
        Column::Command => (process.name.clone(), false),
        Column::Arguments => (process.arguments.clone(), false),
        Column::State => (process.state.to_string(), false),
    }
}

/// `0:07`, `12:34`, `5h07`, `3d04`: five columns at most.
fn duration(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    if minutes < 100 {
        format!("{minutes}:{:02}", seconds % 60)
    } else if hours < 100 {
        format!("{hours}h{:02}", minutes % 60)
    } else {
        format!("{}d{:02}", hours / 24, hours % 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Process {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 750 50 0 0 20 0 1 0 100 1000 10";
        parse(7, 0, stat, b"sleep\x001d\x00").unwrap()
    }

    #[test]
    fn proc_is_read() {
        let process = sleeper();
        assert_eq!(
            (process.pid, process.parent, process.state, process.seconds),
            (7, 1, 'S', 8)
        );
        assert_eq!(process.name, "a) b");
        assert_eq!(process.arguments, "{a) b} sleep 1d");
        let thread = parse(2, 0, "2 (kthreadd) S 0 0 0 0 -1 1 0 0 0 0 0 0 0", b"").unwrap();
        assert_eq!(thread.arguments, "[kthreadd]");
        assert_eq!(parse(2, 0, "nonsense", b""), None);
    }

    #[test]
    fn the_list_reads_as_in_alpine() {
        let columns = read_columns(USUAL).unwrap();
        let process = Process {
            name: "sleep".into(),
            arguments: "sleep 1d".into(),
            seconds: 0,
            ..sleeper()
        };
        let user = |owner: u32| (owner == 0).then(|| "root".to_owned());
        assert_eq!(
            listing(&columns, &[process], &user, 80),
            "PID   USER     TIME  COMMAND\n    7 root      0:00 sleep 1d\n"
        );
        assert_eq!(read_columns("pid,nope").unwrap_err(), "nope");
        assert_eq!(
            listing(&read_columns("pid=P,comm").unwrap(), &[], &user, 80),
            "P     COMMAND\n"
        );
    }
}
