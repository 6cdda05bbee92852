//! nfnetlink messages → typed objects: the encoder's inverse, for dumps. Pure.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::encode::HOOKS;
use super::numbers as n;
use crate::engine::netlink::wire::{AttributeIter, be32, be64, find, text};
use crate::engine::plan::{BaseChain, NftExpression, NftObject};

/// Bytes of `struct nfgenmsg`.
const NFGENMSG: usize = 4;

/// The attributes behind the family header.
pub(super) fn attributes(body: &[u8]) -> &[u8] {
    body.get(NFGENMSG..).unwrap_or_default()
}

fn string(attributes: &[u8], kind: u16) -> Option<String> {
    find(attributes, kind).map(text)
}

fn number(attributes: &[u8], kind: u16) -> Option<u32> {
    find(attributes, kind).and_then(be32)
}

pub(super) fn table(attributes: &[u8]) -> Option<NftObject> {
    Some(NftObject::Table {
        table: string(attributes, n::TABLE_NAME)?,
    })
}

pub(super) fn chain(attributes: &[u8]) -> Option<NftObject> {
    let base = find(attributes, n::CHAIN_HOOK).and_then(|hook| {
        Some(BaseChain {
            kind: string(attributes, n::CHAIN_TYPE)?,
            hook: (*HOOKS.get(number(hook, n::HOOK_NUMBER)? as usize)?).to_owned(),
            priority: number(hook, n::HOOK_PRIORITY)?.cast_signed(),
        })
    });
    Some(NftObject::Chain {
        table: string(attributes, n::CHAIN_TABLE)?,
        chain: string(attributes, n::CHAIN_NAME)?,
        base,
    })
}

/// A named verdict map; `None` for other sets.
pub(super) fn map(attributes: &[u8]) -> Option<NftObject> {
    let is_verdict_map = number(attributes, n::SET_DATA_TYPE) == Some(n::TYPE_VERDICT);
    is_verdict_map.then_some(())?;
    Some(NftObject::VerdictMap {
        table: string(attributes, n::SET_TABLE)?,
        map: string(attributes, n::SET_NAME)?,
    })
}

pub(super) fn elements(attributes: &[u8]) -> Vec<NftObject> {
    let (Some(table), Some(map)) = (
        string(attributes, n::ELEMENTS_TABLE),
        string(attributes, n::ELEMENTS_SET),
    ) else {
        return Vec::new();
    };
    let list = find(attributes, n::ELEMENTS_LIST).unwrap_or_default();
    AttributeIter::new(list)
        .filter_map(|(_, element)| {
            let interface = find(element, n::ELEMENT_KEY).and_then(|key| string(key, n::DATA_VALUE))?;
            let verdict = find(element, n::ELEMENT_DATA).and_then(|data| find(data, n::DATA_VERDICT))?;
            let chain = string(verdict, n::VERDICT_CHAIN)?;
            Some(NftObject::JumpElement {
                table: table.clone(),
                map: map.clone(),
                interface,
                chain,
            })
        })
        .collect()
}

/// A rule as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedRule {
    pub(super) table: String,
    pub(super) chain: String,
    pub(super) handle: u64,
    /// `None` where it holds an expression that no Plan writes (somebody's own rule).
    pub(super) expressions: Option<Vec<NftExpression>>,
    /// The kernel's encoding, to tell such rules apart.
    pub(super) raw: Vec<u8>,
}

pub(super) fn rule(attributes: &[u8]) -> Option<ListedRule> {
    let raw = find(attributes, n::RULE_EXPRESSIONS).unwrap_or_default();
    Some(ListedRule {
        table: string(attributes, n::RULE_TABLE)?,
        chain: string(attributes, n::RULE_CHAIN)?,
        handle: find(attributes, n::RULE_HANDLE).and_then(be64)?,
        expressions: expressions(raw),
        raw: raw.to_vec(),
    })
}

/// One kernel expression.
struct Kernel<'a> {
    name: String,
    data: &'a [u8],
}

impl Kernel<'_> {
    fn number(&self, kind: u16) -> Option<u32> {
        number(self.data, kind)
    }

    fn value(&self, kind: u16) -> Option<&[u8]> {
        find(self.data, kind).and_then(|data| find(data, n::DATA_VALUE))
    }
}

/// A rule's expression list; `None` where one is not of ours.
pub(super) fn expressions(list: &[u8]) -> Option<Vec<NftExpression>> {
    let kernel: Vec<Kernel<'_>> = AttributeIter::new(list)
        .map(|(_, expression)| Kernel {
            name: string(expression, n::EXPRESSION_NAME).unwrap_or_default(),
            data: find(expression, n::EXPRESSION_DATA).unwrap_or_default(),
        })
        .collect();
    let mut rest = kernel.as_slice();
    let mut decoded = Vec::new();
    while !rest.is_empty() {
        let (expression, used) = one(rest)?;
        decoded.push(expression);
        rest = rest.get(used..)?;
    }
    Some(decoded)
}

/// The typed expression at the front, and how many kernel expressions it stands for.
fn one(rest: &[Kernel<'_>]) -> Option<(NftExpression, usize)> {
    let first = rest.first()?;
    match first.name.as_str() {
        "meta" => interface(first, rest.get(1)?),
        "payload" if first.number(3)? == n::IPV4_PROTOCOL => icmp(rest),
        "payload" => source(rest),
        "ct" => established(rest).map(|expression| (expression, 3)),
        "counter" => Some((NftExpression::Counter, 1)),
        "masq" => Some((NftExpression::Masquerade, 1)),
        "immediate" if first.number(1)? == n::REGISTER_1 => source_nat(rest),
        "immediate" => {
            let verdict = find(first.data, 2).and_then(|data| find(data, n::DATA_VERDICT))?;
            match number(verdict, n::VERDICT_CODE)?.cast_signed() {
                n::VERDICT_ACCEPT => Some((NftExpression::Accept, 1)),
                n::VERDICT_DROP => Some((NftExpression::Drop, 1)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn interface(meta: &Kernel<'_>, next: &Kernel<'_>) -> Option<(NftExpression, usize)> {
    let inward = match meta.number(2)? {
        n::META_IIFNAME => true,
        n::META_OIFNAME => false,
        _ => return None,
    };
    let expression = match (next.name.as_str(), inward) {
        ("lookup", true) => NftExpression::InVerdictMap {
            map: string(next.data, 1)?,
        },
        ("lookup", false) => NftExpression::OutVerdictMap {
            map: string(next.data, 1)?,
        },
        ("cmp", _) => {
            let value = next.value(3)?;
            // Fewer than 16 bytes is a prefix match (`"br-*"`), which no Plan writes.
            (value.len() == n::IFNAMSIZ).then_some(())?;
            let (name, equal) = (text(value), equality(next)?);
            if inward {
                NftExpression::InInterface { name, equal }
            } else {
                NftExpression::OutInterface { name, equal }
            }
        }
        _ => return None,
    };
    Some((expression, 2))
}

fn equality(cmp: &Kernel<'_>) -> Option<bool> {
    match cmp.number(2)? {
        n::CMP_EQ => Some(true),
        n::CMP_NEQ => Some(false),
        _ => None,
    }
}

fn quad(value: &[u8]) -> Option<[u8; 4]> {
    value.try_into().ok()
}

/// A source subnet, compared over its whole bytes or through a mask, and how many kernel expressions it takes.
fn source(rest: &[Kernel<'_>]) -> Option<(NftExpression, usize)> {
    let [load, next, ..] = rest else { return None };
    (load.number(2)? == n::BASE_NETWORK && load.number(3)? == n::IPV4_SOURCE).then_some(())?;
    let length = load.number(4)? as usize;
    let (subnet, used) = if next.name == "bitwise" {
        let cmp = rest
            .get(2)
            .filter(|cmp| cmp.name == "cmp" && equality(cmp) == Some(true))?;
        let mask = Ipv4Addr::from(quad(next.value(4)?)?);
        let network = Ipv4Addr::from(quad(cmp.value(3)?)?);
        (Ipv4Network::with_netmask(network, mask).ok()?, 3)
    } else {
        (next.name == "cmp" && equality(next)?).then_some(())?;
        let compared = next.value(3)?;
        let mut network = [0; 4];
        network.get_mut(..length)?.copy_from_slice(compared.get(..length)?);
        (
            Ipv4Network::new(network.into(), u8::try_from(8 * length).ok()?).ok()?,
            2,
        )
    };
    Some((NftExpression::Source { subnet }, used))
}

fn icmp(rest: &[Kernel<'_>]) -> Option<(NftExpression, usize)> {
    let [load, cmp, ..] = rest else { return None };
    let shape = load.number(2)? == n::BASE_NETWORK && load.number(4)? == 1 && cmp.name == "cmp";
    let equal = equality(cmp)?;
    (shape && cmp.value(3)? == [n::ICMP]).then_some((NftExpression::Icmp { equal }, 2))
}

/// An address in a register, and the translation that takes it from there.
fn source_nat(rest: &[Kernel<'_>]) -> Option<(NftExpression, usize)> {
    let [address, nat, ..] = rest else { return None };
    let shape = nat.name == "nat" && nat.number(1)? == n::NAT_SOURCE && nat.number(3)? == n::REGISTER_1;
    let to = Ipv4Addr::from(quad(address.value(2)?)?);
    shape.then_some((NftExpression::SourceNat { to }, 2))
}

fn established(rest: &[Kernel<'_>]) -> Option<NftExpression> {
    let [state, mask, cmp, ..] = rest else { return None };
    let shape = state.number(2)? == n::CT_STATE && mask.name == "bitwise" && cmp.name == "cmp" && !equality(cmp)?;
    let states = u32::from_ne_bytes(quad(mask.value(4)?)?);
    (shape && states == n::ESTABLISHED_RELATED).then_some(NftExpression::Established)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::super::encode;
    use super::*;
    use proptest::prelude::*;

    fn name() -> impl Strategy<Value = String> {
        "[a-z][a-z0-9.-]{0,14}"
    }

    fn any_expression() -> impl Strategy<Value = NftExpression> {
        prop_oneof![
            (name(), any::<bool>()).prop_map(|(name, equal)| NftExpression::InInterface { name, equal }),
            (name(), any::<bool>()).prop_map(|(name, equal)| NftExpression::OutInterface { name, equal }),
            (any::<u32>(), 0u8..=32).prop_map(|(ip, prefix)| {
                let network = Ipv4Network::new(Ipv4Addr::from(ip), prefix).unwrap();
                NftExpression::Source {
                    subnet: Ipv4Network::new(network.network(), prefix).unwrap(),
                }
            }),
            Just(NftExpression::Established),
            name().prop_map(|map| NftExpression::InVerdictMap { map }),
            name().prop_map(|map| NftExpression::OutVerdictMap { map }),
            Just(NftExpression::Counter),
            Just(NftExpression::Accept),
            Just(NftExpression::Drop),
            Just(NftExpression::Masquerade),
            any::<bool>().prop_map(|equal| NftExpression::Icmp { equal }),
            any::<u32>().prop_map(|to| NftExpression::SourceNat { to: Ipv4Addr::from(to) }),
        ]
    }

    proptest! {
        #[test]
        fn rules_decode_to_what_was_encoded(rule in prop::collection::vec(any_expression(), 0..8)) {
            prop_assert_eq!(expressions(&encode::encoded(&rule)), Some(rule));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (expressions(&bytes), rule(&bytes), chain(&bytes), map(&bytes), elements(&bytes), table(&bytes));
        }
    }
}
