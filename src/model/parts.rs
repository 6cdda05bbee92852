//! Networks, containers and endpoints one by one, for the tests of the rooms that draw them.

use super::{Container, ContainerState, Endpoint, Mark, Network};

/// A bridge network `172.<17 + index>.0.0/16`; `bridge` is the predefined one.
pub(crate) fn network(name: &str, index: u8) -> Network {
    Network {
        id: format!("id-{name}"),
        name: name.into(),
        driver: "bridge".into(),
        subnet: format!("172.{}.0.0/16", 17 + index).parse().ok(),
        gateway: format!("172.{}.0.1", 17 + index).parse().ok(),
        bridge: Some(if name == "bridge" {
            "docker0".into()
        } else {
            format!("br-{index:012x}")
        }),
        internal: false,
        predefined: name == "bridge",
        created: i64::from(index),
        mark: Mark::Seen,
    }
}

/// A running container with these endpoints: network and address.
pub(crate) fn container(name: &str, on: &[(&str, &str)]) -> Container {
    Container {
        id: format!("id-{name}"),
        name: name.into(),
        image: "alpine".into(),
        state: ContainerState::Running,
        exit_code: None,
        network_mode: on.first().map_or("none", |(network, _)| network).to_string(),
        endpoints: on.iter().map(|(network, address)| endpoint(network, address)).collect(),
        created: 0,
    }
}

/// An endpoint on `network`, without an address where `address` is none.
pub(crate) fn endpoint(network: &str, address: &str) -> Endpoint {
    Endpoint {
        network: format!("id-{network}"),
        id: "endpoint".into(),
        address: address.parse().ok(),
        priority: 0,
        mac: None,
        mtu: None,
        aliases: vec![],
        names: vec![],
        interface: Some("eth0".into()),
        host_end: None,
        mark: Mark::Seen,
    }
}
