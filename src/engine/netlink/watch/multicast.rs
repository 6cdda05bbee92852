//! A socket subscribed to rtnetlink's notifications of its own and all numbered namespaces.
#![allow(unsafe_code)] // recvmsg with a control message that neither rustix nor nix decodes (NETLINK_LISTEN_ALL_NSID).

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, bind};

use crate::engine::netlink::socket::set_option;

/// `RTNLGRP_NSID` (linux/rtnetlink.h): numbers of namespaces come and go.
const RTNLGRP_NSID: i32 = 28;
/// `RTMGRP_LINK | RTMGRP_IPV4_IFADDR`.
const GROUPS: u32 = 0x1 | 0x10;

/// The subscribed socket.
#[derive(Debug)]
pub(super) struct Multicast {
    fd: OwnedFd,
    buffer: Vec<u8>,
}

/// One datagram of notifications.
pub(super) struct Datagram<'a> {
    /// Number of the namespace they come from; absent for the socket's own.
    pub(super) nsid: Option<i32>,
    pub(super) bytes: &'a [u8],
}

impl Multicast {
    /// Subscribes in the calling thread's network namespace, with room for `receive_buffer` bytes (as the kernel counts
    /// them, and at most `net.core.rmem_max` for those without privilege outside).
    pub(super) fn subscribe(receive_buffer: usize) -> io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let fd = nix::sys::socket::socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkRoute)?;
        bind(fd.as_raw_fd(), &nix::sys::socket::NetlinkAddr::new(0, GROUPS))?;
        set_option(fd.as_fd(), libc::NETLINK_ADD_MEMBERSHIP, RTNLGRP_NSID)?;
        set_option(fd.as_fd(), libc::NETLINK_LISTEN_ALL_NSID, 1)?;
        // Best effort: a smaller buffer only means an earlier resync.
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&fd, receive_buffer);
        Ok(Self {
            fd,
            buffer: vec![0; 64 * 1024],
        })
    }

    /// The next datagram; `WouldBlock` when there is none, `ENOBUFS` when some were lost.
    pub(super) fn receive(&mut self) -> io::Result<Datagram<'_>> {
        let mut control = [0u64; 8];
        let mut slice = libc::iovec {
            iov_base: self.buffer.as_mut_ptr().cast(),
            iov_len: self.buffer.len(),
        };
        // SAFETY: all-zero is a valid msghdr (null pointers with zero lengths).
        let mut header: libc::msghdr = unsafe { MaybeUninit::zeroed().assume_init() };
        header.msg_iov = &raw mut slice;
        header.msg_iovlen = 1;
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = size_of_val(&control);
        let received = loop {
            // SAFETY: the header points at a buffer and a control area that live and are ours through the call.
            let received = unsafe { libc::recvmsg(self.fd.as_raw_fd(), &raw mut header, 0) };
            if let Ok(length) = usize::try_from(received) {
                break length;
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        };
        if header.msg_flags & libc::MSG_TRUNC != 0 {
            // As good as lost: the reader resyncs. 64 KiB is four times what the kernel puts in one datagram.
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
        }
        Ok(Datagram {
            nsid: nsid_of(&header),
            bytes: &self.buffer[..received],
        })
    }
}

fn nsid_of(header: &libc::msghdr) -> Option<i32> {
    // SAFETY: recvmsg filled the header; CMSG_FIRSTHDR and CMSG_NXTHDR stay inside its control area.
    let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !message.is_null() {
        // SAFETY: not null, hence a whole cmsghdr inside the control area.
        let (level, kind) = unsafe { ((*message).cmsg_level, (*message).cmsg_type) };
        if level == libc::SOL_NETLINK && kind == libc::NETLINK_LISTEN_ALL_NSID {
            // SAFETY: the kernel puts one int there (netlink_cmsg_listen_all_nsid, net/netlink/af_netlink.c).
            return Some(unsafe { libc::CMSG_DATA(message).cast::<i32>().read_unaligned() });
        }
        // SAFETY: as for CMSG_FIRSTHDR.
        message = unsafe { libc::CMSG_NXTHDR(header, message) };
    }
    None
}

impl AsFd for Multicast {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
