//! `truncate`.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use super::super::{Call, getopt, number};

/// Help.
pub const USAGE: &str = "[-c] -s SIZE FILE...\n\nTruncate FILEs to SIZE\n\n\t-c\tDo not create files\n\t-s SIZE";

/// What letters after a size multiply it with.
const UNITS: &[(&str, u64)] = &[
    ("b", 512),
    ("k", 1 << 10),
    ("K", 1 << 10),
    ("m", 1 << 20),
    ("M", 1 << 20),
    ("g", 1 << 30),
    ("G", 1 << 30),
    ("T", 1 << 40),
];

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "cs:", &[("no-create", 'c'), ("size", 's')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(size) = options.value('s').filter(|_| !options.operands.is_empty()) else {
        return call.usage();
    };
    let size = match number::with_unit(size, UNITS) {
        Ok(size) => size,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let mut status = 0;
    for name in &options.operands {
        let opened = OpenOptions::new()
            .write(true)
            .create(!options.has('c'))
            .truncate(false)
            .open(Path::new(name));
        let done = match opened {
            Ok(file) => file.set_len(size).map_err(|error| ("truncate", error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && options.has('c') => Ok(()),
            Err(error) => Err(("open", error)),
        };
        if let Err((what, error)) = done {
            call.complain_of(format_args!("{}: {what}", name.display()), &error);
            status = 1;
        }
    }
    status
}
