//! One name of a listing and what the file system says of it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Clock;

/// A name with its status (`stat(2)`).
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub name: OsString,
    /// Where a symbolic link leads; `None` for anything else.
    pub target: Option<PathBuf>,
    /// Mode of what a symbolic link leads to, where that exists.
    pub target_mode: Option<u32>,
    pub mode: u32,
    pub inode: u64,
    pub links: u64,
    pub owner: u32,
    pub group: u32,
    pub size: u64,
    pub device: u64,
    /// 512-byte blocks.
    pub blocks: u64,
    times: [i64; 3],
}

impl Entry {
    /// Asks the file system; `follow` looks through a symbolic link.
    ///
    /// # Errors
    /// No such name, or with `follow` a link that leads nowhere.
    pub(super) fn read(name: OsString, path: &Path, follow: bool) -> io::Result<Self> {
        let own = fs::symlink_metadata(path)?;
        let through = match fs::metadata(path) {
            Ok(status) if own.is_symlink() => Some(status),
            Err(error) if follow => return Err(error),
            _ => None,
        };
        let (status, target) = match &through {
            Some(status) if follow => (status, None),
            _ => (
                &own,
                if own.is_symlink() {
                    fs::read_link(path).ok()
                } else {
                    None
                },
            ),
        };
        Ok(Self {
            name,
            target_mode: through.as_ref().map(MetadataExt::mode).filter(|_| target.is_some()),
            target,
            mode: status.mode(),
            inode: status.ino(),
            links: status.nlink(),
            owner: status.uid(),
            group: status.gid(),
            size: status.size(),
            device: status.rdev(),
            blocks: status.blocks(),
            times: [status.mtime(), status.ctime(), status.atime()],
        })
    }

    /// The file type's bits of the mode.
    pub(super) const fn kind(&self) -> u32 {
        self.mode & libc::S_IFMT
    }

    pub(super) const fn is_directory(&self) -> bool {
        self.kind() == libc::S_IFDIR
    }

    /// One of the three times, in Unix seconds.
    pub(super) const fn time(&self, clock: Clock) -> i64 {
        match clock {
            Clock::Modified => self.times[0],
            Clock::Changed => self.times[1],
            Clock::Accessed => self.times[2],
        }
    }
}

/// `drwxr-xr-x`, with `s`, `S`, `t`, `T` where those bits are set.
pub(crate) fn mode_word(mode: u32) -> String {
    let mut word = String::with_capacity(10);
    word.push(match mode & libc::S_IFMT {
        libc::S_IFDIR => 'd',
        libc::S_IFLNK => 'l',
        libc::S_IFCHR => 'c',
        libc::S_IFBLK => 'b',
        libc::S_IFIFO => 'p',
        libc::S_IFSOCK => 's',
        _ => '-',
    });
    for (shift, special, letter) in [
        (6, libc::S_ISUID, 's'),
        (3, libc::S_ISGID, 's'),
        (0, libc::S_ISVTX, 't'),
    ] {
        let bits = mode >> shift;
        word.push(if bits & 4 == 0 { '-' } else { 'r' });
        word.push(if bits & 2 == 0 { '-' } else { 'w' });
        word.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    word
}

#[cfg(test)]
mod tests {
    use super::mode_word;

    #[test]
    fn modes_read_as_ls_writes_them() {
        for (mode, word) in [
            (0o100_644, "-rw-r--r--"),
            (0o104_755, "-rwsr-xr-x"),
            (0o102_644, "-rw-r-Sr--"),
            (0o041_777, "drwxrwxrwt"),
            (0o120_777, "lrwxrwxrwx"),
            (0o010_644, "prw-r--r--"),
            (0o020_666, "crw-rw-rw-"),
        ] {
            assert_eq!(mode_word(mode), word);
        }
    }
}
