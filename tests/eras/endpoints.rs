//! Endpoints: contract §3.4, §4.2, §4.3, §6.

use serde_json::Value;

use super::{both, created, document, inside, named, running, started, told};
use crate::support::Lab;

fn connect(lab: &Lab, network: &str, container: &str, endpoint: &str) -> String {
    let body = format!(r#"{{"Container":"{container}","EndpointConfig":{{{endpoint}}}}}"#);
    told(lab, "POST", &format!("/networks/{network}/connect"), &body)
}

fn disconnect(lab: &Lab, network: &str, container: &str) -> String {
    let body = format!(r#"{{"Container":"{container}"}}"#);
    told(lab, "POST", &format!("/networks/{network}/disconnect"), &body)
}

fn endpoint(lab: &Lab, container: &str, network: &str) -> Value {
    document(lab, &format!("/containers/{container}/json"))["NetworkSettings"]["Networks"][network].clone()
}

#[test]
fn a_mac_address_is_random_or_the_address() {
    let said = both(|lab| {
        running(lab, "c1", "bridge");
        let mac = endpoint(lab, "c1", "bridge")["MacAddress"]
            .as_str()
            .expect("an address")
            .to_owned();
        let first = u8::from_str_radix(&mac[..2], 16).expect("an octet");
        assert_eq!(first & 0b11, 0b10, "one's own, of one interface: {mac}");
        mac
    });
    assert_ne!(said[0], said[1]);
    assert_eq!(said[1], "02:42:ac:11:00:02");
}

#[test]
fn the_number_of_the_next_interface() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        running(lab, "c1", "a");
        lab.ok(&["network", "disconnect", "a", "c1"]);
        lab.ok(&["network", "connect", "a", "c1"]);
        let links = inside(lab, "c1", "ls /sys/class/net");
        links
            .split_whitespace()
            .find(|name| name.starts_with("eth"))
            .unwrap_or_default()
            .to_owned()
    });
    assert_eq!(said, ["eth0", "eth1"]);
}

#[test]
fn an_interface_of_ones_own_name() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        created(
            lab,
            "c1",
            "a",
            r#""DriverOpts":{"com.docker.network.endpoint.ifname":"foo0"}"#,
        );
        assert_eq!(started(lab, "c1"), "204");
        let links = inside(lab, "c1", "ls /sys/class/net");
        links
            .split_whitespace()
            .find(|name| *name != "lo")
            .unwrap_or_default()
            .to_owned()
    });
    assert_eq!(said, ["foo0", "eth0"]);
}

#[test]
fn which_network_is_the_way_out() {
    // In 28 a priority decides before the name does; 20.10 knows none.
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        lab.ok(&["network", "create", "b"]);
        running(lab, "c1", "a");
        connect(lab, "b", "c1", r#""GwPriority":10"#);
        inside(lab, "c1", "ip route")
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    assert_eq!(said[0], "default via 172.19.0.1 dev eth1 ");
    assert_eq!(said[1], "default via 172.18.0.1 dev eth0 ");
}

#[test]
fn a_network_of_the_hosts() {
    let said = both(|lab| {
        running(lab, "c1", "bridge");
        running(lab, "h1", "host");
        format!("{}\n{}", connect(lab, "host", "c1", ""), disconnect(lab, "host", "h1"))
    });
    assert_eq!(
        said[0],
        "400 cannot connect container to host network - container must be created in host network mode\n\
         400 cannot disconnect container from host network - container was created in host network mode"
    );
    let old = "400 container cannot be disconnected from host network or connected to host network";
    assert_eq!(said[1], format!("{old}\n{old}"));
}

/// Refusals of addresses and aliases; `…` of the contract's table is what stands around them in 28.
fn refusals(settings: &str, network: &str) -> [String; 2] {
    both(|lab| {
        lab.ok(&["network", "create", "auto"]);
        lab.ok(&["network", "create", "--subnet", "10.70.0.0/24", "own"]);
        lab.ok(&["network", "create", "other"]);
        running(lab, "c1", "other");
        connect(lab, network, "c1", settings)
    })
}

#[test]
fn an_address_or_a_name_where_there_is_none_to_choose() {
    let around = "400 invalid endpoint settings:\n";
    for (settings, network, tail) in [
        (
            r#""IPAMConfig":{"IPv4Address":"172.17.0.9"}"#,
            "bridge",
            "user specified IP address is supported on user defined networks only",
        ),
        (
            r#""IPAMConfig":{"IPv4Address":"172.18.0.9"}"#,
            "auto",
            "user specified IP address is supported only when connecting to networks with user configured subnets",
        ),
        (
            r#""Aliases":["x"]"#,
            "bridge",
            "network-scoped alias is supported only for containers in user defined networks",
        ),
    ] {
        let [now, then] = refusals(settings, network);
        assert!(now.starts_with(around) && now.contains(tail), "{now}");
        assert_eq!(then, format!("400 {tail}"));
    }
}

#[test]
fn an_address_that_is_none_or_lies_outside() {
    assert_eq!(
        refusals(r#""IPAMConfig":{"IPv4Address":"10.99.0.9"}"#, "own"),
        [
            "400 invalid endpoint settings:\nno configured subnet or ip-range contain the IP address 10.99.0.9",
            "500 Invalid address 10.99.0.9: It does not belong to any of this network's subnets",
        ]
    );
    assert_eq!(
        refusals(r#""IPAMConfig":{"IPv4Address":"zzz"}"#, "own"),
        [
            "400 invalid endpoint settings:\n* invalid IPv4 address: zzz\n* no configured subnet or ip-range contain the IP address zzz",
            "500 Invalid IPv4 address: zzz)",
        ]
    );
    assert_eq!(
        refusals(r#""IPAMConfig":{"IPv4Address":"10.99.0.9"},"Aliases":["x"]"#, "bridge"),
        [
            "400 invalid endpoint settings:\n\
             * user specified IP address is supported on user defined networks only\n\
             * network-scoped alias is supported only for containers in user defined networks\n\
             * user specified IP address is supported only when connecting to networks with user configured subnets",
            "400 user specified IP address is supported on user defined networks only",
        ]
    );
}

#[test]
fn a_mac_address_that_is_none() {
    let [now, _] = refusals(r#""MacAddress":"zz""#, "own");
    assert_eq!(now, "400 invalid MAC address zz");
}

#[test]
fn where_an_endpoint_is_checked() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "auto"]);
        let create = created(lab, "c1", "auto", r#""IPAMConfig":{"IPv4Address":"172.18.0.9"}"#);
        if create == "201" {
            format!("201, then {}", started(lab, "c1"))
        } else {
            create
        }
    });
    let why = "user specified IP address is supported only when connecting to networks with user configured subnets";
    assert_eq!(
        said,
        [
            format!("400 invalid config for network auto: invalid endpoint settings:\n{why}"),
            format!("201, then 400 {why}"),
        ]
    );
}

#[test]
fn several_networks_from_the_start() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "n1"]);
        lab.ok(&["network", "create", "n2"]);
        let body = r#"{"Image":"alpine","HostConfig":{"NetworkMode":"n1"},"NetworkingConfig":{"EndpointsConfig":{"n1":{},"n2":{}}}}"#;
        told(lab, "POST", "/containers/create?name=c1", body)
    });
    assert_eq!(
        said,
        ["201", "400 Container cannot be connected to network endpoints: n1, n2"]
    );
    let [now, _] = both(|lab| {
        let body = r#"{"Image":"alpine","NetworkingConfig":{"EndpointsConfig":{"a":{},"b":{}}}}"#;
        told(lab, "POST", "/v1.43/containers/create?name=c1", body)
    });
    assert_eq!(
        now,
        "400 Container cannot be created with multiple network endpoints: a, b"
    );
}

#[test]
fn an_explicit_disconnect_in_events() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        running(lab, "c1", "a");
        lab.ok(&["network", "disconnect", "a", "c1"]);
        let told = told_since_start(lab);
        told.iter()
            .filter(|action| *action == "network disconnect")
            .count()
            .to_string()
    });
    assert_eq!(said, ["1", "2"]);
}

#[test]
fn a_disconnect_of_what_does_not_run_in_events() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        assert_eq!(created(lab, "c1", "a", ""), "201");
        lab.ok(&["network", "disconnect", "a", "c1"]);
        lab.ok(&["network", "connect", "a", "c1"]);
        let told = told_since_start(lab);
        let of_network = told.iter().filter(|action| action.starts_with("network "));
        of_network.cloned().collect::<Vec<_>>().join(", ")
    });
    assert_eq!(said, ["network create", "network create, network disconnect"]);
}

#[test]
fn the_order_of_an_end_in_events() {
    let said = both(|lab| {
        running(lab, "c1", "bridge");
        lab.ok(&["stop", "-t", "0", "c1"]);
        let told = told_since_start(lab);
        let end = told.iter().skip_while(|action| *action != "container kill");
        end.cloned().collect::<Vec<_>>().join(", ")
    });
    let (die, disconnect) = ("container die", "network disconnect");
    let [now, then] =
        [[disconnect, die], [die, disconnect]].map(|[first, second]| format!("{first}, {second}, container stop"));
    assert!(said[0].ends_with(&now), "{}", said[0]);
    assert!(said[1].ends_with(&then), "{}", said[1]);
}

/// `type action` of every event so far.
fn told_since_start(lab: &Lab) -> Vec<String> {
    // Whole seconds: the present one is waited for.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let until = (now.expect("a clock").as_secs() + 1).to_string();
    let events = lab.ok(&["events", "--since", "1", "--until", &until]);
    let words = |line: &str| line.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" ");
    events.lines().map(words).collect()
}

#[test]
fn what_leaving_a_network_takes_from_the_hosts_file() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        lab.ok(&["network", "create", "b"]);
        lab.ok(&[
            "run",
            "-d",
            "--name",
            "c1",
            "--hostname",
            "host1",
            "--net",
            "a",
            "alpine",
            "sleep",
            "600",
        ]);
        lab.ok(&["network", "connect", "b", "c1"]);
        lab.ok(&["network", "disconnect", "b", "c1"]);
        let hosts = inside(lab, "c1", "cat /etc/hosts");
        hosts
            .lines()
            .filter(|line| line.ends_with("\thost1"))
            .count()
            .to_string()
    });
    // 20.10 takes each line that ends in a name of the network's.
    assert_eq!(said, ["1", "0"]);
}

#[test]
fn what_inspect_says_of_an_endpoint() {
    let [now, then] = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        running(lab, "c1", "a");
        let members = endpoint(lab, "c1", "a");
        members
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    });
    assert_eq!(
        now,
        "IPAMConfig Links Aliases MacAddress DriverOpts GwPriority NetworkID EndpointID Gateway IPAddress IPPrefixLen \
         IPv6Gateway GlobalIPv6Address GlobalIPv6PrefixLen DNSNames"
    );
    assert_eq!(
        then,
        "IPAMConfig Links Aliases NetworkID EndpointID Gateway IPAddress IPPrefixLen IPv6Gateway GlobalIPv6Address \
         GlobalIPv6PrefixLen MacAddress DriverOpts"
    );
}

#[test]
fn a_container_that_is_on_no_such_network() {
    // The same in both: what differs is tested above.
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        running(lab, "c1", "bridge");
        let said = disconnect(lab, "a", "c1");
        named(lab, &said, &["c1"], &[])
    });
    let expected = "500 container <id of c1> is not connected to network a";
    assert_eq!(said, [expected, expected]);
}

#[test]
fn a_mac_address_after_a_restart() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        running(lab, "given", "a");
        let body = r#"{"Image":"alpine","Cmd":["sleep","600"],"MacAddress":"02:42:ac:aa:bb:cc","HostConfig":{"NetworkMode":"a"}}"#;
        assert_eq!(told(lab, "POST", "/v1.41/containers/create?name=own", body), "201");
        assert_eq!(started(lab, "own"), "204");
        let mac = |name: &str| endpoint(lab, name, "a")["MacAddress"].clone();
        let before = [mac("given"), mac("own")];
        for name in ["given", "own"] {
            lab.ok(&["restart", "-t", "0", name]);
        }
        format!("{} {}", before[0] == mac("given"), before[1] == mac("own"))
    });
    // What was chosen stays; what was given is random in 28, and the address's in 20.10.
    assert_eq!(said, ["false true", "true true"]);
}

#[test]
fn the_members_of_a_containers_network_settings() {
    let [now, then] = both(|lab| {
        running(lab, "c1", "bridge");
        let settings = document(lab, "/containers/c1/json")["NetworkSettings"].clone();
        let names: Vec<String> = settings.as_object().expect("an object").keys().cloned().collect();
        names.join(" ")
    });
    assert_eq!(
        now,
        "Bridge SandboxID SandboxKey Ports HairpinMode LinkLocalIPv6Address LinkLocalIPv6PrefixLen SecondaryIPAddresses \
         SecondaryIPv6Addresses EndpointID Gateway GlobalIPv6Address GlobalIPv6PrefixLen IPAddress IPPrefixLen IPv6Gateway \
         MacAddress Networks"
    );
    assert_eq!(
        then,
        "Bridge SandboxID HairpinMode LinkLocalIPv6Address LinkLocalIPv6PrefixLen Ports SandboxKey SecondaryIPAddresses \
         SecondaryIPv6Addresses EndpointID Gateway GlobalIPv6Address GlobalIPv6PrefixLen IPAddress IPPrefixLen IPv6Gateway \
         MacAddress Networks"
    );
}

#[test]
fn the_size_of_a_terminal_from_its_start() {
    let said = both(|lab| {
        let body = r#"{"Image":"alpine","Cmd":["sh","-c","stty size; sleep 600"],"Tty":true,"HostConfig":{"ConsoleSize":[33,99]}}"#;
        assert_eq!(told(lab, "POST", "/containers/create?name=es", body), "201");
        assert_eq!(started(lab, "es"), "204");
        let mut logged = String::new();
        crate::support::eventually(std::time::Duration::from_secs(20), || {
            logged = lab.ok(&["logs", "es"]);
            logged.contains('\n')
        });
        logged.trim().to_owned()
    });
    assert_eq!(said, ["33 99", "0 0"]);
}
