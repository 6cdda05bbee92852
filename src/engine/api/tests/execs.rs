use std::time::Duration;

use axum::body::{Body, to_bytes};
use serde_json::json;

use super::*;
use crate::engine::api::hijack::Client;
use crate::engine::api::{exec, stream};

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

impl Lab {
    /// Creates an exec with all streams; its id.
    async fn exec(&self, container: &str, words: &[&str]) -> String {
        let body = json!({"Cmd": words, "AttachStdin": true, "AttachStdout": true, "AttachStderr": true});
        let said = self.post(&format!("/containers/{container}/exec"), &body).await;
        assert_eq!(said.status, 201, "{}", said.body);
        said.json()["Id"].as_str().unwrap().to_owned()
    }

    /// Starts it as the CLI does and gives it this input; all that comes.
    async fn start_exec(&self, path: &str, options: &Value, input: &[u8]) -> (String, Vec<u8>) {
        let mut stream = self.connect();
        let body = options.to_string();
        let length = body.len();
        let head = format!("Host: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{UPGRADE}");
        let text = format!("POST {path} HTTP/1.1\r\n{head}\r\n{body}");
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.write_all(input).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").unwrap() + 4;
        let rest = bytes.split_off(end);
        (String::from_utf8(bytes).unwrap(), rest)
    }
}

async fn running(era: Era) -> Lab {
    let lab = Lab::new(era);
    lab.create("c1", &["sleep", "9"]).await;
    lab.call("POST", "/containers/c1/start").await;
    lab
}

#[tokio::test]
async fn an_execs_streams_are_the_connection() {
    let lab = running(Era::E28).await;
    let id = lab.exec("c1", &["cat"]).await;
    assert_eq!(lab.get("/containers/c1/json").await.json()["ExecIDs"], json!([id]));
    let path = format!("/v1.50/exec/{id}/start");
    let (head, said) = lab.start_exec(&path, &json!({"Detach": false}), b"hello").await;
    assert!(head.starts_with("HTTP/1.1 101 UPGRADED\r\n"), "{head}");
    let head = head.to_ascii_lowercase();
    for wanted in [
        "content-type: application/vnd.docker.multiplexed-stream",
        "api-version: 1.51",
        "server: docker/",
    ] {
        assert!(head.contains(wanted), "{head}");
    }
    assert!(!head.contains("\r\ndate:"), "{head}");
    assert_eq!(said, b"\x01\0\0\0\0\0\0\x05hello");
    let inspected = lab.get(&format!("/exec/{id}/json")).await.json();
    assert_eq!(
        inspected,
        json!({
            "ID": id, "Running": false, "ExitCode": 0,
            "ProcessConfig": {"tty": false, "entrypoint": "cat", "arguments": [], "privileged": false},
            "OpenStdin": true, "OpenStderr": true, "OpenStdout": true, "CanRemove": false,
            "ContainerID": lab.get("/containers/c1/json").await.json()["Id"],
            "DetachKeys": "", "Pid": 43,
        })
    );
    assert_eq!(lab.get("/containers/c1/json").await.json()["ExecIDs"], Value::Null);
}

#[tokio::test]
async fn an_old_client_gets_the_old_content_type_and_one_without_upgrade_a_body() {
    let lab = running(Era::E20_10).await;
    let id = lab.exec("c1", &["echo", "hello"]).await;
    let (head, _) = lab.start_exec(&format!("/exec/{id}/start"), &json!({}), b"").await;
    assert!(
        head.to_ascii_lowercase().contains("application/vnd.docker.raw-stream"),
        "{head}"
    );
    let id = lab.exec("c1", &["echo", "hello"]).await;
    let said = lab.post(&format!("/exec/{id}/start"), &json!({})).await;
    assert_eq!((said.status, said.header("date")), (200, None));
    assert_eq!(said.body, "\u{1}\0\0\0\0\0\0\u{6}hello\n");
}

#[tokio::test]
async fn a_detached_exec_answers_when_it_runs() {
    let lab = running(Era::E28).await;
    let id = lab.exec("c1", &["sleep", "9"]).await;
    let said = lab.post(&format!("/exec/{id}/start"), &json!({"Detach": true})).await;
    assert_eq!((said.status, said.body.as_str()), (200, ""));
    assert_eq!(lab.get(&format!("/exec/{id}/json")).await.json()["Running"], true);
    let again = lab.post(&format!("/exec/{id}/start"), &json!({"Detach": true})).await;
    assert_eq!(
        (again.status, again.message()),
        (409, format!("error: exec command {id} is already running"))
    );
}

#[tokio::test]
async fn an_exec_that_is_held_up_holds_nobody_else() {
    let lab = running(Era::E28).await;
    let id = lab.exec("c1", &["held"]).await;
    let path = format!("/exec/{id}/start");
    let options = json!({"Detach": true});
    let others = async {
        while lab.kernel.lock().unwrap().held.is_empty() {
            tokio::task::yield_now().await;
        }
        lab.create("c2", &["sleep", "9"]).await;
        let inspected = lab.get(&format!("/exec/{id}/json")).await.json();
        assert_eq!((&inspected["Running"], &inspected["Pid"]), (&json!(true), &json!(0)));
        let (streams, told) = lab.kernel.lock().unwrap().held.pop().unwrap();
        told(Ok(44));
        streams
    };
    let (said, _streams) = tokio::join!(lab.post(&path, &options), others);
    assert_eq!((said.status, said.body.as_str()), (200, ""));
    assert_eq!(lab.get(&format!("/exec/{id}/json")).await.json()["Pid"], 44);
}

#[tokio::test]
async fn refusals_come_before_the_connection_is_taken_or_on_it() {
    let lab = running(Era::E28).await;
    for path in ["/exec/nope/start", "/exec/nope/resize?h=1&w=1"] {
        let said = lab.post(path, &json!({})).await;
        assert_eq!(
            (said.status, said.message().as_str()),
            (404, "No such exec instance: nope"),
            "{path}"
        );
    }
    assert_eq!(lab.get("/exec/nope/json").await.status, 404);
    let said = lab.post("/containers/c1/exec", &json!({"Cmd": []})).await;
    assert_eq!(
        (said.status, said.message().as_str()),
        (400, "No exec command specified")
    );

    let words = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file \
                 not found in $PATH: unknown";
    let id = lab.exec("c1", &["nosuch"]).await;
    let (head, said) = lab.start_exec(&format!("/exec/{id}/start"), &json!({}), b"").await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert_eq!(String::from_utf8_lossy(&said[8..]), format!("{words}\r\n"));
    let (_, said) = lab
        .start_exec(&format!("/exec/{id}/start"), &json!({"Tty": true}), b"")
        .await;
    assert_eq!(
        String::from_utf8_lossy(&said),
        format!("error: exec command {id} has already run\r\n")
    );
    assert_eq!(lab.get(&format!("/exec/{id}/json")).await.json()["ExitCode"], 127);
    let id = lab.exec("c1", &["nosuch"]).await;
    let said = lab.post(&format!("/exec/{id}/start"), &json!({"Detach": true})).await;
    assert_eq!((said.status, said.message().as_str()), (400, words));
}

#[tokio::test]
async fn who_starts_an_exec_twice_does_not_see_the_first_ones_output() {
    let lab = running(Era::E28).await;
    let id = lab.exec("c1", &["sleep", "9"]).await;
    lab.post(&format!("/exec/{id}/start"), &json!({"Detach": true})).await;
    let (_, said) = lab.start_exec(&format!("/exec/{id}/start"), &json!({}), b"").await;
    assert_eq!(
        String::from_utf8_lossy(&said[8..]),
        format!("error: exec command {id} is already running\r\n")
    );
}

#[tokio::test]
async fn a_refused_start_leaves_no_streams_behind() {
    let lab = running(Era::E28).await;
    let id = lab.exec("c1", &["cat"]).await;
    // Looked up while it could still start.
    let found = lab.engine.state().exec(&id).unwrap().clone();
    lab.call("POST", "/containers/c1/kill").await;
    let (output, body) = stream::lines();
    let input = Body::empty();
    exec::run(&lab.engine, &found, false, None, Client::Bodies { input, output }).await;
    let said = to_bytes(Body::new(body), 1000).await.unwrap();
    assert_eq!(said, format!("No such exec instance: {id}\r\n"));
    assert!(lab.engine.stdio().find(&id).is_none());
}

#[tokio::test]
async fn who_comes_too_late_does_not_take_the_first_ones_streams_away() {
    let lab = running(Era::E28).await;
    let id = lab.exec("c1", &["sleep", "9"]).await;
    let found = lab.engine.state().exec(&id).unwrap().clone();
    lab.post(&format!("/exec/{id}/start"), &json!({"Detach": true})).await;
    let (output, body) = stream::lines();
    let input = Body::empty();
    exec::run(&lab.engine, &found, false, None, Client::Bodies { input, output }).await;
    let said = to_bytes(Body::new(body), 1000).await.unwrap();
    assert_eq!(said, format!("error: exec command {id} is already running\r\n"));
    assert!(lab.engine.stdio().find(&id).is_some());
}

/// A request without `Upgrade`, with this body; what is said until it is `wanted`.
async fn without_upgrade(lab: &Lab, path: &str, body: &str, wanted: &str) {
    let mut stream = lab.connect();
    let length = body.len();
    let head = format!("Host: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
    let text = format!("POST {path} HTTP/1.1\r\n{head}\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(wanted) {
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).await.unwrap();
        assert_ne!(count, 0, "{:?}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&buffer[..count]);
    }
}

#[tokio::test]
async fn a_request_without_input_does_not_end_the_process_s() {
    let lab = running(Era::E28).await;
    let body = json!({"Image": "alpine", "Cmd": ["cat"], "OpenStdin": true, "StdinOnce": true});
    lab.post("/containers/create?name=c2", &body).await;
    lab.call("POST", "/containers/c2/start").await;
    let id = lab.exec("c1", &["cat"]).await;
    for (path, owner) in [
        (format!("/exec/{id}/start"), &id),
        (
            "/containers/c2/attach?stream=1&stdin=1&stdout=1".to_owned(),
            &lab.engine.state().container("c2").unwrap().id,
        ),
    ] {
        let body = if path.starts_with("/exec") { "{}" } else { "" };
        let typing = async {
            while !lab.engine.stdio().find(owner).is_some_and(|streams| streams.is_open()) {
                tokio::task::yield_now().await;
            }
            // What an input that had ended would have ended by now.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let streams = lab.engine.stdio().find(owner).expect("it still runs");
            assert!(streams.write(b"hello").await, "{path}");
        };
        tokio::join!(without_upgrade(&lab, &path, body, "hello"), typing);
    }
}

#[tokio::test]
async fn a_request_s_body_is_input_and_its_end_the_input_s() {
    let lab = running(Era::E28).await;
    let body = json!({"Image": "alpine", "Cmd": ["cat"], "OpenStdin": true, "StdinOnce": true});
    lab.post("/containers/create?name=c2", &body).await;
    let attached = lab.post_text("/containers/c2/attach?stream=1&stdin=1&stdout=1", "text/plain", "hello");
    let (said, _) = tokio::join!(attached, lab.call("POST", "/containers/c2/start"));
    assert_eq!(said.body, "\u{1}\0\0\0\0\0\0\u{5}hello");
}
