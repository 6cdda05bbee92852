//! `mktemp`.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::super::{Call, getopt};

/// Help.
pub const USAGE: &str = "[-dt] [-p DIR] [TEMPLATE]\n\nCreate a temporary file with name based on TEMPLATE and print its name.\nTEMPLATE must end with XXXXXX (e.g. [/dir/]nameXXXXXX).\nWithout TEMPLATE, -t tmp.XXXXXX is assumed.\n\n\t-d\tMake directory, not file\n\t-q\tFail silently on errors\n\t-t\tPrepend base directory name to TEMPLATE\n\t-p DIR\tUse DIR as a base directory (implies -t)\n\t-u\tDo not create anything; print a name\n\nBase directory is: -p DIR, else $TMPDIR, else /tmp";

/// What the end of a template becomes.
const PLACEHOLDER: &str = "XXXXXX";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "dqtp:u", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let template = match options.operands.as_slice() {
        [] => "tmp.XXXXXX".to_owned(),
        [template] => template.to_string_lossy().into_owned(),
        _ => return call.usage(),
    };
    let in_base = options.has('t') || options.has('p') || options.operands.is_empty();
    let base = match options.value('p') {
        Some(folder) => PathBuf::from(folder),
        None => std::env::var_os("TMPDIR")
            .filter(|folder| !folder.is_empty())
            .map_or_else(|| PathBuf::from("/tmp"), PathBuf::from),
    };
    let path = if in_base {
        base.join(&template)
    } else {
        PathBuf::from(&template)
    };
    match make(&path, options.has('d'), options.has('u')) {
        Ok(path) => {
            println!("{}", path.display());
            0
        }
        Err(error) => {
            if !options.has('q') {
                call.complain_of(path.display(), &error);
            }
            1
        }
    }
}

fn make(template: &Path, folder: bool, only_name: bool) -> io::Result<PathBuf> {
    let text = template.to_string_lossy();
    let Some(stem) = text.strip_suffix(PLACEHOLDER) else {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    };
    loop {
        let letters: String = (0..PLACEHOLDER.len()).map(|_| fastrand::alphanumeric()).collect();
        let path = PathBuf::from(format!("{stem}{letters}"));
        let made = if only_name {
            match fs::symlink_metadata(&path) {
                Ok(_) => Err(io::Error::from(io::ErrorKind::AlreadyExists)),
                Err(_) => Ok(()),
            }
        } else if folder {
            fs::DirBuilder::new().mode(0o700).create(&path)
        } else {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .map(drop)
        };
        match made {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::errno;
    use super::*;

    #[test]
    fn a_template_ends_with_six_places() {
        let folder = tempfile::tempdir().unwrap();
        let error = make(&folder.path().join("fooXXXXX"), false, false).unwrap_err();
        assert_eq!(errno::words(&error), "Invalid argument");
        let made = make(&folder.path().join("fooXXXXXX"), false, false).unwrap();
        assert!(made.is_file());
        assert!(made.to_string_lossy().contains("/foo"));
        let named = make(&folder.path().join("XXXXXX"), true, true).unwrap();
        assert!(!named.exists());
    }
}
