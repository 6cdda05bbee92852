//! Where the sandbox meets the kernel: the stages at which a lab can be refused, and the place where tests put in the
//! refusals that the machine they run on does not give.
//!
//! - `CNM_FAULT_SYSCALL=<call>:<ERRNO>`: that call is not made and answers so. Calls: `unshare`, `clone`, `uid_map`,
//!   `gid_map`, `mount-tmpfs`, `mount-overlay`, `mount-proc`, `mount-sysfs`, `loopback`.
//! - `CNM_FAULT_SYSCTL=<key>=<value>[,<key>=<value>]`: what reading a setting of the machine gives; `-` for one that is absent.
//!
//! Neither can give a process anything it does not have: the first only refuses, the second only changes what is told.

use std::fs;

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// What a lab needs of the kernel, in the order it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// A new user namespace: `clone` or `unshare` with `CLONE_NEWUSER`.
    UserNamespace,
    /// The user and group maps of it.
    IdMap,
    /// Mount, network, PID, UTS and IPC namespaces inside it.
    Namespaces,
    /// Changing propagation, tmpfs, bind mounts, `pivot_root`.
    Mounts,
    /// A /proc of the lab's own.
    Proc,
    /// A /sys of the lab's own.
    Sysfs,
    /// An overlay of two folders (Linux 5.11 for an ordinary user).
    Overlay,
    /// Bringing the loopback device up.
    Loopback,
    /// A bridge.
    Bridge,
    /// A veth pair.
    Veth,
    /// An nftables table.
    Nftables,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 11] = [
        Self::UserNamespace,
        Self::IdMap,
        Self::Namespaces,
        Self::Mounts,
        Self::Proc,
        Self::Sysfs,
        Self::Overlay,
        Self::Loopback,
        Self::Bridge,
        Self::Veth,
        Self::Nftables,
    ];

    /// Stable name, in English: `user-namespace`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::UserNamespace => "user-namespace",
            Self::IdMap => "id-map",
            Self::Namespaces => "namespaces",
            Self::Mounts => "mounts",
            Self::Proc => "proc",
            Self::Sysfs => "sysfs",
            Self::Overlay => "overlay",
            Self::Loopback => "loopback",
            Self::Bridge => "bridge",
            Self::Veth => "veth",
            Self::Nftables => "nftables",
        }
    }
}

/// Makes a call, unless `CNM_FAULT_SYSCALL` names it: then its errno is the answer.
///
/// # Errors
/// The kernel's refusal, or the one put in.
pub fn call<T, E: From<Errno>>(name: &str, real: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let fault = std::env::var("CNM_FAULT_SYSCALL").ok();
    match fault.as_deref().and_then(|fault| fault_for(fault, name)) {
        Some(errno) => Err(errno.into()),
        None => real(),
    }
}

/// A setting of the machine by its dotted name, trimmed; `None` where this kernel has no such setting.
#[must_use]
pub fn sysctl(key: &str) -> Option<String> {
    let fault = std::env::var("CNM_FAULT_SYSCTL").unwrap_or_default();
    match told(&fault, key) {
        Some("-") => None,
        Some(value) => Some(value.to_owned()),
        None => fs::read_to_string(format!("/proc/sys/{}", key.replace('.', "/")))
            .ok()
            .map(|text| text.trim().to_owned()),
    }
}

fn fault_for(fault: &str, name: &str) -> Option<Errno> {
    let (call, errno) = fault.rsplit_once(':')?;
    if call != name {
        return None;
    }
    Some(match errno {
        "EPERM" => Errno::PERM,
        "EACCES" => Errno::ACCESS,
        "ENOSPC" => Errno::NOSPC,
        "EUSERS" => Errno::USERS,
        "EINVAL" => Errno::INVAL,
        "ENOSYS" => Errno::NOSYS,
        "ENODEV" => Errno::NODEV,
        "ENOMEM" => Errno::NOMEM,
        "EAGAIN" => Errno::AGAIN,
        "EOPNOTSUPP" => Errno::OPNOTSUPP,
        // Still a refusal: a fault that was misspelt must not let a test pass.
        _ => Errno::IO,
    })
}

fn told<'a>(fault: &'a str, key: &str) -> Option<&'a str> {
    fault
        .split(',')
        .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_call_is_refused() {
        assert_eq!(fault_for("uid_map:EPERM", "uid_map"), Some(Errno::PERM));
        assert_eq!(fault_for("uid_map:EPERM", "gid_map"), None);
        assert_eq!(fault_for("uid_map:NOSUCH", "uid_map"), Some(Errno::IO));
        assert_eq!(fault_for("uid_map", "uid_map"), None);
    }

    #[test]
    fn a_call_without_a_fault_is_made() {
        assert_eq!(call("a-call-no-test-names", || Ok::<_, Errno>(7)), Ok(7));
    }

    #[test]
    fn what_is_told_of_a_setting_wins() {
        let fault = "kernel.a=1,kernel.ab=-,user.c=x=y";
        assert_eq!(told(fault, "kernel.a"), Some("1"));
        assert_eq!(told(fault, "kernel.ab"), Some("-"));
        assert_eq!(told(fault, "user.c"), Some("x=y"));
        assert_eq!(told(fault, "kernel"), None);
    }

    #[test]
    fn a_setting_is_read_where_the_kernel_has_it() {
        assert!(sysctl("kernel.ostype").is_some_and(|name| name == "Linux"));
        assert_eq!(sysctl("kernel.no_such_setting"), None);
    }

    #[test]
    fn stages_are_named_as_they_are_serialised() {
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.id());
        }
        assert!(Stage::ALL.is_sorted());
    }
}
