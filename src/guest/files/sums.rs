//! `md5sum`, `sha1sum`, `sha256sum` and `sha512sum`.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use sha2::digest::DynDigest;

use super::super::text::stream;
use super::super::{Call, errno, getopt};

/// Help of `md5sum`.
pub const MD5_USAGE: &str = "[-c[sw]] [FILE]...\n\nPrint or check MD5 checksums\n\n\t-c\tCheck sums against list in FILEs\n\t-s\tDon't output anything, status code shows success\n\t-w\tWarn about improperly formatted checksum lines";
/// Help of `sha1sum`.
pub const SHA1_USAGE: &str = "[-c[sw]] [FILE]...\n\nPrint or check SHA1 checksums\n\n\t-c\tCheck sums against list in FILEs\n\t-s\tDon't output anything, status code shows success\n\t-w\tWarn about improperly formatted checksum lines";
/// Help of `sha256sum`.
pub const SHA256_USAGE: &str = "[-c[sw]] [FILE]...\n\nPrint or check SHA256 checksums\n\n\t-c\tCheck sums against list in FILEs\n\t-s\tDon't output anything, status code shows success\n\t-w\tWarn about improperly formatted checksum lines";
/// Help of `sha512sum`.
pub const SHA512_USAGE: &str = "[-c[sw]] [FILE]...\n\nPrint or check SHA512 checksums\n\n\t-c\tCheck sums against list in FILEs\n\t-s\tDon't output anything, status code shows success\n\t-w\tWarn about improperly formatted checksum lines";

/// Entry of all.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "cswbt", &[("check", 'c')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if !options.has('c') && (options.has('s') || options.has('w')) {
        return call.usage();
    }
    let mut names = options.operands.clone();
    if names.is_empty() {
        names.push(OsString::from("-"));
    }
    let mut status = 0;
    for name in &names {
        if options.has('c') {
            match check(call, name, options.has('s'), options.has('w')) {
                Ok(checked) => status |= checked,
                Err(error) => {
                    call.complain_of(name.display(), &error);
                    return 1;
                }
            }
            continue;
        }
        match sum(call, name) {
            Some(sum) => {
                let line = [sum.as_bytes(), b"  ", name.as_bytes(), b"\n"].concat();
                let _ = io::stdout().write_all(&line);
            }
            None => status = 1,
        }
    }
    status
}

fn digest(call: &Call) -> Box<dyn DynDigest> {
    match call.name() {
        "md5sum" => Box::<md5::Md5>::default(),
        "sha1sum" => Box::<sha1::Sha1>::default(),
        "sha256sum" => Box::<sha2::Sha256>::default(),
        _ => Box::<sha2::Sha512>::default(),
    }
}

/// A file's sum in hexadecimal; `None` where it cannot be read, which is said.
fn sum(call: &Call, name: &OsStr) -> Option<String> {
    let mut source: Box<dyn Read> = if name == "-" {
        Box::new(io::stdin().lock())
    } else {
        match File::open(Path::new(name)) {
            Ok(file) => Box::new(file),
            Err(error) => {
                stream::cannot_open(call, name, &error);
                return None;
            }
        }
    };
    let mut digest = digest(call);
    let mut buffer = [0; 16 * 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => digest.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                call.complain(format_args!(
                    "can't read '{}': {}",
                    name.display(),
                    errno::words(&error)
                ));
                return None;
            }
        }
    }
    let mut text = String::new();
    for byte in digest.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

/// Compares files with a list of their sums.
fn check(call: &Call, list: &OsStr, silent: bool, warn: bool) -> io::Result<i32> {
    let mut input = stream::open(list)?;
    let (mut failed, mut total) = (0_u64, 0_u64);
    let mut line = Vec::new();
    while stream::next_line(&mut *input, b'\n', &mut line)?.is_some() {
        total += 1;
        let Some((wanted, name)) = entry(&line) else {
            failed += 1;
            if warn {
                call.complain("invalid format");
            }
            continue;
        };
        let found = sum(call, name);
        let holds = found.is_some_and(|found| found.as_bytes().eq_ignore_ascii_case(wanted));
        failed += u64::from(!holds);
        if !silent {
            println!("{}: {}", name.display(), if holds { "OK" } else { "FAILED" });
        }
    }
    if total == 0 {
        call.complain(format_args!("{}: no checksum lines found", list.display()));
        return Ok(1);
    }
    if failed > 0 && !silent {
        call.complain(format_args!(
            "WARNING: {failed} of {total} computed checksums did NOT match"
        ));
    }
    Ok(i32::from(failed > 0))
}

/// A line of a list: the sum, a blank, a blank or `*`, the name.
fn entry(line: &[u8]) -> Option<(&[u8], &OsStr)> {
    let blank = line.iter().position(|byte| *byte == b' ')?;
    let (sum, rest) = line.split_at(blank);
    match rest {
        [b' ', b' ' | b'*', name @ ..] if !sum.is_empty() && !name.is_empty() => Some((sum, OsStr::from_bytes(name))),
        _ => None,
    }
}
