//! `GET /version` and `GET /info` on the wire.

use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::core::{Era, Phase, Rules, State};
use crate::engine::server::HostFacts;
use crate::moment::rfc3339;

/// `GET /version`.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "members are named as Docker names them")]
#[serde(rename_all = "PascalCase")]
pub struct Version {
    platform: Value,
    components: Vec<Value>,
    version: &'static str,
    api_version: String,
    #[serde(rename = "MinAPIVersion")]
    min_api_version: String,
    git_commit: &'static str,
    go_version: &'static str,
    os: &'static str,
    arch: String,
    kernel_version: String,
    build_time: &'static str,
}

impl Version {
    /// Of an era, on this machine. Commit and Go version are empty: there are none.
    #[must_use]
    pub fn new(rules: &Rules, facts: &HostFacts) -> Self {
        let (api, min) = (format!("1.{}", rules.api_max), format!("1.{}", rules.api_min));
        let own = env!("CARGO_PKG_VERSION");
        let engine = json!({ "Name": "Engine", "Version": rules.version, "Details": {
            "ApiVersion": api, "Arch": facts.go_arch, "BuildTime": build_time(rules.era), "Experimental": "false",
            "GitCommit": "", "GoVersion": "", "KernelVersion": facts.kernel, "MinAPIVersion": min, "Os": "linux",
        }});
        Self {
            platform: json!({ "Name": format!("cnm {own} (built-in engine)") }),
            components: vec![
                engine,
                json!({ "Name": "cnm", "Version": own, "Details": { "GitCommit": "" } }),
            ],
            version: rules.version,
            api_version: api,
            min_api_version: min,
            git_commit: "",
            go_version: "",
            os: "linux",
            arch: facts.go_arch.clone(),
            kernel_version: facts.kernel.clone(),
            build_time: build_time(rules.era),
        }
    }
}

/// `GET /info`. What this engine does not have is absent or says so: clients tolerate both.
#[must_use]
pub fn info(state: &State, facts: &HostFacts, listeners: usize, now: i64) -> Value {
    let rules = state.rules();
    let phases: Vec<Phase> = state
        .containers()
        .iter()
        .map(|container| container.life.phase)
        .collect();
    let running = phases.iter().filter(|phase| **phase == Phase::Running).count();
    let counts = json!({
        "ID": "cnm",
        "Containers": phases.len(),
        "ContainersRunning": running,
        "ContainersPaused": 0,
        "ContainersStopped": phases.len() - running,
        "Images": state.images().len(),
        "Driver": "tmpfs",
        "DriverStatus": [],
        "Plugins": { "Volume": [], "Network": ["bridge", "host", "null"], "Authorization": null, "Log": ["json-file"] },
    });
    let mut info = super::joined([counts, abilities(), machine(rules, facts, listeners, now)]);
    if rules.era == Era::E28 {
        info["FirewallBackend"] = json!({ "Driver": "nftables" });
        info["CDISpecDirs"] = json!([]);
    }
    info["Warnings"] = Value::Null;
    info
}

/// What Docker does with cgroups and iptables, and this engine without.
fn abilities() -> Value {
    json!({
        "MemoryLimit": false,
        "SwapLimit": false,
        "CpuCfsPeriod": false,
        "CpuCfsQuota": false,
        "CPUShares": false,
        "CPUSet": false,
        "PidsLimit": false,
        "IPv4Forwarding": true,
        "BridgeNfIptables": false,
        "BridgeNfIp6tables": false,
        "Debug": false,
        "NFd": 0,
        "OomKillDisable": false,
        "NGoroutines": 0,
    })
}

fn machine(rules: &Rules, facts: &HostFacts, listeners: usize, now: i64) -> Value {
    json!({
        "SystemTime": rfc3339(now),
        "LoggingDriver": "json-file",
        "CgroupDriver": "none",
        "CgroupVersion": "2",
        "NEventsListener": listeners,
        "KernelVersion": facts.kernel,
        "OperatingSystem": "cnm (built-in engine)",
        "OSVersion": env!("CARGO_PKG_VERSION"),
        "OSType": "linux",
        "Architecture": facts.arch,
        "IndexServerAddress": "",
        "RegistryConfig": null,
        "NCPU": facts.processors,
        "MemTotal": facts.memory,
        "GenericResources": null,
        "DockerRootDir": "",
        "HttpProxy": "",
        "HttpsProxy": "",
        "NoProxy": "",
        "Name": facts.name,
        "Labels": [],
        "ExperimentalBuild": false,
        "ServerVersion": rules.version,
        "Runtimes": { "cnm": { "path": "cnm" } },
        "DefaultRuntime": "cnm",
        "Swarm": swarm(),
        "LiveRestoreEnabled": false,
        "Isolation": "",
        "InitBinary": "",
        "ContainerdCommit": { "ID": "" },
        "RuncCommit": { "ID": "" },
        "InitCommit": { "ID": "" },
        "SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"],
    })
}

fn swarm() -> Value {
    json!({
        "NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": false, "Error": "",
        "RemoteManagers": null,
    })
}

/// Docker's `BuildTime` of an era's version, for `GET /version`.
const fn build_time(era: Era) -> &'static str {
    match era {
        Era::E28 => "2025-11-05T14:43:21.000000000+00:00",
        Era::E20_10 => "2023-04-04T18:28:08.000000000+00:00",
    }
}
