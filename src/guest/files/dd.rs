//! `dd`.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::mem::ManuallyDrop;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Instant;

use super::super::text::stream::cannot_open;
use super::super::{Call, number};

/// Help.
pub const USAGE: &str = "[if=FILE] [of=FILE] [ibs=N obs=N/bs=N] [count=N] [skip=N] [seek=N]\n\t[conv=notrunc|noerror|sync|fsync]\n\t[iflag=skip_bytes|count_bytes|fullblock] [oflag=seek_bytes|append]\n\nCopy a file with converting and formatting\n\n\tif=FILE\t\tRead from FILE instead of stdin\n\tof=FILE\t\tWrite to FILE instead of stdout\n\tbs=N\t\tRead and write N bytes at a time\n\tibs=N\t\tRead N bytes at a time\n\tobs=N\t\tWrite N bytes at a time\n\tcount=N\t\tCopy only N input blocks\n\tskip=N\t\tSkip N input blocks\n\tseek=N\t\tSkip N output blocks\n\tconv=notrunc\tDon't truncate output file\n\tconv=noerror\tContinue after read errors\n\tconv=sync\tPad blocks with zeros\n\tconv=fsync\tPhysically write data out before finishing\n\tconv=swab\tSwap every pair of bytes\n\tiflag=skip_bytes\tskip=N is in bytes\n\tiflag=count_bytes\tcount=N is in bytes\n\toflag=seek_bytes\tseek=N is in bytes\n\tiflag=fullblock\tRead full blocks\n\toflag=append\tOpen output in append mode\n\tstatus=noxfer\tSuppress rate output\n\tstatus=none\tSuppress all output\n\nN may be suffixed by c (1), w (2), b (512), kB (1000), k (1024), MB, M, GB, G";

/// What letters after a number multiply it with.
const UNITS: &[(&str, u64)] = &[
    ("c", 1),
    ("w", 2),
    ("b", 512),
    ("kB", 1000),
    ("kD", 1000),
    ("k", 1024),
    ("K", 1024),
    ("MB", 1_000_000),
    ("MD", 1_000_000),
    ("M", 1 << 20),
    ("GB", 1_000_000_000),
    ("GD", 1_000_000_000),
    ("G", 1 << 30),
];

/// Largest block: what is asked for beyond is more memory than any container should take.
const LARGEST: u64 = 1 << 30;

/// What the words ask for.
struct Job<'a> {
    input: Option<&'a OsStr>,
    output: Option<&'a OsStr>,
    read_size: u64,
    write_size: u64,
    count: Option<u64>,
    skip: u64,
    seek: u64,
    flags: Vec<&'static str>,
    rate: bool,
    summary: bool,
}

impl Job<'_> {
    fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }
}

enum Refusal {
    Usage,
    Reproach(String),
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let job = match read_job(call) {
        Ok(job) => job,
        Err(Refusal::Usage) => return call.usage(),
        Err(Refusal::Reproach(text)) => {
            call.complain(text);
            return 1;
        }
    };
    let (input, output) = match open(call, &job) {
        Ok(files) => files,
        Err(status) => return status,
    };
    let began = Instant::now();
    let mut copy = Copy {
        job: &job,
        input,
        output,
        pending: Vec::new(),
        read: (0, 0),
        written: (0, 0),
        bytes: 0,
    };
    let done = copy.run();
    let mut status = 0;
    if let Err((name, error)) = done {
        call.complain_of(name, &error);
        status = 1;
        if copy.read == (0, 0) {
            return status;
        }
    }
    if job.summary {
        let mut text = format!(
            "{}+{} records in\n{}+{} records out\n",
            copy.read.0, copy.read.1, copy.written.0, copy.written.1
        );
        if job.rate {
            text += &rate(copy.bytes, began.elapsed().as_secs_f64());
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }
    status
}

/// `47 bytes (47B) copied, 0.000031 seconds, 1.4MB/s`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is rounded anyway"
)]
fn rate(bytes: u64, seconds: f64) -> String {
    let per_second = if seconds > 0.0 { bytes as f64 / seconds } else { 0.0 };
    format!(
        "{bytes} bytes ({}B) copied, {seconds:.6} seconds, {}B/s\n",
        human(bytes),
        human(per_second as u64)
    )
}

/// `47`, `1.5K`, `3.0M`: one decimal, in powers of 1024.
fn human(bytes: u64) -> String {
    let mut value = bytes;
    let mut tenths = 0;
    let mut unit = "";
    for name in ["K", "M", "G", "T", "P"] {
        if value < 1024 {
            break;
        }
        tenths = (value % 1024 * 10 + 512) / 1024;
        value /= 1024;
        if tenths == 10 {
            tenths = 0;
            value += 1;
        }
        unit = name;
    }
    if unit.is_empty() {
        return value.to_string();
    }
    format!("{value}.{tenths}{unit}")
}

fn read_job<'a>(call: &'a Call) -> Result<Job<'a>, Refusal> {
    let mut job = Job {
        input: None,
        output: None,
        read_size: 512,
        write_size: 512,
        count: None,
        skip: 0,
        seek: 0,
        flags: Vec::new(),
        rate: true,
        summary: true,
    };
    for word in &call.args {
        let text = word.to_str().ok_or(Refusal::Usage)?;
        if text == "--" {
            continue;
        }
        let (name, value) = text.split_once('=').ok_or(Refusal::Usage)?;
        let amount = || number::with_unit(OsStr::new(value), UNITS).map_err(Refusal::Reproach);
        let size = || {
            let size = amount()?;
            if size == 0 {
                let most = i64::MAX;
                return Err(Refusal::Reproach(format!("number 0 is not in 1..{most} range")));
            }
            Ok(size.min(LARGEST))
        };
        match name {
            "if" => job.input = Some(OsStr::new(value)),
            "of" => job.output = Some(OsStr::new(value)),
            "bs" => {
                job.read_size = size()?;
                job.write_size = job.read_size;
            }
            "ibs" => job.read_size = size()?,
            "obs" => job.write_size = size()?,
            "count" => job.count = Some(amount()?),
            "skip" => job.skip = amount()?,
            "seek" => job.seek = amount()?,
            "conv" => flags(
                &mut job.flags,
                name,
                value,
                &["notrunc", "sync", "noerror", "fsync", "swab"],
            )?,
            "iflag" => flags(&mut job.flags, name, value, &["skip_bytes", "count_bytes", "fullblock"])?,
            "oflag" => flags(&mut job.flags, name, value, &["seek_bytes", "append"])?,
            "status" => match value {
                "none" => job.summary = false,
                "noxfer" => job.rate = false,
                _ => return Err(Refusal::Reproach(format!("invalid argument '{value}' to '{name}'"))),
            },
            _ => return Err(Refusal::Usage),
        }
    }
    Ok(job)
}

fn flags(given: &mut Vec<&'static str>, name: &str, value: &str, known: &[&'static str]) -> Result<(), Refusal> {
    for word in value.split(',') {
        let Some(flag) = known.iter().find(|flag| **flag == word) else {
            return Err(Refusal::Reproach(format!("invalid argument '{word}' to '{name}'")));
        };
        given.push(flag);
    }
    Ok(())
}

/// A file, or a standard stream that is left open.
type Handle = ManuallyDrop<File>;

fn standard(stream: impl AsFd) -> io::Result<Handle> {
    Ok(ManuallyDrop::new(File::from(stream.as_fd().try_clone_to_owned()?)))
}

fn open(call: &Call, job: &Job) -> Result<(Handle, Handle), i32> {
    let refuse = |name: &OsStr, error: io::Error| {
        cannot_open(call, name, &error);
        1
    };
    let input = match job.input {
        Some(name) => File::open(Path::new(name))
            .map(ManuallyDrop::new)
            .map_err(|error| refuse(name, error))?,
        None => standard(io::stdin()).map_err(|error| refuse(OsStr::new("standard input"), error))?,
    };
    let output = match job.output {
        Some(name) => OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(!job.has("notrunc") && job.seek == 0)
            .append(false)
            .open(Path::new(name))
            .map(ManuallyDrop::new)
            .map_err(|error| refuse(name, error))?,
        None => standard(io::stdout()).map_err(|error| refuse(OsStr::new("standard output"), error))?,
    };
    Ok((input, output))
}

struct Copy<'a> {
    job: &'a Job<'a>,
    input: Handle,
    output: Handle,
    /// What was read and not yet written.
    pending: Vec<u8>,
    /// Full blocks and others.
    read: (u64, u64),
    written: (u64, u64),
    bytes: u64,
}

type Failure = (String, io::Error);

impl Copy<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        let input_name = name_of(self.job.input, "standard input");
        let output_name = name_of(self.job.output, "standard output");
        self.place().map_err(|error| (output_name.clone(), error))?;
        self.skip().map_err(|error| (input_name.clone(), error))?;
        let size = usize::try_from(self.job.read_size).unwrap_or(usize::MAX);
        let mut buffer = vec![0; size];
        let mut left = self.job.count;
        while left != Some(0) {
            let mut wanted = size;
            if let Some(left) = left.filter(|_| self.job.has("count_bytes")) {
                wanted = wanted.min(usize::try_from(left).unwrap_or(usize::MAX));
            }
            let read = match self.block(&mut buffer[..wanted]) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if self.job.has("noerror") && error.raw_os_error() != Some(libc::EISDIR) => 0,
                Err(error) => return Err((input_name, error)),
            };
            if let Some(left) = &mut left {
                *left -= if self.job.has("count_bytes") { read as u64 } else { 1 };
            }
            if read == size {
                self.read.0 += 1;
            } else {
                self.read.1 += 1;
            }
            let mut used = read;
            if self.job.has("sync") {
                buffer[read..].fill(0);
                used = size;
            }
            if self.job.has("swab") {
                buffer[..used]
                    .as_chunks_mut::<2>()
                    .0
                    .iter_mut()
                    .for_each(|pair| pair.swap(0, 1));
            }
            self.pass(&buffer[..used])
                .map_err(|error| (output_name.clone(), error))?;
        }
        self.finish().map_err(|error| (output_name, error))
    }

    /// Goes to where the output begins.
    fn place(&mut self) -> io::Result<()> {
        let unit = if self.job.has("seek_bytes") {
            1
        } else {
            self.job.write_size
        };
        let offset = self.job.seek.saturating_mul(unit);
        if self.job.has("append") {
            self.output.seek(SeekFrom::End(0))?;
            return Ok(());
        }
        if offset > 0 {
            if self.job.output.is_some() && !self.job.has("notrunc") {
                self.output.set_len(offset)?;
            }
            self.output.seek(SeekFrom::Start(offset))?;
        }
        Ok(())
    }

    fn skip(&mut self) -> io::Result<()> {
        let unit = if self.job.has("skip_bytes") {
            1
        } else {
            self.job.read_size
        };
        let offset = self.job.skip.saturating_mul(unit);
        let forward = i64::try_from(offset).unwrap_or(i64::MAX);
        if offset > 0 && self.input.seek(SeekFrom::Current(forward)).is_err() {
            // What cannot be sought is read away.
            io::copy(&mut (&*self.input).take(offset), &mut io::sink())?;
        }
        Ok(())
    }

    /// One read, or with `fullblock` as many as fill the block.
    fn block(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if !self.job.has("fullblock") {
                break;
            }
        }
        Ok(filled)
    }

    fn pass(&mut self, block: &[u8]) -> io::Result<()> {
        if self.job.read_size == self.job.write_size {
            return self.write(block);
        }
        self.pending.extend_from_slice(block);
        let size = usize::try_from(self.job.write_size).unwrap_or(usize::MAX);
        while self.pending.len() >= size {
            let rest = self.pending.split_off(size);
            let full = std::mem::replace(&mut self.pending, rest);
            self.write(&full)?;
        }
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> io::Result<()> {
        self.output.write_all(block)?;
        if block.len() as u64 == self.job.write_size {
            self.written.0 += 1;
        } else {
            self.written.1 += 1;
        }
        self.bytes += block.len() as u64;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.pending);
        if !rest.is_empty() {
            self.write(&rest)?;
        }
        if self.job.has("fsync") {
            self.output.sync_all()?;
        }
        Ok(())
    }
}

fn name_of(name: Option<&OsStr>, otherwise: &str) -> String {
    name.map_or_else(|| otherwise.to_owned(), |name| name.display().to_string())
}
