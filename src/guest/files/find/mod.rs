//! `find`.

mod expression;
mod parse;

use std::fs::{self, Metadata};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::text::output;
use super::super::{Call, errno};
use expression::{Found, Run};
use parse::{Follow, Order};

/// Help.
pub const USAGE: &str = "[-HL] [PATH]... [OPTIONS] [ACTIONS]\n\nSearch for files and perform actions on them.\nFirst failed action stops processing of current file.\nDefaults: PATH is current directory, action is '-print'\n\n\t-L,-follow\tFollow symlinks\n\t-H\t\t...on command line only\n\t-xdev\t\tDon't descend directories on other filesystems\n\t-maxdepth N\tDescend at most N levels. -maxdepth 0 applies\n\t\t\tactions to command line arguments only\n\t-mindepth N\tDon't act on first N levels\n\t-depth\t\tAct on directory *after* traversing it\n\nActions:\n\t( ACTIONS )\tGroup actions for -o / -a\n\t! ACT\t\tInvert ACT's success/failure\n\tACT1 [-a] ACT2\tIf ACT1 fails, stop, else do ACT2\n\tACT1 -o ACT2\tIf ACT1 succeeds, stop, else do ACT2\n\t\t\tNote: -a has higher priority than -o\n\t-name PATTERN\tMatch file name (w/o directory name) to PATTERN\n\t-iname PATTERN\tCase insensitive -name\n\t-path PATTERN\tMatch path to PATTERN\n\t-ipath PATTERN\tCase insensitive -path\n\t-type X\t\tFile type is X (one of: f,d,l,b,c,s,p)\n\t-perm MASK\tAt least one mask bit (+MASK), all bits (-MASK),\n\t\t\tor exactly MASK bits are set in file's mode\n\t-mtime DAYS\tmtime is greater than (+N), less than (-N),\n\t\t\tor exactly N days in the past\n\t-mmin MINS\tmtime is greater than (+N), less than (-N),\n\t\t\tor exactly N minutes in the past\n\t-newer FILE\tmtime is more recent than FILE's\n\t-inum N\t\tFile has inode number N\n\t-user NAME/ID\tFile is owned by given user\n\t-group NAME/ID\tFile is owned by given group\n\t-size N[bck]\tFile size is N (c:bytes,k:kbytes,b:512 bytes(def.))\n\t\t\t+/-N: file size is bigger/smaller than N\n\t-links N\tNumber of links is greater than (+N), less than (-N),\n\t\t\tor exactly N\n\t-empty\t\tMatch empty file/directory\n\t-prune\t\tIf current file is directory, don't descend into it\nIf none of the following actions is specified, -print is assumed\n\t-print\t\tPrint file name\n\t-print0\t\tPrint file name, NUL terminated\n\t-exec CMD ARG ;\tRun CMD with all instances of {} replaced by\n\t\t\tfile name. Fails if CMD exits with nonzero\n\t-exec CMD ARG + Run CMD with {} replaced by list of file names\n\t-delete\t\tDelete current file/directory. Turns on -depth option\n\t-quit\t\tExit";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let order = match parse::read(&call.args) {
        Ok(order) => order,
        Err(parse::Reproach::Usage(sentence)) => {
            call.complain(sentence);
            return call.usage();
        }
        Err(parse::Reproach::Plain(sentence)) => {
            call.complain(sentence);
            return 1;
        }
    };
    let mut walk = Walk {
        call,
        order: &order,
        run: Run::new(call, output()),
        failed: false,
    };
    for path in &order.paths {
        if walk.visit(path, 0, None) == Next::Stop {
            break;
        }
    }
    walk.run.finish(&order.expression);
    i32::from(walk.failed || walk.run.failed)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    On,
    Stop,
}

struct Walk<'a> {
    call: &'a Call<'a>,
    order: &'a Order,
    run: Run<'a>,
    failed: bool,
}

impl Walk<'_> {
    fn complain(&mut self, path: &Path, error: &std::io::Error) {
        self.failed = true;
        let _ = self.run.out.flush();
        self.call
            .complain(format_args!("{}: {}", path.display(), errno::words(error)));
    }

    fn metadata(&self, path: &Path, depth: usize) -> std::io::Result<Metadata> {
        let follow = match self.order.follow {
            Follow::Never => false,
            Follow::Operands => depth == 0,
            Follow::Always => true,
        };
        match fs::metadata(path) {
            Ok(metadata) if follow => Ok(metadata),
            _ => fs::symlink_metadata(path),
        }
    }

    fn visit(&mut self, path: &Path, depth: usize, device: Option<u64>) -> Next {
        let metadata = match self.metadata(path, depth) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.complain(path, &error);
                return Next::On;
            }
        };
        let found = Found {
            path,
            metadata: &metadata,
        };
        let acts = depth >= self.order.least_depth;
        let mut enter = metadata.is_dir()
            && depth < self.order.most_depth
            && (!self.order.one_file_system || device.is_none_or(|device| device == metadata.dev()));
        if acts && !self.order.folder_last {
            self.run.evaluate(&self.order.expression, &found);
            enter &= !std::mem::take(&mut self.run.pruned);
        }
        if self.run.quit {
            return Next::Stop;
        }
        if enter {
            let entries: Vec<PathBuf> = match fs::read_dir(path) {
                Ok(entries) => entries.flatten().map(|entry| path.join(entry.file_name())).collect(),
                Err(error) => {
                    self.complain(path, &error);
                    Vec::new()
                }
            };
            for entry in entries {
                if self.visit(&entry, depth + 1, Some(device.unwrap_or(metadata.dev()))) == Next::Stop {
                    return Next::Stop;
                }
            }
        }
        if acts && self.order.folder_last {
            self.run.evaluate(&self.order.expression, &found);
        }
        if self.run.quit { Next::Stop } else { Next::On }
    }
}
