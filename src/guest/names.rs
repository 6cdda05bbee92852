//! Names of users and groups, from the image's own `/etc/passwd` and `/etc/group`.

use std::collections::HashMap;
use std::fs;

/// One line of `/etc/passwd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub name: String,
    pub id: u32,
    pub group: u32,
}

/// The users of this file system.
pub(crate) fn users() -> Vec<User> {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    text.lines().filter_map(read_user).collect()
}

fn read_user(line: &str) -> Option<User> {
    let mut fields = line.split(':');
    let name = fields.next().filter(|name| !name.is_empty())?.to_owned();
    let id = fields.nth(1)?.parse().ok()?;
    Some(User {
        name,
        id,
        group: fields.next()?.parse().ok()?,
    })
}

/// Names of users by number.
pub(crate) fn of_users() -> HashMap<u32, String> {
    by_number("/etc/passwd")
}

/// Names of groups by number.
pub(crate) fn of_groups() -> HashMap<u32, String> {
    by_number("/etc/group")
}

/// In both files the name is the first field and the number the third; the first line of a number counts.
fn by_number(path: &str) -> HashMap<u32, String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut names = HashMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        if let (Some(name), Some(Ok(id))) = (fields.next(), fields.nth(1).map(str::parse)) {
            names.entry(id).or_insert_with(|| name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwd_lines_are_read_and_others_skipped() {
        let user = read_user("nobody:x:65534:65533:nobody:/:/sbin/nologin").unwrap();
        assert_eq!(
            user,
            User {
                name: "nobody".into(),
                id: 65534,
                group: 65533
            }
        );
        for line in ["", "root", "root:x:zero:0", ":x:0:0", "+::::"] {
            assert_eq!(read_user(line), None, "{line}");
        }
    }
}
