//! `chmod`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use nix::sys::stat::{Mode, umask};

use super::super::{Call, getopt};
use super::ls::mode_word;

/// Help.
pub const USAGE: &str = "[-Rcvf] MODE[,MODE]... FILE...\n\nMODE is octal number (bit pattern sstrwxrwxrwx) or [ugoa]{+|-|=}[rwxXst]\n\n\t-R\tRecurse\n\t-c\tList changed files\n\t-v\tVerbose\n\t-f\tHide errors";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let mut args = call.args.clone();
    // `-x` and its like are modes: no option has such a letter.
    let is_mode = |word: &OsString| matches!(word.as_bytes(), [b'-', letter, ..] if b"rwxXstugoa".contains(letter));
    if let Some(at) = args.iter().position(is_mode) {
        args.insert(at, OsString::from("--"));
    }
    let call = &Call {
        applet: call.applet,
        args,
    };
    let options = match getopt::parse(call, "Rcvf", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let [text, files @ ..] = options.operands.as_slice() else {
        return call.usage();
    };
    if files.is_empty() {
        return call.usage();
    }
    let change = Change {
        call,
        text: &text.to_string_lossy(),
        mask: file_mask(),
        options: &options,
    };
    if change.of(0, false).is_none() {
        call.complain(format_args!("invalid mode '{}'", text.display()));
        return 1;
    }
    let done: Vec<bool> = files.iter().map(|file| change.all(Path::new(file))).collect();
    i32::from(done.contains(&false))
}

/// The file creation mask, which can only be read by setting it.
fn file_mask() -> u32 {
    let mask = umask(Mode::empty());
    umask(mask);
    mask.bits()
}

struct Change<'a> {
    call: &'a Call<'a>,
    text: &'a str,
    mask: u32,
    options: &'a getopt::Options,
}

impl Change<'_> {
    fn of(&self, mode: u32, is_folder: bool) -> Option<u32> {
        changed(self.text, mode, is_folder, self.mask)
    }

    /// Changes a file that was named, and with -R what is below it; whether all went well.
    fn all(&self, path: &Path) -> bool {
        let mut well = self
            .one(path)
            .map_err(|error| self.reproach(path.as_os_str(), &error))
            .is_ok();
        let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        if !self.options.has('R') || !is_folder {
            return well;
        }
        match fs::read_dir(path) {
            Ok(entries) => {
                // A link's own mode means nothing, and what it leads to is elsewhere.
                let is_link = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_symlink());
                for entry in entries.flatten().filter(|entry| !is_link(entry)) {
                    well &= self.all(&entry.path());
                }
            }
            Err(error) => {
                self.reproach(path.as_os_str(), &error);
                well = false;
            }
        }
        well
    }

    fn reproach(&self, name: &OsStr, error: &io::Error) {
        if !self.options.has('f') {
            self.call.complain_of(name.display(), error);
        }
    }

    fn one(&self, path: &Path) -> io::Result<()> {
        let metadata = fs::metadata(path)?;
        let old = metadata.mode() & 0o7777;
        let new = self.of(old, metadata.is_dir()).unwrap_or(old);
        fs::set_permissions(path, fs::Permissions::from_mode(new))?;
        if self.options.has('v') || self.options.has('c') && old != new {
            let letters = mode_word(new);
            println!("mode of '{}' changed to {new:04o} ({})", path.display(), &letters[1..]);
        }
        Ok(())
    }
}

/// A mode changed as POSIX's `chmod` has it (POSIX.1-2017, chmod, extended description); none where that is not understood.
fn changed(text: &str, mode: u32, is_folder: bool, mask: u32) -> Option<u32> {
    if text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    text.split(',')
        .try_fold(mode, |mode, clause| changed_by_clause(clause, mode, is_folder, mask))
}

fn changed_by_clause(clause: &str, mode: u32, is_folder: bool, mask: u32) -> Option<u32> {
    let end = clause.find(['+', '-', '='])?;
    let (who, mut rest) = clause.split_at(end);
    let mut whom = 0;
    for letter in who.chars() {
        whom |= match letter {
            'u' => 0o4700,
            'g' => 0o2070,
            'o' => 0o1007,
            'a' => 0o7777,
            _ => return None,
        };
    }
    // Where nobody is named, all are, but for what the mask takes.
    let whom = if who.is_empty() { 0o7777 & !mask } else { whom };
    let mut mode = mode;
    while let Some(operator) = rest.chars().next() {
        rest = &rest[1..];
        let length = rest.find(['+', '-', '=']).unwrap_or(rest.len());
        let (letters, after) = rest.split_at(length);
        rest = after;
        let mut bits = 0;
        for letter in letters.chars() {
            bits |= match letter {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' if is_folder || mode & 0o111 != 0 => 0o111,
                'X' => 0,
                's' => 0o6000,
                't' => 0o1000,
                'u' => (mode >> 6 & 7) * 0o111,
                'g' => (mode >> 3 & 7) * 0o111,
                'o' => (mode & 7) * 0o111,
                _ => return None,
            };
        }
        // The sticky bit is nobody's in particular.
        let bits = bits & (whom | 0o1000);
        mode = match operator {
            '+' => mode | bits,
            '-' => mode & !bits,
            '=' => mode & !(whom & 0o6777) & !(if who.is_empty() { 0o777 } else { 0 }) | bits,
            _ => return None,
        };
    }
    Some(mode)
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn modes_in_numbers_and_letters() {
        for (text, before, after) in [
            ("755", 0o600, Some(0o755)),
            ("4755", 0, Some(0o4755)),
            ("u+x", 0o644, Some(0o744)),
            ("+x", 0o644, Some(0o755)),
            ("+w", 0o444, Some(0o644)),
            ("go-rwx", 0o777, Some(0o700)),
            ("a=r", 0o755, Some(0o444)),
            ("u=rwx,g=rx,o=", 0o644, Some(0o750)),
            ("g=u", 0o640, Some(0o660)),
            ("a+X", 0o644, Some(0o644)),
            ("a+X", 0o744, Some(0o755)),
            ("u+s", 0o755, Some(0o4755)),
            ("+t", 0o777, Some(0o1777)),
            ("u+r-w", 0o200, Some(0o400)),
            ("999", 0, None),
            ("z+x", 0, None),
            ("u+q", 0, None),
            ("", 0, None),
        ] {
            assert_eq!(changed(text, before, false, 0o022), after, "{text}");
        }
        assert_eq!(changed("a+X", 0o644, true, 0), Some(0o755));
    }
}
