//! A lab over a backend: it sees what is there, follows what happens, and says when the backend is gone.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod fake_engine;

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use cnm::lab::{Backend, BackendKind, Happening, Lab, LabError, LabState, WaitError};
use cnm::lesson;
use cnm::model::{ContainerState, Mark};
use cnm::workshop::{LessonProgress, Session};
use fake_engine::FakeEngine;
use serde_json::json;

/// Long enough never to matter on a loaded machine; nothing is timed.
const LIMIT: Duration = Duration::from_secs(30);

async fn lab(engine: &FakeEngine) -> Lab {
    Lab::connect(Backend::UnixPath(engine.socket.clone())).await.unwrap()
}

async fn when(lab: &Lab, wanted: impl Fn(&LabState) -> bool) -> Arc<LabState> {
    match lab.wait_for(wanted, LIMIT).await {
        Ok(state) => state,
        Err(error) => panic!("{error}: {:#?}", lab.state().borrow()),
    }
}

#[tokio::test]
async fn what_is_there_is_seen_at_once() {
    let engine = FakeEngine::builtin();
    engine.create_network("dev");
    engine.run("es", "dev");
    let lab = lab(&engine).await;
    let state = lab.state().borrow().clone();
    assert_eq!(state.backend.kind, BackendKind::Builtin);
    assert_eq!(
        (state.backend.version.as_str(), state.backend.api.as_str()),
        ("20.10.24+dfsg1", "1.41")
    );
    assert_eq!(state.topology.networks.len(), 4);
    let es = state.topology.container("es").unwrap();
    assert_eq!(es.state, ContainerState::Running);
    assert_eq!(es.endpoints[0].address.unwrap().to_string(), "172.20.0.2/16");
}

#[tokio::test]
async fn what_happens_is_followed() {
    let engine = FakeEngine::builtin();
    let lab = lab(&engine).await;
    engine.create_network("dev");
    when(&lab, |state| state.topology.network("dev").is_some()).await;
    engine.run("es", "dev");
    let connected = Happening::Connected {
        container: "es".into(),
        network: "dev".into(),
        address: Some("172.20.0.2".into()),
    };
    when(&lab, |state| state.timeline.iter().any(|entry| entry.what == connected)).await;
    engine.ends("es", 137);
    when(&lab, |state| {
        state.topology.container("es").is_some_and(|c| c.exit_code == Some(137))
    })
    .await;
    engine.remove_container("es");
    engine.remove_network("dev");
    when(&lab, |state| {
        state.topology.container("es").is_none() && state.topology.network("dev").is_none()
    })
    .await;
}

#[tokio::test]
async fn an_event_asks_only_for_what_it_touched() {
    let engine = FakeEngine::builtin();
    let dev = engine.create_network("dev");
    let lab = lab(&engine).await;
    when(&lab, |state| state.topology.network("dev").is_some()).await;
    let before = engine.requests().len();
    engine.run("es", "dev");
    let started = Happening::ContainerStarted { container: "es".into() };
    when(&lab, |state| state.timeline.iter().any(|entry| entry.what == started)).await;
    let mut asked: Vec<String> = engine.requests().split_off(before);
    asked.sort();
    asked.dedup();
    let es = lab.state().borrow().topology.container("es").unwrap().id.clone();
    // Events of the second before the subscription are told again, so that the network may be looked at once more.
    asked.retain(|request| *request != format!("GET /networks/{dev}"));
    assert_eq!(asked, [format!("GET /containers/{es}/json")]);
}

#[tokio::test]
async fn what_the_kernel_reports_is_seen() {
    let engine = FakeEngine::builtin();
    let id = engine.create_network("dev");
    let lab = lab(&engine).await;
    engine.observe(&json!({
        "seq": 1, "at": 5, "place": "host", "event": "link", "index": 4, "name": format!("br-{}", &id[..12]),
        "kind": "bridge", "master": null, "peer": null, "up": true, "carrier": false, "mac": "02:42:00:00:00:01", "mtu": 1500,
    }));
    when(&lab, |state| {
        state
            .topology
            .network("dev")
            .is_some_and(|network| network.mark == Mark::Seen)
    })
    .await;
}

#[tokio::test]
async fn a_real_engine_is_known_by_the_route_it_lacks() {
    let engine = FakeEngine::docker();
    let lab = lab(&engine).await;
    assert_eq!(lab.state().borrow().backend.kind, BackendKind::Docker);
    engine.create_network("dev");
    let state = when(&lab, |state| state.topology.network("dev").is_some()).await;
    assert_eq!(state.topology.network("dev").unwrap().mark, Mark::Deduced);
}

#[tokio::test]
async fn a_lost_backend_is_told_and_found_again() {
    let mut engine = FakeEngine::builtin();
    let lab = lab(&engine).await;
    engine.kill();
    let state = when(&lab, |state| state.lost.is_some()).await;
    assert!(state.topology.network("bridge").is_some(), "the last picture stays");
    engine.create_network("dev");
    engine.revive();
    when(&lab, |state| {
        state.lost.is_none() && state.topology.network("dev").is_some()
    })
    .await;
}

#[tokio::test]
async fn streams_that_are_handed_out_are_a_backend_too() {
    let engine = FakeEngine::builtin();
    let socket = engine.socket.clone();
    let lab = Lab::connect(Backend::Streams(Arc::new(move || UnixStream::connect(&socket))))
        .await
        .unwrap();
    engine.create_network("dev");
    when(&lab, |state| state.topology.network("dev").is_some()).await;
    engine.kill();
    assert!(matches!(
        lab.wait_for(|state| state.topology.network("never").is_some(), LIMIT)
            .await,
        Err(WaitError::Lost(_))
    ));
}

#[tokio::test]
async fn where_nothing_listens_there_is_no_lab() {
    let engine = FakeEngine::builtin();
    let nowhere = fake_engine::nowhere(&engine);
    let error = Lab::connect(Backend::UnixPath(nowhere.clone())).await.unwrap_err();
    assert!(
        matches!(&error, LabError::Unreachable { place, .. } if *place == nowhere.display().to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn a_learner_who_comes_back_finds_what_they_had() {
    let engine = FakeEngine::builtin();
    let lab = lab(&engine).await;
    let done = vec!["create-network".to_owned(), "place-container".to_owned()];
    let progress = LessonProgress {
        step: done.last().cloned(),
        done,
        ..LessonProgress::default()
    };
    let session = Session::new(lesson::embedded("cnm").unwrap(), progress);
    let remedies: Vec<String> = session
        .replay(&lab)
        .await
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        remedies,
        [
            "docker network create dev",
            "docker run -d --name es --net dev elasticsearch:2"
        ]
    );
    let state = when(&lab, |state| {
        state
            .topology
            .container("es")
            .is_some_and(|c| c.state == ContainerState::Running)
    })
    .await;
    let (es, dev) = (
        state.topology.container("es").unwrap(),
        state.topology.network("dev").unwrap(),
    );
    assert_eq!(es.endpoints[0].network, dev.id);
    assert_eq!(session.replay(&lab).await.unwrap(), [], "what is there already stays");
}
