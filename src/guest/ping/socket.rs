//! An ICMP socket, and the packets on it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use socket2::{Domain, Protocol, Socket, Type};

use super::ttl;

const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;
/// Type, code, checksum, identifier, sequence number (RFC 792).
const HEADER: usize = 8;

/// An echo reply to one of our requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// Who sent it.
    pub from: Ipv4Addr,
    /// Its sequence number.
    pub sequence: u16,
    /// Hops it had left, where the kernel tells.
    pub ttl: Option<u8>,
    /// Bytes of the ICMP message.
    pub length: usize,
}

/// A socket that sends echo requests and hears their replies.
pub(super) struct EchoSocket {
    socket: Socket,
    /// A raw socket hears everyone's ICMP and with the IP header before it.
    raw: bool,
    identifier: u16,
}

impl EchoSocket {
    /// Opens the kind that needs no capability (`net.ipv4.ping_group_range`), else a raw one (`CAP_NET_RAW`).
    ///
    /// # Errors
    /// Neither is allowed.
    pub(super) fn open() -> io::Result<Self> {
        let identifier = (std::process::id() & 0xffff) as u16;
        let (socket, raw) = match Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::ICMPV4)) {
            Ok(socket) => (socket, false),
            Err(_) => (Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?, true),
        };
        socket.set_nonblocking(true)?;
        socket.set_broadcast(true)?;
        ttl::request(socket.as_fd())?;
        Ok(Self {
            socket,
            raw,
            identifier,
        })
    }

    /// Whether there is a route to an address.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub(super) fn reaches(address: Ipv4Addr) -> io::Result<()> {
        let probe = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        probe.connect(SocketAddrV4::new(address, 1025))
    }

    /// Sends from this address.
    pub(super) fn bind(&self, address: IpAddr) -> io::Result<()> {
        self.socket.bind(&SocketAddr::new(address, 0).into())
    }

    /// Sends through this interface.
    pub(super) fn bind_device(&self, name: &str) -> io::Result<()> {
        self.socket.bind_device(Some(name.as_bytes()))
    }

    /// Hops a request may take.
    pub(super) fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket.set_ttl_v4(ttl)
    }

    /// Sends one echo request with `size` data bytes.
    pub(super) fn send(&self, to: Ipv4Addr, sequence: u16, size: usize, pattern: u8) -> io::Result<()> {
        let packet = request(self.identifier, sequence, size, pattern);
        self.socket.send_to(&packet, &SocketAddrV4::new(to, 0).into()).map(drop)
    }

    /// The next reply that is ours, if one is waiting.
    pub(super) fn receive(&mut self) -> io::Result<Option<Reply>> {
        // The largest IP packet.
        let mut buffer = vec![0; 65536];
        loop {
            let (length, from, ttl) = match ttl::receive(self.socket.as_fd(), &mut buffer) {
                Ok(received) => received,
                Err(error) => match error.raw_os_error() {
                    Some(libc::EAGAIN) => return Ok(None),
                    // What the network says about some request's fate is not an answer to it.
                    Some(libc::EINTR | libc::ECONNREFUSED | libc::EHOSTUNREACH | libc::ENETUNREACH) => continue,
                    _ => return Err(error),
                },
            };
            let packet = &buffer[..length];
            let message = if self.raw {
                after_ip_header(packet)
            } else {
                Some(packet)
            };
            let own = if self.raw { Some(self.identifier) } else { None };
            if let Some((sequence, length)) = message.and_then(|message| read_reply(message, own)) {
                return Ok(Some(Reply {
                    from,
                    sequence,
                    ttl,
                    length,
                }));
            }
        }
    }
}

impl AsFd for EchoSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn request(identifier: u16, sequence: u16, size: usize, pattern: u8) -> Vec<u8> {
    let mut packet = vec![pattern; HEADER + size];
    packet[..HEADER].copy_from_slice(&[ECHO_REQUEST, 0, 0, 0, 0, 0, 0, 0]);
    packet[4..6].copy_from_slice(&identifier.to_be_bytes());
    packet[6..8].copy_from_slice(&sequence.to_be_bytes());
    let sum = checksum(&packet);
    packet[2..4].copy_from_slice(&sum.to_be_bytes());
    packet
}

/// Sequence number and length of an echo reply, if it is one; to us, where a raw socket must tell.
fn read_reply(message: &[u8], own: Option<u16>) -> Option<(u16, usize)> {
    let header = message.get(..HEADER)?;
    let identifier = u16::from_be_bytes([header[4], header[5]]);
    (header[0] == ECHO_REPLY && own.is_none_or(|own| own == identifier))
        .then(|| (u16::from_be_bytes([header[6], header[7]]), message.len()))
}

fn after_ip_header(packet: &[u8]) -> Option<&[u8]> {
    let words = usize::from(packet.first()? & 0x0f);
    packet.get(words * 4..)
}

/// The internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)])))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_sums_to_zero_and_its_echo_is_read() {
        for size in [0, 3, 56, 1001] {
            let mut packet = request(0x1234, 7, size, 0xff);
            assert_eq!(checksum(&packet), 0, "size {size}");
            packet[0] = ECHO_REPLY;
            assert_eq!(read_reply(&packet, Some(0x1234)), Some((7, size + 8)));
            assert_eq!(read_reply(&packet, Some(0x1235)), None);
            assert_eq!(read_reply(&packet, None), Some((7, size + 8)));
        }
    }

    #[test]
    fn requests_and_fragments_are_no_replies() {
        assert_eq!(read_reply(&request(1, 1, 56, 0), None), None);
        assert_eq!(read_reply(&[0; 7], None), None);
        assert_eq!(after_ip_header(&[]), None);
        assert_eq!(after_ip_header(&[0x45; 12]), None);
        assert_eq!(after_ip_header(&[0x45; 24]).map(<[u8]>::len), Some(4));
    }
}
