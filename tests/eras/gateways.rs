//! What a bridge does for traffic between its network and the rest: contract §2.2, §4.4.

use super::wire::{Wire, listens};
use super::{both, document, network, running, told};
use crate::support::Lab;

const MODE: &str = "com.docker.network.bridge.gateway_mode_ipv4";

fn option(key: &str, value: &str) -> String {
    format!(r#""Options":{{"{key}":"{value}"}}"#)
}

/// A network of that name with that option.
fn with_option(lab: &Lab, name: &str, key: &str, value: &str) {
    lab.ok(&["network", "create", "-o", &format!("{key}={value}"), name]);
}

fn address(lab: &Lab, container: &str, network: &str) -> String {
    let inspected = document(lab, &format!("/containers/{container}/json"));
    let endpoint = &inspected["NetworkSettings"]["Networks"][network];
    endpoint["IPAddress"].as_str().expect("an address").to_owned()
}

/// Whether a ping from that network arrives. The kernel asks once more each second for who has an address: one question may be
/// lost on a cable that is just up.
fn reaches(lab: &Lab, network: &str, address: &str) -> bool {
    let output = lab.cli(&["run", "--rm", "--net", network, "alpine", "ping", "-c1", "-W3", address]);
    output.status.success()
}

/// Whether a page is brought from there.
fn browses(lab: &Lab, network: &str, address: &str) -> bool {
    let page = format!("http://{address}:8080/");
    let output = lab.cli(&[
        "run", "--rm", "--net", network, "alpine", "wget", "-T", "1", "-qO-", &page,
    ]);
    output.status.success()
}

fn server(lab: &Lab, name: &str, network: &str) -> String {
    let command = "echo hello > /index.html; exec httpd -f -p 8080 -h /";
    lab.ok(&[
        "run", "-d", "--name", name, "--net", network, "alpine", "sh", "-c", command,
    ]);
    let address = address(lab, name, network);
    let serves = crate::support::eventually(std::time::Duration::from_secs(20), || browses(lab, network, &address));
    assert!(serves, "{name} is there for its own network");
    address
}

#[test]
fn a_gateway_mode_that_there_is_not() {
    for mode in ["bridged", ""] {
        let why = format!("failed to parse {MODE} value: {mode} (unknown gateway mode {mode})");
        assert_eq!(
            both(|lab| network(lab, &option(MODE, mode))),
            [format!("400 {why}"), "201".into()]
        );
    }
}

#[test]
fn isolated_is_for_internal_networks_only() {
    assert_eq!(
        both(|lab| network(lab, &option(MODE, "isolated"))),
        [
            "500 gateway mode 'isolated' can only be used for an internal network",
            "201"
        ]
    );
}

#[test]
fn a_network_without_a_place_for_the_host_in_it() {
    let said = both(|lab| {
        let bridge = "com.docker.network.bridge.name=br-i";
        let mode = format!("{MODE}=isolated");
        lab.ok(&["network", "create", "--internal", "-o", bridge, "-o", &mode, "in"]);
        running(lab, "c1", "in");
        let host = lab.ok(&[
            "run", "--rm", "--net", "host", "alpine", "ip", "-4", "-o", "addr", "show", "br-i",
        ]);
        let there = address(lab, "c1", "in");
        assert!(reaches(lab, "in", &there), "neighbours meet all the same");
        assert_eq!(
            document(lab, "/networks/in")["Options"][MODE],
            "isolated",
            "kept as it was sent"
        );
        let endpoint = document(lab, "/containers/c1/json")["NetworkSettings"]["Networks"]["in"].clone();
        let addressed = if host.contains("172.18.0.1/16") {
            "172.18.0.1"
        } else {
            "nothing"
        };
        format!("{there} beside {addressed}, by {}", endpoint["Gateway"])
    });
    assert_eq!(
        said,
        [
            r#"172.18.0.1 beside nothing, by """#,
            r#"172.18.0.2 beside 172.18.0.1, by "172.18.0.1""#,
        ]
    );
}

#[test]
fn a_routed_network_lets_pings_in_and_tells_its_own_addresses() {
    let said = both(|lab| {
        with_option(lab, "open", MODE, "routed");
        lab.ok(&["network", "create", "other"]);
        lab.ok(&["network", "create", "--internal", "--subnet", "10.9.0.0/24", "in"]);
        let there = server(lab, "web", "open");
        let ping = reaches(lab, "other", &there);
        let page = browses(lab, "other", &there);
        assert!(!reaches(lab, "in", &there), "an internal network keeps its packets in");
        // Nobody outside knows the way back to an address that is not the host's.
        let out = reaches(lab, "open", "192.168.1.1");
        format!("ping {ping}, page {page}, out {out}")
    });
    assert_eq!(
        said,
        ["ping true, page false, out false", "ping false, page false, out true"]
    );
}

#[test]
fn a_network_of_the_usual_mode_lets_nobody_in_and_everybody_out() {
    for mode in ["nat", "nat-unprotected"] {
        let said = both(|lab| {
            with_option(lab, "n", MODE, mode);
            lab.ok(&["network", "create", "other"]);
            let there = server(lab, "web", "n");
            let (ping, page) = (reaches(lab, "other", &there), browses(lab, "other", &there));
            let out = reaches(lab, "n", "192.168.1.1");
            format!("ping {ping}, page {page}, out {out}")
        });
        // Unprotected means ports for those who come from elsewhere: other bridges stay apart.
        let expected = "ping false, page false, out true";
        assert_eq!(said, [expected, expected], "{mode}");
    }
}

/// Rules for packets into a network of that mode, as the kernel lists them.
fn entering(lab: &Lab, mode: &str) -> Vec<String> {
    let bridge = "com.docker.network.bridge.name=br-n";
    lab.ok(&["network", "create", "-o", bridge, "-o", &format!("{MODE}={mode}"), "n"]);
    let steps = lab.steps("network create n");
    let lines = steps
        .iter()
        .flat_map(|step| step["shell"].as_array().cloned().unwrap_or_default());
    let lines = lines.filter_map(|line| line.as_str().map(str::to_owned));
    lines
        .filter(|line| line.contains("add rule ip docker-bridges filter-forward-in__br-n"))
        .map(|line| {
            line.split("filter-forward-in__br-n ")
                .nth(1)
                .unwrap_or_default()
                .trim_end_matches('\'')
                .to_owned()
        })
        .collect()
}

#[test]
fn what_comes_from_elsewhere_by_mode() {
    let own = "ct state established,related counter accept\niifname \"br-n\" counter accept\n";
    for (mode, rest) in [
        ("nat", "counter drop"),
        ("routed", "ip protocol != icmp counter drop"),
        (
            "nat-unprotected",
            "iifname vmap @filter-forward-between-jumps\ncounter accept",
        ),
    ] {
        let said = both(|lab| entering(lab, mode).join("\n"));
        assert_eq!(said, [format!("{own}{rest}"), format!("{own}counter drop")], "{mode}");
    }
}

#[test]
fn an_address_of_ones_own_for_what_leaves() {
    if listens() {
        return;
    }
    // The same in both.
    let said = both(|lab| {
        with_option(lab, "n", "com.docker.network.host_ipv4", "192.168.1.77");
        let wire = Wire::tap(lab, "host", "gateways::an_address_of_ones_own_for_what_leaves");
        assert!(
            !reaches(lab, "n", "192.168.1.1"),
            "nobody has that address to be answered at"
        );
        wire.await_line(|line| line == "icmp 192.168.1.77 192.168.1.1");
        let mut sources: Vec<String> = wire
            .seen()
            .iter()
            .filter(|line| line.ends_with(" 192.168.1.1") && line.starts_with("icmp "))
            .cloned()
            .collect();
        sources.dedup();
        sources.sort_unstable();
        sources.dedup();
        sources.join(", ")
    });
    let expected = "icmp 172.18.0.2 192.168.1.1, icmp 192.168.1.77 192.168.1.1";
    assert_eq!(said, [expected, expected]);
}

#[test]
fn addresses_that_are_none_in_options() {
    for key in [
        "com.docker.network.bridge.host_binding_ipv4",
        "com.docker.network.host_ipv4",
    ] {
        let why = format!("failed to parse {key} value: here (nil ip)");
        assert_eq!(
            both(|lab| network(lab, &option(key, "here"))),
            [format!("400 {why}"), format!("500 {why}")]
        );
    }
    let key = "com.docker.network.host_ipv6";
    assert_eq!(
        both(|lab| network(lab, &option(key, "here"))),
        [format!("400 failed to parse {key} value: here (nil ip)"), "201".into()]
    );
}

#[test]
fn options_that_say_nothing_without_published_ports_are_kept() {
    let said = both(|lab| {
        let body = r#"{"Name":"n","Options":{"com.docker.network.bridge.trusted_host_interfaces":"eth0:eth1",
            "com.docker.network.bridge.host_binding_ipv4":"127.0.0.1","com.example.mine":"x"}}"#;
        let said = told(lab, "POST", "/networks/create", body);
        format!("{said} {}", document(lab, "/networks/n")["Options"])
    });
    let kept = r#"201 {"com.docker.network.bridge.host_binding_ipv4":"127.0.0.1","com.docker.network.bridge.trusted_host_interfaces":"eth0:eth1","com.example.mine":"x"}"#;
    assert_eq!(said, [kept, kept]);
}

#[test]
fn no_gateway_is_taken_where_nobody_would_use_it() {
    let said = both(|lab| {
        let inhibit = "com.docker.network.bridge.inhibit_ipv4=true";
        lab.ok(&["network", "create", "--internal", "-o", inhibit, "in"]);
        running(lab, "c1", "in");
        address(lab, "c1", "in")
    });
    assert_eq!(said, ["172.18.0.1", "172.18.0.2"]);
}
