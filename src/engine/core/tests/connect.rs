use std::collections::BTreeMap;

use super::*;
use crate::engine::plan::{FileEdit, Step};

pub(super) fn aliased(alias: &str) -> EndpointSpec {
    EndpointSpec {
        aliases: Some(vec![alias.into()]),
        ..EndpointSpec::default()
    }
}

impl Lab {
    pub(super) fn connect(&mut self, network: &str, container: &str) -> Result<Reply, CoreError> {
        self.connect_as(network, container, EndpointSpec::default())
    }

    pub(super) fn connect_as(
        &mut self,
        network: &str,
        container: &str,
        spec: EndpointSpec,
    ) -> Result<Reply, CoreError> {
        self.try_do(Request::Connect {
            network: network.into(),
            container: container.into(),
            endpoint: Box::new(spec),
        })
    }

    pub(super) fn disconnect(&mut self, network: &str, container: &str, force: bool) -> Result<Reply, CoreError> {
        self.try_do(Request::Disconnect {
            network: network.into(),
            container: container.into(),
            force,
        })
    }

    pub(super) fn refusal(&mut self, request: Request) -> (u16, String) {
        let before = format!("{:?}", self.state);
        let error = self.try_do(request).unwrap_err();
        assert_eq!(format!("{:?}", self.state), before, "a refusal changes nothing");
        (error.status.code(), error.message)
    }

    pub(super) fn refused_connect(&mut self, network: &str, container: &str, spec: EndpointSpec) -> (u16, String) {
        self.refusal(Request::Connect {
            network: network.into(),
            container: container.into(),
            endpoint: Box::new(spec),
        })
    }

    pub(super) fn refused_disconnect(&mut self, network: &str, container: &str, force: bool) -> (u16, String) {
        self.refusal(Request::Disconnect {
            network: network.into(),
            container: container.into(),
            force,
        })
    }

    /// Networks with interface and address, in attach order.
    pub(super) fn endpoints(&self, container: &str) -> Vec<String> {
        let container = self.state.container(container).unwrap();
        let shown = container.endpoints.iter().map(|endpoint| match &endpoint.live {
            Some(LiveEndpoint {
                interface,
                address: Some(address),
                ..
            }) => format!("{} {interface} {address}", endpoint.network),
            _ => endpoint.network.clone(),
        });
        shown.collect()
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.plans.last().unwrap().steps
    }
}

fn turned(steps: &[Step]) -> Option<String> {
    steps.iter().find_map(|step| match step {
        Step::ReplaceRoute { via, .. } => Some(via.to_string()),
        _ => None,
    })
}

#[test]
fn a_running_container_gets_a_cable_a_line_and_the_next_interface() {
    let mut lab = Lab::new(Era::E28);
    lab.network(named("n1")).unwrap();
    lab.network(named("n2")).unwrap();
    lab.run("c1", "n2");
    lab.told();
    lab.connect_as("n1", "c1", aliased("zz")).unwrap();
    assert_eq!(lab.endpoints("c1"), ["n2 eth0 172.19.0.2/16", "n1 eth1 172.18.0.2/16"]);
    assert_eq!(lab.told(), ["network connect"]);
    insta::assert_debug_snapshot!("connect", lab.plans.last().unwrap());
    let names = &lab.state.container("c1").unwrap().endpoints[1].names;
    assert_eq!(names[..2], ["c1", "zz"]);
    lab.disconnect("n1", "c1", false).unwrap();
    assert_eq!(lab.told(), ["network disconnect"]);
    insta::assert_debug_snapshot!("disconnect", lab.plans.last().unwrap());
    assert_eq!(lab.run("c2", "n1"), "172.18.0.2/16", "the address is free again");
}

#[test]
fn interface_numbers_by_era() {
    for (era, expected) in [(Era::E28, "eth0"), (Era::E20_10, "eth2")] {
        let mut lab = Lab::new(era);
        lab.network(named("n1")).unwrap();
        lab.network(named("n2")).unwrap();
        lab.run("c1", "n1");
        lab.connect("n2", "c1").unwrap();
        lab.disconnect("n1", "c1", false).unwrap();
        lab.connect("n1", "c1").unwrap();
        assert_eq!(
            lab.endpoints("c1"),
            [
                "n2 eth1 172.19.0.2/16".to_owned(),
                format!("n1 {expected} 172.18.0.2/16")
            ]
        );
        let id = lab.state.container("c1").unwrap().id.clone();
        lab.try_do(Request::ProcessEnded { container: id, code: 0 }).unwrap();
        lab.start("c1").unwrap();
        assert_eq!(
            lab.endpoints("c1"),
            ["n1 eth0 172.18.0.2/16", "n2 eth1 172.19.0.2/16"],
            "a new run counts anew, the network of the mode first"
        );
    }
}

#[test]
fn an_endpoint_option_names_the_interface() {
    let named_so = |name: &str| EndpointSpec {
        driver_opts: Some(BTreeMap::from([(
            "com.docker.network.endpoint.ifname".into(),
            name.into(),
        )])),
        ..EndpointSpec::default()
    };
    let mut lab = Lab::new(Era::E28);
    lab.network(named("n1")).unwrap();
    lab.network(named("n2")).unwrap();
    lab.run("c1", "bridge");
    lab.connect_as("n1", "c1", named_so("foo0")).unwrap();
    assert_eq!(lab.endpoints("c1")[1], "n1 foo0 172.18.0.2/16");
    for bad in ["foo0", "eth0", "lo", "a/b", "a b", "sixteen-bytes-xy", ".."] {
        lab.refused_connect("n2", "c1", named_so(bad));
    }
    let mut old = Lab::new(Era::E20_10);
    old.network(named("n1")).unwrap();
    old.run("c1", "bridge");
    old.connect_as("n1", "c1", named_so("foo0")).unwrap();
    assert_eq!(old.endpoints("c1")[1], "n1 eth1 172.18.0.2/16");
}

#[test]
fn the_default_route_moves_with_the_networks() {
    let mut lab = Lab::new(Era::E28);
    for name in ["za", "ab", "mm"] {
        lab.network(named(name)).unwrap();
    }
    lab.run("c1", "za");
    lab.connect("mm", "c1").unwrap();
    assert_eq!(turned(lab.steps()).as_deref(), Some("172.20.0.1"));
    lab.connect("ab", "c1").unwrap();
    assert_eq!(turned(lab.steps()).as_deref(), Some("172.19.0.1"));
    lab.disconnect("mm", "c1", false).unwrap();
    assert_eq!(turned(lab.steps()), None, "not the one that gave it");
    lab.disconnect("ab", "c1", false).unwrap();
    assert_eq!(turned(lab.steps()).as_deref(), Some("172.18.0.1"));
    let wanted = EndpointSpec {
        gw_priority: -1,
        ..EndpointSpec::default()
    };
    lab.connect_as("ab", "c1", wanted).unwrap();
    assert_eq!(turned(lab.steps()), None, "a lower priority takes nothing over");
    lab.disconnect("za", "c1", false).unwrap();
    assert_eq!(turned(lab.steps()).as_deref(), Some("172.19.0.1"));
    lab.disconnect("ab", "c1", false).unwrap();
    assert_eq!(turned(lab.steps()), None, "it goes with its interface");
}

#[test]
fn the_resolver_comes_with_the_first_user_defined_network_and_stays() {
    let replaced = |steps: &[Step]| {
        steps.iter().any(|step| {
            matches!(step, Step::EditFile { path, edit: FileEdit::Replace { from, to }, .. }
                if path == "/etc/resolv.conf" && from.contains("192.168.1.1") && to.contains("127.0.0.11"))
        })
    };
    let mut lab = Lab::new(Era::E28);
    lab.network(named("n1")).unwrap();
    lab.run("c1", "bridge");
    assert!(!lab.state.container("c1").unwrap().resolver);
    lab.connect("n1", "c1").unwrap();
    assert!(replaced(lab.steps()) && lab.state.container("c1").unwrap().resolver);
    lab.disconnect("n1", "c1", false).unwrap();
    assert!(lab.state.container("c1").unwrap().resolver, "once started it stays");
    lab.connect("n1", "c1").unwrap();
    assert!(!replaced(lab.steps()));
}

#[test]
fn the_line_that_leaves_the_hosts_file_by_era() {
    let edits = |lab: &Lab| {
        let edit = |step: &Step| match step {
            Step::EditFile { path, edit, .. } if path == "/etc/hosts" => Some(edit.clone()),
            _ => None,
        };
        lab.steps().iter().filter_map(edit).collect::<Vec<_>>()
    };
    let mut lab = Lab::new(Era::E28);
    lab.network(named("n1")).unwrap();
    lab.run("c1", "n1");
    let id = lab.state.container("c1").unwrap().id.clone();
    lab.disconnect("n1", "c1", false).unwrap();
    let line = format!("172.18.0.2\t{}", &id[..12]);
    assert_eq!(edits(&lab), [FileEdit::RemoveLine { line }]);

    let mut old = Lab::new(Era::E20_10);
    old.network(named("n1")).unwrap();
    old.run("c1", "n1");
    old.run("web", "n1");
    let id = |lab: &Lab, name: &str| lab.state.container(name).unwrap().id[..12].to_owned();
    let mut names = vec![id(&old, "c1"), id(&old, "web"), "web".into()];
    names.sort();
    old.disconnect("n1", "c1", false).unwrap();
    assert_eq!(edits(&old), [FileEdit::RemoveNames { names }]);
    old.run("plain", "bridge");
    old.disconnect("bridge", "plain", false).unwrap();
    assert_eq!(edits(&old), [], "the default bridge knows no names");
}

#[test]
fn a_container_that_does_not_run_keeps_it_for_its_start() {
    for era in [Era::E28, Era::E20_10] {
        let mut lab = Lab::new(era);
        lab.network(named("n1")).unwrap();
        lab.network(named("n2")).unwrap();
        let id = lab.container(on("c1", "n1")).unwrap();
        lab.told();
        lab.connect_as("n2", "c1", aliased("zz")).unwrap();
        lab.connect("n2", "c1").unwrap();
        let endpoint = lab.state.container("c1").unwrap().endpoints[1].clone();
        assert_eq!(
            (endpoint.network_id.as_str(), &endpoint.live, &endpoint.spec.aliases),
            ("", &None, &Some(vec!["zz".into()])),
            "the second changes nothing"
        );
        assert_eq!(endpoint.names, ["c1", "zz", &id[..12]]);
        lab.connect("nope", "c1").unwrap();
        assert_eq!(lab.told(), [""; 0]);
        let error = lab.start("c1").unwrap_err();
        assert_eq!(error.status.code(), 404);
        assert!(error.message.ends_with("network nope not found"), "{}", error.message);
        lab.disconnect("nope", "c1", false).unwrap();
        assert_eq!(lab.told(), [""; 0], "of a network that is not there nothing is told");
        lab.start("c1").unwrap();
        assert_eq!(lab.endpoints("c1"), ["n1 eth0 172.18.0.2/16", "n2 eth1 172.19.0.2/16"]);
        lab.try_do(Request::ProcessEnded { container: id, code: 0 }).unwrap();
        lab.told();
        lab.disconnect("n2", "c1", false).unwrap();
        let told: &[&str] = if era == Era::E28 { &[] } else { &["network disconnect"] };
        assert_eq!(lab.told(), told);
        lab.disconnect("n1", "c1", false).unwrap();
        lab.start("c1").unwrap();
        assert_eq!(lab.endpoints("c1"), [""; 0], "and stays without network");
    }
}

#[test]
fn a_new_network_of_an_old_name_is_joined_by_connecting_again() {
    let mut lab = Lab::new(Era::E28);
    let old = lab.network(named("n1")).unwrap();
    lab.run("c1", "n1");
    let id = lab.state.container("c1").unwrap().id.clone();
    lab.try_do(Request::ProcessEnded { container: id, code: 0 }).unwrap();
    lab.remove_network("n1").unwrap();
    lab.network(named("n1")).unwrap();
    let error = lab.start("c1").unwrap_err();
    assert_eq!(
        error.message,
        format!("failed to set up container networking: network {old} not found")
    );
    lab.connect("n1", "c1").unwrap();
    lab.start("c1").unwrap();
    assert_eq!(lab.endpoints("c1"), ["n1 eth0 172.18.0.2/16"]);
}

#[test]
fn an_explicit_disconnect_is_told_twice_in_20_10() {
    let mut lab = Lab::new(Era::E20_10);
    lab.network(named("n1")).unwrap();
    lab.run("c1", "n1");
    lab.told();
    lab.disconnect("n1", "c1", false).unwrap();
    assert_eq!(lab.told(), ["network disconnect", "network disconnect"]);
    assert!(lab.events.is_sorted_by_key(|event| event.at));
}

#[test]
fn the_default_bridge_is_first_before_25() {
    for (era, expected) in [
        (Era::E20_10, ["bridge eth0 172.17.0.2/16", "n1 eth1 172.18.0.2/16"]),
        (Era::E28, ["n1 eth0 172.18.0.2/16", "bridge eth1 172.17.0.2/16"]),
    ] {
        let mut lab = Lab::new(era);
        lab.network(named("n1")).unwrap();
        lab.container(on("c1", "n1")).unwrap();
        lab.connect("bridge", "c1").unwrap();
        lab.start("c1").unwrap();
        assert_eq!(lab.endpoints("c1"), expected);
    }
}

#[test]
fn a_prune_takes_what_nobody_is_on() {
    let mut lab = Lab::new(Era::E28);
    for name in ["n1", "n2", "n3"] {
        lab.network(named(name)).unwrap();
    }
    lab.network(NetworkSpec {
        labels: BTreeMap::from([("keep".into(), "yes".into())]),
        ..named("kept")
    })
    .unwrap();
    lab.run("c1", "n2");
    lab.told();
    let prune = |lab: &mut Lab, spec: PruneSpec| match lab.try_do(Request::PruneNetworks(spec)).unwrap() {
        Reply::Pruned { names } => names,
        other => panic!("{other:?}"),
    };
    let unlabelled = PruneSpec {
        not_labels: vec!["keep".into()],
        ..PruneSpec::default()
    };
    let early = PruneSpec {
        until: Some(0),
        ..PruneSpec::default()
    };
    assert_eq!(prune(&mut lab, early), [""; 0]);
    assert_eq!(lab.told(), ["network prune"]);
    assert_eq!(prune(&mut lab, unlabelled), ["n1", "n3"]);
    assert_eq!(lab.told(), ["network destroy", "network destroy", "network prune"]);
    let labelled = PruneSpec {
        labels: vec!["keep=no".into()],
        ..PruneSpec::default()
    };
    assert_eq!(prune(&mut lab, labelled), [""; 0]);
    assert_eq!(prune(&mut lab, PruneSpec::default()), ["kept"]);
    lab.network(named("n4")).unwrap();
    assert_eq!(lab.run("c2", "n4"), "172.18.0.2/16", "subnets are free again");
}

#[test]
fn of_several_networks_of_one_name_the_one_a_container_is_on_is_left() {
    // Found by the laws: in 20.10 names of networks are not unique, and by force the one meant is not asked for.
    let mut lab = Lab::new(Era::E20_10);
    lab.network(named("n0")).unwrap();
    let container = lab.container(on("c1", "n0")).unwrap();
    lab.start("c1").unwrap();
    lab.network(named("n0")).unwrap();
    let disconnect = |force| Request::Disconnect {
        network: "n0".into(),
        container: "c1".into(),
        force,
    };
    assert!(lab.try_do(disconnect(false)).is_err(), "ambiguous");
    lab.try_do(disconnect(true)).unwrap();
    assert!(lab.state.container(&container).unwrap().endpoints.is_empty());
    let unplugged = lab
        .plans
        .last()
        .unwrap()
        .steps
        .iter()
        .any(|step| matches!(step, Step::DeleteVeth { .. }));
    assert!(unplugged, "its cable goes with it");
}

#[test]
fn a_container_of_the_hosts_network_has_no_place_for_a_cable() {
    let mut lab = Lab::new(Era::E28);
    lab.container(on("c0", "host")).unwrap();
    let request = |network: &str, connect: bool| {
        let (network, container) = (network.to_owned(), "c0".to_owned());
        if connect {
            let endpoint = Box::default();
            Request::Connect {
                network,
                container,
                endpoint,
            }
        } else {
            Request::Disconnect {
                network,
                container,
                force: false,
            }
        }
    };
    lab.try_do(request("host", false)).unwrap();
    lab.start("c0").unwrap();
    let refused = lab.try_do(request("bridge", true)).unwrap_err();
    assert!(
        refused.message.starts_with("container sharing network namespace"),
        "{}",
        refused.message
    );
}
