//! What holds after any sequence of requests.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, Copy)]
enum Op {
    Network(u8),
    RemoveNetwork(u8),
    Create(u8, u8),
    Start(u8),
    End(u8),
    Remove(u8, bool),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        (0..4_u8).prop_map(Op::Network),
        (0..4_u8).prop_map(Op::RemoveNetwork),
        (0..6_u8, 0..5_u8).prop_map(|(container, network)| Op::Create(container, network)),
        (0..6_u8).prop_map(Op::Start),
        (0..6_u8).prop_map(Op::End),
        (0..6_u8, any::<bool>()).prop_map(|(container, force)| Op::Remove(container, force)),
    ];
    prop::collection::vec(op, 0..60)
}

fn apply(lab: &mut Lab, op: Op) {
    let container = |n: u8| format!("c{n}");
    let _ = match op {
        Op::Network(n) => lab.try_do(Request::CreateNetwork(Box::new(named(&format!("n{n}"))))),
        Op::RemoveNetwork(n) => lab.remove_network(&format!("n{n}")),
        Op::Create(n, network) => lab.try_do(Request::CreateContainer(Box::new(on(
            &container(n),
            &format!("n{network}"),
        )))),
        Op::Start(n) => lab.start(&container(n)),
        Op::End(n) => {
            let id = lab
                .state
                .container(&container(n))
                .map(|found| found.id.clone())
                .unwrap_or_default();
            lab.try_do(Request::ProcessEnded { container: id, code: 0 })
        }
        Op::Remove(n, force) => lab.remove(&container(n), force),
    };
}

proptest! {
    #[test]
    fn no_two_endpoints_share_an_address_and_everything_comes_back(ops in ops(), old in any::<bool>()) {
        let era = if old { Era::E20_10 } else { Era::E28 };
        let mut lab = Lab::new(era);
        let networks_at_birth = format!("{:?}", lab.state.networks);
        for op in ops {
            apply(&mut lab, op);
            let mut seen = BTreeSet::new();
            for container in lab.state.containers() {
                for endpoint in &container.endpoints {
                    let Some(live) = &endpoint.live else { continue };
                    prop_assert!(container.is_running());
                    let network = lab.state.networks.get(endpoint.network_id.as_str()).unwrap();
                    let address = live.address.unwrap().ip();
                    prop_assert!(network.pool.as_ref().unwrap().is_held(address));
                    prop_assert!(seen.insert(address), "{address} twice");
                    prop_assert_ne!(network.container_gateway, Some(address));
                }
            }
        }
        let names: Vec<String> = lab.state.containers().iter().map(|container| container.name.clone()).collect();
        for name in names {
            lab.remove(&name, true).unwrap();
        }
        let ids: Vec<String> =
            lab.state.networks().iter().filter(|network| !network.predefined).map(|network| network.id.clone()).collect();
        for id in ids {
            lab.remove_network(&id).unwrap();
        }
        prop_assert_eq!(format!("{:?}", lab.state.networks), networks_at_birth);
    }
}
