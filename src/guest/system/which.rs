//! `which`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::super::{Call, getopt};

/// Help.
pub const USAGE: &str = "[-a] COMMAND...\n\nLocate COMMAND\n\n\t-a\tShow all matches";

/// Where programs are looked for if nobody says so.
const USUAL: &str = "/sbin:/usr/sbin:/bin:/usr/bin";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "a", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.usage();
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| USUAL.into());
    let mut status = 0;
    for name in &options.operands {
        let mut found = candidates(name, &path).into_iter().filter(|file| is_program(file));
        let Some(first) = found.next() else {
            status = 1;
            continue;
        };
        println!("{}", first.display());
        if options.has('a') {
            found.for_each(|file| println!("{}", file.display()));
        }
    }
    status
}

fn candidates(name: &OsStr, path: &OsStr) -> Vec<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        return vec![PathBuf::from(name)];
    }
    let folders = path.as_bytes().split(|byte| *byte == b':');
    folders
        .map(|folder| if folder.is_empty() { b".".as_slice() } else { folder })
        .map(|folder| Path::new(OsStr::from_bytes(folder)).join(name))
        .collect()
}

fn is_program(file: &Path) -> bool {
    file.is_file() && access(file, AccessFlags::X_OK).is_ok()
}
