//! Containers in a network namespace that is not their own: the lab host's, or another container's.

use std::sync::Arc;

use super::era::Era;
use super::error::{CoreError, Status};
use super::state::{Container, Phase, State};
use crate::engine::plan::SandboxNetwork;

/// Whose network a starting container has. One that shares another's takes its host name too.
pub(super) fn network(state: &State, container: &mut Container) -> Result<SandboxNetwork, CoreError> {
    if container.spec.network_mode == "host" {
        return Ok(SandboxNetwork::Host);
    }
    let Some(term) = container.spec.network_mode.strip_prefix("container:") else {
        return Ok(SandboxNetwork::Own);
    };
    let other = joined(state, &container.id, term)?;
    let (id, hostname, domainname) = (
        other.id.clone(),
        other.spec.hostname.clone(),
        other.spec.domainname.clone(),
    );
    let spec = Arc::make_mut(&mut container.spec);
    (spec.hostname, spec.domainname) = (hostname, domainname);
    Ok(SandboxNetwork::Container(id))
}

/// The container whose network is to be shared (moby, `daemon/container_operations.go`, `getNetworkedContainer`).
fn joined<'a>(state: &'a State, own: &str, term: &str) -> Result<&'a Container, CoreError> {
    let era = state.rules.era;
    let other = state.container(term).map_err(|error| match era {
        Era::E28 => CoreError::new(
            if error.status == Status::NotFound {
                Status::Internal
            } else {
                error.status
            },
            format!("joining network namespace of container: {}", error.message),
        ),
        Era::E20_10 => error,
    })?;
    if other.id == own {
        return Err(CoreError::internal(match era {
            Era::E28 => "cannot join own network namespace",
            Era::E20_10 => "cannot join own network",
        }));
    }
    if other.life.phase == Phase::Running {
        return Ok(other);
    }
    Err(CoreError::conflict(match era {
        Era::E28 => format!(
            "cannot join network namespace of a non running container: container {} is {}",
            other.name,
            other.life.phase.word()
        ),
        Era::E20_10 => format!("cannot join network of a non running container: {term}"),
    }))
}
