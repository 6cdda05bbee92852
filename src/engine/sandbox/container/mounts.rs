//! A container's mounts, from the zygote's tree to `pivot_root`.
//!
//! The image's lower layer stays where the store has it; everything a container writes goes to a tmpfs of its own, which
//! lives and dies with its mount namespace. Nothing is copied and nothing of the machine's files is bound, but for the six
//! device nodes that a user namespace may not make.
//!
//! What an imported image has at a path is anybody's: a link in it could lead out as long as the lab's tree can be reached. So
//! /proc, /sys and /dev are mounted on ordinary folders only, and the files below /etc once the old root is gone.

use std::ffi::CString;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::Path;

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount, mount_bind, mount_change,
    mount_remount, move_mount, open_tree, unmount,
};
use rustix::process::pivot_root;

use super::failure::{Doing, Failure, Outcome};
use super::{Kit, join, network};
use crate::engine::plan::{SandboxNetwork, SandboxSpec};
use crate::engine::sandbox::hostroot::API_SOCKET;

/// Flags of every mount that holds no programs.
const INERT: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC);

/// Device nodes that Docker makes with mknod; here they are bound, for mknod wants the machine's own user namespace.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Links in /dev (moby's runtime specification and runc, `setupDevSymlinks`).
const DEV_LINKS: [(&str, &str); 6] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("core", "/proc/kcore"),
    ("ptmx", "pts/ptmx"),
];

/// Hidden: a file by /dev/null, a folder by an empty one (moby, `oci/defaults.go`, `MaskedPaths`).
const MASKED: [&str; 12] = [
    "proc/acpi",
    "proc/asound",
    "proc/interrupts",
    "proc/kcore",
    "proc/keys",
    "proc/latency_stats",
    "proc/sched_debug",
    "proc/scsi",
    "proc/timer_list",
    "proc/timer_stats",
    "sys/devices/virtual/powercap",
    "sys/firmware",
];

/// Not to be written (moby, `oci/defaults.go`, `ReadonlyPaths`).
const READ_ONLY: [&str; 5] = ["proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"];

/// Makes the container's tree in this process's own mount namespace and moves into it: afterwards `/` is the container's
/// and nothing else can be reached.
pub(super) fn enter(spec: &SandboxSpec, kit: &Kit) -> Outcome {
    let lower = kit
        .images
        .lower(&spec.image)
        .ok_or(Errno::NOENT)
        .doing(format_args!("find the image {}", spec.image))?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).doing("make mounts private")?;
    make_root(&kit.images.stage(), &lower, kit.limits.writable)?;
    let mut files = own_files(spec)?;
    files.extend(others_files(spec)?);
    std::env::set_current_dir("root").doing("enter the root file system")?;
    mount_kernel_file_systems(spec.network == SandboxNetwork::Own)?;
    mount_devices()?;
    for path in MASKED {
        mask(path)?;
    }
    for path in READ_ONLY {
        forbid_writing(path)?;
    }
    leave_old_root()?;
    files.iter().try_for_each(|(path, file)| attach(path, file))
}

/// The same for a console: the lab host's processes and network, and its API socket. Its `/proc/sys` may be written; only what
/// belongs to the lab's own network can be.
pub(super) fn enter_console(kit: &Kit) -> Outcome {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).doing("make mounts private")?;
    make_root(&kit.images.stage(), &kit.images.console(), kit.limits.writable)?;
    let socket = format!("root{API_SOCKET}");
    fs::create_dir_all("root/run").doing("make /run")?;
    File::create(&socket).doing(format_args!("make {API_SOCKET}"))?;
    mount_bind(API_SOCKET, &socket).doing(format_args!("bind {API_SOCKET}"))?;
    std::env::set_current_dir("root").doing("enter the root file system")?;
    mount_on("proc")?;
    mount("proc", "proc", "proc", INERT, None).doing("mount /proc")?;
    mount_sys()?;
    mount_devices()?;
    for path in MASKED {
        mask(path)?;
    }
    leave_old_root()
}

/// A tmpfs on `stage`, in it the layer that is written and, on `root`, the overlay of it over `lower`. Leaves this process in
/// `stage`.
fn make_root(stage: &Path, lower: &Path, writable: u64) -> Outcome {
    let size = format!("mode=755,size={writable}");
    mount(
        "tmpfs",
        stage,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        options(size)?.as_c_str(),
    )
    .doing("mount the writable layer")?;
    std::env::set_current_dir(stage).doing("enter the writable layer")?;
    for folder in ["upper", "work", "root", "files"] {
        make_folder(folder)?;
    }
    // `userxattr`: the marks of a deleted folder must be attributes that a user namespace may write (Linux 5.11).
    let layers = format!("lowerdir={},upperdir=upper,workdir=work,userxattr", lower.display());
    mount(
        "overlay",
        "root",
        "overlay",
        MountFlags::empty(),
        options(layers)?.as_c_str(),
    )
    .doing("mount the root file system (overlay)")
}

/// A mount that is nowhere yet, and where it goes.
type Loose<'a> = (&'a str, OwnedFd);

/// The files the engine writes for each container.
fn own_files(spec: &SandboxSpec) -> Outcome<Vec<Loose<'_>>> {
    let files = spec.files.iter().enumerate().map(|(number, (path, content))| {
        let file = format!("files/{number}");
        fs::write(&file, content).doing(format_args!("write {path}"))?;
        loose(&file, path)
    });
    files.collect()
}

/// Files about names where the network is not the container's own: the other container's own files, or copies of the lab
/// host's.
fn others_files(spec: &SandboxSpec) -> Outcome<Vec<Loose<'_>>> {
    let mut files = Vec::new();
    for (name, path) in join::FILES {
        let source = match &spec.network {
            SandboxNetwork::Container(_) => format!("{}/{name}", join::SHARED),
            SandboxNetwork::Host if !spec.files.contains_key(path) => {
                let copy = format!("files/{name}");
                // A machine without that file has an empty one to copy.
                fs::write(&copy, fs::read(path).unwrap_or_default()).doing(format_args!("share {path}"))?;
                copy
            }
            SandboxNetwork::Host | SandboxNetwork::Own => continue,
        };
        files.push(loose(&source, path)?);
    }
    Ok(files)
}

fn loose<'a>(file: &str, path: &'a str) -> Outcome<Loose<'a>> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    let tree = open_tree(CWD, file, flags).doing(format_args!("share {path}"))?;
    Ok((path, tree))
}

/// Mounts a file over the image's, as under Docker: the container may write it, and cannot remove it. Where the image has a
/// link, the link itself is covered.
fn attach(path: &str, file: &OwnedFd) -> Outcome {
    let doing = || format!("make {path}");
    let target = Path::new(path);
    if fs::symlink_metadata(target).is_err() {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).doing(doing())?;
        }
        File::create_new(target).doing(doing())?;
    }
    move_mount(file, "", CWD, target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH).doing(doing())
}

/// A folder of the root file system to mount on, made where the image has none. Anything else is refused, a link above all, as
/// runc does.
fn mount_on(path: &str) -> Outcome {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(Errno::NOTDIR).doing(format_args!("mount /{path} on what is no ordinary folder")),
        Err(_) => make_folder(path),
    }
}

fn mount_kernel_file_systems(has_own_network: bool) -> Outcome {
    mount_on("proc")?;
    mount("proc", "proc", "proc", INERT, None).doing("mount /proc")?;
    if has_own_network {
        network::write_sysctls("proc")?;
    }
    mount_sys()
}

fn mount_sys() -> Outcome {
    mount_on("sys")?;
    let read_only = INERT | MountFlags::RDONLY;
    match mount("sysfs", "sys", "sysfs", read_only, None) {
        // The kernel gives no new sysfs where the machine hides a part of its own; without one nothing of a lesson is lost,
        // and the machine's would show the wrong network.
        Err(Errno::PERM) => mount("tmpfs", "sys", "tmpfs", read_only, c"mode=755").doing("mount /sys"),
        result => result.doing("mount /sys"),
    }
}

fn mount_devices() -> Outcome {
    mount_on("dev")?;
    let dev = MountFlags::NOSUID | MountFlags::STRICTATIME;
    mount("tmpfs", "dev", "tmpfs", dev, c"mode=755,size=65536k").doing("mount /dev")?;
    for device in DEVICES {
        let target = format!("dev/{device}");
        File::create(&target).doing(format_args!("make /{target}"))?;
        mount_bind(format!("/dev/{device}"), &target).doing(format_args!("bind /{target}"))?;
    }
    for folder in ["dev/pts", "dev/shm", "dev/mqueue"] {
        make_folder(folder)?;
    }
    // No gid=5 as under Docker: the lab maps one group only.
    let quiet = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount(
        "devpts",
        "dev/pts",
        "devpts",
        quiet,
        c"newinstance,ptmxmode=0666,mode=0620",
    )
    .doing("mount /dev/pts")?;
    mount("shm", "dev/shm", "tmpfs", INERT, c"mode=1777,size=65536k").doing("mount /dev/shm")?;
    match mount("mqueue", "dev/mqueue", "mqueue", INERT, None) {
        // A kernel without POSIX message queues.
        Err(Errno::NODEV) => {}
        result => result.doing("mount /dev/mqueue")?,
    }
    for (link, target) in DEV_LINKS {
        symlink(target, Path::new("dev").join(link)).doing(format_args!("link /dev/{link}"))?;
    }
    Ok(())
}

fn mask(path: &str) -> Outcome {
    let covered = match mount_bind("dev/null", path) {
        // A folder cannot be covered by a file.
        Err(Errno::NOTDIR) => mount("tmpfs", path, "tmpfs", INERT | MountFlags::RDONLY, c"mode=755"),
        other => other,
    };
    where_it_exists(covered).doing(format_args!("mask /{path}"))
}

fn forbid_writing(path: &str) -> Outcome {
    match mount_bind(path, path) {
        Ok(()) => mount_remount(path, MountFlags::BIND | MountFlags::RDONLY | INERT, c"")
            .doing(format_args!("make /{path} read-only")),
        refused => where_it_exists(refused).doing(format_args!("make /{path} read-only")),
    }
}

/// Not every kernel has every file.
fn where_it_exists(result: rustix::io::Result<()>) -> rustix::io::Result<()> {
    match result {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

/// Makes the working directory the root. The old one is stacked below it at the same place and taken away
/// (`pivot_root(2)`, NOTES: `pivot_root(".", ".")`).
fn leave_old_root() -> Outcome {
    pivot_root(".", ".").doing("change the root file system")?;
    unmount(".", UnmountFlags::DETACH).doing("leave the old root file system")?;
    std::env::set_current_dir("/").doing("enter the new root file system")
}

fn options(text: String) -> Outcome<CString> {
    CString::new(text).map_err(|_| Failure {
        doing: "name the layers of a root file system".into(),
        errno: Errno::INVAL,
    })
}

fn make_folder(path: &str) -> Outcome {
    fs::DirBuilder::new()
        .mode(0o755)
        .create(path)
        .doing(format_args!("make the folder {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_ordinary_folder_is_mounted_on() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("file"), "").unwrap();
        symlink(folder.path(), at("link")).unwrap();
        for name in ["file", "link"] {
            assert_eq!(mount_on(&at(name)).unwrap_err().errno, Errno::NOTDIR, "{name}");
        }
        mount_on(&at("new")).unwrap();
        mount_on(&at("new")).unwrap();
        assert!(Path::new(&at("new")).is_dir());
    }

    #[test]
    fn what_is_masked_or_read_only_is_said_once() {
        let mut all: Vec<_> = MASKED.iter().chain(&READ_ONLY).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), MASKED.len() + READ_ONLY.len());
    }
}
