use std::num::NonZeroUsize;

use super::*;
use crate::model::build::{Attach, Draft};

fn lab() -> Topology {
    Draft::default()
        .network("dev")
        .network("prod")
        .container("es", &[Attach::to("dev")])
        .container("es1", &[Attach::to("prod").alias("es")])
        .container("es2", &[Attach::to("prod").alias("es")])
        .container("web", &[Attach::to("dev"), Attach::to("prod")])
        .container("app", &[Attach::to("prod")])
        .container("test", &[Attach::to("bridge")])
        .container("solo", &[])
        .with_mode("big", "host")
        .joined("side", "es")
        .done()
}

/// What was found instead, in the order of the placeholders of its sentence.
fn found(check: &CheckKind) -> Option<(Found, Vec<String>)> {
    match judge(check, &lab()) {
        Verdict::Pass => None,
        Verdict::Fail(finding) => {
            let known = finding.found.placeholders();
            assert!(
                finding.values.iter().all(|(name, _)| known.contains(name)),
                "{finding:?}"
            );
            Some((
                finding.found,
                finding.values.into_iter().map(|(_, value)| value).collect(),
            ))
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn only_a_container_without_any_cable_is_unplugged() {
    let unplugged = |container: &str| {
        found(&CheckKind::Unplugged {
            container: container.into(),
        })
    };
    assert_eq!(unplugged("solo"), None);
    let bridged = words(&["test", "none", "172.17.0.2"]);
    assert_eq!(unplugged("test"), Some((Found::OnDefaultBridge, bridged)));
    assert_eq!(unplugged("big"), Some((Found::OnHost, words(&["big", "none"]))));
    assert_eq!(unplugged("side"), Some((Found::Joined, words(&["side", "none"]))));
    assert_eq!(unplugged("nobody"), Some((Found::ContainerAbsent, words(&["nobody"]))));
}

#[test]
fn who_has_left_a_network_runs_and_the_network_is_there() {
    let off = |container: &str, network: &str| {
        found(&CheckKind::NotAttached {
            container: container.into(),
            network: network.into(),
        })
    };
    assert_eq!(off("app", "dev"), None);
    let still = words(&["web", "dev", "172.20.0.3"]);
    assert_eq!(off("web", "dev"), Some((Found::StillAttached, still)));
    assert_eq!(off("nobody", "dev"), Some((Found::ContainerAbsent, words(&["nobody"]))));
    assert_eq!(off("app", "test"), Some((Found::NetworkAbsent, words(&["test"]))));
}

#[test]
fn an_answer_is_counted_where_that_matters() {
    let asked = |from: &str, name: &str, count: Option<usize>| {
        found(&CheckKind::Resolves {
            from: from.into(),
            name: name.into(),
            count: count.and_then(NonZeroUsize::new),
        })
    };
    assert_eq!(asked("app", "es", None), None);
    assert_eq!(asked("app", "es", Some(2)), None);
    assert_eq!(asked("web", "es.prod", Some(2)), None);
    let one = words(&["web", "es", "dev", "172.20.0.2"]);
    assert_eq!(asked("web", "es", Some(2)), Some((Found::OtherCount, one)));
    let two = words(&["app", "es", "prod", "172.21.0.2, 172.21.0.3"]);
    assert_eq!(asked("app", "es", Some(1)), Some((Found::OtherCount, two)));
}
