//! `HostConfig` as clients send it: every member that would not be honoured is refused.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map as Object, Value};

use crate::engine::api::error::ApiError;

/// The members this engine honours.
#[derive(Debug, Default)]
pub struct HostConfigIn {
    /// `NetworkMode`, as sent.
    pub network_mode: String,
    /// `AutoRemove`.
    pub auto_remove: bool,
    /// `CapAdd`.
    pub cap_add: Vec<String>,
    /// `Dns`.
    pub dns: Vec<String>,
    /// `DnsOptions`.
    pub dns_options: Vec<String>,
    /// `DnsSearch`.
    pub dns_search: Vec<String>,
    /// `ExtraHosts`.
    pub extra_hosts: Vec<String>,
    /// `Links`.
    pub links: Vec<String>,
    /// `ConsoleSize`.
    pub console_size: [u32; 2],
    /// `Annotations`.
    pub annotations: BTreeMap<String, String>,
}

/// Members that are refused unless they are zero (null, `false`, `0`, `""`, `[]`, `{}`) or one of the values that ask
/// for what is so anyway; and what they would be on the command line.
const REFUSED: &[(&str, &[&str], &str)] = &[
    ("Binds", &[], "volumes and bind mounts (-v)"),
    ("Mounts", &[], "mounts (--mount)"),
    ("VolumesFrom", &[], "volumes (--volumes-from)"),
    ("VolumeDriver", &[], "volumes (--volume-driver)"),
    ("Tmpfs", &[], "tmpfs mounts (--tmpfs)"),
    ("StorageOpt", &[], "storage options (--storage-opt)"),
    ("PortBindings", &[], "published ports (-p)"),
    ("PublishAllPorts", &[], "published ports (-P)"),
    (
        "Privileged",
        &[],
        "privileged containers (--privileged): a lab has no privilege to give",
    ),
    ("CapDrop", &[], "dropping capabilities (--cap-drop)"),
    ("SecurityOpt", &[], "security options (--security-opt)"),
    ("GroupAdd", &[], "other groups than root's (--group-add)"),
    ("Devices", &[], "devices (--device)"),
    ("DeviceCgroupRules", &[], "device rules (--device-cgroup-rule)"),
    ("DeviceRequests", &[], "device requests (--gpus)"),
    ("ReadonlyRootfs", &[], "read-only root file systems (--read-only)"),
    ("IpcMode", &["private"], "shared IPC namespaces (--ipc)"),
    ("PidMode", &["private"], "shared pid namespaces (--pid)"),
    ("UTSMode", &["private"], "shared UTS namespaces (--uts)"),
    ("UsernsMode", &[], "other user namespaces (--userns)"),
    (
        "CgroupnsMode",
        &["private", "host"],
        "other cgroup namespaces (--cgroupns)",
    ),
    ("Cgroup", &[], "shared cgroups"),
    ("CgroupParent", &[], "cgroups (--cgroup-parent)"),
    ("Runtime", &["runc", "cnm"], "other runtimes (--runtime)"),
    ("Isolation", &["default"], "other isolations (--isolation)"),
    ("Init", &[], "an init process (--init)"),
    ("ShmSize", &["67108864"], "another size of /dev/shm (--shm-size)"),
    ("Sysctls", &[], "sysctls (--sysctl)"),
    ("Ulimits", &[], "limits (--ulimit)"),
    ("ContainerIDFile", &[], "an id file of the engine's"),
    ("OomScoreAdj", &[], "another OOM score (--oom-score-adj)"),
    (
        "OomKillDisable",
        &[],
        "switching the OOM killer off (--oom-kill-disable)",
    ),
    (
        "Memory",
        &[],
        "memory limits (-m): an ordinary user has no cgroup to set them in",
    ),
    ("MemoryReservation", &[], "memory limits (--memory-reservation)"),
    ("MemorySwap", &[], "memory limits (--memory-swap)"),
    ("MemorySwappiness", &["-1"], "memory limits (--memory-swappiness)"),
    ("KernelMemory", &[], "memory limits (--kernel-memory)"),
    ("KernelMemoryTCP", &[], "memory limits"),
    (
        "NanoCpus",
        &[],
        "processor limits (--cpus): an ordinary user has no cgroup to set them in",
    ),
    ("CpuShares", &[], "processor limits (--cpu-shares)"),
    ("CpuPeriod", &[], "processor limits (--cpu-period)"),
    ("CpuQuota", &[], "processor limits (--cpu-quota)"),
    ("CpuRealtimePeriod", &[], "processor limits (--cpu-rt-period)"),
    ("CpuRealtimeRuntime", &[], "processor limits (--cpu-rt-runtime)"),
    ("CpusetCpus", &[], "processor limits (--cpuset-cpus)"),
    ("CpusetMems", &[], "processor limits (--cpuset-mems)"),
    ("CpuCount", &[], "processor limits (--cpu-count)"),
    ("CpuPercent", &[], "processor limits (--cpu-percent)"),
    ("PidsLimit", &["-1"], "a limit of processes (--pids-limit)"),
    ("BlkioWeight", &[], "disk limits (--blkio-weight)"),
    ("BlkioWeightDevice", &[], "disk limits (--blkio-weight-device)"),
    ("BlkioDeviceReadBps", &[], "disk limits (--device-read-bps)"),
    ("BlkioDeviceWriteBps", &[], "disk limits (--device-write-bps)"),
    ("BlkioDeviceReadIOps", &[], "disk limits (--device-read-iops)"),
    ("BlkioDeviceWriteIOps", &[], "disk limits (--device-write-iops)"),
    ("IOMaximumIOps", &[], "disk limits (--io-maxiops)"),
    ("IOMaximumBandwidth", &[], "disk limits (--io-maxbandwidth)"),
    ("MaskedPaths", &[], "other masked paths"),
    ("ReadonlyPaths", &[], "other read-only paths"),
];

/// Reads what is honoured.
///
/// # Errors
/// 501 for the first member that is not, 400 for one of the wrong type.
pub fn read(object: &Object<String, Value>) -> Result<HostConfigIn, ApiError> {
    let refused = REFUSED
        .iter()
        .find(|(member, allowed, _)| object.get(*member).is_some_and(|value| !is_default(value, allowed)));
    if let Some((_, _, what)) = refused {
        return Err(ApiError::unbuilt(format!("this engine does not have {what}")));
    }
    check_policies(object)?;
    Ok(HostConfigIn {
        network_mode: member(object, "NetworkMode")?,
        auto_remove: member(object, "AutoRemove")?,
        cap_add: member(object, "CapAdd")?,
        dns: member(object, "Dns")?,
        dns_options: member(object, "DnsOptions")?,
        dns_search: member(object, "DnsSearch")?,
        extra_hosts: member(object, "ExtraHosts")?,
        links: member(object, "Links")?,
        console_size: member(object, "ConsoleSize")?,
        annotations: member(object, "Annotations")?,
    })
}

fn is_default(value: &Value, allowed: &[&str]) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0) || allowed.contains(&number.to_string().as_str()),
        Value::String(text) => text.is_empty() || allowed.contains(&text.as_str()),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// `RestartPolicy` and `LogConfig` are objects whose defaults are not empty.
fn check_policies(object: &Object<String, Value>) -> Result<(), ApiError> {
    let inner = |outer: &str, name: &str| object.get(outer).and_then(|value| value.get(name));
    let text = |outer: &str, name: &str| {
        inner(outer, name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let restart = text("RestartPolicy", "Name");
    if !matches!(restart.as_str(), "" | "no") {
        return Err(ApiError::unbuilt(format!(
            "this engine does not have restart policies (--restart {restart})"
        )));
    }
    let options = inner("LogConfig", "Config").is_some_and(|config| !is_default(config, &[]));
    if options || !matches!(text("LogConfig", "Type").as_str(), "" | "json-file") {
        return Err(ApiError::unbuilt(
            "this engine does not have other logs than its own (--log-driver, --log-opt)",
        ));
    }
    Ok(())
}

fn member<T: DeserializeOwned + Default>(object: &Object<String, Value>, name: &str) -> Result<T, ApiError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => serde_json::from_value(value.clone())
            .map_err(|error| ApiError::invalid(format!("invalid JSON: json: HostConfig.{name}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: Value) -> Result<HostConfigIn, ApiError> {
        match value {
            Value::Object(object) => read(&object),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_the_docker_cli_sends_by_default_is_accepted() {
        let config = json!({
            "Binds": null, "ContainerIDFile": "", "LogConfig": {"Type": "", "Config": {}}, "NetworkMode": "default",
            "PortBindings": {}, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "AutoRemove": true,
            "ConsoleSize": [24, 80], "CapAdd": ["NET_ADMIN"], "MemorySwappiness": -1, "OomKillDisable": false,
            "PidsLimit": 0, "Devices": [], "ShmSize": 0, "CgroupnsMode": "", "MaskedPaths": null,
        });
        let read = parse(config).unwrap();
        assert!(read.auto_remove);
        assert_eq!((read.network_mode.as_str(), read.console_size), ("default", [24, 80]));
    }

    #[test]
    fn each_option_that_is_not_honoured_is_refused_by_name() {
        for (config, part) in [
            (json!({"Binds": ["/a:/b"]}), "(-v)"),
            (json!({"Memory": 1000}), "(-m)"),
            (json!({"NanoCpus": 500_000_000}), "(--cpus)"),
            (json!({"Privileged": true}), "(--privileged)"),
            (json!({"PortBindings": {"80/tcp": [{"HostPort": "80"}]}}), "(-p)"),
            (json!({"RestartPolicy": {"Name": "always"}}), "--restart always"),
            (json!({"LogConfig": {"Type": "syslog"}}), "--log-driver"),
            (json!({"Init": true}), "(--init)"),
            (json!({"IpcMode": "host"}), "(--ipc)"),
        ] {
            let error = parse(config.clone()).unwrap_err();
            assert!(error.status == 501 && error.message.contains(part), "{config}: {error}");
        }
    }
}
