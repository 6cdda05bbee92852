//! `docker port`.

use serde_json::Value;

use super::super::client::{Client, encode};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::say;
use super::super::table::natural_order;
use super::ps::join_host;

/// `docker port`.
pub(in crate::docker_cli) async fn show(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let name = parsed.operands.first().map(String::as_str).unwrap_or_default();
    let container = client.get_json(&format!("/containers/{}/json", encode(name))).await?;
    let ports = &container["NetworkSettings"]["Ports"];
    let mut lines = match parsed.operands.get(1).filter(|port| !port.is_empty()) {
        Some(wanted) => mappings(ports, wanted, name).map_err(Failure::said)?,
        None => ports
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(port, bindings)| {
                addresses(bindings)
                    .into_iter()
                    .map(move |address| format!("{port} -> {address}"))
            })
            .collect(),
    };
    lines.sort_by(|one, other| natural_order(one, other));
    if !lines.is_empty() {
        say(&format!("{}\n", lines.join("\n")));
    }
    Ok(0)
}

/// Where one port of the container is published.
fn mappings(ports: &Value, wanted: &str, name: &str) -> Result<Vec<String>, String> {
    let (port, protocol) = wanted.split_once('/').unwrap_or((wanted, ""));
    let protocol = if protocol.is_empty() { "tcp" } else { protocol };
    if port.parse::<u16>().is_err() {
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let reason = if digits { "value out of range" } else { "invalid syntax" };
        return Err(format!(
            "Error: invalid port ({port}): strconv.ParseUint: parsing \"{port}\": {reason}"
        ));
    }
    let found = addresses(&ports[format!("{port}/{protocol}")]);
    if found.is_empty() {
        return Err(format!("Error: No public port '{wanted}' published for {name}"));
    }
    Ok(found)
}

fn addresses(bindings: &Value) -> Vec<String> {
    let text = |binding: &Value, field: &str| binding[field].as_str().unwrap_or_default().to_owned();
    bindings
        .as_array()
        .into_iter()
        .flatten()
        .map(|binding| join_host(&text(binding, "HostIp"), &text(binding, "HostPort")))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ports_are_found_or_refused_in_docker_s_words() {
        let ports = json!({"80/tcp": [{"HostIp": "::", "HostPort": "8080"}], "81/tcp": null});
        assert_eq!(mappings(&ports, "80", "c").unwrap(), ["[::]:8080"]);
        assert_eq!(
            mappings(&ports, "81/tcp", "c").unwrap_err(),
            "Error: No public port '81/tcp' published for c"
        );
        assert_eq!(
            mappings(&ports, "x", "c").unwrap_err(),
            "Error: invalid port (x): strconv.ParseUint: parsing \"x\": invalid syntax"
        );
        assert!(
            mappings(&ports, "99999", "c")
                .unwrap_err()
                .ends_with("value out of range")
        );
    }
}
