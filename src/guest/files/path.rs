//! `basename`, `dirname`, `readlink` and `realpath`: names of files.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::super::{Call, errno, getopt};

/// Help of `basename`.
pub const BASENAME_USAGE: &str = "FILE [SUFFIX] | -a FILE... | -s SUFFIX FILE...\n\nStrip directory path and SUFFIX from FILE\n\n\t-a\t\tAll arguments are FILEs\n\t-s SUFFIX\tRemove SUFFIX (implies -a)";
/// Help of `dirname`.
pub const DIRNAME_USAGE: &str = "FILENAME\n\nStrip non-directory suffix from FILENAME";
/// Help of `readlink`.
pub const READLINK_USAGE: &str = "[-fnv] FILE\n\nDisplay the value of a symlink\n\n\t-f\tCanonicalize by following all symlinks\n\t-n\tDon't add newline\n\t-v\tVerbose";
/// Help of `realpath`.
pub const REALPATH_USAGE: &str = "FILE...\n\nPrint absolute pathnames of FILEs";

fn print(text: &[u8], end: &[u8]) {
    let _ = io::stdout().write_all(&[text, end].concat());
}

/// Entry of `basename`.
pub(crate) fn basename_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+as:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let several = options.has('a') || options.has('s');
    let (files, suffix) = match options.operands.as_slice() {
        [] => return call.usage(),
        files if several => (files, options.value('s').map_or(OsStr::new(""), |suffix| suffix)),
        files @ [_] => (files, OsStr::new("")),
        [file, suffix] => (std::slice::from_ref(file), suffix.as_os_str()),
        _ => return call.usage(),
    };
    for file in files {
        let base = base(file.as_bytes());
        // A name that is nothing but the suffix keeps it.
        let kept = base.strip_suffix(suffix.as_bytes()).filter(|kept| !kept.is_empty());
        print(kept.unwrap_or(base), b"\n");
    }
    0
}

fn base(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(1, |at| at + 1);
    let path = &path[..end.min(path.len())];
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) if path.len() > 1 => &path[at + 1..],
        _ => path,
    }
}

/// Entry of `dirname`.
pub(crate) fn dirname_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let [path] = options.operands.as_slice() else {
        return call.usage();
    };
    print(folder(path.as_bytes()), b"\n");
    0
}

fn folder(path: &[u8]) -> &[u8] {
    let without_slashes = |path: &[u8]| path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    let named = &path[..without_slashes(path)];
    let Some(at) = named.iter().rposition(|byte| *byte == b'/') else {
        return if named.is_empty() && !path.is_empty() {
            b"/"
        } else {
            b"."
        };
    };
    match without_slashes(&named[..at]) {
        0 => b"/",
        end => &named[..end],
    }
}

/// Entry of `readlink`.
pub(crate) fn readlink_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "fnv", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let [path] = options.operands.as_slice() else {
        return call.usage();
    };
    let end: &[u8] = if options.has('n') { b"" } else { b"\n" };
    let found = if options.has('f') {
        Path::new(path).canonicalize()
    } else {
        fs::read_link(path)
    };
    match found {
        Ok(target) => {
            print(target.as_os_str().as_bytes(), end);
            0
        }
        Err(error) => {
            if options.has('v') {
                let reason = match error.raw_os_error() {
                    Some(libc::EINVAL) => "not a symlink".to_owned(),
                    _ => errno::words(&error),
                };
                call.complain(format_args!("{}: cannot read link: {reason}", path.display()));
            }
            1
        }
    }
}

/// Entry of `realpath`.
pub(crate) fn realpath_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.usage();
    }
    let mut status = 0;
    for path in &options.operands {
        match Path::new(path).canonicalize() {
            Ok(found) => print(found.as_os_str().as_bytes(), b"\n"),
            Err(error) => {
                call.complain_of(path.display(), &error);
                status = 1;
            }
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_folders() {
        for (path, of_base, of_folder) in [
            ("/a/b", "b", "/a"),
            ("a", "a", "."),
            ("a/", "a", "."),
            ("/", "/", "/"),
            ("/a", "a", "/"),
            ("a//b//", "b", "a"),
            ("", "", "."),
        ] {
            assert_eq!(base(path.as_bytes()), of_base.as_bytes(), "{path}");
            assert_eq!(folder(path.as_bytes()), of_folder.as_bytes(), "{path}");
        }
    }
}
