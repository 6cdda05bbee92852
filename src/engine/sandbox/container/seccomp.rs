//! The system calls that a container's processes may not make.
//!
//! Docker's default profile lists what is allowed; the effect on a process without `CAP_SYS_ADMIN` is had here by listing
//! what is not: a filter of some eighty comparisons, which the kernel checks and compiles in a fraction of the time and which
//! leaves calls of kernels to come to the capabilities. The answer is EPERM as under Docker; ENOSYS for `clone3`, whose flags
//! a filter cannot see, so that C libraries fall back to `clone` (moby, `profiles/seccomp/default_linux.go`).

use std::collections::BTreeMap;
use std::io;

use libc::{BPF_ABS, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_RET_ERRNO, c_long};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter, sock_filter,
};

use super::failure::{Failure, Outcome};

/// Refused whatever the arguments.
const REFUSED: &[c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_get_mempolicy,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_lookup_dcookie,
    libc::SYS_mbind,
    libc::SYS_migrate_pages,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_move_pages,
    libc::SYS_nfsservctl,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pivot_root,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_set_mempolicy,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

/// Calls that only this processor's table has.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[c_long] = &[
    libc::SYS__sysctl,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_sysfs,
    libc::SYS_uselib,
    libc::SYS_ustat,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[c_long] = &[];

/// Flags of `clone` that make a namespace (linux/sched.h). `CLONE_NEWTIME` is none of them: it shares its bit with the
/// exit signal's byte and `clone` ignores it.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// Execution domains Docker lets a process take: `PER_LINUX` and `PER_LINUX32`, each with and without `UNAME26`, and
/// the question which one it has (personality(2)).
const PERSONALITIES: [u64; 5] = [0x0, 0x0008, 0x2_0000, 0x2_0008, 0xffff_ffff];

/// First number of the x32 table (asm/unistd.h, `__X32_SYSCALL_BIT`): the same calls under other numbers.
const X32: u32 = 0x4000_0000;

/// The filter, ready for the kernel.
#[derive(Debug, Clone)]
pub(super) struct Filter(BpfProgram);

impl Filter {
    /// Compiles it.
    pub(super) fn new() -> io::Result<Self> {
        let arch = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
        let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let filter = SeccompFilter::new(rules()?, SeccompAction::Allow, refused, arch).map_err(io::Error::other)?;
        let program: BpfProgram = filter.try_into().map_err(io::Error::other)?;
        Ok(Self([prologue(), program].concat()))
    }

    /// Puts it on this process and all its descendants for good, with `no_new_privs`.
    pub(super) fn install(&self) -> Outcome {
        apply_filter(&self.0).map_err(|error| {
            let errno = match &error {
                seccompiler::Error::Prctl(source) | seccompiler::Error::Seccomp(source) => {
                    rustix::io::Errno::from_io_error(source)
                }
                _ => None,
            };
            Failure {
                doing: "install the seccomp filter".into(),
                errno: errno.unwrap_or(rustix::io::Errno::INVAL),
            }
        })
    }
}

fn rules() -> io::Result<BTreeMap<i64, Vec<SeccompRule>>> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED
        .iter()
        .chain(REFUSED_HERE)
        .map(|call| (*call, Vec::new()))
        .collect();
    let argument = |op, value| SeccompCondition::new(0, SeccompCmpArgLen::Dword, op, value).map_err(io::Error::other);
    let rule = |conditions| SeccompRule::new(conditions).map_err(io::Error::other);

    let mut namespaces = Vec::new();
    for flag in NAMESPACES {
        let flag = u64::from(flag.unsigned_abs());
        namespaces.push(rule(vec![argument(SeccompCmpOp::MaskedEq(flag), flag)?])?);
    }
    rules.insert(libc::SYS_clone, namespaces);

    let others = PERSONALITIES
        .iter()
        .map(|known| argument(SeccompCmpOp::Ne, *known))
        .collect::<Result<_, _>>()?;
    rules.insert(libc::SYS_personality, vec![rule(others)?]);

    // Would reach the machine's hypervisor: no namespace holds it.
    let vsock = u64::from(libc::AF_VSOCK.unsigned_abs());
    rules.insert(libc::SYS_socket, vec![rule(vec![argument(SeccompCmpOp::Eq, vsock)?])?]);
    Ok(rules)
}

/// What one answer for all calls cannot say: ENOSYS for `clone3`, and EPERM for the whole x32 table, to whose numbers
/// the comparisons that follow are blind.
fn prologue() -> BpfProgram {
    let errno = |errno: libc::c_int| op(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errno.unsigned_abs(), 0, 0);
    let clone3 = u32::try_from(libc::SYS_clone3).unwrap_or(u32::MAX);
    vec![
        op(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0),
        op(BPF_JMP | BPF_JEQ | BPF_K, clone3, 0, 1),
        errno(libc::ENOSYS),
        op(BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1),
        errno(libc::EPERM),
    ]
}

fn op(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    // The classes and modes of linux/bpf_common.h all fit into the field's 16 bits.
    sock_filter {
        code: u16::try_from(code).unwrap_or(u16::MAX),
        jt,
        jf,
        k,
    }
}

#[cfg(test)]
#[allow(unsafe_code, reason = "the calls under test are made by number, in a forked child")]
mod tests {
    use super::*;
    use crate::engine::sandbox::edge::{Forked, fork};

    /// Errno of a call made under the filter, by a child of its own; 0 where it was let through.
    fn errno_of(call: c_long, arguments: [c_long; 3]) -> i32 {
        let filter = Filter::new().unwrap();
        match fork().unwrap() {
            Forked::Child => {
                let refused = filter.install().is_err();
                // SAFETY: the arguments are numbers and null pointers; what is not refused by the filter is refused by the kernel or
                // ends in a child process, which has nothing to do here.
                let returned = unsafe { libc::syscall(call, arguments[0], arguments[1], arguments[2], 0, 0) };
                let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
                let answer = if returned < 0 { errno } else { 0 };
                // SAFETY: ends the child.
                unsafe { libc::_exit(if refused { 255 } else { answer }) }
            }
            Forked::Parent(pid) => {
                let waited = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
                waited.unwrap().unwrap().1.exit_status().unwrap_or(-1)
            }
        }
    }

    #[test]
    fn what_makes_or_enters_namespaces_and_mounts_is_refused() {
        for call in [
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_pivot_root,
            libc::SYS_setns,
            libc::SYS_unshare,
            libc::SYS_open_tree,
            libc::SYS_fsopen,
            libc::SYS_keyctl,
            libc::SYS_bpf,
            libc::SYS_perf_event_open,
            libc::SYS_reboot,
            libc::SYS_userfaultfd,
            libc::SYS_io_uring_setup,
            libc::SYS_settimeofday,
        ] {
            assert_eq!(errno_of(call, [0, 0, 0]), libc::EPERM, "call {call}");
        }
    }

    #[test]
    fn a_clone_is_refused_for_its_namespaces_only() {
        for flag in NAMESPACES {
            let flags = c_long::from(flag | libc::SIGCHLD);
            assert_eq!(errno_of(libc::SYS_clone, [flags, 0, 0]), libc::EPERM, "flag {flag:#x}");
        }
        assert_eq!(errno_of(libc::SYS_clone, [c_long::from(libc::SIGCHLD), 0, 0]), 0);
        assert_eq!(errno_of(libc::SYS_clone3, [0, 0, 0]), libc::ENOSYS);
    }

    #[test]
    fn arguments_decide_where_docker_lets_them() {
        assert_eq!(errno_of(libc::SYS_personality, [0xffff_ffff, 0, 0]), 0);
        assert_eq!(errno_of(libc::SYS_personality, [0x0040_0000, 0, 0]), libc::EPERM);
        let vsock = c_long::from(libc::AF_VSOCK);
        assert_eq!(
            errno_of(libc::SYS_socket, [vsock, c_long::from(libc::SOCK_STREAM), 0]),
            libc::EPERM
        );
        let unix = c_long::from(libc::AF_UNIX);
        assert_eq!(
            errno_of(libc::SYS_socket, [unix, c_long::from(libc::SOCK_STREAM), 0]),
            0
        );
    }

    #[test]
    fn what_programs_live_on_is_let_through() {
        for call in [
            libc::SYS_getpid,
            libc::SYS_getuid,
            libc::SYS_sched_yield,
            libc::SYS_umask,
        ] {
            assert_eq!(errno_of(call, [0, 0, 0]), 0, "call {call}");
        }
        assert_eq!(
            errno_of(libc::SYS_ptrace, [-1, 0, 0]),
            libc::ESRCH,
            "ptrace is Docker's to allow"
        );
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_other_table_of_calls_is_no_way_around() {
        assert_eq!(errno_of(c_long::from(X32) + libc::SYS_mount, [0, 0, 0]), libc::EPERM);
    }
}
