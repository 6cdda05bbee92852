//! Whether a state has taken in all that the backend has done already.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::models::{ContainerSummary, Network};
use bollard::query_parameters::ListContainersOptionsBuilder;
use tokio::sync::watch;

use super::{Lab, LabState};
use crate::model::{ContainerState, Topology};

impl Lab {
    /// Waits until the state shows what the backend has now, at most `limit`; false when the time is up or the backend gone. News
    /// come on a stream of their own: they may arrive a moment after the answer to the command that made them.
    pub fn settled(&self, limit: Duration) -> impl Future<Output = bool> + Send + use<> {
        let (docker, state) = (self.docker.clone(), self.state.clone());
        async move { tokio::time::timeout(limit, agree(docker, state)).await.unwrap_or(false) }
    }
}

/// When to ask again although nothing is new.
const AGAIN: Duration = Duration::from_millis(20);

async fn agree(docker: Docker, mut state: watch::Receiver<Arc<LabState>>) -> bool {
    loop {
        let Some(now) = listed(&docker).await else { return false };
        if known(&state.borrow_and_update().topology) == now {
            return true;
        }
        // The state may be ahead of the list too: then it does not change any more, and another list is needed.
        if let Ok(Err(_)) = tokio::time::timeout(AGAIN, state.changed()).await {
            return false;
        }
    }
}

/// Ids of networks; of each container the id, whether it runs, and where it is plugged in while it does.
type Gist = (BTreeSet<String>, BTreeSet<(String, bool, BTreeSet<String>)>);

async fn listed(docker: &Docker) -> Option<Gist> {
    let networks = docker.list_networks(None).await.ok()?;
    let all = ListContainersOptionsBuilder::new().all(true).build();
    let containers = docker.list_containers(Some(all)).await.ok()?;
    let ids = networks.into_iter().filter_map(|network: Network| network.id).collect();
    let gist = |container: ContainerSummary| {
        let runs = container
            .state
            .is_some_and(|state| matches!(state.to_string().as_str(), "running" | "paused"));
        let networks = container.network_settings.and_then(|settings| settings.networks);
        // `host` and `none` are no cables.
        let cables = networks.into_iter().flatten();
        let cables = cables.filter(|(name, _)| runs && name != "host" && name != "none");
        let plugged = cables.map(|(name, endpoint)| endpoint.network_id.filter(|id| !id.is_empty()).unwrap_or(name));
        Some((container.id?, runs, plugged.collect()))
    };
    Some((ids, containers.into_iter().filter_map(gist).collect()))
}

fn known(topology: &Topology) -> Gist {
    let networks = topology.networks.iter().map(|network| network.id.clone()).collect();
    let containers = topology.containers.iter().map(|container| {
        let runs = container.state == ContainerState::Running;
        let plugged = container.endpoints.iter().map(|endpoint| endpoint.network.clone());
        (container.id.clone(), runs, plugged.filter(|_| runs).collect())
    });
    (networks, containers.collect())
}
