//! What has happened in the lab, one sentence each.

use std::collections::HashMap;

use crate::lab::{Happening, LabState, TimelineEntry};
use crate::model::Topology;
use crate::observe::{AnswerReason, Answerer, Failure, ForwardReason, Outcome, Precedence, address_asked};
use crate::texts::{self, Lang};

/// What was told already.
#[derive(Debug, Default)]
pub struct Told {
    /// How often each thing was told to have happened.
    known: HashMap<Key, u64>,
}

/// What makes an entry of the timeline the same later: more of the same questions only raise their count.
type Key = (i64, String);

fn key(entry: &TimelineEntry) -> (Key, u64) {
    match &entry.what {
        Happening::DnsAsked {
            container, name, count, ..
        } => ((entry.at, format!("{container} {name}")), *count),
        what => ((entry.at, format!("{what:?}")), 1),
    }
}

impl Told {
    /// Takes everything so far as told.
    pub fn skip(&mut self, state: &LabState) {
        self.known = state.timeline.iter().map(key).collect();
    }

    /// What is new since, oldest first.
    pub fn new_in(&mut self, state: &LabState, lang: Lang) -> Vec<String> {
        let is_new = |entry: &&TimelineEntry| {
            let (key, count) = key(entry);
            self.known.get(&key).is_none_or(|told| count > *told)
        };
        let new = state.timeline.iter().filter(is_new);
        let sentences = new.map(|entry| sentence(entry, &state.topology, lang)).collect();
        self.skip(state);
        sentences
    }
}

fn sentence(entry: &TimelineEntry, topology: &Topology, lang: Lang) -> String {
    let fill = |key, values: &[(&str, &str)]| texts::fill(lang, key, values);
    match &entry.what {
        Happening::NetworkCreated { network } => {
            let subnet = topology.network(network).and_then(|network| network.subnet);
            match subnet {
                Some(subnet) => {
                    let values = [("network", &**network), ("subnet", &subnet.to_string())];
                    fill("plain.event.network_created_at", &values)
                }
                None => fill("plain.event.network_created", &[("network", network)]),
            }
        }
        Happening::NetworkRemoved { network } => fill("plain.event.network_removed", &[("network", network)]),
        Happening::ContainerStarted { container } => fill("plain.event.started", &[("container", container)]),
        Happening::ContainerDied { container, exit_code } => {
            let values = [("container", &**container), ("code", &exit_code.to_string())];
            fill("plain.event.died", &values)
        }
        Happening::ContainerRemoved { container } => fill("plain.event.removed", &[("container", container)]),
        Happening::ContainerRenamed { before, container } => {
            fill("plain.event.renamed", &[("before", before), ("container", container)])
        }
        Happening::Connected {
            container,
            network,
            address,
        } => {
            let values = [("container", &**container), ("network", network)];
            match address {
                Some(address) => {
                    let bare = address.split('/').next().unwrap_or(address);
                    fill(
                        "plain.event.connected_at",
                        &[&values[..], &[("address", bare)]].concat(),
                    )
                }
                None => fill("plain.event.connected", &values),
            }
        }
        Happening::Disconnected { container, network } => fill(
            "plain.event.disconnected",
            &[("container", container), ("network", network)],
        ),
        Happening::DnsAsked {
            container,
            name,
            kind,
            outcome,
            count,
            ..
        } => {
            let answer = answer(kind, outcome, lang);
            let mut said = match address_asked(name) {
                Some(address) => fill(
                    "plain.dns.asked_address",
                    &[
                        ("container", container),
                        ("address", &address.to_string()),
                        ("answer", &answer),
                    ],
                ),
                None => fill(
                    "plain.dns.asked",
                    &[("container", container), ("name", name), ("answer", &answer)],
                ),
            };
            if *count > 1 {
                said.push_str(&fill("plain.dns.times", &[("n", &count.to_string())]));
            }
            said
        }
    }
}

fn answer(kind: &str, outcome: &Outcome, lang: Lang) -> String {
    let fill = |key, values: &[(&str, &str)]| texts::fill(lang, key, values);
    let answered = |what: &str, by: &Answerer| {
        let values = [("network", &*by.network_name), ("what", what), ("why", &why(by, lang))];
        fill("plain.dns.answered", &values)
    };
    match outcome {
        Outcome::Addresses { addresses, by } => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            answered(&addresses.join(", "), by)
        }
        Outcome::Name { target, by } => answered(target.trim_end_matches('.'), by),
        Outcome::NoData { by } => fill("plain.dns.no_data", &[("kind", kind), ("network", &by.network_name)]),
        Outcome::SingleLabel => fill("plain.dns.single_label", &[]),
        Outcome::Forwarded { servers, rcode, .. } if rcode == "NOERROR" => {
            let server = servers.last().map(|asked| asked.server.to_string()).unwrap_or_default();
            fill("plain.dns.outside", &[("server", &server)])
        }
        Outcome::Forwarded { why, .. } => fill(not_here(*why), &[("kind", kind)]),
        Outcome::Failed { why, cause, .. } => {
            let here = fill(not_here(*why), &[("kind", kind)]);
            let outside = match cause {
                Failure::InternalOnly => "plain.dns.internal_only",
                Failure::TooMany => "plain.dns.too_many",
                Failure::NoUsableAnswer => "plain.dns.silent",
            };
            fill(outside, &[("here", &here)])
        }
    }
}

/// Why that network, and no other, answered.
fn why(by: &Answerer, lang: Lang) -> String {
    match &by.why {
        AnswerReason::OnlyNetwork => texts::get(lang, "plain.dns.only_network").to_owned(),
        AnswerReason::OnlyHolder => texts::get(lang, "plain.dns.only_holder").to_owned(),
        AnswerReason::NetworkNamed => texts::get(lang, "plain.dns.network_named").to_owned(),
        AnswerReason::First { by, also } => {
            let reason = match by {
                Precedence::GatewayPriority => "plain.dns.by_priority",
                Precedence::NotInternal => "plain.dns.by_not_internal",
                Precedence::HasGateway => "plain.dns.by_gateway",
                Precedence::NetworkName => "plain.dns.by_name",
            };
            let values = [("also", &*also.join(", ")), ("reason", texts::get(lang, reason))];
            texts::fill(lang, "plain.dns.first", &values)
        }
    }
}

/// Why none of the container's networks answered.
const fn not_here(why: ForwardReason) -> &'static str {
    match why {
        ForwardReason::UnknownName => "plain.dns.unknown_name",
        ForwardReason::UnknownAddress => "plain.dns.unknown_address",
        ForwardReason::TypeNotServed => "plain.dns.type_not_served",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn asked(count: u64, by: AnswerReason) -> LabState {
        let by = Answerer {
            network: "n1".into(),
            network_name: "dev".into(),
            why: by,
        };
        let what = Happening::DnsAsked {
            container: "web".into(),
            name: "es".into(),
            kind: "A".into(),
            outcome: Outcome::Addresses {
                addresses: vec!["172.18.0.2".parse().unwrap()],
                by,
            },
            count,
            last: 1,
        };
        LabState {
            timeline: Arc::new(vec![TimelineEntry {
                at: 1,
                container: None,
                what,
            }]),
            ..LabState::default()
        }
    }

    #[test]
    fn an_answer_says_which_network_gave_it_and_why() {
        let first = AnswerReason::First {
            by: Precedence::NetworkName,
            also: vec!["prod".into()],
        };
        let [fr, en] = Lang::ALL.map(|lang| Told::default().new_in(&asked(1, first.clone()), lang).concat());
        assert_eq!(
            en,
            "web asks for the name es: network dev answers 172.18.0.2 (it comes before prod, which knows it too: networks are asked in the order of their names)."
        );
        assert!(
            fr.contains("le réseau dev répond 172.18.0.2") && fr.contains("avant prod"),
            "{fr}"
        );
    }

    #[test]
    fn what_was_told_is_told_again_only_where_there_is_more_of_it() {
        let mut told = Told::default();
        assert_eq!(told.new_in(&asked(1, AnswerReason::OnlyHolder), Lang::En).len(), 1);
        assert_eq!(told.new_in(&asked(1, AnswerReason::OnlyHolder), Lang::En).len(), 0);
        let more = told.new_in(&asked(3, AnswerReason::OnlyHolder), Lang::En);
        assert!(more.concat().ends_with(" (3 times)"), "{more:?}");
    }
}
