//! `df`: the room on file systems.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::sys::statvfs::{Statvfs, statvfs};

use super::super::system::mounts::{self, Mounted};
use super::super::{Call, errno, getopt, number};
use super::ls::human;

/// Help.
pub const USAGE: &str = "[-PkmhTai] [-B SIZE] [-t TYPE] [FILESYSTEM]...\n\nPrint filesystem usage statistics\n\n\t-P\tPOSIX output format\n\t-k\t1024-byte blocks (default)\n\t-m\t1M-byte blocks\n\t-h\tHuman readable (e.g. 1K 243M 2G)\n\t-T\tPrint filesystem type\n\t-t TYPE\tPrint only mounts of this type\n\t-a\tShow all filesystems\n\t-i\tInodes\n\t-B SIZE\tBlocksize";

/// How numbers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes(u64),
    Human,
    Inodes,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "PkmhTaiB:t:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let unit = match unit(&options) {
        Ok(unit) => unit,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let table = Table {
        unit,
        with_kind: options.has('T'),
        posix: options.has('P'),
    };
    println!("{}", table.header());
    let all = mounts::read();
    let mut status = 0;
    let mut chosen = Vec::new();
    for name in &options.operands {
        if let Some(mounted) = holder(Path::new(name), &all) {
            chosen.push(mounted.clone());
        } else {
            call.complain(format_args!("{}: can't find mount point", name.display()));
            status = 1;
        }
    }
    let everything = options.operands.is_empty();
    if everything {
        chosen = all;
    }
    if let Some(kind) = options.value('t') {
        chosen.retain(|mounted| *kind == *mounted.kind.as_str());
    }
    for mounted in &chosen {
        match statvfs(mounted.place.as_path()) {
            Ok(found) if everything && !options.has('a') && found.blocks() == 0 => {}
            Ok(found) => println!("{}", table.line(mounted, &found)),
            Err(error) => {
                let error = io::Error::from(error);
                call.complain(format_args!("{}: {}", mounted.place.display(), errno::words(&error)));
                status = 1;
            }
        }
    }
    status
}

fn unit(options: &getopt::Options) -> Result<Unit, String> {
    if let Some(text) = options.value('B') {
        return number::plain(text).map(|size| Unit::Bytes(size.max(1)));
    }
    Ok(match () {
        () if options.has('i') => Unit::Inodes,
        () if options.has('h') => Unit::Human,
        () if options.has('m') => Unit::Bytes(1024 * 1024),
        () => Unit::Bytes(1024),
    })
}

/// The mount that a file is on: of those with its device, the one whose place is the longest part of its path.
fn holder<'a>(path: &Path, all: &'a [Mounted]) -> Option<&'a Mounted> {
    let path = path.canonicalize().ok()?;
    let device = fs::metadata(&path).ok()?.dev();
    let on_it = |mounted: &&Mounted| {
        path.starts_with(&mounted.place) && fs::metadata(&mounted.place).is_ok_and(|there| there.dev() == device)
    };
    all.iter()
        .filter(on_it)
        .max_by_key(|mounted| mounted.place.as_os_str().len())
}

struct Table {
    unit: Unit,
    with_kind: bool,
    posix: bool,
}

impl Table {
    fn header(&self) -> String {
        let size = match self.unit {
            Unit::Inodes => "   Inodes".to_owned(),
            Unit::Human => "     Size".to_owned(),
            Unit::Bytes(1024) if self.posix => "1024-blocks".to_owned(),
            Unit::Bytes(1024) => "1K-blocks".to_owned(),
            Unit::Bytes(1_048_576) => "1M-blocks".to_owned(),
            Unit::Bytes(size) => format!("{size}-blocks"),
        };
        let kind = if self.with_kind { "Type       " } else { "" };
        let share = if self.posix { "Capacity" } else { "Use%" };
        format!("{:<21}{kind}{size:<15}Used Available {share} Mounted on", "Filesystem")
    }

    fn line(&self, mounted: &Mounted, found: &Statvfs) -> String {
        let (total, free, available) = match self.unit {
            Unit::Inodes => (found.files(), found.files_free(), found.files_available()),
            _ => (found.blocks(), found.blocks_free(), found.blocks_available()),
        };
        let used = total.saturating_sub(free);
        let block = found.fragment_size().max(1);
        let show = |blocks: u64| match self.unit {
            Unit::Inodes => blocks.to_string(),
            Unit::Human => human(blocks.saturating_mul(block)),
            Unit::Bytes(size) => {
                ((u128::from(blocks) * u128::from(block) + u128::from(size / 2)) / u128::from(size)).to_string()
            }
        };
        // What is kept for root alone counts neither as used nor as available.
        let reachable = u128::from(used) + u128::from(available);
        let share = match reachable {
            0 => 0,
            all => (u128::from(used) * 100 + all / 2) / all,
        };
        let source = &mounted.source;
        let gap = if source.len() > 20 && !self.posix {
            format!("\n{:20}", "")
        } else {
            String::new()
        };
        let kind = if self.with_kind {
            format!(" {:<10}", mounted.kind)
        } else {
            String::new()
        };
        format!(
            "{source:<20}{gap}{kind} {:>9} {:>9} {:>9} {share:>3}% {}",
            show(total),
            show(used),
            show(available),
            mounted.place.display()
        )
    }
}
