//! `chown` and `chgrp`.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown, lchown};
use std::path::Path;

use super::super::{Call, getopt, names};

/// Help of `chown`.
pub const CHOWN_USAGE: &str = "[-Rhcvf]... USER[:[GRP]] FILE...\n\nChange the owner and/or group of FILEs to USER and/or GRP\n\n\t-h\tAffect symlinks instead of symlink targets\n\t-R\tRecurse\n\t-c\tList changed files\n\t-v\tVerbose\n\t-f\tHide errors";
/// Help of `chgrp`.
pub const CHGRP_USAGE: &str = "[-Rhcvf]... GROUP FILE...\n\nChange the group membership of FILEs to GROUP\n\n\t-h\tAffect symlinks instead of symlink targets\n\t-R\tRecurse\n\t-c\tList changed files\n\t-v\tVerbose\n\t-f\tHide errors";

/// Entry of `chown` and `chgrp`.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "RhcvfLHP", &[("recursive", 'R')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let [owner, files @ ..] = options.operands.as_slice() else {
        return call.usage();
    };
    if files.is_empty() {
        return call.usage();
    }
    let text = owner.to_string_lossy();
    let read = if call.name() == "chgrp" {
        group(&text)
            .map(|group| (None, Some(group)))
            .ok_or_else(|| format!("unknown group {text}"))
    } else {
        owner_and_group(&text)
    };
    let (user, group) = match read {
        Ok(read) => read,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let change = Change {
        call,
        user,
        group,
        options: &options,
    };
    let done: Vec<bool> = files.iter().map(|file| change.all(Path::new(file))).collect();
    i32::from(done.contains(&false))
}

type Owner = (Option<u32>, Option<u32>);

/// `USER`, `USER:GROUP`, `:GROUP`, or `USER:` with the group that is the user's own.
fn owner_and_group(text: &str) -> Result<Owner, String> {
    let Some((name, of_group)) = text.split_once(':') else {
        return match user(text) {
            Some((id, _)) => Ok((Some(id), None)),
            None => Err(format!("unknown user {text}")),
        };
    };
    let unknown = || format!("unknown user/group {text}");
    let found = match name {
        "" => None,
        name => Some(user(name).ok_or_else(unknown)?),
    };
    let group = match of_group {
        "" => found.and_then(|(_, own)| own),
        name => Some(group(name).ok_or_else(unknown)?),
    };
    Ok((found.map(|(id, _)| id), group))
}

fn user(text: &str) -> Option<(u32, Option<u32>)> {
    let known = names::users().into_iter().find(|user| user.name == text);
    match known {
        Some(user) => Some((user.id, Some(user.group))),
        None => Some((text.parse().ok()?, None)),
    }
}

fn group(text: &str) -> Option<u32> {
    let known = names::of_groups().into_iter().find(|(_, name)| name == text);
    known.map(|(id, _)| id).or_else(|| text.parse().ok())
}

struct Change<'a> {
    call: &'a Call<'a>,
    user: Option<u32>,
    group: Option<u32>,
    options: &'a getopt::Options,
}

impl Change<'_> {
    fn all(&self, path: &Path) -> bool {
        let mut well = self.told(path, self.one(path));
        let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        if self.options.has('R') && is_folder {
            match fs::read_dir(path) {
                Ok(entries) => {
                    for entry in entries.flatten() {
                        well &= self.all(&entry.path());
                    }
                }
                Err(error) => well = self.told(path, Err(error)),
            }
        }
        well
    }

    fn told(&self, path: &Path, done: io::Result<()>) -> bool {
        let Err(error) = done else { return true };
        if !self.options.has('f') {
            self.call.complain_of(path.display(), &error);
        }
        false
    }

    fn one(&self, path: &Path) -> io::Result<()> {
        // Below a folder, links are themselves: what they lead to is elsewhere.
        let itself = self.options.has('h') || self.options.has('R') && path.is_symlink();
        let old = if itself {
            fs::symlink_metadata(path)?
        } else {
            fs::metadata(path)?
        };
        if itself {
            lchown(path, self.user, self.group)?;
        } else {
            chown(path, self.user, self.group)?;
        }
        let new = (self.user.unwrap_or(old.uid()), self.group.unwrap_or(old.gid()));
        if self.options.has('v') || self.options.has('c') && new != (old.uid(), old.gid()) {
            println!("changed ownership of '{}' to {}:{}", path.display(), new.0, new.1);
        }
        Ok(())
    }
}
