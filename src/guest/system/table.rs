//! The processes this container can see, as /proc describes them (proc(5)).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Clock ticks per second in /proc (`USER_HZ`, the same on every Linux platform).
const TICKS: u64 = 100;

/// A process, or one of its threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub pid: u32,
    pub parent: u32,
    pub session: u32,
    /// Number of the user it belongs to.
    pub owner: u32,
    pub state: char,
    /// Below 0 it is preferred, above 0 it yields.
    pub nice: i64,
    /// Its name, of which the kernel keeps 15 bytes.
    pub name: String,
    /// Its command line, word by word; empty for a thread of the kernel and for one that has ended.
    pub words: Vec<String>,
    /// Its command line as it is shown, with its name where that is another.
    pub arguments: String,
    /// Hundredths of a second that it computed.
    pub ticks: u64,
    /// Kibibytes of its address space.
    pub virtual_size: u64,
    /// The processor it ran on last.
    pub processor: u32,
}

impl Process {
    /// Seconds that it computed.
    pub(super) const fn seconds(&self) -> u64 {
        self.ticks / TICKS
    }

    /// The first word's last part: what a program is called as.
    pub(super) fn program(&self) -> &str {
        let first = self.words.first().map(String::as_str).unwrap_or_default();
        first.rsplit('/').next().unwrap_or_default()
    }
}

/// All of them, by number.
pub(super) fn processes() -> Vec<Process> {
    let mut processes: Vec<Process> = numbers(Path::new("/proc"))
        .into_iter()
        // One that ended between the two looks is not listed.
        .filter_map(|pid| read(pid, &Path::new("/proc").join(pid.to_string())))
        .collect();
    processes.sort_by_key(|process| process.pid);
    processes
}

/// All their threads, by number.
pub(super) fn threads() -> Vec<Process> {
    let mut threads = Vec::new();
    for pid in numbers(Path::new("/proc")) {
        let folder = Path::new("/proc").join(pid.to_string()).join("task");
        for thread in numbers(&folder) {
            threads.extend(read(thread, &folder.join(thread.to_string())));
        }
    }
    threads.sort_by_key(|thread| thread.pid);
    threads
}

fn numbers(folder: &Path) -> Vec<u32> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

fn read(pid: u32, folder: &Path) -> Option<Process> {
    let owner = fs::metadata(folder).ok()?.uid();
    let stat = fs::read(folder.join("stat")).ok()?;
    let command_line = fs::read(folder.join("cmdline")).unwrap_or_default();
    parse(pid, owner, &String::from_utf8_lossy(&stat), &command_line)
}

/// Reads `/proc/PID/stat`; the name in brackets may hold anything, brackets too.
pub(super) fn parse(pid: u32, owner: u32, stat: &str, command_line: &[u8]) -> Option<Process> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let short = |at: usize| number(at).and_then(|value| u32::try_from(value).ok());
    let words: Vec<String> = command_line
        .strip_suffix(b"\0")
        .unwrap_or(command_line)
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .filter(|_| !command_line.is_empty())
        .collect();
    let mut process = Process {
        pid,
        parent: short(1)?,
        session: short(3).unwrap_or(0),
        owner,
        state: fields.first()?.chars().next()?,
        nice: fields.get(16).and_then(|field| field.parse().ok()).unwrap_or(0),
        name: name.to_owned(),
        words,
        arguments: String::new(),
        ticks: number(11)?.saturating_add(number(12)?),
        virtual_size: number(20).unwrap_or(0) / 1024,
        processor: short(36).unwrap_or(0),
    };
    process.arguments = shown(&process);
    Some(process)
}

fn shown(process: &Process) -> String {
    let name = &process.name;
    let joined = process.words.join(" ").trim_end().replace(char::is_control, " ");
    if joined.is_empty() {
        format!("[{name}]")
    } else if process.program().trim_start_matches('-').starts_with(name.as_str()) {
        joined
    } else {
        // A script, or a program that renamed itself: busybox tells both names.
        format!("{{{name}}} {joined}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read() {
        let stat = "7 (a) b) S 1 7 6 0 -1 4194304 100 0 0 0 750 50 0 0 20 -5 1 0 100 4096000 10 \
                    0 0 0 0 0 0 0 0 0 0 0 0 0 17 3 0";
        let process = parse(7, 0, stat, b"/bin/sleep\x001d\x00").unwrap();
        assert_eq!(
            (process.pid, process.parent, process.session, process.state),
            (7, 1, 6, 'S')
        );
        assert_eq!(
            (process.nice, process.seconds(), process.virtual_size, process.processor),
            (-5, 8, 4000, 3)
        );
        assert_eq!(process.name, "a) b");
        assert_eq!(process.arguments, "{a) b} /bin/sleep 1d");
        assert_eq!(process.program(), "sleep");
        let thread = parse(2, 0, "2 (kthreadd) S 0 0 0 0 -1 1 0 0 0 0 0 0 0", b"").unwrap();
        assert_eq!(thread.arguments, "[kthreadd]");
        assert!(thread.words.is_empty());
        for bad in ["nonsense", "2 (x", "2 (x)", "2 (x) S", ")("] {
            assert_eq!(parse(2, 0, bad, b""), None, "{bad}");
        }
    }

    #[test]
    fn one_s_own_process_is_among_them() {
        let own = std::process::id();
        assert!(processes().iter().any(|process| process.pid == own));
        assert!(threads().iter().any(|thread| thread.pid == own));
    }
}
