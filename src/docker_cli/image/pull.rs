//! `docker pull`, and the fetching of an image that `run` and `create` miss.

use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Incoming;
use serde_json::Value;

use super::super::client::{Client, encode};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::{complain, say};
use super::reference::Reference;

/// `docker pull`.
pub(in crate::docker_cli) async fn pull(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let name = parsed.operands.first().map(String::as_str).unwrap_or_default();
    let reference = Reference::read(name).map_err(Failure::said)?.ok_or_else(|| {
        Failure::said(format!(
            "invalid repository name ({name}), cannot specify 64-byte hexadecimal strings"
        ))
    })?;
    let quiet = parsed.on("quiet");
    let every_tag = parsed.on("all-tags");
    let whole_name = reference.named_whole;
    if every_tag && whole_name {
        return Err(Failure::said("tag can't be used with --all-tags/-a"));
    }
    if !every_tag && !whole_name && !quiet {
        say(&format!("Using default tag: {}\n", reference.tag_or_digest()));
    }
    let tag = if every_tag {
        String::new()
    } else {
        format!("&tag={}", encode(reference.tag_or_digest()))
    };
    let path = format!("/images/create?fromImage={}{tag}", encode(&reference.canonical));
    let progress = client.pull(&path).await?;
    display(progress, |line| {
        if !quiet {
            say(&format!("{line}\n"));
        }
    })
    .await?;
    say(&format!("{}\n", reference.full()));
    Ok(0)
}

/// Asks the engine to pull an image that is missing; its progress goes to standard error if it is to be told.
pub(in crate::docker_cli) async fn fetch(client: &Client, reference: &Reference, told: bool) -> Result<(), Failure> {
    let path = format!(
        "/images/create?fromImage={}&tag={}",
        encode(&reference.canonical),
        encode(reference.tag_or_digest())
    );
    let progress = client.pull(&path).await?;
    display(progress, |line| {
        if told {
            complain(line);
        }
    })
    .await
}

/// Tells the steps of a stream of progress messages as they arrive (as the CLI does where its output is no terminal).
///
/// # Errors
/// The error among them, or a stream that broke.
pub(in crate::docker_cli) async fn display(
    progress: Response<Incoming>,
    mut tell: impl FnMut(&str),
) -> Result<(), Failure> {
    let mut body = progress.into_body();
    let mut pending = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(CallError::from)?.into_data() else {
            continue;
        };
        pending.extend_from_slice(&data);
        let taken = steps(&pending, &mut tell)?;
        pending.drain(..taken);
    }
    Ok(())
}

/// Tells the messages that have arrived whole; how many bytes they took.
fn steps(bytes: &[u8], tell: &mut impl FnMut(&str)) -> Result<usize, Failure> {
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let mut taken = 0;
    while let Some(step) = stream.next() {
        match step {
            Ok(step) => {
                if let Some(error) = step["errorDetail"]["message"].as_str().or(step["error"].as_str()) {
                    return Err(Failure::said(error));
                }
                if let Some(line) = line(&step) {
                    tell(&line);
                }
            }
            Err(error) if error.is_eof() => return Ok(taken),
            Err(error) => return Err(CallError::from(error).into()),
        }
        taken = stream.byte_offset();
    }
    Ok(bytes.len())
}

/// One message's line; bars of progress are left out.
fn line(step: &Value) -> Option<String> {
    if step["progressDetail"]
        .as_object()
        .is_some_and(|detail| !detail.is_empty())
    {
        return None;
    }
    let status = step["status"].as_str().or(step["stream"].as_str())?;
    Some(match step["id"].as_str().filter(|id| !id.is_empty()) {
        Some(id) => format!("{id}: {status}"),
        None => status.to_owned(),
    })
}
