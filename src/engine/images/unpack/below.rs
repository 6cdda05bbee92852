//! Paths of an archive, and what is done below the folder that is their root.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, ResolveFlags, Timespec, Timestamps};
use rustix::io::Errno;

/// The parts of a path in the image, without `.`, and with `..` taken at its word but never above the root.
pub(super) fn plain(path: &[u8]) -> Vec<OsString> {
    let mut parts = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            name => parts.push(OsString::from_vec(name.to_vec())),
        }
    }
    parts
}

/// Relative; `.` for the root itself.
pub(super) fn joined(parts: &[OsString]) -> OsString {
    if parts.is_empty() {
        return ".".into();
    }
    parts.join(OsStr::new("/"))
}

pub(super) fn path_of(folder: &OsStr, name: &OsStr) -> String {
    if folder == "." {
        return name.display().to_string();
    }
    format!("{}/{}", folder.display(), name.display())
}

/// An open folder below the root, wherever links of the archive lead inside it.
pub(super) fn below(root: &OwnedFd, path: &OsStr) -> rustix::io::Result<OwnedFd> {
    open_below(root, path, OFlags::PATH)
}

pub(super) fn open_below(root: &OwnedFd, path: &OsStr, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let flags = flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let inside = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    rustix::fs::openat2(root, path, flags, Mode::empty(), inside)
}

/// Removes a name and everything below it, following no link; what is not there is gone.
pub(super) fn remove(folder: &OwnedFd, name: &OsStr) -> rustix::io::Result<()> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR) => {}
        Err(errno) => return Err(errno),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let inner = rustix::fs::openat(folder, name, flags, Mode::empty())?;
    for entry in Dir::read_from(&inner)? {
        let entry = entry?;
        let child = entry.file_name().to_bytes();
        if !matches!(child, b"." | b"..") {
            remove(&inner, OsStr::from_bytes(child))?;
        }
    }
    rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR)
}

/// The time an archive gives is a wish: a time no file system takes is no reason to refuse the image.
pub(super) fn set_time(folder: &OwnedFd, name: &OsStr, seconds: i64) {
    let _ = rustix::fs::utimensat(folder, name, &times(seconds), AtFlags::SYMLINK_NOFOLLOW);
}

pub(super) fn times(seconds: i64) -> Timestamps {
    let time = Timespec {
        tv_sec: seconds,
        tv_nsec: 0,
    };
    Timestamps {
        last_access: time,
        last_modification: time,
    }
}
