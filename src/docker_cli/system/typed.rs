//! What the real CLI's own types make of an engine's JSON before a template sees it: the order of members, and zeros for what an
//! older engine does not send.

use serde_json::{Map, Value, json};

/// A container's; other objects stay as they are.
pub(super) fn complete(object: &mut Value) {
    if let Some(Value::Object(config)) = object.get_mut("Config") {
        config.entry("MacAddress").or_insert_with(|| json!(""));
    }
    let networks = object.pointer_mut("/NetworkSettings/Networks");
    for endpoint in networks.and_then(Value::as_object_mut).into_iter().flatten() {
        if let (_, Value::Object(endpoint)) = endpoint {
            *endpoint = endpoint_settings(endpoint);
        }
    }
}

/// `EndpointSettings`, in the order of API 1.48.
fn endpoint_settings(given: &mut Map<String, Value>) -> Map<String, Value> {
    let members = [
        ("IPAMConfig", Value::Null),
        ("Links", Value::Null),
        ("Aliases", Value::Null),
        ("MacAddress", json!("")),
        ("DriverOpts", Value::Null),
        ("GwPriority", json!(0)),
        ("NetworkID", json!("")),
        ("EndpointID", json!("")),
        ("Gateway", json!("")),
        ("IPAddress", json!("")),
        ("IPPrefixLen", json!(0)),
        ("IPv6Gateway", json!("")),
        ("GlobalIPv6Address", json!("")),
        ("GlobalIPv6PrefixLen", json!(0)),
        ("DNSNames", Value::Null),
    ];
    let ordered = members.map(|(name, zero)| (name.to_owned(), given.remove(name).unwrap_or(zero)));
    ordered.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_engines_endpoint_is_told_as_the_types_have_it() {
        let mut object = json!({
            "Config": {},
            "NetworkSettings": { "Networks": { "dev": { "IPAddress": "172.18.0.2", "MacAddress": "02:42:ac:12:00:02" } } },
        });
        complete(&mut object);
        assert_eq!(object["Config"]["MacAddress"], "");
        let endpoint = object["NetworkSettings"]["Networks"]["dev"].to_string();
        assert!(
            endpoint.starts_with(r#"{"IPAMConfig":null,"Links":null,"Aliases":null,"MacAddress":"02:42:ac:12:00:02","#),
            "{endpoint}"
        );
        let mut network = json!({ "Name": "dev" });
        complete(&mut network);
        assert_eq!(network, json!({ "Name": "dev" }));
    }
}
