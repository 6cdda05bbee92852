//! `docker stop`, `restart`, `kill`, `rm`, `rename` and `wait`.

use super::super::client::{Client, encode, query};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::{complain, say};
use super::run::status_code;

/// `docker rm`.
pub(in crate::docker_cli) async fn remove(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let set = |flag: &str| parsed.on(flag).then(|| "1".to_owned());
    let options = query(&[("force", set("force")), ("link", set("link")), ("v", set("volumes"))]);
    let (options, force) = (&options, parsed.on("force"));
    let removals = parsed.operands.iter().map(|name| async move {
        let bare = name.trim_matches('/');
        if bare.is_empty() {
            return Err(Failure::said("container name cannot be empty"));
        }
        let path = format!("/containers/{}{options}", encode(bare));
        client.delete(&path).await.map(drop).map_err(Failure::from)
    });
    let results = futures_util::future::join_all(removals).await;
    let mut failures = Vec::new();
    for (name, result) in parsed.operands.iter().zip(results) {
        match result {
            Ok(()) => say(&format!("{name}\n")),
            // With --force a container that does not exist is told, and is no failure.
            Err(Failure::Call(error)) if force && error.status() == Some(404) => complain(&error.to_string()),
            Err(error) => failures.push(error.to_string()),
        }
    }
    Failure::joined(&failures)
}

/// `docker stop`.
pub(in crate::docker_cli) async fn stop(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let action = format!("stop{}", stop_options(parsed));
    post_each(client, parsed, &action).await
}

/// `docker kill`.
pub(in crate::docker_cli) async fn kill(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let signal = parsed.last("signal").filter(|signal| !signal.is_empty());
    let options = query(&[("signal", signal.map(str::to_owned))]);
    post_each(client, parsed, &format!("kill{options}")).await
}

/// `docker pause`.
pub(in crate::docker_cli) async fn pause(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    post_each(client, parsed, "pause").await
}

/// `docker unpause`.
pub(in crate::docker_cli) async fn unpause(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    post_each(client, parsed, "unpause").await
}

/// `docker restart`, one after the other.
pub(in crate::docker_cli) async fn restart(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let options = stop_options(parsed);
    let mut failures = Vec::new();
    for name in &parsed.operands {
        let path = format!("/containers/{}/restart{options}", encode(name));
        tell(name, client.post(&path, None).await.map(drop), &mut failures);
    }
    Failure::joined(&failures)
}

fn stop_options(parsed: &Parsed) -> String {
    let text = |flag: &str| parsed.last(flag).filter(|text| !text.is_empty()).map(str::to_owned);
    query(&[("signal", text("signal")), ("t", text("timeout"))])
}

/// Asks for all at once, tells in order.
async fn post_each(client: &Client, parsed: &Parsed, action: &str) -> Result<i32, Failure> {
    let calls = parsed.operands.iter().map(|name| async move {
        let path = format!("/containers/{}/{action}", encode(name));
        client.post(&path, None).await.map(drop)
    });
    let mut failures = Vec::new();
    let results = futures_util::future::join_all(calls).await;
    for (name, result) in parsed.operands.iter().zip(results) {
        tell(name, result, &mut failures);
    }
    Failure::joined(&failures)
}

/// Prints the name, or keeps the error for the end.
fn tell(name: &str, result: Result<(), CallError>, failures: &mut Vec<String>) {
    match result {
        Ok(()) => say(&format!("{name}\n")),
        Err(error) => failures.push(error.to_string()),
    }
}

/// `docker rename`.
pub(in crate::docker_cli) async fn rename(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let name = |at: usize| parsed.operands.get(at).map(|name| name.trim()).unwrap_or_default();
    let (old, new) = (name(0), name(1));
    if old.is_empty() || new.is_empty() {
        return Err(Failure::said("Error: Neither old nor new names may be empty"));
    }
    let options = query(&[("name", Some(new.to_owned()))]);
    match client
        .post(&format!("/containers/{}/rename{options}", encode(old)), None)
        .await
    {
        Ok(_) => Ok(0),
        Err(error) => {
            complain(&error.to_string());
            Err(Failure::said(format!("Error: failed to rename container named {old}")))
        }
    }
}

/// `docker wait`, one after the other.
pub(in crate::docker_cli) async fn wait(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let mut failures = Vec::new();
    for name in &parsed.operands {
        match client
            .post_json(&format!("/containers/{}/wait", encode(name)), None)
            .await
        {
            Ok(answer) => say(&format!("{}\n", status_code(&answer))),
            Err(error) => failures.push(error.to_string()),
        }
    }
    Failure::joined(&failures)
}
