//! The processes of a container, as `ps -ef` prints them: what `docker top` shows.

use std::fs::{self, read_to_string};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::moment::rfc3339;

/// What is known of a process: the columns of `ps -ef` (procps), then its name.
pub const COLUMNS: usize = 9;

/// A column that `ps` can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Over the column.
    pub title: &'static str,
    /// Place in a row.
    pub place: usize,
}

/// Columns of `ps -ef` (procps).
pub const FULL: [Column; 8] = [
    column("UID", 0),
    column("PID", 1),
    column("PPID", 2),
    column("C", 3),
    column("STIME", 4),
    column("TTY", 5),
    column("TIME", 6),
    column("CMD", 7),
];

/// The column that `ps -o NAME` prints (ps(1), "STANDARD FORMAT SPECIFIERS"), of those known here.
#[must_use]
pub fn named(name: &str) -> Option<Column> {
    Some(match name {
        "user" | "euser" => column("USER", 0),
        "pid" => column("PID", 1),
        "ppid" => column("PPID", 2),
        "c" => column("C", 3),
        "stime" => column("STIME", 4),
        "tty" | "tt" => column("TT", 5),
        "time" => column("TIME", 6),
        "cmd" => column("CMD", 7),
        "args" | "command" => column("COMMAND", 7),
        "comm" | "ucmd" => column("COMMAND", 8),
        _ => return None,
    })
}

const fn column(title: &'static str, place: usize) -> Column {
    Column { title, place }
}

/// Clock ticks of a second in /proc (`USER_HZ`, the same on each Linux this engine runs on).
const TICKS: u64 = 100;
const DAY: u64 = 86_400;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Every process of the pid namespace of `first`, a container's first process; numbers are the lab's.
#[must_use]
pub fn of_container(first: u32) -> Vec<[String; COLUMNS]> {
    let namespace = |process: &Path| fs::read_link(process.join("ns/pid")).ok();
    let Some(own) = namespace(Path::new(&format!("/proc/{first}"))) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(_, path)| namespace(path).as_ref() == Some(&own))
        .collect();
    found.sort_unstable();
    found.into_iter().filter_map(|(pid, path)| row(pid, &path)).collect()
}

fn row(pid: u32, path: &Path) -> Option<[String; COLUMNS]> {
    let stat = read_to_string(path.join("stat")).ok()?;
    let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    // proc(5), /proc/PID/stat: the state, field 3, comes first here.
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok());
    let busy = (number(14)? + number(15)?) / TICKS;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let uptime: f64 = read_to_string("/proc/uptime").ok()?.split(' ').next()?.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seconds since the machine's start"
    )]
    let boot = now.saturating_sub(uptime as u64);
    let started = boot + number(22)? / TICKS;
    let age = now.saturating_sub(started).max(1);
    let status = read_to_string(path.join("status")).unwrap_or_default();
    let uid = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))?
        .split_whitespace()
        .nth(1)?;
    let user = if uid == "0" { "root" } else { uid };
    let words = fs::read(path.join("cmdline")).unwrap_or_default();
    let words: Vec<_> = words.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    let command = words.join(" ").trim_end().to_owned();
    Some([
        user.to_owned(),
        pid.to_string(),
        number(4)?.to_string(),
        (busy * 100 / age).min(99).to_string(),
        start_time(started, now),
        terminal(number(7)?),
        format!("{:02}:{:02}:{:02}", busy / 3600, busy / 60 % 60, busy % 60),
        if command.is_empty() {
            format!("[{name}]")
        } else {
            command
        },
        name.to_owned(),
    ])
}

/// The time of a start in the last 24 hours, else its day; UTC, as all times of this engine.
fn start_time(started: u64, now: u64) -> String {
    if now.saturating_sub(started) < DAY {
        return format!("{:02}:{:02}", started / 3600 % 24, started / 60 % 60);
    }
    let date = rfc3339(i64::try_from(started).unwrap_or_default().saturating_mul(1_000_000_000));
    let month = date
        .get(5..7)
        .and_then(|month| month.parse::<usize>().ok())
        .unwrap_or(1);
    let name = MONTHS.get(month.saturating_sub(1)).unwrap_or(&MONTHS[0]);
    format!("{name}{}", date.get(8..10).unwrap_or_default())
}

/// `tty_nr` of proc(5): major number in bits 8 to 15, minor in the others; 136 to 143 are pseudo-terminals.
fn terminal(number: u64) -> String {
    let (major, minor) = (number >> 8 & 0xff, number & 0xff | number >> 12 & 0xf_ff00);
    match major {
        136..=143 => format!("pts/{}", (major - 136) * 256 + minor),
        _ => "?".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_among_those_of_its_own_namespace() {
        let own = std::process::id();
        let rows = of_container(own);
        let mine = rows.iter().find(|row| row[1] == own.to_string()).unwrap();
        assert!(!mine[8].is_empty(), "{mine:?}");
        assert_eq!(mine[4].len(), 5, "{mine:?}");
        assert!(of_container(u32::MAX).is_empty());
    }

    #[test]
    fn terminals_and_times() {
        assert_eq!(terminal(0), "?");
        assert_eq!(terminal(136 << 8 | 3), "pts/3");
        assert_eq!(start_time(10 * DAY + 3661, 10 * DAY + 9000), "01:01");
        assert_eq!(start_time(9 * DAY, 10 * DAY), "Jan10");
    }
}
