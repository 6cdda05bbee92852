//! `docker start`.

use super::super::attached::{self, End, Wiring, terminal};
use super::super::client::{Client, encode};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::{complain, say};
use super::run::{Streams, attach_path, exit_status, is_terminal, start, wait};

/// `docker start`.
pub(in crate::docker_cli) async fn run(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    if parsed.on("attach") || parsed.on("interactive") {
        let [name] = parsed.operands.as_slice() else {
            return Err(Failure::said("you cannot start and attach multiple containers at once"));
        };
        return attend(client, parsed, name).await;
    }
    let mut failed = Vec::new();
    for name in &parsed.operands {
        match start(client, &encode(name)).await {
            Ok(()) => say(&format!("{name}\n")),
            Err(error) => {
                complain(&error.to_string());
                failed.push(name.as_str());
            }
        }
    }
    if failed.is_empty() {
        return Ok(0);
    }
    Err(Failure::said(format!(
        "Error: failed to start containers: {}",
        failed.join(", ")
    )))
}

async fn attend(client: &Client, parsed: &Parsed, name: &str) -> Result<i32, Failure> {
    let container = client.get_json(&format!("/containers/{}/json", encode(name))).await?;
    let set = |part: &str, field: &str| container[part][field].as_bool().unwrap_or(false);
    let id = container["Id"].as_str().unwrap_or(name).to_owned();
    let tty = set("Config", "Tty");
    let _signals = if tty {
        None
    } else {
        Some(attached::proxy(client, &id).map_err(CallError::from)?)
    };
    let streams = Streams {
        input: parsed.on("interactive") && set("Config", "OpenStdin"),
        output: true,
        errors: true,
    };
    let detach_keys = parsed.last("detach-keys").unwrap_or_default();
    let stream = client.hijack(&attach_path(&id, streams, detach_keys), None).await?;
    let wait = wait(client, &id, set("HostConfig", "AutoRemove")).await;
    start(client, &id).await?;
    if tty && is_terminal() {
        terminal::keep_size(client, &format!("/containers/{id}"));
    }
    let wiring = Wiring {
        tty,
        input: streams.input,
        output: true,
        detach_keys: detach_keys.to_owned(),
    };
    match attached::carry(stream, &wiring).await? {
        End::Detached => Ok(0),
        End::Output => Ok(exit_status(wait).await),
    }
}
