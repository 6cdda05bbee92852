use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::*;

/// Reads what is there until it contains `part`.
pub(super) async fn until(stream: &mut UnixStream, part: &str) -> String {
    let mut seen = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&seen).contains(part) {
            let mut buffer = [0; 1024];
            let count = stream.read(&mut buffer).await.unwrap();
            assert_ne!(count, 0, "ended before {part:?}: {:?}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&buffer[..count]);
        }
    };
    timeout(Duration::from_secs(10), reading)
        .await
        .unwrap_or_else(|_| panic!("never said {part:?}"));
    String::from_utf8_lossy(&seen).into_owned()
}

pub(super) async fn send(lab: &Lab, request: &str) -> UnixStream {
    let mut stream = lab.connect();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn waits_head_comes_before_the_start() {
    let lab = Lab::modern();
    lab.create("c1", &["exit", "7"]).await;
    let mut waiting = send(
        &lab,
        "POST /containers/c1/wait?condition=next-exit HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await;
    assert!(until(&mut waiting, "\r\n\r\n").await.starts_with("HTTP/1.1 200 OK"));
    lab.call("POST", "/containers/c1/start").await;
    until(&mut waiting, "{\"StatusCode\":7}\n").await;
    let bad = lab.call("POST", "/containers/c1/wait?condition=x").await;
    assert_eq!((bad.status, bad.message().as_str()), (400, "invalid condition: \"x\""));
    assert_eq!(
        lab.call("POST", "/containers/c1/wait").await.json(),
        json!({"StatusCode": 7})
    );
}

#[tokio::test]
async fn a_removed_containers_code_reaches_who_waits_for_its_removal() {
    let lab = Lab::modern();
    let body = json!({"Image": "alpine", "Cmd": ["exit", "5"], "HostConfig": {"AutoRemove": true}});
    lab.post("/containers/create?name=c1", &body).await;
    let mut waiting = send(
        &lab,
        "POST /containers/c1/wait?condition=removed HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await;
    until(&mut waiting, "\r\n\r\n").await;
    lab.call("POST", "/containers/c1/start").await;
    until(&mut waiting, "{\"StatusCode\":5}\n").await;
    assert_eq!(lab.get("/containers/c1/json").await.status, 404);
}

const UPGRADE: &str = "Host: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

#[tokio::test]
async fn attach_takes_the_connection_over_and_frames_output() {
    let lab = Lab::modern();
    lab.create("c1", &["echo", "hello"]).await;
    let path = "/v1.50/containers/c1/attach?stream=1&stdout=1&stderr=1";
    let mut attached = send(&lab, &format!("POST {path} HTTP/1.1\r\n{UPGRADE}")).await;
    let head = until(&mut attached, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101 UPGRADED\r\n"), "{head}");
    assert!(
        head.to_ascii_lowercase()
            .contains("content-type: application/vnd.docker.multiplexed-stream\r\n"),
        "{head}"
    );
    lab.call("POST", "/containers/c1/start").await;
    let mut rest = Vec::new();
    timeout(Duration::from_secs(10), attached.read_to_end(&mut rest))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rest, b"\x01\0\0\0\0\0\0\x06hello\n");
}

#[tokio::test]
async fn input_reaches_the_container_and_its_end_does_too() {
    let lab = Lab::modern();
    let body = json!({"Image": "alpine", "Cmd": ["cat"], "OpenStdin": true, "StdinOnce": true});
    lab.post("/containers/create?name=c1", &body).await;
    let path = "/v1.41/containers/c1/attach?stream=1&stdin=1&stdout=1";
    let mut attached = send(&lab, &format!("POST {path} HTTP/1.1\r\n{UPGRADE}")).await;
    let head = until(&mut attached, "\r\n\r\n").await;
    assert!(
        head.to_ascii_lowercase().contains("application/vnd.docker.raw-stream"),
        "{head}"
    );
    attached.write_all(b"early").await.unwrap();
    attached.shutdown().await.unwrap();
    lab.call("POST", "/containers/c1/start").await;
    let mut rest = Vec::new();
    timeout(Duration::from_secs(10), attached.read_to_end(&mut rest))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rest, b"\x01\0\0\0\0\0\0\x05early");
}

#[tokio::test]
async fn a_refused_start_ends_the_attached_stream() {
    let lab = Lab::modern();
    lab.create("c1", &["nosuch"]).await;
    let mut attached = send(
        &lab,
        &format!("POST /containers/c1/attach?stream=1&stdout=1 HTTP/1.1\r\n{UPGRADE}"),
    )
    .await;
    until(&mut attached, "\r\n\r\n").await;
    assert_eq!(lab.call("POST", "/containers/c1/start").await.status, 400);
    let mut rest = Vec::new();
    timeout(Duration::from_secs(10), attached.read_to_end(&mut rest))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn logs_with_and_without_times() {
    let lab = Lab::modern();
    lab.create("c1", &["echo", "hello"]).await;
    lab.call("POST", "/containers/c1/start").await;
    lab.call("POST", "/containers/c1/wait").await;
    let said = lab.get("/v1.50/containers/c1/logs?stdout=1").await;
    assert_eq!(said.body, "\u{1}\0\0\0\0\0\0\u{6}hello\n");
    assert_eq!(
        said.header("content-type"),
        Some("application/vnd.docker.multiplexed-stream")
    );
    assert!(
        lab.get("/containers/c1/logs?stdout=1&timestamps=1")
            .await
            .body
            .contains("Z hello\n")
    );
    assert_eq!(lab.get("/containers/c1/logs?stderr=1").await.body, "");
    let bad = lab.get("/containers/c1/logs").await;
    assert_eq!(
        (bad.status, bad.message().as_str()),
        (400, "Bad parameters: you must choose at least one stream")
    );
}

#[tokio::test]
async fn followed_logs_bring_new_lines_and_end_with_the_run() {
    let lab = Lab::modern();
    let body = json!({"Image": "alpine", "Cmd": ["cat"], "OpenStdin": true, "StdinOnce": true});
    lab.post("/containers/create?name=c1", &body).await;
    let path = "/containers/c1/attach?stream=1&stdin=1";
    let mut typing = send(&lab, &format!("POST {path} HTTP/1.1\r\n{UPGRADE}")).await;
    until(&mut typing, "\r\n\r\n").await;
    lab.call("POST", "/containers/c1/start").await;
    typing.write_all(b"one\ntwo\n").await.unwrap();
    let path = "/containers/c1/logs?stdout=1&follow=1&tail=1";
    let mut logs = send(
        &lab,
        &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    )
    .await;
    until(&mut logs, "two\n").await;
    typing.write_all(b"three\nfour").await.unwrap();
    until(&mut logs, "three\n").await;
    typing.shutdown().await.unwrap();
    until(&mut logs, "four").await;
    let mut rest = Vec::new();
    timeout(Duration::from_secs(10), logs.read_to_end(&mut rest))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn events_since_the_beginning_and_live() {
    let lab = Lab::modern();
    lab.create("c1", &["sleep", "9"]).await;
    let past = lab.get("/events?since=1&until=2").await;
    assert_eq!((past.status, past.body.as_str()), (200, ""));
    let mut following = send(&lab, "GET /v1.50/events?since=1 HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let seen = until(&mut following, "\"Action\":\"create\"").await;
    let line = seen.lines().find(|line| line.starts_with('{')).unwrap();
    let event: Value = serde_json::from_str(line).unwrap();
    let members = event.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(members, "status id from Type Action Actor scope time timeNano");
    lab.post("/networks/create", &json!({"Name": "dev"})).await;
    let seen = until(&mut following, "\"name\":\"dev\"").await;
    assert!(
        seen.contains("\"Type\":\"network\"") && !seen.contains("\"status\":"),
        "{seen}"
    );
    let filter = "%7B%22type%22:%5B%22network%22%5D%7D";
    let mut networks = send(
        &lab,
        &format!("GET /events?since=1&filters={filter} HTTP/1.1\r\nHost: x\r\n\r\n"),
    )
    .await;
    assert!(!until(&mut networks, "dev").await.contains("container"));
    let bad = lab.get("/events?since=5&until=2").await;
    assert_eq!(bad.message(), "`since` time (5) cannot be after `until` time (2)");
}
