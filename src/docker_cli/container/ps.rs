//! `docker ps`.

use std::collections::HashMap;

use serde_json::Value;

use super::super::client::{Client, query};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::format::{self, Row};
use super::super::table::{ellipsis, human_size, lines, quote, short_id, table};
use super::super::{filter, moment, say};
use crate::moment::human_duration;

/// Width of the COMMAND column's text.
const COMMAND: usize = 20;

/// `docker ps`.
pub(in crate::docker_cli) async fn list(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let set = |flag: &str| parsed.on(flag).then(|| "1".to_owned());
    let last = parsed
        .last("last")
        .and_then(|count| count.parse::<i64>().ok())
        .filter(|count| *count > 0);
    let limit = if parsed.on("latest") && last.is_none() {
        Some(1)
    } else {
        last
    };
    let path = format!(
        "/containers/json{}",
        query(&[
            ("all", set("all")),
            ("filters", filter::query(parsed, &[])),
            ("limit", limit.map(|limit| limit.to_string())),
            ("size", set("size")),
        ])
    );
    let answer = client.get_json(&path).await?;
    let containers: Vec<&Value> = answer.as_array().into_iter().flatten().collect();
    let whole = parsed.on("no-trunc");
    let id = |container: &Value| {
        let id = container["Id"].as_str().unwrap_or_default();
        if whole { id.to_owned() } else { short_id(id).to_owned() }
    };
    if parsed.on("quiet") {
        say(&lines(containers.iter().map(|container| id(container))));
        return Ok(0);
    }
    if let Some(template) = format::asked(parsed.last("format")) {
        let rows: Vec<Row> = containers
            .iter()
            .map(|container| row(container, id(container), whole))
            .collect();
        say(&format::list(&template, &rows, HEADERS)?);
        return Ok(0);
    }
    let mut header = vec![
        "CONTAINER ID",
        "IMAGE",
        "COMMAND",
        "CREATED",
        "STATUS",
        "PORTS",
        "NAMES",
    ];
    if parsed.on("size") {
        header.push("SIZE");
    }
    let mut rows = vec![header.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    let now = moment::now();
    for container in containers {
        let created = container["Created"].as_i64().unwrap_or(now);
        let mut row = vec![
            id(container),
            image(container, whole),
            command(container, whole),
            format!("{} ago", human_duration(now.saturating_sub(created))),
            container["Status"].as_str().unwrap_or_default().to_owned(),
            ports(container["Ports"].as_array().map_or(&[], Vec::as_slice)),
            names(container, whole),
        ];
        if parsed.on("size") {
            row.push(size(container));
        }
        rows.push(row);
    }
    say(&table(&rows));
    Ok(0)
}

/// Titles of the columns that a template may ask for.
const HEADERS: &[(&str, &str)] = &[
    ("ID", "CONTAINER ID"),
    ("Image", "IMAGE"),
    ("Command", "COMMAND"),
    ("RunningFor", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("Status", "STATUS"),
    ("State", "STATE"),
    ("Ports", "PORTS"),
    ("Names", "NAMES"),
    ("Size", "SIZE"),
    ("Labels", "LABELS"),
    ("Mounts", "MOUNTS"),
    ("LocalVolumes", "LOCAL VOLUMES"),
    ("Networks", "NETWORKS"),
];

/// A container as templates see it.
fn row(container: &Value, id: String, whole: bool) -> Row {
    let text = |field: &str| container[field].as_str().unwrap_or_default().to_owned();
    let created = container["Created"].as_i64().unwrap_or(0);
    let mut networks: Vec<String> = container["NetworkSettings"]["Networks"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    networks.sort_unstable();
    Row::new(
        &[
            ("ID", id),
            ("Image", image(container, whole)),
            ("Command", command(container, whole)),
            (
                "RunningFor",
                format!("{} ago", human_duration(moment::now().saturating_sub(created))),
            ),
            ("CreatedAt", moment::go_seconds(created)),
            ("Status", text("Status")),
            ("State", text("State")),
            ("Ports", ports(container["Ports"].as_array().map_or(&[], Vec::as_slice))),
            ("Names", names(container, whole)),
            ("Size", size(container)),
            ("Labels", format::labels(&container["Labels"])),
            ("Mounts", String::new()),
            ("LocalVolumes", "0".to_owned()),
            ("Networks", networks.join(",")),
        ],
        &container["Labels"],
    )
}

fn image(container: &Value, whole: bool) -> String {
    let image = container["Image"].as_str().unwrap_or_default();
    let id = container["ImageID"].as_str().unwrap_or_default();
    match image {
        "" => "<no image>".to_owned(),
        image if !whole && !id.is_empty() && short_id(id) == short_id(image) => short_id(id).to_owned(),
        image => image.to_owned(),
    }
}

fn command(container: &Value, whole: bool) -> String {
    let command = container["Command"].as_str().unwrap_or_default();
    if whole {
        quote(command)
    } else {
        quote(&ellipsis(command, COMMAND))
    }
}

/// Names without their slash; links (`/web/alias`) only in the long form.
fn names(container: &Value, whole: bool) -> String {
    let names = container["Names"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let bare = names
        .map(|name| name.strip_prefix('/').unwrap_or(name))
        .filter(|name| whole || !name.contains('/'));
    bare.collect::<Vec<_>>().join(",")
}

#[expect(clippy::cast_precision_loss, reason = "three digits of a size are shown")]
fn size(container: &Value) -> String {
    let number = |field: &str| container[field].as_i64().unwrap_or(0) as f64;
    let own = human_size(number("SizeRw"), 3);
    let all = number("SizeRootFs");
    if all > 0.0 {
        format!("{own} (virtual {})", human_size(all, 3))
    } else {
        own
    }
}

/// A port as the API lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Port {
    private: u64,
    address: String,
    public: u64,
    kind: String,
}

/// `80/tcp, 0.0.0.0:8080->80/tcp`; neighbouring ports are joined (`8000-8002/tcp`).
fn ports(list: &[Value]) -> String {
    let mut sorted: Vec<Port> = list
        .iter()
        .map(|port| Port {
            private: port["PrivatePort"].as_u64().unwrap_or(0),
            address: port["IP"].as_str().unwrap_or_default().to_owned(),
            public: port["PublicPort"].as_u64().unwrap_or(0),
            kind: port["Type"].as_str().unwrap_or_default().to_owned(),
        })
        .collect();
    sorted.sort();
    let mut open: Vec<(String, String)> = Vec::new();
    let mut ranges: HashMap<(String, String), (u64, u64)> = HashMap::new();
    let mut shown = Vec::new();
    let mut mapped = Vec::new();
    for Port {
        private,
        address,
        public,
        kind,
    } in sorted
    {
        if !address.is_empty() && public != private {
            mapped.push(format!(
                "{}->{private}/{kind}",
                join_host(&address, &public.to_string())
            ));
            continue;
        }
        let key = (address, kind);
        match ranges.get_mut(&key) {
            None => {
                ranges.insert(key.clone(), (private, private));
                open.push(key);
            }
            Some((_, end)) if *end + 1 == private => *end = private,
            Some(range) => shown.push(range_words(&key, std::mem::replace(range, (private, private)))),
        }
    }
    shown.extend(
        open.iter()
            .filter_map(|key| ranges.get(key).map(|range| range_words(key, *range))),
    );
    shown.extend(mapped);
    shown.join(", ")
}

fn range_words((address, kind): &(String, String), (first, last): (u64, u64)) -> String {
    let range = if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    };
    if address.is_empty() {
        format!("{range}/{kind}")
    } else {
        format!("{}->{range}/{kind}", join_host(address, &range))
    }
}

pub(super) fn join_host(address: &str, port: &str) -> String {
    if address.contains(':') {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ports_are_joined_and_mapped_ones_come_last() {
        let list = json!([
            {"PrivatePort": 80, "Type": "tcp"},
            {"PrivatePort": 81, "Type": "tcp"},
            {"PrivatePort": 90, "Type": "tcp"},
            {"IP": "0.0.0.0", "PrivatePort": 443, "PublicPort": 8443, "Type": "tcp"},
            {"IP": "::", "PrivatePort": 53, "PublicPort": 53, "Type": "udp"},
        ]);
        assert_eq!(
            ports(list.as_array().unwrap()),
            "80-81/tcp, [::]:53->53/udp, 90/tcp, 0.0.0.0:8443->443/tcp"
        );
        assert_eq!(ports(&[]), "");
    }

    #[test]
    fn links_and_ids_are_shortened() {
        let container = json!({"Names": ["/web", "/app/db"], "Image": "sha256:0123456789abcdef", "ImageID": "sha256:0123456789abcdef"});
        assert_eq!(names(&container, false), "web");
        assert_eq!(names(&container, true), "web,app/db");
        assert_eq!(image(&container, false), "0123456789ab");
        assert_eq!(
            command(&json!({"Command": "sh -c 'echo \"a long command\"'"}), false),
            "\"sh -c 'echo \\\"a long…\""
        );
    }
}
