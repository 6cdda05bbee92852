//! A packet socket on one interface of another namespace (packet(7)).
#![allow(unsafe_code)] // bind and getsockname with an address that rustix does not have and nix only under a further feature

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::net::{SendFlags, netdevice, send};

/// It only sends: bound to no protocol, it receives nothing.
#[derive(Debug)]
pub(super) struct PacketSocket(OwnedFd);

impl PacketSocket {
    /// Takes a socket that somebody opened in the interface's namespace.
    pub(super) fn bound(fd: OwnedFd, link: &str) -> io::Result<Self> {
        let index = netdevice::name_to_index(fd.as_fd(), link)?;
        let mut address = empty();
        address.sll_family = family();
        address.sll_ifindex = i32::try_from(index).map_err(io::Error::other)?;
        // SAFETY: the address is a whole `sockaddr_ll` of that length, and the kernel keeps no pointer to it.
        let outcome = unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), LENGTH) };
        if outcome != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(fd))
    }

    /// The MAC address that the interface has now.
    pub(super) fn mac(&self) -> io::Result<[u8; 6]> {
        let (mut address, mut length) = (empty(), LENGTH);
        // SAFETY: there is room for a whole `sockaddr_ll`, whose length the kernel is told and does not exceed.
        let outcome = unsafe { libc::getsockname(self.0.as_raw_fd(), (&raw mut address).cast(), &raw mut length) };
        if outcome != 0 {
            return Err(io::Error::last_os_error());
        }
        let [mac @ .., _, _] = address.sll_addr;
        if address.sll_halen == 6 {
            Ok(mac)
        } else {
            Err(io::Error::from_raw_os_error(libc::ENODEV))
        }
    }

    /// Sends a whole Ethernet frame.
    pub(super) fn send(&self, frame: &[u8]) -> io::Result<()> {
        send(&self.0, frame, SendFlags::DONTWAIT)?;
        Ok(())
    }
}

const LENGTH: libc::socklen_t = {
    let length = mem::size_of::<libc::sockaddr_ll>();
    assert!(length == 20);
    20
};

fn family() -> libc::c_ushort {
    libc::c_ushort::try_from(libc::AF_PACKET).unwrap_or(libc::c_ushort::MAX)
}

fn empty() -> libc::sockaddr_ll {
    libc::sockaddr_ll {
        sll_family: 0,
        sll_protocol: 0,
        sll_ifindex: 0,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    }
}
