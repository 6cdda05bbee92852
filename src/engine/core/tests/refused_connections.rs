use super::connect::aliased;
use super::*;
use crate::engine::ipam::IpamEntry;

fn fixed(name: &str, subnet: &str) -> NetworkSpec {
    NetworkSpec {
        ipam: vec![IpamEntry {
            subnet: subnet.into(),
            ..IpamEntry::default()
        }],
        ..named(name)
    }
}

fn at(address: &str) -> EndpointSpec {
    EndpointSpec {
        ipam_given: true,
        ipv4_address: address.into(),
        ..EndpointSpec::default()
    }
}

#[test]
fn what_docker_refuses_to_connect() {
    const SHARED: &str =
        "container sharing network namespace with another container or host cannot be connected to any other network";
    const NONE: &str =
        "container cannot be connected to multiple networks with one of the networks in private (none) mode";
    for era in [Era::E28, Era::E20_10] {
        let mut lab = Lab::new(era);
        for name in ["n1", "n2"] {
            lab.network(named(name)).unwrap();
        }
        lab.run("c1", "n1");
        lab.run("alone", "none");
        lab.run("hosted", "host");
        lab.container(on("later", "n1")).unwrap();
        let plain = EndpointSpec::default;
        let host = match era {
            Era::E28 => "cannot connect container to host network - container must be created in host network mode",
            Era::E20_10 => "container cannot be disconnected from host network or connected to host network",
        };
        let cases = [
            ("n1", "nope", 404, "No such container: nope"),
            ("nope", "nope", 404, "No such container: nope"),
            ("nope", "c1", 404, "network nope not found"),
            ("n1", "c1", 403, "endpoint with name c1 already exists in network n1"),
            ("host", "c1", 400, host),
            ("host", "later", 400, host),
            ("host", "alone", 400, host),
            ("none", "c1", 400, NONE),
            ("none", "later", 400, NONE),
            ("n1", "alone", 400, NONE),
            ("none", "hosted", 400, SHARED),
            ("n1", "hosted", 400, SHARED),
            (
                "host",
                "hosted",
                403,
                "endpoint with name hosted already exists in network host",
            ),
        ];
        for (network, container, code, text) in cases {
            assert_eq!(
                lab.refused_connect(network, container, plain()),
                (code, text.to_owned()),
                "{era:?}: {network} {container}"
            );
        }
    }
}

#[test]
fn settings_that_28_refuses_to_connect_with() {
    let mut lab = Lab::new(Era::E28);
    lab.network(named("auto")).unwrap();
    lab.network(fixed("fixed", "10.9.0.0/24")).unwrap();
    lab.run("c1", "none");
    lab.disconnect("none", "c1", false).unwrap();
    lab.container(on("later", "none")).unwrap();
    lab.disconnect("none", "later", false).unwrap();
    let mac = |text: &str| EndpointSpec {
        mac_address: text.into(),
        ..EndpointSpec::default()
    };
    let v6 = EndpointSpec {
        ipv6_address: "fd00::2".into(),
        ..at("")
    };
    let settings = "invalid endpoint settings:\n";
    let subnets =
        "user specified IP address is supported only when connecting to networks with user configured subnets";
    let user_defined = "user specified IP address is supported on user defined networks only";
    let cases = [
        (
            "bridge",
            at("172.17.0.9"),
            format!("{settings}* {user_defined}\n* {subnets}"),
        ),
        (
            "bridge",
            aliased("a"),
            format!("{settings}network-scoped alias is supported only for containers in user defined networks"),
        ),
        ("auto", at("172.18.0.9"), format!("{settings}{subnets}")),
        (
            "fixed",
            at("10.99.0.9"),
            format!("{settings}no configured subnet or ip-range contain the IP address 10.99.0.9"),
        ),
        ("fixed", v6, format!("{settings}{subnets}")),
        ("fixed", mac("zz"), "invalid MAC address zz".into()),
    ];
    for (network, spec, text) in cases {
        for container in ["c1", "later"] {
            assert_eq!(
                lab.refused_connect(network, container, spec.clone()),
                (400, text.clone()),
                "{container}"
            );
        }
    }
    let (_, text) = lab.refused_connect("fixed", "c1", at("zzz"));
    assert!(
        text.starts_with("invalid endpoint settings:\n* invalid IPv4 address: zzz\n"),
        "{text}"
    );
    assert_eq!(
        lab.refused_connect("fixed", "c1", at("10.9.0.1")),
        (403, "Address already in use".into())
    );
    lab.connect_as("fixed", "c1", mac("02:42:00:00:00:09")).unwrap();
    let live = lab.state.container("c1").unwrap().endpoints[0].live.clone().unwrap();
    assert_ne!(live.mac, "02:42:00:00:00:09", "for create only, before API 1.54");
}

#[test]
fn settings_that_20_10_refuses_to_connect_with() {
    let mut lab = Lab::new(Era::E20_10);
    lab.network(named("auto")).unwrap();
    lab.network(fixed("fixed", "10.9.0.0/24")).unwrap();
    lab.run("c1", "auto");
    lab.disconnect("auto", "c1", false).unwrap();
    lab.container(on("later", "auto")).unwrap();
    lab.disconnect("auto", "later", false).unwrap();
    let user_defined = "user specified IP address is supported on user defined networks only";
    let subnets =
        "user specified IP address is supported only when connecting to networks with user configured subnets";
    let both = EndpointSpec {
        aliases: Some(vec!["a".into()]),
        ..at("1.2.3.4")
    };
    for container in ["c1", "later"] {
        assert_eq!(
            lab.refused_connect("bridge", container, both.clone()),
            (400, user_defined.into())
        );
        assert_eq!(
            lab.refused_connect("bridge", container, aliased("a")),
            (
                400,
                "network-scoped alias is supported only for containers in user defined networks".into()
            )
        );
        assert_eq!(
            lab.refused_connect("auto", container, at("10.1.1.1")),
            (400, subnets.into())
        );
    }
    let outside = "Invalid address 10.98.0.1: It does not belong to any of this network's subnets";
    for (address, code, text) in [
        ("10.98.0.1", 500, outside),
        ("zzz", 500, "Invalid IPv4 address: zzz)"),
        ("10.9.0.1", 403, "Address already in use"),
    ] {
        assert_eq!(lab.refused_connect("fixed", "c1", at(address)), (code, text.into()));
    }
    lab.connect_as("fixed", "later", at("10.98.0.1")).unwrap();
    assert_eq!(lab.start("later").unwrap_err().message, outside, "not before it starts");
}

#[test]
fn what_docker_refuses_to_disconnect() {
    for era in [Era::E28, Era::E20_10] {
        let mut lab = Lab::new(era);
        lab.network(named("n1")).unwrap();
        lab.network(named("n2")).unwrap();
        lab.run("c1", "n1");
        lab.run("hosted", "host");
        lab.container(on("later", "n1")).unwrap();
        let id = |lab: &Lab, name: &str| lab.state.container(name).unwrap().id.clone();
        let (c1, later) = (id(&lab, "c1"), id(&lab, "later"));
        let host = match era {
            Era::E28 => "cannot disconnect container from host network - container was created in host network mode",
            Era::E20_10 => "container cannot be disconnected from host network or connected to host network",
        };
        let cases = [
            ("n1", "nope", false, 404, "No such container: nope".to_owned()),
            ("n1", "nope", true, 404, "endpoint nope not found".into()),
            ("gone", "nope", true, 404, "network gone not found".into()),
            ("gone", "c1", false, 404, "network gone not found".into()),
            ("host", "hosted", false, 400, host.into()),
            (
                "n2",
                "c1",
                false,
                500,
                format!("container {c1} is not connected to network n2"),
            ),
            (
                "n2",
                "c1",
                true,
                500,
                format!("container {c1} is not connected to network n2"),
            ),
            (
                "gone",
                "c1",
                true,
                500,
                format!("container {c1} is not connected to the network gone"),
            ),
            (
                "n2",
                "later",
                false,
                500,
                format!("container {later} is not connected to the network n2"),
            ),
        ];
        for (network, container, force, code, text) in cases {
            assert_eq!(
                lab.refused_disconnect(network, container, force),
                (code, text),
                "{era:?}"
            );
        }
    }
}
