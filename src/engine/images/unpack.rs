//! Unpacks the archive of an image into an empty directory, trusting nothing in it.
//!
//! Every path is resolved by the kernel with that directory as its root (`openat2(2)`, `RESOLVE_IN_ROOT`), so that neither
//! `..`, nor an absolute name, nor a link of the archive's own leads out of it. As in Docker, `..` stays at the root.
//! Owners are not kept: a lab maps one user. Device nodes are left out: a user namespace may not make any.

mod below;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use flate2::bufread::MultiGzDecoder;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tar::{Archive, Entry, EntryType};

use below::{below, joined, open_below, path_of, plain, remove, set_time, times};

/// What an archive came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpacked {
    /// `sha256:` and the digest of the archive without its compression, as in an image's `RootFS.Layers`.
    pub diff_id: String,
    /// Bytes of all its files together.
    pub size: u64,
    /// Bytes it takes to keep them, in whole pages, and what each name takes beside them.
    pub stored: u64,
}

/// Why an archive was not unpacked. Its words are those of Go's `archive/tar` and of Docker, where they have any.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum UnpackError {
    /// What came is no tar archive, or not any more.
    #[error("archive/tar: invalid tar header")]
    NotTar,
    /// The archive ends too early.
    #[error("unexpected EOF")]
    Truncated,
    /// Docker reads this compression, this engine does not.
    #[error("this engine reads tar archives as they are or compressed with gzip: this one is compressed with {0}")]
    Compression(String),
    /// The kernel refused something.
    #[error("{doing}: {words}")]
    Refused {
        /// What was being done, with its subject, as Go names it.
        doing: String,
        /// The kernel's words.
        words: String,
    },
}

/// Magic numbers of the compressions Docker knows besides gzip (moby, `pkg/archive`).
const OTHER_COMPRESSIONS: [(&[u8], &str); 3] =
    [(b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")];
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// What marks a deleted file in a layer (aufs, kept by Docker); what begins with the second is the file system's own.
const WHITEOUT: &[u8] = b".wh.";
const WHITEOUT_META: &[u8] = b".wh..wh.";

/// What the memory of a tmpfs comes in.
const PAGE: u64 = 4096;

/// What the kernel keeps of each name beside its content, which a file system's size does not count: about that much.
const INODE: u64 = 1024;

/// Mode of folders that the archive needs and does not name.
const IMPLIED: Mode = Mode::from_raw_mode(0o755);

/// Reads an archive to its end into `root`, an open directory.
///
/// # Errors
/// The first thing wrong with it; what was unpacked until then stays.
pub fn unpack(source: impl Read, root: &OwnedFd) -> Result<Unpacked, UnpackError> {
    let mut source = BufReader::new(source);
    let magic = peek(&mut source)?;
    if let Some((_, name)) = OTHER_COMPRESSIONS.iter().find(|(mark, _)| magic.starts_with(mark)) {
        return Err(UnpackError::Compression((*name).into()));
    }
    let gzip = magic.starts_with(GZIP);
    let rest = io::Cursor::new(magic).chain(source);
    if gzip {
        tree(MultiGzDecoder::new(BufReader::new(rest)), root)
    } else {
        tree(rest, root)
    }
}

/// The first bytes, as many as there are up to the longest magic number.
fn peek(source: &mut impl Read) -> Result<Vec<u8>, UnpackError> {
    let mut magic = Vec::new();
    source.take(6).read_to_end(&mut magic).map_err(|error| fault(&error))?;
    Ok(magic)
}

fn tree(source: impl Read, root: &OwnedFd) -> Result<Unpacked, UnpackError> {
    let mut archive = Archive::new(Hashing {
        source,
        hash: Sha256::new(),
    });
    let mut unpacker = Unpacker {
        root,
        folders: BTreeMap::new(),
        size: 0,
        stored: 0,
    };
    for entry in archive.entries().map_err(|error| fault(&error))? {
        match entry {
            Ok(mut entry) => unpacker.entry(&mut entry)?,
            // Cut off in what fills the last block: all its content is there, and Go reads it too.
            Err(error) if error.to_string().contains("EOF during skip") => break,
            Err(error) => return Err(fault(&error)),
        }
    }
    let (size, stored) = unpacker.finish()?;
    let mut rest = archive.into_inner();
    // What follows the archive's end mark belongs to its digest.
    io::copy(&mut rest, &mut io::sink()).map_err(|error| fault(&error))?;
    Ok(Unpacked {
        diff_id: format!("sha256:{:x}", rest.hash.finalize()),
        size,
        stored,
    })
}

/// A reader that digests what passes.
struct Hashing<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// An error of reading the archive: the kernel's own, or the reader's judgement of what it read.
fn fault(error: &io::Error) -> UnpackError {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::UnexpectedEof, _) => UnpackError::Truncated,
        (_, Some(_)) => UnpackError::Refused {
            doing: "read the archive".into(),
            words: words(error),
        },
        // The library has no kind of its own for an end inside a header or between two.
        _ if ["unexpected EOF", "failed to read entire block"]
            .iter()
            .any(|end| error.to_string().contains(end)) =>
        {
            UnpackError::Truncated
        }
        _ => UnpackError::NotTar,
    }
}

/// An errno's words as Go has them: the C library's, in lower case.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

struct Unpacker<'a> {
    root: &'a OwnedFd,
    /// Folders by their path below the root, with what is set once nothing more is put into them: mode and time. Of a folder
    /// that is named twice the last word counts.
    folders: BTreeMap<OsString, (Mode, i64)>,
    size: u64,
    stored: u64,
}

/// Where an entry goes: the open folder, its name in it, and its absolute path in the image.
struct Place {
    folder: OwnedFd,
    name: OsString,
    path: String,
}

impl Unpacker<'_> {
    fn entry<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), UnpackError> {
        let header = entry.header();
        let kind = header.entry_type();
        let mode = Mode::from_raw_mode(header.mode().map_err(|_| UnpackError::NotTar)? & 0o7777);
        let time = i64::try_from(header.mtime().unwrap_or(0)).unwrap_or(0);
        let parts = plain(&entry.path_bytes());
        let Some((name, above)) = parts.split_last() else {
            if kind.is_dir() {
                self.folders.insert(".".into(), (mode, time));
            }
            return Ok(());
        };
        if !made_here(kind) {
            return Ok(());
        }
        self.stored = self.stored.saturating_add(INODE);
        let place = self.place(above, name)?;
        if let Some(hidden) = name.as_bytes().strip_prefix(WHITEOUT) {
            return if name.as_bytes().starts_with(WHITEOUT_META) {
                Ok(())
            } else {
                remove(&place.folder, OsStr::from_bytes(hidden))
                    .map_err(|errno| refused("unlinkat", &place.path, errno))
            };
        }
        let folder_stays = kind.is_dir() && is_folder(&place);
        if !folder_stays {
            remove(&place.folder, name).map_err(|errno| refused("unlinkat", &place.path, errno))?;
        }
        match kind {
            EntryType::Directory => {
                if !folder_stays {
                    rustix::fs::mkdirat(&place.folder, name, IMPLIED)
                        .map_err(|errno| refused("mkdir", &place.path, errno))?;
                }
                self.folders.insert(joined(&parts), (mode, time));
                return Ok(());
            }
            EntryType::Symlink => {
                let target = entry.link_name_bytes().unwrap_or_default();
                rustix::fs::symlinkat(OsStr::from_bytes(&target), &place.folder, name)
                    .map_err(|errno| refused("symlink", &place.path, errno))?;
                // Docker counts what a link says too (moby, `pkg/directory`).
                self.size = self.size.saturating_add(target.len() as u64);
            }
            EntryType::Link => return self.hard_link(&entry.link_name_bytes().unwrap_or_default(), &place),
            EntryType::Fifo => rustix::fs::mknodat(&place.folder, name, FileType::Fifo, mode, 0)
                .map_err(|errno| refused("mkfifo", &place.path, errno))?,
            _ => self.file(entry, &place, mode)?,
        }
        set_time(&place.folder, name, time);
        Ok(())
    }

    fn file<R: Read>(&mut self, entry: &mut Entry<'_, R>, place: &Place, mode: Mode) -> Result<(), UnpackError> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = rustix::fs::openat(&place.folder, &place.name, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|errno| refused("open", &place.path, errno))?;
        let mut file = File::from(open);
        let length = entry.size();
        let written = copy(entry, &mut file, &place.path)?;
        if written < length {
            return Err(UnpackError::Truncated);
        }
        rustix::fs::fchmod(&file, mode).map_err(|errno| refused("chmod", &place.path, errno))?;
        self.size = self.size.saturating_add(written);
        self.stored = self.stored.saturating_add(written.next_multiple_of(PAGE));
        Ok(())
    }

    /// A second name of a file of the archive.
    fn hard_link(&self, target: &[u8], place: &Place) -> Result<(), UnpackError> {
        let parts = plain(target);
        let source = format!("/{}", joined(&parts).display());
        let refused = |errno| refused("link", &format!("{source} {}", place.path), errno);
        let (name, above) = parts.split_last().ok_or(Errno::NOENT).map_err(refused)?;
        let folder = below(self.root, &joined(above)).map_err(refused)?;
        rustix::fs::linkat(&folder, name, &place.folder, &place.name, AtFlags::empty()).map_err(refused)
    }

    /// The folder an entry goes into, made where it is missing.
    fn place(&self, above: &[OsString], name: &OsString) -> Result<Place, UnpackError> {
        let path = joined(above);
        let whole = format!("/{}", path_of(&path, name));
        let folder = match below(self.root, &path) {
            Err(Errno::NOENT) => self.make_all(above, &whole)?,
            other => other.map_err(|errno| refused("open", &whole, errno))?,
        };
        Ok(Place {
            folder,
            name: name.clone(),
            path: whole,
        })
    }

    fn make_all(&self, parts: &[OsString], whole: &str) -> Result<OwnedFd, UnpackError> {
        let refused = |errno| refused("open", whole, errno);
        let mut folder = below(self.root, OsStr::new(".")).map_err(refused)?;
        for count in 1..=parts.len() {
            match rustix::fs::mkdirat(&folder, &parts[count - 1], IMPLIED) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(refused(errno)),
            }
            folder = below(self.root, &joined(&parts[..count])).map_err(refused)?;
        }
        Ok(folder)
    }

    /// Modes and times of folders, which what was put into them would have changed or hindered; the deepest first.
    fn finish(mut self) -> Result<(u64, u64), UnpackError> {
        for (path, (mode, time)) in std::mem::take(&mut self.folders).into_iter().rev() {
            // Replaced by something else further on in the archive.
            let Ok(folder) = open_below(self.root, &path, OFlags::RDONLY | OFlags::NOFOLLOW) else {
                continue;
            };
            rustix::fs::fchmod(&folder, mode)
                .map_err(|errno| refused("chmod", &format!("/{}", path.display()), errno))?;
            let _ = rustix::fs::futimens(&folder, &times(time));
        }
        Ok((self.size, self.stored))
    }
}

/// Kinds of entries that are made; Docker leaves out what it does not know, too.
fn made_here(kind: EntryType) -> bool {
    matches!(
        kind,
        EntryType::Regular
            | EntryType::GNUSparse
            | EntryType::Directory
            | EntryType::Symlink
            | EntryType::Link
            | EntryType::Fifo
    )
}

fn is_folder(place: &Place) -> bool {
    rustix::fs::statat(&place.folder, &place.name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Directory)
}

/// Copies an entry's content; an error of writing is told apart from one of reading.
fn copy(source: &mut impl Read, target: &mut File, path: &str) -> Result<u64, UnpackError> {
    let mut buffer = vec![0; 64 * 1024];
    let mut written = 0;
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => return Ok(written),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(fault(&error)),
        };
        io::Write::write_all(target, &buffer[..count]).map_err(|error| UnpackError::Refused {
            doing: format!("write {path}"),
            words: words(&error),
        })?;
        written += count as u64;
    }
}

fn refused(doing: &str, path: &str, errno: Errno) -> UnpackError {
    UnpackError::Refused {
        doing: format!("{doing} {path}"),
        words: words(&errno.into()),
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
