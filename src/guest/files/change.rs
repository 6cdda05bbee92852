//! `mkdir`, `rmdir`, `rm` and `touch`.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, FileTimes, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::system::date;
use super::super::{Call, errno, getopt, time};

/// Help of `mkdir`.
pub const MKDIR_USAGE: &str = "[-m MODE] [-p] DIRECTORY...\n\nCreate DIRECTORY\n\n\t-m MODE\tMode\n\t-p\tNo error if exists; make parent directories as needed";
/// Help of `rmdir`.
pub const RMDIR_USAGE: &str = "[-p] DIRECTORY...\n\nRemove DIRECTORY if it is empty\n\n\t-p\tInclude parents";
/// Help of `rm`.
pub const RM_USAGE: &str = "[-rf] FILE...\n\nRemove (unlink) FILEs\n\n\t-f\tNever prompt\n\t-R,-r\tRecurse";
/// Help of `touch`.
pub const TOUCH_USAGE: &str = "[-cam] [-d DATE] [-t DATE] [-r FILE] FILE...\n\nUpdate mtime of FILEs\n\n\t-c\tDon't create files\n\t-a\tChange only atime\n\t-m\tChange only mtime\n\t-d DT\tDate/time to use\n\t-t DT\tDate/time to use\n\t-r FILE\tUse FILE's date/time";

/// Entry of `mkdir`.
pub(crate) fn mkdir_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "m:pv", &[("parents", 'p'), ("mode", 'm')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.usage();
    }
    let mode = match options
        .value('m')
        .map(|text| text.to_str().and_then(|text| u32::from_str_radix(text, 8).ok()))
    {
        None => None,
        Some(Some(mode)) if mode <= 0o7777 => Some(mode),
        Some(_) => {
            call.complain(format_args!(
                "invalid mode '{}'",
                options.value('m').map_or(OsStr::new(""), |text| text).display()
            ));
            return 1;
        }
    };
    let mut status = 0;
    for name in &options.operands {
        let path = Path::new(name);
        let created = DirBuilder::new().recursive(options.has('p')).mode(0o777).create(path);
        // The mode asked for holds whatever the file creation mask says.
        let outcome = created.and_then(|()| match mode {
            Some(mode) => fs::set_permissions(path, fs::Permissions::from_mode(mode)),
            None => Ok(()),
        });
        if let Err(error) = outcome {
            call.complain(format_args!(
                "can't create directory '{}': {}",
                name.display(),
                errno::words(&error)
            ));
            status = 1;
        }
    }
    status
}

/// Entry of `rmdir`.
pub(crate) fn rmdir_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "p", &[("parents", 'p')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.usage();
    }
    let mut status = 0;
    for name in &options.operands {
        let mut path = PathBuf::from(name);
        loop {
            if let Err(error) = fs::remove_dir(&path) {
                call.complain(format_args!("'{}': {}", path.display(), errno::words(&error)));
                status = 1;
                break;
            }
            if !options.has('p') || !path.pop() || path.as_os_str().is_empty() || path == Path::new("/") {
                break;
            }
        }
    }
    status
}

/// Entry of `rm`.
pub(crate) fn rm_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "rRf", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let force = options.has('f');
    if options.operands.is_empty() {
        return if force { 0 } else { call.usage() };
    }
    let recurse = options.has('r') || options.has('R');
    let mut status = 0;
    for name in &options.operands {
        let last = Path::new(name).components().next_back();
        let trailing_dot = name.as_encoded_bytes().ends_with(b"/.") || name == ".";
        if trailing_dot || matches!(last, Some(std::path::Component::ParentDir)) {
            call.complain("can't remove '.' or '..'");
            status = 1;
            continue;
        }
        match remove(Path::new(name), recurse) {
            Ok(()) => {}
            Err(Refusal::Directory) => {
                call.complain(format_args!("'{}' is a directory", name.display()));
                status = 1;
            }
            Err(Refusal::Io(error)) if force && error.kind() == io::ErrorKind::NotFound => {}
            Err(Refusal::Io(error)) => {
                call.complain(format_args!(
                    "can't remove '{}': {}",
                    name.display(),
                    errno::words(&error)
                ));
                status = 1;
            }
        }
    }
    status
}

enum Refusal {
    Directory,
    Io(io::Error),
}

fn remove(path: &Path, recurse: bool) -> Result<(), Refusal> {
    let is_directory = fs::symlink_metadata(path).map_err(Refusal::Io)?.is_dir();
    match (is_directory, recurse) {
        (true, false) => Err(Refusal::Directory),
        (true, true) => fs::remove_dir_all(path).map_err(Refusal::Io),
        (false, _) => fs::remove_file(path).map_err(Refusal::Io),
    }
}

/// Entry of `touch`.
pub(crate) fn touch_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "camd:t:r:", &[("no-create", 'c')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.usage();
    }
    let now = match wanted_time(call, &options) {
        Ok(time) => time,
        Err(status) => return status,
    };
    let mut times = FileTimes::new();
    if options.has('a') || !options.has('m') {
        times = times.set_accessed(now);
    }
    if options.has('m') || !options.has('a') {
        times = times.set_modified(now);
    }
    let mut status = 0;
    for name in &options.operands {
        if let Err(error) = touch(Path::new(name), !options.has('c'), times) {
            call.complain_of(name.display(), &error);
            status = 1;
        }
    }
    status
}

/// What `touch` sets: now, or what `-d`, `-t` or `-r` says.
fn wanted_time(call: &Call, options: &getopt::Options) -> Result<SystemTime, i32> {
    if let Some(text) = options.value('d').or_else(|| options.value('t')) {
        let seconds = date::parse(&text.to_string_lossy(), time::now());
        let time = seconds.and_then(|seconds| {
            let span = Duration::from_secs(seconds.unsigned_abs());
            if seconds < 0 {
                UNIX_EPOCH.checked_sub(span)
            } else {
                UNIX_EPOCH.checked_add(span)
            }
        });
        return time.ok_or_else(|| {
            call.complain(format_args!("invalid date '{}'", text.display()));
            1
        });
    }
    let Some(file) = options.value('r') else {
        return Ok(SystemTime::now());
    };
    fs::metadata(Path::new(file))
        .and_then(|seen| seen.modified())
        .map_err(|error| {
            call.complain_of(file.display(), &error);
            1
        })
}

fn touch(path: &Path, create: bool, times: FileTimes) -> io::Result<()> {
    let opened = match OpenOptions::new().write(true).create(create).truncate(false).open(path) {
        // A directory cannot be written, and needs not be to have its times set.
        Err(error) if error.raw_os_error() == Some(libc::EISDIR) => OpenOptions::new().read(true).open(path),
        other => other,
    };
    match opened {
        Ok(file) => file.set_times(times),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !create => Ok(()),
        Err(error) => Err(error),
    }
}
