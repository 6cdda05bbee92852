use super::*;
use crate::model::ContainerState;
use crate::observe::Event;

pub(super) const DEV: &str = "19132634e19a90333dfc557457fbb9e981fd5eb5a245702af0825eb583ec2d33";
pub(super) const SUB: &str = "aecff2c67dcabb48e53c395b06f9d70d171dbaa33db2f7b1c9f4d96ed429390d";
pub(super) const ES: &str = "dc31ff878818b26bb382cd1c2579b8eba6f7b58fa73557ef8821bc044bb411f5";

macro_rules! recorded {
    ($file:literal) => {
        serde_json::from_str(include_str!(concat!("../../tests/data/", $file))).unwrap()
    };
}

/// What Engine 20.10 said while two networks and a container were made, connected, disconnected and removed.
pub(super) fn events() -> Vec<EventMessage> {
    let lines = include_str!("../../tests/data/engine-20.10/events.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(super) fn fold() -> Fold {
    let mut fold = Fold::new(BackendInfo {
        kind: BackendKind::Builtin,
        ..BackendInfo::default()
    });
    fold.network(recorded!("engine-20.10/net-bridge.json"));
    fold.network(recorded!("engine-20.10/net-host.json"));
    fold.network(recorded!("engine-20.10/net-none.json"));
    fold
}

pub(super) fn with_container() -> Fold {
    let mut fold = fold();
    fold.network(recorded!("engine-20.10/net-dev.json"));
    fold.network(recorded!("engine-20.10/net-sub.json"));
    fold.container(recorded!("engine-20.10/container-dev.json"));
    fold.container(recorded!("engine-20.10/container-dev-sub.json"));
    fold
}

fn topology(fold: &mut Fold) -> Arc<Topology> {
    Arc::clone(&fold.changed().unwrap().topology)
}

fn seen(place: &str, event: Event) -> Observation {
    Observation {
        seq: 1,
        at: 0,
        place: place.into(),
        event,
    }
}

fn link(index: u32, name: &str, kind: &str, master: Option<u32>, peer: Option<u32>, mac: &str) -> Event {
    let (name, kind, mac) = (name.into(), kind.into(), mac.into());
    Event::Link {
        index,
        name,
        kind,
        master,
        peer,
        up: true,
        carrier: true,
        mac,
        mtu: 1500,
    }
}

#[test]
fn the_predefined_networks_come_first_and_have_no_cables() {
    let topology = topology(&mut fold());
    let told: Vec<(&str, &str, bool)> = topology
        .networks
        .iter()
        .map(|n| (n.name.as_str(), n.driver.as_str(), n.predefined))
        .collect();
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|(_, _, predefined)| *predefined));
    let bridge = topology.network("bridge").unwrap();
    assert_eq!(bridge.bridge.as_deref(), Some("docker0"));
    assert_eq!(bridge.subnet.unwrap().to_string(), "172.17.0.0/16");
    assert_eq!(topology.network("none").unwrap().subnet, None);
}

#[test]
fn a_network_has_its_bridge_and_its_gateway() {
    let topology = topology(&mut with_container());
    let dev = topology.network("cnmrec-dev").unwrap();
    assert_eq!(dev.id, DEV);
    assert_eq!(dev.bridge.as_deref(), Some("br-19132634e19a"));
    assert_eq!(dev.gateway.unwrap().to_string(), "172.18.0.1");
    assert_eq!(dev.created, 1_795_483_476_590_376_664);
    assert_eq!(dev.mark, Mark::Deduced);
    // Made with --subnet and no --gateway: inspection leaves the gateway out, the endpoint names it.
    assert_eq!(topology.network(SUB).unwrap().gateway.unwrap().to_string(), "10.77.0.1");
}

#[test]
fn a_container_of_20_10_answers_to_name_aliases_and_short_id() {
    let topology = topology(&mut with_container());
    let es = topology.container("cnmrec-es").unwrap();
    assert_eq!(
        (es.id.as_str(), es.image.as_str(), es.state),
        (ES, "cnmrec:1", ContainerState::Running)
    );
    assert_eq!((es.network_mode.as_str(), es.exit_code), ("cnmrec-dev", None));
    let [dev, sub] = es.endpoints.as_slice() else {
        panic!("{:?}", es.endpoints)
    };
    assert_eq!(dev.address.unwrap().to_string(), "172.18.0.2/16");
    assert_eq!(dev.mac.as_deref(), Some("02:42:ac:12:00:02"));
    assert_eq!(dev.aliases, ["search"]);
    assert_eq!(dev.names, ["cnmrec-es", "search", "dc31ff878818"]);
    assert_eq!(sub.network, SUB);
    assert_eq!(sub.aliases, [""; 0]);
}

#[test]
fn a_container_of_28_answers_to_the_names_it_tells() {
    let mut inspect: serde_json::Value = recorded!("engine-20.10/container-dev.json");
    let endpoint = &mut inspect["NetworkSettings"]["Networks"]["cnmrec-dev"];
    endpoint["Aliases"] = serde_json::json!(["search"]);
    endpoint["DNSNames"] = serde_json::json!(["cnmrec-es", "search", "dc31ff878818"]);
    endpoint["GwPriority"] = serde_json::json!(0);
    // v28 writes the id where the name was typed.
    inspect["HostConfig"]["NetworkMode"] = serde_json::json!(DEV);
    // Gone in API 1.52.
    inspect["NetworkSettings"]
        .as_object_mut()
        .unwrap()
        .retain(|key, _| key == "Networks" || key == "Ports");
    let mut fold = fold();
    fold.network(recorded!("engine-20.10/net-dev.json"));
    fold.container(serde_json::from_value(inspect).unwrap());
    let topology = topology(&mut fold);
    let es = topology.container(ES).unwrap();
    assert_eq!(es.network_mode, "cnmrec-dev");
    assert_eq!(es.endpoints[0].aliases, ["search"]);
    assert_eq!(es.endpoints[0].names, ["cnmrec-es", "search", "dc31ff878818"]);
}

#[test]
fn an_ended_container_keeps_its_network_and_loses_its_address() {
    let mut fold = with_container();
    fold.container(recorded!("engine-20.10/container-exited.json"));
    let topology = topology(&mut fold);
    let es = topology.container(ES).unwrap();
    assert_eq!((es.state, es.exit_code), (ContainerState::Exited, Some(137)));
    assert_eq!(
        (es.endpoints.len(), es.endpoints[0].address, es.endpoints[0].id.as_str()),
        (1, None, "")
    );
}

#[test]
fn endpoints_keep_their_place_and_new_ones_come_behind() {
    let mut fold = fold();
    let mut swapped: serde_json::Value = recorded!("engine-20.10/container-dev-sub.json");
    swapped["HostConfig"]["NetworkMode"] = serde_json::json!("cnmrec-sub");
    fold.network(recorded!("engine-20.10/net-dev.json"));
    fold.network(recorded!("engine-20.10/net-sub.json"));
    fold.container(serde_json::from_value(swapped.clone()).unwrap());
    let order = |topology: &Topology| -> Vec<String> {
        topology
            .container(ES)
            .unwrap()
            .endpoints
            .iter()
            .map(|e| e.network.clone())
            .collect()
    };
    assert_eq!(
        order(&topology(&mut fold)),
        [SUB, DEV],
        "the network it was run on comes first"
    );
    swapped["NetworkSettings"]["Networks"]["aaa"] = serde_json::json!({ "NetworkID": "aaa", "IPAddress": "" });
    fold.container(serde_json::from_value(swapped).unwrap());
    assert_eq!(order(&topology(&mut fold)), [SUB, DEV, "aaa"]);
}

#[test]
fn events_say_what_has_to_be_looked_at() {
    let touched: Vec<Touched> = events().iter().filter_map(Fold::touched).collect();
    assert_eq!(touched[0], Touched::Network(DEV.into()));
    assert_eq!(touched[2], Touched::Container(ES.into()));
    // attach and kill change nothing that is shown
    assert_eq!(touched.len(), events().len() - 2);
    assert!(touched.iter().all(|touched| match touched {
        Touched::Network(id) | Touched::Container(id) => id.len() == 64,
    }));
}

#[test]
fn what_is_gone_is_gone() {
    let mut fold = with_container();
    fold.gone(&Touched::Container(ES.into()));
    fold.gone(&Touched::Network(DEV.into()));
    let topology = topology(&mut fold);
    assert!(topology.container(ES).is_none() && topology.network(DEV).is_none() && topology.network(SUB).is_some());
}

#[test]
fn only_a_change_makes_a_new_state() {
    let mut fold = with_container();
    assert_eq!(fold.changed().unwrap().revision, 1);
    fold.network(recorded!("engine-20.10/net-dev.json"));
    assert!(fold.changed().is_none());
    fold.lost(Some("gone".into()));
    let state = fold.changed().unwrap();
    assert_eq!((state.revision, state.lost.as_deref()), (2, Some("gone")));
    fold.lost(None);
    assert_eq!(fold.changed().unwrap().lost, None);
}

#[test]
fn what_the_kernel_reported_is_seen() {
    let mut fold = with_container();
    fold.observe(seen(
        "host",
        link(3, "br-19132634e19a", "bridge", None, None, "02:42:00:00:00:01"),
    ));
    let before = topology(&mut fold);
    assert_eq!(before.network(DEV).unwrap().mark, Mark::Seen);
    assert_eq!(before.network(SUB).unwrap().mark, Mark::Deduced);
    assert_eq!(before.container(ES).unwrap().endpoints[0].mark, Mark::Deduced);

    fold.observe(seen(
        "host",
        link(7, "veth1a2b3c4", "veth", Some(3), Some(6), "9a:00:00:00:00:01"),
    ));
    fold.observe(seen(ES, link(6, "eth0", "veth", None, Some(7), "02:42:AC:12:00:02")));
    let after = topology(&mut fold);
    let [dev, sub] = after.container(ES).unwrap().endpoints.as_slice() else {
        panic!()
    };
    assert_eq!(
        (dev.interface.as_deref(), dev.host_end.as_deref()),
        (Some("eth0"), Some("veth1a2b3c4"))
    );
    assert_eq!((dev.mark, sub.mark), (Mark::Seen, Mark::Deduced));

    fold.observe(seen(
        "host",
        Event::LinkGone {
            index: 7,
            name: "veth1a2b3c4".into(),
        },
    ));
    assert_eq!(
        topology(&mut fold).container(ES).unwrap().endpoints[0].mark,
        Mark::Deduced
    );
}

#[test]
fn what_was_seen_before_the_api_told_of_it_is_not_forgotten() {
    let mut fold = fold();
    fold.network(recorded!("engine-20.10/net-dev.json"));
    fold.observe(seen(
        "host",
        link(3, "br-19132634e19a", "bridge", None, None, "02:42:00:00:00:01"),
    ));
    fold.observe(seen(
        "host",
        link(7, "veth1a2b3c4", "veth", Some(3), Some(6), "9a:00:00:00:00:01"),
    ));
    fold.observe(seen(ES, link(6, "eth0", "veth", None, Some(7), "02:42:ac:12:00:02")));
    // The inspection after `create` may be answered late, and still say "created".
    let mut created: serde_json::Value = recorded!("engine-20.10/container-exited.json");
    created["State"]["Status"] = serde_json::json!("created");
    fold.container(serde_json::from_value(created).unwrap());
    fold.container(recorded!("engine-20.10/container-dev.json"));
    assert_eq!(topology(&mut fold).container(ES).unwrap().endpoints[0].mark, Mark::Seen);
}

#[test]
fn cables_are_counted_where_the_inside_of_containers_is_not_reported() {
    let mut fold = with_container();
    fold.observe(seen(
        "host",
        link(3, "br-19132634e19a", "bridge", None, None, "02:42:00:00:00:01"),
    ));
    fold.observe(seen(
        "host",
        link(7, "veth1a2b3c4", "veth", Some(3), Some(6), "9a:00:00:00:00:01"),
    ));
    let one = topology(&mut fold);
    let dev = &one.container(ES).unwrap().endpoints[0];
    assert_eq!((dev.mark, dev.host_end.as_deref()), (Mark::Seen, Some("veth1a2b3c4")));

    fold.observe(seen(
        "host",
        link(9, "veth5d6e7f8", "veth", Some(3), Some(8), "9a:00:00:00:00:02"),
    ));
    let two = topology(&mut fold);
    let dev = &two.container(ES).unwrap().endpoints[0];
    assert_eq!(
        (dev.mark, dev.host_end.as_deref()),
        (Mark::Deduced, None),
        "a cable too many proves nothing"
    );
}

#[test]
fn the_gateway_that_was_seen_wins_and_the_uplink_is_told() {
    let mut fold = fold();
    fold.network(recorded!("engine-20.10/net-sub.json"));
    assert_eq!(
        topology(&mut fold).network(SUB).unwrap().gateway.unwrap().to_string(),
        "10.77.0.1",
        "lowest free"
    );
    fold.observe(seen(
        "host",
        link(3, "br-aecff2c67dca", "bridge", None, None, "02:42:00:00:00:01"),
    ));
    fold.observe(seen(
        "host",
        Event::Address {
            index: 3,
            address: "10.77.0.254/24".into(),
        },
    ));
    fold.observe(seen("host", link(1, "lo", "", None, None, "")));
    fold.observe(seen(
        "host",
        Event::Address {
            index: 1,
            address: "127.0.0.1/8".into(),
        },
    ));
    assert_eq!(topology(&mut fold).uplink, None);
    fold.observe(seen("host", link(2, "eth0", "veth", None, None, "02:00:00:00:00:02")));
    fold.observe(seen(
        "host",
        Event::Address {
            index: 2,
            address: "192.168.1.2/24".into(),
        },
    ));
    let told = topology(&mut fold);
    assert_eq!(told.network(SUB).unwrap().gateway.unwrap().to_string(), "10.77.0.254");
    let uplink = told.uplink.as_ref().unwrap();
    assert_eq!(
        (uplink.address.to_string().as_str(), uplink.router.to_string().as_str()),
        ("192.168.1.2/24", "192.168.1.1")
    );
}

#[test]
fn a_real_engine_has_no_simulated_uplink() {
    let mut fold = Fold::new(BackendInfo {
        kind: BackendKind::Docker,
        ..BackendInfo::default()
    });
    fold.observe(seen("host", link(2, "eth0", "", None, None, "02:00:00:00:00:02")));
    fold.observe(seen(
        "host",
        Event::Address {
            index: 2,
            address: "10.0.0.5/24".into(),
        },
    ));
    assert_eq!(topology(&mut fold).uplink, None);
}
