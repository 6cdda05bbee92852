//! The mount tree of the lab's host: the person's own files, with the lab's `/proc`, `/sys`, `/run` and `resolv.conf`.
//!
//! A new tmpfs becomes the root; each entry of the machine's root is bound into it with all that is mounted below. Mounts of the
//! machine that come or go later come and go here too (slave propagation), so a lab keeps no disk busy; nothing done here is
//! seen outside. In the lab's `/run`, beside the children of the machine's, are our own sockets and programs; a Docker Engine's
//! socket is not among them, nor are the machine's resolvers, whose answers would be of another network.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount, mount_bind,
    mount_bind_recursive, mount_change, mount_remount, move_mount, open_tree, unmount,
};
use rustix::process::{chdir, pivot_root};

use super::edge::{Call, Stage, pass};

/// Where the API answers in a lab: Docker's own path, so that any client works with no setting.
pub(super) const API_SOCKET: &str = "/run/docker.sock";
/// What is ours in the lab's `/run`.
const OURS: &str = "/run/cnm";
/// First on the console's `PATH`; holds `cnm`, and `docker` where the machine has none.
pub(super) const PROGRAMS: &str = "/run/cnm/bin";
/// An empty directory for the built-in images.
pub(super) const IMAGES: &str = "/run/cnm/images";
/// A directory for each imported image, with a file system of its own.
pub(super) const IMPORTED: &str = "/run/cnm/imported";
/// Start-up files of console shells.
pub(super) const SHELLS: &str = "/run/cnm/shells";
/// The lab's resolver, mounted over `/etc/resolv.conf`.
const RESOLV_CONF: &str = "/run/cnm/resolv.conf";

/// Who answers names in the lab: the router behind the uplink.
const RESOLVER: &str = "nameserver 192.168.1.1\n";

/// Children of the machine's `/run` that are left out: Docker's and its relatives', a cache of another network's names, and
/// what another lab may have there.
const LEFT_OUT: [&str; 7] = [
    "cnm",
    "containerd",
    "docker",
    "docker.pid",
    "docker.sock",
    "nscd",
    "podman",
];
/// The same below `/run/user/<uid>`: rootless engines.
const LEFT_OUT_OF_USER: [&str; 4] = ["containerd-rootless", "docker", "docker.sock", "podman"];
/// systemd-resolved's sockets: through them names of the real internet would still be answered.
const RESOLVED: &str = "/run/systemd/resolve";

/// Existing directories one of which every machine has; the new root is mounted there for a moment.
const BASES: [&str; 4] = ["/tmp", "/mnt", "/var", "/usr"];

/// A part of the tree that could not be made.
#[derive(Debug)]
pub(super) struct Refused {
    pub stage: Stage,
    pub doing: String,
    pub source: io::Error,
}

type Outcome<T = ()> = Result<T, Refused>;

/// Says what was being done beside the kernel's answer.
trait Doing<T> {
    fn doing(self, what: impl std::fmt::Display) -> Outcome<T>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl std::fmt::Display) -> Outcome<T> {
        self.map_err(|error| Refused {
            stage: Stage::MountNamespace,
            doing: what.to_string(),
            source: error.into(),
        })
    }
}

/// Makes the tree in this process's own, new mount namespace and moves into it. Returns the socket bound at [`API_SOCKET`].
pub(super) fn enter() -> Outcome<UnixListener> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let machine_has_docker = has_docker(&path);
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)
        .doing("keep mounts from reaching the machine")?;
    let base = BASES
        .into_iter()
        .find(|base| fs::symlink_metadata(base).is_ok_and(|found| found.is_dir()))
        .ok_or(Errno::NOENT)
        .doing("find a directory to mount the lab's root on")?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", base, "tmpfs", flags, c"mode=755,size=1m").doing("mount the lab's root")?;
    chdir(base).doing("enter the lab's root")?;
    make_folder("old")?;
    pivot_root(".", "old").doing("make the lab's root the root")?;
    chdir("/").doing("enter the lab's root")?;

    mount_proc()?;
    mount_sys()?;
    bind_top_level()?;
    make_run()?;
    let listener = UnixListener::bind(API_SOCKET).doing(format_args!("bind {API_SOCKET}"))?;
    for name in if machine_has_docker {
        &["cnm"][..]
    } else {
        &["cnm", "docker"]
    } {
        let ours = Path::new(IMAGES).join("console/usr/bin").join(name);
        symlink(ours, Path::new(PROGRAMS).join(name)).doing(format_args!("provide the {name} command"))?;
    }
    cover_resolv_conf()?;

    unmount("/old", UnmountFlags::DETACH).doing("leave the machine's root")?;
    fs::remove_dir("/old").doing("leave the machine's root")?;
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    mount_remount("/", flags, c"").doing("make the lab's root read-only")?;
    Ok(listener)
}

/// A procfs of the lab's pid namespace. The kernel gives one only where the procfs outside can be seen whole
/// (`mount_too_revealing` in fs/namespace.c); binding the outer one instead would show the machine's processes under numbers
/// that mean others here, so that is a refusal.
fn mount_proc() -> Outcome {
    make_folder("proc")?;
    let inert = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    pass(Call::MountProc)
        .and_then(|()| Ok(mount("proc", "/proc", "proc", inert, None)?))
        .map_err(|source| Refused {
            stage: Stage::Proc,
            doing: "mount /proc".into(),
            source,
        })
}

/// A sysfs of the lab's network namespace; read-only where the machine's is; the machine's own where the kernel gives neither
/// (`/sys/class/net` shows the machine's interfaces then, and nothing else is lost).
fn mount_sys() -> Outcome {
    make_folder("sys")?;
    let inert = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let attempt = |flags| pass(Call::MountSysfs).and_then(|()| Ok(mount("sysfs", "/sys", "sysfs", flags, None)?));
    if let Err(refusal) = attempt(inert).or_else(|_| attempt(inert | MountFlags::RDONLY)) {
        mount_bind_recursive("/old/sys", "/sys").map_err(|_| Refused {
            stage: Stage::Sysfs,
            doing: "mount /sys".into(),
            source: refusal,
        })?;
    }
    Ok(())
}

fn bind_top_level() -> Outcome {
    for entry in fs::read_dir("/old").doing("list the machine's root")? {
        let entry = entry.doing("list the machine's root")?;
        let name = entry.file_name();
        if ["proc", "sys", "run"].iter().any(|ours| name == OsStr::new(ours)) {
            continue;
        }
        carry_over(&entry.path(), &Path::new("/").join(&name))?;
    }
    Ok(())
}

/// The lab's `/run`: the machine's children but those left out, and ours.
fn make_run() -> Outcome {
    make_folder("/run")?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", "/run", "tmpfs", flags, c"mode=755,size=1m").doing("mount /run")?;
    for entry in fs::read_dir("/old/run").into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !LEFT_OUT.iter().any(|out| name == OsStr::new(out)) {
            carry_over(&entry.path(), &Path::new("/run").join(&name))?;
        }
    }
    for folder in [OURS, PROGRAMS, IMAGES, IMPORTED, SHELLS] {
        make_folder(folder)?;
    }
    fs::write(RESOLV_CONF, RESOLVER).doing(format_args!("write {RESOLV_CONF}"))?;
    for user in fs::read_dir("/run/user").into_iter().flatten().flatten() {
        for out in LEFT_OUT_OF_USER {
            cover(&user.path().join(out))?;
        }
    }
    cover(Path::new(RESOLVED))?;
    // A link to /run nearly everywhere; where it is not, clients still look for the socket there.
    if fs::symlink_metadata("/var/run").is_ok_and(|found| found.is_dir()) {
        mount_bind_recursive("/run", "/var/run").doing("bind /run to /var/run")?;
    }
    Ok(())
}

/// Shows `from` at `to`, which does not exist yet: a link as a link, the rest bound with all mounts below. What the person may
/// not reach, or what went away meanwhile, is an empty place of its kind.
fn carry_over(from: &Path, to: &Path) -> Outcome {
    let Ok(found) = fs::symlink_metadata(from) else {
        return Ok(());
    };
    if found.is_symlink() {
        let target = fs::read_link(from).doing(format_args!("read the link {}", to.display()))?;
        return symlink(target, to).doing(format_args!("link {}", to.display()));
    }
    if found.is_dir() {
        make_folder(to)?;
    } else {
        File::create(to).doing(format_args!("make {}", to.display()))?;
    }
    match mount_bind_recursive(from, to) {
        Ok(()) | Err(Errno::ACCESS | Errno::NOENT | Errno::STALE) => Ok(()),
        Err(errno) => Err(errno).doing(format_args!("bind {}", to.display())),
    }
}

/// Hides what is at `path`, if anything is.
fn cover(path: &Path) -> Outcome {
    let Ok(found) = fs::metadata(path) else { return Ok(()) };
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::RDONLY;
    let covered = if found.is_dir() {
        mount("tmpfs", path, "tmpfs", flags, c"mode=755,size=4k")
    } else {
        mount_bind("/dev/null", path)
    };
    covered.doing(format_args!("cover {}", path.display()))
}

/// Mounts the lab's resolver over `/etc/resolv.conf` itself, also where that is a link: its target may be among what is left out.
/// Without the file there is nothing to cover.
fn cover_resolv_conf() -> Outcome {
    let doing = "provide /etc/resolv.conf";
    let tree = open_tree(
        CWD,
        RESOLV_CONF,
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC,
    )
    .doing(doing)?;
    match move_mount(
        &tree,
        "",
        CWD,
        "/etc/resolv.conf",
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    ) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno).doing(doing),
    }
}

/// Whether `docker` can be executed from one of `PATH`'s directories, by the lab's identity and in the lab: a snap cannot, it
/// wants the machine's own root.
fn has_docker(path: &OsStr) -> bool {
    std::env::split_paths(path).any(|folder| {
        let program = folder.join("docker");
        let real = fs::canonicalize(&program).unwrap_or_default();
        let executable = fs::metadata(&program)
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
            && rustix::fs::access(&program, rustix::fs::Access::EXEC_OK).is_ok();
        executable && real.file_name() != Some(OsStr::new("snap"))
    })
}

fn make_folder(path: impl AsRef<Path>) -> Outcome {
    let path: PathBuf = path.as_ref().to_owned();
    DirBuilder::new()
        .mode(0o755)
        .create(&path)
        .doing(format_args!("make the directory {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_is_found_only_where_it_can_be_executed() {
        let folder = tempfile::tempdir().unwrap();
        let docker = folder.path().join("docker");
        assert!(!has_docker(folder.path().as_os_str()));
        fs::write(&docker, "").unwrap();
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(!has_docker(folder.path().as_os_str()));
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(has_docker(folder.path().as_os_str()));
    }

    #[test]
    fn a_snap_is_no_docker_for_a_lab() {
        let folder = tempfile::tempdir().unwrap();
        let snap = folder.path().join("snap");
        fs::write(&snap, "").unwrap();
        fs::set_permissions(&snap, fs::Permissions::from_mode(0o755)).unwrap();
        symlink(&snap, folder.path().join("docker")).unwrap();
        assert!(!has_docker(folder.path().as_os_str()));
    }
}
