//! Containers on the wire: `inspect` and the elements of `ps`.

use std::collections::BTreeMap;

use ipnetwork::Ipv4Network;
use serde::Serialize;
use serde_json::{Value, json};

use super::config::ConfigOut;
use super::host_config_out;
use crate::engine::api::version::ApiVersion;
use crate::engine::core::{Container, Endpoint, Era, Phase, State, is_user_defined, link, short_id};
use crate::moment::{SECOND, human_duration, rfc3339, rfc3339_or_zero};

const NANOS: i64 = 1_000_000_000;

/// `GET /containers/{id}/json`. The members are in the order of Go's structures.
#[must_use]
pub fn inspect(container: &Container, era: Era, version: ApiVersion) -> Value {
    let argv = container.argv();
    let spec = &*container.spec;
    let (program, arguments) = argv
        .split_first()
        .map_or(("", &[][..]), |(program, arguments)| (program.as_str(), arguments));
    json!({
        "Id": container.id,
        "Created": rfc3339(container.created),
        "Path": program,
        "Args": arguments,
        "State": state(container),
        "Image": container.image_id,
        "ResolvConfPath": "",
        "HostnamePath": "",
        "HostsPath": "",
        "LogPath": "",
        "Name": format!("/{}", container.name),
        "RestartCount": 0,
        "Driver": "tmpfs",
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": null,
        "HostConfig": host_config_out::print(container, era),
        "GraphDriver": { "Data": null, "Name": "tmpfs" },
        "Mounts": [],
        "Config": ConfigOut::from(spec),
        "NetworkSettings": network_settings(container, era, version),
    })
}

fn state(container: &Container) -> Value {
    let life = &container.life;
    json!({
        "Status": life.phase.word(),
        "Running": container.is_running(),
        "Paused": false,
        "Restarting": false,
        "OOMKilled": false,
        "Dead": false,
        "Pid": life.pid,
        "ExitCode": life.exit_code,
        "Error": life.error,
        "StartedAt": rfc3339_or_zero(life.started),
        "FinishedAt": rfc3339_or_zero(life.finished),
    })
}

fn network_settings(container: &Container, era: Era, version: ApiVersion) -> Value {
    let key = match short_id(&container.sandbox_id) {
        "" => String::new(),
        _ if container.spec.network_mode == "host" => "/var/run/docker/netns/default".into(),
        short => format!("/var/run/docker/netns/{short}"),
    };
    let ports: BTreeMap<&str, Value> = match container.life.phase {
        Phase::Running => container
            .spec
            .exposed_ports
            .iter()
            .map(|port| (port.as_str(), Value::Null))
            .collect(),
        Phase::Created | Phase::Exited => BTreeMap::new(),
    };
    let mut all = json!({ "Bridge": "", "SandboxID": container.sandbox_id });
    let mut add = |name: &str, value: Value| all[name] = value;
    if era == Era::E28 {
        add("SandboxKey", json!(key));
        add("Ports", json!(ports));
    }
    for (name, value) in [
        ("HairpinMode", json!(false)),
        ("LinkLocalIPv6Address", json!("")),
        ("LinkLocalIPv6PrefixLen", json!(0)),
    ] {
        add(name, value);
    }
    if era == Era::E20_10 {
        add("Ports", json!(ports));
        add("SandboxKey", json!(key));
    }
    add("SecondaryIPAddresses", Value::Null);
    add("SecondaryIPv6Addresses", Value::Null);
    let on_default = container.endpoints.iter().find(|endpoint| endpoint.network == "bridge");
    let operational = Operational::of(on_default);
    for (name, value) in [
        ("EndpointID", json!(operational.id)),
        ("Gateway", json!(operational.gateway)),
        ("GlobalIPv6Address", json!("")),
        ("GlobalIPv6PrefixLen", json!(0)),
        ("IPAddress", json!(operational.address)),
        ("IPPrefixLen", json!(operational.prefix)),
        ("IPv6Gateway", json!("")),
        ("MacAddress", json!(operational.mac)),
    ] {
        add(name, value);
    }
    let networks: BTreeMap<&str, Value> = container
        .endpoints
        .iter()
        .map(|endpoint| {
            (
                endpoint.network.as_str(),
                endpoint_settings(container, endpoint, era, version),
            )
        })
        .collect();
    add("Networks", json!(networks));
    all
}

/// What an endpoint has while its container runs; empty otherwise.
#[derive(Debug, Default)]
struct Operational {
    id: String,
    gateway: String,
    address: String,
    prefix: u8,
    mac: String,
}

impl Operational {
    fn of(endpoint: Option<&Endpoint>) -> Self {
        let Some(live) = endpoint.and_then(|endpoint| endpoint.live.as_ref()) else {
            return Self::default();
        };
        Self {
            id: live.id.clone(),
            gateway: live.gateway.map(|gateway| gateway.to_string()).unwrap_or_default(),
            address: live.address.map(|address| address.ip().to_string()).unwrap_or_default(),
            prefix: live.address.map_or(0, Ipv4Network::prefix),
            mac: live.mac.clone(),
        }
    }
}

/// `EndpointSettings`. Before API 1.45 `Aliases` also holds the short id and the host name, in 20.10 once the names are
/// registered.
fn endpoint_settings(container: &Container, endpoint: &Endpoint, era: Era, version: ApiVersion) -> Value {
    let operational = Operational::of(Some(endpoint));
    let ipam = ipam_config(endpoint);
    let aliases = aliases(container, endpoint, era, version);
    let mac = if operational.mac.is_empty() && era == Era::E28 && container.life.phase == Phase::Created {
        endpoint.spec.mac_address.clone()
    } else {
        operational.mac
    };
    let names = if endpoint.names.is_empty() {
        Value::Null
    } else {
        json!(endpoint.names)
    };
    let addresses = json!({
        "NetworkID": endpoint.network_id,
        "EndpointID": operational.id,
        "Gateway": operational.gateway,
        "IPAddress": operational.address,
        "IPPrefixLen": operational.prefix,
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
    });
    let (before, after) = match era {
        Era::E28 => (
            json!({ "IPAMConfig": ipam, "Links": endpoint.spec.links, "Aliases": aliases, "MacAddress": mac,
                    "DriverOpts": endpoint.spec.driver_opts, "GwPriority": endpoint.spec.gw_priority }),
            json!({ "DNSNames": names }),
        ),
        Era::E20_10 => (
            json!({ "IPAMConfig": ipam, "Links": endpoint.spec.links, "Aliases": aliases }),
            json!({ "MacAddress": mac, "DriverOpts": endpoint.spec.driver_opts }),
        ),
    };
    super::joined([before, addresses, after])
}

fn ipam_config(endpoint: &Endpoint) -> Value {
    if !endpoint.spec.ipam_given {
        return Value::Null;
    }
    let mut config = json!({});
    for (name, text) in [
        ("IPv4Address", &endpoint.spec.ipv4_address),
        ("IPv6Address", &endpoint.spec.ipv6_address),
    ] {
        if !text.is_empty() {
            config[name] = json!(text);
        }
    }
    config
}

fn aliases(container: &Container, endpoint: &Endpoint, era: Era, version: ApiVersion) -> Value {
    let told = match era {
        Era::E28 => version < ApiVersion(45),
        Era::E20_10 => !endpoint.names.is_empty(),
    };
    if !(told && is_user_defined(&endpoint.network)) {
        return json!(endpoint.spec.aliases);
    }
    let mut all = endpoint.spec.aliases.clone().unwrap_or_default();
    for name in [short_id(&container.id).to_owned(), container.spec.hostname.clone()] {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    json!(all)
}

/// An element of `GET /containers/json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Summary {
    id: String,
    names: Vec<String>,
    image: String,
    #[serde(rename = "ImageID")]
    image_id: String,
    command: String,
    created: i64,
    ports: Vec<Value>,
    labels: BTreeMap<String, String>,
    state: &'static str,
    status: String,
    host_config: Value,
    network_settings: Value,
    mounts: [(); 0],
}

impl Summary {
    /// As `ps` prints it at `now` (nanoseconds since the Unix epoch).
    #[must_use]
    pub fn new(state: &State, container: &Container, now: i64) -> Self {
        let era = state.rules().era;
        let networks: BTreeMap<&str, Value> = container
            .endpoints
            .iter()
            .map(|endpoint| (endpoint.network.as_str(), summary_endpoint(container, endpoint, era)))
            .collect();
        Self {
            id: container.id.clone(),
            names: link::names(state, container),
            image: container.spec.image.clone(),
            image_id: container.image_id.clone(),
            command: command(&container.argv()),
            created: container.created.div_euclid(NANOS),
            ports: ports(container),
            labels: container.spec.labels.clone(),
            state: container.life.phase.word(),
            status: status(container, now),
            host_config: json!({ "NetworkMode": container.spec.network_mode }),
            network_settings: json!({ "Networks": networks }),
            mounts: [],
        }
    }
}

/// Lists leave out what was only asked for.
fn summary_endpoint(container: &Container, endpoint: &Endpoint, era: Era) -> Value {
    let mut settings = endpoint_settings(container, endpoint, era, ApiVersion(u16::MAX));
    for name in ["Aliases", "DNSNames", "DriverOpts"] {
        if settings.get(name).is_some() {
            settings[name] = Value::Null;
        }
    }
    settings
}

fn ports(container: &Container) -> Vec<Value> {
    let exposed = container.spec.exposed_ports.iter().filter(|_| container.is_running());
    let port = |text: &String| {
        let (number, kind) = text.split_once('/').unwrap_or((text, "tcp"));
        Some(json!({ "PrivatePort": number.parse::<u16>().ok()?, "Type": kind }))
    };
    exposed.filter_map(port).collect()
}

/// The command as one line: arguments with a space are quoted, the program never is.
fn command(argv: &[String]) -> String {
    let quoted = |(index, word): (usize, &String)| match index {
        1.. if word.contains(' ') => format!("'{word}'"),
        _ => word.clone(),
    };
    argv.iter().enumerate().map(quoted).collect::<Vec<_>>().join(" ")
}

/// `Up 3 seconds`, `Exited (0) 2 minutes ago`.
pub fn status(container: &Container, now: i64) -> String {
    let life = &container.life;
    let since = |moment: Option<i64>| human_duration((now - moment.unwrap_or(now)) / SECOND);
    match life.phase {
        Phase::Created => "Created".into(),
        Phase::Running => format!("Up {}", since(life.started)),
        Phase::Exited => format!("Exited ({}) {} ago", life.exit_code, since(life.finished)),
    }
}
