//! `docker inspect`, and the same for one kind of object.

use hyper::body::Bytes;

use super::super::client::{Client, encode};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::image::remove::encode_name;
use super::super::{complain, format, json, say};
use super::typed;

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
pub(in crate::docker_cli) async fn any(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
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
        match look_up(client, name, only, parsed).await {
            Ok(bytes) => found.push(bytes),
            Err(sentence) => errors.push(sentence),
        }
    }
    print(&found, &errors, parsed.last("format"))
}

/// `docker container inspect`, `docker image inspect` and `docker network inspect`.
pub(in crate::docker_cli) async fn one_kind(client: &Client, parsed: &Parsed, kind: &str) -> Result<i32, Failure> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for name in &parsed.operands {
        match look_up(client, name, Some(kind), parsed).await {
            Ok(bytes) => found.push(bytes),
            Err(sentence) => errors.push(sentence),
        }
    }
    print(&found, &errors, parsed.last("format"))
}

async fn look_up(client: &Client, name: &str, only: Option<&str>, parsed: &Parsed) -> Result<Bytes, String> {
    for (kind, before, after) in KINDS {
        if only.is_some_and(|only| only != *kind) {
            continue;
        }
        let query = match *kind {
            "container" if parsed.on("size") => "?size=1",
            "network" if parsed.on("verbose") => "?verbose=true",
            _ => "",
        };
        let name = if *kind == "image" {
            encode_name(name)
        } else {
            encode(name)
        };
        match client.get(&format!("{before}{name}{after}{query}")).await {
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

fn print(found: &[Bytes], errors: &[String], format: Option<&str>) -> Result<i32, Failure> {
    if let Some(format) = format.filter(|format| !format.is_empty()) {
        print_by(format, found)?;
    } else {
        print_whole(found);
    }
    for error in errors {
        complain(error);
    }
    Ok(i32::from(!errors.is_empty()))
}

/// Each object by the template; an empty line where there is none, as Docker does.
fn print_by(format: &str, found: &[Bytes]) -> Result<(), Failure> {
    let mut text = String::new();
    for object in found {
        let mut object = serde_json::from_slice(object).map_err(CallError::from)?;
        typed::complete(&mut object);
        text += &format::object(format, &object)?;
    }
    say(if found.is_empty() { "\n" } else { &text });
    Ok(())
}

fn print_whole(found: &[Bytes]) {
    let mut text = b"[".to_vec();
    for (at, object) in found.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        text.extend_from_slice(object);
    }
    text.push(b']');
    say(&format!("{}\n", String::from_utf8_lossy(&json::indent(&text))));
}
