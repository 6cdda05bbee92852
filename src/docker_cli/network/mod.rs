//! `docker network create`, `ls` and `rm`, and the other commands of `docker network`.

pub(super) mod connect;
mod ipam;

use serde_json::{Map, Value, json};

use super::client::{Client, encode, is_older, query};
use super::failure::Failure;
use super::flag::{Flag, Parsed, switch, value, values};
use super::format::{self, Row};
use super::table::{lines, natural_order, short_id, table};
use super::{complain, filter, moment, say};

/// Flags of `docker network create`.
pub(super) const CREATE_FLAGS: &[Flag] = &[
    switch("attachable", "Enable manual container attachment"),
    values(
        "aux-address",
        "map",
        "Auxiliary IPv4 or IPv6 addresses used by Network driver (default map[])",
    ),
    value(
        "config-from",
        "string",
        "The network from which to copy the configuration",
    ),
    switch("config-only", "Create a configuration only network"),
    value("driver", "string", "Driver to manage the Network (default \"bridge\")").letter('d'),
    values("gateway", "strings", "IPv4 or IPv6 Gateway for the master subnet"),
    switch("ingress", "Create swarm routing-mesh network"),
    switch("internal", "Restrict external access to the network"),
    values("ip-range", "strings", "Allocate container ip from a sub-range"),
    value(
        "ipam-driver",
        "string",
        "IP Address Management Driver (default \"default\")",
    ),
    values("ipam-opt", "map", "Set IPAM driver specific options (default map[])"),
    switch("ipv4", "Enable or disable IPv4 address assignment (default true)"),
    switch("ipv6", "Enable or disable IPv6 address assignment"),
    values("label", "list", "Set metadata on a network").checked(check_label),
    values("opt", "map", "Set driver specific options (default map[])").letter('o'),
    value("scope", "string", "Control the network's scope"),
    values(
        "subnet",
        "strings",
        "Subnet in CIDR format that represents a network segment",
    ),
];

/// Refuses a label without a name.
pub(super) fn check_label(text: &str) -> Result<(), String> {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    if name.is_empty() {
        Err(format!("invalid label '{text}': empty name"))
    } else {
        Ok(())
    }
}

/// `key=value` pairs as an object; a key alone has an empty value.
pub(super) fn pairs<'a>(values: impl Iterator<Item = &'a str>) -> Value {
    let map: Map<String, Value> = values
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect();
    Value::Object(map)
}

/// `docker network create`.
pub(super) async fn create(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let mut body = json!({
        "Name": parsed.operands.first(),
        "Driver": parsed.last("driver").unwrap_or("bridge"),
        "Scope": parsed.last("scope").unwrap_or(""),
        "IPAM": {
            "Driver": parsed.last("ipam-driver").unwrap_or("default"),
            "Options": pairs(parsed.all("ipam-opt")),
            "Config": ipam::config(parsed).map_err(Failure::said)?,
        },
        "Internal": parsed.on("internal"),
        "Attachable": parsed.on("attachable"),
        "Ingress": parsed.on("ingress"),
        "ConfigOnly": parsed.on("config-only"),
        "ConfigFrom": parsed.last("config-from").map(|network| json!({ "Network": network })),
        "Options": pairs(parsed.all("opt")),
        "Labels": pairs(parsed.all("label")),
    });
    // Left out unless asked for: engines before 28 do not know the first.
    for (flag, field) in [("ipv4", "EnableIPv4"), ("ipv6", "EnableIPv6")] {
        if parsed.last(flag).is_some() {
            body[field] = json!(parsed.on(flag));
        }
    }
    if is_older(client.version(), "1.44") {
        // Engines before 25 allow two networks of one name unless told.
        body["CheckDuplicate"] = json!(true);
    }
    let answer: Value =
        serde_json::from_slice(&client.post("/networks/create", Some(&body)).await?).unwrap_or_default();
    say(&format!("{}\n", answer["Id"].as_str().unwrap_or_default()));
    Ok(0)
}

/// `docker network ls`.
pub(super) async fn list(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let path = format!("/networks{}", query(&[("filters", filter::query(parsed, &[]))]));
    let answer = client.get_json(&path).await?;
    let mut networks: Vec<&Value> = answer.as_array().into_iter().flatten().collect();
    let text = |network: &Value, field: &str| network[field].as_str().unwrap_or_default().to_owned();
    networks.sort_by(|one, other| natural_order(&text(one, "Name"), &text(other, "Name")));
    let id = |network: &Value| {
        let id = text(network, "Id");
        if parsed.on("no-trunc") {
            id
        } else {
            short_id(&id).to_owned()
        }
    };
    if parsed.on("quiet") {
        say(&lines(networks.iter().map(|network| id(network))));
        return Ok(0);
    }
    if let Some(template) = format::asked(parsed.last("format")) {
        let rows: Vec<Row> = networks.iter().map(|network| row(network, id(network))).collect();
        say(&format::list(&template, &rows, HEADERS)?);
        return Ok(0);
    }
    let mut rows = vec![["NETWORK ID", "NAME", "DRIVER", "SCOPE"].map(str::to_owned).to_vec()];
    rows.extend(networks.iter().map(|network| {
        vec![
            id(network),
            text(network, "Name"),
            text(network, "Driver"),
            text(network, "Scope"),
        ]
    }));
    say(&table(&rows));
    Ok(0)
}

/// Titles of the columns that a template may ask for.
const HEADERS: &[(&str, &str)] = &[
    ("ID", "NETWORK ID"),
    ("Name", "NAME"),
    ("Driver", "DRIVER"),
    ("Scope", "SCOPE"),
    ("IPv4", "IPV4"),
    ("IPv6", "IPV6"),
    ("Internal", "INTERNAL"),
    ("Labels", "LABELS"),
    ("CreatedAt", "CREATED AT"),
];

/// A network as templates see it.
fn row(network: &Value, id: String) -> Row {
    let text = |field: &str| network[field].as_str().unwrap_or_default().to_owned();
    let flag = |field: &str| network[field].as_bool().unwrap_or(false).to_string();
    Row::new(
        &[
            ("ID", id),
            ("Name", text("Name")),
            ("Driver", text("Driver")),
            ("Scope", text("Scope")),
            ("IPv4", flag("EnableIPv4")),
            ("IPv6", flag("EnableIPv6")),
            ("Internal", flag("Internal")),
            ("Labels", format::labels(&network["Labels"])),
            ("CreatedAt", moment::go_time(&text("Created"))),
        ],
        &network["Labels"],
    )
}

/// `docker network rm`.
pub(super) async fn remove(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let mut failed = false;
    for name in &parsed.operands {
        let path = format!("/networks/{}", encode(name));
        // The real CLI looks first whether it must ask about an ingress network; what it finds decides nothing here.
        let _ = client.get(&path).await;
        match client.delete(&path).await {
            Ok(_) => say(&format!("{name}\n")),
            Err(error) if parsed.on("force") && error.status() == Some(404) => {}
            Err(error) => {
                complain(&error.to_string());
                failed = true;
            }
        }
    }
    if failed {
        return Err(Failure::Said("exit status 1".into(), 1));
    }
    Ok(0)
}
