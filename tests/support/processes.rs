//! The processes of a run, as the kernel tells them from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal};

use super::{eventually, text};

/// A process that was seen, by pid and start time (a pid alone may come back).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    pub pid: i32,
    pub parent: i32,
    pub started: u64,
    pub name: String,
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        let stat = text(format!("/proc/{pid}/stat"));
        let (head, tail) = stat.rsplit_once(')')?;
        let name = head.split_once('(')?.1.to_owned();
        let fields: Vec<&str> = tail.split_whitespace().collect();
        // proc_pid_stat(5): state is field 3, ppid 4, starttime 22.
        if fields.first() == Some(&"Z") {
            return None;
        }
        Some(Self {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
            name,
        })
    }

    /// Still there, and the same one.
    pub fn alive(&self) -> bool {
        Self::read(self.pid).is_some_and(|p| p.started == self.started)
    }

    /// SIGKILL to this very process, never to a later one of the same pid.
    pub fn kill(&self) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else {
            return false;
        };
        let Ok(fd): Result<OwnedFd, _> = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else {
            return false;
        };
        self.alive() && rustix::process::pidfd_send_signal(&fd, Signal::KILL).is_ok()
    }

    /// Its own part of `/proc`.
    pub fn path(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.pid))
    }

    pub fn namespace(&self, kind: &str) -> Option<String> {
        std::fs::read_link(format!("/proc/{}/ns/{kind}", self.pid))
            .ok()
            .map(|p| p.to_string_lossy().into_owned())
    }
}

/// Every process the kernel shows, zombies left out.
pub fn all() -> BTreeMap<i32, Process> {
    let entries = std::fs::read_dir("/proc").expect("/proc can be read");
    entries
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, Process::read(pid)?)))
        .collect()
}

/// The process whose command line is exactly these words, once it is there: one that has just executed its program, as a
/// container that was started has, may not show them yet (`execve` closes descriptors before it makes the new program's
/// stack, where they are).
pub fn with_words(words: &[&str]) -> Process {
    let mut found = None;
    eventually(Duration::from_secs(20), || {
        found = find_words(words);
        found.is_some()
    });
    found.unwrap_or_else(|| panic!("no process {words:?}"))
}

/// The same, where there is one now.
fn find_words(words: &[&str]) -> Option<Process> {
    let wanted: Vec<u8> = words
        .iter()
        .flat_map(|word| [word.as_bytes(), b"\0"].concat())
        .collect();
    let said = |process: &Process| std::fs::read(process.path("cmdline")).is_ok_and(|line| line == wanted);
    all().into_values().find(said)
}

/// A process and all below it; itself first.
pub fn family(root: i32) -> Vec<Process> {
    let all = all();
    let mut found: BTreeSet<i32> = [root].into();
    loop {
        let more: Vec<i32> = all
            .values()
            .filter(|p| found.contains(&p.parent) && !found.contains(&p.pid))
            .map(|p| p.pid)
            .collect();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    let below = found.iter().filter(|pid| **pid != root);
    std::iter::once(&root)
        .chain(below)
        .filter_map(|pid| all.get(pid).cloned())
        .collect()
}

/// Every process in one of these user namespaces.
pub fn in_user_namespaces(namespaces: &BTreeSet<String>) -> Vec<Process> {
    all()
        .into_values()
        .filter(|p| p.namespace("user").is_some_and(|n| namespaces.contains(&n)))
        .collect()
}
