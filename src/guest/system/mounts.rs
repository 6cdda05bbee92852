//! `mount`, and the mounts of this process.

use std::fs;
use std::path::PathBuf;

use super::super::{Call, getopt};

/// Help of `mount`.
pub const USAGE: &str =
    "[-a] [-t FSTYPE] [-o OPT[,OPT]] [DEV] [DIR]\n\nShow what is mounted: mounting is not in this lab";

/// One line of `/proc/mounts` (`proc_pid_mounts(5)`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Mounted {
    pub source: String,
    pub place: PathBuf,
    pub kind: String,
    pub options: String,
}

/// The mounts of this process, the oldest first.
pub(in super::super) fn read() -> Vec<Mounted> {
    let text = fs::read_to_string("/proc/mounts").unwrap_or_default();
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Mounted> {
    let mut fields = line.split(' ').map(unescaped);
    Some(Mounted {
        source: fields.next()?,
        place: PathBuf::from(fields.next()?),
        kind: fields.next()?,
        options: fields.next()?,
    })
}

/// A field whose blanks the kernel has written as `\040` and the like.
fn unescaped(field: &str) -> String {
    field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

/// Entry of `mount`: the list. A container may not mount (Docker's default capabilities have no `CAP_SYS_ADMIN`), so anything else
/// is refused as the kernel would.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "at:o:rwvnf", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let [.., place] = options.operands.as_slice() {
        let source = options.operands.first().unwrap_or(place);
        call.complain(format_args!(
            "mounting {} on {} failed: Operation not permitted",
            source.display(),
            place.display()
        ));
        return 1;
    }
    let wanted = options.value('t');
    for mounted in read() {
        if wanted.is_none_or(|kind| *kind == *mounted.kind.as_str()) {
            let Mounted {
                source,
                place,
                kind,
                options,
            } = mounted;
            println!("{source} on {} type {kind} ({options})", place.display());
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernel_s_list() {
        let read = line("overlay /a\\040b overlay rw,relatime,lowerdir=/x 0 0").unwrap();
        assert_eq!((read.source.as_str(), read.kind.as_str()), ("overlay", "overlay"));
        assert_eq!(read.place, PathBuf::from("/a b"));
        assert_eq!(read.options, "rw,relatime,lowerdir=/x");
        assert_eq!(line("one two"), None);
    }
}
