//! Applets that read and change files.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

pub mod base64;
pub mod cat;
pub mod change;
pub mod cmp;
pub mod copy;
pub mod dd;
pub mod diff;
pub mod dump;
pub mod ends;
pub mod find;
mod glob;
pub mod link;
pub mod ls;
pub mod mktemp;
pub mod mode;
pub mod owner;
pub mod path;
pub mod space;
pub mod stat;
pub mod sums;
pub mod truncate;
pub mod usage;
pub mod wc;

/// What a file is; `follow`: not the link, but what it leads to.
fn metadata(path: &Path, follow: bool) -> io::Result<Metadata> {
    if follow {
        fs::metadata(path)
    } else {
        fs::symlink_metadata(path)
    }
}
