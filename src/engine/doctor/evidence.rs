//! What this machine and this process say of themselves, read once, before anything is judged.

use std::fs;
use std::path::PathBuf;

use super::fault;

/// Debian's and older Ubuntus' switch: 0 keeps user namespaces from ordinary users.
pub(super) const USERNS_CLONE: &str = "kernel.unprivileged_userns_clone";
/// Most user namespaces a person may have, per user namespace (`namespaces(7)`).
pub(super) const MAX_USER_NAMESPACES: &str = "user.max_user_namespaces";
/// Ubuntu's switch since 23.10: 1 takes the capabilities out of a user namespace whose program has no profile.
pub(super) const APPARMOR_RESTRICTS: &str = "kernel.apparmor_restrict_unprivileged_userns";

/// What a refusal is explained from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// `kernel.unprivileged_userns_clone`.
    pub userns_clone: Option<String>,
    /// `user.max_user_namespaces` of this process's own user namespace.
    pub max_user_namespaces: Option<String>,
    /// `kernel.apparmor_restrict_unprivileged_userns`.
    pub apparmor_restricts: Option<String>,
    /// `Seccomp:` of /proc/self/status: 0 none, 1 strict, 2 filter.
    pub seccomp: Option<u8>,
    /// `AppArmor` profile that is enforced on this process (`docker-default`).
    pub confined_by: Option<String>,
    /// What is mounted over parts of /proc.
    pub covers_of_proc: Vec<String>,
    /// Real path of this program.
    pub program: PathBuf,
}

impl Evidence {
    /// Reads all of it; what cannot be read is absent.
    #[must_use]
    pub fn read() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self {
            userns_clone: fault::sysctl(USERNS_CLONE),
            max_user_namespaces: fault::sysctl(MAX_USER_NAMESPACES),
            apparmor_restricts: fault::sysctl(APPARMOR_RESTRICTS),
            seccomp: seccomp_mode(&text("/proc/self/status")),
            confined_by: enforced_profile(&text("/proc/self/attr/apparmor/current")),
            covers_of_proc: covers_of_proc(&text("/proc/self/mountinfo")),
            program: fs::read_link("/proc/self/exe").unwrap_or_else(|_| PathBuf::from("cnm")),
        }
    }
}

fn seccomp_mode(status: &str) -> Option<u8> {
    status
        .lines()
        .find_map(|line| line.strip_prefix("Seccomp:"))?
        .trim()
        .parse()
        .ok()
}

/// `docker-default (enforce)` → `docker-default`; `unconfined` and what only complains are none.
fn enforced_profile(current: &str) -> Option<String> {
    current.trim().strip_suffix(" (enforce)").map(str::to_owned)
}

/// Mount points below /proc that hide a part of it, in order, each once. Mounts on folders that the kernel made to be mounted
/// on hide nothing (linux `fs/namespace.c`, `mnt_already_visible`).
fn covers_of_proc(mountinfo: &str) -> Vec<String> {
    const MADE_FOR_MOUNTS: [&str; 3] = ["/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd", "/proc/openprom"];
    let mut covers: Vec<String> = mountinfo
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(unescaped)
        .filter(|point| point.starts_with("/proc/") && !MADE_FOR_MOUNTS.contains(&point.as_str()))
        .collect();
    covers.sort_unstable();
    covers.dedup();
    covers
}

/// Spaces, tabs, line ends and backslashes stand in mountinfo as three octal digits (`proc_pid_mountinfo(5)`).
fn unescaped(field: &str) -> String {
    ["\\040", "\\011", "\\012", "\\134"]
        .into_iter()
        .zip([" ", "\t", "\n", "\\"])
        .fold(field.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seccomp_mode_is_read_and_not_the_number_of_filters() {
        assert_eq!(seccomp_mode("Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t3\n"), Some(2));
        assert_eq!(seccomp_mode("Seccomp_filters:\t3\n"), None);
    }

    #[test]
    fn only_an_enforced_profile_confines() {
        assert_eq!(
            enforced_profile("docker-default (enforce)\n").as_deref(),
            Some("docker-default")
        );
        for free in ["unconfined\n", "x (complain)\n", ""] {
            assert_eq!(enforced_profile(free), None);
        }
    }

    #[test]
    fn covers_of_proc_are_listed_without_what_hides_nothing() {
        let mountinfo = "\
22 27 0:21 / /proc rw,relatime - proc proc rw
23 22 0:22 /null /proc/kcore rw - devtmpfs devtmpfs rw
24 22 0:22 / /proc/sys/fs/binfmt_misc rw - binfmt_misc binfmt_misc rw
25 22 0:23 / /proc/a\\040b rw - tmpfs tmpfs rw
26 22 0:22 /null /proc/kcore rw - devtmpfs devtmpfs rw
27 1 0:24 / /procedures rw - tmpfs tmpfs rw
";
        assert_eq!(covers_of_proc(mountinfo), ["/proc/a b", "/proc/kcore"]);
    }
}
