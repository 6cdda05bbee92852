//! Text files of a running container, edited through its own root folder.
//!
//! In place, for `/etc/hosts` and its like are mounts of their own: a new file could not take their place. No link is
//! followed, whatever the container has made of its folders, so nothing but the container's own file is ever written.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::engine::plan::FileEdit;

/// A file that has grown beyond this, bytes, is somebody else's business.
const LARGEST: u64 = 1 << 20;

/// Edits a file below the root folder of that process, as its mount namespace has it (proc(5), `/proc/PID/root`); its text
/// before, where the edit changed it.
///
/// # Errors
/// No such process, or the kernel's refusal.
pub(super) fn edit(pid: Pid, path: &str, edit: &FileEdit) -> io::Result<Option<String>> {
    let root = rustix::fs::open(
        format!("/proc/{}/root", pid.as_raw_nonzero()),
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    change(root.as_fd(), path, edit)
}

fn change(root: impl AsFd, path: &str, edit: &FileEdit) -> io::Result<Option<String>> {
    // Not waiting for the other end, should it be a pipe by now.
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let mut file = match openat2(root, path, flags, Mode::empty(), resolve) {
        Ok(fd) => File::from(fd),
        // Moved away, or made into something else.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ISDIR | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    let facts = file.metadata()?;
    if !facts.is_file() || facts.len() > LARGEST {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    file.by_ref().take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Ok(None);
    }
    let Ok(before) = String::from_utf8(bytes) else {
        return Ok(None);
    };
    let Some(after) = edit.apply(&before) else {
        return Ok(None);
    };
    // Never empty in between: a reader sees lines of before or after.
    file.write_all_at(after.as_bytes(), 0)?;
    file.set_len(after.len() as u64)?;
    Ok(Some(before))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;

    fn changed(path: &Path, edit: &FileEdit) -> Option<String> {
        change(File::open("/").unwrap(), path.to_str().unwrap(), edit).unwrap()
    }

    fn appended(path: &Path) -> Option<String> {
        changed(path, &FileEdit::Append { line: "b".into() })
    }

    #[test]
    fn a_file_is_changed_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hosts");
        fs::write(&file, "a\n").unwrap();
        let open = File::open(&file).unwrap();
        assert_eq!(appended(&file).as_deref(), Some("a\n"));
        let edit = FileEdit::RemoveLine { line: "a".into() };
        assert_eq!(changed(&file, &edit).as_deref(), Some("a\nb\n"));
        assert_eq!(io::read_to_string(open).unwrap(), "b\n", "the same file all along");
    }

    #[test]
    fn no_link_is_followed_and_nothing_but_a_text_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("etc")).unwrap();
        fs::write(at("etc/hosts"), "a\n").unwrap();
        symlink(at("etc"), at("linked")).unwrap();
        symlink(at("etc/hosts"), at("hosts")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, Mode::RWXU, 0).unwrap();
        fs::write(at("latin"), [0xe9]).unwrap();
        let large = File::create(at("large")).unwrap();
        large.set_len(LARGEST + 1).unwrap();
        for name in [
            "linked/hosts",
            "hosts",
            "pipe",
            "etc",
            "absent",
            "etc/hosts/x",
            "latin",
            "large",
        ] {
            assert_eq!(appended(&at(name)), None, "{name}");
        }
        assert_eq!(fs::read_to_string(at("etc/hosts")).unwrap(), "a\n");
    }
}
