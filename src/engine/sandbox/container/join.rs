//! Another container's network namespace, and its files about names: the very files, so that what changes in one changes in
//! both.

use std::fs::File;
use std::os::fd::OwnedFd;

use nix::sched::{CloneFlags, setns};
use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, MoveMountFlags, OpenTreeFlags, mount_change, move_mount, open_tree};

use super::failure::{Doing, Outcome};

/// Where the shared files are put for a moment, below [`SHARED`], and what they are in each container.
pub(super) const FILES: [(&str, &str); 3] = [
    ("hosts", "/etc/hosts"),
    ("hostname", "/etc/hostname"),
    ("resolv.conf", "/etc/resolv.conf"),
];
/// The folder with three empty files over which they are mounted, in a container's own mount namespace.
pub const SHARED: &str = "/run/cnm/shared";

/// Namespaces of a running container.
#[derive(Debug)]
pub struct Joins {
    /// Its network.
    pub network: OwnedFd,
    /// Its mounts.
    pub mounts: OwnedFd,
}

impl Joins {
    /// Makes the folder of [`SHARED`]; once in a lab is enough.
    ///
    /// # Errors
    /// The file system's.
    pub fn prepare() -> std::io::Result<()> {
        std::fs::create_dir_all(SHARED)?;
        FILES
            .iter()
            .try_for_each(|(name, _)| File::create(format!("{SHARED}/{name}")).map(drop))
    }

    /// Mounts the other's files below [`SHARED`], in this process's own mount namespace, and moves into its network.
    pub(super) fn enter(self) -> Outcome {
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).doing("make mounts private")?;
        let own = File::open("/proc/self/ns/mnt").doing("keep the mount namespace")?;
        setns(self.mounts, CloneFlags::CLONE_NEWNS)
            .map_err(known)
            .doing("look into the other container")?;
        let trees = FILES.map(|(_, path)| {
            let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
            open_tree(CWD, path, flags).doing(format_args!("share {path} of the other container"))
        });
        setns(own, CloneFlags::CLONE_NEWNS)
            .map_err(known)
            .doing("come back from the other container")?;
        for ((name, path), tree) in FILES.into_iter().zip(trees) {
            let target = format!("{SHARED}/{name}");
            move_mount(tree?, "", CWD, target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
                .doing(format_args!("share {path} of the other container"))?;
        }
        setns(self.network, CloneFlags::CLONE_NEWNET)
            .map_err(known)
            .doing("join the network of the other container")
    }
}

fn known(errno: nix::errno::Errno) -> Errno {
    Errno::from_raw_os_error(errno as i32)
}
