//! Nothing of a run remains: what is looked at before, and compared after.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::processes::{self, Process};
use super::{Home, text};

/// The machine as it was before a run, and what the run was seen to be made of.
pub struct Watch {
    mounts: BTreeSet<String>,
    links: BTreeSet<String>,
    sockets: BTreeSet<String>,
    temporary: BTreeSet<PathBuf>,
    own_namespace: Option<String>,
    processes: Vec<Process>,
    namespaces: BTreeSet<String>,
}

fn mounts() -> BTreeSet<String> {
    text("/proc/self/mountinfo").lines().map(str::to_owned).collect()
}

fn links() -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir("/sys/class/net") else {
        return BTreeSet::new();
    };
    // Docker's own group may run beside this test: its devices are not ours to judge.
    entries
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|n| !n.starts_with("docker"))
        .collect()
}

/// Unix sockets with a name that could be ours, and TCP and UDP listeners.
fn sockets(home: &Home) -> BTreeSet<String> {
    let home = home.path("").to_string_lossy().into_owned();
    let unix = text("/proc/net/unix");
    let names = unix.lines().filter_map(|l| l.split_whitespace().nth(7));
    let mut found: BTreeSet<String> = names
        .filter(|n| n.contains(&home) || n.contains("cnm"))
        .map(str::to_owned)
        .collect();
    for family in ["tcp", "tcp6"] {
        let table = text(format!("/proc/net/{family}"));
        for fields in table.lines().skip(1).map(|l| l.split_whitespace().collect::<Vec<_>>()) {
            // proc_net_tcp: local address is field 1, state 3; 0A is TCP_LISTEN (net/tcp_states.h).
            if let (Some(address), Some(&"0A")) = (fields.get(1), fields.get(3)) {
                found.insert(format!("{family} {address}"));
            }
        }
    }
    found
}

fn below(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            below(&path, found);
        }
        found.insert(path);
    }
}

fn temporary(home: &Home) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for name in ["run", "tmp"] {
        below(&home.path(name), &mut found);
    }
    for folder in ["/tmp", "/var/tmp", "/dev/shm", "/run"] {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        found.extend(entries.flatten().map(|e| e.path()).filter(|p| {
            let name = p.file_name().unwrap_or_default().to_string_lossy();
            // CI's own working folder is not a run's.
            name.contains("cnm") && !name.starts_with("cnm-ci.")
        }));
    }
    found
}

impl Watch {
    pub fn new(home: &Home) -> Self {
        Self {
            mounts: mounts(),
            links: links(),
            sockets: sockets(home),
            temporary: temporary(home),
            own_namespace: processes::all()
                .get(&(std::process::id().cast_signed()))
                .and_then(|p| p.namespace("user")),
            processes: Vec::new(),
            namespaces: BTreeSet::new(),
        }
    }

    /// Remembers the processes below `root` as they are now; returns them.
    pub fn note(&mut self, root: u32) -> Vec<Process> {
        let family = processes::family(root.cast_signed());
        for process in &family {
            if let Some(namespace) = process.namespace("user")
                && self.own_namespace.as_ref() != Some(&namespace)
            {
                self.namespaces.insert(namespace);
            }
            if !self.processes.contains(process) {
                self.processes.push(process.clone());
            }
        }
        family
    }

    /// What remains of the run, one line each; `kept` are paths that may.
    pub fn residue(&self, home: &Home, kept: &[PathBuf]) -> Vec<String> {
        let mut left = Vec::new();
        left.extend(
            self.processes
                .iter()
                .filter(|p| p.alive())
                .map(|p| format!("process {} {}", p.pid, p.name)),
        );
        left.extend(
            processes::in_user_namespaces(&self.namespaces)
                .iter()
                .map(|p| format!("process in the lab's namespace {} {}", p.pid, p.name)),
        );
        left.extend(mounts().difference(&self.mounts).map(|m| format!("mount {m}")));
        left.extend(links().difference(&self.links).map(|l| format!("link {l}")));
        left.extend(sockets(home).difference(&self.sockets).map(|s| format!("socket {s}")));
        left.extend(
            temporary(home)
                .difference(&self.temporary)
                .filter(|p| !kept.contains(p))
                .map(|p| format!("file {}", p.display())),
        );
        left
    }
}
