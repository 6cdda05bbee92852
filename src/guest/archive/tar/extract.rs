//! Files out of an archive, or its list. Nothing is made outside the folder, whatever names and links an archive holds.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, lchown, symlink};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, mknodat, utimensat};
use tar::{Archive, Entry, EntryType, Header};

use super::super::super::files::ls::mode_word;
use super::super::super::{Call, errno, time};
use super::{Job, name, write_error};

/// An archive that is taken apart.
pub(super) struct Unpacker<'a> {
    call: &'a Call<'a>,
    job: &'a Job,
    lists: bool,
    is_root: bool,
    /// Which of the names asked for were seen.
    seen: Vec<bool>,
    /// Symbolic links that lead out of the folder: made last, so that nothing is written through them.
    outward: Vec<(OsString, OsString)>,
    has_told: bool,
    status: i32,
}

impl<'a> Unpacker<'a> {
    pub(super) fn new(call: &'a Call, job: &'a Job, lists: bool) -> Self {
        Self {
            call,
            job,
            lists,
            is_root: rustix::process::geteuid().is_root(),
            seen: vec![false; job.names.len()],
            outward: Vec::new(),
            has_told: false,
            status: 0,
        }
    }

    /// The exit status, once everything was looked at.
    ///
    /// # Errors
    /// The archive cannot be read on, or nothing can be written.
    pub(super) fn run(mut self, input: Box<dyn Read>) -> Result<i32, String> {
        let mut archive = Archive::new(input);
        let entries = archive.entries().map_err(|error| damage(&error))?;
        for entry in entries {
            self.entry(&mut entry.map_err(|error| damage(&error))?)?;
        }
        for (path, target) in std::mem::take(&mut self.outward) {
            if symlink(&target, &path).is_err() {
                self.refuse(format_args!(
                    "can't create symlink '{}' to '{}'",
                    path.display(),
                    target.display()
                ));
            }
        }
        let names = self.job.names.iter().zip(std::mem::take(&mut self.seen));
        if let Some((missing, _)) = names.clone().find(|(_, seen)| !seen) {
            return Err(format!("{}: not found in archive", missing.display()));
        }
        Ok(self.status)
    }

    fn refuse(&mut self, sentence: impl std::fmt::Display) {
        self.call.complain(sentence);
        self.status = 1;
    }

    fn entry(&mut self, entry: &mut Entry<'_, impl Read>) -> Result<(), String> {
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader) {
            return Ok(());
        }
        let whole = entry.path_bytes().into_owned();
        let (inside, taken) = name::inward(&whole);
        if let Some(taken) = taken.filter(|_| !self.has_told) {
            self.has_told = true;
            self.call
                .complain(format_args!("removing leading '{taken}' from member names"));
        }
        if !self.is_wanted(inside) {
            return Ok(());
        }
        if self.lists {
            return say(&self.line(entry, inside));
        }
        let Some(inside) = name::stripped(inside, self.job.strip) else {
            return Ok(());
        };
        if self.job.verbose {
            say(&[inside, b"\n"].concat())?;
        }
        if self.job.to_stdout {
            if kind.is_file() {
                copy(entry, &mut io::stdout())?;
            }
            return Ok(());
        }
        let path = OsStr::from_bytes(inside).to_owned();
        self.make(entry, &path)
    }

    fn is_wanted(&mut self, name: &[u8]) -> bool {
        let mut wanted = self.job.names.is_empty();
        for (asked, seen) in self.job.names.iter().zip(&mut self.seen) {
            if name::is_within(name, asked.as_bytes()) {
                *seen = true;
                wanted = true;
            }
        }
        wanted
    }

    fn line(&self, entry: &Entry<'_, impl Read>, name: &[u8]) -> Vec<u8> {
        let mut line = Vec::new();
        if self.job.verbose {
            let header = entry.header();
            let owner = |name: Result<Option<&str>, _>, number: io::Result<u64>| match name {
                Ok(Some(name)) if !name.is_empty() && !self.job.numeric => name.to_owned(),
                _ => number.unwrap_or(0).to_string(),
            };
            let user = owner(header.username(), header.uid());
            let group = owner(header.groupname(), header.gid());
            let mode = mode_word(kind_bits(header.entry_type()) | header.mode().unwrap_or(0) & 0o7777);
            let when = time::civil(modified(header)).iso();
            line.extend(format!("{mode} {user}/{group} {:>9} {when} ", entry.size()).bytes());
        }
        line.extend(name);
        if let Some(target) = entry.link_name_bytes().filter(|_| self.job.verbose) {
            line.extend(b" -> ");
            line.extend(&*target);
        }
        line.push(b'\n');
        line
    }

    /// Makes what an entry says; what is refused is said, and the rest goes on.
    fn make(&mut self, entry: &mut Entry<'_, impl Read>, path: &OsStr) -> Result<(), String> {
        let kind = entry.header().entry_type();
        let shown = path.to_string_lossy().into_owned();
        if let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty())
            && let Err(error) = fs::create_dir_all(parent)
        {
            self.refuse(format_args!(
                "can't create directory '{}': {}",
                parent.display(),
                errno::words(&error)
            ));
            return Ok(());
        }
        if !kind.is_dir() && !self.job.keeps_old {
            // What cannot be taken away is in the way of what follows, which says so.
            let _ = fs::remove_file(path);
        }
        let target = entry.link_name_bytes().map(Cow::into_owned);
        let target = OsString::from_vec(target.unwrap_or_default());
        let made = match kind {
            EntryType::Directory => make_folder(path).map_err(|error| ("make dir", error)),
            EntryType::Symlink if leads_out(&target) => {
                self.outward.push((path.to_owned(), target));
                return Ok(());
            }
            EntryType::Symlink => symlink(&target, path).map_err(|error| ("create symlink", error)),
            EntryType::Link => {
                let (target, _) = name::inward(target.as_bytes());
                let target = name::stripped(target, self.job.strip).unwrap_or(target);
                fs::hard_link(OsStr::from_bytes(target), path).map_err(|error| ("create hardlink", error))
            }
            EntryType::Fifo | EntryType::Char | EntryType::Block => {
                make_node(entry.header(), path).map_err(|error| ("create node", error))
            }
            _ if kind.is_file() || kind.is_contiguous() => return self.file(entry, path, &shown),
            other => {
                self.refuse(format_args!("unknown typeflag: 0x{:x}", other.as_byte()));
                return Ok(());
            }
        };
        match made {
            Ok(()) => self.dress(entry.header(), path),
            Err((what, error)) => self.refuse(format_args!("can't {what} '{shown}': {}", errno::words(&error))),
        }
        Ok(())
    }

    fn file(&mut self, entry: &mut Entry<'_, impl Read>, path: &OsStr, shown: &str) -> Result<(), String> {
        let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let mut file = created.map_err(|error| format!("can't open '{shown}': {}", errno::words(&error)))?;
        copy(entry, &mut file)?;
        self.dress(entry.header(), path);
        Ok(())
    }

    /// Owner, mode and time, as far as they can be given.
    fn dress(&self, header: &Header, path: &OsStr) {
        let kind = header.entry_type();
        if kind.is_hard_link() {
            return;
        }
        if self.is_root && !self.job.keeps_own_owner {
            let number = |field: io::Result<u64>| field.ok().and_then(|number| u32::try_from(number).ok());
            // An owner that the lab does not map stays out of reach.
            let _ = lchown(path, number(header.uid()), number(header.gid()));
        }
        if !kind.is_symlink() {
            let mode = header.mode().unwrap_or(0o644) & 0o7777;
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
        }
        if !self.job.keeps_time_of_now {
            let then = Timespec {
                tv_sec: modified(header),
                tv_nsec: 0,
            };
            let times = Timestamps {
                last_access: then,
                last_modification: then,
            };
            let _ = utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW);
        }
    }
}

fn say(line: &[u8]) -> Result<(), String> {
    io::stdout().write_all(line).map_err(|error| write_error(&error))
}

fn modified(header: &Header) -> i64 {
    // No calendar goes beyond the year 9999.
    const LAST: u64 = 253_402_300_799;
    let seconds = header.mtime().unwrap_or(0).min(LAST);
    i64::try_from(seconds).unwrap_or(0)
}

const fn kind_bits(kind: EntryType) -> u32 {
    match kind {
        EntryType::Directory => libc::S_IFDIR,
        EntryType::Symlink => libc::S_IFLNK,
        EntryType::Char => libc::S_IFCHR,
        EntryType::Block => libc::S_IFBLK,
        EntryType::Fifo => libc::S_IFIFO,
        _ => libc::S_IFREG,
    }
}

/// Whether a link's target may lie outside the folder.
fn leads_out(target: &OsStr) -> bool {
    Path::new(target)
        .components()
        .any(|part| matches!(part, Component::RootDir | Component::ParentDir | Component::Prefix(_)))
}

fn make_folder(path: &OsStr) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && Path::new(path).is_dir() => Ok(()),
        result => result,
    }
}

fn make_node(header: &Header, path: &OsStr) -> io::Result<()> {
    let number = |field: io::Result<Option<u32>>| field.ok().flatten().unwrap_or(0);
    let device = rustix::fs::makedev(number(header.device_major()), number(header.device_minor()));
    let kind = FileType::from_raw_mode(kind_bits(header.entry_type()));
    mknodat(CWD, path, kind, Mode::from_raw_mode(0o600), device).map_err(io::Error::from)
}

fn copy(entry: &mut Entry<'_, impl Read>, output: &mut dyn Write) -> Result<(), String> {
    let mut buffer = vec![0; 32 * 1024];
    let mut left = entry.size();
    loop {
        match entry.read(&mut buffer) {
            Ok(0) if left > 0 => return Err("short read".to_owned()),
            Ok(0) => return Ok(()),
            Ok(length) => {
                left = left.saturating_sub(length as u64);
                output
                    .write_all(&buffer[..length])
                    .map_err(|error| write_error(&error))?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(damage(&error)),
        }
    }
}

/// What is wrong with an archive.
fn damage(error: &io::Error) -> String {
    let text = error.to_string();
    if error.raw_os_error().is_some() {
        format!("read error: {}", errno::words(error))
    } else if error.kind() == io::ErrorKind::UnexpectedEof || text.contains("failed to read entire block") {
        "short read".to_owned()
    } else if text.contains("deflate") || text.contains("gzip") {
        "corrupted data".to_owned()
    } else {
        "invalid tar magic".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_apart_by_where_they_lead() {
        for (target, out) in [
            ("a", false),
            ("d/a..b", false),
            ("../a", true),
            ("d/../../x", true),
            ("/x", true),
        ] {
            assert_eq!(leads_out(OsStr::new(target)), out, "{target}");
        }
    }
}
