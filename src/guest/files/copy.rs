//! `cp` and `mv`.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileTimes, Metadata, OpenOptions};
use std::io::{self, BufRead, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::super::{Call, errno, getopt};

/// Help of `cp`.
pub const CP_USAGE: &str = "[-arPLHpfinTu] SOURCE DEST\nor: cp [-arPLHpfinu] SOURCE... { -t DIRECTORY | DIRECTORY }\n\nCopy SOURCEs to DEST\n\n\t-a\tSame as -dpR\n\t-R,-r\tRecurse\n\t-d,-P\tPreserve symlinks (default if -R)\n\t-L\tFollow all symlinks\n\t-H\tFollow symlinks on command line\n\t-p\tPreserve file attributes if possible\n\t-f\tOverwrite\n\t-i\tPrompt before overwrite\n\t-n\tDon't overwrite\n\t-T\tRefuse to copy if DEST is a directory\n\t-t DIR\tCopy all SOURCEs into DIR\n\t-u\tCopy only newer files";
/// Help of `mv`.
pub const MV_USAGE: &str = "[-finT] SOURCE DEST\nor: mv [-fin] SOURCE... { -t DIRECTORY | DIRECTORY }\n\nRename SOURCE to DEST, or move SOURCEs to DIRECTORY\n\n\t-f\tDon't prompt before overwriting\n\t-i\tInteractive, prompt before overwrite\n\t-n\tDon't overwrite an existing file\n\t-T\tRefuse to move if DEST is a directory\n\t-t DIR\tMove all SOURCEs into DIR";

/// Which links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follow {
    Never,
    Operands,
    Always,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent command-line option"
)]
struct Copier<'a> {
    call: &'a Call<'a>,
    recurse: bool,
    preserve: bool,
    follow: Follow,
    force: bool,
    ask: bool,
    keep: bool,
    newer: bool,
    verbose: bool,
    /// Folders that were made: a copy of one's own copy would never end.
    made: HashSet<(u64, u64)>,
    failed: bool,
}

/// Entry of `cp`.
pub(crate) fn cp_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "arRdPLHpfinTt:uv", &[("parents", 'P')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let all = options.has('a');
    let recurse = all || options.has('r') || options.has('R');
    let follow = match (options.has('L'), options.has('H')) {
        (true, _) => Follow::Always,
        (false, true) => Follow::Operands,
        _ if recurse || options.has('d') || options.has('P') => Follow::Never,
        _ => Follow::Always,
    };
    let mut copier = Copier {
        call,
        recurse,
        preserve: all || options.has('p'),
        follow,
        force: options.has('f'),
        ask: options.has('i') && !options.has('n'),
        keep: options.has('n'),
        newer: options.has('u'),
        verbose: options.has('v'),
        made: HashSet::new(),
        failed: false,
    };
    let Some(pairs) = destinations(call, &options) else {
        return call.usage();
    };
    let pairs = match pairs {
        Ok(pairs) => pairs,
        Err(status) => return status,
    };
    for (source, target) in pairs {
        copier.one(&source, &target, true);
    }
    i32::from(copier.failed)
}

type Pairs = Result<Vec<(PathBuf, PathBuf)>, i32>;

/// What goes where; none where too little was named.
fn destinations(call: &Call, options: &getopt::Options) -> Option<Pairs> {
    let mut sources = options.operands.clone();
    let folder = if let Some(folder) = options.value('t') {
        Some(PathBuf::from(folder))
    } else {
        let last = PathBuf::from(sources.pop()?);
        if sources.len() == 1 && (options.has('T') || !last.is_dir()) {
            if options.has('T') && last.is_dir() && !Path::new(&sources[0]).is_dir() {
                call.complain(format_args!("'{}' is a directory", last.display()));
                return Some(Err(1));
            }
            return Some(Ok(vec![(PathBuf::from(&sources[0]), last)]));
        }
        Some(last)
    };
    let folder = folder.filter(|_| !sources.is_empty())?;
    let inside = |source: OsString| {
        let target = folder.join(last_part(&source));
        (PathBuf::from(source), target)
    };
    Some(Ok(sources.into_iter().map(inside).collect()))
}

/// The last part of a path as it is written, `.` and `..` among them.
fn last_part(path: &OsStr) -> OsString {
    let path = Path::new(path);
    path.components()
        .next_back()
        .map_or_else(OsString::new, |part| match part {
            std::path::Component::RootDir => OsString::new(),
            other => other.as_os_str().to_owned(),
        })
}

/// Asks before something is overwritten; whether the answer begins with `y`.
fn agrees(call: &Call, target: &Path) -> bool {
    let _ = write!(io::stderr(), "{}: overwrite '{}'? ", call.name(), target.display());
    let mut answer = String::new();
    let _ = io::stdin().lock().read_line(&mut answer);
    answer.starts_with(['y', 'Y'])
}

impl Copier<'_> {
    fn fail(&mut self, doing: &str, path: &Path, error: &io::Error) {
        self.failed = true;
        self.call
            .complain(format_args!("{doing} '{}': {}", path.display(), errno::words(error)));
    }

    fn one(&mut self, source: &Path, target: &Path, is_operand: bool) {
        let follows = self.follow == Follow::Always || is_operand && self.follow == Follow::Operands;
        let metadata = if follows {
            fs::metadata(source)
        } else {
            fs::symlink_metadata(source)
        };
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) => return self.fail("can't stat", source, &error),
        };
        let there = if follows {
            fs::metadata(target).ok()
        } else {
            fs::symlink_metadata(target).ok()
        };
        if let Some(there) = &there
            && (there.dev(), there.ino()) == (metadata.dev(), metadata.ino())
        {
            self.failed = true;
            return self.call.complain(format_args!(
                "'{}' and '{}' are the same file",
                source.display(),
                target.display()
            ));
        }
        if metadata.is_dir() {
            return self.folder(source, target, &metadata);
        }
        if let Some(there) = &there {
            let older = || metadata.modified().ok() <= there.modified().ok();
            if self.keep || self.newer && older() || self.ask && !agrees(self.call, target) {
                return;
            }
        }
        let kind = metadata.file_type();
        let copied = if kind.is_symlink() {
            link_again(source, target)
        } else if kind.is_fifo() && self.recurse {
            mkfifo(target, Mode::from_bits_truncate(metadata.mode() & 0o777)).map_err(io::Error::from)
        } else {
            self.file(source, target, &metadata)
        };
        match copied {
            Ok(()) => self.copied(source, target, &metadata),
            Err(error) if error.kind() == io::ErrorKind::Other => self.failed = true,
            Err(error) => self.fail("can't create", target, &error),
        }
    }

    fn copied(&mut self, source: &Path, target: &Path, metadata: &Metadata) {
        if self.preserve
            && let Err(error) = keep_attributes(target, metadata)
        {
            self.fail("can't preserve attributes of", target, &error);
        }
        if self.verbose {
            println!("'{}' -> '{}'", source.display(), target.display());
        }
    }

    fn file(&self, source: &Path, target: &Path, metadata: &Metadata) -> io::Result<()> {
        let mut input = File::open(source).map_err(|error| self.told("can't open", source, &error))?;
        let mode = metadata.mode() & 0o777;
        let open = || {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(mode)
                .open(target)
        };
        let mut output = match open() {
            Err(_) if self.force && fs::symlink_metadata(target).is_ok() => {
                fs::remove_file(target)?;
                open()?
            }
            other => other?,
        };
        io::copy(&mut input, &mut output)
            .map(drop)
            .map_err(|error| self.told("can't copy", source, &error))
    }

    /// Says what is wrong at once; the error that comes back says that it was.
    fn told(&self, doing: &str, path: &Path, error: &io::Error) -> io::Error {
        self.call
            .complain(format_args!("{doing} '{}': {}", path.display(), errno::words(error)));
        io::Error::other("said")
    }

    fn folder(&mut self, source: &Path, target: &Path, metadata: &Metadata) {
        if !self.recurse {
            self.failed = true;
            return self
                .call
                .complain(format_args!("omitting directory '{}'", source.display()));
        }
        if self.made.contains(&(metadata.dev(), metadata.ino())) {
            self.failed = true;
            return self.call.complain(format_args!(
                "recursion detected, omitting directory '{}'",
                source.display()
            ));
        }
        let is_new = match fs::DirBuilder::new()
            .mode(metadata.mode() & 0o777 | 0o700)
            .create(target)
        {
            Ok(()) => true,
            Err(_) if target.is_dir() => false,
            Err(error) => return self.fail("can't create directory", target, &error),
        };
        if let Ok(made) = fs::metadata(target).map(|made| (made.dev(), made.ino()))
            && is_new
        {
            self.made.insert(made);
        }
        match fs::read_dir(source) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    self.one(&entry.path(), &target.join(entry.file_name()), false);
                }
            }
            Err(error) => self.fail("can't open", source, &error),
        }
        self.copied(source, target, metadata);
    }
}

/// Gives a copy its original's owner, mode and times. An owner that may not be given is no failure (busybox, `cp -p`).
fn keep_attributes(target: &Path, metadata: &Metadata) -> io::Result<()> {
    let owned = lchown(target, Some(metadata.uid()), Some(metadata.gid()));
    if metadata.is_symlink() {
        return Ok(());
    }
    // What sets an identity is not kept where the identity is not.
    let mask = if owned.is_ok() { 0o7777 } else { 0o777 };
    if metadata.is_file() || metadata.is_dir() {
        let times = FileTimes::new()
            .set_accessed(metadata.accessed()?)
            .set_modified(metadata.modified()?);
        File::open(target)?.set_times(times)?;
    }
    fs::set_permissions(target, fs::Permissions::from_mode(metadata.mode() & mask))
}

/// Entry of `mv`.
pub(crate) fn mv_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "finTt:v", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(pairs) = destinations(call, &options) else {
        return call.usage();
    };
    let pairs = match pairs {
        Ok(pairs) => pairs,
        Err(status) => return status,
    };
    let mut status = 0;
    for (source, target) in pairs {
        if fs::symlink_metadata(&target).is_ok() {
            let asks = options.has('i') && !options.has('f');
            if options.has('n') || asks && !agrees(call, &target) {
                continue;
            }
        }
        let moved = match fs::rename(&source, &target) {
            Err(error) if error.raw_os_error() == Some(libc::EXDEV) => Ok(across(call, &source, &target)),
            other => other.map(|()| true),
        };
        match moved {
            Ok(true) if options.has('v') => println!("'{}' -> '{}'", source.display(), target.display()),
            Ok(true) => {}
            Ok(false) => status = 1,
            Err(error) => {
                call.complain(format_args!(
                    "can't rename '{}': {}",
                    source.display(),
                    errno::words(&error)
                ));
                status = 1;
            }
        }
    }
    status
}

/// Moves to another file system, or a folder of an image's lower layer: a copy, then the original's end.
fn across(call: &Call, source: &Path, target: &Path) -> bool {
    let mut copier = Copier {
        call,
        recurse: true,
        preserve: true,
        follow: Follow::Never,
        force: true,
        ask: false,
        keep: false,
        newer: false,
        verbose: false,
        made: HashSet::new(),
        failed: false,
    };
    copier.one(source, target, true);
    if copier.failed {
        return false;
    }
    let is_folder = fs::symlink_metadata(source).is_ok_and(|metadata| metadata.is_dir());
    let removed = if is_folder {
        fs::remove_dir_all(source)
    } else {
        fs::remove_file(source)
    };
    removed
        .map_err(|error| copier.fail("can't remove", source, &error))
        .is_ok()
}

/// A symbolic link like `source`, also where something stands already.
fn link_again(source: &Path, target: &Path) -> io::Result<()> {
    let content = fs::read_link(source)?;
    match symlink(&content, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(target)?;
            symlink(content, target)
        }
        other => other,
    }
}
