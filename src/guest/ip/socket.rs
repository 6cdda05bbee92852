//! A blocking rtnetlink socket: one request, its answers.

use std::io::{self, Read, Write};

use netlink_packet_core::{NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::RouteNetlinkMessage;
use socket2::{Domain, Protocol, Type};

use super::Failure;

/// A message of a dump fits what the kernel is offered to fill (`NLMSG_GOODSIZE`, at most 32 KiB).
const BUFFER: usize = 32 * 1024;

/// Talks to the kernel's rtnetlink of this network namespace.
pub(super) struct Socket {
    socket: socket2::Socket,
    sequence: u32,
}

impl Socket {
    /// Opens one; the kernel gives it a port at its first request.
    pub(super) fn open() -> io::Result<Self> {
        let socket = socket2::Socket::new(
            Domain::from(libc::AF_NETLINK),
            Type::RAW,
            Some(Protocol::from(libc::NETLINK_ROUTE)),
        )?;
        Ok(Self { socket, sequence: 0 })
    }

    /// Every object the kernel lists for a `GET` request.
    pub(super) fn dump(&mut self, request: RouteNetlinkMessage) -> Result<Vec<RouteNetlinkMessage>, Failure> {
        self.exchange(request, NLM_F_REQUEST | NLM_F_DUMP)
    }

    /// The answer to a `GET` request for one object.
    pub(super) fn get(&mut self, request: RouteNetlinkMessage) -> Result<Vec<RouteNetlinkMessage>, Failure> {
        self.exchange(request, NLM_F_REQUEST | NLM_F_ACK)
    }

    /// Makes a change; returns once the kernel confirmed it.
    pub(super) fn change(&mut self, request: RouteNetlinkMessage, flags: u16) -> Result<(), Failure> {
        self.exchange(request, NLM_F_REQUEST | NLM_F_ACK | flags).map(drop)
    }

    fn exchange(&mut self, request: RouteNetlinkMessage, flags: u16) -> Result<Vec<RouteNetlinkMessage>, Failure> {
        self.sequence += 1;
        let mut header = NetlinkHeader::default();
        header.flags = flags;
        header.sequence_number = self.sequence;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(request));
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        (&self.socket).write_all(&bytes)?;

        let mut answers = Vec::new();
        let mut buffer = vec![0; BUFFER];
        loop {
            let length = match (&self.socket).read(&mut buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let mut rest = &buffer[..length];
            while !rest.is_empty() {
                let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
                // Messages are aligned to four bytes (`NLMSG_ALIGN`).
                let taken = (message.header.length as usize)
                    .next_multiple_of(4)
                    .clamp(4, rest.len());
                rest = &rest[taken..];
                if message.header.sequence_number != self.sequence {
                    continue;
                }
                match message.payload {
                    NetlinkPayload::InnerMessage(answer) => answers.push(answer),
                    NetlinkPayload::Done(_) => return Ok(answers),
                    NetlinkPayload::Error(error) => {
                        return match error.code {
                            None => Ok(answers),
                            Some(code) => Err(Failure::Refused(code.get().saturating_abs())),
                        };
                    }
                    _ => {}
                }
            }
        }
    }
}
