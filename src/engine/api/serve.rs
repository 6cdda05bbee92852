//! From a connection to a handler and back.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, head, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tower::ServiceExt;

use super::error::ApiError;
use super::{containers, images, lab, networks, system, unbuilt, version};
use crate::engine::core::Rules;
use crate::engine::server::Engine;

/// All routes, without version prefix.
pub fn router(engine: Engine) -> Router {
    let faults = engine.options().faults;
    let mut router = Router::new()
        .route("/_ping", head(system::ping).get(system::ping))
        .route("/version", get(system::version))
        .route("/info", get(system::info))
        .route("/events", get(system::events))
        .route("/networks", get(networks::list))
        .route("/networks/", get(networks::list))
        .route("/networks/create", post(networks::create))
        .route("/networks/{id}", get(networks::inspect).delete(networks::remove))
        .route("/containers/json", get(containers::list))
        .route("/containers/create", post(containers::create))
        .route("/containers/{id}", delete(containers::remove))
        .route("/containers/{id}/json", get(containers::inspect))
        .route("/containers/{id}/start", post(containers::start))
        .route("/containers/{id}/stop", post(containers::stop))
        .route("/containers/{id}/kill", post(containers::kill))
        .route("/containers/{id}/wait", post(containers::wait))
        .route("/containers/{id}/resize", post(containers::resize))
        .route("/containers/{id}/attach", post(containers::attach))
        .route("/containers/{id}/logs", get(containers::logs))
        .route("/images/json", get(images::list))
        .route("/images/create", post(images::pull))
        .route("/images/{*rest}", get(images::inspect))
        .route("/lab/observations", get(lab::observations))
        .route("/lab/plans", get(lab::plans));
    if faults {
        router = router
            .route("/lab/faults", post(lab::fault))
            .route("/lab/kernel", get(lab::kernel));
    }
    let missing = unbuilt::answer;
    router
        .method_not_allowed_fallback(missing)
        .fallback(missing)
        .with_state(engine)
}

/// Serves one connection until its client closes it.
pub async fn connection(stream: UnixStream, router: Router, rules: &'static Rules) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move { Ok::<_, std::convert::Infallible>(answer(request.map(Body::new), router, rules).await) }
    });
    let served = http1::Builder::new()
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = served.await {
        tracing::debug!(%error, "a client's connection ended");
    }
}

/// The outer layer: version prefix off, headers on.
async fn answer(mut request: Request, router: Router, rules: &'static Rules) -> Response {
    let mut response = match version::strip(request.uri(), rules) {
        Ok((uri, version)) => {
            *request.uri_mut() = uri;
            request.extensions_mut().insert(version);
            let Ok(response) = router.oneshot(request).await;
            response
        }
        Err(refusal) => refusal.into_response(),
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        mark(response.headers_mut(), rules);
    }
    response
}

/// The headers every answer of a Docker Engine has.
fn mark(headers: &mut HeaderMap, rules: &Rules) {
    headers.insert("Docker-Experimental", HeaderValue::from_static("false"));
    headers.insert("Ostype", HeaderValue::from_static("linux"));
    let own = [
        ("Api-Version", format!("1.{}", rules.api_max)),
        ("Server", format!("Docker/{} (linux)", rules.version)),
    ];
    for (name, value) in own {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// Docker's answer to a route it does not have.
pub(super) fn page_not_found() -> ApiError {
    ApiError::not_found("page not found")
}
