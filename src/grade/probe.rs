//! `--probe`: what passes by the model is asked again from within the containers, which may contradict it.

use std::net::Ipv4Addr;

use crate::lab::{Lab, Probe, Told};
use crate::lesson::CheckKind;
use crate::model::Topology;
use crate::texts::{self, Lang};
use crate::workshop::CheckStatus;

use super::outcome::{Graded, GradedCheck};

/// Asks from within, where a check that passes is about names or packets. What was asked becomes its evidence; one that is
/// contradicted fails.
pub(super) async fn ask_within(lab: &Lab, graded: &mut Graded, lang: Lang) {
    let topology = lab.state().borrow().topology.clone();
    for check in graded.lessons.iter_mut().flat_map(|lesson| &mut lesson.checks) {
        if check.view.status != CheckStatus::Pass {
            continue;
        }
        ask(lab, &topology, check, lang).await;
    }
}

async fn ask(lab: &Lab, topology: &Topology, check: &mut GradedCheck, lang: Lang) {
    let (probes, wants_answer) = match &check.kind {
        CheckKind::Resolves { from, name, .. } => (vec![lab.ask_name(from, name).await], true),
        CheckKind::NotResolves { from, name } => (vec![lab.ask_name(from, name).await], false),
        CheckKind::Reaches { from, to } => (packets(lab, topology, (from, to)).await, true),
        CheckKind::NotReaches { from, to } => (packets(lab, topology, (from, to)).await, false),
        _ => return,
    };
    check.evidence = probes.iter().map(|probe| worded(probe, lang)).collect();
    let answered = probes.iter().find(|probe| matches!(probe.told, Told::Yes(_)));
    let refused = probes.iter().find(|probe| probe.told == Told::No);
    let contradiction = match (wants_answer, answered, refused) {
        (true, None, Some(no)) => Some(no),
        (false, Some(yes), _) => Some(yes),
        _ => None,
    };
    if let Some(probe) = contradiction {
        let values = check.kind.values();
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        check.view.status = CheckStatus::Fail {
            seen: worded(probe, lang),
            wanted: texts::fill(lang, check.kind.wanted_key(), &values),
        };
    }
}

/// One packet to each address of the other container.
async fn packets(lab: &Lab, topology: &Topology, (from, to): (&str, &str)) -> Vec<Probe> {
    let endpoints = topology.container(to).map(|container| container.endpoints.as_slice());
    let addresses: Vec<Ipv4Addr> = endpoints
        .unwrap_or_default()
        .iter()
        .filter_map(|endpoint| Some(endpoint.address?.ip()))
        .collect();
    let mut probes = Vec::with_capacity(addresses.len());
    for address in addresses {
        probes.push(lab.ask_address(from, address).await);
    }
    probes
}

fn worded(probe: &Probe, lang: Lang) -> String {
    let place = [
        ("container", probe.container.as_str()),
        ("command", probe.command.as_str()),
    ];
    match &probe.told {
        Told::Yes(addresses) => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let what = addresses.join(", ");
            texts::fill(lang, "grade.probe.yes", &[&place[..], &[("what", &*what)]].concat())
        }
        Told::No => texts::fill(lang, "grade.probe.no", &place),
        Told::Unknown(reason) => {
            let reason = reason.lines().next().unwrap_or_default();
            texts::fill(
                lang,
                "grade.probe.unknown",
                &[&place[..], &[("reason", reason)]].concat(),
            )
        }
    }
}
