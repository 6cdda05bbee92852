//! Whatever comes in harms nothing; whatever goes out is a message that others can read.

use std::collections::BTreeSet;

use hickory_proto::op::{Edns, Message, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use proptest::prelude::*;

use super::*;

fn message(name: &str, kind: RecordType, payload: Option<u16>) -> Vec<u8> {
    let mut message = Message::query();
    let name = Name::from_labels(name.split('.').filter(|label| !label.is_empty()).map(str::as_bytes)).unwrap();
    message.add_query(hickory_proto::op::Query::query(name, kind));
    message.metadata.id = 0x1234;
    message.metadata.recursion_desired = true;
    if let Some(payload) = payload {
        let mut edns = Edns::new();
        edns.set_max_payload(payload);
        message.set_edns(edns);
    }
    message.to_vec().unwrap()
}

fn query(name: &str, payload: Option<u16>, transport: Transport) -> Query {
    match receive(&message(name, RecordType::A, payload), transport) {
        Received::Query(query) => query,
        other => panic!("{other:?}"),
    }
}

fn many(count: u32) -> Vec<Ipv4Addr> {
    (0..count).map(|n| Ipv4Addr::from(0xac12_0002 + n)).collect()
}

fn code_of(packet: &[u8]) -> Option<ResponseCode> {
    match receive(packet, Transport::Udp) {
        Received::Refused(reply) => Some(code(&reply)),
        _ => None,
    }
}

/// Questions sent to a Docker Engine 20.10.24 and what it answered, recorded on the wire; `es` is 172.26.0.2 there. An empty
/// answer is none.
const RECORDED: &[(&str, &str, &str)] = &[
    (
        "A es",
        "1234010000010000000000000265730000010001",
        "12348180000100010000000002657300000100010265730000010001000002580004ac1a0002",
    ),
    (
        "A ES CD AD",
        "1234013000010000000000000245530000010001",
        "12348190000100010000000002455300000100010245530000010001000002580004ac1a0002",
    ),
    (
        "noRD",
        "1234000000010000000000000265730000010001",
        "12348080000100010000000002657300000100010265730000010001000002580004ac1a0002",
    ),
    (
        "edns",
        "123401000001000000000001026573000001000100002904d0000000000000",
        "12348180000100010000000002657300000100010265730000010001000002580004ac1a0002",
    ),
    (
        "class CH",
        "1234010000010000000000000265730000010003",
        "12348180000100010000000002657300000100030265730000010001000002580004ac1a0002",
    ),
    ("qd0", "123401000000000000000000", "123481010000000000000000"),
    (
        "qd2",
        "1234010000020000000000000265730000010001",
        "123481010000000000000000",
    ),
    (
        "an2",
        "1234010000010002000000000265730000010001",
        "123481010000000000000000",
    ),
    (
        "ar3",
        "1234010000010000000000030265730000010001",
        "123481010000000000000000",
    ),
    (
        "opcode5",
        "12342d0000010000000000000265730000010001",
        "1234a9040000000000000000",
    ),
    (
        "opcode2 flags",
        "123417b000010000000000000265730000010001",
        "123493b40000000000000000",
    ),
    (
        "notify",
        "1234250000010000000000000265730000010001",
        "1234a080000100010000000002657300000100010265730000010001000002580004ac1a0002",
    ),
    ("cut", "1234010000010000000000000265730000", "123481010000000000000000"),
    (
        "loop",
        "123407f00001000000000000c00c00010001",
        "123483b10000000000000000",
    ),
    ("hdr11", "1234010000010000000000", ""),
    ("answer", "1234818000010000000000000265730000010001", ""),
    (
        "AAAA",
        "12340100000100000000000002657300001c0001",
        "12348180000100000000000002657300001c0001",
    ),
    (
        "MX",
        "12340100000100000000000002657300000f0001",
        "12348180000100000000000002657300000f0001",
    ),
    (
        "trailing",
        "12340100000100000000000002657300000100017a7a7a7a",
        "12348180000100010000000002657300000100010265730000010001000002580004ac1a0002",
    ),
    (
        "badopt",
        "123401000001000000000001026573000001000100002904d000000000",
        "1234810100010000000000000265730000010001",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[test]
fn docker_s_own_answers_are_ours() {
    for (what, question, answer) in RECORDED {
        let reply = match receive(&bytes(question), Transport::Udp) {
            Received::Nothing => Vec::new(),
            Received::Refused(reply) => reply,
            Received::Query(query) if query.question.kind == RecordType::A => {
                query.addresses(&[Ipv4Addr::new(172, 26, 0, 2)], Transport::Udp, false)
            }
            Received::Query(query) if query.question.kind == RecordType::SOA => continue,
            Received::Query(query) => query.empty(),
        };
        assert_eq!(reply, bytes(answer), "{what}");
    }
}

#[test]
fn an_answer_is_docker_s_to_the_byte() {
    let query = query("Es", None, Transport::Udp);
    assert_eq!(query.question.name, "Es");
    let reply = query.addresses(&many(1), Transport::Udp, true);
    let mut wanted = vec![0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    wanted.extend(b"\x02Es\0\0\x01\0\x01");
    // The owner is spelled out, not pointed at; 600 seconds.
    wanted.extend(b"\x02Es\0\0\x01\0\x01\0\0\x02\x58\0\x04\xac\x12\0\x02");
    assert_eq!(reply, wanted);
}

#[test]
fn a_pointer_names_the_network_and_what_dns_cannot_carry_fails() {
    let query = query("2.0.18.172.in-addr.arpa", None, Transport::Udp);
    let reply = Message::from_vec(&query.pointer("es.my net")).unwrap();
    assert!(matches!(&reply.answers[0].data, RData::PTR(target) if target.0.num_labels() == 2));
    assert_eq!(reply.answers[0].ttl, 600);
    let long = format!("{}.dev", "x".repeat(64));
    assert_eq!(code(&query.pointer(&long)), ResponseCode::ServFail);
}

#[test]
fn too_much_for_a_datagram_is_cut_and_says_so() {
    let all = many(100);
    for (payload, compress, count) in [
        (None, true, 30),
        (None, false, 27),
        (Some(1232), true, 75),
        (Some(100), true, 30),
        (Some(4096), true, 100),
    ] {
        let query = query("es", payload, Transport::Udp);
        let reply = query.addresses(&all, Transport::Udp, compress);
        let read = Message::from_vec(&reply).unwrap();
        assert_eq!(read.answers.len(), count, "{payload:?} {compress}");
        assert_eq!(read.metadata.truncation, count < 100);
        assert!(reply.len() <= usize::from(payload.unwrap_or(512)).max(512));
    }
    let stream = query("es", None, Transport::Tcp);
    let read = Message::from_vec(&stream.addresses(&all, Transport::Tcp, true)).unwrap();
    assert_eq!((read.answers.len(), read.metadata.truncation), (100, false));
}

#[test]
fn what_is_no_question_is_refused_or_let_lie() {
    let good = message("es", RecordType::A, None);
    assert_eq!(receive(&[], Transport::Udp), Received::Nothing);
    assert_eq!(receive(&good[..11], Transport::Udp), Received::Nothing);
    let mut answer = good.clone();
    answer[2] |= 0x80;
    assert_eq!(receive(&answer, Transport::Udp), Received::Nothing);
    let mut update = good.clone();
    update[2] |= 5 << 3;
    assert_eq!(code_of(&update), Some(ResponseCode::NotImp));
    for questions in [0, 2, 0xff] {
        let mut wrong = good.clone();
        wrong[5] = questions;
        assert_eq!(code_of(&wrong), Some(ResponseCode::FormErr), "{questions} questions");
    }
    assert_eq!(code_of(&good[..good.len() - 3]), Some(ResponseCode::FormErr));
    let mut looping = good[..12].to_vec();
    looping.extend([0xc0, 12, 0, 1, 0, 1]);
    assert_eq!(code_of(&looping), Some(ResponseCode::FormErr));
}

#[test]
fn what_does_not_print_is_spelled_as_a_zone_file_does() {
    let mut packet = message("x", RecordType::A, None);
    packet.splice(12..15, *b"\x05a\xc3\xa9.b\x00");
    let Received::Query(query) = receive(&packet, Transport::Udp) else {
        panic!("a question")
    };
    assert_eq!(query.question.name, "a\\195\\169\\.b");
    // And goes back as it came.
    assert_eq!(query.empty()[12..], *b"\x05a\xc3\xa9.b\x00\x00\x01\x00\x01");
}

#[test]
fn a_failure_promises_no_recursion() {
    let reply = query("es", None, Transport::Udp).failed(ResponseCode::ServFail);
    assert_eq!(reply[2..4], [0x81, 0x02]);
    assert_eq!(rcode(&reply), "SERVFAIL");
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600), tcp in any::<bool>()) {
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        check(&bytes, transport);
    }

    #[test]
    fn no_changed_question_does_harm(at in 0..40usize, to in any::<u8>(), cut in 0..60usize) {
        let mut packet = message("es.dev", RecordType::A, Some(1232));
        let length = packet.len();
        packet[at % length] = to;
        packet.truncate(cut.max(1));
        check(&packet, Transport::Udp);
    }

    #[test]
    fn every_answer_can_be_read_and_fits(
        labels in proptest::collection::vec("[a-zA-Z0-9_-]{1,20}", 1..5),
        count in 0..5000u32,
        payload in proptest::option::of(any::<u16>()),
        tcp in any::<bool>(),
        compress in any::<bool>(),
    ) {
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        let query = query(&labels.join("."), payload, transport);
        let all = many(count);
        let reply = query.addresses(&all, transport, compress);
        prop_assert!(reply.len() <= query.room);
        let read = Message::from_vec(&reply).unwrap();
        prop_assert_eq!(read.metadata.id, 0x1234);
        prop_assert_eq!(&read.queries[0].name, &read.answers.first().map_or(read.queries[0].name.clone(), |a| a.name.clone()));
        let told: BTreeSet<Ipv4Addr> = read.answers.iter().filter_map(|record| match record.data {
            RData::A(address) => Some(address.0),
            _ => None,
        }).collect();
        prop_assert_eq!(told.len(), read.answers.len());
        prop_assert!(told.iter().all(|address| all.contains(address)));
        prop_assert!(read.metadata.truncation || told.len() == all.len() || tcp);
    }
}

/// Nothing panics; a refusal is a whole header; a question can be answered in every way.
fn check(bytes: &[u8], transport: Transport) {
    match receive(bytes, transport) {
        Received::Nothing => {}
        Received::Refused(reply) => {
            assert!(Message::from_vec(&reply).is_ok() || reply.len() == 12);
            assert_eq!(reply[..2], bytes[..2]);
            assert!(reply[2] & 0x80 != 0);
        }
        Received::Query(query) => {
            for reply in [
                query.empty(),
                query.failed(ResponseCode::Refused),
                query.pointer("es.dev"),
                query.addresses(&many(40), transport, true),
            ] {
                let read = Message::from_vec(&reply).unwrap();
                assert_eq!(read.queries.len(), 1);
                assert!(query.is_answered_by(&reply) && reply.len() <= query.room);
            }
        }
    }
}
