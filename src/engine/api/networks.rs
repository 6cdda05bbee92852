//! `/networks`.

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;

use super::bounds;
use super::error::ApiError;
use super::json::{Answer, Body, ok};
use super::query::Query;
use super::version::ApiVersion;
use super::wire::network::{
    NetworkConnect, NetworkCreate, NetworkCreated, NetworkDisconnect, NetworkOut, NetworksPruned,
};
use crate::engine::core::{NetworkSpec, Reply, Request};
use crate::engine::server::Engine;

const FILTERS: [&str; 7] = ["dangling", "driver", "id", "label", "name", "scope", "type"];
/// From this API version on, lists leave `Containers` empty.
const LISTS_WITHOUT_CONTAINERS: ApiVersion = ApiVersion(28);

/// `POST /networks/create`.
pub async fn create(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Body(wire): Body<NetworkCreate>,
) -> Result<Answer<NetworkCreated>, ApiError> {
    let mut spec = NetworkSpec::from(wire);
    if version < ApiVersion(48) {
        spec.enable_ipv4 = None;
    }
    match engine.request(Request::CreateNetwork(Box::new(spec))).await? {
        Reply::Created { id, warnings } => Ok(Answer(
            StatusCode::CREATED,
            NetworkCreated {
                id,
                warning: warnings.join("\n"),
            },
        )),
        _ => Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the network was not created",
        )),
    }
}

/// `GET /networks`.
pub async fn list(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    query: Query,
) -> Result<Answer<Vec<NetworkOut>>, ApiError> {
    let state = engine.state();
    let filters = query.filters()?;
    filters.check(&FILTERS, state.rules().era)?;
    if let Some(kind) = filters
        .values("type")
        .iter()
        .find(|kind| !matches!(kind.as_str(), "builtin" | "custom"))
    {
        return Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("invalid filter: 'type'='{kind}'"),
        ));
    }
    let dangling = filters.yes_or_no("dangling")?;
    let shown = state.networks().into_iter().filter(|network| {
        let kind = if network.predefined { "builtin" } else { "custom" };
        let unused = !network.predefined && state.endpoints_on(&network.id).next().is_none();
        filters.matches("name", &network.name)
            && filters.matches("id", &network.id)
            && filters.exactly("driver", network.driver.name())
            && filters.exactly("scope", "local")
            && filters.exactly("type", kind)
            && filters.labels("label", &network.labels)
            && dangling.is_none_or(|wanted| wanted == unused)
    });
    let containers = version < LISTS_WITHOUT_CONTAINERS;
    Ok(ok(shown
        .map(|network| NetworkOut::new(&state, network, containers))
        .collect()))
}

/// `GET /networks/{id}`.
pub async fn inspect(
    State(engine): State<Engine>,
    Path(term): Path<String>,
    query: Query,
) -> Result<Answer<NetworkOut>, ApiError> {
    let state = engine.state();
    if !matches!(query.text("scope"), "" | "local") {
        return Err(ApiError::not_found(format!("network {term} not found")));
    }
    let network = state.network(&term).map_err(|error| reversed(error.into(), &term))?;
    Ok(ok(NetworkOut::new(&state, network, true)))
}

/// `GET` words an ambiguity the other way round.
fn reversed(error: ApiError, term: &str) -> ApiError {
    let prefix = format!("network {term} is ambiguous (");
    match error
        .message
        .strip_prefix(&prefix)
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(count) => ApiError::new(error.status, format!("{count}: network {term} is ambiguous")),
        None => error,
    }
}

/// `POST /networks/{id}/connect`. A MAC address is checked and nothing more: until API 1.54 it is for create only.
pub async fn connect(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(network): Path<String>,
    Body(wire): Body<NetworkConnect>,
) -> Result<StatusCode, ApiError> {
    let endpoint = Box::new(wire.endpoint_config.into_spec(version)?);
    let container = wire.container;
    engine
        .request(Request::Connect {
            network,
            container,
            endpoint,
        })
        .await?;
    Ok(StatusCode::OK)
}

/// `POST /networks/{id}/disconnect`.
pub async fn disconnect(
    State(engine): State<Engine>,
    Path(network): Path<String>,
    Body(wire): Body<NetworkDisconnect>,
) -> Result<StatusCode, ApiError> {
    let NetworkDisconnect { container, force } = wire;
    engine
        .request(Request::Disconnect {
            network,
            container,
            force,
        })
        .await?;
    Ok(StatusCode::OK)
}

/// `DELETE /networks/{id}`.
pub async fn remove(State(engine): State<Engine>, Path(network): Path<String>) -> Result<StatusCode, ApiError> {
    engine.request(Request::RemoveNetwork { network }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /networks/prune`.
pub async fn prune(State(engine): State<Engine>, query: Query) -> Result<Answer<NetworksPruned>, ApiError> {
    let filters = query.filters()?;
    filters.check(&["label", "label!", "until"], engine.options().era)?;
    let spec = bounds::pruned(&filters)?;
    match engine.request(Request::PruneNetworks(spec)).await? {
        Reply::Pruned { names } => Ok(ok(NetworksPruned {
            networks_deleted: (!names.is_empty()).then_some(names),
        })),
        _ => Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the networks were not pruned",
        )),
    }
}
