//! Start, wait, stop, kill, resize, remove.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::engine::api::error::ApiError;
use crate::engine::api::query::Query;
use crate::engine::api::stream;
use crate::engine::api::version::ApiVersion;
use crate::engine::core::{Era, Reply, Request, not_running, parse_signal};
use crate::engine::server::{Engine, WaitCondition};

/// Seconds a container may take to stop unless somebody said otherwise.
const PATIENCE: i64 = 10;

/// `POST /containers/{id}/start`.
pub async fn start(
    State(engine): State<Engine>,
    Path(container): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > 7) || headers.contains_key(TRANSFER_ENCODING) {
        return Err(ApiError::invalid(
            "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
        ));
    }
    match engine.request(Request::StartContainer { container }).await? {
        Reply::Unchanged => Ok(StatusCode::NOT_MODIFIED),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// The head is sent at once: Go's client waits for it before it starts the container.
pub async fn wait(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(container): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    let condition = match query.text("condition") {
        _ if version < ApiVersion(30) => WaitCondition::NotRunning,
        "" | "not-running" => WaitCondition::NotRunning,
        "next-exit" => WaitCondition::NextExit,
        "removed" => WaitCondition::Removed,
        _ if !engine.state().rules().refuses_conditions => WaitCondition::NotRunning,
        other => return Err(ApiError::invalid(format!("invalid condition: {other:?}"))),
    };
    let end = engine.wait(&container, condition).await?;
    let old = engine.options().era == Era::E20_10;
    let (lines, body) = stream::lines();
    tokio::spawn(async move {
        let ended = tokio::select! {
            ended = end => ended,
            () = lines.closed() => return,
        };
        if let Ok(code) = ended {
            let answer = if old {
                json!({ "Error": null, "StatusCode": code })
            } else {
                json!({ "StatusCode": code })
            };
            let _ = lines.send(&answer).await;
        }
    });
    Ok(([(CONTENT_TYPE, "application/json")], Body::new(body)).into_response())
}

/// `POST /containers/{id}/stop`.
pub async fn stop(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(container): Path<String>,
    query: Query,
) -> Result<StatusCode, ApiError> {
    let signal = if version < ApiVersion(42) {
        None
    } else {
        signal(&engine, query.text("signal"))?
    };
    let own = engine.state().container(&container)?.spec.stop_timeout;
    let seconds = query.number("t")?.or(own).unwrap_or(PATIENCE);
    let patience = u64::try_from(seconds).ok().map(Duration::from_secs);
    // A client that goes away does not call the stop off.
    let stopping = tokio::spawn(async move { engine.stop(&container, signal, patience).await });
    let ran = stopping
        .await
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))??;
    Ok(if ran {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_MODIFIED
    })
}

/// `POST /containers/{id}/kill`.
pub async fn kill(
    State(engine): State<Engine>,
    Path(container): Path<String>,
    query: Query,
) -> Result<StatusCode, ApiError> {
    const SIGKILL: i32 = 9;
    let signal = signal(&engine, query.text("signal"))?.unwrap_or(SIGKILL);
    engine.kill(&container, signal).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn signal(engine: &Engine, text: &str) -> Result<Option<i32>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    let refused = || {
        let word = if engine.options().era == Era::E28 {
            "invalid"
        } else {
            "Invalid"
        };
        ApiError::invalid(format!("{word} signal: {text}"))
    };
    parse_signal(text).map(Some).ok_or_else(refused)
}

/// `POST /containers/{id}/resize`: the terminal's size.
pub async fn resize(
    State(engine): State<Engine>,
    Path(container): Path<String>,
    query: Query,
) -> Result<StatusCode, ApiError> {
    let size = query.terminal_size()?;
    let state = engine.state();
    let found = state.container(&container)?;
    let streams = engine.stdio().of_container(&found.id);
    let sized = streams.resize(size);
    if !found.is_running() {
        // Not lost: the terminal that is to come has it.
        return Err(not_running(state.rules().era, &found.id).into());
    }
    sized.map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let container = found.id.clone();
    engine.request(Request::Resized { container, size }).await?;
    Ok(StatusCode::OK)
}

/// `DELETE /containers/{id}`.
pub async fn remove(
    State(engine): State<Engine>,
    Path(container): Path<String>,
    query: Query,
) -> Result<StatusCode, ApiError> {
    if query.flag("link") {
        engine.request(Request::RemoveLink { link: container }).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    engine
        .request(Request::RemoveContainer {
            container,
            force: query.flag("force"),
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
