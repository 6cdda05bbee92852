//! How long an end takes that nobody could tidy up after.

use std::time::{Duration, Instant};

use crate::lab::Lab;

const ROUNDS: usize = 10;

/// From SIGKILL of a lab's front to the end of the last process of its run.
pub fn all() -> Vec<Duration> {
    (0..ROUNDS)
        .map(|_| {
            let (mut lab, _) = Lab::start();
            let family = family(lab.0.id());
            let began = Instant::now();
            lab.0.kill().expect("the front is killed");
            let _ = lab.0.wait();
            while family
                .iter()
                .any(|(pid, started)| self::started(*pid) == Some(*started))
            {
                std::thread::sleep(Duration::from_micros(200));
            }
            began.elapsed()
        })
        .collect()
}

/// When a process was started, in ticks since boot (proc(5), `stat`, field 22): with its id, it is that process and no other.
/// One that has ended and waits for its parent is no process any more.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    if fields.starts_with('Z') {
        return None;
    }
    fields.split(' ').nth(19)?.parse().ok()
}

/// A process and all its descendants.
pub fn family(root: u32) -> Vec<(u32, u64)> {
    let parent = |pid: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<(u32, u32)> = entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            Some((pid, parent(pid)?))
        })
        .collect();
    let mut found = vec![root];
    let mut at = 0;
    while let Some(next) = found.get(at).copied() {
        found.extend(all.iter().filter(|(_, parent)| *parent == next).map(|(pid, _)| *pid));
        at += 1;
    }
    found.into_iter().filter_map(|pid| Some((pid, started(pid)?))).collect()
}
