//! Files into an archive.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use tar::{Builder, EntryType, Header};

use super::super::super::{Call, errno, names};
use super::{Job, name, write_error};

/// Longest name that stands in a header itself.
const LONGEST_NAME: usize = 99;

/// An archive as it grows.
pub(super) struct Packer<'a, W: Write> {
    call: &'a Call<'a>,
    job: &'a Job,
    /// The archive itself, which is not put into itself.
    own: Option<(u64, u64)>,
    builder: Builder<&'a mut W>,
    /// Names of files that have several, by device and number.
    linked: HashMap<(u64, u64), Vec<u8>>,
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
    is_whole: bool,
    has_told: bool,
}

impl<'a, W: Write> Packer<'a, W> {
    pub(super) fn new(call: &'a Call, job: &'a Job, own: Option<&Metadata>, output: &'a mut W) -> Self {
        Self {
            call,
            job,
            own: own.map(|own| (own.dev(), own.ino())),
            builder: Builder::new(output),
            linked: HashMap::new(),
            users: names::of_users(),
            groups: names::of_groups(),
            is_whole: true,
            has_told: false,
        }
    }

    /// Ends the archive; whether everything is in it.
    pub(super) fn end(mut self) -> Result<bool, String> {
        self.builder.finish().map_err(|error| write_error(&error))?;
        Ok(self.is_whole)
    }

    /// A file, or a folder and all below it. What cannot be read is said and left out.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub(super) fn add(&mut self, path: &OsStr) -> Result<(), String> {
        let found = if self.job.follows {
            fs::metadata(path)
        } else {
            fs::symlink_metadata(path)
        };
        let status = match found {
            Ok(status) => status,
            Err(error) => {
                self.leave_out(path, &errno::words(&error));
                return Ok(());
            }
        };
        if self.own == Some((status.dev(), status.ino())) {
            self.call
                .complain(format_args!("{}: file is the archive; skipping", path.display()));
            return Ok(());
        }
        self.entry(path, &status)?;
        if !status.is_dir() {
            return Ok(());
        }
        let inside = match fs::read_dir(path) {
            Ok(inside) => inside,
            Err(error) => {
                self.leave_out(path, &errno::words(&error));
                return Ok(());
            }
        };
        for name in inside.filter_map(Result::ok) {
            let slash: &[u8] = if path.as_bytes().ends_with(b"/") { b"" } else { b"/" };
            let below = [path.as_bytes(), slash, name.file_name().as_bytes()].concat();
            self.add(&OsString::from_vec(below))?;
        }
        Ok(())
    }

    fn leave_out(&mut self, path: &OsStr, words: &str) {
        self.call.complain(format_args!("{}: {words}", path.display()));
        self.is_whole = false;
    }

    fn entry(&mut self, path: &OsStr, status: &Metadata) -> Result<(), String> {
        let (inside, taken) = name::inward(path.as_bytes());
        if let Some(taken) = taken.filter(|_| !self.has_told) {
            self.has_told = true;
            self.call
                .complain(format_args!("removing leading '{taken}' from member names"));
        }
        let mut inside = inside.to_vec();
        if status.is_dir() && !inside.is_empty() && !inside.ends_with(b"/") {
            inside.push(b'/');
        }
        if inside.is_empty() {
            return Ok(());
        }
        let key = (status.dev(), status.ino());
        let first = self.linked.get(&key).cloned().filter(|_| !status.is_dir());
        let mut header = self.header(status);
        let mut content: Box<dyn Read> = Box::new(io::empty());
        let mut target = Vec::new();
        if let Some(first) = first {
            header.set_entry_type(EntryType::Link);
            target = first;
        } else if status.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            match fs::read_link(path) {
                Ok(link) => target = link.into_os_string().into_vec(),
                Err(error) => {
                    self.leave_out(path, &errno::words(&error));
                    return Ok(());
                }
            }
        } else if status.is_file() {
            match File::open(Path::new(path)) {
                Ok(file) => content = Box::new(file),
                Err(error) => {
                    self.leave_out(path, &errno::words(&error));
                    return Ok(());
                }
            }
            header.set_size(status.size());
            // A file that shrinks meanwhile is filled up: the header has told its length.
            content = Box::new(content.chain(io::repeat(0)).take(status.size()));
        } else if let Some(kind) = special(status) {
            header.set_entry_type(kind);
        } else if status.is_dir() {
            header.set_entry_type(EntryType::Directory);
        } else {
            self.leave_out(path, "unknown file type");
            return Ok(());
        }
        if status.nlink() > 1 {
            self.linked.entry(key).or_insert_with(|| inside.clone());
        }
        if self.job.verbose {
            self.tell(&inside);
        }
        self.write(header, &inside, &target, &mut content)
            .map_err(|error| write_error(&error))
    }

    /// The name of what goes in: beside the archive, where that is on standard output.
    fn tell(&self, name: &[u8]) {
        let line = [name, b"\n"].concat();
        let _ = if self.job.archive.is_none() {
            io::stderr().write_all(&line)
        } else {
            io::stdout().write_all(&line)
        };
    }

    fn header(&self, status: &Metadata) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(status.mode() & 0o7777);
        header.set_uid(u64::from(status.uid()));
        header.set_gid(u64::from(status.gid()));
        header.set_mtime(u64::try_from(status.mtime()).unwrap_or(0));
        header.set_size(0);
        if !self.job.numeric {
            let named = |name: Option<&String>| name.cloned().unwrap_or_default();
            // A name too long for its field is left out: the number stands beside it.
            let _ = header.set_username(&named(self.users.get(&status.uid())));
            let _ = header.set_groupname(&named(self.groups.get(&status.gid())));
        }
        if status.file_type().is_char_device() || status.file_type().is_block_device() {
            let device = status.rdev();
            let _ = header.set_device_major(rustix::fs::major(device));
            let _ = header.set_device_minor(rustix::fs::minor(device));
        }
        header
    }

    fn write(&mut self, mut header: Header, name: &[u8], target: &[u8], content: &mut dyn Read) -> io::Result<()> {
        for (text, kind) in [(target, EntryType::GNULongLink), (name, EntryType::GNULongName)] {
            if text.len() > LONGEST_NAME {
                self.long(text, kind)?;
            }
        }
        if let Some(gnu) = header.as_gnu_mut() {
            let fit = |text: &[u8]| text.len().min(LONGEST_NAME);
            gnu.name[..fit(name)].copy_from_slice(&name[..fit(name)]);
            gnu.linkname[..fit(target)].copy_from_slice(&target[..fit(target)]);
        }
        header.set_cksum();
        self.builder.append(&header, content)
    }

    /// A name that no header holds goes before it, as GNU does it.
    fn long(&mut self, text: &[u8], kind: EntryType) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(text.len() as u64 + 1);
        header.set_mode(0);
        if let Some(gnu) = header.as_gnu_mut() {
            let name = b"././@LongLink";
            gnu.name[..name.len()].copy_from_slice(name);
        }
        header.set_cksum();
        self.builder.append(&header, &[text, b"\0"].concat()[..])
    }
}

fn special(status: &Metadata) -> Option<EntryType> {
    let kind = status.file_type();
    if kind.is_fifo() {
        Some(EntryType::Fifo)
    } else if kind.is_char_device() {
        Some(EntryType::Char)
    } else if kind.is_block_device() {
        Some(EntryType::Block)
    } else {
        None
    }
}
