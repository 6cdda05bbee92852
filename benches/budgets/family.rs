//! A process and what descends from it.

/// When a process was started, in ticks since boot (proc(5), `stat`, field 22): with its id, it is that process and no other.
/// One that has ended and waits for its parent is no process any more.
pub fn started(pid: u32) -> Option<u64> {
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
