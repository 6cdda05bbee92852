//! The lab's own routes: what was seen, what was done, and faults for tests.

use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use super::json::{Answer, Body, ok};
use super::stream;
use crate::engine::plan::ExecutedPlan;
use crate::engine::server::Engine;
use crate::observe::Next;

/// Observations as JSON lines: from the first that is kept, then as they come, without end. A reader that was too slow
/// is told which numbers it missed: `{"missed":{"from":…,"to":…}}`.
pub async fn observations(State(engine): State<Engine>) -> Response {
    let mut reader = engine.seen().observations.subscribe();
    let (lines, body) = stream::lines();
    tokio::spawn(async move {
        loop {
            let next = tokio::select! {
                next = reader.next() => next,
                () = lines.closed() => return,
            };
            let sent = match next {
                Some(Next::Observation(observation)) => lines.send(&*observation).await,
                Some(Next::Missed { from, to }) => lines.send(&json!({ "missed": { "from": from, "to": to } })).await,
                None => return,
            };
            if sent.is_err() {
                return;
            }
        }
    });
    ([(CONTENT_TYPE, "application/json")], HttpBody::new(body)).into_response()
}

/// The plans that were run, oldest first.
pub async fn plans(State(engine): State<Engine>) -> Answer<Vec<ExecutedPlan>> {
    ok(engine
        .seen()
        .plans
        .list()
        .iter()
        .map(|plan| ExecutedPlan::clone(plan))
        .collect())
}

/// `POST /lab/faults`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fault {
    title_prefix: String,
    step: usize,
}

/// The next plan whose title begins so is refused at that step.
pub async fn fault(State(engine): State<Engine>, Body(fault): Body<Fault>) -> Result<StatusCode, ApiError> {
    engine.fail_next(&fault.title_prefix, fault.step)?;
    Ok(StatusCode::NO_CONTENT)
}
