//! Restart, rename, prune, top.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::engine::api::bounds;
use crate::engine::api::error::ApiError;
use crate::engine::api::json::{Answer, ok};
use crate::engine::api::query::Query;
use crate::engine::core::{Era, Reply, Request};
use crate::engine::server::Engine;
use crate::engine::server::processes::{self, COLUMNS, Column};

/// Seconds a container may take to stop unless somebody said otherwise.
const PATIENCE: i64 = 10;

/// `POST /containers/{id}/restart`.
pub async fn restart(
    State(engine): State<Engine>,
    Path(container): Path<String>,
    query: Query,
) -> Result<StatusCode, ApiError> {
    let own = engine.state().container(&container)?.spec.stop_timeout;
    let seconds = query.number("t")?.or(own).unwrap_or(PATIENCE);
    let patience = u64::try_from(seconds).ok().map(Duration::from_secs);
    let era = engine.options().era;
    // A client that goes away does not call it off halfway.
    let restarting = tokio::spawn(async move {
        engine.restart(&container, patience).await.map_err(|error| {
            let refused = ApiError::from(error);
            let message = format!("Cannot restart container {container}: {}", refused.message);
            match era {
                Era::E28 => ApiError::new(refused.status, message),
                Era::E20_10 => ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message),
            }
        })
    });
    restarting
        .await
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))??;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /containers/{id}/rename`.
pub async fn rename(
    State(engine): State<Engine>,
    Path(container): Path<String>,
    query: Query,
) -> Result<StatusCode, ApiError> {
    let name = query.text("name").to_owned();
    engine.request(Request::Rename { container, name }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /containers/prune`.
pub async fn prune(State(engine): State<Engine>, query: Query) -> Result<Answer<Value>, ApiError> {
    let filters = query.filters()?;
    filters.check(&["label", "label!", "until"], engine.options().era)?;
    let spec = bounds::pruned(&filters)?;
    match engine.request(Request::PruneContainers(spec)).await? {
        Reply::Pruned { names } => {
            let deleted = if names.is_empty() { Value::Null } else { json!(names) };
            Ok(ok(json!({ "ContainersDeleted": deleted, "SpaceReclaimed": 0 })))
        }
        _ => Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the containers were not pruned",
        )),
    }
}

/// `GET /containers/{id}/top`.
pub async fn top(
    State(engine): State<Engine>,
    Path(container): Path<String>,
    query: Query,
) -> Result<Answer<Value>, ApiError> {
    let state = engine.state();
    let found = state.container(&container)?;
    let columns = columns(query.text("ps_args"))?;
    if !found.is_running() {
        let word = match engine.options().era {
            Era::E28 => "container",
            Era::E20_10 => "Container",
        };
        let text = format!("{word} {} is not running", found.id);
        return Err(ApiError::new(StatusCode::CONFLICT, text));
    }
    let pid = found.life.pid;
    let rows = tokio::task::spawn_blocking(move || processes::of_container(pid))
        .await
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let shown = |row: &[String; COLUMNS]| -> Vec<String> { columns.iter().map(|c| row[c.place].clone()).collect() };
    let processes: Vec<_> = rows.iter().map(shown).collect();
    let titles: Vec<_> = columns.iter().map(|column| column.title).collect();
    Ok(ok(json!({ "Processes": processes, "Titles": titles })))
}

/// The columns that arguments of `ps` ask for: those of `-ef`, or a list behind `-o`.
fn columns(arguments: &str) -> Result<Vec<Column>, ApiError> {
    if matches!(arguments, "" | "-ef" | "ef" | "-e -f") {
        return Ok(processes::FULL.to_vec());
    }
    let list = arguments.trim().strip_prefix("-o").unwrap_or_default();
    let names = list.split([',', ' ']).filter(|name| !name.is_empty());
    let columns: Option<Vec<Column>> = names.map(processes::named).collect();
    let Some(columns) = columns.filter(|columns| !columns.is_empty()) else {
        return Err(ApiError::unbuilt(format!(
            "this engine lists processes as ps -ef does, or with -o by user, pid, ppid, c, stime, tty, time, cmd, args and \
             comm, and not yet as ps {arguments}"
        )));
    };
    if columns.iter().all(|column| column.title != "PID") {
        let text = "Couldn't find PID field in ps output";
        return Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, text));
    }
    Ok(columns)
}
