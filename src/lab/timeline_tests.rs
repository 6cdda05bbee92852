//! What a timeline tells of events.

use super::tests::{DEV, ES, SUB, events, fold, with_container};
use super::*;

#[test]
fn events_become_a_timeline_in_words_of_the_lab() {
    let mut fold = with_container();
    for event in events() {
        fold.happened(&event);
    }
    let state = fold.changed().unwrap();
    let es = || "cnmrec-es".to_owned();
    let x = || "cnmrec-x".to_owned();
    let dev = || "cnmrec-dev".to_owned();
    let sub = || "cnmrec-sub".to_owned();
    let what: Vec<Happening> = state.timeline.iter().map(|entry| entry.what.clone()).collect();
    let expected = [
        Happening::NetworkCreated { network: dev() },
        Happening::NetworkCreated { network: sub() },
        Happening::Connected {
            container: es(),
            network: dev(),
            address: Some("172.18.0.2".into()),
        },
        Happening::ContainerStarted { container: es() },
        Happening::Connected {
            container: es(),
            network: sub(),
            address: Some("10.77.0.2".into()),
        },
        // told twice by 20.10
        Happening::Disconnected {
            container: es(),
            network: sub(),
        },
        Happening::Connected {
            container: x(),
            network: "bridge".into(),
            address: None,
        },
        Happening::ContainerStarted { container: x() },
        Happening::ContainerDied {
            container: x(),
            exit_code: 3,
        },
        Happening::Disconnected {
            container: x(),
            network: "bridge".into(),
        },
        Happening::ContainerRemoved { container: x() },
        Happening::ContainerDied {
            container: es(),
            exit_code: 137,
        },
        Happening::Disconnected {
            container: es(),
            network: dev(),
        },
        Happening::ContainerRemoved { container: es() },
        Happening::NetworkRemoved { network: dev() },
        Happening::NetworkRemoved { network: sub() },
    ];
    assert_eq!(what, expected);
    assert_eq!(state.timeline[0].at, 1_795_483_476_684_522_009);
}

#[test]
fn the_timeline_keeps_the_last_entries() {
    let mut fold = fold();
    let mut event = events().swap_remove(0);
    for n in 0..300 {
        event.time_nano = Some(n * 2_000_000_000);
        fold.happened(&event);
    }
    let state = fold.changed().unwrap();
    assert_eq!((state.timeline.len(), state.timeline[0].at), (256, 44 * 2_000_000_000));
}

/// An event as an Engine writes it: type, action, whose, and what else it says.
fn event(typ: &str, action: &str, id: &str, attributes: &serde_json::Value) -> EventMessage {
    let actor = serde_json::json!({ "ID": id, "Attributes": attributes });
    let event = serde_json::json!({ "Type": typ, "Action": action, "Actor": actor, "timeNano": 1 });
    serde_json::from_value(event).unwrap()
}

#[test]
fn another_name_is_told_and_every_entry_says_which_container_it_is_about() {
    let mut fold = with_container();
    let renamed = serde_json::json!({ "name": "search", "oldName": "/cnmrec-es" });
    fold.happened(&event("container", "rename", ES, &renamed));
    let left = serde_json::json!({ "name": "cnmrec-dev", "container": ES });
    fold.happened(&event("network", "disconnect", DEV, &left));
    fold.happened(&event("network", "create", SUB, &serde_json::json!({ "name": "sub" })));
    let told = fold.changed().unwrap().timeline.to_vec();
    let renamed = Happening::ContainerRenamed {
        before: "cnmrec-es".into(),
        container: "search".into(),
    };
    let left = Happening::Disconnected {
        container: "search".into(),
        network: "cnmrec-dev".into(),
    };
    assert_eq!((&told[0].what, &told[1].what), (&renamed, &left));
    let about: Vec<Option<&str>> = told.iter().map(|entry| entry.container.as_deref()).collect();
    assert_eq!(about, [Some(ES), Some(ES), None]);
}

#[test]
fn none_and_host_are_no_networks_one_is_plugged_into() {
    let mut fold = with_container();
    for (network, action) in [("none", "connect"), ("none", "disconnect"), ("host", "connect")] {
        let attributes = serde_json::json!({ "name": network, "container": ES });
        fold.happened(&event("network", action, network, &attributes));
    }
    assert!(fold.changed().unwrap().timeline.is_empty());
}
