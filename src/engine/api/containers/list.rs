//! `GET /containers/json`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::engine::api::error::ApiError;
use crate::engine::api::filters::Filters;
use crate::engine::api::json::{Answer, ok};
use crate::engine::api::query::Query;
use crate::engine::api::wire::container::Summary;
use crate::engine::core::{Container, CoreError, Era, Phase, State as Lab, Status};
use crate::engine::server::Engine;
use crate::moment::now;

const FILTERS: [&str; 16] = [
    "ancestor",
    "before",
    "exited",
    "expose",
    "health",
    "id",
    "is-task",
    "isolation",
    "label",
    "name",
    "network",
    "publish",
    "since",
    "status",
    "volume",
    "annotation",
];
const STATUSES: [&str; 7] = [
    "created",
    "dead",
    "exited",
    "paused",
    "removing",
    "restarting",
    "running",
];

/// Newest first; only those that run unless asked otherwise.
pub async fn list(State(engine): State<Engine>, query: Query) -> Result<Answer<Vec<Summary>>, ApiError> {
    let state = engine.state();
    let filters = query.filters()?;
    let era = state.rules().era;
    filters.check(&FILTERS, era)?;
    check_values(&filters, era)?;
    let limit = query
        .number("limit")?
        .and_then(|limit| usize::try_from(limit).ok())
        .filter(|limit| *limit > 0);
    let all = query.flag("all") || limit.is_some() || filters.has("status");
    let before = bound(&state, &filters, "before")?;
    let since = bound(&state, &filters, "since")?;
    let shown = state.containers().into_iter().rev().filter(|container| {
        (all || container.is_running())
            && before.is_none_or(|time| container.created < time)
            && since.is_none_or(|time| container.created > time)
            && fits(&state, &filters, container)
    });
    let shown = shown.take(limit.unwrap_or(usize::MAX));
    Ok(ok(shown
        .map(|container| Summary::new(&state, container, now()))
        .collect()))
}

fn check_values(filters: &Filters, era: Era) -> Result<(), ApiError> {
    for code in filters.values("exited") {
        if code.parse::<i32>().is_err() {
            let why = format!("strconv.Atoi: parsing {code:?}: invalid syntax");
            return Err(match era {
                Era::E28 => ApiError::invalid(format!("invalid filter 'exited={code}': {why}")),
                Era::E20_10 => ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, why),
            });
        }
    }
    for status in filters.values("status") {
        if !STATUSES.contains(&status.as_str()) {
            return Err(ApiError::invalid(match era {
                Era::E28 => format!(
                    "invalid filter 'status={status}': invalid value for state ({status}): must be one of created, running, \
                     paused, restarting, removing, exited, dead"
                ),
                Era::E20_10 => format!("Invalid filter 'status={status}'"),
            }));
        }
    }
    filters
        .values("health")
        .iter()
        .try_for_each(|health| check_health(health, era))
}

/// Health that a filter may ask for (moby, `api/types/container/health.go`).
fn check_health(health: &str, era: Era) -> Result<(), ApiError> {
    const HEALTHS: [&str; 4] = ["none", "starting", "healthy", "unhealthy"];
    if HEALTHS.contains(&health) {
        return Ok(());
    }
    Err(ApiError::invalid(match era {
        Era::E28 => format!(
            "invalid filter 'health={health}': invalid value for health ({health}): must be one of {}",
            HEALTHS.join(", ")
        ),
        Era::E20_10 => format!("Unrecognised filter value for health: {health}"),
    }))
}

/// Creation time of the container a `before` or `since` names.
fn bound(state: &Lab, filters: &Filters, key: &str) -> Result<Option<i64>, ApiError> {
    let found = filters.values(key).first().map(|term| {
        let found = state.container(term).map(|container| container.created);
        found.map_err(|error| match (state.rules().era, error.status) {
            (Era::E20_10, Status::NotFound) => CoreError::new(Status::NotFound, format!("no such container {term}")),
            _ => error,
        })
    });
    Ok(found.transpose()?)
}

fn fits(state: &Lab, filters: &Filters, container: &Container) -> bool {
    let life = &container.life;
    let exited = filters.values("exited");
    let ended = life.phase == Phase::Exited && exited.iter().any(|code| code.parse() == Ok(life.exit_code));
    let networks = filters.values("network");
    let on = |wanted: &String| {
        let mut endpoints = container.endpoints.iter();
        endpoints.any(|endpoint| {
            endpoint.network == *wanted
                || (!endpoint.network_id.is_empty() && endpoint.network_id.starts_with(wanted.as_str()))
        })
    };
    let ancestors = filters.values("ancestor");
    let from = |wanted: &String| state.image(wanted).is_ok_and(|image| image.id == container.image_id);
    let slashed = format!("/{}", container.name);
    (filters.matches("name", &container.name) || filters.matches("name", &slashed))
        && filters.matches("id", &container.id)
        && filters.labels("label", &container.spec.labels)
        && filters.exactly("status", life.phase.word())
        && filters.exactly("health", "none")
        && filters.exactly("isolation", "default")
        && filters.yes_or_no("is-task").is_ok_and(|task| task != Some(true))
        && (exited.is_empty() || ended)
        && (networks.is_empty() || networks.iter().any(on))
        && (ancestors.is_empty() || ancestors.iter().any(from))
        && !filters.has("volume")
        && !filters.has("publish")
        && exposes(filters.values("expose"), container)
}

fn exposes(wanted: &[String], container: &Container) -> bool {
    let whole = |port: &String| {
        if port.contains('/') {
            port.clone()
        } else {
            format!("{port}/tcp")
        }
    };
    wanted.is_empty()
        || wanted
            .iter()
            .map(whole)
            // Docker lists a container's ports while it runs only.
            .any(|port| container.is_running() && container.spec.exposed_ports.contains(&port))
}
