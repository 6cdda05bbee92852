use super::*;
use crate::lab::{BackendInfo, Fold};
use crate::observe::{AnswerReason, Answerer, Event, ForwardReason, Observation, Transport};

const SECOND: u64 = 1_000_000_000;

fn by_dev() -> Answerer {
    Answerer {
        network: "n1".into(),
        network_name: "dev".into(),
        why: AnswerReason::OnlyNetwork,
    }
}

fn addresses(last: &[u8]) -> Outcome {
    Outcome::Addresses {
        addresses: last.iter().map(|last| [172, 18, 0, *last].into()).collect(),
        by: by_dev(),
    }
}

fn unknown() -> Outcome {
    Outcome::Forwarded {
        why: ForwardReason::UnknownName,
        servers: vec![],
        rcode: "NXDOMAIN".into(),
    }
}

fn asks(at: u64, (name, kind): (&str, &str), outcome: Outcome) -> Observation {
    let exchange = Exchange {
        transport: Transport::Udp,
        name: name.into(),
        kind: kind.into(),
        outcome,
        nanos: 9,
        count: 1,
    };
    Observation {
        seq: 1,
        at,
        place: ES.into(),
        event: Event::Dns(Box::new(exchange)),
    }
}

/// Name, type and count of each entry, oldest first.
fn told(fold: &mut Fold) -> Vec<(String, String, u64)> {
    let state = fold.changed().unwrap();
    let told = state.timeline.iter().filter_map(|entry| match &entry.what {
        Happening::DnsAsked { name, kind, count, .. } => Some((name.clone(), kind.clone(), *count)),
        _ => None,
    });
    told.collect()
}

fn entry(name: &str, kind: &str, count: u64) -> (String, String, u64) {
    (name.into(), kind.into(), count)
}

#[test]
fn a_program_that_asks_for_both_types_asks_once() {
    let no_data = || Outcome::NoData { by: by_dev() };
    for (first, second) in [
        (("A", addresses(&[2])), ("AAAA", no_data())),
        (("AAAA", no_data()), ("A", addresses(&[2]))),
    ] {
        let mut fold = Fold::new(BackendInfo::default());
        fold.observe(asks(1, ("es", first.0), first.1));
        fold.observe(asks(2, ("es", second.0), second.1));
        assert_eq!(told(&mut fold), [entry("es", "A", 1)]);
    }
    let mut fold = Fold::new(BackendInfo::default());
    fold.observe(asks(1, ("nobody", "A"), unknown()));
    fold.observe(asks(2, ("nobody", "AAAA"), unknown()));
    assert_eq!(told(&mut fold), [entry("nobody", "A", 1)]);
}

#[test]
fn a_burst_is_one_entry_and_silence_ends_it() {
    let mut fold = Fold::new(BackendInfo::default());
    for tenth in 0..50 {
        fold.observe(asks(tenth * SECOND / 10, ("es", "A"), addresses(&[2])));
    }
    assert_eq!(told(&mut fold), [entry("es", "A", 50)], "a loop of five seconds");
    fold.observe(asks(8 * SECOND, ("es", "A"), addresses(&[2])));
    assert_eq!(told(&mut fold), [entry("es", "A", 50), entry("es", "A", 1)]);
}

#[test]
fn another_first_address_and_another_set_are_other_answers() {
    let mut fold = Fold::new(BackendInfo::default());
    fold.observe(asks(1, ("search", "A"), addresses(&[2, 3, 4])));
    fold.observe(asks(2, ("SEARCH", "A"), addresses(&[2, 4, 3])));
    assert_eq!(told(&mut fold), [entry("search", "A", 2)], "what is behind the first");
    let none = || Outcome::NoData { by: by_dev() };
    for (at, outcome) in [(3, &[3, 2, 4]), (5, &[2, 3, 4]), (7, &[3, 4, 2])] {
        fold.observe(asks(at, ("search", "A"), addresses(outcome)));
        fold.observe(asks(at + 1, ("search", "AAAA"), none()));
    }
    assert_eq!(
        told(&mut fold),
        [entry("search", "A", 3), entry("search", "A", 2)],
        "each first address is counted for itself, also where another came between"
    );
    fold.observe(asks(9, ("search", "A"), addresses(&[3])));
    assert_eq!(
        told(&mut fold),
        [
            entry("search", "A", 3),
            entry("search", "A", 2),
            entry("search", "A", 1)
        ]
    );
}

#[test]
fn the_last_256_stay() {
    let mut fold = Fold::new(BackendInfo::default());
    for n in 0..300 {
        fold.observe(asks(n, (&format!("name{n}"), "A"), unknown()));
    }
    let told = told(&mut fold);
    assert_eq!(
        (told.len(), &told[0], &told[255]),
        (256, &entry("name44", "A", 1), &entry("name299", "A", 1))
    );
}

#[test]
fn times_are_unix_times_and_the_best_guess_of_the_labs_start_wins() {
    let mut fold = Fold::new(BackendInfo::default());
    let start = 1_700_000_000_000_000_000;
    // Told late: what is known of the start is too late by as much.
    fold.clock(start + 500);
    fold.observe(asks(100, ("one", "A"), unknown()));
    fold.clock(start + 1001);
    fold.observe(asks(1000, ("two", "A"), unknown()));
    fold.clock(start + 9000);
    fold.observe(asks(2000, ("three", "A"), unknown()));
    let at: Vec<i64> = fold
        .changed()
        .unwrap()
        .timeline
        .iter()
        .map(|entry| entry.at - start)
        .collect();
    assert_eq!(at, [500, 1001, 2001]);
}

#[test]
fn a_question_that_comes_before_its_containers_name_gets_it_later() {
    let mut fold = Fold::new(BackendInfo::default());
    let asker = |fold: &mut Fold| match &fold.changed().unwrap().timeline[0].what {
        Happening::DnsAsked { container, .. } => container.clone(),
        other => panic!("{other:?}"),
    };
    fold.observe(asks(1, ("es", "A"), addresses(&[2])));
    assert_eq!(asker(&mut fold), "c0ffee00c0ff");
    let inspect = serde_json::json!({ "Id": "c0ffee00c0ffee00", "Name": "/web" });
    fold.container(serde_json::from_value(inspect).unwrap());
    assert_eq!(asker(&mut fold), "web");
    fold.observe(asks(2, ("es", "A"), addresses(&[2])));
    assert_eq!(told(&mut fold), [entry("es", "A", 2)]);
}

#[test]
fn who_is_called_the_same_has_not_asked_the_same() {
    let mut fold = Fold::new(BackendInfo::default());
    for (at, id) in [(1, "c0ffee00c0ffee00"), (2, "c0ffee11c0ffee11")] {
        let inspect = serde_json::json!({ "Id": id, "Name": "/test" });
        fold.container(serde_json::from_value(inspect).unwrap());
        fold.observe(Observation {
            place: id.into(),
            ..asks(at, ("es", "A"), addresses(&[2]))
        });
    }
    assert_eq!(told(&mut fold), [entry("es", "A", 1), entry("es", "A", 1)]);
}

const ES: &str = "c0ffee00c0ffee00";
