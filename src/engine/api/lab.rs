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
use crate::engine::netlink::{NetlinkError, Nft, Route};
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

/// The lab host as the kernel lists it now: links (without the reaper's, which nobody can see any more), addresses,
/// routes, nftables rules. Text to compare, for tests of undo.
pub async fn kernel() -> Result<String, ApiError> {
    let listed = tokio::task::spawn_blocking(list_kernel).await;
    let failed = |reason: String| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, reason);
    listed
        .map_err(|e| failed(e.to_string()))?
        .map_err(|e| failed(e.to_string()))
}

fn list_kernel() -> Result<String, NetlinkError> {
    let opened = |e| NetlinkError::io("open a netlink socket", "lab host", e);
    let mut route = Route::open().map_err(opened)?;
    let mut nft = Nft::open().map_err(opened)?;
    let links = route.links()?;
    let mut listing = Vec::new();
    for link in links.iter().filter(|link| link.group == 0) {
        // The kernel numbers links and their carrier follows ports: neither is undone.
        listing.push(format!(
            "link {} {} {} {:?} {}",
            link.name, link.kind, link.up, link.master, link.mtu
        ));
        let addresses = route.addresses(Some(link.index))?;
        listing.extend(addresses.iter().map(|a| format!("address {} {}", link.name, a.address)));
        let routes = route.routes(Some(link.index))?;
        listing.extend(
            routes
                .iter()
                .map(|r| format!("route {} {} {:?}", link.name, r.destination, r.via)),
        );
    }
    let rules = nft.ruleset()?;
    listing.extend(rules.objects.iter().map(|object| format!("nft {object:?}")));
    listing.extend(rules.foreign.iter().map(|rule| format!("nft {rule:?}")));
    Ok(listing.join("\n"))
}
