use std::collections::BTreeMap;

use super::*;
use crate::engine::ipam::IpamEntry;
use crate::engine::plan::Step;

fn with_subnet(name: &str, subnet: &str) -> NetworkSpec {
    NetworkSpec {
        ipam: vec![IpamEntry {
            subnet: subnet.into(),
            ..IpamEntry::default()
        }],
        ..named(name)
    }
}

fn with_option(name: &str, key: &str, value: &str) -> NetworkSpec {
    NetworkSpec {
        options: BTreeMap::from([(key.into(), value.into())]),
        ..named(name)
    }
}

fn refusal(lab: &mut Lab, spec: NetworkSpec) -> (u16, String) {
    let before = format!("{:?}", lab.state);
    let error = lab.network(spec).unwrap_err();
    assert_eq!(format!("{:?}", lab.state), before, "a refusal changes nothing");
    (error.status.code(), error.message)
}

#[test]
fn the_error_table_of_28() {
    let mut lab = Lab::new(Era::E28);
    lab.network(with_subnet("na", "10.70.0.0/24")).unwrap();
    let swarm = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this \
                 node to swarm and try again.";
    let driver = |driver: &str| NetworkSpec {
        driver: driver.into(),
        ..named("x")
    };
    let cases: Vec<(NetworkSpec, u16, &str)> = vec![
        (
            named("bridge"),
            403,
            "operation is not permitted on predefined bridge network ",
        ),
        (named("na"), 409, "network with name na already exists"),
        (named(" "), 400, "invalid name: name is empty"),
        (driver("nodriver"), 404, "plugin \"nodriver\" not found"),
        (driver("host"), 403, "only one instance of \"host\" network is allowed"),
        (driver("null"), 403, "only one instance of \"null\" network is allowed"),
        (driver("overlay"), 403, swarm),
        (
            driver("macvlan"),
            501,
            "this engine does not have the macvlan driver yet; it has bridge",
        ),
        (
            NetworkSpec {
                ipam_driver: "noipam".into(),
                ..named("x")
            },
            404,
            "plugin \"noipam\" not found",
        ),
        (
            with_subnet("x", "10.70.0.128/25"),
            403,
            "invalid pool request: Pool overlaps with other one on this address space",
        ),
        (
            with_subnet("x", "garbage"),
            400,
            "invalid network config:\ninvalid subnet garbage: invalid CIDR block notation",
        ),
        (
            NetworkSpec {
                ipam: vec![
                    with_subnet("", "10.1.0.0/24").ipam[0].clone(),
                    with_subnet("", "10.2.0.0/24").ipam[0].clone(),
                ],
                ..named("x")
            },
            403,
            "bridge driver doesn't support multiple subnets",
        ),
        (
            NetworkSpec {
                enable_ipv4: Some(false),
                ..named("x")
            },
            400,
            "IPv4 or IPv6 must be enabled",
        ),
        (
            with_option("x", "com.docker.network.bridge.enable_icc", "maybe"),
            400,
            "failed to parse com.docker.network.bridge.enable_icc value: maybe (strconv.ParseBool: parsing \"maybe\": invalid \
             syntax)",
        ),
        (
            with_option("x", "com.docker.network.driver.mtu", "-5"),
            400,
            "invalid MTU number: -5",
        ),
        (
            with_option("x", "com.docker.network.bridge.name", "lo"),
            500,
            "existing interface lo is not a bridge",
        ),
    ];
    for (spec, code, text) in cases {
        assert_eq!(refusal(&mut lab, spec), (code, text.to_owned()));
    }
    let (code, text) = refusal(&mut lab, with_option("x", "com.docker.network.bridge.name", "docker0"));
    assert_eq!(code, 403);
    assert!(
        text.starts_with("cannot create network ") && text.ends_with("(docker0): networks have same bridge name"),
        "{text}"
    );
}

#[test]
fn the_error_table_of_20_10() {
    let mut lab = Lab::new(Era::E20_10);
    lab.network(with_subnet("na", "10.70.0.0/24")).unwrap();
    let entry = |gateway: &str, auxiliary: &[(&str, &str)]| {
        let auxiliary = auxiliary
            .iter()
            .map(|(name, address)| ((*name).to_owned(), (*address).to_owned()))
            .collect();
        let entry = IpamEntry {
            subnet: "10.71.0.0/24".into(),
            gateway: gateway.into(),
            auxiliary,
            ..IpamEntry::default()
        };
        NetworkSpec {
            ipam: vec![entry],
            ..named("x")
        }
    };
    let cases: Vec<(NetworkSpec, u16, &str)> = vec![
        (
            NetworkSpec {
                check_duplicate: true,
                ..named("na")
            },
            409,
            "network with name na already exists",
        ),
        (named(""), 500, "invalid name: "),
        (
            with_subnet("x", "garbage"),
            500,
            "Invalid subnet garbage : invalid CIDR address: garbage",
        ),
        (
            with_subnet("x", "10.70.0.0/24"),
            403,
            "Pool overlaps with other one on this address space",
        ),
        (
            entry("10.72.0.1", &[]),
            500,
            "failed to allocate gateway (10.72.0.1): Requested address is out of range",
        ),
        (
            entry("", &[("a", "10.72.0.1")]),
            403,
            "auxiliary address: (a:10.72.0.1) must belong to the master pool: 10.71.0.0/24",
        ),
        (
            with_option("x", "com.docker.network.driver.mtu", "-5"),
            500,
            "invalid MTU number: -5",
        ),
    ];
    for (spec, code, text) in cases {
        assert_eq!(refusal(&mut lab, spec), (code, text.to_owned()));
    }
    let reply = lab.try_do(Request::CreateNetwork(Box::new(named("na")))).unwrap();
    assert!(matches!(reply, Reply::Created { warnings, .. } if warnings[0].starts_with("Network with name na (id : ")));
    assert_eq!(
        lab.state.network("na").unwrap_err().message,
        "network na is ambiguous (2 matches found based on name)"
    );
    lab.network(with_subnet("bits", "10.90.0.5/24")).unwrap();
    assert_eq!(
        lab.state.network("bits").unwrap().ipam[0].subnet,
        "10.90.0.5/24",
        "echoed as typed"
    );
}

#[test]
fn exhausted_pools_and_their_return() {
    for (era, code, text) in [
        (Era::E28, 400, "all predefined address pools have been fully subnetted"),
        (
            Era::E20_10,
            404,
            "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
        ),
    ] {
        let mut lab = Lab::new(era);
        // 30 pools beside docker0's, one of which the uplink is on.
        for number in 0..29 {
            lab.network(named(&format!("n{number}"))).unwrap();
        }
        assert_eq!(refusal(&mut lab, named("x")), (code, text.to_owned()));
        lab.remove_network("n3").unwrap();
        lab.network(named("x")).unwrap();
    }
}

#[test]
fn gateway_range_and_auxiliaries() {
    let mut lab = Lab::new(Era::E28);
    let entry = IpamEntry {
        subnet: "10.11.0.0/24".into(),
        ip_range: "10.11.0.64/26".into(),
        auxiliary: BTreeMap::from([("DefaultGatewayIPv4".into(), "10.11.0.254".into())]),
        ..IpamEntry::default()
    };
    lab.network(NetworkSpec {
        ipam: vec![entry.clone()],
        ..named("r")
    })
    .unwrap();
    let network = lab.state.network("r").unwrap();
    assert_eq!(
        network.ipam,
        vec![entry],
        "inspect echoes what was sent, without the allocated gateway"
    );
    let Driver::Bridge(settings) = &network.driver else {
        panic!()
    };
    assert_eq!(settings.bridge_address().unwrap().to_string(), "10.11.0.64/24");
    assert_eq!(network.container_gateway.unwrap().to_string(), "10.11.0.254");
    assert_eq!(lab.run("c1", "r"), "10.11.0.65/24");
}

#[test]
fn lookup_prefers_full_id_then_name_then_prefix() {
    let mut lab = Lab::new(Era::E28);
    let id = lab.network(named("dev")).unwrap();
    lab.network(named(&id)).unwrap();
    assert_eq!(lab.state.network(&id).unwrap().name, "dev");
    assert_eq!(lab.state.network(&id[..10]).unwrap().name, "dev");
    assert_eq!(lab.state.network("nope").unwrap_err().message, "network nope not found");
}

#[test]
fn remove_refuses_predefined_and_busy_networks() {
    let mut lab = Lab::new(Era::E28);
    lab.network(named("dev")).unwrap();
    let dev = lab.state.network("dev").unwrap().id.clone();
    lab.run("es", "dev");
    let error = lab.remove_network("bridge").unwrap_err();
    assert_eq!(
        (error.status.code(), error.message.as_str()),
        (403, "bridge is a pre-defined network and cannot be removed")
    );
    let endpoint = lab.state.container("es").unwrap().endpoints[0]
        .live
        .as_ref()
        .unwrap()
        .id[..12]
        .to_owned();
    let error = lab.remove_network("dev").unwrap_err();
    let text =
        format!("error while removing network: network dev has active endpoints (name:\"es\" id:\"{endpoint}\")");
    assert_eq!((error.status.code(), error.message), (403, text));

    let id = lab.state.container("es").unwrap().id.clone();
    lab.try_do(Request::ProcessEnded { container: id, code: 0 }).unwrap();
    lab.remove_network("dev").unwrap();
    let error = lab.start("es").unwrap_err();
    assert_eq!(error.status.code(), 404);
    assert_eq!(
        error.message,
        format!("failed to set up container networking: network {dev} not found"),
        "by the id it was on"
    );
}

#[test]
fn plans_of_the_lab_and_its_networks() {
    let mut lab = Lab::new(Era::E28);
    insta::assert_debug_snapshot!("lab_start", lab.plans[0]);
    lab.network(with_subnet("dev", "10.5.0.0/16")).unwrap();
    insta::assert_debug_snapshot!("network_create", lab.plans[1]);
    lab.network(NetworkSpec {
        internal: true,
        ..with_subnet("in", "10.6.0.0/16")
    })
    .unwrap();
    insta::assert_debug_snapshot!("network_create_internal", lab.plans[2]);
    let options = [
        ("enable_icc", "false"),
        ("enable_ip_masquerade", "false"),
        ("inhibit_ipv4", "true"),
        ("name", "br9"),
    ];
    let mut options: BTreeMap<String, String> = options
        .into_iter()
        .map(|(key, value)| (format!("com.docker.network.bridge.{key}"), value.into()))
        .collect();
    options.insert("com.docker.network.driver.mtu".into(), "1400".into());
    lab.network(NetworkSpec {
        options,
        ..with_subnet("odd", "10.7.0.0/16")
    })
    .unwrap();
    insta::assert_debug_snapshot!("network_create_options", lab.plans[3]);
    lab.remove_network("odd").unwrap();
    insta::assert_debug_snapshot!("network_rm", lab.plans[4]);
}

#[test]
fn what_the_kernel_is_asked_for_differs_by_era() {
    for (era, bridge_mtu, loopback_without_ipv6) in [(Era::E28, Some(1400), false), (Era::E20_10, None, true)] {
        let mut lab = Lab::new(era);
        lab.network(with_option("small", "com.docker.network.driver.mtu", "1400"))
            .unwrap();
        lab.run("es", "small");
        let steps = || lab.plans.iter().flat_map(|plan| &plan.steps);
        let bridge = |step: &Step| matches!(step, Step::CreateBridge { mtu, name, .. } if name != "docker0" && *mtu == bridge_mtu);
        let cable = |step: &Step| matches!(step, Step::CreateVeth { mtu: Some(1400), .. });
        let loopback =
            |step: &Step| matches!(step, Step::SetSysctl { key, .. } if key == "net.ipv6.conf.all.disable_ipv6");
        assert!(steps().any(bridge), "{era:?}");
        assert!(steps().any(cable), "{era:?}");
        assert_eq!(steps().any(loopback), loopback_without_ipv6, "{era:?}");
    }
}

#[test]
fn an_empty_name_is_anyones_where_20_10_looks_for_duplicates() {
    let checked = NetworkSpec {
        check_duplicate: true,
        ..named("")
    };
    let told = refusal(&mut Lab::new(Era::E20_10), checked.clone());
    assert_eq!(told, (409, "network with name  already exists".into()));
    assert_eq!(refusal(&mut Lab::new(Era::E28), checked).0, 400);
}
