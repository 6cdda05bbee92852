//! The simulated internet's name server, at the router: what a home router's would be, with a root zone of its own
//! (`assets/internet.zone`). It answers as a recursive server does (RA, not AA). Pure.

use std::collections::BTreeMap;

use hickory_proto::op::{Edns, Message, ResponseCode};
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};
use hickory_proto::serialize::txt::Parser;

use super::packet::{self, Received};
use crate::observe::Transport;

const ZONE: &str = include_str!("../../../assets/internet.zone");
/// Aliases followed in one answer: none of the zone's leads to another.
const ALIASES: usize = 8;
/// Bytes of a datagram we take (dnsflagday.net/2020).
const PAYLOAD: u16 = 1232;

/// All names outside.
#[derive(Debug, Default)]
pub struct Internet {
    records: BTreeMap<LowerName, Vec<Record>>,
    authority: Option<Record>,
}

impl Internet {
    /// The internet of `assets/internet.zone`.
    #[must_use]
    pub fn new() -> Self {
        let sets = match Parser::new(ZONE, None, Some(Name::root())).parse() {
            Ok((_, sets)) => sets,
            Err(error) => {
                tracing::error!(%error, "the simulated internet's zone");
                return Self::default();
            }
        };
        let mut internet = Self::default();
        for (key, set) in sets {
            let records = internet.records.entry(key.name().clone()).or_default();
            records.extend(set.records_without_rrsigs().cloned());
        }
        let root = internet.records.get(&LowerName::from(Name::root()));
        let mut root = root.into_iter().flatten();
        internet.authority = root.find(|record| record.record_type() == RecordType::SOA).cloned();
        internet
    }

    /// The answer to a packet, if it gets one.
    #[must_use]
    pub fn answer(&self, packet: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let query = match packet::receive(packet, transport) {
            Received::Query(query) => query,
            Received::Refused(reply) => return Some(reply),
            Received::Nothing => return None,
        };
        let asked = Message::from_vec(packet).ok()?;
        let question = asked.queries.first()?;
        let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
        reply.metadata.recursion_desired = asked.metadata.recursion_desired;
        reply.metadata.recursion_available = true;
        reply.add_query(question.clone());
        self.look_up(&mut reply, &question.name, question.query_type);
        if asked.edns.is_some() {
            let mut edns = Edns::new();
            edns.set_max_payload(PAYLOAD);
            reply.set_edns(edns);
        }
        let written = reply.to_vec().ok()?;
        if written.len() <= query.room {
            return Some(written);
        }
        reply.truncate().to_vec().ok()
    }

    fn look_up(&self, reply: &mut Message, name: &Name, kind: RecordType) {
        let mut name = name.clone();
        for _ in 0..ALIASES {
            let Some(records) = self.records.get(&LowerName::from(&name)) else {
                if !self.is_above_some(&name) {
                    reply.metadata.response_code = ResponseCode::NXDomain;
                }
                break;
            };
            let wanted = |record: &&Record| kind == RecordType::ANY || record.record_type() == kind;
            let found: Vec<Record> = records.iter().filter(wanted).cloned().collect();
            if !found.is_empty() {
                reply.add_answers(found);
                return;
            }
            let alias = records.iter().find_map(|record| match &record.data {
                RData::CNAME(target) => Some((record.clone(), target.0.clone())),
                _ => None,
            });
            let Some((record, target)) = alias else { break };
            reply.add_answer(record);
            name = target;
        }
        reply.add_authorities(self.authority.clone());
    }

    /// Whether a name has no records but names below it do: it exists (RFC 8020).
    fn is_above_some(&self, name: &Name) -> bool {
        let name = LowerName::from(name);
        self.records.keys().any(|known| name.zone_of(known))
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::Query;

    use super::*;

    fn ask(name: &str, kind: RecordType) -> Message {
        let mut message = Message::query();
        message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        message.metadata.recursion_desired = true;
        let packet = message.to_vec().unwrap();
        let reply = Internet::new().answer(&packet, Transport::Udp).unwrap();
        Message::from_vec(&reply).unwrap()
    }

    fn said(name: &str, kind: RecordType) -> (ResponseCode, Vec<String>) {
        let reply = ask(name, kind);
        let told = |record: &Record| format!("{} {} {}", record.name, record.record_type(), record.data);
        (reply.metadata.response_code, reply.answers.iter().map(told).collect())
    }

    #[test]
    fn names_of_the_zone_are_answered_also_through_an_alias_and_backwards() {
        assert_eq!(
            said("Example.COM.", RecordType::A),
            (ResponseCode::NoError, vec!["example.com. A 192.0.2.10".into()])
        );
        assert_eq!(
            said("www.example.com.", RecordType::A).1,
            ["www.example.com. CNAME example.com.", "example.com. A 192.0.2.10"]
        );
        assert_eq!(
            said("12.100.51.198.in-addr.arpa.", RecordType::PTR).1,
            ["12.100.51.198.in-addr.arpa. PTR hub.docker.com."]
        );
        assert_eq!(said("example.com.", RecordType::ANY).1.len(), 4);
    }

    #[test]
    fn what_is_not_there_is_refused_with_the_zones_authority() {
        for (name, kind, code) in [
            ("nosuch.", RecordType::A, ResponseCode::NXDomain),
            ("nosuch.example.com.", RecordType::A, ResponseCode::NXDomain),
            ("example.com.", RecordType::AAAA, ResponseCode::NoError),
            ("com.", RecordType::A, ResponseCode::NoError),
            (".", RecordType::A, ResponseCode::NoError),
        ] {
            let reply = ask(name, kind);
            assert_eq!(reply.metadata.response_code, code, "{name}");
            assert!(reply.answers.is_empty(), "{name}");
            assert_eq!(reply.authorities.len(), 1, "{name}");
            assert_eq!(reply.authorities[0].record_type(), RecordType::SOA);
            assert!(reply.metadata.recursion_available && !reply.metadata.authoritative);
        }
    }

    #[test]
    fn every_address_outside_is_one_for_documentation_and_points_back() {
        let internet = Internet::new();
        let addresses = internet.records.iter().flat_map(|(name, records)| {
            records.iter().filter_map(move |record| match record.data {
                RData::A(address) => Some((name, address.0)),
                _ => None,
            })
        });
        let mut count = 0;
        for (name, address) in addresses {
            count += 1;
            let documentation = matches!(address.octets(), [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _]);
            assert!(
                documentation || address.to_string() == "192.168.1.1",
                "{name} {address}"
            );
            let [a, b, c, d] = address.octets();
            let pointers = said(&format!("{d}.{c}.{b}.{a}.in-addr.arpa."), RecordType::PTR).1;
            assert!(pointers[0].ends_with(&format!("PTR {name}")), "{pointers:?} {name}");
        }
        assert!(count > 10);
    }
}
