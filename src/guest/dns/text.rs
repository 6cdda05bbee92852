//! Records as text, in the master-file form that BIND's and ldns's tools print (RFC 1035 §5.1, RFC 3597).

use std::fmt::Write;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};

/// `NOERROR`, `NXDOMAIN` …; `RESERVED11` where nobody assigned a name.
pub(crate) fn status(code: ResponseCode) -> String {
    let number = u16::from(code);
    let known = [
        "NOERROR",
        "FORMERR",
        "SERVFAIL",
        "NXDOMAIN",
        "NOTIMP",
        "REFUSED",
        "YXDOMAIN",
        "YXRRSET",
        "NXRRSET",
        "NOTAUTH",
        "NOTZONE",
        "RESERVED11",
        "RESERVED12",
        "RESERVED13",
        "RESERVED14",
        "RESERVED15",
        "BADVERS",
    ];
    match number {
        23 => "BADCOOKIE".to_owned(),
        _ => known
            .get(usize::from(number))
            .map_or_else(|| number.to_string(), |name| (*name).to_owned()),
    }
}

/// `A`, `PTR` …, `TYPE99` for the unknown.
pub(crate) fn type_name(kind: RecordType) -> String {
    match kind {
        RecordType::Unknown(number) => format!("TYPE{number}"),
        RecordType::ZERO => "TYPE0".to_owned(),
        known => <&'static str>::from(known).to_owned(),
    }
}

/// `IN`, `CH` …, `CLASS9` for the unknown.
pub(crate) fn class_name(class: DNSClass) -> String {
    match class {
        DNSClass::IN => "IN".to_owned(),
        DNSClass::CH => "CH".to_owned(),
        DNSClass::HS => "HS".to_owned(),
        DNSClass::NONE => "NONE".to_owned(),
        DNSClass::ANY => "ANY".to_owned(),
        other => format!("CLASS{}", u16::from(other)),
    }
}

/// A name with its last dot.
pub(crate) fn name(name: &Name) -> String {
    let text = name.to_ascii();
    if text.ends_with('.') { text } else { format!("{text}.") }
}

/// A record's data.
pub(crate) fn data(data: &RData) -> String {
    match data {
        RData::NS(to) => name(to),
        RData::CNAME(to) => name(to),
        RData::PTR(to) => name(to),
        RData::MX(mx) => format!("{} {}", mx.preference, name(&mx.exchange)),
        RData::SRV(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, name(&srv.target)),
        RData::SOA(soa) => format!(
            "{} {} {} {} {} {} {}",
            name(&soa.mname),
            name(&soa.rname),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        ),
        RData::TXT(txt) => joined(txt.txt_data.iter().map(|part| quoted(part))),
        RData::HINFO(info) => joined([quoted(&info.cpu), quoted(&info.os)].into_iter()),
        RData::Unknown { rdata, .. } => unknown(&rdata.anything),
        RData::NULL(null) => unknown(&null.anything),
        other => {
            // The library has no words for some pseudo-records, and its refusal must not end the tool.
            let mut text = String::new();
            let _ = write!(text, "{other}");
            text
        }
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" ")
}

/// A character string (RFC 1035 §5.1): in quotes, with quotes and backslashes escaped and the unprintable in decimal.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            b' '..=b'~' => text.push(char::from(byte)),
            other => {
                let _ = write!(text, "\\{other:03}");
            }
        }
    }
    text.push('"');
    text
}

/// Data of a type that is not known (RFC 3597 §5).
fn unknown(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "\\# 0".to_owned();
    }
    format!("\\# {} {}", bytes.len(), hex(bytes))
}

/// Two digits per byte, in capitals.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02X}");
    }
    text
}

/// ` qr aa rd ra`: the flags that are set, a blank before each. Only the header's bytes are looked at.
pub(crate) fn flags(message: &[u8]) -> String {
    let (Some(&high), Some(&low)) = (message.get(2), message.get(3)) else {
        return String::new();
    };
    let all = [
        (high & 0x80, " qr"),
        (high & 0x04, " aa"),
        (high & 0x02, " tc"),
        (high & 0x01, " rd"),
        (low & 0x80, " ra"),
        (low & 0x20, " ad"),
        (low & 0x10, " cd"),
    ];
    all.iter().filter(|(bit, _)| *bit != 0).map(|(_, word)| *word).collect()
}

/// The four counts of a header: questions, answers, authorities, additionals, as the sender wrote them.
pub(crate) fn counts(message: &[u8]) -> [u16; 4] {
    let at = |at: usize| match message.get(at..at + 2) {
        Some(two) => u16::from_be_bytes([two[0], two[1]]),
        None => 0,
    };
    [at(4), at(6), at(8), at(10)]
}

/// What a header alone says, for a message whose rest cannot be read: enough for its first two lines.
pub(crate) fn header_of(message: &[u8]) -> Option<Message> {
    Message::from_vec(&[message.get(..4)?, &[0; 8]].concat()).ok()
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::{NULL, TXT};

    use super::*;

    #[test]
    fn strings_are_quoted_and_unknown_data_is_hexadecimal() {
        let text = RData::TXT(TXT::from_bytes(vec![b"he\"lo", b"a b\x07"]));
        assert_eq!(data(&text), r#""he\"lo" "a b\007""#);
        let strange = RData::Unknown {
            code: RecordType::Unknown(62_000),
            rdata: NULL::with(vec![2, b'a', 0xff]),
        };
        assert_eq!(data(&strange), r"\# 3 0261FF");
        assert_eq!(type_name(RecordType::from(62_000)), "TYPE62000");
        assert_eq!(type_name(RecordType::AAAA), "AAAA");
    }

    #[test]
    fn header_words_are_those_of_the_bits() {
        let message = [0, 9, 0x85, 0xa3, 0, 1, 0, 2, 0, 0, 0, 3];
        assert_eq!(flags(&message), " qr aa rd ra ad");
        assert_eq!(counts(&message), [1, 2, 0, 3]);
        let header = header_of(&message).unwrap();
        assert_eq!(status(header.metadata.response_code), "NXDOMAIN");
        assert_eq!(flags(&[]), "");
        assert!(header_of(&[1, 2, 3]).is_none());
    }

    #[test]
    fn every_code_has_a_word() {
        for code in 0..30 {
            assert!(!status(<ResponseCode as From<u16>>::from(code)).is_empty());
        }
        assert_eq!(status(ResponseCode::from_low(0)), "NOERROR");
        assert_eq!(status(ResponseCode::from_low(5)), "REFUSED");
        assert_eq!(status(<ResponseCode as From<u16>>::from(23)), "BADCOOKIE");
    }
}
