//! `POST /containers/create` on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map as Object, Value};

use super::host_config::{self, HostConfigIn};
use super::net_mode;
use crate::engine::api::error::ApiError;
use crate::engine::api::json::null_is_default;
use crate::engine::api::version::ApiVersion;
use crate::engine::core::{ContainerSpec, EndpointSpec, Era};

type Map = BTreeMap<String, String>;

/// Endpoint option that writes sysctls of the interface.
const INTERFACE_SYSCTLS: &str = "com.docker.network.endpoint.sysctls";

/// The body.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the request's own independent flags")]
pub struct ContainerCreate {
    #[serde(deserialize_with = "null_is_default")]
    hostname: String,
    #[serde(deserialize_with = "null_is_default")]
    domainname: String,
    #[serde(deserialize_with = "null_is_default")]
    user: String,
    #[serde(deserialize_with = "null_is_default")]
    attach_stdin: bool,
    #[serde(deserialize_with = "null_is_default")]
    attach_stdout: bool,
    #[serde(deserialize_with = "null_is_default")]
    attach_stderr: bool,
    #[serde(deserialize_with = "null_is_default")]
    exposed_ports: BTreeMap<String, Value>,
    #[serde(deserialize_with = "null_is_default")]
    tty: bool,
    #[serde(deserialize_with = "null_is_default")]
    open_stdin: bool,
    #[serde(deserialize_with = "null_is_default")]
    stdin_once: bool,
    #[serde(deserialize_with = "null_is_default")]
    env: Vec<String>,
    #[serde(deserialize_with = "words")]
    cmd: Option<Vec<String>>,
    healthcheck: Option<Healthcheck>,
    #[serde(deserialize_with = "null_is_default")]
    image: String,
    #[serde(deserialize_with = "null_is_default")]
    volumes: BTreeMap<String, Value>,
    #[serde(deserialize_with = "null_is_default")]
    working_dir: String,
    #[serde(deserialize_with = "words")]
    entrypoint: Option<Vec<String>>,
    #[serde(deserialize_with = "null_is_default")]
    network_disabled: bool,
    #[serde(deserialize_with = "null_is_default")]
    mac_address: String,
    #[serde(deserialize_with = "null_is_default")]
    labels: Map,
    #[serde(deserialize_with = "null_is_default")]
    stop_signal: String,
    stop_timeout: Option<i64>,
    #[serde(deserialize_with = "null_is_default")]
    host_config: Object<String, Value>,
    #[serde(deserialize_with = "null_is_default")]
    networking_config: NetworkingConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Healthcheck {
    #[serde(deserialize_with = "null_is_default")]
    test: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkingConfig {
    #[serde(deserialize_with = "null_is_default")]
    endpoints_config: BTreeMap<String, Option<EndpointIn>>,
}

/// Endpoint settings as clients send them; operational members are ignored, as Docker does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct EndpointIn {
    #[serde(rename = "IPAMConfig")]
    ipam_config: Option<IpamConfig>,
    links: Option<Vec<String>>,
    aliases: Option<Vec<String>>,
    #[serde(deserialize_with = "null_is_default")]
    mac_address: String,
    driver_opts: Option<Map>,
    #[serde(deserialize_with = "null_is_default")]
    gw_priority: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct IpamConfig {
    #[serde(rename = "IPv4Address", deserialize_with = "null_is_default")]
    ipv4_address: String,
    #[serde(rename = "IPv6Address", deserialize_with = "null_is_default")]
    ipv6_address: String,
    #[serde(rename = "LinkLocalIPs", deserialize_with = "null_is_default")]
    link_local_ips: Vec<String>,
}

/// `["a","b"]`, `"a"` or `null`: Docker takes a command in each of these.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Words {
        Many(Vec<String>),
        One(String),
    }
    Ok(Option::deserialize(deserializer)?.map(|words| match words {
        Words::Many(many) => many,
        Words::One(one) => vec![one],
    }))
}

impl ContainerCreate {
    /// Nothing of `Config` was given.
    fn is_empty(&self) -> bool {
        let words = [&self.cmd, &self.entrypoint];
        let texts = [&self.image, &self.hostname, &self.user, &self.working_dir];
        words.iter().all(|words| words.is_none())
            && texts.iter().all(|text| text.is_empty())
            && self.env.is_empty()
            && self.labels.is_empty()
    }

    /// What is asked for, with every option that this engine would not honour refused.
    ///
    /// # Errors
    /// 501 with what is missing.
    pub fn into_spec(self, name: &str, version: ApiVersion, era: Era) -> Result<ContainerSpec, ApiError> {
        if self.is_empty() {
            let first = if era == Era::E20_10 { "Config" } else { "config" };
            return Err(ApiError::invalid(format!(
                "{first} cannot be empty in order to create a container"
            )));
        }
        net_mode::check(self.network_settings(), era)?;
        self.refuse_unbuilt()?;
        let host = host_config::read(&self.host_config)?;
        let endpoints = endpoints(self.networking_config.endpoints_config, version, era)?;
        let HostConfigIn {
            network_mode,
            auto_remove,
            cap_add,
            dns,
            dns_options,
            dns_search,
            extra_hosts,
            links,
            ..
        } = host;
        let mut spec = ContainerSpec {
            name: (!name.is_empty()).then(|| name.to_owned()),
            image: self.image,
            hostname: self.hostname,
            domainname: self.domainname,
            user: self.user,
            attach: [self.attach_stdin, self.attach_stdout, self.attach_stderr],
            exposed_ports: self.exposed_ports.into_keys().collect(),
            tty: self.tty,
            open_stdin: self.open_stdin,
            stdin_once: self.stdin_once,
            env: self.env,
            cmd: self.cmd,
            entrypoint: self.entrypoint,
            workdir: self.working_dir,
            labels: self.labels,
            stop_signal: self.stop_signal,
            stop_timeout: self.stop_timeout,
            mac_address: if era == Era::E20_10 {
                self.mac_address.clone()
            } else {
                String::new()
            },
            network_mode,
            auto_remove,
            cap_add,
            dns,
            dns_options,
            dns_search,
            extra_hosts,
            links,
            console_size: if version < ApiVersion(42) {
                [0, 0]
            } else {
                host.console_size
            },
            annotations: host.annotations,
            endpoints,
        };
        place_mac_address(&mut spec, self.mac_address);
        Ok(spec)
    }

    fn network_settings(&self) -> net_mode::Settings<'_> {
        net_mode::Settings {
            host_config: &self.host_config,
            hostname: &self.hostname,
            mac_address: &self.mac_address,
            exposes: !self.exposed_ports.is_empty(),
        }
    }

    fn refuse_unbuilt(&self) -> Result<(), ApiError> {
        let missing = if !self.volumes.is_empty() {
            "volumes (-v)"
        } else if self.network_disabled {
            "NetworkDisabled; --network none does the same"
        } else if self
            .healthcheck
            .as_ref()
            .is_some_and(|check| check.test.first().is_some_and(|kind| kind != "NONE"))
        {
            "health checks (--health-cmd)"
        } else {
            return Ok(());
        };
        Err(ApiError::unbuilt(format!("this engine does not have {missing} yet")))
    }
}

/// Endpoints by network, as asked for; before API 1.44 there is one at most.
fn endpoints(
    asked: BTreeMap<String, Option<EndpointIn>>,
    version: ApiVersion,
    era: Era,
) -> Result<BTreeMap<String, EndpointSpec>, ApiError> {
    if version < ApiVersion(44) && asked.len() > 1 {
        let names: Vec<&str> = asked.keys().map(String::as_str).collect();
        let verb = if era == Era::E20_10 {
            "connected to"
        } else {
            "created with multiple"
        };
        return Err(ApiError::invalid(format!(
            "Container cannot be {verb} network endpoints: {}",
            names.join(", ")
        )));
    }
    let read = |(network, endpoint): (String, Option<EndpointIn>)| {
        let mut endpoint = endpoint.unwrap_or_default().into_spec(version)?;
        // Until then it stood beside the endpoints only.
        if version < ApiVersion(44) {
            endpoint.mac_address.clear();
        }
        Ok((network, endpoint))
    };
    asked.into_iter().map(read).collect()
}

/// Before API 1.44 the MAC address stands beside the endpoints: it is the primary network's.
fn place_mac_address(spec: &mut ContainerSpec, mac_address: String) {
    if mac_address.is_empty() {
        return;
    }
    let mode = if spec.network_mode.is_empty() {
        "default"
    } else {
        &spec.network_mode
    };
    let primary = spec.endpoints.entry(mode.to_owned()).or_default();
    if primary.mac_address.is_empty() {
        primary.mac_address = mac_address;
    }
}

impl EndpointIn {
    /// What is asked for, with what this engine would not honour refused.
    ///
    /// # Errors
    /// 501 with what is missing.
    pub fn into_spec(self, version: ApiVersion) -> Result<EndpointSpec, ApiError> {
        if self
            .driver_opts
            .as_ref()
            .is_some_and(|options| options.contains_key(INTERFACE_SYSCTLS))
        {
            return Err(ApiError::unbuilt(
                "this engine does not have sysctls of an endpoint's interface (com.docker.network.endpoint.sysctls) yet",
            ));
        }
        let ipam = self.ipam_config;
        if ipam.as_ref().is_some_and(|ipam| !ipam.link_local_ips.is_empty()) {
            return Err(ApiError::unbuilt(
                "this engine does not have link-local addresses (--link-local-ip) yet",
            ));
        }
        let (ipam_given, ipam) = (ipam.is_some(), ipam.unwrap_or_default());
        Ok(EndpointSpec {
            ipam_given,
            ipv4_address: ipam.ipv4_address,
            ipv6_address: ipam.ipv6_address,
            links: self.links,
            aliases: self.aliases,
            mac_address: self.mac_address,
            driver_opts: self.driver_opts,
            gw_priority: if version < ApiVersion(48) { 0 } else { self.gw_priority },
        })
    }
}
