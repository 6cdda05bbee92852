//! What Docker 28 does otherwise than 20.10, a test for each: the same requests to a lab of either era.
//!
//! The facts of 28 were read in moby `v28.5.2`; those of 20.10 were recorded from an Engine, and the reference suite holds
//! them against one.
#![cfg(target_os = "linux")]

mod containers;
mod endpoints;
mod gateways;
mod missing;
mod names;
mod neighbours;
mod networks;
mod requests;
#[path = "../support/mod.rs"]
mod support;
mod wire;

use serde_json::Value;
use support::Lab;

/// What the same requests come to in 28 and in 20.10.
fn both(act: impl Fn(&Lab) -> String) -> [String; 2] {
    [&[][..], &["--era", "20.10"]].map(|flags| {
        let lab = Lab::start_with(flags, &[]);
        act(&lab)
    })
}

/// Status and message of an answer, or its status alone.
fn told(lab: &Lab, method: &str, path: &str, body: &str) -> String {
    let (status, answer) = lab.http(method, path, body);
    let document: Value = serde_json::from_str(&answer).unwrap_or_default();
    match document["message"].as_str() {
        Some(message) => format!("{status} {message}"),
        None => status.to_string(),
    }
}

/// A document.
fn document(lab: &Lab, path: &str) -> Value {
    let (_, answer) = lab.http("GET", path, "");
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{path}: {error}\n{answer}"))
}

/// `POST /networks/create` with these members, of a network called `n`.
fn network(lab: &Lab, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    told(
        lab,
        "POST",
        "/networks/create",
        &format!(r#"{{"Name":"n"{comma}{members}}}"#),
    )
}

/// `POST /networks/create` with one `IPAM.Config` entry.
fn pool(lab: &Lab, entry: &str) -> String {
    network(lab, &format!(r#""IPAM":{{"Config":[{{{entry}}}]}}"#))
}

/// A container of that name on that network, created; its answer.
fn created(lab: &Lab, name: &str, network: &str, endpoint: &str) -> String {
    let body = format!(
        r#"{{"Image":"alpine","Cmd":["sleep","600"],"HostConfig":{{"NetworkMode":"{network}"}},
            "NetworkingConfig":{{"EndpointsConfig":{{"{network}":{{{endpoint}}}}}}}}}"#
    );
    told(lab, "POST", &format!("/containers/create?name={name}"), &body)
}

fn started(lab: &Lab, name: &str) -> String {
    told(lab, "POST", &format!("/containers/{name}/start"), "")
}

/// A container that runs.
fn running(lab: &Lab, name: &str, network: &str) {
    lab.ok(&["run", "-d", "--name", name, "--net", network, "alpine", "sleep", "600"]);
}

/// What a command prints in a container, both streams, and its status where it is not 0.
fn inside(lab: &Lab, container: &str, command: &str) -> String {
    let output = lab.cli(&["exec", container, "sh", "-c", command]);
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => text,
        code => format!("{text}{code:?}"),
    }
}

/// The text with this container's and network's ids as words.
fn named(lab: &Lab, text: &str, containers: &[&str], networks: &[&str]) -> String {
    let mut text = text.to_owned();
    let ids = containers
        .iter()
        .map(|name| (*name, format!("/containers/{name}/json")))
        .chain(networks.iter().map(|name| (*name, format!("/networks/{name}"))));
    for (name, path) in ids {
        let id = document(lab, &path)["Id"].as_str().expect("an id").to_owned();
        text = text.replace(&id, &format!("<id of {name}>"));
        text = text.replace(&id[..12], &format!("<short id of {name}>"));
    }
    text
}
