//! `ps`: the processes this container can see.

use std::io::{self, IsTerminal, Write};

use super::super::{Call, getopt, names};
use super::table::{self, Process};

/// Help.
pub const USAGE: &str =
    "[-o COL1,COL2=HEADER]\n\nShow list of processes\n\n\t-o COL1,COL2=HEADER\tSelect columns for display";

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
        &table::processes(),
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
        Column::Time => (duration(process.seconds()), true),
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

    #[test]
    fn the_list_reads_as_in_alpine() {
        let columns = read_columns(USUAL).unwrap();
        let process = table::parse(7, 0, "7 (sleep) S 1 7 7 0 -1 0 0 0 0 0 0 50", b"sleep\x001d\x00").unwrap();
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
