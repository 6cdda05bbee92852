//! Carrying remedies out, through the Docker Engine API: how a lab is put back to where the learner was.

use std::collections::HashMap;

use bollard::errors::Error;
use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HostConfig, Ipam, IpamConfig, NetworkConnectRequest,
    NetworkCreateRequest, NetworkDisconnectRequest, NetworkingConfig,
};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder};

use crate::lab::{Lab, NAME};
use crate::lesson::{Goal, GoalContainer, GoalEndpoint, GoalNetwork};

use super::{Remedy, Session, remedies};

/// What could not be done again.
#[derive(Debug, thiserror::Error)]
#[error("{remedy}: {source}")]
pub struct ReplayError {
    /// The command that would do it by hand.
    pub remedy: String,
    /// What the Engine said.
    pub source: Box<Error>,
}

impl Session {
    /// Brings the lab to where the learner was; what is there already stays as it is.
    ///
    /// # Errors
    /// The first thing that the Engine refused; what was done before it stays.
    pub async fn replay(&self, lab: &Lab) -> Result<Vec<Remedy>, ReplayError> {
        match self.plan_resume() {
            Some(resume) => replay(&resume.goal, lab).await,
            None => Ok(Vec::new()),
        }
    }
}

/// Brings a lab to a goal and tells what that took.
///
/// # Errors
/// The first thing that the Engine refused; what was done before it stays.
pub async fn replay(goal: &Goal, lab: &Lab) -> Result<Vec<Remedy>, ReplayError> {
    let topology = lab.state().borrow().topology.clone();
    let todo = remedies(goal, &topology);
    for remedy in &todo {
        let done = carry_out(remedy, lab).await;
        done.map_err(|source| ReplayError {
            remedy: remedy.to_string(),
            source: Box::new(source),
        })?;
    }
    Ok(todo)
}

async fn carry_out(remedy: &Remedy, lab: &Lab) -> Result<(), Error> {
    let docker = lab.docker();
    match remedy {
        Remedy::RemoveNetwork { network } => docker.remove_network(network).await,
        Remedy::CreateNetwork(network) => docker.create_network(create_network(network, lab)).await.map(|_| ()),
        Remedy::RemoveContainer { container } => {
            let options = RemoveContainerOptionsBuilder::new().force(true).build();
            docker.remove_container(container, Some(options)).await
        }
        Remedy::Run(container) => {
            let options = CreateContainerOptionsBuilder::new().name(&container.name).build();
            docker
                .create_container(Some(options), create_container(container, lab))
                .await?;
            docker.start_container(&container.name, None).await
        }
        Remedy::Start { container } => docker.start_container(container, None).await,
        Remedy::Disconnect { container, network } => {
            let request = NetworkDisconnectRequest {
                container: container.clone(),
                force: None,
            };
            docker.disconnect_network(network, request).await
        }
        Remedy::Connect { container, endpoint } => {
            let request = NetworkConnectRequest {
                container: container.clone(),
                endpoint_config: Some(endpoint_settings(endpoint)),
            };
            docker.connect_network(&endpoint.network, request).await
        }
    }
}

/// What we make on an Engine of others bears our labels.
fn labels(lab: &Lab, name: &str) -> Option<HashMap<String, String>> {
    let mut labels: HashMap<String, String> = lab.labels().clone().into_iter().collect();
    if labels.is_empty() {
        return None;
    }
    labels.insert(NAME.to_owned(), name.to_owned());
    Some(labels)
}

fn create_network(network: &GoalNetwork, lab: &Lab) -> NetworkCreateRequest {
    let pool = |subnet: ipnetwork::Ipv4Network| IpamConfig {
        subnet: Some(subnet.to_string()),
        ..IpamConfig::default()
    };
    NetworkCreateRequest {
        name: network.name.clone(),
        internal: Some(network.internal),
        labels: labels(lab, &network.name),
        ipam: network.subnet.map(|subnet| Ipam {
            config: Some(vec![pool(subnet)]),
            ..Ipam::default()
        }),
        ..NetworkCreateRequest::default()
    }
}

fn create_container(container: &GoalContainer, lab: &Lab) -> ContainerCreateBody {
    let first = container.endpoints.first();
    let network = first.map_or("none", |endpoint| endpoint.network.as_str());
    let endpoints = first.map(|endpoint| HashMap::from([(endpoint.network.clone(), endpoint_settings(endpoint))]));
    ContainerCreateBody {
        image: Some(container.image.clone()),
        labels: labels(lab, &container.name),
        cmd: (!container.command.is_empty()).then(|| container.command.clone()),
        host_config: Some(HostConfig {
            network_mode: Some(network.to_owned()),
            ..HostConfig::default()
        }),
        networking_config: Some(NetworkingConfig {
            endpoints_config: endpoints,
        }),
        ..ContainerCreateBody::default()
    }
}

fn endpoint_settings(endpoint: &GoalEndpoint) -> EndpointSettings {
    let address = |ip: std::net::Ipv4Addr| EndpointIpamConfig {
        ipv4_address: Some(ip.to_string()),
        ..EndpointIpamConfig::default()
    };
    EndpointSettings {
        aliases: (!endpoint.aliases.is_empty()).then(|| endpoint.aliases.clone()),
        ipam_config: endpoint.ip.map(address),
        ..EndpointSettings::default()
    }
}
