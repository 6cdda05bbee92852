//! Questions as bytes: names as a person types them, record types by name or number, EDNS.

use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::str::FromStr;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{DNSClass, Name, RecordType};

/// The EDNS option that carries a cookie (RFC 7873).
pub(crate) const COOKIE: u16 = 10;

/// Why a typed name cannot be asked for; the words are BIND's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadName {
    /// Two dots in a row, or one at the beginning.
    EmptyLabel,
    /// More than 63 bytes between two dots (RFC 1035 §2.3.4).
    LabelTooLong,
    /// More than 255 bytes on the wire.
    TooLong,
    /// `\` with nothing that it escapes.
    BadEscape,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyLabel => "empty label",
            Self::LabelTooLong => "label too long",
            Self::TooLong => "ran out of space",
            Self::BadEscape => "bad escape",
        })
    }
}

/// A name as typed, taken as absolute: labels between dots, `\.` and `\DDD` (RFC 1035 §5.1).
pub(crate) fn name(text: &str) -> Result<Name, BadName> {
    if text == "." {
        return Ok(Name::root());
    }
    let mut labels: Vec<Vec<u8>> = vec![Vec::new()];
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'.' if bytes.peek().is_none() => break,
            b'.' => {
                labels.push(Vec::new());
                continue;
            }
            b'\\' => escaped(&mut bytes).ok_or(BadName::BadEscape)?,
            plain => plain,
        };
        if let Some(label) = labels.last_mut() {
            label.push(byte);
        }
    }
    if labels.iter().any(Vec::is_empty) {
        return Err(BadName::EmptyLabel);
    }
    if labels.iter().any(|label| label.len() > 63) {
        return Err(BadName::LabelTooLong);
    }
    Name::from_labels(labels.iter().map(Vec::as_slice)).map_err(|_| BadName::TooLong)
}

/// What stands after a backslash: three decimal digits, or any other character for itself.
fn escaped(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let first = bytes.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, bytes.next()?, bytes.next()?];
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// The name under which an address is looked up (RFC 1035 §3.5, RFC 3596 §2.5), in lower case.
pub(crate) fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, d] = four.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(six) => {
            let mut nibbles = String::new();
            for byte in six.octets().iter().rev() {
                let _ = write!(nibbles, "{:x}.{:x}.", byte & 0xf, byte >> 4);
            }
            format!("{nibbles}ip6.arpa")
        }
    }
}

/// A record type by its name in any case, or `TYPE123` (RFC 3597).
pub(crate) fn record_type(text: &str) -> Option<RecordType> {
    let upper = text.to_ascii_uppercase();
    if !upper.is_ascii() {
        return None;
    }
    if let Some(number) = upper.strip_prefix("TYPE") {
        return number.parse::<u16>().ok().map(RecordType::from);
    }
    match upper.as_str() {
        // Names of the library's own for types that no other tool knows, and those that need more than a question.
        "ANAME" | "AXFR" | "TSIG" | "*" => None,
        "HTTPS" => Some(RecordType::HTTPS),
        name => RecordType::from_str(name).ok(),
    }
}

/// A class by name.
pub(crate) fn class(text: &str) -> Option<DNSClass> {
    match text.to_ascii_uppercase().as_str() {
        "IN" => Some(DNSClass::IN),
        "CH" => Some(DNSClass::CH),
        "HS" => Some(DNSClass::HS),
        _ => None,
    }
}

/// What a question carries beside its name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one bit of the header")]
pub(crate) struct Flags {
    /// RD.
    pub recursion: bool,
    /// AD.
    pub authentic: bool,
    /// CD.
    pub unchecked: bool,
    /// AA.
    pub authoritative: bool,
    /// EDNS, where wanted: size for UDP answers, DO bit, cookie.
    pub edns: Option<EdnsWish>,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            recursion: true,
            authentic: false,
            unchecked: false,
            authoritative: false,
            edns: None,
        }
    }
}

/// EDNS of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EdnsWish {
    /// Largest answer over UDP.
    pub size: u16,
    /// DO: send signatures too.
    pub dnssec: bool,
    /// Cookie of the client.
    pub cookie: Option<[u8; 8]>,
}

/// A message with one question.
pub(crate) fn query(id: u16, name: &Name, kind: RecordType, class: DNSClass, flags: &Flags) -> Message {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = flags.recursion;
    message.metadata.authentic_data = flags.authentic;
    message.metadata.checking_disabled = flags.unchecked;
    message.metadata.authoritative = flags.authoritative;
    let mut question = Query::query(name.clone(), kind);
    question.set_query_class(class);
    message.add_query(question);
    if let Some(wish) = flags.edns {
        let mut edns = Edns::new();
        edns.set_max_payload(wish.size).set_dnssec_ok(wish.dnssec);
        if let Some(cookie) = wish.cookie {
            edns.options_mut().insert(EdnsOption::Unknown(COOKIE, cookie.to_vec()));
        }
        message.set_edns(edns);
    }
    message
}

/// Random bytes that another process cannot guess; without the kernel's generator, the clock's.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let read =
        std::fs::File::open("/dev/urandom").and_then(|mut file| std::io::Read::read_exact(&mut file, &mut bytes));
    if read.is_err() {
        let now = std::time::UNIX_EPOCH.elapsed().map_or(1, |now| now.as_nanos());
        for (byte, from) in bytes.iter_mut().zip(now.to_le_bytes().iter().cycle()) {
            *byte = *from;
        }
    }
    bytes
}

/// Identifier of a new question.
pub(crate) fn new_id() -> u16 {
    u16::from_ne_bytes(random())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_their_escapes() {
        assert_eq!(name("es").unwrap().to_ascii(), "es.");
        assert_eq!(name("Es.Dev.").unwrap().to_ascii(), "Es.Dev.");
        assert!(name(".").unwrap().is_root());
        assert_eq!(name(r"a\.b.c").unwrap().iter().collect::<Vec<_>>(), [&b"a.b"[..], b"c"]);
        assert_eq!(name(r"a\032b").unwrap().iter().collect::<Vec<_>>(), [&b"a b"[..]]);
        assert_eq!(name("_http._tcp").unwrap().iter().count(), 2);
    }

    #[test]
    fn names_that_cannot_be_asked_for_say_why() {
        for (text, why) in [
            ("", BadName::EmptyLabel),
            ("..", BadName::EmptyLabel),
            ("a..b", BadName::EmptyLabel),
            (".a", BadName::EmptyLabel),
            ("a\\", BadName::BadEscape),
            ("a\\25", BadName::BadEscape),
            ("a\\256", BadName::BadEscape),
        ] {
            assert_eq!(name(text), Err(why), "{text}");
        }
        assert_eq!(name(&"a".repeat(64)), Err(BadName::LabelTooLong));
        let long = vec!["a".repeat(63); 4].join(".");
        assert_eq!(name(&long), Err(BadName::TooLong));
    }

    #[test]
    fn addresses_become_names_under_arpa() {
        assert_eq!(reverse("172.18.0.2".parse().unwrap()), "2.0.18.172.in-addr.arpa");
        assert!(reverse("2001:db8::1".parse().unwrap()).starts_with("1.0.0.0."));
        assert!(reverse("2001:db8::1".parse().unwrap()).ends_with(".8.b.d.0.1.0.0.2.ip6.arpa"));
    }

    #[test]
    fn types_are_known_by_name_and_by_number() {
        assert_eq!(record_type("aaaa"), Some(RecordType::AAAA));
        assert_eq!(record_type("TYPE12"), Some(RecordType::PTR));
        assert_eq!(record_type("any"), Some(RecordType::ANY));
        assert_eq!(record_type("type99999"), None);
        assert_eq!(record_type("es"), None);
        assert_eq!(record_type("é"), None);
    }

    #[test]
    fn a_question_survives_the_wire() {
        let flags = Flags {
            edns: Some(EdnsWish {
                size: 1232,
                dnssec: false,
                cookie: Some([7; 8]),
            }),
            ..Flags::default()
        };
        let bytes = query(9, &name("es.dev").unwrap(), RecordType::A, DNSClass::IN, &flags)
            .to_vec()
            .unwrap();
        let back = Message::from_vec(&bytes).unwrap();
        assert_eq!(back.metadata.id, 9);
        assert!(back.metadata.recursion_desired);
        assert_eq!(back.queries[0].name().to_ascii(), "es.dev.");
        assert_eq!(back.edns.unwrap().max_payload(), 1232);
    }
}
