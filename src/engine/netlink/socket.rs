//! One blocking netlink socket: batches out, answers matched by sequence number, extended acknowledgements decoded.
#![allow(unsafe_code)] // setsockopt of SOL_NETLINK has no safe wrapper in rustix or nix.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType};
use rustix::io::Errno;

use super::error::NetlinkError;
use super::wire::{self, AttributeIter, Frame, Frames, HEADER, align};

/// Requests per `sendmsg`: 500 acknowledgements overflow a default receive buffer, 100 do not.
const BATCH: usize = 100;
/// First size of the receive buffer; grows to what the kernel announces.
const BUFFER: usize = 32 * 1024;
/// Longer than the longest hold of the kernel's one rtnetlink lock that was measured (1.6 s), far shorter than for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request: header fields, body, and the words its error will have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Message type (`RTM_NEWLINK`, …).
    pub kind: u16,
    /// `NLM_F_*` beside `NLM_F_REQUEST` and `NLM_F_ACK`, which the socket adds.
    pub flags: u16,
    /// Family header and attributes.
    pub body: Vec<u8>,
    /// What is asked: `create bridge`.
    pub op: &'static str,
    /// Of what: `br-x`.
    pub subject: String,
}

/// One message of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) body: Vec<u8>,
}

/// A netlink socket with extended acknowledgements, capped echoes and strict dump filters on.
#[derive(Debug)]
pub struct Socket {
    fd: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Socket {
    /// Opens one in the calling thread's network namespace.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn open(protocol: i32) -> io::Result<Self> {
        let protocol = match protocol {
            super::ROUTE => nix::sys::socket::SockProtocol::NetlinkRoute,
            super::NETFILTER => nix::sys::socket::SockProtocol::NetlinkNetFilter,
            _ => return Err(io::Error::from_raw_os_error(libc::EPROTONOSUPPORT)),
        };
        let fd = nix::sys::socket::socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?;
        Self::adopt(fd)
    }

    /// Takes over a socket opened by somebody else, perhaps in another network namespace.
    ///
    /// # Errors
    /// It is not a netlink socket.
    pub fn adopt(fd: OwnedFd) -> io::Result<Self> {
        set_option(fd.as_fd(), libc::NETLINK_EXT_ACK, 1)?;
        set_option(fd.as_fd(), libc::NETLINK_CAP_ACK, 1)?;
        // Since Linux 4.20, for rtnetlink only; without it a dump is filtered by the caller, which costs time, not truth.
        let _ = set_option(fd.as_fd(), libc::NETLINK_GET_STRICT_CHK, 1);
        rustix::net::sockopt::set_socket_timeout(&fd, rustix::net::sockopt::Timeout::Recv, Some(PATIENCE))?;
        Ok(Self {
            fd,
            sequence: 0,
            buffer: vec![0; BUFFER],
        })
    }

    /// Sends all requests, at most 100 per `sendmsg`, and returns each one's own outcome, in order.
    /// A refused request does not stop those after it: the kernel goes on too.
    ///
    /// # Errors
    /// The socket failed, so that outcomes are unknown.
    pub fn batch(&mut self, requests: &[Request]) -> Result<Vec<Result<(), NetlinkError>>, NetlinkError> {
        let mut outcomes = Vec::with_capacity(requests.len());
        for chunk in requests.chunks(BATCH) {
            let first = self.send(chunk, libc::NLM_F_ACK)?;
            outcomes.extend(self.acknowledgements(chunk, first)?);
        }
        Ok(outcomes)
    }

    /// Sends one request and waits for its acknowledgement.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn execute(&mut self, request: &Request) -> Result<(), NetlinkError> {
        self.batch(std::slice::from_ref(request))?.pop().unwrap_or(Ok(()))
    }

    /// Sends one request and collects the messages it answers with, a dump included.
    pub(crate) fn query(&mut self, request: &Request) -> Result<Vec<Reply>, NetlinkError> {
        // A dump that the kernel marks as interrupted may lack entries: ask again, but not for ever.
        for _ in 0..8 {
            if let Some(replies) = self.query_once(request)? {
                return Ok(replies);
            }
        }
        Err(NetlinkError::new(request.op, &request.subject, libc::EINTR))
    }

    fn query_once(&mut self, request: &Request) -> Result<Option<Vec<Reply>>, NetlinkError> {
        let dump = i32::from(request.flags) & libc::NLM_F_DUMP == libc::NLM_F_DUMP;
        let sequence = self.send(std::slice::from_ref(request), if dump { 0 } else { libc::NLM_F_ACK })?;
        let mut replies = Vec::new();
        let mut interrupted = false;
        loop {
            let length = self.receive(request)?;
            for frame in Frames(&self.buffer[..length]).filter(|frame| frame.sequence == sequence) {
                interrupted |= i32::from(frame.flags) & libc::NLM_F_DUMP_INTR != 0;
                match i32::from(frame.kind) {
                    libc::NLMSG_ERROR | libc::NLMSG_DONE => {
                        outcome(&frame, request)?;
                        return Ok((!interrupted).then_some(replies));
                    }
                    _ => replies.push(Reply {
                        body: frame.body.to_vec(),
                    }),
                }
            }
        }
    }

    /// Sends `requests` as one nfnetlink batch between `begin` and `end`. All or nothing: the kernel commits only
    /// without error; the first error is returned.
    pub(crate) fn transaction(
        &mut self,
        begin: &Request,
        requests: &[Request],
        end: &Request,
    ) -> Result<(), NetlinkError> {
        let mut datagram = Vec::new();
        let first = self.sequence.wrapping_add(1);
        let mut push = |datagram: &mut Vec<u8>, request: &Request, flags: i32| {
            self.sequence = self.sequence.wrapping_add(1);
            wire::push_message(
                datagram,
                request.kind,
                request.flags | bits(libc::NLM_F_REQUEST | flags),
                self.sequence,
                &request.body,
            );
        };
        push(&mut datagram, begin, 0);
        for request in requests {
            push(&mut datagram, request, libc::NLM_F_ACK);
        }
        push(&mut datagram, end, 0);
        let what = requests.first().unwrap_or(begin);
        self.transmit(&datagram, what)?;
        self.acknowledgements_from(requests, first.wrapping_add(1), Some(first))?
            .into_iter()
            .collect()
    }

    fn acknowledgements(
        &mut self,
        requests: &[Request],
        first: u32,
    ) -> Result<Vec<Result<(), NetlinkError>>, NetlinkError> {
        self.acknowledgements_from(requests, first, None)
    }

    /// Collects one acknowledgement per request; whatever carries another sequence number is left from an earlier
    /// failure and is dropped. An error under `fatal` (the batch's own begin) speaks for all.
    fn acknowledgements_from(
        &mut self,
        requests: &[Request],
        first: u32,
        fatal: Option<u32>,
    ) -> Result<Vec<Result<(), NetlinkError>>, NetlinkError> {
        let mut outcomes: Vec<Option<Result<(), NetlinkError>>> = requests.iter().map(|_| None).collect();
        let mut missing = requests.len();
        while missing > 0 {
            let length = self.receive(&requests[0])?;
            for frame in Frames(&self.buffer[..length]).filter(|frame| i32::from(frame.kind) == libc::NLMSG_ERROR) {
                if fatal == Some(frame.sequence) {
                    outcome(&frame, &requests[0])?;
                }
                let index = frame.sequence.wrapping_sub(first) as usize;
                if let (Some(slot @ None), Some(request)) = (outcomes.get_mut(index), requests.get(index)) {
                    *slot = Some(outcome(&frame, request));
                    missing -= 1;
                }
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// Frames and sends; returns the first one's sequence number.
    fn send(&mut self, requests: &[Request], flags: i32) -> Result<u32, NetlinkError> {
        let mut datagram = Vec::with_capacity(requests.iter().map(|r| align(HEADER + r.body.len())).sum());
        let first = self.sequence.wrapping_add(1);
        for request in requests {
            self.sequence = self.sequence.wrapping_add(1);
            let flags = request.flags | bits(libc::NLM_F_REQUEST | flags);
            wire::push_message(&mut datagram, request.kind, flags, self.sequence, &request.body);
        }
        if let Some(request) = requests.first() {
            self.transmit(&datagram, request)?;
        }
        Ok(first)
    }

    fn transmit(&self, datagram: &[u8], what: &Request) -> Result<(), NetlinkError> {
        rustix::io::retry_on_intr(|| rustix::net::send(&self.fd, datagram, rustix::net::SendFlags::empty()))
            .map(|_| ())
            .map_err(|errno| NetlinkError::io(what.op, &what.subject, errno.into()))
    }

    /// One datagram into the buffer, which is made large enough first; its length.
    fn receive(&mut self, what: &Request) -> Result<usize, NetlinkError> {
        let fail = |errno: Errno| {
            let errno = if errno == Errno::AGAIN { Errno::TIMEDOUT } else { errno };
            NetlinkError::io(what.op, &what.subject, errno.into())
        };
        let announced = nix::sys::socket::MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC;
        let length = loop {
            match nix::sys::socket::recv(self.fd.as_raw_fd(), &mut self.buffer, announced) {
                Err(nix::errno::Errno::EINTR) => {}
                other => break other.map_err(|errno| fail(Errno::from_raw_os_error(errno as i32)))?,
            }
        };
        if length > self.buffer.len() {
            self.buffer.resize(length.next_power_of_two(), 0);
        }
        loop {
            match nix::sys::socket::recv(self.fd.as_raw_fd(), &mut self.buffer, MsgFlags::empty()) {
                Err(nix::errno::Errno::EINTR) => {}
                other => return other.map_err(|errno| fail(Errno::from_raw_os_error(errno as i32))),
            }
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Sets an integer option of `SOL_NETLINK`.
pub(crate) fn set_option(fd: BorrowedFd<'_>, option: i32, value: i32) -> io::Result<()> {
    let length = libc::socklen_t::try_from(size_of::<i32>()).unwrap_or(4);
    // SAFETY: `value` lives through the call and `length` is its size; the descriptor is borrowed, hence open.
    let status = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            libc::SOL_NETLINK,
            option,
            (&raw const value).cast(),
            length,
        )
    };
    if status == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Message flags are 16 bits wide; libc has them as ints.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "NLM_F_* fit in 16 bits (linux/netlink.h)"
)]
pub(crate) const fn bits(flags: i32) -> u16 {
    flags as u16
}

/// Reads `struct nlmsgerr` (or a dump's closing status) and the attributes after it.
fn outcome(frame: &Frame<'_>, request: &Request) -> Result<(), NetlinkError> {
    let status = frame
        .body
        .get(..4)
        .and_then(|b| b.try_into().ok())
        .map_or(0, i32::from_ne_bytes);
    if status == 0 {
        return Ok(());
    }
    let mut error = NetlinkError::new(request.op, &request.subject, status.saturating_neg());
    if i32::from(frame.flags) & libc::NLM_F_ACK_TLVS != 0 {
        let echoed = match i32::from(frame.kind) {
            libc::NLMSG_DONE => 0,
            _ if i32::from(frame.flags) & libc::NLM_F_CAPPED != 0 => HEADER,
            _ => frame
                .body
                .get(4..)
                .and_then(wire::ne32)
                .map_or(HEADER, |length| align(length as usize)),
        };
        for (kind, value) in AttributeIter::new(frame.body.get(4 + echoed..).unwrap_or_default()) {
            match kind {
                NLMSGERR_ATTR_MSG => error.kernel = Some(wire::text(value)),
                NLMSGERR_ATTR_OFFS => error.offset = wire::ne32(value),
                _ => {}
            }
        }
        error.attribute = error
            .offset
            .and_then(|offset| attribute_at(&request.body, offset as usize));
    }
    Err(error)
}

/// `enum nlmsgerr_attrs` of linux/netlink.h.
const NLMSGERR_ATTR_MSG: u16 = 1;
const NLMSGERR_ATTR_OFFS: u16 = 2;

/// The type of the attribute whose header starts at `offset` of a whole message.
fn attribute_at(body: &[u8], offset: usize) -> Option<u16> {
    AttributeIter::new(body.get(offset.checked_sub(HEADER)?..)?)
        .next()
        .map(|(kind, _)| kind)
}
