//! The new network namespace before the engine puts links in it.

use super::failure::{Doing, Outcome};

/// What Docker writes in each container's namespace, and what a container without IPv6 has. `default` only: each link that
/// comes later starts without IPv6, and the loopback keeps `::1`.
///
/// `0 0` and not Docker's `0 2147483647`: only mapped groups can be named, and a lab maps one (`user_namespaces(7)`).
const SYSCTLS: [(&str, &str); 3] = [
    ("net/ipv4/ping_group_range", "0 0"),
    ("net/ipv4/ip_unprivileged_port_start", "0"),
    ("net/ipv6/conf/default/disable_ipv6", "1"),
];

/// Writes the sysctls, below a directory that holds a mounted `/proc`.
pub(super) fn write_sysctls(proc: &str) -> Outcome {
    for (key, value) in SYSCTLS {
        match std::fs::write(format!("{proc}/sys/{key}"), value) {
            // A kernel without IPv6.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            result => result.doing(format_args!("write {value:?} to /proc/sys/{key}"))?,
        }
    }
    Ok(())
}
