//! Options that a network mode excludes (moby, `runconfig/hostconfig_unix.go`): checked before all else.

use serde_json::{Map as Object, Value};

use crate::engine::api::error::ApiError;
use crate::engine::core::Era;

/// What of a create request has to do with its network mode.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// `HostConfig`, as sent.
    pub host_config: &'a Object<String, Value>,
    /// `Hostname`.
    pub hostname: &'a str,
    /// `MacAddress`.
    pub mac_address: &'a str,
    /// `ExposedPorts` has some.
    pub exposes: bool,
}

/// Refuses what does not go together, in Docker's order.
///
/// # Errors
/// 400 with Docker's words.
pub fn check(settings: Settings<'_>, era: Era) -> Result<(), ApiError> {
    let Settings {
        host_config,
        hostname,
        mac_address,
        exposes,
    } = settings;
    let given = |member: &str| host_config.get(member).is_some_and(|value| !is_empty(value));
    let mode = host_config
        .get("NetworkMode")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (kind, other) = mode.split_once(':').unwrap_or((mode, ""));
    if kind == "container" && other.split(':').next().is_none_or(str::is_empty) {
        let invalid = if era == Era::E28 { "invalid" } else { "Invalid" };
        return Err(ApiError::invalid(format!(
            "{invalid} network mode: invalid container format container:<name|id>"
        )));
    }
    let (joins, host) = (kind == "container", mode == "host");
    let undefined = "can't be used with links. This would result in undefined behavior";
    let rows = [
        (
            joins && !hostname.is_empty(),
            "hostname and the network mode".to_owned(),
        ),
        (host && given("Links"), format!("host type networking {undefined}")),
        (joins && given("Links"), format!("container type network {undefined}")),
        (joins && given("Dns"), "dns and the network mode".into()),
        (
            joins && given("ExtraHosts"),
            "custom host-to-IP mapping and the network mode".into(),
        ),
        (
            (joins || host) && !mac_address.is_empty(),
            "mac-address and the network mode".into(),
        ),
        (
            joins && (given("PortBindings") || given("PublishAllPorts")),
            "port publishing and the container type network mode".into(),
        ),
        (
            joins && exposes,
            "port exposing and the container type network mode".into(),
        ),
    ];
    let conflict = rows.into_iter().find(|(conflicts, _)| *conflicts);
    conflict.map_or(Ok(()), |(_, what)| {
        Err(ApiError::invalid(format!("conflicting options: {what}")))
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(host_config: &Value, hostname: &str, mac_address: &str, exposes: bool) -> String {
        let settings = Settings {
            host_config: host_config.as_object().unwrap(),
            hostname,
            mac_address,
            exposes,
        };
        check(settings, Era::E28).map_or_else(|error| error.message, |()| String::new())
    }

    #[test]
    fn what_does_not_go_with_a_shared_network() {
        let with = |member: &str, value: Value| json!({"NetworkMode": "container:a", member: value});
        let plain = json!({"NetworkMode": "container:a"});
        let conflict = "conflicting options: ";
        for (host_config, words) in [
            (
                with("Links", json!(["a:b"])),
                "container type network can't be used with links. This would result in undefined behavior",
            ),
            (with("Dns", json!(["1.1.1.1"])), "dns and the network mode"),
            (
                with("ExtraHosts", json!(["a:1.1.1.1"])),
                "custom host-to-IP mapping and the network mode",
            ),
            (
                with("PublishAllPorts", json!(true)),
                "port publishing and the container type network mode",
            ),
            (
                with("PortBindings", json!({"80/tcp": []})),
                "port publishing and the container type network mode",
            ),
            (
                json!({"NetworkMode": "host", "Links": ["a:b"]}),
                "host type networking can't be used with links. This would result in undefined behavior",
            ),
        ] {
            assert_eq!(said(&host_config, "", "", false), format!("{conflict}{words}"));
        }
        assert_eq!(
            said(&plain, "h", "", false),
            format!("{conflict}hostname and the network mode")
        );
        assert_eq!(
            said(&plain, "", "02:42:00:00:00:01", false),
            format!("{conflict}mac-address and the network mode")
        );
        assert_eq!(
            said(&plain, "", "", true),
            format!("{conflict}port exposing and the container type network mode")
        );
        for mode in ["container", "container:", "container::x"] {
            assert_eq!(
                said(&json!({"NetworkMode": mode}), "", "", false),
                "invalid network mode: invalid container format container:<name|id>"
            );
        }
        for allowed in [
            plain,
            json!({"NetworkMode": "host"}),
            json!({}),
            json!({"NetworkMode": "containers"}),
        ] {
            assert_eq!(said(&allowed, "", "", false), "");
        }
        assert_eq!(said(&json!({"NetworkMode": "host"}), "named", "", true), "");
    }
}
