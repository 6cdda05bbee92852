//! The capabilities a container's processes have, in the lab's user namespace.

use rustix::io::Errno;
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
};

use super::failure::{Doing, Failure, Outcome};

/// What Docker gives by default (moby, `oci/caps/defaults.go`): fourteen, `0xa80425fb`.
pub(super) const DEFAULT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::MKNOD)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::AUDIT_WRITE);

/// The default set with `--cap-add` in it. Of what can be added only `NET_ADMIN` is: it reaches no further than the
/// container's own network namespace. Names are Docker's: any case, with or without `CAP_`.
pub(super) fn granted(added: &[String]) -> Outcome<CapabilitySet> {
    let mut set = DEFAULT;
    for name in added {
        let upper = name.to_ascii_uppercase();
        match CapabilitySet::from_name(upper.strip_prefix("CAP_").unwrap_or(&upper)) {
            Some(one) if DEFAULT.contains(one) || one == CapabilitySet::NET_ADMIN => set |= one,
            Some(_) => {
                let doing =
                    format!("add the capability {upper}: this lab runs without root and can only give NET_ADMIN");
                return Err(Failure {
                    doing,
                    errno: Errno::PERM,
                });
            }
            None => {
                return Err(Failure {
                    doing: format!("add the unknown capability {upper}"),
                    errno: Errno::INVAL,
                });
            }
        }
    }
    Ok(set)
}

/// Lowers this process to `set` for good: bounding, permitted and effective. Inheritable and ambient are empty, as Docker
/// leaves them since 20.10.14 (CVE-2022-24769); uid 0 regains `set` at `execve` (capabilities(7)).
pub(super) fn limit_to(set: CapabilitySet) -> Outcome {
    clear_ambient_capability_set().doing("clear the ambient capabilities")?;
    for bit in 0..u64::BITS {
        let one = CapabilitySet::from_bits_retain(1 << bit);
        if set.contains(one) {
            continue;
        }
        match remove_capability_from_bounding_set(one) {
            Ok(()) => {}
            // Past the last capability this kernel knows.
            Err(Errno::INVAL) => break,
            Err(errno) => {
                return Err(Failure {
                    doing: "lower the capability bounding set".into(),
                    errno,
                });
            }
        }
    }
    let sets = CapabilitySets {
        effective: set,
        permitted: set,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets).doing("set capabilities")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_default_is_dockers() {
        assert_eq!(DEFAULT.bits(), 0xa804_25fb);
        assert_eq!(granted(&[]).unwrap(), DEFAULT);
    }

    #[test]
    fn net_admin_can_be_added_under_each_of_its_names() {
        for name in ["NET_ADMIN", "net_admin", "CAP_NET_ADMIN", "cap_net_admin"] {
            assert_eq!(granted(&names(&[name])).unwrap(), DEFAULT | CapabilitySet::NET_ADMIN);
        }
    }

    #[test]
    fn what_is_there_already_may_be_asked_for() {
        assert_eq!(granted(&names(&["NET_RAW"])).unwrap(), DEFAULT);
    }

    #[test]
    fn others_are_refused_with_the_reason() {
        for name in ["SYS_ADMIN", "cap_sys_ptrace", "BPF"] {
            let failure = granted(&names(&[name])).unwrap_err();
            assert_eq!(failure.errno, Errno::PERM);
            assert!(failure.doing.contains("only give NET_ADMIN"), "{}", failure.doing);
        }
        for name in ["ALL", "NO_SUCH", ""] {
            assert_eq!(granted(&names(&[name])).unwrap_err().errno, Errno::INVAL);
        }
    }
}
