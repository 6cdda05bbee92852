//! `docker version` and `docker info`, and the commands about whatever has a name.

pub(super) mod events;
pub(super) mod inspect;
pub(super) mod prune;
mod typed;

use std::fmt::Write;

use serde_json::{Value, json};

use super::client::{Client, NEWEST};
use super::failure::Failure;
use super::flag::Parsed;
use super::table::bytes_size;
use super::{complain, format, say};
use crate::moment::ansi_c;

/// The CLI whose behaviour this one has.
const IMITATED: &str = "28.2.2";
/// Columns before the values in `docker version`.
const LABEL: usize = 20;

/// `docker --version`.
pub(super) fn one_line_version() -> String {
    format!("Docker version {IMITATED}, build cnm-{}\n", env!("CARGO_PKG_VERSION"))
}

/// `docker version`.
pub(super) async fn version(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    if let Some(format) = parsed.last("format").filter(|format| !format.is_empty()) {
        return version_by(format, client).await;
    }
    let downgraded = if client.version() == NEWEST {
        String::new()
    } else {
        format!(" (downgraded from {NEWEST})")
    };
    let mut text = String::from("Client: cnm\n");
    for (label, value) in [
        (" Version:", IMITATED.to_owned()),
        (" API version:", format!("{}{downgraded}", client.version())),
        (" Git commit:", format!("cnm-{}", env!("CARGO_PKG_VERSION"))),
        (" OS/Arch:", format!("{}/{}", std::env::consts::OS, architecture())),
        (" Context:", "default".to_owned()),
    ] {
        let _ = writeln!(text, "{label:<LABEL$}{value}");
    }
    match client.get_json("/version").await {
        Ok(server) => {
            text.push('\n');
            describe_server(&server, &mut text);
            say(&text);
            Ok(0)
        }
        Err(error) => {
            say(&text);
            Err(error.into())
        }
    }
}

/// `docker version --format`.
async fn version_by(format: &str, client: &Client) -> Result<i32, Failure> {
    let mut server = client.get_json("/version").await;
    if let Ok(Value::Object(server)) = &mut server {
        // Sent only where it is true.
        server.entry("Experimental").or_insert(Value::Bool(false));
    }
    let both = json!({
        "Client": {
            "Version": IMITATED, "ApiVersion": client.version(), "DefaultAPIVersion": NEWEST,
            "GitCommit": format!("cnm-{}", env!("CARGO_PKG_VERSION")), "GoVersion": "", "Os": std::env::consts::OS,
            "Arch": architecture(), "Context": "default",
        },
        "Server": server.as_ref().unwrap_or(&Value::Null),
    });
    say(&format::object(format, &both)?);
    server.map(|_| 0).map_err(Failure::from)
}

/// Go's name of this machine's architecture.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn describe_server(server: &Value, text: &mut String) {
    let platform = server["Platform"]["Name"].as_str().filter(|name| !name.is_empty());
    let _ = writeln!(
        text,
        "Server:{}",
        platform.map_or_else(String::new, |name| format!(" {name}"))
    );
    for component in server["Components"].as_array().into_iter().flatten() {
        let _ = writeln!(text, " {}:", word(&component["Name"]));
        for (label, value) in component_lines(component) {
            let label = format!("  {label}:");
            let _ = writeln!(text, "{label:<LABEL$}{value}");
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn component_lines(component: &Value) -> Vec<(String, String)> {
    let details = &component["Details"];
    let mut lines = vec![("Version".to_owned(), word(&component["Version"]))];
    if component["Name"] == "Engine" {
        let api = format!(
            "{} (minimum version {})",
            word(&details["ApiVersion"]),
            word(&details["MinAPIVersion"])
        );
        let platform = format!("{}/{}", word(&details["Os"]), word(&details["Arch"]));
        lines.extend(
            [
                ("API version", api),
                ("Go version", word(&details["GoVersion"])),
                ("Git commit", word(&details["GitCommit"])),
                ("Built", ansi_c(&word(&details["BuildTime"]))),
                ("OS/Arch", platform),
                ("Experimental", word(&details["Experimental"])),
            ]
            .map(|(label, value)| (label.to_owned(), value)),
        );
        return lines;
    }
    let mut names: Vec<&String> = details
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    lines.extend(
        names
            .into_iter()
            .map(|name| (name.clone(), word(&details[name.as_str()]))),
    );
    lines
}

/// `docker info`.
pub(super) async fn info(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    if let Some(format) = parsed.last("format").filter(|format| !format.is_empty()) {
        say(&format::object(format, &client.get_json("/info").await?)?);
        return Ok(0);
    }
    let mut text =
        format!("Client: cnm\n Version:    {IMITATED}\n Context:    default\n Debug Mode: false\n\nServer:\n");
    let info = match client.get_json("/info").await {
        Ok(info) => info,
        Err(error) => {
            say(&text);
            return Err(error.into());
        }
    };
    describe_info(&info, &mut text);
    text.push('\n');
    say(&text);
    for warning in info["Warnings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        complain(warning);
    }
    Ok(0)
}

/// One line of `docker info`: how far in it stands, its label, and where the value is. Those marked may be left out.
const INFO: &[(usize, &str, &str, bool)] = &[
    (1, "Containers", "Containers", false),
    (2, "Running", "ContainersRunning", false),
    (2, "Paused", "ContainersPaused", false),
    (2, "Stopped", "ContainersStopped", false),
    (1, "Images", "Images", false),
    (1, "Server Version", "ServerVersion", true),
    (1, "Storage Driver", "Driver", true),
    (1, "Logging Driver", "LoggingDriver", true),
    (1, "Cgroup Driver", "CgroupDriver", true),
    (1, "Cgroup Version", "CgroupVersion", true),
    (1, "", "Plugins", true),
    (1, "Swarm", "Swarm", false),
    (1, "", "Runtimes", true),
    (1, "Default Runtime", "DefaultRuntime", true),
    (1, "Init Binary", "InitBinary", true),
    (1, "containerd version", "ContainerdCommit", true),
    (1, "runc version", "RuncCommit", true),
    (1, "init version", "InitCommit", true),
    (1, "", "SecurityOptions", true),
    (1, "Kernel Version", "KernelVersion", true),
    (1, "Operating System", "OperatingSystem", true),
    (1, "OSType", "OSType", true),
    (1, "Architecture", "Architecture", true),
    (1, "CPUs", "NCPU", false),
    (1, "Total Memory", "MemTotal", false),
    (1, "Name", "Name", true),
    (1, "ID", "ID", true),
    (1, "Docker Root Dir", "DockerRootDir", true),
    (1, "Debug Mode", "Debug", false),
    (1, "", "Labels", true),
    (1, "Experimental", "ExperimentalBuild", false),
    (1, "", "RegistryConfig", true),
    (1, "Live Restore Enabled", "LiveRestoreEnabled", false),
];

fn describe_info(info: &Value, text: &mut String) {
    for (depth, label, field, optional) in INFO {
        let value = &info[*field];
        match *field {
            "Plugins" => plugins(value, text),
            "Runtimes" => runtimes(value, text),
            "SecurityOptions" => security(value, text),
            "Labels" => list(" Labels:", value, text),
            "RegistryConfig" => list(" Insecure Registries:", &value["InsecureRegistryCIDRs"], text),
            _ => {
                let shown = match *field {
                    "Swarm" => word(&value["LocalNodeState"]),
                    "ContainerdCommit" | "RuncCommit" | "InitCommit" if value.is_object() => word(&value["ID"]),
                    "MemTotal" => memory(value),
                    _ => plain(value),
                };
                let has_value = !shown.is_empty() || field.ends_with("Commit") && value.is_object();
                if has_value || !optional {
                    let _ = writeln!(text, "{:depth$}{label}: {shown}", "");
                }
            }
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "four digits of a size are shown")]
fn memory(value: &Value) -> String {
    bytes_size(value.as_i64().unwrap_or(0) as f64)
}

fn plugins(plugins: &Value, text: &mut String) {
    if !plugins.is_object() {
        return;
    }
    text.push_str(" Plugins:\n");
    for kind in ["Volume", "Network", "Authorization", "Log"] {
        let names: Vec<&str> = plugins[kind]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if !names.is_empty() || kind == "Volume" || kind == "Network" {
            let _ = writeln!(text, "  {kind}: {}", names.join(" "));
        }
    }
}

fn runtimes(runtimes: &Value, text: &mut String) {
    if let Some(runtimes) = runtimes.as_object().filter(|runtimes| !runtimes.is_empty()) {
        let names: Vec<&str> = runtimes.keys().map(String::as_str).collect();
        let _ = writeln!(text, " Runtimes: {}", names.join(" "));
    }
}

/// `name=seccomp,profile=default` as a name and, under it, its settings.
fn security(options: &Value, text: &mut String) {
    let options: Vec<&str> = options
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if options.is_empty() {
        return;
    }
    text.push_str(" Security Options:\n");
    for option in options {
        for setting in option.split(',') {
            match setting.split_once('=') {
                Some(("name", name)) => {
                    let _ = writeln!(text, "  {name}");
                }
                Some(("profile", profile)) => {
                    let _ = writeln!(text, "   Profile: {profile}");
                }
                Some((name, value)) => {
                    let _ = writeln!(text, "   {name}: {value}");
                }
                None => {
                    let _ = writeln!(text, "  {setting}");
                }
            }
        }
    }
}

fn list(label: &str, items: &Value, text: &mut String) {
    let items: Vec<&str> = items
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if items.is_empty() {
        return;
    }
    let _ = writeln!(text, "{label}");
    for item in items {
        let _ = writeln!(text, "  {item}");
    }
}
