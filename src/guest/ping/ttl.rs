//! Receiving a datagram together with the hops it had left (`IP_RECVTTL`, ip(7)).
#![allow(
    unsafe_code,
    reason = "no safe wrapper in the enabled features offers this option and its control message"
)]

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd};

#[expect(clippy::cast_possible_truncation, reason = "four bytes")]
const INT_LENGTH: libc::socklen_t = size_of::<libc::c_int>() as libc::socklen_t;
#[expect(clippy::cast_possible_truncation, reason = "sixteen bytes")]
const ADDRESS_LENGTH: libc::socklen_t = size_of::<libc::sockaddr_in>() as libc::socklen_t;

/// Room for one control message with an `int`, aligned as `cmsghdr` needs.
#[repr(C, align(8))]
struct Control([u8; 64]);

/// A datagram's length, sender and, where the kernel told, remaining hops.
pub(super) type Received = (usize, Ipv4Addr, Option<u8>);

/// Asks the kernel to tell the remaining hops of what a socket receives.
pub(super) fn request(socket: BorrowedFd<'_>) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the option's value is one int, which outlives the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_RECVTTL,
            (&raw const on).cast(),
            INT_LENGTH,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Receives one datagram into `buffer`.
pub(super) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Received> {
    let mut control = Control([0; 64]);
    // SAFETY: an all-zero sockaddr_in and msghdr are valid values of these plain C structures.
    let (mut from, mut header): (libc::sockaddr_in, libc::msghdr) =
        unsafe { (MaybeUninit::zeroed().assume_init(), MaybeUninit::zeroed().assume_init()) };
    let mut slice = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    header.msg_name = (&raw mut from).cast();
    header.msg_namelen = ADDRESS_LENGTH;
    header.msg_iov = &raw mut slice;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = control.0.len();
    // SAFETY: every pointer in the header is to a live local with the length given beside it.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, 0) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let mut ttl = None;
    // SAFETY: the kernel filled `control` and `msg_controllen`; the macros stay inside it, and an IP_TTL message
    // holds one int, read without assuming its alignment.
    unsafe {
        let mut part = libc::CMSG_FIRSTHDR(&raw const header);
        while !part.is_null() {
            if (*part).cmsg_level == libc::IPPROTO_IP && (*part).cmsg_type == libc::IP_TTL {
                let value = libc::CMSG_DATA(part).cast::<libc::c_int>().read_unaligned();
                ttl = u8::try_from(value).ok();
            }
            part = libc::CMSG_NXTHDR(&raw const header, part);
        }
    }
    Ok((length, Ipv4Addr::from(u32::from_be(from.sin_addr.s_addr)), ttl))
}
