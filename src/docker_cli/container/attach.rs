//! `docker attach`.

use http_body_util::BodyExt;
use hyper::Method;
use serde_json::Value;

use super::super::attached::{self, End, Wiring, terminal};
use super::super::client::{Client, encode};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::run::{Streams, attach_path, is_terminal, status_code};

/// `docker attach`.
pub(in crate::docker_cli) async fn run(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let name = parsed.operands.first().map(String::as_str).unwrap_or_default();
    // Waited for before it is looked at: no end of it can be missed. What is wrong with the name, the look says better.
    let wait = client
        .call(Method::POST, &format!("/containers/{}/wait", encode(name)), None)
        .await;
    let container = running(client, name).await?;
    let tty = container["Config"]["Tty"].as_bool().unwrap_or(false);
    let wanted = !parsed.on("no-stdin");
    terminal::check(wanted, tty).map_err(Failure::said)?;
    let streams = Streams {
        input: wanted && container["Config"]["OpenStdin"].as_bool().unwrap_or(false),
        output: true,
        errors: true,
    };
    let detach_keys = parsed.last("detach-keys").unwrap_or_default();
    let proxied = parsed.last("sig-proxy").is_none() || parsed.on("sig-proxy");
    let signals = if proxied && !tty {
        Some(attached::proxy(client, name).map_err(CallError::from)?)
    } else {
        None
    };
    let stream = client
        .hijack(&attach_path(&encode(name), streams, detach_keys), None)
        .await?;
    // It may have ended in between: then nothing would ever come.
    running(client, name).await?;
    if tty && is_terminal() {
        redraw(client, name).await;
    }
    let wiring = Wiring {
        tty,
        input: streams.input,
        output: true,
        detach_keys: detach_keys.to_owned(),
    };
    if attached::carry(stream, &wiring).await? == End::Detached {
        return Err(Failure::said("read escape sequence"));
    }
    drop(signals);
    let answer = wait?.into_body().collect().await.map_err(CallError::from)?.to_bytes();
    let answer: Value = serde_json::from_slice(&answer).map_err(CallError::from)?;
    match answer["Error"]["Message"].as_str() {
        Some(message) => Err(Failure::said(message)),
        None => Ok(status_code(&answer)),
    }
}

/// A program at a terminal draws its prompt again when the terminal's size changes, so it is changed and changed back.
async fn redraw(client: &Client, name: &str) {
    let object = format!("/containers/{}", encode(name));
    let (rows, columns) = terminal::size();
    if rows > 0 {
        terminal::resize(client, &object, (rows + 1, columns + 1)).await;
    }
    terminal::keep_size(client, &object);
}

/// The container, if it runs.
async fn running(client: &Client, name: &str) -> Result<Value, Failure> {
    let container = client.get_json(&format!("/containers/{}/json", encode(name))).await?;
    let is = |state: &str| container["State"][state].as_bool().unwrap_or(false);
    let reproach = if !is("Running") {
        "You cannot attach to a stopped container, start it first"
    } else if is("Paused") {
        "You cannot attach to a paused container, unpause it first"
    } else if is("Restarting") {
        "You cannot attach to a restarting container, wait until it is running"
    } else {
        return Ok(container);
    };
    Err(Failure::said(reproach))
}
