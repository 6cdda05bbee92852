//! `/containers`.

mod again;
mod attach;
mod life;
mod list;
mod logs;

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

pub use again::{prune, rename, restart, top};
pub use attach::attach;
pub use life::{kill, remove, resize, start, stop, wait};
pub use list::list;
pub use logs::logs;

use super::error::ApiError;
use super::json::{Answer, Body, ok};
use super::query::Query;
use super::version::ApiVersion;
use super::wire::container;
use super::wire::create::ContainerCreate;
use crate::engine::core::{Reply, Request};
use crate::engine::server::Engine;

/// `POST /containers/create`.
pub async fn create(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    query: Query,
    Body(wire): Body<ContainerCreate>,
) -> Result<Answer<Value>, ApiError> {
    let spec = wire.into_spec(query.text("name"), version, engine.options().era)?;
    match engine.request(Request::CreateContainer(Box::new(spec))).await? {
        Reply::Created { id, warnings } => Ok(Answer(StatusCode::CREATED, json!({ "Id": id, "Warnings": warnings }))),
        _ => Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the container was not created",
        )),
    }
}

/// `GET /containers/{id}/json`.
pub async fn inspect(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(term): Path<String>,
) -> Result<Answer<Value>, ApiError> {
    let state = engine.state();
    let found = state.container(&term)?;
    engine.settled(&found.id).await;
    let mut inspected = container::inspect(found, state.rules().era, version);
    let execs: Vec<&str> = state.execs_of(&found.id).collect();
    if !execs.is_empty() {
        inspected["ExecIDs"] = json!(execs);
    }
    Ok(ok(inspected))
}
