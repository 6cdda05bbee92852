//! Whom a lab runs as.
//!
//! No container and no console ever runs as the kernel's uid 0: the writable sysctls under `/proc/sys` and `/sys` that are
//! not a namespace's own belong to it, even inside a user namespace. Started by an ordinary user, uid 0 of the lab is that
//! user; started by root, it is the person behind `sudo`, else `nobody`.

use std::io;

use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// `nobody` and `nogroup`, the kernel's overflow ids (proc(5), `/proc/sys/kernel/overflowuid`).
const NOBODY: u32 = 65_534;

/// Why the lab has the identity it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The person who started it.
    Starter,
    /// Started by root through `sudo`: the person behind it.
    Sudo,
    /// Started by root itself: `nobody`. The console is then a sandbox.
    Nobody,
}

/// The identity that uid 0 and gid 0 of the lab stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// User, as this process's user namespace counts.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Why.
    pub origin: Origin,
}

impl Identity {
    /// The identity for a lab started by this process.
    ///
    /// # Errors
    /// Root cannot become anyone else here: nobody else is mapped in this user namespace, and its uid 0 is the kernel's.
    pub fn of_lab() -> io::Result<Self> {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        if uid != 0 {
            return Ok(Self {
                uid,
                gid,
                origin: Origin::Starter,
            });
        }
        let wanted = of_root(|name| std::env::var(name).ok());
        let map = std::fs::read_to_string("/proc/self/uid_map")?;
        if is_mapped(&map, wanted.uid) {
            return Ok(wanted);
        }
        if outer_root(&map).is_some_and(|outer| outer != 0) {
            return Ok(Self {
                uid,
                gid,
                origin: Origin::Starter,
            });
        }
        Err(io::Error::other(format!(
            "uid {} is not mapped in this user namespace, and uid 0 would be the kernel's",
            wanted.uid
        )))
    }

    /// Takes this identity where root started us. Root stays the saved uid, with no capability in effect: with it the
    /// janitor can remove a socket from a directory of root's at the end, and nobody else's process can trace it.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn take(self) -> io::Result<()> {
        if self.origin == Origin::Starter {
            return Ok(());
        }
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        setgroups(&[gid])?;
        setresgid(gid, gid, gid)?;
        setresuid(uid, uid, Uid::from_raw(0))?;
        // Changing the effective uid gives the files under /proc/self back to root; the maps of our child are written there.
        set_dumpable_behavior(DumpableBehavior::Dumpable)?;
        Ok(())
    }

    /// Becomes root again for what only root may do, where root is the saved uid.
    pub fn back_to_root() {
        let _ = nix::unistd::seteuid(Uid::from_raw(0));
    }
}

/// In the lab's user namespace, once its maps are written: uid 0 and gid 0 of the lab, in all three places each.
///
/// # Errors
/// The maps are not written.
pub fn become_lab_root() -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(0), Gid::from_raw(0));
    setresgid(gid, gid, gid)?;
    setresuid(uid, uid, uid)?;
    Ok(())
}

/// Root's other self: the person behind `sudo`, else `nobody`. Root itself, or text that is no number, is no answer.
fn of_root(env: impl Fn(&str) -> Option<String>) -> Identity {
    let id = |name: &str| env(name)?.parse::<u32>().ok().filter(|id| *id != 0 && *id != u32::MAX);
    match id("SUDO_UID") {
        Some(uid) => Identity {
            uid,
            gid: id("SUDO_GID").unwrap_or(NOBODY),
            origin: Origin::Sudo,
        },
        None => Identity {
            uid: NOBODY,
            gid: NOBODY,
            origin: Origin::Nobody,
        },
    }
}

/// Lines of a `uid_map`: first id inside, first id outside, how many (`user_namespaces(7)`).
fn ranges(map: &str) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
    map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

fn is_mapped(map: &str, uid: u32) -> bool {
    ranges(map).any(|(inside, _, count)| (inside..inside + count).contains(&u64::from(uid)))
}

/// Which uid outside our uid 0 stands for.
fn outer_root(map: &str) -> Option<u64> {
    ranges(map)
        .find(|(inside, ..)| *inside == 0)
        .map(|(_, outside, _)| outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn root_becomes_the_person_behind_sudo() {
        let identity = of_root(env(&[("SUDO_UID", "1000"), ("SUDO_GID", "100")]));
        assert_eq!((identity.uid, identity.gid, identity.origin), (1000, 100, Origin::Sudo));
    }

    #[test]
    fn root_never_stays_root() {
        for pairs in [
            &[][..],
            &[("SUDO_UID", "0"), ("SUDO_GID", "0")],
            &[("SUDO_UID", "x")],
            &[("SUDO_UID", "4294967295")],
        ] {
            assert_eq!(of_root(env(pairs)).origin, Origin::Nobody, "{pairs:?}");
        }
        assert_eq!(of_root(env(&[("SUDO_UID", "5"), ("SUDO_GID", "0")])).gid, NOBODY);
    }

    #[test]
    fn maps_are_read_as_the_kernel_prints_them() {
        let whole = "         0          0 4294967295\n";
        assert!(is_mapped(whole, NOBODY));
        assert_eq!(outer_root(whole), Some(0));
        let single = "         0       1000          1\n";
        assert!(!is_mapped(single, NOBODY));
        assert_eq!(outer_root(single), Some(1000));
    }
}
