//! What a private Docker Engine leaves in the machine's cgroups.

use std::fs;
use std::path::{Path, PathBuf};

/// What runc makes below every hierarchy for one engine, empty once its processes are gone.
pub struct Cgroup(pub String);

impl Drop for Cgroup {
    fn drop(&mut self) {
        let hierarchies = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten();
        let unified = PathBuf::from("/sys/fs/cgroup");
        for hierarchy in hierarchies.map(|entry| entry.path()).chain([unified]) {
            remove_folders(&hierarchy.join(&self.0));
        }
    }
}

/// Removes a tree of folders; cgroups have files that cannot and need not be removed.
fn remove_folders(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_folders(&entry.path());
        }
    }
    // The kernel may take a moment to count the last process out.
    for _ in 0..200 {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::ResourceBusy => {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            _ => break,
        }
    }
}
