//! The flags of `docker run` and `docker create`, and the checks of their values.

use std::net::IpAddr;

use super::super::flag::{Flag, Takes, switch, value, values};
use super::super::network::check_label;
use super::networking;

/// A flag Docker has and this look-alike has not: read, so that what follows is understood, and then refused.
const fn absent(name: &'static str, takes: Takes) -> Flag {
    match takes {
        Takes::Switch => switch(name, ""),
        _ => value(name, "string", ""),
    }
}

const VALUE: Takes = Takes::Value("string");

/// Flags of `docker run`; those without help text are older names or absent here ([`is_absent`]).
pub(in crate::docker_cli) const FLAGS: &[Flag] = &[
    values("add-host", "list", "Add a custom host-to-IP mapping (host:ip)").checked(check_extra_host),
    values("cap-add", "list", "Add Linux capabilities"),
    values("cap-drop", "list", "Drop Linux capabilities"),
    switch("detach", "Run container in background and print container ID").letter('d'),
    values("dns", "list", "Set custom DNS servers").checked(networking::check_address),
    values("dns-option", "list", "Set DNS options"),
    Flag::alias("dns-opt", "dns-option", Takes::Values("list")),
    values("dns-search", "list", "Set custom DNS search domains"),
    value("domainname", "string", "Container NIS domain name"),
    value("entrypoint", "string", "Overwrite the default ENTRYPOINT of the image"),
    values("env", "list", "Set environment variables")
        .letter('e')
        .checked(check_env),
    values("expose", "list", "Expose a port or a range of ports"),
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
    values("link", "list", "Add link to another container").checked(check_link),
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
    values("publish", "list", "Publish a container's port(s) to the host").letter('p'),
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
    values("attach", "list", "Attach to STDIN, STDOUT or STDERR")
        .letter('a')
        .checked(check_attach),
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
    value(
        "detach-keys",
        "string",
        "Override the key sequence for detaching a container",
    ),
    absent("device", VALUE),
    absent("device-cgroup-rule", VALUE),
    absent("device-read-bps", VALUE),
    absent("device-read-iops", VALUE),
    absent("device-write-bps", VALUE),
    absent("device-write-iops", VALUE),
    absent("disable-content-trust", Takes::Switch),
    absent("env-file", VALUE),
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
    switch("quiet", "Suppress the pull output").letter('q'),
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
pub(in crate::docker_cli) fn is_absent(name: &str) -> bool {
    FLAGS
        .iter()
        .any(|flag| flag.name == name && flag.help.is_empty() && flag.alias_of.is_none())
}

/// Of what this look-alike refuses, what the CLI does by itself or our engine takes.
const ONLY_OF_CLI: &[&str] = &[
    "cgroupns",
    "disable-content-trust",
    "env-file",
    "isolation",
    "kernel-memory",
    "label-file",
    "no-healthcheck",
    "platform",
    "runtime",
];

/// Whether a flag that is refused here works with our engine from the real CLI.
pub(in crate::docker_cli) fn is_only_of_cli(name: &str) -> bool {
    ONLY_OF_CLI.contains(&name)
}

/// Flags of `docker create`: those of `run` but for what only a run does.
pub(in crate::docker_cli) const CREATE_FLAGS: &[Flag] = FLAGS;

/// `NAME=ADDRESS` or `NAME:ADDRESS`, the address perhaps in brackets, as the API takes it: `NAME:ADDRESS`.
///
/// # Errors
/// The CLI's own words.
pub(in crate::docker_cli) fn extra_host(text: &str) -> Result<String, String> {
    let parts = text.split_once('=').or_else(|| text.split_once(':'));
    let named = parts.filter(|(name, _)| !name.is_empty() && !name.contains(':'));
    let Some((name, address)) = named else {
        return Err(format!("bad format for add-host: {text:?}"));
    };
    let inner = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = inner.unwrap_or(address);
    if address != "host-gateway" && address.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address in add-host: {address:?}"));
    }
    Ok(format!("{name}:{address}"))
}

fn check_extra_host(text: &str) -> Result<(), String> {
    extra_host(text).map(drop)
}

/// Refuses a link without a name on either side.
pub(in crate::docker_cli) fn check_link(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("empty string specified for links".into());
    }
    if text.split(':').count() > 2 {
        return Err(format!("bad format for links: {text}"));
    }
    Ok(())
}

/// Refuses what is no stream.
fn check_attach(text: &str) -> Result<(), String> {
    match text.to_ascii_lowercase().as_str() {
        "stdin" | "stdout" | "stderr" => Ok(()),
        _ => Err("valid streams are STDIN, STDOUT and STDERR".into()),
    }
}

/// Refuses a variable without a name.
pub(in crate::docker_cli) fn check_env(text: &str) -> Result<(), String> {
    if text.is_empty() || text.starts_with('=') {
        return Err(format!("invalid environment variable: {text}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn extra_hosts_are_taken_in_each_form() {
        let host = |text| extra_host(text).unwrap();
        assert_eq!(
            [
                host("a=1.2.3.4"),
                host("a:::1"),
                host("a=[::1]"),
                host("a:host-gateway")
            ],
            ["a:1.2.3.4", "a:::1", "a:::1", "a:host-gateway"]
        );
        for bad in ["a", ":1.2.3.4", "a:b", "a:1.2.3.4:5", "a:b=1.2.3.4"] {
            assert!(extra_host(bad).is_err(), "{bad}");
        }
    }
}
