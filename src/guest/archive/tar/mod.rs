//! `tar`: archives as POSIX and GNU write them (ustar), in busybox's words.

mod create;
mod extract;
mod name;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::super::{Call, errno, getopt, number};
use super::gzip::MAGIC;

/// Help.
pub const USAGE: &str = "c|x|t [-zahmvokO] [-f TARFILE] [-C DIR] [FILE]...

Create, extract, or list files from a tar file

	c	Create
	x	Extract
	t	List
	-f FILE	Name of TARFILE ('-' for stdin/out)
	-C DIR	Change to DIR before operation
	-v	Verbose
	-O	Extract to stdout
	-m	Don't restore mtime
	-o	Don't restore user:group
	-k	Don't replace existing files
	-z	(De)compress using gzip
	-a	(De)compress based on extension
	-h	Follow symlinks
	--strip-components NUM	NUM of leading components to strip";

const STRIP: char = '\u{100}';
const OVERWRITE: char = '\u{101}';
const NUMERIC_OWNER: char = '\u{102}';

const LONG: &[(&str, char)] = &[
    ("create", 'c'),
    ("extract", 'x'),
    ("get", 'x'),
    ("list", 't'),
    ("file", 'f'),
    ("directory", 'C'),
    ("verbose", 'v'),
    ("to-stdout", 'O'),
    ("touch", 'm'),
    ("no-same-owner", 'o'),
    ("keep-old", 'k'),
    ("gzip", 'z'),
    ("dereference", 'h'),
    ("same-permissions", 'p'),
    ("strip-components", STRIP),
    ("overwrite", OVERWRITE),
    ("numeric-owner", NUMERIC_OWNER),
];

/// Ways of packing that are known by name and not built.
const NOT_BUILT: &[(char, &str)] = &[('j', "bzip2"), ('J', "xz"), ('Z', "compress")];

/// What is to be done, and how.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the tool")]
struct Job {
    verbose: bool,
    to_stdout: bool,
    keeps_time_of_now: bool,
    keeps_own_owner: bool,
    keeps_old: bool,
    gzip: bool,
    follows: bool,
    numeric: bool,
    /// Leading parts of a name that are left out.
    strip: usize,
    /// `None`: standard input or output.
    archive: Option<OsString>,
    folder: Option<OsString>,
    names: Vec<OsString>,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let (letter, job) = match read(call) {
        Ok(read) => read,
        Err(status) => return status,
    };
    let done = match letter {
        'c' => pack(call, &job),
        _ => unpack(call, &job, letter == 't'),
    };
    let _ = io::stdout().flush();
    match done {
        Ok(status) => status,
        Err(sentence) => {
            call.complain(sentence);
            1
        }
    }
}

fn read(call: &Call) -> Result<(char, Job), i32> {
    let mut args = call.args.clone();
    // `tar xf FILE`: the first word needs no dash.
    if let Some(first) = args.first_mut()
        && !first.as_bytes().starts_with(b"-")
    {
        *first = OsString::from_vec([b"-", first.as_bytes()].concat());
    }
    let inner = Call {
        applet: call.applet,
        args,
    };
    let spec = format!("cxtf:C:vOmokzjJZahp{STRIP}:{OVERWRITE}{NUMERIC_OWNER}");
    let options = getopt::parse(&inner, &spec, LONG)?;
    let letters: Vec<char> = ['c', 'x', 't']
        .into_iter()
        .filter(|letter| options.has(*letter))
        .collect();
    let [letter] = letters[..] else {
        return Err(call.usage());
    };
    if let Some((_, what)) = NOT_BUILT.iter().find(|(letter, _)| options.has(*letter)) {
        call.complain(format_args!(
            "this lab's tar packs with gzip alone: {what} is not built"
        ));
        return Err(1);
    }
    let strip = match options.value(STRIP).map(|text| number::plain(text)) {
        Some(Err(reproach)) => {
            call.complain(reproach);
            return Err(1);
        }
        Some(Ok(parts)) => usize::try_from(parts).unwrap_or(usize::MAX),
        None => 0,
    };
    let archive = options.value('f').filter(|name| *name != "-").cloned();
    let by_name = |end: &[u8]| archive.as_ref().is_some_and(|name| name.as_bytes().ends_with(end));
    let job = Job {
        verbose: options.has('v'),
        to_stdout: options.has('O'),
        keeps_time_of_now: options.has('m'),
        keeps_own_owner: options.has('o'),
        keeps_old: options.has('k'),
        gzip: options.has('z') || options.has('a') && (by_name(b".gz") || by_name(b".tgz")),
        follows: options.has('h'),
        numeric: options.has(NUMERIC_OWNER),
        strip,
        folder: options.value('C').cloned(),
        names: options.operands,
        archive,
    };
    Ok((letter, job))
}

fn enter(job: &Job) -> Result<(), String> {
    let Some(folder) = &job.folder else {
        return Ok(());
    };
    std::env::set_current_dir(folder).map_err(|error| {
        format!(
            "can't change directory to '{}': {}",
            folder.display(),
            errno::words(&error)
        )
    })
}

fn cannot_open(name: &OsString, error: &io::Error) -> String {
    format!("can't open '{}': {}", name.display(), errno::words(error))
}

fn pack(call: &Call, job: &Job) -> Result<i32, String> {
    if job.names.is_empty() {
        return Err("empty archive".to_owned());
    }
    let file = match &job.archive {
        Some(name) => Some(File::create(name).map_err(|error| cannot_open(name, &error))?),
        None => None,
    };
    let own = file.as_ref().and_then(|file| file.metadata().ok());
    let plain: Box<dyn Write> = match file {
        Some(file) => Box::new(file),
        None => Box::new(io::stdout().lock()),
    };
    enter(job)?;
    let mut output = Packing::of(plain, job.gzip);
    let mut packer = create::Packer::new(call, job, own.as_ref(), &mut output);
    for name in &job.names {
        packer.add(name)?;
    }
    let is_whole = packer.end()?;
    output.end().map_err(|error| write_error(&error))?;
    if is_whole {
        return Ok(0);
    }
    Err("error exit delayed from previous errors".to_owned())
}

fn write_error(error: &io::Error) -> String {
    format!("write error: {}", errno::words(error))
}

/// Where an archive is written to, packed or not.
enum Packing {
    Plain(BufWriter<Box<dyn Write>>),
    Gzip(GzEncoder<Box<dyn Write>>),
}

impl Packing {
    fn of(plain: Box<dyn Write>, gzip: bool) -> Self {
        if gzip {
            Self::Gzip(
                GzBuilder::new()
                    .operating_system(3)
                    .write(plain, Compression::default()),
            )
        } else {
            Self::Plain(BufWriter::new(plain))
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Plain(mut plain) => plain.flush(),
            Self::Gzip(packed) => packed.finish()?.flush(),
        }
    }
}

impl Write for Packing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(plain) => plain.write(bytes),
            Self::Gzip(packed) => packed.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(plain) => plain.flush(),
            Self::Gzip(packed) => packed.flush(),
        }
    }
}

fn unpack(call: &Call, job: &Job, lists: bool) -> Result<i32, String> {
    let mut plain: Box<dyn BufRead> = match &job.archive {
        Some(name) => Box::new(BufReader::new(
            File::open(name).map_err(|error| cannot_open(name, &error))?,
        )),
        None => Box::new(BufReader::new(io::stdin())),
    };
    enter(job)?;
    let begin = plain
        .fill_buf()
        .map_err(|error| format!("read error: {}", errno::words(&error)))?;
    if begin.is_empty() {
        return Err("short read".to_owned());
    }
    let is_gzip = begin.starts_with(&MAGIC);
    if job.gzip && !is_gzip {
        call.complain("invalid magic");
        return Err("short read".to_owned());
    }
    // An archive says itself whether it is packed, as alpine's tar sees too.
    let input: Box<dyn Read> = if is_gzip {
        Box::new(MultiGzDecoder::new(plain))
    } else {
        Box::new(plain)
    };
    extract::Unpacker::new(call, job, lists).run(input)
}
