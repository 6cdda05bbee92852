//! `du`: the room that files take.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::super::{Call, getopt, number};
use super::ls::human;

/// Help.
pub const USAGE: &str = "[-aHLdclsxhmk] [FILE]...\n\nSummarize disk space used for FILEs (or directories)\n\n\t-a\tShow file sizes too\n\t-b\tApparent size (including holes)\n\t-L\tFollow all symlinks\n\t-H\tFollow symlinks on command line\n\t-d N\tLimit output to directories (and files with -a) of depth < N\n\t-c\tShow grand total\n\t-l\tCount sizes many times if hard linked\n\t-s\tDisplay only a total for each argument\n\t-x\tSkip directories on different filesystems\n\t-h\tSizes in human readable format (e.g., 1K 243M 2G)\n\t-m\tSizes in megabytes\n\t-k\tSizes in kilobytes (default)";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "aHLd:clsxhmkb", &[("max-depth", 'd')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let depth = match options.value('d').map(|text| number::plain(text)) {
        None => u64::MAX,
        Some(Ok(depth)) => depth,
        Some(Err(reproach)) => {
            call.complain(reproach);
            return 1;
        }
    };
    let mut count = Count {
        call,
        most_depth: if options.has('s') { 0 } else { depth },
        options: &options,
        seen: HashSet::new(),
        failed: false,
    };
    let mut files = options.operands.clone();
    if files.is_empty() {
        files.push(OsString::from("."));
    }
    let total: u64 = files.iter().map(|file| count.one(Path::new(file), 0, None)).sum();
    if options.has('c') {
        count.print(total, b"total");
    }
    i32::from(count.failed)
}

struct Count<'a> {
    call: &'a Call<'a>,
    options: &'a getopt::Options,
    most_depth: u64,
    /// Files of several names, which count once.
    seen: HashSet<(u64, u64)>,
    failed: bool,
}

impl Count<'_> {
    fn fail(&mut self, path: &Path, error: &io::Error) {
        self.failed = true;
        self.call.complain_of(path.display(), error);
    }

    /// Blocks of 512 bytes of a file and all below it, or bytes with -b.
    fn one(&mut self, path: &Path, depth: u64, device: Option<u64>) -> u64 {
        let follow = self.options.has('L') || depth == 0 && self.options.has('H');
        let metadata = match super::metadata(path, follow) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.fail(path, &error);
                return 0;
            }
        };
        if self.options.has('x') && device.is_some_and(|device| device != metadata.dev()) {
            return 0;
        }
        let several = metadata.nlink() > 1 && !metadata.is_dir() && !self.options.has('l');
        if several && !self.seen.insert((metadata.dev(), metadata.ino())) {
            return 0;
        }
        let mut sum = if self.options.has('b') {
            metadata.len()
        } else {
            metadata.blocks()
        };
        if metadata.is_dir() {
            match fs::read_dir(path) {
                Ok(entries) => {
                    for entry in entries.flatten() {
                        let below = path.join(entry.file_name());
                        sum += self.one(&below, depth + 1, Some(device.unwrap_or(metadata.dev())));
                    }
                }
                Err(error) => self.fail(path, &error),
            }
        }
        let shown = depth == 0 || metadata.is_dir() || self.options.has('a');
        if shown && depth <= self.most_depth {
            self.print(sum, path.as_os_str().as_bytes());
        }
        sum
    }

    fn print(&self, sum: u64, name: &[u8]) {
        let text = match () {
            () if self.options.has('b') => sum.to_string(),
            () if self.options.has('h') => human(sum * 512),
            () if self.options.has('m') => sum.div_ceil(2048).to_string(),
            () => sum.div_ceil(2).to_string(),
        };
        let _ = io::stdout().write_all(&[text.as_bytes(), b"\t", name, b"\n"].concat());
    }
}
