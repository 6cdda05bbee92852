//! `Config` of a container, as `inspect` prints it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::engine::core::ContainerSpec;

/// `Config`. Members that are left out when empty are those Docker leaves out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "as Docker prints it")]
pub struct ConfigOut<'a> {
    hostname: &'a str,
    domainname: &'a str,
    user: &'a str,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
    #[serde(skip_serializing_if = "Map::is_empty")]
    exposed_ports: Map<String, Value>,
    tty: bool,
    open_stdin: bool,
    stdin_once: bool,
    env: &'a [String],
    cmd: Option<&'a [String]>,
    image: &'a str,
    volumes: Option<()>,
    working_dir: &'a str,
    entrypoint: Option<&'a [String]>,
    #[serde(skip_serializing_if = "str::is_empty")]
    mac_address: &'a str,
    on_build: Option<()>,
    labels: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    stop_signal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_timeout: Option<i64>,
}

impl<'a> From<&'a ContainerSpec> for ConfigOut<'a> {
    fn from(spec: &'a ContainerSpec) -> Self {
        let [attach_stdin, attach_stdout, attach_stderr] = spec.attach;
        Self {
            hostname: &spec.hostname,
            domainname: &spec.domainname,
            user: &spec.user,
            attach_stdin,
            attach_stdout,
            attach_stderr,
            exposed_ports: spec
                .exposed_ports
                .iter()
                .map(|port| (port.clone(), json!({})))
                .collect(),
            tty: spec.tty,
            open_stdin: spec.open_stdin,
            stdin_once: spec.stdin_once,
            env: &spec.env,
            cmd: spec.cmd.as_deref(),
            image: &spec.image,
            volumes: None,
            working_dir: &spec.workdir,
            entrypoint: spec.entrypoint.as_deref(),
            mac_address: &spec.mac_address,
            on_build: None,
            labels: &spec.labels,
            stop_signal: &spec.stop_signal,
            stop_timeout: spec.stop_timeout,
        }
    }
}
