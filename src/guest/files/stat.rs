//! `stat`.

use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use nix::sys::stat::{major, minor};

use super::super::{Call, errno, getopt, names, time};
use super::ls::mode_word;

/// Help.
pub const USAGE: &str = "[-Lt] [-c FMT] FILE...\n\nDisplay file status\n\n\t-c FMT\tUse the specified format\n\t-L\tFollow links\n\t-t\tTerse display\n\nFMT sequences for files:\n %a\tAccess rights in octal\n %A\tAccess rights in human readable form\n %b\tNumber of blocks allocated (see %B)\n %B\tSize in bytes of each block reported by %b\n %d\tDevice number in decimal\n %D\tDevice number in hex\n %f\tRaw mode in hex\n %F\tFile type\n %g\tGroup ID\n %G\tGroup name\n %h\tNumber of hard links\n %i\tInode number\n %n\tFile name\n %N\tFile name, with -> TARGET if symlink\n %o\tI/O block size\n %s\tTotal size in bytes\n %t\tMajor device type in hex\n %T\tMinor device type in hex\n %u\tUser ID\n %U\tUser name\n %x\tTime of last access\n %X\tTime of last access as seconds since Epoch\n %y\tTime of last modification\n %Y\tTime of last modification as seconds since Epoch\n %z\tTime of last change\n %Z\tTime of last change as seconds since Epoch";

const TERSE: &str = "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %o";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "Ltc:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.usage();
    }
    let mut status = 0;
    for name in &options.operands {
        let path = Path::new(name);
        let metadata = match super::metadata(path, options.has('L')) {
            Ok(metadata) => metadata,
            Err(error) => {
                call.complain(format_args!(
                    "can't stat '{}': {}",
                    path.display(),
                    errno::words(&error)
                ));
                status = 1;
                continue;
            }
        };
        let text = match options.value('c') {
            Some(format) => formatted(&format.to_string_lossy(), path, &metadata),
            None if options.has('t') => formatted(TERSE, path, &metadata),
            None => full(path, &metadata),
        };
        let _ = io::stdout().write_all(&[text.as_slice(), b"\n"].concat());
    }
    status
}

fn full(path: &Path, metadata: &Metadata) -> Vec<u8> {
    let kind = metadata.file_type();
    let device = if kind.is_char_device() || kind.is_block_device() {
        let number = metadata.rdev();
        format!("%-5h Device type: {},{}", major(number), minor(number))
    } else {
        "%h".to_owned()
    };
    let format = format!(
        "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Dh/%dd\tInode: %-10i  Links: {device}\n\
         Access: (%a/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z"
    );
    // The only place where a mode has four digits.
    formatted(
        &format.replace("(%a/", &format!("({:04o}/", metadata.mode() & 0o7777)),
        path,
        metadata,
    )
}

fn formatted(format: &str, path: &Path, metadata: &Metadata) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        out.extend_from_slice(before.as_bytes());
        let flags = after.find(|letter: char| !"-0123456789#+ .".contains(letter));
        let Some(at) = flags else {
            out.push(b'%');
            rest = after;
            break;
        };
        let (flags, letter) = (&after[..at], after[at..].chars().next().unwrap_or('%'));
        rest = &after[at + letter.len_utf8()..];
        let value = value(letter, path, metadata);
        let left = flags.starts_with('-');
        let width = flags.trim_start_matches('-').parse::<usize>().unwrap_or(0);
        let gap = vec![b' '; width.saturating_sub(value.len())];
        let parts = if left { [value, gap] } else { [gap, value] };
        out.extend(parts.concat());
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn value(letter: char, path: &Path, metadata: &Metadata) -> Vec<u8> {
    let mode = metadata.mode();
    let name_in = |table: std::collections::HashMap<u32, String>, id: u32| {
        table.get(&id).cloned().unwrap_or_else(|| "UNKNOWN".to_owned())
    };
    match letter {
        'a' => format!("{:o}", mode & 0o7777),
        'A' => mode_word(mode),
        'b' => metadata.blocks().to_string(),
        'B' => "512".to_owned(),
        'd' => metadata.dev().to_string(),
        'D' => format!("{:x}", metadata.dev()),
        'f' => format!("{mode:x}"),
        'F' => kind(metadata).to_owned(),
        'g' => metadata.gid().to_string(),
        'G' => name_in(names::of_groups(), metadata.gid()),
        'h' => metadata.nlink().to_string(),
        'i' => metadata.ino().to_string(),
        'n' => return path.as_os_str().as_bytes().to_vec(),
        'N' => return with_target(path, metadata),
        'o' => metadata.blksize().to_string(),
        's' => metadata.len().to_string(),
        't' => format!("{:x}", major(metadata.rdev())),
        'T' => format!("{:x}", minor(metadata.rdev())),
        'u' => metadata.uid().to_string(),
        'U' => name_in(names::of_users(), metadata.uid()),
        'x' => moment(metadata.atime(), metadata.atime_nsec()),
        'X' => metadata.atime().to_string(),
        'y' => moment(metadata.mtime(), metadata.mtime_nsec()),
        'Y' => metadata.mtime().to_string(),
        'z' => moment(metadata.ctime(), metadata.ctime_nsec()),
        'Z' => metadata.ctime().to_string(),
        other => other.to_string(),
    }
    .into_bytes()
}

fn moment(seconds: i64, nanoseconds: i64) -> String {
    format!("{}.{nanoseconds:09} +0000", time::civil(seconds).iso())
}

fn with_target(path: &Path, metadata: &Metadata) -> Vec<u8> {
    let name = path.as_os_str().as_bytes();
    match fs::read_link(path) {
        Ok(target) if metadata.is_symlink() => [b"'", name, b"' -> '", target.as_os_str().as_bytes(), b"'"].concat(),
        _ => name.to_vec(),
    }
}

fn kind(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    match (kind.is_dir(), kind.is_symlink(), kind.is_fifo(), kind.is_socket()) {
        (true, ..) => "directory",
        (_, true, ..) => "symbolic link",
        (_, _, true, _) => "fifo",
        (_, _, _, true) => "socket",
        _ if kind.is_char_device() => "character special file",
        _ if kind.is_block_device() => "block special file",
        _ if metadata.len() == 0 => "regular empty file",
        _ => "regular file",
    }
}
