//! What holds after any sequence of requests.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::paper::Paper;
use super::*;
use crate::engine::plan::Step;

#[derive(Debug, Clone, Copy)]
enum Op {
    Network(u8),
    RemoveNetwork(u8),
    Create(u8, u8),
    Start(u8),
    End(u8),
    Remove(u8, bool),
    Connect(u8, u8, i64),
    Disconnect(u8, u8, bool),
    Prune,
}

/// Networks a container can be on or be asked to be on: some are there, some are not, some exclude the others.
const NETWORKS: [&str; 9] = ["n0", "n1", "n2", "n3", "n4", "bridge", "none", "host", "container:c0"];

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        2 => (0..4_u8).prop_map(Op::Network),
        1 => (0..4_u8).prop_map(Op::RemoveNetwork),
        1 => (0..6_u8, 0..9_u8).prop_map(|(container, network)| Op::Create(container, network)),
        2 => (0..6_u8).prop_map(Op::Start),
        1 => (0..6_u8).prop_map(Op::End),
        1 => (0..6_u8, any::<bool>()).prop_map(|(container, force)| Op::Remove(container, force)),
        4 => (0..6_u8, 0..8_u8, 0..3_i64).prop_map(|(container, network, priority)| Op::Connect(container, network, priority)),
        3 => (0..6_u8, 0..8_u8, any::<bool>()).prop_map(|(container, network, force)| Op::Disconnect(container, network, force)),
        1 => Just(Op::Prune),
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
            NETWORKS[usize::from(network)],
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
        Op::Connect(n, network, gw_priority) => lab.try_do(Request::Connect {
            network: NETWORKS[usize::from(network)].into(),
            container: container(n),
            endpoint: Box::new(EndpointSpec {
                gw_priority,
                ..EndpointSpec::default()
            }),
        }),
        Op::Disconnect(n, network, force) => lab.try_do(Request::Disconnect {
            network: NETWORKS[usize::from(network)].into(),
            container: container(n),
            force,
        }),
        Op::Prune => lab.try_do(Request::PruneNetworks(PruneSpec::default())),
    };
}

proptest! {
    #[test]
    fn what_cannot_be_taken_back_comes_last(ops in ops(), old in any::<bool>()) {
        let mut lab = Lab::new(if old { Era::E20_10 } else { Era::E28 });
        for op in ops {
            apply(&mut lab, op);
        }
        for plan in &lab.plans {
            // A process that was killed stays dead: whatever may be refused was done before.
            let killed = plan.steps.iter().position(|step| matches!(step, Step::EndSandbox { .. }));
            prop_assert!(killed.is_none_or(|at| at + 1 == plan.steps.len()), "{plan:#?}");
        }
    }

    #[test]
    fn the_plans_make_what_the_state_says(ops in ops(), old in any::<bool>()) {
        let mut lab = Lab::new(if old { Era::E20_10 } else { Era::E28 });
        let mut paper = Paper::default();
        for op in ops {
            let before = lab.plans.len();
            apply(&mut lab, op);
            lab.plans[before..].iter().for_each(|plan| paper.run(plan));
            paper.agrees(&lab);
        }
    }

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
                    let Some(address) = live.address.map(ipnetwork::Ipv4Network::ip) else { continue };
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
