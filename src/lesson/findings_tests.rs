use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use super::super::{Verdict, judge, judge_answer};
use super::*;
use crate::model::build::{Attach, Draft};
use crate::model::{ContainerState, Topology};

/// One of each kind, all about the same few things.
fn kinds() -> Vec<CheckKind> {
    let (network, container, from, to, name) = ("dev", "web", "web", "es", "es");
    let [network, container, from, to, name] = [network, container, from, to, name].map(str::to_owned);
    let subnet = "10.9.0.0/24".parse().unwrap();
    let on = || (container.clone(), network.clone());
    let asked = |count| CheckKind::Resolves {
        from: from.clone(),
        name: name.clone(),
        count: NonZeroUsize::new(count),
    };
    let (c, n) = on();
    vec![
        CheckKind::NetworkExists { network: n.clone() },
        CheckKind::Subnet {
            network: n.clone(),
            subnet,
        },
        CheckKind::Internal { network: n.clone() },
        CheckKind::ContainerRunning { container: c.clone() },
        CheckKind::Attached {
            container: c.clone(),
            network: n.clone(),
        },
        CheckKind::NotAttached {
            container: c.clone(),
            network: n.clone(),
        },
        CheckKind::Unplugged { container: c.clone() },
        CheckKind::Alias {
            container: c.clone(),
            network: n.clone(),
            alias: "search".into(),
        },
        CheckKind::IpIs {
            container: c,
            network: n,
            ip: "10.9.0.9".parse().unwrap(),
        },
        asked(0),
        asked(2),
        CheckKind::NotResolves {
            from: from.clone(),
            name: name.clone(),
        },
        CheckKind::Reaches {
            from: from.clone(),
            to: to.clone(),
        },
        CheckKind::NotReaches { from, to },
    ]
}

/// How a container may be: not there, or there in that way.
fn with(draft: Draft, name: &str, way: usize) -> Draft {
    let [dev, prod, bridge] = ["dev", "prod", "bridge"].map(Attach::to);
    match way {
        0 => draft,
        1 => draft.container(name, &[dev]),
        2 => draft.container(name, &[dev.alias("find")]),
        3 => draft.container(name, &[prod]),
        4 => draft.container(name, &[bridge]),
        5 => draft.container(name, &[]),
        6 => draft.with_mode(name, "host"),
        7 => draft.container("first", &[]).joined(name, "first"),
        8 => draft.container(name, &[dev]).exited(name, 1),
        9 => draft.container("other", &[dev]),
        10 => draft.container(name, &[dev, prod]),
        _ => draft.container(name, &[prod.alias("search")]),
    }
}

/// Labs in which two containers are in every way that they can be in.
fn labs() -> Vec<Topology> {
    let mut labs = vec![
        Draft::default().done(),
        Draft::default().network("DEV").container("web", &[]).done(),
    ];
    for way in 0..12 {
        for other in 0..12 {
            let draft = Draft::default().network("dev").network("prod");
            let lab = with(with(draft, "web", way), "es", other).done();
            labs.push(lab.clone());
            // Not started yet, and then the network it was made for is gone.
            let mut created = lab;
            for container in &mut created.containers {
                container.state = ContainerState::Created;
            }
            labs.push(created.clone());
            for gone in ["prod", "dev"] {
                created.networks.retain(|network| network.name != gone);
                labs.push(created.clone());
            }
        }
    }
    labs
}

#[test]
fn what_the_judge_finds_is_what_the_table_has() {
    let labs = labs();
    for kind in kinds() {
        let verdicts = labs.iter().map(|lab| judge(&kind, lab));
        let found: BTreeSet<&str> = verdicts
            .filter_map(|verdict| match verdict {
                Verdict::Pass => None,
                Verdict::Fail(finding) => Some(finding.found.id()),
            })
            .collect();
        let table: BTreeSet<&str> = kind.findings().into_iter().map(Found::id).collect();
        assert_eq!(found, table, "{}: found left, table right", kind.id());
    }
}

#[test]
fn an_answer_is_found_missing_or_another_one() {
    let right = NonZeroUsize::MIN;
    let found = [None, Some(2)].map(|chosen| match judge_answer(right.get(), chosen) {
        Verdict::Pass => None,
        Verdict::Fail(finding) => Some(finding.found),
    });
    assert_eq!(
        found.map(Option::unwrap).to_vec(),
        CheckKind::Answer { right }.findings()
    );
}

#[test]
fn every_finding_is_some_kinds_own() {
    let answer = CheckKind::Answer {
        right: NonZeroUsize::MIN,
    };
    let of_some_kind: Vec<Found> = kinds().iter().chain([&answer]).flat_map(CheckKind::findings).collect();
    let nobodys: Vec<&Found> = Found::ALL
        .iter()
        .filter(|found| !of_some_kind.contains(found))
        .collect();
    assert!(nobodys.is_empty(), "{nobodys:?}");
}
