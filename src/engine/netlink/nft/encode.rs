//! Typed objects → nfnetlink messages (`linux/netfilter/nf_tables.h`). Pure.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::numbers as n;
use crate::engine::netlink::socket::{Request, bits};
use crate::engine::netlink::wire::Attributes;
use crate::engine::plan::{BaseChain, NftExpression, NftObject};

/// `AF_INET` as nfnetlink's family.
const FAMILY_IPV4: u8 = 2;
const CREATE: i32 = libc::NLM_F_CREATE | libc::NLM_F_EXCL;

/// `struct nfgenmsg` before the attributes.
fn body(family: u8, resource: u16, attributes: &Attributes) -> Vec<u8> {
    let mut body = vec![family, 0];
    body.extend_from_slice(&resource.to_be_bytes());
    body.extend_from_slice(attributes.as_bytes());
    body
}

pub(super) fn message(kind: u16, flags: i32, attributes: &Attributes, op: &'static str, subject: String) -> Request {
    Request {
        kind,
        flags: bits(flags),
        body: body(FAMILY_IPV4, 0, attributes),
        op,
        subject,
    }
}

/// The messages that open and close a transaction.
pub(super) fn frame() -> (Request, Request) {
    let edge = |kind| Request {
        kind,
        flags: 0,
        body: body(0, n::SUBSYSTEM >> 8, &Attributes::new()),
        op: "change nftables",
        subject: String::new(),
    };
    (edge(n::BATCH_BEGIN), edge(n::BATCH_END))
}

/// Where a rule goes in its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// At the end.
    Last,
    /// At the beginning.
    First,
    /// Behind the rule of that handle.
    After(u64),
}

/// The message that adds an object; `number` tells sets of one transaction apart (`NFTA_SET_ID`).
pub(super) fn add(object: &NftObject, number: u32) -> Request {
    match object {
        NftObject::Table { table } => message(
            n::NEWTABLE,
            CREATE,
            &Attributes::new().string(n::TABLE_NAME, table),
            "add table",
            table.clone(),
        ),
        NftObject::Chain { table, chain, base } => message(
            n::NEWCHAIN,
            CREATE,
            &chain_attributes(table, chain, base.as_ref()),
            "add chain",
            format!("{table} {chain}"),
        ),
        NftObject::VerdictMap { table, map } => {
            let attributes = Attributes::new()
                .string(n::SET_TABLE, table)
                .string(n::SET_NAME, map)
                .be32(n::SET_FLAGS, n::SET_IS_MAP)
                .be32(n::SET_KEY_TYPE, n::TYPE_IFNAME)
                .be32(n::SET_KEY_LEN, 16)
                .be32(n::SET_DATA_TYPE, n::TYPE_VERDICT)
                .be32(n::SET_DATA_LEN, 0)
                .be32(n::SET_ID, number);
            message(n::NEWSET, CREATE, &attributes, "add map", format!("{table} {map}"))
        }
        NftObject::JumpElement {
            table,
            map,
            interface,
            chain,
        } => {
            let element = Attributes::new()
                .nest(
                    n::ELEMENT_KEY,
                    &Attributes::new().bytes(n::DATA_VALUE, &interface_key(interface)),
                )
                .nest(n::ELEMENT_DATA, &verdict(n::VERDICT_JUMP, Some(chain)));
            element_message(n::NEWSETELEM, CREATE, "add element", (table, map, interface), &element)
        }
        NftObject::Rule {
            table,
            chain,
            expressions,
        } => add_rule(table, chain, expressions, Position::Last),
    }
}

/// The message that adds a rule at a place of its chain.
pub(super) fn add_rule(table: &str, chain: &str, expressions: &[NftExpression], position: Position) -> Request {
    let mut attributes = Attributes::new()
        .string(n::RULE_TABLE, table)
        .string(n::RULE_CHAIN, chain)
        .nest(n::RULE_EXPRESSIONS, &expression_list(expressions));
    // With NLM_F_APPEND a position means "behind", without it "before"; without a position they mean last and first.
    let append = match position {
        Position::Last => libc::NLM_F_APPEND,
        Position::First => 0,
        Position::After(handle) => {
            attributes = attributes.be64(n::RULE_POSITION, handle);
            libc::NLM_F_APPEND
        }
    };
    message(
        n::NEWRULE,
        libc::NLM_F_CREATE | append,
        &attributes,
        "add rule to",
        format!("{table} {chain}"),
    )
}

/// The message that deletes an object; a rule needs its handle, hence [`delete_rule`].
pub(super) fn delete(object: &NftObject) -> Option<Request> {
    Some(match object {
        NftObject::Table { table } => message(
            n::DELTABLE,
            0,
            &Attributes::new().string(n::TABLE_NAME, table),
            "delete table",
            table.clone(),
        ),
        NftObject::Chain { table, chain, .. } => {
            let attributes = Attributes::new()
                .string(n::CHAIN_TABLE, table)
                .string(n::CHAIN_NAME, chain);
            message(n::DELCHAIN, 0, &attributes, "delete chain", format!("{table} {chain}"))
        }
        NftObject::VerdictMap { table, map } => {
            let attributes = Attributes::new().string(n::SET_TABLE, table).string(n::SET_NAME, map);
            message(n::DELSET, 0, &attributes, "delete map", format!("{table} {map}"))
        }
        NftObject::JumpElement {
            table, map, interface, ..
        } => {
            let key = Attributes::new().bytes(n::DATA_VALUE, &interface_key(interface));
            let element = Attributes::new().nest(n::ELEMENT_KEY, &key);
            element_message(n::DELSETELEM, 0, "delete element", (table, map, interface), &element)
        }
        NftObject::Rule { .. } => return None,
    })
}

/// The message that deletes a rule by handle.
pub(super) fn delete_rule(table: &str, chain: &str, handle: u64) -> Request {
    let attributes = Attributes::new()
        .string(n::RULE_TABLE, table)
        .string(n::RULE_CHAIN, chain)
        .be64(n::RULE_HANDLE, handle);
    message(n::DELRULE, 0, &attributes, "delete rule of", format!("{table} {chain}"))
}

fn element_message(
    kind: u16,
    flags: i32,
    op: &'static str,
    (table, map, interface): (&str, &str, &str),
    element: &Attributes,
) -> Request {
    let attributes = Attributes::new()
        .string(n::ELEMENTS_TABLE, table)
        .string(n::ELEMENTS_SET, map)
        .nest(n::ELEMENTS_LIST, &Attributes::new().nest(n::LIST_ELEMENT, element));
    message(kind, flags, &attributes, op, format!("{table} {map} {interface}"))
}

/// Hook numbers of the IPv4 family (`enum nf_inet_hooks`, linux/netfilter.h).
pub(super) const HOOKS: [&str; 5] = ["prerouting", "input", "forward", "output", "postrouting"];

fn chain_attributes(table: &str, chain: &str, base: Option<&BaseChain>) -> Attributes {
    let attributes = Attributes::new()
        .string(n::CHAIN_TABLE, table)
        .string(n::CHAIN_NAME, chain);
    let Some(base) = base else { return attributes };
    // A hook that does not exist becomes a number the kernel refuses: its refusal is the error the person sees.
    let hook = HOOKS
        .iter()
        .position(|name| *name == base.hook)
        .and_then(|i| u32::try_from(i).ok())
        .unwrap_or(u32::MAX);
    let hook = Attributes::new()
        .be32(n::HOOK_NUMBER, hook)
        .bytes(n::HOOK_PRIORITY, &base.priority.to_be_bytes());
    attributes
        .nest(n::CHAIN_HOOK, &hook)
        .string(n::CHAIN_TYPE, &base.kind)
        .be32(n::CHAIN_POLICY, 1)
}

/// An interface name padded with zeros, as the kernel keeps it.
fn interface_key(name: &str) -> [u8; n::IFNAMSIZ] {
    let mut key = [0; n::IFNAMSIZ];
    // A longer name cannot exist (IFNAMSIZ counts the NUL): cut, it would match nothing either.
    for (slot, byte) in key[..n::IFNAMSIZ - 1].iter_mut().zip(name.bytes()) {
        *slot = byte;
    }
    key
}

fn verdict(code: i32, chain: Option<&str>) -> Attributes {
    let mut inner = Attributes::new().bytes(n::VERDICT_CODE, &code.to_be_bytes());
    if let Some(chain) = chain {
        inner = inner.string(n::VERDICT_CHAIN, chain);
    }
    Attributes::new().nest(n::DATA_VERDICT, &inner)
}

fn expression_list(expressions: &[NftExpression]) -> Attributes {
    expressions.iter().fold(Attributes::new(), encode_expression)
}

fn push(list: Attributes, name: &str, data: &Attributes) -> Attributes {
    let expression = Attributes::new()
        .string(n::EXPRESSION_NAME, name)
        .nest(n::EXPRESSION_DATA, data);
    list.nest(n::LIST_ELEMENT, &expression)
}

fn meta(list: Attributes, key: u32) -> Attributes {
    push(list, "meta", &Attributes::new().be32(2, key).be32(1, n::REGISTER_1))
}

fn cmp(list: Attributes, operator: u32, value: &[u8]) -> Attributes {
    let data = Attributes::new().bytes(n::DATA_VALUE, value);
    push(
        list,
        "cmp",
        &Attributes::new()
            .be32(1, n::REGISTER_1)
            .be32(2, operator)
            .nest(3, &data),
    )
}

fn mask(list: Attributes, mask: [u8; 4]) -> Attributes {
    let value = |bytes: &[u8]| Attributes::new().bytes(n::DATA_VALUE, bytes);
    let data = Attributes::new()
        .be32(1, n::REGISTER_1)
        .be32(2, n::REGISTER_1)
        .be32(3, 4)
        .nest(4, &value(&mask))
        .nest(5, &value(&[0; 4]));
    push(list, "bitwise", &data)
}

fn lookup(list: Attributes, map: &str) -> Attributes {
    let data = Attributes::new()
        .string(1, map)
        .be32(2, n::REGISTER_1)
        .be32(3, n::REGISTER_VERDICT);
    push(list, "lookup", &data)
}

fn immediate(list: Attributes, code: i32) -> Attributes {
    push(
        list,
        "immediate",
        &Attributes::new()
            .be32(1, n::REGISTER_VERDICT)
            .nest(2, &verdict(code, None)),
    )
}

/// As the nft program does it: a prefix of whole bytes is compared over those alone, another one through a mask.
fn source(list: Attributes, subnet: Ipv4Network) -> Attributes {
    let network = subnet.network().octets();
    let (compared, masked) = match subnet.prefix() {
        prefix @ (8 | 16 | 24 | 32) => (usize::from(prefix / 8), false),
        _ => (network.len(), true),
    };
    let length = u32::try_from(compared).unwrap_or(4);
    let mut list = payload(list, n::IPV4_SOURCE, length);
    if masked {
        list = mask(list, subnet.mask().octets());
    }
    cmp(list, n::CMP_EQ, &network[..compared])
}

fn payload(list: Attributes, offset: u32, length: u32) -> Attributes {
    let load = Attributes::new()
        .be32(1, n::REGISTER_1)
        .be32(2, n::BASE_NETWORK)
        .be32(3, offset)
        .be32(4, length);
    push(list, "payload", &load)
}

fn source_nat(list: Attributes, to: Ipv4Addr) -> Attributes {
    let value = Attributes::new().bytes(n::DATA_VALUE, &to.octets());
    let list = push(
        list,
        "immediate",
        &Attributes::new().be32(1, n::REGISTER_1).nest(2, &value),
    );
    let nat = Attributes::new()
        .be32(1, n::NAT_SOURCE)
        .be32(2, u32::from(FAMILY_IPV4))
        .be32(3, n::REGISTER_1);
    push(list, "nat", &nat)
}

fn encode_expression(list: Attributes, expression: &NftExpression) -> Attributes {
    let operator = |equal: bool| if equal { n::CMP_EQ } else { n::CMP_NEQ };
    match expression {
        NftExpression::InInterface { name, equal } => {
            cmp(meta(list, n::META_IIFNAME), operator(*equal), &interface_key(name))
        }
        NftExpression::OutInterface { name, equal } => {
            cmp(meta(list, n::META_OIFNAME), operator(*equal), &interface_key(name))
        }
        NftExpression::Source { subnet } => source(list, *subnet),
        NftExpression::Established => {
            let list = push(
                list,
                "ct",
                &Attributes::new().be32(2, n::CT_STATE).be32(1, n::REGISTER_1),
            );
            cmp(mask(list, n::ESTABLISHED_RELATED.to_ne_bytes()), n::CMP_NEQ, &[0; 4])
        }
        NftExpression::InVerdictMap { map } => lookup(meta(list, n::META_IIFNAME), map),
        NftExpression::OutVerdictMap { map } => lookup(meta(list, n::META_OIFNAME), map),
        NftExpression::Counter => push(list, "counter", &Attributes::new().be64(1, 0).be64(2, 0)),
        NftExpression::Accept => immediate(list, n::VERDICT_ACCEPT),
        NftExpression::Drop => immediate(list, n::VERDICT_DROP),
        NftExpression::Masquerade => push(list, "masq", &Attributes::new()),
        NftExpression::SourceNat { to } => source_nat(list, *to),
        NftExpression::Icmp { equal } => cmp(payload(list, n::IPV4_PROTOCOL, 1), operator(*equal), &[n::ICMP]),
    }
}

/// A rule's expressions as the kernel would list them: for the decoder's tests.
#[cfg(test)]
pub(super) fn encoded(expressions: &[NftExpression]) -> Vec<u8> {
    expression_list(expressions).as_bytes().to_vec()
}
