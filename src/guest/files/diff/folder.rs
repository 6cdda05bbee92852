//! Two folders, name by name.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::Path;

use super::{Comparer, Failure, write_error};

impl Comparer<'_> {
    /// Compares what is in two folders, and with `-r` what is below.
    pub(super) fn folders(&mut self, one: &Path, other: &Path) -> Result<(), Failure> {
        let mut names: BTreeSet<OsString> = BTreeSet::new();
        for folder in [one, other] {
            match fs::read_dir(folder) {
                Ok(entries) => names.extend(entries.flatten().map(|entry| entry.file_name())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.options.has('N') => {}
                Err(error) => return Err((folder.display().to_string(), error)),
            }
        }
        let first = self.options.value('S').cloned();
        for name in names
            .iter()
            .filter(|name| first.as_ref().is_none_or(|first| *name >= first))
        {
            self.entry(one, other, name)?;
        }
        Ok(())
    }

    fn entry(&mut self, one: &Path, other: &Path, name: &OsStr) -> Result<(), Failure> {
        let (old, new) = (one.join(name), other.join(name));
        let kinds = [&old, &new].map(|path| fs::metadata(path).ok().map(|seen| seen.file_type()));
        let said = match kinds {
            [Some(_), None] if !self.options.has('N') => {
                self.status = 1;
                format!("Only in {}: {}", one.display(), name.display())
            }
            [None, Some(_)] if !self.options.has('N') => {
                self.status = 1;
                format!("Only in {}: {}", other.display(), name.display())
            }
            [Some(first), Some(second)] if first.is_dir() != second.is_dir() => {
                self.status = 1;
                let kind = |is_folder| if is_folder { "directory" } else { "regular file" };
                format!(
                    "File {} is a {} while file {} is a {}",
                    old.display(),
                    kind(first.is_dir()),
                    new.display(),
                    kind(second.is_dir())
                )
            }
            kinds if kinds.iter().flatten().any(fs::FileType::is_dir) => {
                if self.options.has('r') {
                    return self.folders(&old, &new);
                }
                format!("Common subdirectories: {} and {}", old.display(), new.display())
            }
            // A pipe without a writer would be waited for without end.
            [kind, _] if kind.is_some_and(|kind| !kind.is_file()) => skipped(&old),
            [_, kind] if kind.is_some_and(|kind| !kind.is_file()) => skipped(&new),
            _ => return self.files(&old, &new),
        };
        writeln!(self.out, "{said}").map_err(write_error)
    }
}

fn skipped(path: &Path) -> String {
    format!(
        "File {} is not a regular file or directory and was skipped",
        path.display()
    )
}
