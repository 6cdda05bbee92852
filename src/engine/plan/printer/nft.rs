//! nftables objects as the nft program takes them.

use super::{quote, within};
use crate::engine::plan::{BaseChain, NftExpression, NftObject, Place};

pub(super) fn add(object: &NftObject) -> String {
    match object {
        NftObject::Table { table } => format!("add table ip {table}"),
        NftObject::Chain { table, chain, base } => {
            format!(
                "add chain ip {table} {chain}{}",
                base.as_ref().map_or_else(String::new, hook)
            )
        }
        NftObject::VerdictMap { table, map } => format!("add map ip {table} {map} {{ type ifname : verdict; }}"),
        NftObject::JumpElement {
            table,
            map,
            interface,
            chain,
        } => {
            format!("add element ip {table} {map} {{ \"{interface}\" : jump {chain} }}")
        }
        NftObject::Rule {
            table,
            chain,
            expressions,
        } => format!("add rule ip {table} {chain} {}", words(expressions)),
    }
}

fn hook(base: &BaseChain) -> String {
    format!(
        " {{ type {} hook {} priority {}; policy accept; }}",
        base.kind, base.hook, base.priority
    )
}

/// A rule as the nft program writes it.
fn words(expressions: &[NftExpression]) -> String {
    expressions.iter().map(expression).collect::<Vec<_>>().join(" ")
}

fn expression(expression: &NftExpression) -> String {
    let operator = |equal: bool| if equal { "" } else { "!= " };
    match expression {
        NftExpression::InInterface { name, equal } => format!("iifname {}\"{name}\"", operator(*equal)),
        NftExpression::OutInterface { name, equal } => format!("oifname {}\"{name}\"", operator(*equal)),
        NftExpression::Source { subnet } => format!("ip saddr {subnet}"),
        NftExpression::Icmp { equal } => format!("ip protocol {}icmp", operator(*equal)),
        NftExpression::Established => "ct state established,related".to_owned(),
        NftExpression::InVerdictMap { map } => format!("iifname vmap @{map}"),
        NftExpression::OutVerdictMap { map } => format!("oifname vmap @{map}"),
        NftExpression::Counter => "counter".to_owned(),
        NftExpression::Accept => "accept".to_owned(),
        NftExpression::Drop => "drop".to_owned(),
        NftExpression::Masquerade => "masquerade".to_owned(),
        NftExpression::SourceNat { to } => format!("snat to {to}"),
    }
}

pub(super) fn delete(place: &Place, object: &NftObject) -> String {
    let words = match object {
        NftObject::Table { table } => format!("delete table ip {table}"),
        NftObject::Chain { table, chain, .. } => format!("delete chain ip {table} {chain}"),
        NftObject::VerdictMap { table, map } => format!("delete map ip {table} {map}"),
        NftObject::JumpElement {
            table, map, interface, ..
        } => {
            format!("delete element ip {table} {map} {{ \"{interface}\" }}")
        }
        // The nft program deletes a rule by its handle, which only a listing tells.
        NftObject::Rule {
            table,
            chain,
            expressions,
        } => {
            return format!(
                "# {}nft delete rule ip {table} {chain} handle of: {}",
                within(place),
                self::words(expressions)
            );
        }
    };
    format!("{}nft {}", within(place), quote(&words))
}
