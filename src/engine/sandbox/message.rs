//! The few netlink messages that are sent before, or without, the engine's own sockets (linux/netlink.h): what brings a
//! loopback device up, and what asks a kernel whether it knows a kind of link.

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

/// `RTM_NEWLINK` (linux/rtnetlink.h).
pub const RTM_NEWLINK: u16 = 16;

/// Index of the loopback device of every network namespace (linux `drivers/net/loopback.c`: it is registered first).
const LOOPBACK: u32 = 1;

/// `NLM_F_REQUEST`, and what else is asked for.
const REQUEST: u16 = 0x1;
/// `NLM_F_ACK`.
pub const ACKNOWLEDGE: u16 = 0x4;
/// `NLM_F_CREATE | NLM_F_EXCL`.
pub const CREATE: u16 = 0x600;

/// One message, its header first.
#[derive(Debug, Clone)]
pub struct Message(Vec<u8>);

impl Message {
    /// A request of a type, with the family's own header (`struct ifinfomsg`, `struct nfgenmsg`, …).
    #[must_use]
    pub fn new(kind: u16, flags: u16, family_header: &[u8]) -> Self {
        let mut bytes = vec![0; 16];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&(REQUEST | flags).to_ne_bytes());
        bytes.extend_from_slice(family_header);
        Self(bytes)
    }

    /// With an attribute at its end.
    #[must_use]
    pub fn with(mut self, kind: u16, payload: &[u8]) -> Self {
        self.0.extend(attribute(kind, payload));
        self
    }

    /// The bytes to send.
    #[must_use]
    pub fn bytes(mut self) -> Vec<u8> {
        let length = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0[0..4].copy_from_slice(&length.to_ne_bytes());
        self.0
    }
}

/// `struct nlattr` and its payload, padded to four bytes.
#[must_use]
pub fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 4).unwrap_or(u16::MAX);
    let mut bytes = Vec::with_capacity(usize::from(length).next_multiple_of(4));
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// `struct ifinfomsg` (linux/rtnetlink.h).
#[must_use]
pub fn link_header(index: u32, flags: u32, changed: u32) -> [u8; 16] {
    let mut header = [0; 16];
    header[4..8].copy_from_slice(&index.to_ne_bytes());
    header[8..12].copy_from_slice(&flags.to_ne_bytes());
    header[12..16].copy_from_slice(&changed.to_ne_bytes());
    header
}

/// Sends messages in one packet and waits for the first acknowledgement. `None` is `NETLINK_ROUTE`.
///
/// # Errors
/// The kernel's refusal; `EBADMSG` when its answer is none.
pub fn ask(protocol: Option<Protocol>, messages: &[u8]) -> rustix::io::Result<()> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
    sendto(&socket, messages, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0; 4096];
    let (length, _) = recv(&socket, &mut answer, RecvFlags::empty())?;
    match acknowledgement(&answer[..length.min(answer.len())]) {
        Some(0) => Ok(()),
        Some(errno) => Err(Errno::from_raw_os_error(errno)),
        None => Err(Errno::BADMSG),
    }
}

/// Brings the loopback device of this process's network namespace up.
///
/// # Errors
/// The kernel's refusal.
pub fn raise_loopback() -> rustix::io::Result<()> {
    let up = libc::IFF_UP.unsigned_abs();
    ask(
        None,
        &Message::new(RTM_NEWLINK, ACKNOWLEDGE, &link_header(LOOPBACK, up, up)).bytes(),
    )
}

/// The errno of an `NLMSG_ERROR` packet, 0 for an acknowledgement.
fn acknowledgement(packet: &[u8]) -> Option<i32> {
    let kind = u16::from_ne_bytes(packet.get(4..6)?.try_into().ok()?);
    let errno = i32::from_ne_bytes(packet.get(16..20)?.try_into().ok()?);
    (i32::from(kind) == libc::NLMSG_ERROR).then_some(errno.saturating_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_cut_short_is_no_acknowledgement() {
        assert_eq!(acknowledgement(&[]), None);
        assert_eq!(acknowledgement(&[0; 18]), None);
    }

    #[test]
    fn the_errno_is_read_from_the_kernels_packet() {
        let mut packet = [0; 36];
        packet[4..6].copy_from_slice(&2u16.to_ne_bytes());
        assert_eq!(acknowledgement(&packet), Some(0));
        packet[16..20].copy_from_slice(&(-1i32).to_ne_bytes());
        assert_eq!(acknowledgement(&packet), Some(1));
    }

    #[test]
    fn a_message_tells_its_length_and_its_attributes_are_padded() {
        let bytes = Message::new(16, ACKNOWLEDGE, &link_header(1, 0, 0))
            .with(3, b"lo\0")
            .bytes();
        assert_eq!(bytes.len(), 16 + 16 + 8);
        assert_eq!(bytes[0..4], 40u32.to_ne_bytes());
        assert_eq!(
            bytes[32..],
            [7u16.to_ne_bytes(), 3u16.to_ne_bytes(), *b"lo", *b"\0\0"].concat()
        );
    }

    #[test]
    fn a_question_the_kernel_does_not_know_is_refused() {
        let unknown = Message::new(0xfff0, ACKNOWLEDGE, &[0; 16]).bytes();
        assert_eq!(ask(None, &unknown), Err(Errno::OPNOTSUPP));
    }
}
