//! `HostConfig` as `inspect` prints it: whole, in Docker's order.

use serde_json::{Value, json};

use crate::engine::core::{Container, Era, link};

/// Paths Docker masks in every container (moby, `oci/defaults.go`).
const MASKED: [&str; 10] = [
    "/proc/asound",
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
];
const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// As `inspect` prints it.
#[must_use]
pub fn print(container: &Container, era: Era) -> Value {
    let (spec, links) = (&*container.spec, link::shown(container));
    let some = |list: &Vec<String>| if list.is_empty() { Value::Null } else { json!(list) };
    let general = json!({
        "Binds": null,
        "ContainerIDFile": "",
        "LogConfig": { "Type": "json-file", "Config": {} },
        "NetworkMode": spec.network_mode,
        "PortBindings": {},
        "RestartPolicy": { "Name": "no", "MaximumRetryCount": 0 },
        "AutoRemove": spec.auto_remove,
        "VolumeDriver": "",
        "VolumesFrom": null,
    });
    let size = json!({ "ConsoleSize": spec.console_size });
    let permissions = json!({
        "CapAdd": some(&spec.cap_add),
        "CapDrop": null,
        "CgroupnsMode": "host",
        "Dns": spec.dns,
        "DnsOptions": spec.dns_options,
        "DnsSearch": spec.dns_search,
        "ExtraHosts": some(&spec.extra_hosts),
        "GroupAdd": null,
        "IpcMode": "private",
        "Cgroup": "",
        "Links": some(&links),
        "OomScoreAdj": 0,
        "PidMode": "",
        "Privileged": false,
        "PublishAllPorts": false,
        "ReadonlyRootfs": false,
        "SecurityOpt": null,
        "UTSMode": "",
        "UsernsMode": "",
        "ShmSize": 67_108_864,
        "Runtime": "cnm",
    });
    let isolation = json!({ "Isolation": "" });
    // Its place in Go's structure changed with API 1.42.
    let parts = match era {
        Era::E28 => [general, size, permissions, isolation, resources(era)],
        Era::E20_10 => [general, permissions, size, isolation, resources(era)],
    };
    let mut all = super::joined(parts);
    if !spec.annotations.is_empty() {
        all["Annotations"] = json!(spec.annotations);
    }
    all
}

/// What Docker limits with cgroups: nothing here is limited.
fn resources(era: Era) -> Value {
    let kernel_memory = match era {
        Era::E28 => json!({}),
        Era::E20_10 => json!({ "KernelMemory": 0, "KernelMemoryTCP": 0 }),
    };
    let before = json!({
        "CpuShares": 0,
        "Memory": 0,
        "NanoCpus": 0,
        "CgroupParent": "",
        "BlkioWeight": 0,
        "BlkioWeightDevice": [],
        "BlkioDeviceReadBps": [],
        "BlkioDeviceWriteBps": [],
        "BlkioDeviceReadIOps": [],
        "BlkioDeviceWriteIOps": [],
        "CpuPeriod": 0,
        "CpuQuota": 0,
        "CpuRealtimePeriod": 0,
        "CpuRealtimeRuntime": 0,
        "CpusetCpus": "",
        "CpusetMems": "",
        "Devices": [],
        "DeviceCgroupRules": null,
        "DeviceRequests": null,
    });
    let after = json!({
        "MemoryReservation": 0,
        "MemorySwap": 0,
        "MemorySwappiness": null,
        "OomKillDisable": if era == Era::E28 { Value::Null } else { json!(false) },
        "PidsLimit": null,
        "Ulimits": [],
        "CpuCount": 0,
        "CpuPercent": 0,
        "IOMaximumIOps": 0,
        "IOMaximumBandwidth": 0,
        "MaskedPaths": MASKED,
        "ReadonlyPaths": READ_ONLY,
    });
    super::joined([before, kernel_memory, after])
}
