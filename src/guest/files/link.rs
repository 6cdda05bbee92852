//! `ln`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::super::{Call, getopt};

/// Help.
pub const USAGE: &str = "[-sfnTv] TARGET... LINK|DIR\n\nCreate a link LINK or DIR/TARGET to the specified TARGET(s)\n\n\t-s\tMake symlinks instead of hardlinks\n\t-f\tRemove existing destinations\n\t-n\tDon't dereference symlinks - treat like normal file\n\t-T\tTreat LINK as a file, not DIR\n\t-v\tVerbose";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "sfnTv", &[("symbolic", 's'), ("force", 'f')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut targets = options.operands.clone();
    let link = match targets.len() {
        0 => return call.usage(),
        // One name alone: a link of that name here.
        1 => PathBuf::from(base(&targets[0])),
        _ => PathBuf::from(targets.pop().unwrap_or_default()),
    };
    let into = link.is_dir() && !(options.has('T') || options.has('n') && link.is_symlink());
    let mut status = 0;
    for target in &targets {
        let place = if into { link.join(base(target)) } else { link.clone() };
        if let Err(error) = make(Path::new(target), &place, options.has('s'), options.has('f')) {
            let at_fault = if error.kind() == io::ErrorKind::NotFound && !options.has('s') {
                Path::new(target)
            } else {
                &place
            };
            call.complain_of(at_fault.display(), &error);
            status = 1;
        } else if options.has('v') {
            println!("'{}' -> '{}'", place.display(), target.display());
        }
    }
    status
}

fn base(path: &OsStr) -> OsString {
    Path::new(path).file_name().unwrap_or(path).to_owned()
}

fn make(target: &Path, place: &Path, symbolic: bool, force: bool) -> io::Result<()> {
    if force && fs::symlink_metadata(place).is_ok() {
        fs::remove_file(place)?;
    }
    if symbolic {
        symlink(target, place)
    } else {
        fs::hard_link(target, place)
    }
}
