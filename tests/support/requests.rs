//! Bodies of the requests that most tests send.

use bollard::models::{ContainerCreateBody, HostConfig, NetworkCreateRequest};

/// A network of that name, all else as it comes.
pub fn network(name: &str) -> NetworkCreateRequest {
    NetworkCreateRequest {
        name: name.into(),
        ..NetworkCreateRequest::default()
    }
}

/// `alpine COMMAND` on a network.
pub fn container(network: &str, command: &[&str]) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some("alpine".into()),
        cmd: Some(command.iter().map(|&word| word.into()).collect()),
        host_config: Some(HostConfig {
            network_mode: Some(network.into()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}
