//! The API over a kernel that only remembers: HTTP as clients send it, answers to the byte.

mod containers;
mod execs;
mod networks;
mod streams;
mod system;

use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::{connection, router};
use crate::engine::core::Era;
use crate::engine::server::testing::{self, Shared};
use crate::engine::server::{Engine, EngineOptions};

/// A served engine.
pub(super) struct Lab {
    pub kernel: Arc<Mutex<Shared>>,
    pub engine: Engine,
    router: Router,
    era: Era,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Said {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let is = |line: &&str| {
            line.split(':')
                .next()
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
        };
        self.head.lines().find(is)?.split_once(": ").map(|(_, value)| value)
    }
}

impl Lab {
    pub fn new(era: Era) -> Self {
        let (engine, kernel) = testing::engine(EngineOptions {
            era,
            faults: true,
            fail_start: None,
        });
        Self {
            router: router(engine.clone()),
            engine,
            kernel,
            era,
        }
    }

    pub fn modern() -> Self {
        Self::new(Era::E28)
    }

    /// A connection, served.
    pub fn connect(&self) -> UnixStream {
        let (ours, theirs) = UnixStream::pair().unwrap();
        tokio::spawn(connection(theirs, self.router.clone(), self.era.rules()));
        ours
    }

    /// Sends text as it is; the answer until the server closes.
    pub async fn raw(&self, request: &str) -> Said {
        let mut stream = self.connect();
        // A server that refuses a body need not read it: neither a broken pipe here nor a reset below is a failure.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Said {
            status,
            head: head.to_owned(),
            body: if chunked { joined(body) } else { body.to_owned() },
        }
    }

    pub async fn get(&self, path: &str) -> Said {
        self.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"
        ))
        .await
    }

    pub async fn call(&self, method: &str, path: &str) -> Said {
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        self.raw(&head).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Said {
        self.post_text(path, "application/json", &body.to_string()).await
    }

    pub async fn post_text(&self, path: &str, kind: &str, body: &str) -> Said {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\nContent-Type: {kind}");
        self.raw(&format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}"))
            .await
    }

    /// Creates a container that runs these words; its id.
    pub async fn create(&self, name: &str, words: &[&str]) -> String {
        let said = self
            .post(
                &format!("/containers/create?name={name}"),
                &serde_json::json!({ "Image": "alpine", "Cmd": words }),
            )
            .await;
        assert_eq!(said.status, 201, "{}", said.body);
        said.json()["Id"].as_str().unwrap().to_owned()
    }
}

/// A chunked body put together.
fn joined(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            break;
        }
        whole.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
    whole
}
