//! What Docker does and this engine does not yet, in either era: refused in a sentence that says what is missing, never taken and
//! ignored. Contract §2.2, §3.1, §4.6, §4.7, §6.1, §7, §8.5.

use super::{both, document, network, told};
use crate::support::Lab;

/// The same sentence in both eras, and nothing made.
fn refused(act: impl Fn(&Lab) -> String, sentence: &str) {
    let said = both(|lab| {
        let before = (document(lab, "/networks"), document(lab, "/containers/json?all=1"));
        let said = act(lab);
        let after = (document(lab, "/networks"), document(lab, "/containers/json?all=1"));
        assert_eq!(
            before.0.as_array().map(Vec::len),
            after.0.as_array().map(Vec::len),
            "{said}"
        );
        assert_eq!(before.1, after.1, "{said}");
        said
    });
    let expected = format!("501 this engine does not have {sentence}");
    assert_eq!(said, [expected.clone(), expected]);
}

#[test]
fn networks_of_ipv6() {
    let sentence = "IPv6 networks (--ipv6) yet";
    refused(|lab| network(lab, r#""EnableIPv6":true"#), sentence);
    let subnet = r#""EnableIPv6":true,"IPAM":{"Config":[{"Subnet":"fd00:1::/64"}]}"#;
    refused(|lab| network(lab, subnet), sentence);
    let said = both(|lab| network(lab, r#""Options":{"com.docker.network.enable_ipv6":"true"}"#));
    // 20.10 has a member for it, which is what counts there.
    assert_eq!(
        said,
        [format!("501 this engine does not have {sentence}"), "201".into()]
    );
}

#[test]
fn published_ports() {
    let create = |host_config: &str| {
        let body = format!(r#"{{"Image":"alpine","ExposedPorts":{{"80/tcp":{{}}}},"HostConfig":{{{host_config}}}}}"#);
        move |lab: &Lab| told(lab, "POST", "/containers/create?name=c1", &body)
    };
    let bindings = [
        r#""80/tcp":[{"HostIp":"127.0.0.1","HostPort":"18080"}]"#,
        r#""80/tcp":[{"HostPort":""}]"#,
        r#""80/tcp":[]"#,
        r#""53/udp":null"#,
    ];
    for binding in bindings {
        refused(
            create(&format!(r#""PortBindings":{{{binding}}}"#)),
            "published ports (-p)",
        );
    }
    refused(create(r#""PublishAllPorts":true"#), "published ports (-P)");
    // A port that is only exposed is a note, in Docker too.
    assert_eq!(both(|lab| create(r#""PortBindings":{}"#)(lab)), ["201", "201"]);
}

#[test]
fn settings_of_an_endpoint() {
    let connect = |endpoint: &'static str| {
        move |lab: &Lab| {
            let body = format!(r#"{{"Container":"c1","EndpointConfig":{{{endpoint}}}}}"#);
            told(lab, "POST", "/networks/bridge/connect", &body)
        }
    };
    refused(
        connect(r#""DriverOpts":{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.IFNAME.log_martians=1"}"#),
        "sysctls of an endpoint's interface (com.docker.network.endpoint.sysctls) yet",
    );
    refused(
        connect(r#""IPAMConfig":{"LinkLocalIPs":["169.254.8.8"]}"#),
        "link-local addresses (--link-local-ip) yet",
    );
}

#[test]
fn other_drivers_and_kinds_of_networks() {
    for driver in ["macvlan", "ipvlan"] {
        refused(
            |lab| network(lab, &format!(r#""Driver":"{driver}","Options":{{"parent":"eth0"}}"#)),
            &format!("the {driver} driver yet; it has bridge"),
        );
    }
    let sentence = "configuration networks (--config-only, --config-from) yet";
    refused(|lab| network(lab, r#""ConfigOnly":true"#), sentence);
    refused(|lab| network(lab, r#""ConfigFrom":{"Network":"x"}"#), sentence);
}

#[test]
fn building_pausing_and_other_routes() {
    for (method, path, what) in [
        ("POST", "/build?t=x", "building images yet"),
        ("POST", "/session", "building images with BuildKit yet"),
        ("POST", "/containers/c1/pause", "pausing containers yet"),
        ("POST", "/containers/c1/update", "updating containers yet"),
        ("POST", "/volumes/create", "volumes yet"),
        ("GET", "/swarm", "Swarm yet"),
    ] {
        refused(|lab| told(lab, method, path, ""), what);
    }
}
