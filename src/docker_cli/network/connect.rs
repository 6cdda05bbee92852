//! `docker network connect`, `disconnect` and `prune`.

use serde_json::{Map, Value, json};

use super::super::client::{Client, encode, query};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::json::lines_of;
use super::super::{filter, prompt, say};

const QUESTION: &str = "WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue?";

/// `docker network connect`.
pub(in crate::docker_cli) async fn connect(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let [network, container] = parsed.operands.as_slice() else {
        return Err(Failure::said("a network and a container are needed"));
    };
    let list = |flag: &'static str| -> Vec<&str> {
        let values = parsed.all(flag).filter(|value| !value.is_empty());
        values.flat_map(|value| value.split(',')).collect()
    };
    let mut options = Map::new();
    for option in list("driver-opt") {
        match option.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            Some((key, value)) if !key.is_empty() => options.insert(key.to_owned(), json!(value)),
            _ => return Err(Failure::said("invalid key/value pair format in driver options")),
        };
    }
    let mut ipam = Map::new();
    for (field, flag) in [("IPv4Address", "ip"), ("IPv6Address", "ip6")] {
        if let Some(address) = parsed.last(flag).filter(|address| !address.is_empty()) {
            ipam.insert(field.to_owned(), json!(address));
        }
    }
    if parsed.last("link-local-ip").is_some() {
        ipam.insert("LinkLocalIPs".to_owned(), json!(list("link-local-ip")));
    }
    let links: Vec<&str> = parsed.all("link").collect();
    let priority = parsed.last("gw-priority").and_then(|number| number.parse::<i64>().ok());
    let body = json!({
        "Container": container,
        "EndpointConfig": {
            "IPAMConfig": ipam,
            "Links": if links.is_empty() { Value::Null } else { json!(links) },
            "Aliases": list("alias"),
            "DriverOpts": options,
            "GwPriority": priority.unwrap_or(0),
        },
    });
    client
        .post(&format!("/networks/{}/connect", encode(network)), Some(&body))
        .await?;
    Ok(0)
}

/// `docker network disconnect`.
pub(in crate::docker_cli) async fn disconnect(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let [network, container] = parsed.operands.as_slice() else {
        return Err(Failure::said("a network and a container are needed"));
    };
    let body = json!({ "Container": container, "Force": parsed.on("force") });
    client
        .post(&format!("/networks/{}/disconnect", encode(network)), Some(&body))
        .await?;
    Ok(0)
}

/// `docker network prune`.
pub(in crate::docker_cli) async fn prune(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    if !parsed.on("force") {
        prompt::confirm(QUESTION).await?;
    }
    say(&pruned(client, parsed).await?);
    Ok(0)
}

/// Prunes without asking: what to tell.
pub(in crate::docker_cli) async fn pruned(client: &Client, parsed: &Parsed) -> Result<String, Failure> {
    let path = format!("/networks/prune{}", query(&[("filters", filter::query(parsed, &[]))]));
    let answer = client.post_json(&path, None).await?;
    let names = lines_of(&answer["NetworksDeleted"]);
    if names.is_empty() {
        return Ok(names);
    }
    Ok(format!("Deleted Networks:\n{names}\n"))
}
