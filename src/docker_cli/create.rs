//! The flags of `docker run`, and the create request they make.

use serde_json::{Value, json};

use super::flag::{Flag, Parsed, Takes, switch, value, values};
use super::network::{check_label, pairs};
use super::networking;

/// A flag Docker has and this look-alike has not: read, so that what follows is understood, and then refused.
const fn absent(name: &'static str, takes: Takes) -> Flag {
    Flag {
        name,
        letter: None,
        takes,
        help: "",
        alias_of: None,
        check: None,
    }
}

const VALUE: Takes = Takes::Value("string");

/// Flags of `docker run`; those without help text are older names or absent here ([`is_absent`]).
pub(super) const FLAGS: &[Flag] = &[
    values("add-host", "list", "Add a custom host-to-IP mapping (host:ip)"),
    values("cap-add", "list", "Add Linux capabilities"),
    values("cap-drop", "list", "Drop Linux capabilities"),
    switch("detach", "Run container in background and print container ID").letter('d'),
    values("dns", "list", "Set custom DNS servers"),
    values("dns-option", "list", "Set DNS options"),
    Flag::alias("dns-opt", "dns-option", Takes::Values("list")),
    values("dns-search", "list", "Set custom DNS search domains"),
    value("domainname", "string", "Container NIS domain name"),
    value("entrypoint", "string", "Overwrite the default ENTRYPOINT of the image"),
    values("env", "list", "Set environment variables")
        .letter('e')
        .checked(check_env),
    value("hostname", "string", "Container host name").letter('h'),
    switch(
        "init",
        "Run an init inside the container that forwards signals and reaps processes",
    ),
    switch("interactive", "Keep STDIN open even if not attached").letter('i'),
    value("ip", "string", "IPv4 address (e.g., 172.30.100.104)"),
    value("ip6", "string", "IPv6 address (e.g., 2001:db8::33)"),
    values("label", "list", "Set meta data on a container")
        .letter('l')
        .checked(check_label),
    values("link", "list", "Add link to another container"),
    value(
        "mac-address",
        "string",
        "Container MAC address (e.g., 92:d0:c6:0a:29:33)",
    ),
    value("name", "string", "Assign a name to the container"),
    values("network", "network", "Connect a container to a network"),
    Flag::alias("net", "network", Takes::Values("network")),
    values("network-alias", "list", "Add network-scoped alias for the container"),
    Flag::alias("net-alias", "network-alias", Takes::Values("list")),
    switch("privileged", "Give extended privileges to this container"),
    switch("publish-all", "Publish all exposed ports to random ports").letter('P'),
    value(
        "pull",
        "string",
        "Pull image before running (\"always\", \"missing\", \"never\") (default \"missing\")",
    ),
    switch("read-only", "Mount the container's root filesystem as read only"),
    switch(
        "rm",
        "Automatically remove the container and its associated anonymous volumes when it exits",
    ),
    switch("sig-proxy", "Proxy received signals to the process (default true)"),
    value("stop-signal", "string", "Signal to stop the container"),
    value("stop-timeout", "int", "Timeout (in seconds) to stop a container"),
    values("sysctl", "map", "Sysctl options (default map[])"),
    switch("tty", "Allocate a pseudo-TTY").letter('t'),
    value("user", "string", "Username or UID (format: <name|uid>[:<group|gid>])").letter('u'),
    values("volume", "list", "Bind mount a volume").letter('v'),
    value("workdir", "string", "Working directory inside the container").letter('w'),
    absent("attach", VALUE).letter('a'),
    absent("blkio-weight", VALUE),
    absent("blkio-weight-device", VALUE),
    absent("cgroup-parent", VALUE),
    absent("cgroupns", VALUE),
    absent("cidfile", VALUE),
    absent("cpu-period", VALUE),
    absent("cpu-quota", VALUE),
    absent("cpu-rt-period", VALUE),
    absent("cpu-rt-runtime", VALUE),
    absent("cpu-shares", VALUE).letter('c'),
    absent("cpus", VALUE),
    absent("cpuset-cpus", VALUE),
    absent("cpuset-mems", VALUE),
    absent("detach-keys", VALUE),
    absent("device", VALUE),
    absent("device-cgroup-rule", VALUE),
    absent("device-read-bps", VALUE),
    absent("device-read-iops", VALUE),
    absent("device-write-bps", VALUE),
    absent("device-write-iops", VALUE),
    absent("disable-content-trust", Takes::Switch),
    absent("env-file", VALUE),
    absent("expose", VALUE),
    absent("gpus", VALUE),
    absent("group-add", VALUE),
    absent("health-cmd", VALUE),
    absent("health-interval", VALUE),
    absent("health-retries", VALUE),
    absent("health-start-interval", VALUE),
    absent("health-start-period", VALUE),
    absent("health-timeout", VALUE),
    absent("ipc", VALUE),
    absent("isolation", VALUE),
    absent("kernel-memory", VALUE),
    absent("label-file", VALUE),
    absent("link-local-ip", VALUE),
    absent("log-driver", VALUE),
    absent("log-opt", VALUE),
    absent("memory", VALUE).letter('m'),
    absent("memory-reservation", VALUE),
    absent("memory-swap", VALUE),
    absent("memory-swappiness", VALUE),
    absent("mount", VALUE),
    absent("no-healthcheck", Takes::Switch),
    absent("oom-kill-disable", Takes::Switch),
    absent("oom-score-adj", VALUE),
    absent("pid", VALUE),
    absent("pids-limit", VALUE),
    absent("platform", VALUE),
    absent("publish", VALUE).letter('p'),
    absent("quiet", Takes::Switch).letter('q'),
    absent("restart", VALUE),
    absent("runtime", VALUE),
    absent("security-opt", VALUE),
    absent("shm-size", VALUE),
    absent("storage-opt", VALUE),
    absent("tmpfs", VALUE),
    absent("ulimit", VALUE),
    absent("use-api-socket", Takes::Switch),
    absent("userns", VALUE),
    absent("uts", VALUE),
    absent("volume-driver", VALUE),
    absent("volumes-from", VALUE),
];

/// Whether this look-alike refuses a flag of Docker's `run`.
pub(super) fn is_absent(name: &str) -> bool {
    FLAGS
        .iter()
        .any(|flag| flag.name == name && flag.help.is_empty() && flag.alias_of.is_none())
}

/// Refuses a variable without a name.
fn check_env(text: &str) -> Result<(), String> {
    if text.is_empty() || text.starts_with('=') {
        return Err(format!("invalid environment variable: {text}"));
    }
    Ok(())
}

/// The body of `POST /containers/create`.
///
/// # Errors
/// The CLI's own refusals.
pub(super) fn body(parsed: &Parsed) -> Result<Value, String> {
    let networking = networking::read(parsed)?;
    let (image, command) = parsed.operands.split_first().ok_or("invalid reference format")?;
    let attached = !parsed.on("detach");
    let interactive = parsed.on("interactive");
    let text = |flag: &str| parsed.last(flag).unwrap_or("").to_owned();
    let or_null = |items: Vec<String>| if items.is_empty() { Value::Null } else { json!(items) };
    let entrypoint = parsed
        .last("entrypoint")
        .map(|program| if program.is_empty() { vec![""] } else { vec![program] });
    let mut body = json!({
        "Hostname": text("hostname"),
        "Domainname": text("domainname"),
        "User": text("user"),
        "AttachStdin": attached && interactive,
        "AttachStdout": attached,
        "AttachStderr": attached,
        "Tty": parsed.on("tty"),
        "OpenStdin": interactive,
        "StdinOnce": attached && interactive,
        "Env": or_null(environment(parsed)),
        "Cmd": or_null(command.to_vec()),
        "Image": image,
        "Volumes": {},
        "WorkingDir": text("workdir"),
        "Entrypoint": entrypoint,
        "Labels": pairs(parsed.all("label")),
        "HostConfig": host_config(parsed, &networking.mode),
        "NetworkingConfig": { "EndpointsConfig": networking.endpoints },
    });
    if let Some(signal) = parsed.last("stop-signal") {
        body["StopSignal"] = json!(signal);
    }
    if let Some(timeout) = parsed
        .last("stop-timeout")
        .and_then(|seconds| seconds.parse::<i64>().ok())
    {
        body["StopTimeout"] = json!(timeout);
    }
    Ok(body)
}

/// `HostConfig` of the request.
fn host_config(parsed: &Parsed, mode: &str) -> Value {
    let list = |flag: &str| -> Vec<String> { parsed.all(flag).map(str::to_owned).collect() };
    let or_null = |items: Vec<String>| if items.is_empty() { Value::Null } else { json!(items) };
    let mut config = json!({
        "Binds": or_null(list("volume")),
        "NetworkMode": mode,
        "PortBindings": {},
        "RestartPolicy": { "Name": "no", "MaximumRetryCount": 0 },
        "AutoRemove": parsed.on("rm"),
        "CapAdd": or_null(list("cap-add").iter().map(|name| capability(name)).collect()),
        "CapDrop": or_null(list("cap-drop").iter().map(|name| capability(name)).collect()),
        "Dns": list("dns"),
        "DnsOptions": list("dns-option"),
        "DnsSearch": list("dns-search"),
        "ExtraHosts": or_null(list("add-host")),
        "Links": or_null(list("link")),
        "Privileged": parsed.on("privileged"),
        "PublishAllPorts": parsed.on("publish-all"),
        "ReadonlyRootfs": parsed.on("read-only"),
        "MemorySwappiness": -1,
        "OomKillDisable": false,
        "PidsLimit": 0,
    });
    // Empty rather than missing: engines keep and show what they were sent.
    for field in [
        "BlkioWeightDevice",
        "BlkioDeviceReadBps",
        "BlkioDeviceWriteBps",
        "BlkioDeviceReadIOps",
        "BlkioDeviceWriteIOps",
        "Devices",
        "Ulimits",
    ] {
        config[field] = json!([]);
    }
    if parsed.last("init").is_some() {
        config["Init"] = json!(parsed.on("init"));
    }
    if parsed.last("sysctl").is_some() {
        config["Sysctls"] = pairs(parsed.all("sysctl"));
    }
    config
}

/// `-e A=1`, and `-e A` with the value it has here, if it has one.
fn environment(parsed: &Parsed) -> Vec<String> {
    parsed
        .all("env")
        .filter_map(|variable| {
            if variable.contains('=') {
                Some(variable.to_owned())
            } else {
                std::env::var(variable).ok().map(|value| format!("{variable}={value}"))
            }
        })
        .collect()
}

/// `NET_ADMIN` and `net_admin` as `CAP_NET_ADMIN`.
fn capability(name: &str) -> String {
    let name = name.trim().to_uppercase();
    if name == "ALL" || name.starts_with("CAP_") {
        name
    } else {
        format!("CAP_{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::flag;
    use super::*;

    #[test]
    fn a_request_says_what_the_flags_say() {
        let args = [
            "-d",
            "--name",
            "es",
            "--net",
            "dev",
            "-e",
            "A=1",
            "-l",
            "k=v",
            "-h",
            "hh",
            "-w",
            "/tmp",
            "--cap-add",
            "net_admin",
            "alpine",
            "sleep",
            "1d",
        ];
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        let body = body(&flag::parse(FLAGS, &args, false).unwrap()).unwrap();
        assert_eq!(body["Cmd"], json!(["sleep", "1d"]));
        assert_eq!(body["Env"], json!(["A=1"]));
        assert_eq!(body["Labels"], json!({"k": "v"}));
        assert_eq!(body["AttachStdout"], json!(false));
        assert_eq!(body["HostConfig"]["NetworkMode"], json!("dev"));
        assert_eq!(body["HostConfig"]["CapAdd"], json!(["CAP_NET_ADMIN"]));
    }

    #[test]
    fn every_flag_is_shown_older_or_absent_and_named_once() {
        for flag in FLAGS {
            assert_eq!(
                FLAGS.iter().filter(|other| other.name == flag.name).count(),
                1,
                "{}",
                flag.name
            );
        }
        assert!(is_absent("memory") && !is_absent("net") && !is_absent("name"));
    }
}
