//! The lab never touches the machine's own network, and no process of a container is the machine's root.

mod support;

use std::collections::BTreeMap;
use std::process::Command;

use cnm::engine::netlink::Route;
use support::{Lab, processes, text};

const SYSCTLS: &[&str] = &[
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/forwarding",
    "net/ipv4/conf/all/rp_filter",
    "net/ipv4/conf/all/route_localnet",
    "net/ipv4/ping_group_range",
    "net/ipv4/ip_unprivileged_port_start",
    "net/ipv4/ip_local_port_range",
    "net/ipv6/conf/all/disable_ipv6",
    "net/ipv6/conf/all/forwarding",
    "net/ipv6/conf/default/accept_ra",
    "net/bridge/bridge-nf-call-iptables",
    "net/netfilter/nf_conntrack_max",
    "net/core/somaxconn",
    "kernel/hostname",
    "kernel/domainname",
    "user/max_user_namespaces",
    "vm/overcommit_memory",
];

fn told(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output.map_or_else(
        |e| format!("{program}: {e}"),
        |o| String::from_utf8_lossy(&o.stdout).into_owned(),
    )
}

/// Takes what counts and times out of a listing: they move by themselves.
fn steady(mut listing: serde_json::Value) -> serde_json::Value {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
            serde_json::Value::Object(fields) => {
                for name in ["valid_life_time", "preferred_life_time", "stats", "stats64", "expires"] {
                    fields.remove(name);
                }
                fields.values_mut().for_each(strip);
            }
            _ => {}
        }
    }
    strip(&mut listing);
    listing
}

/// Everything of the machine's network that a lab could have touched.
fn machine() -> BTreeMap<String, String> {
    let mut seen = BTreeMap::new();
    let mut route = Route::open().expect("a netlink socket");
    seen.insert("links".into(), format!("{:#?}", route.links().expect("links")));
    seen.insert(
        "addresses".into(),
        format!("{:#?}", route.addresses(None).expect("addresses")),
    );
    seen.insert("routes".into(), format!("{:#?}", route.routes(None).expect("routes")));
    // Where these programs are missing, both sides say the same and the three above remain.
    for object in ["link", "addr", "route", "rule"] {
        let listing = told("ip", &["-j", object]);
        let listing = serde_json::from_str(&listing).map_or(listing, |v| format!("{:#}", steady(v)));
        seen.insert(format!("ip {object}"), listing);
    }
    // Without what rules have counted: packets of others pass meanwhile.
    seen.insert("nft ruleset".into(), told("nft", &["--stateless", "list", "ruleset"]));
    for table in ["tcp", "tcp6", "udp", "udp6", "raw", "packet"] {
        let sockets = text(format!("/proc/net/{table}"));
        // Listening only: 0A is TCP_LISTEN, 07 an unconnected UDP socket.
        let listening = sockets.lines().filter_map(|l| {
            let fields: Vec<&str> = l.split_whitespace().collect();
            matches!(fields.get(3), Some(&("0A" | "07"))).then(|| fields[1].to_owned())
        });
        seen.insert(format!("sockets {table}"), listening.collect::<Vec<_>>().join(" "));
    }
    seen.insert("mounts".into(), text("/proc/self/mountinfo"));
    for name in SYSCTLS {
        seen.insert((*name).into(), text(format!("/proc/sys/{name}")));
    }
    seen
}

fn same(before: &BTreeMap<String, String>, when: &str) {
    for (what, now) in machine() {
        assert_eq!(before[&what], now, "{what} differs {when}");
    }
}

#[test]
fn the_machine_compares_equal_before_during_and_after() {
    let before = machine();
    assert!(before["links"].contains("\"lo\""), "{}", before["links"]);
    let mut lab = Lab::start();
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "-d", "--name", "es", "--net", "dev", "alpine", "sleep", "600"]);
    lab.ok(&["run", "--rm", "--net", "dev", "alpine", "ping", "-c1", "172.18.0.2"]);
    same(&before, "while the lab runs");
    lab.ok(&["rm", "-f", "es"]);
    lab.ok(&["network", "rm", "dev"]);
    same(&before, "after a network came and went");
    assert!(lab.end().success());
    same(&before, "after the end");
}

/// The four user ids of a process as the machine's kernel counts them: real, effective, saved, file system.
fn kernel_ids(pid: i32) -> Vec<String> {
    let status = text(format!("/proc/{pid}/status"));
    let line = status
        .lines()
        .find(|l| l.starts_with("Uid:"))
        .unwrap_or_default()
        .to_owned();
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

#[test]
fn no_process_of_the_lab_has_the_kernels_root_identity() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "es", "alpine", "sleep", "600"]);
    let family = processes::family(lab.child.id().cast_signed());
    let outside = |name: &str| name == "cnm" || name == "cnm-janitor";
    let inside: Vec<_> = family.iter().filter(|p| !outside(&p.name)).collect();
    assert!(inside.len() >= 3, "zygote, engine and a container: {family:?}");
    for process in inside {
        let ids = kernel_ids(process.pid);
        assert_eq!(ids.len(), 4, "{process:?}");
        assert!(
            !ids.contains(&"0".to_owned()),
            "{process:?} has the kernel's uid 0: {ids:?}"
        );
    }
}

#[test]
fn no_write_to_a_global_sysctl_succeeds_from_a_container() {
    let lab = Lab::start();
    for name in [
        "kernel/panic",
        "kernel/core_pattern",
        "vm/swappiness",
        "fs/file-max",
        "kernel/sysrq",
    ] {
        let before = text(format!("/proc/sys/{name}"));
        let script = format!("echo 1 > /proc/sys/{name}");
        let tried = lab.cli(&["run", "--rm", "alpine", "sh", "-c", &script]);
        assert!(!tried.status.success(), "{name} was written");
        let tried = lab.cli(&["run", "--rm", "--cap-add", "NET_ADMIN", "alpine", "sh", "-c", &script]);
        assert!(!tried.status.success(), "{name} was written with NET_ADMIN");
        assert_eq!(before, text(format!("/proc/sys/{name}")), "{name} changed");
    }
}

#[test]
fn privileged_is_refused_with_its_reason() {
    let lab = Lab::start();
    let refused = lab.cli(&["run", "--rm", "--privileged", "alpine", "true"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(125), "{said}");
    assert!(said.contains("privileged"), "{said}");
}
