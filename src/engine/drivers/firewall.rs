//! nftables objects by the names and in the order of Docker's own nftables backend (table `ip docker-bridges`).
//!
//! The forward hook dispatches on the interface name through two verdict maps, so a packet meets only the chains of the
//! bridge it goes into and of the bridge it comes from, however many networks there are.

use crate::engine::drivers::bridge::BridgeSettings;
use crate::engine::drivers::options::GatewayMode;
use crate::engine::plan::{BaseChain, NftExpression, NftObject, Place, Step};

const TABLE: &str = "docker-bridges";
const FORWARD: &str = "filter-FORWARD";
const POSTROUTING: &str = "nat-POSTROUTING";
/// Verdict maps: into a bridge, out of a bridge; each filter and nat.
const MAPS: [&str; 4] = [
    "filter-forward-in-jumps",
    "filter-forward-out-jumps",
    "nat-postrouting-in-jumps",
    "nat-postrouting-out-jumps",
];

/// What goes from one bridge to another, where that is to be told apart from what comes from elsewhere: chain, and the map by which
/// every bridge leads to it.
const BETWEEN: &str = "filter-forward-between";
const BETWEEN_MAP: &str = "filter-forward-between-jumps";

/// The table, its base chains, maps and dispatch rules; once per lab host.
pub(super) fn base(place: Place) -> Step {
    let mut objects = vec![
        NftObject::Table { table: TABLE.into() },
        base_chain(FORWARD, "filter", "forward", 0),
        base_chain(POSTROUTING, "nat", "postrouting", 100),
        regular_chain(BETWEEN),
        rule(BETWEEN, vec![NftExpression::Counter, NftExpression::Drop]),
    ];
    objects.extend(MAPS.iter().chain([&BETWEEN_MAP]).map(|map| NftObject::VerdictMap {
        table: TABLE.into(),
        map: (*map).into(),
    }));
    objects.push(rule(
        FORWARD,
        vec![NftExpression::OutVerdictMap { map: MAPS[0].into() }],
    ));
    objects.push(rule(FORWARD, vec![NftExpression::InVerdictMap { map: MAPS[1].into() }]));
    objects.push(rule(
        POSTROUTING,
        vec![NftExpression::InVerdictMap { map: MAPS[3].into() }],
    ));
    objects.push(rule(
        POSTROUTING,
        vec![NftExpression::OutVerdictMap { map: MAPS[2].into() }],
    ));
    Step::Nft { place, objects }
}

/// One network's chains, rules and map elements.
pub(super) fn network(settings: &BridgeSettings) -> Vec<NftObject> {
    let bridge = &settings.bridge;
    let chains = MAPS.map(|map| format!("{}__{bridge}", map.trim_end_matches("-jumps")));
    let [into, out, _, masquerade] = &chains;
    let mut objects: Vec<NftObject> = chains.iter().map(|chain| regular_chain(chain)).collect();
    objects.push(rule(
        into,
        vec![
            NftExpression::Established,
            NftExpression::Counter,
            NftExpression::Accept,
        ],
    ));
    objects.extend(
        entering(settings)
            .into_iter()
            .map(|expressions| rule(into, expressions)),
    );
    objects.push(rule(
        out,
        vec![
            NftExpression::Established,
            NftExpression::Counter,
            NftExpression::Accept,
        ],
    ));
    objects.push(rule(out, leaving(settings)));
    let translated = settings.gateway_mode != GatewayMode::Routed && !settings.internal;
    if settings.masquerade && translated {
        let expressions = vec![
            NftExpression::OutInterface {
                name: bridge.clone(),
                equal: false,
            },
            NftExpression::Source {
                subnet: settings.subnet,
            },
            NftExpression::Counter,
            settings
                .host_ipv4
                .map_or(NftExpression::Masquerade, |to| NftExpression::SourceNat { to }),
        ];
        objects.push(rule(masquerade, expressions));
    }
    let jump = |map: &str, chain: &str| NftObject::JumpElement {
        table: TABLE.into(),
        map: map.into(),
        interface: bridge.clone(),
        chain: chain.into(),
    };
    objects.extend(MAPS.iter().zip(&chains).map(|(map, chain)| jump(map, chain)));
    objects.push(jump(BETWEEN_MAP, BETWEEN));
    objects
}

/// Rules for packets going into the bridge, after `ct state established,related`. What none of them decides, the rules of the bridge
/// that it comes from do: so an internal network keeps its packets in, wherever they would be let in.
fn entering(settings: &BridgeSettings) -> Vec<Vec<NftExpression>> {
    let from_bridge = |equal| NftExpression::InInterface {
        name: settings.bridge.clone(),
        equal,
    };
    let between = if settings.icc {
        NftExpression::Accept
    } else {
        NftExpression::Drop
    };
    if settings.internal {
        return vec![
            vec![from_bridge(false), NftExpression::Counter, NftExpression::Drop],
            vec![NftExpression::Counter, between],
        ];
    }
    let mut rules = vec![vec![from_bridge(true), NftExpression::Counter, between]];
    match settings.gateway_mode {
        GatewayMode::Nat | GatewayMode::Isolated => rules.push(vec![NftExpression::Counter, NftExpression::Drop]),
        GatewayMode::Routed => rules.push(vec![
            NftExpression::Icmp { equal: false },
            NftExpression::Counter,
            NftExpression::Drop,
        ]),
        GatewayMode::NatUnprotected => {
            let map = BETWEEN_MAP.into();
            rules.push(vec![NftExpression::InVerdictMap { map }]);
            rules.push(vec![NftExpression::Counter, NftExpression::Accept]);
        }
    }
    rules
}

/// The rule for packets coming out of the bridge, after `ct state established,related`.
fn leaving(settings: &BridgeSettings) -> Vec<NftExpression> {
    if settings.internal {
        let elsewhere = NftExpression::OutInterface {
            name: settings.bridge.clone(),
            equal: false,
        };
        return vec![elsewhere, NftExpression::Counter, NftExpression::Drop];
    }
    vec![NftExpression::Counter, NftExpression::Accept]
}

fn base_chain(chain: &str, kind: &str, hook: &str, priority: i32) -> NftObject {
    let base = BaseChain {
        kind: kind.into(),
        hook: hook.into(),
        priority,
    };
    NftObject::Chain {
        table: TABLE.into(),
        chain: chain.into(),
        base: Some(base),
    }
}

fn regular_chain(chain: &str) -> NftObject {
    NftObject::Chain {
        table: TABLE.into(),
        chain: chain.into(),
        base: None,
    }
}

fn rule(chain: &str, expressions: Vec<NftExpression>) -> NftObject {
    NftObject::Rule {
        table: TABLE.into(),
        chain: chain.into(),
        expressions,
    }
}
