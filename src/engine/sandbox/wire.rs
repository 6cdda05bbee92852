//! Packets between our own processes: one JSON value and some descriptors, over a `SOCK_SEQPACKET` pair.
//!
//! A value too large for a packet travels in a memory file (`memfd_create(2)`) as the last descriptor. A packet's number stands
//! before the value, so that it is known of one whose value cannot be read, too.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Descriptors of one packet, the memory file counted.
const DESCRIPTORS: usize = 8;
/// Longest value inside a packet, bytes; well below the kernel's default send buffer (212,992 in `net.core.wmem_default`).
const INLINE: usize = 32 * 1024;
/// Longest value at all, bytes.
const LONGEST: usize = 16 << 20;

/// First byte of a packet; its number follows, then the value where it is there.
const HERE: u8 = b'.';
const IN_FILE: u8 = b'f';
/// Bytes before the value.
const HEAD: usize = 1 + size_of::<u64>();

/// A packet as it came. Its borders are the kernel's: whatever is wrong in it, the next one is whole.
#[derive(Debug)]
pub struct Packet {
    /// What the sender gave it.
    pub number: u64,
    /// The value as JSON, or why it cannot be read.
    text: io::Result<Vec<u8>>,
    fds: Vec<OwnedFd>,
}

impl Packet {
    /// The value and its descriptors.
    ///
    /// # Errors
    /// What came is not such a value, or no descriptor was left to receive it.
    pub fn read<T: DeserializeOwned>(self) -> io::Result<(T, Vec<OwnedFd>)> {
        Ok((serde_json::from_slice(&self.text?)?, self.fds))
    }
}

/// Two connected ends, both closed at `execve`.
///
/// # Errors
/// No descriptors left.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let kind = SocketType::SEQPACKET;
    Ok(socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?)
}

/// Sends a value and descriptors (at most seven); blocks while the other side does not read.
///
/// # Errors
/// The other end is closed (EPIPE), or the value is longer than 16 MiB.
pub fn send<T: Serialize>(socket: impl AsFd, value: &T, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    send_numbered(socket, 0, value, fds)
}

/// The same with a number for the packet.
///
/// # Errors
/// As [`send`].
pub fn send_numbered<T: Serialize>(
    socket: impl AsFd,
    number: u64,
    value: &T,
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut packet = vec![HERE];
    packet.extend(number.to_ne_bytes());
    serde_json::to_writer(&mut packet, value)?;
    let mut all = fds.to_vec();
    let file;
    if packet.len() > INLINE {
        if packet.len() > LONGEST {
            return Err(rustix::io::Errno::MSGSIZE.into());
        }
        file = in_memory(&packet[HEAD..])?;
        all.push(file.as_fd());
        packet.truncate(HEAD);
        packet[0] = IN_FILE;
    }
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !all.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&all)) {
        return Err(rustix::io::Errno::INVAL.into());
    }
    rustix::io::retry_on_intr(|| sendmsg(&socket, &[IoSlice::new(&packet)], &mut control, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Waits for the next value and its descriptors; `None` is the end: the other side closed, or ended.
///
/// # Errors
/// What came is not such a value.
pub fn receive<T: DeserializeOwned>(socket: impl AsFd) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    receive_packet(socket)?.map(Packet::read).transpose()
}

/// Waits for the next packet, whatever is in it; `None` is the end: the other side closed, or ended.
///
/// # Errors
/// The kernel's refusal, or what came is no packet of ours.
pub fn receive_packet(socket: impl AsFd) -> io::Result<Option<Packet>> {
    let mut packet = vec![0; INLINE + 1];
    let Some(Arrived {
        length,
        is_cut,
        mut fds,
    }) = arrive(socket, &mut packet)?
    else {
        return Ok(None);
    };
    packet.truncate(length);
    let text = packet.split_off(HEAD.min(length));
    let [kind, number @ ..] = <[u8; HEAD]>::try_from(packet).map_err(|_| rustix::io::Errno::BADMSG)?;
    let text = match kind {
        IN_FILE if is_cut => Err(rustix::io::Errno::MFILE.into()),
        IN_FILE => fds
            .pop()
            .ok_or_else(|| rustix::io::Errno::BADMSG.into())
            .and_then(from_memory),
        _ => Ok(text),
    };
    Ok(Some(Packet {
        number: u64::from_ne_bytes(number),
        text,
        fds,
    }))
}

/// What has come of a packet.
#[derive(Debug)]
pub(super) struct Arrived {
    /// Bytes.
    pub length: usize,
    /// Descriptors are missing: the limit is reached.
    pub is_cut: bool,
    /// Its descriptors, closed at `execve`.
    pub fds: Vec<OwnedFd>,
}

/// Waits for a packet and puts its bytes into `packet`; `None` is the end.
pub(super) fn arrive(socket: impl AsFd, packet: &mut [u8]) -> io::Result<Option<Arrived>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let (length, is_cut) = loop {
        let mut into = [IoSliceMut::new(packet)];
        match recvmsg(&socket, &mut into, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Ok(received) => break (received.bytes, received.flags.contains(ReturnFlags::CTRUNC)),
            Err(rustix::io::Errno::INTR) => {}
            // What one reads instead of an end of file when the other side left unread packets behind.
            Err(rustix::io::Errno::CONNRESET) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    };
    let mut fds = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            fds.extend(received);
        }
    }
    Ok((length > 0).then_some(Arrived { length, is_cut, fds }))
}

/// Whether an error of [`send`] says that nobody is at the other end any more.
pub fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, NotConnected};
    matches!(error.kind(), BrokenPipe | ConnectionReset | NotConnected)
}

fn in_memory(value: &[u8]) -> io::Result<File> {
    let mut file = File::from(rustix::fs::memfd_create("packet", rustix::fs::MemfdFlags::CLOEXEC)?);
    file.write_all(value)?;
    Ok(file)
}

fn from_memory(file: OwnedFd) -> io::Result<Vec<u8>> {
    let mut file = File::from(file);
    file.rewind()?;
    let mut value = Vec::new();
    file.take(LONGEST as u64).read_to_end(&mut value)?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_borders_and_the_end_is_seen() {
        let (a, b) = pair().unwrap();
        send(&a, &1, &[]).unwrap();
        send(&a, &2, &[]).unwrap();
        drop(a);
        assert_eq!(receive::<i32>(&b).unwrap().unwrap().0, 1);
        assert_eq!(receive::<i32>(&b).unwrap().unwrap().0, 2);
        assert!(receive::<i32>(&b).unwrap().is_none());
    }

    #[test]
    fn a_value_larger_than_a_packet_arrives_whole_with_its_descriptors() {
        let (a, b) = pair().unwrap();
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let text = "é".repeat(1 << 20);
        send(&a, &text, &[writer.as_fd()]).unwrap();
        drop(writer);
        let (received, fds) = receive::<String>(&b).unwrap().unwrap();
        assert_eq!(received, text);
        rustix::io::write(&fds[0], b"x").unwrap();
        assert_eq!(rustix::io::read(&reader, &mut [0; 2]).unwrap(), 1);
    }

    #[test]
    fn what_is_no_value_is_an_error_and_not_a_panic() {
        let (a, b) = pair().unwrap();
        rustix::io::write(&a, b"{{{").unwrap();
        assert!(receive::<String>(&b).is_err());
        rustix::io::write(&a, b"f").unwrap();
        assert!(receive::<String>(&b).is_err());
    }

    #[test]
    fn the_number_of_what_cannot_be_read_is_known_and_what_follows_is_whole() {
        let (a, b) = pair().unwrap();
        send_numbered(&a, 7, &1, &[]).unwrap();
        let mut without_its_file = vec![IN_FILE];
        without_its_file.extend(8_u64.to_ne_bytes());
        rustix::io::write(&a, &without_its_file).unwrap();
        send_numbered(&a, 9, &"text", &[]).unwrap();
        for number in [7, 8] {
            let packet = receive_packet(&b).unwrap().unwrap();
            assert_eq!(packet.number, number);
            assert!(packet.read::<String>().is_err());
        }
        assert_eq!(receive::<String>(&b).unwrap().unwrap().0, "text");
    }
}
