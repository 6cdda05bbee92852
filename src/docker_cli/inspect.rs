//! `docker inspect` and `docker network inspect`.

use hyper::body::Bytes;

use super::client::{Client, encode};
use super::failure::{CallError, Failure};
use super::flag::Parsed;
use super::{complain, json, say};

/// Kinds of objects in the order they are looked for, with the path of one.
const KINDS: &[(&str, &str, &str)] = &[
    ("container", "/containers/", "/json"),
    ("image", "/images/", "/json"),
    ("network", "/networks/", ""),
    ("volume", "/volumes/", ""),
    ("plugin", "/plugins/", "/json"),
];
/// Every kind the real CLI names when it does not know one.
const ALL_KINDS: &str =
    r#""config", "container", "image", "network", "node", "plugin", "secret", "service", "task", "volume""#;

/// `docker inspect`.
pub(super) async fn any(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let only = match parsed.last("type").filter(|kind| !kind.is_empty()) {
        None => None,
        Some(kind) if KINDS.iter().any(|(known, ..)| *known == kind) => Some(kind),
        Some(kind @ ("config" | "node" | "secret" | "service" | "task")) => {
            return Err(Failure::said(format!(
                "--type {kind} needs a swarm, which is not built yet"
            )));
        }
        Some(kind) => {
            return Err(Failure::said(format!(
                "unknown type: \"{kind}\": must be one of {ALL_KINDS}"
            )));
        }
    };
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for name in &parsed.operands {
        match look_up(client, name, only, parsed.on("size")).await {
            Ok(bytes) => found.push(bytes),
            Err(sentence) => errors.push(sentence),
        }
    }
    Ok(print(&found, &errors))
}

/// `docker network inspect`.
pub(super) async fn networks(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    let verbose = if parsed.on("verbose") { "?verbose=true" } else { "" };
    for name in &parsed.operands {
        match client.get(&format!("/networks/{}{verbose}", encode(name))).await {
            Ok(bytes) => found.push(bytes),
            Err(error) => errors.push(error.to_string()),
        }
    }
    Ok(print(&found, &errors))
}

async fn look_up(client: &Client, name: &str, only: Option<&str>, size: bool) -> Result<Bytes, String> {
    for (kind, before, after) in KINDS {
        if only.is_some_and(|only| only != *kind) {
            continue;
        }
        let query = if size && *kind == "container" { "?size=1" } else { "" };
        match client.get(&format!("{before}{}{after}{query}", encode(name))).await {
            Ok(bytes) => return Ok(bytes),
            Err(error) if only.is_none() && is_elsewhere(&error) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("Error: No such object: {name}"))
}

/// Whether an object may still be of another kind: not found, or a kind this engine does not have.
const fn is_elsewhere(error: &CallError) -> bool {
    matches!(error.status(), Some(404 | 501))
}

fn print(found: &[Bytes], errors: &[String]) -> i32 {
    let mut text = b"[".to_vec();
    for (at, object) in found.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        text.extend_from_slice(object);
    }
    text.push(b']');
    say(&format!("{}\n", String::from_utf8_lossy(&json::indent(&text))));
    for error in errors {
        complain(error);
    }
    i32::from(!errors.is_empty())
}
