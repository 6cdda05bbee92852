//! The new network namespace before the engine puts links in it.

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

use super::failure::{Doing, Failure, Outcome};

/// What Docker writes in each container's namespace, and what a container without IPv6 has. `default` only: each link that
/// comes later starts without IPv6, and the loopback keeps `::1`.
///
/// `0 0` and not Docker's `0 2147483647`: only mapped groups can be named, and a lab maps one (engine's user namespace).
const SYSCTLS: [(&str, &str); 3] = [
    ("net/ipv4/ping_group_range", "0 0"),
    ("net/ipv4/ip_unprivileged_port_start", "0"),
    ("net/ipv6/conf/default/disable_ipv6", "1"),
];

/// Index of the loopback device of every network namespace (linux/net/loopback.c: it is registered first).
const LOOPBACK: u32 = 1;

/// `RTM_NEWLINK` (linux/rtnetlink.h).
const RTM_NEWLINK: u16 = 16;

/// Brings the loopback device up: one message, one acknowledgement.
pub(super) fn raise_loopback() -> Outcome {
    const DOING: &str = "bring the loopback device up";
    // Protocol 0 of this family is NETLINK_ROUTE (linux/netlink.h).
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)
        .doing("open a netlink socket")?;
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&socket, &up_message(LOOPBACK), SendFlags::empty(), &kernel).doing(DOING)?;
    let mut answer = [0; 256];
    let (length, _) = recv(&socket, &mut answer, RecvFlags::empty()).doing(DOING)?;
    match acknowledged(&answer[..length.min(answer.len())]) {
        Some(0) => Ok(()),
        Some(errno) => Err(Failure {
            doing: DOING.into(),
            errno: Errno::from_raw_os_error(errno),
        }),
        None => Err(Failure {
            doing: DOING.into(),
            errno: Errno::BADMSG,
        }),
    }
}

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

/// `struct nlmsghdr` and `struct ifinfomsg` (linux/netlink.h, linux/rtnetlink.h) that set `IFF_UP`.
fn up_message(index: u32) -> [u8; 32] {
    let flags = u16::try_from(libc::NLM_F_REQUEST | libc::NLM_F_ACK).unwrap_or(0);
    let up = libc::IFF_UP.unsigned_abs();
    let mut message = [0; 32];
    message[0..4].copy_from_slice(&32u32.to_ne_bytes());
    message[4..6].copy_from_slice(&RTM_NEWLINK.to_ne_bytes());
    message[6..8].copy_from_slice(&flags.to_ne_bytes());
    message[20..24].copy_from_slice(&index.to_ne_bytes());
    message[24..28].copy_from_slice(&up.to_ne_bytes());
    message[28..32].copy_from_slice(&up.to_ne_bytes());
    message
}

/// The errno of an `NLMSG_ERROR` packet, 0 for an acknowledgement.
fn acknowledged(packet: &[u8]) -> Option<i32> {
    let kind = u16::from_ne_bytes(packet.get(4..6)?.try_into().ok()?);
    let errno = i32::from_ne_bytes(packet.get(16..20)?.try_into().ok()?);
    (i32::from(kind) == libc::NLMSG_ERROR).then_some(errno.saturating_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_cut_short_is_no_acknowledgement() {
        assert_eq!(acknowledged(&[]), None);
        assert_eq!(acknowledged(&[0; 18]), None);
    }

    #[test]
    fn the_errno_is_read_from_the_kernels_packet() {
        let mut packet = [0; 36];
        packet[4..6].copy_from_slice(&2u16.to_ne_bytes());
        assert_eq!(acknowledged(&packet), Some(0));
        packet[16..20].copy_from_slice(&(-1i32).to_ne_bytes());
        assert_eq!(acknowledged(&packet), Some(1));
    }
}
