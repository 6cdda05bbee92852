use crate::lesson::{Goal, GoalContainer, GoalNetwork};
use crate::model::{Container, ContainerState, Endpoint, Mark, Network, Topology};

/// What a goal adds to a lab, as a topology of its own: drawn dashed over the lab.
///
/// - A network or container that is missing has an id that begins with `ghost:`.
/// - A container that is there but lacks a cable, or does not run, appears with its own id and only the cables it lacks (all of those
///   of the goal when it does not run).
/// - Cables end on the lab's network where there is one, else on its ghost.
#[must_use]
pub fn ghosts(goal: &Goal, lab: &Topology) -> Topology {
    let networks = goal
        .networks
        .iter()
        .filter(|network| by_name(lab, &network.name).is_none())
        .map(ghost_network);
    let containers = goal
        .containers
        .iter()
        .filter_map(|container| ghost_container(container, lab));
    Topology {
        networks: networks.collect(),
        containers: containers.collect(),
        uplink: None,
    }
}

/// By name only: a goal says names, and an id may look like one.
fn by_name<'t>(lab: &'t Topology, name: &str) -> Option<&'t Network> {
    lab.networks.iter().find(|network| network.name == name)
}

fn ghost_id(name: &str) -> String {
    format!("ghost:{name}")
}

fn ghost_network(network: &GoalNetwork) -> Network {
    Network {
        id: ghost_id(&network.name),
        name: network.name.clone(),
        driver: "bridge".into(),
        subnet: network.subnet,
        gateway: None,
        bridge: None,
        internal: network.internal,
        predefined: false,
        created: i64::MAX,
        mark: Mark::Simulated,
    }
}

fn ghost_container(wanted: &GoalContainer, lab: &Topology) -> Option<Container> {
    let there = lab.containers.iter().find(|container| container.name == wanted.name);
    let runs = there.is_some_and(|container| container.state == ContainerState::Running);
    let endpoints: Vec<Endpoint> = wanted
        .endpoints
        .iter()
        .filter_map(|endpoint| {
            let network = by_name(lab, &endpoint.network).map_or_else(|| ghost_id(&endpoint.network), |n| n.id.clone());
            let attached = there.is_some_and(|container| container.endpoints.iter().any(|e| e.network == network));
            (!(runs && attached)).then(|| Endpoint {
                network,
                id: ghost_id(&wanted.name),
                address: None,
                priority: 0,
                mac: None,
                mtu: None,
                aliases: endpoint.aliases.clone(),
                names: Vec::new(),
                interface: None,
                host_end: None,
                mark: Mark::Simulated,
            })
        })
        .collect();
    if runs && endpoints.is_empty() {
        return None;
    }
    Some(Container {
        id: there.map_or_else(|| ghost_id(&wanted.name), |container| container.id.clone()),
        name: wanted.name.clone(),
        image: wanted.image.clone(),
        state: ContainerState::Running,
        exit_code: None,
        network_mode: wanted
            .endpoints
            .first()
            .map_or_else(|| "none".into(), |endpoint| endpoint.network.clone()),
        endpoints,
        created: i64::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::embedded;
    use crate::model::build::{Attach, Draft};

    fn goal() -> Goal {
        embedded("cnm").unwrap().step("place-container").unwrap().1.goal.clone()
    }

    #[test]
    fn in_an_empty_lab_everything_is_a_ghost() {
        let ghosts = ghosts(&goal(), &Draft::default().done());
        assert_eq!(ghosts.networks[0].id, "ghost:dev");
        assert_eq!(ghosts.containers[0].id, "ghost:es");
        assert_eq!(ghosts.containers[0].endpoints[0].network, "ghost:dev");
    }

    #[test]
    fn a_ghost_hangs_on_the_network_that_is_there() {
        let lab = Draft::default().network("dev").done();
        let ghosts = ghosts(&goal(), &lab);
        assert!(ghosts.networks.is_empty());
        assert_eq!(
            ghosts.containers[0].endpoints[0].network,
            lab.network("dev").unwrap().id
        );
    }

    #[test]
    fn a_container_elsewhere_lacks_only_its_cable() {
        let lab = Draft::default()
            .network("dev")
            .container("es", &[Attach::to("bridge")])
            .done();
        let ghosts = ghosts(&goal(), &lab);
        assert_eq!(ghosts.containers[0].id, lab.container("es").unwrap().id);
        assert_eq!(ghosts.containers[0].endpoints.len(), 1);
    }

    #[test]
    fn a_stopped_container_is_wanted_back() {
        let lab = Draft::default()
            .network("dev")
            .container("es", &[Attach::to("dev")])
            .exited("es", 0)
            .done();
        assert_eq!(ghosts(&goal(), &lab).containers.len(), 1);
    }

    #[test]
    fn a_goal_that_is_reached_has_no_ghosts() {
        let lab = Draft::default()
            .network("dev")
            .container("es", &[Attach::to("bridge"), Attach::to("dev")])
            .done();
        assert_eq!(ghosts(&goal(), &lab), Topology::default());
    }
}
