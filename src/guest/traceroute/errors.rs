//! A socket's error queue: which datagram of ours came no further, and who says so (`IP_RECVERR`, ip(7)).
#![allow(
    unsafe_code,
    reason = "no safe wrapper in the enabled features offers these options and their control messages"
)]

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;

use socket2::Socket;

#[expect(clippy::cast_possible_truncation, reason = "four bytes")]
const INT_LENGTH: libc::socklen_t = size_of::<libc::c_int>() as libc::socklen_t;
#[expect(clippy::cast_possible_truncation, reason = "sixteen bytes")]
const ADDRESS_LENGTH: libc::socklen_t = size_of::<libc::sockaddr_in>() as libc::socklen_t;

/// Room for the control messages (an error with its address, the hops left), aligned as `cmsghdr` needs.
#[repr(C, align(8))]
struct Control([u8; 256]);

/// The error message's structure, behind which the address of who told it lies.
#[repr(C)]
#[derive(Clone, Copy)]
struct Told {
    error: libc::sock_extended_err,
    by: libc::sockaddr_in,
}

#[expect(clippy::cast_possible_truncation, reason = "32 bytes")]
const TOLD_LENGTH: libc::c_uint = size_of::<Told>() as libc::c_uint;

/// What an ICMP message said about a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Notice {
    /// Who said it.
    pub from: Ipv4Addr,
    /// The port the datagram was sent to.
    pub port: u16,
    /// ICMP's type and code (RFC 792).
    pub kind: u8,
    pub code: u8,
    /// The largest packet that passes, where the code is about that.
    pub info: u32,
    /// Hops the message had left.
    pub ttl: Option<u8>,
    /// Bytes of the datagram's data that it quotes.
    pub quoted: usize,
}

/// Asks the kernel to queue such messages, with their remaining hops.
pub(super) fn request(socket: &Socket) -> io::Result<()> {
    let on: libc::c_int = 1;
    for option in [libc::IP_RECVERR, libc::IP_RECVTTL] {
        // SAFETY: the option's value is one int, which outlives the call.
        let result = unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_IP,
                option,
                (&raw const on).cast(),
                INT_LENGTH,
            )
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// The next message in the queue, if there is one. Errors that no ICMP message told are left out.
pub(super) fn next(socket: &Socket) -> io::Result<Option<Notice>> {
    loop {
        match receive(socket) {
            Ok(Some(notice)) => return Ok(Some(notice)),
            Ok(None) => {}
            Err(error) => match error.raw_os_error() {
                Some(libc::EAGAIN) => return Ok(None),
                Some(libc::EINTR) => {}
                _ => return Err(error),
            },
        }
    }
}

fn receive(socket: &Socket) -> io::Result<Option<Notice>> {
    let mut control = Control([0; 256]);
    let mut data = [0_u8; 2048];
    // SAFETY: an all-zero sockaddr_in and msghdr are valid values of these plain C structures.
    let (mut to, mut header): (libc::sockaddr_in, libc::msghdr) =
        unsafe { (MaybeUninit::zeroed().assume_init(), MaybeUninit::zeroed().assume_init()) };
    let mut slice = libc::iovec {
        iov_base: data.as_mut_ptr().cast(),
        iov_len: data.len(),
    };
    header.msg_name = (&raw mut to).cast();
    header.msg_namelen = ADDRESS_LENGTH;
    header.msg_iov = &raw mut slice;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = control.0.len() as _;
    let flags = libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT;
    // SAFETY: every pointer in the header is to a live local with the length given beside it.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, flags) };
    let quoted = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let (mut told, mut ttl) = (None, None);
    // SAFETY: the kernel filled `control` and `msg_controllen`; the macros stay inside it. An IP_RECVERR message holds the
    // error and an address, an IP_TTL message one int; both are read without assuming their alignment, the first only
    // where it is long enough.
    unsafe {
        let mut part = libc::CMSG_FIRSTHDR(&raw const header);
        while !part.is_null() {
            let data = libc::CMSG_DATA(part);
            match ((*part).cmsg_level, (*part).cmsg_type) {
                (libc::IPPROTO_IP, libc::IP_RECVERR)
                    if (*part).cmsg_len as usize >= libc::CMSG_LEN(TOLD_LENGTH) as usize =>
                {
                    told = Some(data.cast::<Told>().read_unaligned());
                }
                (libc::IPPROTO_IP, libc::IP_TTL) => {
                    ttl = u8::try_from(data.cast::<libc::c_int>().read_unaligned()).ok();
                }
                _ => {}
            }
            part = libc::CMSG_NXTHDR(&raw const header, part);
        }
    }
    let Some(told) = told.filter(|told| told.error.ee_origin == libc::SO_EE_ORIGIN_ICMP) else {
        return Ok(None);
    };
    Ok(Some(Notice {
        from: Ipv4Addr::from(u32::from_be(told.by.sin_addr.s_addr)),
        port: u16::from_be(to.sin_port),
        kind: told.error.ee_type,
        code: told.error.ee_code,
        info: told.error.ee_info,
        ttl,
        quoted,
    }))
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddrV4, UdpSocket};

    use socket2::{Domain, Type};

    use super::*;

    #[test]
    fn a_closed_port_of_this_host_is_told_about() {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        request(&socket).unwrap();
        assert_eq!(next(&socket).unwrap(), None);
        let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let to = SocketAddrV4::new(Ipv4Addr::LOCALHOST, closed);
        socket.send_to(&[0; 18], &to.into()).unwrap();
        let notice = next(&socket).unwrap().unwrap();
        assert_eq!((notice.from, notice.port), (Ipv4Addr::LOCALHOST, closed));
        assert_eq!((notice.kind, notice.code, notice.quoted), (3, 3, 18));
        assert!(notice.ttl.is_some_and(|ttl| ttl > 1));
        assert_eq!(next(&socket).unwrap(), None);
    }
}
