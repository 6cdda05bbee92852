//! An answer in BIND's layout.

use std::fmt::Write;

use hickory_proto::op::{Edns, Message};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{DNSClass, Name, Record};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use super::super::message::COOKIE;
use super::super::text;
use super::lookup::Show;

/// Columns at which BIND's tools begin a record's TTL, class, type and data.
const TTL: usize = 24;
const CLASS: usize = 32;
const TYPE: usize = 40;
const DATA: usize = 48;

/// A message as it came, and what could be read of it.
pub(super) struct Seen<'a> {
    bytes: &'a [u8],
    message: Message,
    /// Bytes after the last record.
    extra: usize,
    /// Whether only its header and question could be read.
    pub(super) malformed: bool,
}

impl<'a> Seen<'a> {
    /// Reads a message; `None` where there is not even a header.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let whole = decode(bytes);
        let malformed = whole.is_none();
        let (message, used) = if let Some(read) = whole {
            read
        } else {
            let mut question = bytes.to_vec();
            question.get_mut(6..12)?.fill(0);
            decode(&question).or_else(|| Some((text::header_of(bytes)?, 12)))?
        };
        Some(Self {
            bytes,
            message,
            extra: bytes.len().saturating_sub(used),
            malformed,
        })
    }
}

fn decode(bytes: &[u8]) -> Option<(Message, usize)> {
    let mut decoder = BinDecoder::new(bytes);
    let message = Message::read(&mut decoder).ok()?;
    Some((message, decoder.index()))
}

/// The sections, each where it is wanted; `cookie` is the one that was sent.
pub(super) fn message(seen: &Seen, show: &Show, sent: bool, cookie: Option<[u8; 8]>) -> String {
    let mut out = String::new();
    if show.comments {
        header(&mut out, seen, sent);
        if let Some(edns) = &seen.message.edns {
            pseudo_section(&mut out, edns, if sent { None } else { cookie });
        }
    }
    let message = &seen.message;
    if show.question && !message.queries.is_empty() {
        if show.comments {
            out.push_str(";; QUESTION SECTION:\n");
        }
        for query in &message.queries {
            // BIND counts its columns from behind the semicolon.
            let mut line = Line::new();
            line.put(&text::name(query.name()));
            question_end(
                &mut line,
                show,
                query.query_class(),
                &text::type_name(query.query_type()),
            );
            let _ = writeln!(out, ";{}", line.text);
        }
        if show.comments {
            out.push('\n');
        }
    }
    for (wanted, title, records) in [
        (show.answer, "ANSWER", &message.answers),
        (show.authority, "AUTHORITY", &message.authorities),
        (show.additional, "ADDITIONAL", &message.additionals),
    ] {
        if wanted && !records.is_empty() {
            section(&mut out, title, records, show);
        }
    }
    out
}

/// The data of each answer on its own line.
pub(super) fn short(seen: &Seen) -> Vec<String> {
    seen.message
        .answers
        .iter()
        .map(|record| text::data(&record.data))
        .collect()
}

fn header(out: &mut String, seen: &Seen, sent: bool) {
    out.push_str(if sent { ";; Sending:\n" } else { ";; Got answer:\n" });
    if !sent && seen.message.queries.iter().any(|query| is_dot_local(query.name())) {
        out.push_str(
            ";; WARNING: .local is reserved for Multicast DNS\n\
             ;; You are currently testing what happens when an mDNS query is leaked to DNS\n",
        );
    }
    let metadata = &seen.message.metadata;
    let [queries, answers, authorities, additionals] = text::counts(seen.bytes);
    let opcode = match seen.bytes.get(2).map_or(0, |byte| byte >> 3 & 0xf) {
        0 => "QUERY",
        1 => "IQUERY",
        2 => "STATUS",
        4 => "NOTIFY",
        5 => "UPDATE",
        _ => "RESERVED",
    };
    let _ = writeln!(
        out,
        ";; ->>HEADER<<- opcode: {opcode}, status: {}, id: {}\n;; flags:{}; QUERY: {queries}, ANSWER: {answers}, \
         AUTHORITY: {authorities}, ADDITIONAL: {additionals}",
        text::status(metadata.response_code),
        metadata.id,
        text::flags(seen.bytes),
    );
    if !sent && metadata.recursion_desired && !metadata.recursion_available {
        out.push_str(";; WARNING: recursion requested but not available\n");
    }
    if seen.extra > 0 {
        let _ = writeln!(out, ";; WARNING: Message has {} extra bytes at end", seen.extra);
    }
    out.push('\n');
}

fn is_dot_local(name: &Name) -> bool {
    name.iter()
        .next_back()
        .is_some_and(|label| label.eq_ignore_ascii_case(b"local"))
}

fn pseudo_section(out: &mut String, edns: &Edns, sent: Option<[u8; 8]>) {
    let dnssec = if edns.flags().dnssec_ok { " do" } else { "" };
    let _ = writeln!(
        out,
        ";; OPT PSEUDOSECTION:\n; EDNS: version: {}, flags:{dnssec}; udp: {}",
        edns.version(),
        edns.max_payload()
    );
    for (code, option) in &edns.options().options {
        let EdnsOption::Unknown(_, bytes) = option else {
            continue;
        };
        let hex = text::hex(bytes).to_lowercase();
        if *code == EdnsCode::from(COOKIE) {
            let verdict = match sent {
                None => "",
                Some(ours) if bytes.len() == 8 && bytes[..] == ours => " (echoed)",
                Some(ours) if bytes.starts_with(&ours) => " (good)",
                Some(_) => " (bad)",
            };
            let _ = writeln!(out, "; COOKIE: {hex}{verdict}");
        } else {
            let _ = writeln!(out, "; OPT={}: {hex}", u16::from(*code));
        }
    }
}

fn section(out: &mut String, title: &str, records: &[Record], show: &Show) {
    if show.comments {
        let _ = writeln!(out, ";; {title} SECTION:");
    }
    for record in records {
        let mut line = Line::new();
        line.put(&text::name(&record.name));
        let mut columns = [TTL, CLASS, TYPE].into_iter();
        let mut column = columns.next().unwrap_or(TTL);
        let mut next = || std::mem::replace(&mut column, columns.next().unwrap_or(DATA));
        if show.ttl {
            line.at(next(), &record.ttl.to_string());
        }
        if show.class {
            line.at(next(), &text::class_name(record.dns_class));
        }
        line.at(next(), &text::type_name(record.record_type()));
        line.at(column, &text::data(&record.data));
        let _ = writeln!(out, "{}", line.text);
    }
    if show.comments {
        out.push('\n');
    }
}

/// Class and type of a question: the class is always there, a column earlier for each part that records go without.
fn question_end(line: &mut Line, show: &Show, class: DNSClass, kind: &str) {
    let (first, second) = match (show.ttl, show.class) {
        (true, true) => (CLASS, TYPE),
        (false, false) => (TTL, TTL),
        _ => (TTL, CLASS),
    };
    line.at(first, &text::class_name(class));
    line.at(second, kind);
}

/// A line whose parts begin at columns, filled with tabs as far as they reach and blanks after.
struct Line {
    text: String,
    column: usize,
}

impl Line {
    const fn new() -> Self {
        Self {
            text: String::new(),
            column: 0,
        }
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column = self.text.chars().fold(0, |column, letter| match letter {
            '\t' => (column / 8 + 1) * 8,
            _ => column + 1,
        });
    }

    fn at(&mut self, column: usize, text: &str) {
        let to = column.max(self.column + 1);
        let tabs = to / 8 - self.column / 8;
        if tabs > 0 {
            self.text.extend(std::iter::repeat_n('\t', tabs));
            self.column = to / 8 * 8;
        }
        self.text.extend(std::iter::repeat_n(' ', to - self.column));
        self.put(text);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hickory_proto::op::{MessageType, OpCode, Query, ResponseCode};
    use hickory_proto::rr::rdata::{A, PTR};
    use hickory_proto::rr::{RData, RecordType};

    use super::super::lookup::Lookup;
    use super::*;

    fn answer(name: &str, kind: RecordType, data: Vec<RData>) -> Message {
        let name = super::super::super::message::name(name).unwrap();
        let mut message = Message::new(26_216, MessageType::Response, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.metadata.recursion_available = true;
        message.add_query(Query::query(name.clone(), kind));
        for data in data {
            message.add_answer(Record::from_rdata(name.clone(), 600, data));
        }
        message
    }

    fn printed(message: &Message, show: &Show) -> String {
        let bytes = message.to_vec().unwrap();
        super::message(&Seen::read(&bytes).unwrap(), show, false, None)
    }

    fn address(last: u8) -> RData {
        RData::A(A(Ipv4Addr::new(172, 18, 0, last)))
    }

    #[test]
    fn an_answer_stands_as_bind_prints_it() {
        // Recorded from dig 9.18.
        assert_eq!(
            printed(&answer("es", RecordType::A, vec![address(2)]), &Lookup::default().show),
            ";; Got answer:\n\
             ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 26216\n\
             ;; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n\
             \n\
             ;; QUESTION SECTION:\n\
             ;es.\t\t\t\tIN\tA\n\
             \n\
             ;; ANSWER SECTION:\n\
             es.\t\t\t600\tIN\tA\t172.18.0.2\n\
             \n"
        );
    }

    #[test]
    fn long_names_push_the_columns_with_blanks() {
        let long = answer("a-rather-long-label-of-thirty1", RecordType::A, vec![address(2)]);
        let text = printed(&long, &Lookup::default().show);
        assert!(text.contains("\n;a-rather-long-label-of-thirty1.\tIN\tA\n"), "{text}");
        assert!(
            text.contains("\na-rather-long-label-of-thirty1.\t600 IN\tA\t172.18.0.2\n"),
            "{text}"
        );
        let es = super::super::super::message::name("es.dev").unwrap();
        let reverse = answer("2.0.18.172.in-addr.arpa", RecordType::PTR, vec![RData::PTR(PTR(es))]);
        let text = printed(&reverse, &Lookup::default().show);
        assert!(
            text.contains("\n2.0.18.172.in-addr.arpa. 600\tIN\tPTR\tes.dev.\n"),
            "{text}"
        );
    }

    #[test]
    fn sections_can_be_left_out() {
        let message = answer("es", RecordType::A, vec![address(3), address(2)]);
        let mut show = Lookup::default().show;
        show.comments = false;
        assert_eq!(
            printed(&message, &show),
            ";es.\t\t\t\tIN\tA\nes.\t\t\t600\tIN\tA\t172.18.0.3\nes.\t\t\t600\tIN\tA\t172.18.0.2\n"
        );
        show.question = false;
        show.ttl = false;
        assert_eq!(
            printed(&message, &show),
            "es.\t\t\tIN\tA\t172.18.0.3\nes.\t\t\tIN\tA\t172.18.0.2\n"
        );
        let bytes = message.to_vec().unwrap();
        assert_eq!(short(&Seen::read(&bytes).unwrap()), ["172.18.0.3", "172.18.0.2"]);
    }

    #[test]
    fn what_is_cut_off_is_read_as_far_as_it_goes() {
        let mut message = answer("es", RecordType::A, vec![address(2)]);
        message.metadata.response_code = ResponseCode::NXDomain;
        let bytes = message.to_vec().unwrap();
        for end in 0..bytes.len() {
            let Some(seen) = Seen::read(&bytes[..end]) else {
                assert!(end < 12, "a header is enough: {end}");
                continue;
            };
            assert!(seen.malformed, "cut at {end}");
            let text = super::message(&seen, &Lookup::default().show, false, None);
            assert!(text.contains("status: NXDOMAIN, id: 26216\n"), "{text}");
        }
        let longer = [&bytes[..], b"zzzz"].concat();
        let seen = Seen::read(&longer).unwrap();
        let text = super::message(&seen, &Lookup::default().show, false, None);
        assert!(
            text.contains(";; WARNING: Message has 4 extra bytes at end\n"),
            "{text}"
        );
    }
}
