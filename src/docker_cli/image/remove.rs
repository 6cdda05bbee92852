//! `docker rmi` and `docker tag`, and `docker image prune`.

use serde_json::Value;

use super::super::client::{Client, encode, query};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::table::human_size;
use super::super::{complain, filter, prompt, say};
use super::reference::Reference;

/// `docker rmi`.
pub(in crate::docker_cli) async fn remove(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let options = query(&[
        ("force", parsed.on("force").then(|| "1".to_owned())),
        ("noprune", parsed.on("no-prune").then(|| "1".to_owned())),
    ]);
    let mut failures = Vec::new();
    let mut fatal = false;
    for image in &parsed.operands {
        match client.delete(&format!("/images/{}{options}", encode_name(image))).await {
            Ok(answer) => say(&removed(&serde_json::from_slice(&answer).unwrap_or_default())),
            Err(error) => {
                fatal |= error.status() != Some(404);
                failures.push(error.to_string());
            }
        }
    }
    // With --force an image that does not exist is told, and is no failure.
    if parsed.on("force") && !fatal {
        for sentence in &failures {
            complain(sentence);
        }
        return Ok(0);
    }
    Failure::joined(&failures)
}

/// A name in a path: its slashes part nothing.
pub(in crate::docker_cli) fn encode_name(name: &str) -> String {
    name.split('/').map(encode).collect::<Vec<_>>().join("/")
}

fn removed(answer: &Value) -> String {
    let text = |step: &Value, field: &str| step[field].as_str().unwrap_or_default().to_owned();
    let line = |step: &Value| match step["Deleted"].as_str().filter(|id| !id.is_empty()) {
        Some(id) => format!("Deleted: {id}\n"),
        None => format!("Untagged: {}\n", text(step, "Untagged")),
    };
    answer.as_array().into_iter().flatten().map(line).collect()
}

/// `docker tag`.
pub(in crate::docker_cli) async fn tag(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let [source, target] = parsed.operands.as_slice() else {
        return Err(Failure::said("two names are needed"));
    };
    let bad = |name: &str, reason: &str| {
        Failure::said(format!(
            "Error parsing reference: \"{name}\" is not a valid repository/tag: {reason}"
        ))
    };
    Reference::read(source).map_err(|reason| bad(source, &reason))?;
    let reference = Reference::read(target)
        .map_err(|reason| bad(target, &reason))?
        .ok_or_else(|| {
            bad(
                target,
                &format!("invalid repository name ({target}), cannot specify 64-byte hexadecimal strings"),
            )
        })?;
    if reference.digest.is_some() {
        return Err(Failure::said("refusing to create a tag with a digest reference"));
    }
    let options = query(&[("repo", Some(reference.familiar)), ("tag", reference.tag)]);
    client
        .post(&format!("/images/{}/tag{options}", encode_name(source)), None)
        .await?;
    Ok(0)
}

/// `docker image prune`.
pub(in crate::docker_cli) async fn prune(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let which = if parsed.on("all") {
        "all images without at least one container associated to them"
    } else {
        "all dangling images"
    };
    if !parsed.on("force") {
        prompt::confirm(&format!(
            "WARNING! This will remove {which}.\nAre you sure you want to continue?"
        ))
        .await?;
    }
    let (text, space) = pruned(client, parsed).await?;
    say(&format!("{text}Total reclaimed space: {}\n", human_size_of(space)));
    Ok(0)
}

/// Prunes without asking: what to tell, and the bytes won.
pub(in crate::docker_cli) async fn pruned(client: &Client, parsed: &Parsed) -> Result<(String, u64), Failure> {
    let dangling = if parsed.on("all") { "false" } else { "true" };
    let filters = filter::query(parsed, &[("dangling", dangling)]);
    let answer = client
        .post_json(&format!("/images/prune{}", query(&[("filters", filters)])), None)
        .await?;
    let line = |step: &Value| match step["Untagged"].as_str().filter(|name| !name.is_empty()) {
        Some(name) => format!("untagged: {name}\n"),
        None => format!("deleted: {}\n", step["Deleted"].as_str().unwrap_or_default()),
    };
    let lines: String = answer["ImagesDeleted"]
        .as_array()
        .into_iter()
        .flatten()
        .map(line)
        .collect();
    if lines.is_empty() {
        return Ok((String::new(), 0));
    }
    let space = answer["SpaceReclaimed"].as_u64().unwrap_or(0);
    Ok((format!("Deleted Images:\n{lines}\n"), space))
}

/// Bytes for people, four digits (go-units' `HumanSize`).
#[expect(clippy::cast_precision_loss, reason = "four digits of a size are shown")]
pub(in crate::docker_cli) fn human_size_of(bytes: u64) -> String {
    human_size(bytes as f64, 4)
}
