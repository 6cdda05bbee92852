//! Packets: what comes in is read by hickory, whatever it is; what goes out is written here, to the byte as Docker's resolver
//! (miekg/dns behind it) writes it. Pure.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use hickory_proto::op::{Header, Message, MessageType, Metadata, OpCode, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use super::view::Question;
use crate::observe::Transport;

/// Seconds a name of the lab may be kept (moby `respTTL`).
const TTL: u32 = 600;
/// Bytes of a datagram that every client takes (RFC 1035 §4.2.1).
const DATAGRAM: usize = 512;
/// Bytes of a message behind a length of two bytes.
pub const LONGEST: usize = 65535;
const HEADER: usize = 12;
/// Type, class, TTL and length of a record's data.
const FIXED: usize = 10;
/// A pointer to the question's name.
const POINTER: [u8; 2] = [0xc0, 0x0c];

const RESPONSE: u16 = 0x8000;
const OPERATION: u16 = 0x7800;
const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
const RECURSION_AVAILABLE: u16 = 0x0080;
const CHECKING_DISABLED: u16 = 0x0010;
const CLASS_IN: u16 = 1;

/// What a packet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A question.
    Query(Query),
    /// No question this resolver takes: the refusal to send.
    Refused(Vec<u8>),
    /// Nothing to answer: too short for a header, or itself an answer.
    Nothing,
}

/// A question as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What is asked.
    pub question: Question,
    /// Bytes of the answer that the client takes.
    pub room: usize,
    id: u16,
    /// Operation and flags that an answer repeats.
    flags: u16,
    /// The name, as the answer repeats it.
    owner: Vec<u8>,
    kind: u16,
    class: u16,
}

/// Reads a packet, as `miekg/dns`'s server does: answers are let lie, what is not one question is refused.
#[must_use]
pub fn receive(packet: &[u8], transport: Transport) -> Received {
    let mut decoder = BinDecoder::new(packet);
    let Ok(Header { metadata, counts, .. }) = Header::read(&mut decoder) else {
        return Received::Nothing;
    };
    if metadata.message_type == MessageType::Response {
        return Received::Nothing;
    }
    let [high, low] = [packet[2], packet[3]];
    let id = metadata.id;
    // A refusal repeats all flags but AA and the one that must be zero.
    let echoed = u16::from_be_bytes([high & !0x04, low & 0xb0]);
    if !matches!(metadata.op_code, OpCode::Query | OpCode::Notify) {
        return refused(id, ResponseCode::NotImp, echoed, None);
    }
    let malformed = echoed & !OPERATION;
    if counts.queries != 1 || counts.answers > 1 || counts.authorities > 1 || counts.additionals > 2 {
        return refused(id, ResponseCode::FormErr, malformed, None);
    }
    let Ok(asked) = hickory_proto::op::Query::read(&mut decoder) else {
        return refused(id, ResponseCode::FormErr, malformed, None);
    };
    let mut records =
        |count: u16, last: bool| Message::read_records(&mut decoder, usize::from(count), last, metadata.op_code);
    let sections = records(counts.answers, false)
        .and_then(|_| records(counts.authorities, false))
        .and_then(|_| records(counts.additionals, true));
    let Ok((_, edns, _)) = sections else {
        return refused(id, ResponseCode::FormErr, malformed, Some(&asked));
    };
    let room = match transport {
        Transport::Tcp => LONGEST,
        Transport::Udp => edns.map_or(DATAGRAM, |edns| usize::from(edns.max_payload()).max(DATAGRAM)),
    };
    Received::Query(Query {
        question: Question {
            name: spelled(&asked.name),
            kind: asked.query_type,
        },
        room,
        id,
        flags: answer_flags(&metadata, high),
        owner: wire(asked.name.iter()).unwrap_or_default(),
        kind: asked.query_type.into(),
        class: asked.query_class.into(),
    })
}

/// Flags of an answer: those of the question that it repeats.
fn answer_flags(question: &Metadata, high: u8) -> u16 {
    let kept = u16::from(high & 0x78) << 8;
    if question.op_code != OpCode::Query {
        return kept;
    }
    let flag = |set: bool, flag: u16| if set { flag } else { 0 };
    kept | flag(question.recursion_desired, RECURSION_DESIRED) | flag(question.checking_disabled, CHECKING_DISABLED)
}

fn refused(id: u16, code: ResponseCode, flags: u16, question: Option<&hickory_proto::op::Query>) -> Received {
    let flags = RESPONSE | flags | u16::from(code.low());
    let mut reply = Vec::with_capacity(HEADER);
    for word in [id, flags, u16::from(question.is_some()), 0, 0, 0] {
        reply.extend(word.to_be_bytes());
    }
    if let Some(question) = question {
        reply.extend(wire(question.name.iter()).unwrap_or_default());
        reply.extend(u16::from(question.query_type).to_be_bytes());
        reply.extend(u16::from(question.query_class).to_be_bytes());
    }
    Received::Refused(reply)
}

impl Query {
    /// The answer with these addresses, in this order; cut to the client's room.
    ///
    /// With `compress`, a message that would be too long has its names compressed before records are left out.
    #[must_use]
    pub fn addresses(&self, addresses: &[Ipv4Addr], transport: Transport, compress: bool) -> Vec<u8> {
        let left = self.room - HEADER - self.owner.len() - 4;
        let whole = self.owner.len() + FIXED + 4;
        let fits = addresses.len() * whole <= left;
        let short = !fits && compress;
        let each = if short { POINTER.len() + FIXED + 4 } else { whole };
        let count = addresses.len().min(left / each);
        let cut = match (fits, compress) {
            (true, _) => false,
            (false, true) => count < addresses.len(),
            // 20.10 says so of every datagram it found too long, and of no stream.
            (false, false) => transport == Transport::Udp,
        };
        let mut reply = self.begin(ResponseCode::NoError, true, count);
        if cut {
            reply[2] |= TRUNCATED.to_be_bytes()[0];
        }
        let owner = if short { &POINTER[..] } else { &self.owner };
        for address in &addresses[..count] {
            record(&mut reply, owner, RecordType::A, &address.octets());
        }
        reply
    }

    /// The answer with a name: `es.dev`. `SERVFAIL` where DNS cannot carry it (a label of more than 63 bytes).
    #[must_use]
    pub fn pointer(&self, target: &str) -> Vec<u8> {
        let Some(target) = wire(target.split('.').map(str::as_bytes)) else {
            return self.failed(ResponseCode::ServFail);
        };
        let mut reply = self.begin(ResponseCode::NoError, true, 1);
        record(&mut reply, &self.owner, RecordType::PTR, &target);
        if reply.len() > self.room {
            reply = self.empty();
            reply[2] |= TRUNCATED.to_be_bytes()[0];
        }
        reply
    }

    /// The answer without records: the name is known, or the client is to ask on.
    #[must_use]
    pub fn empty(&self) -> Vec<u8> {
        self.begin(ResponseCode::NoError, true, 0)
    }

    /// No answer: `SERVFAIL`, `REFUSED`.
    #[must_use]
    pub fn failed(&self, code: ResponseCode) -> Vec<u8> {
        self.begin(code, false, 0)
    }

    /// Whether a message from a server outside answers this question.
    #[must_use]
    pub fn is_answered_by(&self, message: &[u8]) -> bool {
        message.len() >= HEADER && message[..2] == self.id.to_be_bytes() && message[2] & 0x80 != 0
    }

    fn begin(&self, code: ResponseCode, recursion: bool, answers: usize) -> Vec<u8> {
        let mut reply = Vec::with_capacity(HEADER + self.owner.len() + 4 + answers * (self.owner.len() + FIXED + 4));
        let mut flags = RESPONSE | self.flags | u16::from(code.low());
        if recursion {
            flags |= RECURSION_AVAILABLE;
        }
        // `answers` records of 16 bytes or more fit into 65,535.
        let answers = u16::try_from(answers).unwrap_or(u16::MAX);
        for word in [self.id, flags, 1, answers, 0, 0] {
            reply.extend(word.to_be_bytes());
        }
        reply.extend(&self.owner);
        reply.extend(self.kind.to_be_bytes());
        reply.extend(self.class.to_be_bytes());
        reply
    }
}

/// `NOERROR`, `NXDOMAIN`, … of a message of a whole header; `RCODE11` for what has no name.
#[must_use]
pub fn rcode(message: &[u8]) -> String {
    let names = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
    let code = code(message);
    let known = names.get(usize::from(code.low()));
    known.map_or_else(|| format!("RCODE{}", code.low()), |name| (*name).to_owned())
}

/// The answer's code, without what EDNS adds to it.
#[must_use]
pub fn code(message: &[u8]) -> ResponseCode {
    ResponseCode::from(0, message.get(3).map_or(2, |flags| flags & 0x0f))
}

/// Whether the server said that it is the authority (AA).
#[must_use]
pub fn is_authoritative(message: &[u8]) -> bool {
    message.get(2).is_some_and(|flags| flags & 0x04 != 0)
}

/// `A`, `TYPE65`.
#[must_use]
pub fn kind_word(kind: RecordType) -> String {
    match kind {
        RecordType::Unknown(number) => format!("TYPE{number}"),
        known => known.to_string(),
    }
}

fn record(reply: &mut Vec<u8>, owner: &[u8], kind: RecordType, data: &[u8]) {
    reply.extend(owner);
    reply.extend(u16::from(kind).to_be_bytes());
    reply.extend(CLASS_IN.to_be_bytes());
    reply.extend(TTL.to_be_bytes());
    // An address, or a name of at most 255 bytes.
    reply.extend(u16::try_from(data.len()).unwrap_or(0).to_be_bytes());
    reply.extend(data);
}

/// A name as it travels, uncompressed; `None` where it cannot (RFC 1035 §2.3.4).
fn wire<'l>(labels: impl Iterator<Item = &'l [u8]>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(32);
    for label in labels {
        let length = u8::try_from(label.len())
            .ok()
            .filter(|length| (1..64).contains(length))?;
        bytes.push(length);
        bytes.extend(label);
    }
    bytes.push(0);
    (bytes.len() <= 255).then_some(bytes)
}

/// A name as `miekg/dns` presents it, without the final dot: what is special in a zone file is behind a backslash, what does
/// not print is `\DDD`.
fn spelled(name: &Name) -> String {
    let mut text = String::with_capacity(name.len());
    for label in name {
        if !text.is_empty() {
            text.push('.');
        }
        for &byte in label {
            match byte {
                b'.' | b' ' | b'\'' | b'@' | b';' | b'(' | b')' | b'"' | b'\\' => {
                    text.push('\\');
                    text.push(char::from(byte));
                }
                b'!'..=b'~' => text.push(char::from(byte)),
                other => {
                    let _ = write!(text, "\\{other:03}");
                }
            }
        }
    }
    text
}

#[cfg(test)]
#[path = "packet_tests.rs"]
mod tests;
