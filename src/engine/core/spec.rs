//! What a person asks for, typed: only what this engine honours has a field here.

use std::collections::BTreeMap;

use crate::engine::ipam::IpamEntry;

/// `POST /networks/create`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the request's own independent flags")]
pub struct NetworkSpec {
    /// `Name`.
    pub name: String,
    /// `Driver`; empty means `bridge`.
    pub driver: String,
    /// `Scope`, mostly empty.
    pub scope: String,
    /// `EnableIPv4`, where the client said.
    pub enable_ipv4: Option<bool>,
    /// `EnableIPv6`, where the client said.
    pub enable_ipv6: Option<bool>,
    /// `IPAM.Driver`; empty means `default`.
    pub ipam_driver: String,
    /// `IPAM.Options`; absent when the client sent none.
    pub ipam_options: Option<BTreeMap<String, String>>,
    /// `IPAM.Config`.
    pub ipam: Vec<IpamEntry>,
    /// `--internal`.
    pub internal: bool,
    /// `--attachable`.
    pub attachable: bool,
    /// `--ingress`.
    pub ingress: bool,
    /// `--config-only`.
    pub config_only: bool,
    /// `--config-from`, empty when not given.
    pub config_from: String,
    /// `-o`.
    pub options: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `CheckDuplicate`, which 20.10 heeds.
    pub check_duplicate: bool,
}

/// `POST /containers/create`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the request's own independent flags")]
pub struct ContainerSpec {
    /// `?name=`, absent for a generated one.
    pub name: Option<String>,
    /// `Image`, as typed.
    pub image: String,
    /// `Hostname`; empty means the short id.
    pub hostname: String,
    /// `Domainname`.
    pub domainname: String,
    /// `User`: only root is honoured.
    pub user: String,
    /// `AttachStdin`, `AttachStdout`, `AttachStderr`: kept for the client.
    pub attach: [bool; 3],
    /// `ExposedPorts`, kept for the client.
    pub exposed_ports: Vec<String>,
    /// `Tty`.
    pub tty: bool,
    /// `OpenStdin`.
    pub open_stdin: bool,
    /// `StdinOnce`.
    pub stdin_once: bool,
    /// `Env`.
    pub env: Vec<String>,
    /// `Cmd`; absent means the image's.
    pub cmd: Option<Vec<String>>,
    /// `Entrypoint`; absent means the image's.
    pub entrypoint: Option<Vec<String>>,
    /// `WorkingDir`; empty means the image's.
    pub workdir: String,
    /// `Labels`.
    pub labels: BTreeMap<String, String>,
    /// `StopSignal`, empty when not given.
    pub stop_signal: String,
    /// `StopTimeout`, seconds.
    pub stop_timeout: Option<i64>,
    /// `MacAddress` beside the endpoints, where the era keeps it there; empty when not given.
    pub mac_address: String,
    /// `HostConfig.NetworkMode`, as it is to be kept.
    pub network_mode: String,
    /// `HostConfig.AutoRemove`.
    pub auto_remove: bool,
    /// `HostConfig.CapAdd`.
    pub cap_add: Vec<String>,
    /// `HostConfig.Dns`.
    pub dns: Vec<String>,
    /// `HostConfig.DnsOptions`.
    pub dns_options: Vec<String>,
    /// `HostConfig.DnsSearch`.
    pub dns_search: Vec<String>,
    /// `HostConfig.ExtraHosts`: `name:address`.
    pub extra_hosts: Vec<String>,
    /// `HostConfig.Links`: `name:alias`.
    pub links: Vec<String>,
    /// `HostConfig.ConsoleSize`: height, width.
    pub console_size: [u32; 2],
    /// `HostConfig.Annotations`.
    pub annotations: BTreeMap<String, String>,
    /// `NetworkingConfig.EndpointsConfig`, by the key the client used.
    pub endpoints: BTreeMap<String, EndpointSpec>,
}

/// Endpoint settings, as asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointSpec {
    /// Whether the client sent an `IPAMConfig` object at all.
    pub ipam_given: bool,
    /// `IPAMConfig.IPv4Address`, empty when not given.
    pub ipv4_address: String,
    /// `IPAMConfig.IPv6Address`, empty when not given.
    pub ipv6_address: String,
    /// `Aliases`; absent and empty print differently.
    pub aliases: Option<Vec<String>>,
    /// `Links`: `name:alias`; absent and empty print differently.
    pub links: Option<Vec<String>>,
    /// `MacAddress`, empty when not given.
    pub mac_address: String,
    /// `DriverOpts`; absent and empty print differently.
    pub driver_opts: Option<BTreeMap<String, String>>,
    /// `GwPriority`.
    pub gw_priority: i64,
}

/// What a prune takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PruneSpec {
    /// Only what was created until then: nanoseconds since the Unix epoch.
    pub until: Option<i64>,
    /// Each `key` or `key=value` must be among the labels.
    pub labels: Vec<String>,
    /// None of these may be.
    pub not_labels: Vec<String>,
}

impl PruneSpec {
    /// Whether something of that age and those labels is taken.
    #[must_use]
    pub fn takes(&self, created: i64, labels: &BTreeMap<String, String>) -> bool {
        let has = |wanted: &String| match wanted.split_once('=') {
            Some((name, value)) => labels.get(name).is_some_and(|found| found == value),
            None => labels.contains_key(wanted),
        };
        let in_time = self.until.is_none_or(|until| created <= until);
        in_time && self.labels.iter().all(has) && !self.not_labels.iter().any(has)
    }
}

/// Whether a network of that name or mode is one that a person made.
#[must_use]
pub fn is_user_defined(mode: &str) -> bool {
    !matches!(mode, "default" | "bridge" | "host" | "none") && !mode.starts_with("container:")
}
