//! `gzip`, `gunzip` and `zcat`: RFC 1952, in busybox's words.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};

use super::super::{Call, errno, getopt};

/// Help of `gzip`.
pub const GZIP_USAGE: &str = "[-cfkdt] [FILE]...\n\nCompress FILEs (or stdin)\n\n\t-d\tDecompress\n\t-c\tWrite to stdout\n\t-f\tForce\n\t-k\tKeep input files\n\t-t\tTest integrity";
/// Help of `gunzip`.
pub const GUNZIP_USAGE: &str = "[-cfkt] [FILE]...\n\nDecompress FILEs (or stdin)\n\n\t-c\tWrite to stdout\n\t-f\tForce\n\t-k\tKeep input files\n\t-t\tTest integrity";
/// Help of `zcat`.
pub const ZCAT_USAGE: &str = "[FILE]...\n\nDecompress to stdout";

/// With what a gzip member begins (RFC 1952, 2.3.1).
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The operating system that is written into a member: Unix (RFC 1952, 2.3.1).
const UNIX: u8 = 3;

#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the tool")]
struct Job {
    decompress: bool,
    to_stdout: bool,
    force: bool,
    keep: bool,
    test: bool,
    /// `zcat` is told of more ways to pack than are built.
    names_all: bool,
    level: u32,
}

/// Entry of all three.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(
        call,
        "cfkdtvqn123456789",
        &[
            ("stdout", 'c'),
            ("to-stdout", 'c'),
            ("force", 'f'),
            ("keep", 'k'),
            ("decompress", 'd'),
            ("uncompress", 'd'),
            ("test", 't'),
            ("verbose", 'v'),
            ("quiet", 'q'),
            ("no-name", 'n'),
            ("fast", '1'),
            ("best", '9'),
        ],
    ) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let level = options.in_order().filter_map(|(letter, _)| letter.to_digit(10)).last();
    let test = options.has('t');
    let job = Job {
        decompress: options.has('d') || test || call.name() != "gzip",
        to_stdout: options.has('c') || call.name() == "zcat",
        force: options.has('f'),
        keep: options.has('k'),
        test,
        names_all: call.name() == "zcat",
        level: level.unwrap_or(6),
    };
    let mut files = options.operands;
    if files.is_empty() {
        files.push(OsString::from("-"));
    }
    let mut status = 0;
    for file in &files {
        if let Err(sentence) = handle(job, file) {
            call.complain(sentence);
            status = 1;
        }
    }
    status
}

fn handle(job: Job, name: &OsStr) -> Result<(), String> {
    if name == "-" {
        if !job.force && io::stdin().is_terminal() {
            return Err("compressed data not read from terminal, use -f to force it".to_owned());
        }
        return pass(job, &mut io::stdin().lock(), &mut standard_output(job)?);
    }
    let path = Path::new(name);
    let refused = |error: &io::Error| format!("{}: {}", name.display(), errno::words(error));
    // Opened only once it is known to be no pipe, at which it would wait.
    let kind = fs::metadata(path).map_err(|error| refused(&error))?;
    if kind.is_dir() {
        return Err(refused(&io::Error::from_raw_os_error(libc::EISDIR)));
    }
    let mut input = BufReader::new(File::open(path).map_err(|error| refused(&error))?);
    if job.to_stdout || job.test {
        return pass(job, &mut input, &mut standard_output(job)?);
    }
    let target = if job.decompress {
        plain_name(name).ok_or_else(|| format!("{}: unknown suffix - ignored", name.display()))?
    } else {
        OsString::from_vec([name.as_bytes(), b".gz"].concat())
    };
    if job.force {
        let _ = fs::remove_file(&target);
    }
    let mut output = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(kind.mode() & 0o7777)
        .open(&target)
        .map_err(|error| format!("can't open '{}': {}", target.display(), errno::words(&error)))?;
    if let Err(sentence) = pass(job, &mut input, &mut output) {
        let _ = fs::remove_file(&target);
        return Err(sentence);
    }
    if job.keep {
        return Ok(());
    }
    fs::remove_file(path).map_err(|error| format!("can't remove file '{}': {}", name.display(), errno::words(&error)))
}

/// `a.gz` is `a`, `a.tgz` is `a.tar`; nothing else is known to be packed.
fn plain_name(name: &OsStr) -> Option<OsString> {
    let bytes = name.as_bytes();
    let (stem, end) = if let Some(stem) = bytes.strip_suffix(b".gz") {
        (stem, &b""[..])
    } else {
        (bytes.strip_suffix(b".tgz")?, &b".tar"[..])
    };
    let is_named = stem.last().is_some_and(|byte| *byte != b'/');
    is_named.then(|| OsString::from_vec([stem, end].concat()))
}

fn standard_output(job: Job) -> Result<Box<dyn Write>, String> {
    if job.test {
        return Ok(Box::new(io::sink()));
    }
    let output = io::stdout();
    if !job.decompress && !job.force && output.is_terminal() {
        return Err("compressed data not written to terminal, use -f to force it".to_owned());
    }
    Ok(Box::new(output.lock()))
}

fn pass(job: Job, input: &mut dyn BufRead, output: &mut dyn Write) -> Result<(), String> {
    if job.decompress {
        decompress(input, output, job.names_all)
    } else {
        compress(input, output, job.level)
    }
}

fn compress(input: &mut dyn BufRead, output: &mut dyn Write, level: u32) -> Result<(), String> {
    let mut encoder = GzBuilder::new()
        .operating_system(UNIX)
        .write(output, Compression::new(level));
    copy(input, &mut encoder)?;
    encoder.finish().map(|_| ()).map_err(|error| write_error(&error))
}

/// One member after the other; what follows the last is left alone, as by busybox.
fn decompress(input: &mut dyn BufRead, output: &mut dyn Write, names_all: bool) -> Result<(), String> {
    let begins = |input: &mut dyn BufRead| -> Result<usize, String> {
        let there = input.fill_buf().map_err(|error| read_error(&error))?;
        Ok(there.iter().zip(MAGIC).take_while(|(a, b)| *a == b).count())
    };
    if begins(input)? < MAGIC.len() {
        return Err(if names_all {
            "no gzip/bzip2/xz magic".to_owned()
        } else {
            "invalid magic".to_owned()
        });
    }
    while begins(input)? == MAGIC.len() {
        copy(&mut GzDecoder::new(&mut *input), output)?;
    }
    output.flush().map_err(|error| write_error(&error))
}

fn copy(input: &mut dyn Read, output: &mut dyn Write) -> Result<(), String> {
    let mut buffer = vec![0; 32 * 1024];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => output
                .write_all(&buffer[..length])
                .map_err(|error| write_error(&error))?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_error(&error)),
        }
    }
}

fn write_error(error: &io::Error) -> String {
    format!("write error: {}", errno::words(error))
}

/// The system's word, or what is wrong with the member.
fn read_error(error: &io::Error) -> String {
    match error.kind() {
        _ if error.raw_os_error().is_some() => format!("read error: {}", errno::words(error)),
        io::ErrorKind::UnexpectedEof => "unexpected end of file".to_owned(),
        io::ErrorKind::InvalidInput if error.to_string().contains("checksum") => "crc error".to_owned(),
        _ => "corrupted data".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        compress(&mut &text[..], &mut output, 6).unwrap();
        output
    }

    fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut output = Vec::new();
        decompress(&mut &bytes[..], &mut output, false).map(|()| output)
    }

    #[test]
    fn members_come_back_one_after_the_other_and_rubbish_behind_them_is_left() {
        let (one, two) = (packed(b"one\n"), packed(b"two\n"));
        assert_eq!(&one[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        assert_eq!(unpacked(&[&one[..], &two].concat()).unwrap(), b"one\ntwo\n");
        assert_eq!(unpacked(&[&one[..], b"rubbish"].concat()).unwrap(), b"one\n");
        assert_eq!(unpacked(&packed(b"")).unwrap(), b"");
    }

    #[test]
    fn whatever_is_wrong_is_an_error_of_its_own() {
        assert_eq!(unpacked(b"").unwrap_err(), "invalid magic");
        assert_eq!(unpacked(b"rubbish").unwrap_err(), "invalid magic");
        let whole = packed(b"hello, hello, hello");
        for length in 2..whole.len() {
            assert_eq!(
                unpacked(&whole[..length]).unwrap_err(),
                "unexpected end of file",
                "{length}"
            );
        }
        let mut wrong = whole.clone();
        wrong[10] = 0xff;
        assert_eq!(unpacked(&wrong).unwrap_err(), "corrupted data");
        let mut wrong = whole.clone();
        let at = wrong.len() - 6;
        wrong[at] ^= 1;
        assert_eq!(unpacked(&wrong).unwrap_err(), "crc error");
    }

    #[test]
    fn names_lose_what_packing_gave_them() {
        let plain = |name: &str| plain_name(OsStr::new(name)).map(|name| name.into_string().unwrap());
        assert_eq!(plain("d/a.gz").as_deref(), Some("d/a"));
        assert_eq!(plain("a.tgz").as_deref(), Some("a.tar"));
        for name in ["a", "a.z", ".gz", "d/.gz", ""] {
            assert_eq!(plain(name), None, "{name}");
        }
    }
}
