use std::collections::BTreeMap;

use super::*;
use crate::engine::ipam::IpamEntry;
use crate::engine::plan::Step;

fn fixed(subnet: &str) -> NetworkSpec {
    NetworkSpec {
        ipam: vec![IpamEntry {
            subnet: subnet.into(),
            ..IpamEntry::default()
        }],
        ..named("fixed")
    }
}

fn with_address(name: &str, network: &str, address: &str) -> ContainerSpec {
    let endpoint = EndpointSpec {
        ipam_given: true,
        ipv4_address: address.into(),
        ..EndpointSpec::default()
    };
    ContainerSpec {
        endpoints: BTreeMap::from([(network.to_owned(), endpoint)]),
        ..on(name, network)
    }
}

fn refusal(lab: &mut Lab, spec: ContainerSpec) -> (u16, String) {
    let error = lab.container(spec).unwrap_err();
    (error.status.code(), error.message)
}

#[test]
fn run_tells_create_connect_start_and_takes_the_lowest_address() {
    let mut lab = Lab::new(Era::E28);
    lab.network(named("dev")).unwrap();
    lab.told();
    assert_eq!(lab.run("es", "dev"), "172.18.0.2/16");
    assert_eq!(lab.told(), ["container create", "network connect", "container start"]);
    assert_eq!(lab.run("es2", "dev"), "172.18.0.3/16");
    lab.remove("es", true).unwrap();
    assert_eq!(lab.run("es3", "dev"), "172.18.0.2/16", "lowest free, not serial");
    assert_eq!(lab.run("dd", "default"), "172.17.0.2/16");
}

#[test]
fn ends_tell_in_the_order_of_their_era() {
    for (era, end) in [
        (Era::E28, ["network disconnect", "container die"]),
        (Era::E20_10, ["container die", "network disconnect"]),
    ] {
        let mut lab = Lab::new(era);
        lab.run("a1", "default");
        let id = lab.state.container("a1").unwrap().id.clone();
        lab.told();
        lab.try_do(Request::ProcessEnded {
            container: id.clone(),
            code: 3,
        })
        .unwrap();
        let die = lab.events.iter().find(|event| event.action == "die").unwrap();
        assert_eq!(die.attributes["exitCode"], "3");
        assert_eq!(die.attributes.contains_key("execDuration"), era == Era::E28);
        assert_eq!(lab.told(), end);
        assert!(lab.events.is_sorted_by_key(|event| event.at));
        lab.start("a1").unwrap();
        lab.told();
        lab.remove("a1", true).unwrap();
        assert_eq!(
            lab.told(),
            [&["container kill"], &end[..], &["container destroy"]].concat()
        );
        lab.try_do(Request::ProcessEnded {
            container: id,
            code: 137,
        })
        .unwrap();
        assert_eq!(lab.told(), [""; 0], "the end of a removed container is no news");
    }
}

#[test]
fn stop_tells_kill_and_stop() {
    let mut lab = Lab::new(Era::E28);
    lab.run("a1", "default");
    let id = lab.state.container("a1").unwrap().id.clone();
    lab.told();
    lab.try_do(Request::StopSignal {
        container: "a1".into(),
        signal: None,
    })
    .unwrap();
    lab.try_do(Request::ProcessEnded {
        container: id.clone(),
        code: 143,
    })
    .unwrap();
    lab.try_do(Request::Stopped { container: id }).unwrap();
    assert_eq!(
        lab.told(),
        [
            "container kill",
            "network disconnect",
            "container die",
            "container stop"
        ]
    );
    let again = lab
        .try_do(Request::StopSignal {
            container: "a1".into(),
            signal: None,
        })
        .unwrap();
    assert_eq!(again, Reply::Unchanged);
}

#[test]
fn a_container_with_rm_leaves_when_it_ends() {
    let mut lab = Lab::new(Era::E28);
    let id = lab
        .container(ContainerSpec {
            auto_remove: true,
            ..on("a1", "default")
        })
        .unwrap();
    lab.start(&id).unwrap();
    lab.told();
    lab.try_do(Request::ProcessEnded {
        container: id.clone(),
        code: 0,
    })
    .unwrap();
    assert_eq!(lab.told(), ["network disconnect", "container die", "container destroy"]);
    assert_eq!(
        lab.state.container(&id).unwrap_err().message,
        format!("No such container: {id}")
    );
}

#[test]
fn a_command_that_cannot_be_executed_leaves_its_reason() {
    for (era, prefix) in [(Era::E28, "failed to create task for container: "), (Era::E20_10, "")] {
        let mut lab = Lab::new(era);
        let id = lab.container(on("bad", "default")).unwrap();
        lab.told();
        let request = Request::StartContainer { container: id.clone() };
        let error = lab.fail(
            &request,
            "exec: \"nosuch\": executable file not found in $PATH",
            Some(127),
        );
        let text = format!(
            "{prefix}failed to create shim task: OCI runtime create failed: runc create failed: unable to start container \
             process: exec: \"nosuch\": executable file not found in $PATH: unknown"
        );
        assert_eq!((error.status.code(), &error.message), (400, &text));
        assert_eq!(lab.told(), ["network connect", "network disconnect"]);
        let life = &lab.state.container("bad").unwrap().life;
        assert_eq!((life.phase, life.exit_code, &life.error), (Phase::Created, 127, &text));
    }
    let mut lab = Lab::new(Era::E28);
    let id = lab
        .container(ContainerSpec {
            auto_remove: true,
            ..on("bad", "default")
        })
        .unwrap();
    lab.told();
    lab.fail(
        &Request::StartContainer { container: id },
        "exec: \"/etc\": permission denied",
        Some(126),
    );
    assert_eq!(
        lab.told(),
        ["network connect", "network disconnect", "container destroy"]
    );
}

#[test]
fn names() {
    let mut lab = Lab::new(Era::E28);
    for bad in ["a", "-ab", "a@b", "_ab", "", "/"] {
        let spec = ContainerSpec {
            name: Some(bad.into()),
            ..on("x", "default")
        };
        if bad.is_empty() {
            lab.container(spec).unwrap();
            continue;
        }
        let text = format!("Invalid container name ({bad}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
        assert_eq!(refusal(&mut lab, spec), (400, text));
    }
    let id = lab.container(on("/p1", "default")).unwrap();
    let text = format!(
        "Conflict. The container name \"/p1\" is already in use by container \"{id}\". You have to remove (or rename) that \
         container to be able to reuse that name."
    );
    assert_eq!(refusal(&mut lab, on("p1", "default")), (409, text));
    assert_eq!(lab.state.container("/p1").unwrap().id, id);
    assert_eq!(lab.state.container(&id[..5]).unwrap().id, id);
    assert_eq!(
        lab.state.container("").unwrap_err().message,
        "invalid name or ID supplied: \"\""
    );
}

#[test]
fn what_is_not_honoured_is_refused() {
    let mut lab = Lab::new(Era::E28);
    let cases = [
        (
            ContainerSpec {
                user: "1000".into(),
                ..on("x1", "default")
            },
            "--user 1000",
        ),
        (
            ContainerSpec {
                cap_add: vec!["SYS_ADMIN".into()],
                ..on("x1", "default")
            },
            "--cap-add SYS_ADMIN",
        ),
    ];
    for (spec, part) in cases {
        let (code, text) = refusal(&mut lab, spec);
        assert!(code == 501 && text.contains(part), "{code} {text}");
    }
    lab.container(ContainerSpec {
        cap_add: vec!["cap_net_admin".into()],
        ..on("ok", "default")
    })
    .unwrap();
    assert_eq!(
        refusal(
            &mut lab,
            ContainerSpec {
                image: "nosuch".into(),
                ..on("x1", "default")
            }
        ),
        (404, "No such image: nosuch:latest".into())
    );
}

#[test]
fn endpoint_settings_are_checked_at_create_since_25() {
    let mut lab = Lab::new(Era::E28);
    lab.network(fixed("10.99.0.0/24")).unwrap();
    lab.network(named("auto")).unwrap();
    let cases = [
        (
            with_address("x1", "bridge", "172.17.0.9"),
            "invalid config for network bridge: invalid endpoint settings:\n* user specified IP address is supported on user \
             defined networks only\n* user specified IP address is supported only when connecting to networks with user \
             configured subnets",
        ),
        (
            with_address("x1", "auto", "172.18.0.9"),
            "invalid config for network auto: invalid endpoint settings:\nuser specified IP address is supported only when \
             connecting to networks with user configured subnets",
        ),
        (
            with_address("x1", "fixed", "10.98.0.9"),
            "invalid config for network fixed: invalid endpoint settings:\nno configured subnet or ip-range contain the IP \
             address 10.98.0.9",
        ),
    ];
    for (spec, text) in cases {
        assert_eq!(refusal(&mut lab, spec), (400, text.to_owned()));
    }
    lab.container(with_address("ok", "fixed", "10.99.0.77")).unwrap();
    lab.start("ok").unwrap();
    assert_eq!(lab.address("ok"), "10.99.0.77/24");
    lab.container(with_address("twin", "fixed", "10.99.0.77")).unwrap();
    let error = lab.start("twin").unwrap_err();
    assert_eq!(
        (error.status.code(), error.message.as_str()),
        (403, "failed to set up container networking: Address already in use")
    );
    assert_eq!(lab.state.container("twin").unwrap().life.exit_code, 128);
}

#[test]
fn endpoint_settings_are_checked_at_start_in_20_10() {
    let mut lab = Lab::new(Era::E20_10);
    lab.network(fixed("10.99.0.0/24")).unwrap();
    lab.container(with_address("x1", "fixed", "10.98.0.9")).unwrap();
    let error = lab.start("x1").unwrap_err();
    let text = "Invalid address 10.98.0.9: It does not belong to any of this network's subnets";
    assert_eq!((error.status.code(), error.message.as_str()), (500, text));
    lab.container(on("nn", "nope")).unwrap();
    assert_eq!(lab.start("nn").unwrap_err().message, "network nope not found");
}

#[test]
fn an_exhausted_pool_refuses_the_start() {
    let mut lab = Lab::new(Era::E28);
    let id = lab.network(fixed("10.88.0.0/30")).unwrap();
    assert_eq!(lab.run("c1", "fixed"), "10.88.0.2/30");
    lab.container(on("c2", "fixed")).unwrap();
    let error = lab.start("c2").unwrap_err();
    let text = format!("no available IPv4 addresses on this network's address pools: fixed ({id})");
    assert_eq!(error.status.code(), 500);
    assert!(error.message.ends_with(&text), "{}", error.message);
}

#[test]
fn modes_macs_and_names_by_era() {
    let aliased = |name: &str| {
        let endpoint = EndpointSpec {
            aliases: Some(vec!["search".into(), "search".into()]),
            ..EndpointSpec::default()
        };
        ContainerSpec {
            name: Some(name.into()),
            endpoints: BTreeMap::from([("dev".into(), endpoint)]),
            ..on("x", "dev")
        }
    };
    let mut new = Lab::new(Era::E28);
    let network = new.network(named("dev")).unwrap();
    let id = new.container(aliased("es")).unwrap();
    new.start("es").unwrap();
    let container = new.state.container("es").unwrap();
    assert_eq!(container.endpoints[0].names, ["es", "search", &id[..12]]);
    new.container(on("byid", &network[..6])).unwrap();
    let container = new.state.container("byid").unwrap();
    assert_eq!(
        (&container.spec.network_mode, container.endpoints[0].network.as_str()),
        (&network, "dev")
    );
    new.container(on("plain", "default")).unwrap();
    assert_eq!(new.state.container("plain").unwrap().spec.network_mode, "bridge");

    let mut old = Lab::new(Era::E20_10);
    old.network(named("dev")).unwrap();
    let id = old.container(aliased("")).unwrap();
    old.start(&id).unwrap();
    let endpoint = &old.state.container(&id).unwrap().endpoints[0];
    assert_eq!(
        endpoint.names,
        ["search", &id[..12]],
        "a generated name is not resolvable before 25.0"
    );
    assert_eq!(endpoint.live.as_ref().unwrap().mac, "02:42:ac:12:00:02");
    old.container(on("plain", "default")).unwrap();
    let container = old.state.container("plain").unwrap();
    assert_eq!(
        (
            container.spec.network_mode.as_str(),
            container.endpoints[0].network.as_str()
        ),
        ("default", "bridge")
    );
}

#[test]
fn default_route_follows_priority_then_name_and_never_an_internal_network() {
    let mut lab = Lab::new(Era::E28);
    for name in ["za", "mm", "ab"] {
        lab.network(named(name)).unwrap();
    }
    lab.network(NetworkSpec {
        internal: true,
        ..named("aa")
    })
    .unwrap();
    let endpoint = |priority| EndpointSpec {
        gw_priority: priority,
        ..EndpointSpec::default()
    };
    let spec = |name: &str, keys: &[(&str, i64)]| ContainerSpec {
        endpoints: keys
            .iter()
            .map(|(key, priority)| ((*key).to_owned(), endpoint(*priority)))
            .collect(),
        ..on(name, keys[0].0)
    };
    let via = |lab: &Lab| {
        let route = |step: &Step| match step {
            Step::AddRoute { via, .. } => Some(via.to_string()),
            _ => None,
        };
        lab.plans.last().unwrap().steps.iter().find_map(route)
    };
    let mut check = |name: &str, keys: &[(&str, i64)], gateway: Option<&str>| {
        lab.container(spec(name, keys)).unwrap();
        lab.start(name).unwrap();
        assert_eq!(via(&lab).as_deref(), gateway, "{keys:?}");
        lab.state
            .container(name)
            .unwrap()
            .endpoints
            .iter()
            .map(|e| e.live.clone().unwrap().interface)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        check("c1", &[("za", 0), ("mm", 0), ("ab", 0)], Some("172.20.0.1")),
        ["eth0", "eth1", "eth2"]
    );
    check("c2", &[("za", 0), ("mm", 5)], Some("172.19.0.1"));
    check("c3", &[("aa", 0), ("za", 0)], Some("172.18.0.1"));
    check("c4", &[("aa", 0)], None);
}

#[test]
fn files_and_sandbox() {
    for era in [Era::E28, Era::E20_10] {
        let mut lab = Lab::new(era);
        lab.network(named("dev")).unwrap();
        let spec = ContainerSpec {
            hostname: "c1.invalid".into(),
            extra_hosts: vec!["box:10.1.1.1".into(), "me:host-gateway".into()],
            env: vec!["A=1".into(), "PATH=/bin".into()],
            ..on("c1", "dev")
        };
        lab.container(spec).unwrap();
        lab.start("c1").unwrap();
        let Step::CreateSandbox { spec } = &lab.plans.last().unwrap().steps[0] else {
            panic!()
        };
        insta::assert_debug_snapshot!(format!("sandbox_{era:?}"), spec);
        lab.run("plain", "default");
        let Step::CreateSandbox { spec } = &lab.plans.last().unwrap().steps[0] else {
            panic!()
        };
        insta::assert_snapshot!(format!("resolv_default_{era:?}"), spec.files["/etc/resolv.conf"]);
    }
}

#[test]
fn plans_of_a_container() {
    let mut lab = Lab::new(Era::E28);
    lab.network(named("dev")).unwrap();
    lab.run("es", "dev");
    insta::assert_debug_snapshot!("start", &lab.plans.last().unwrap().steps[1..]);
    lab.remove("es", true).unwrap();
    insta::assert_debug_snapshot!("rm_f", lab.plans.last().unwrap());
    lab.run("alone", "none");
    insta::assert_debug_snapshot!("start_none", &lab.plans.last().unwrap().steps[1..]);
}
