//! From a connection to a handler and back.

use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{DATE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, head, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tower::ServiceExt;

use super::error::ApiError;
use super::hijack::Marks;
use super::linger::Lingering;
use super::{containers, exec, images, lab, networks, slashes, system, unbuilt, version};
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
        .route("/networks/prune", post(networks::prune))
        .route("/networks/{id}", get(networks::inspect).delete(networks::remove))
        .route("/networks/{id}/connect", post(networks::connect))
        .route("/networks/{id}/disconnect", post(networks::disconnect))
        .route("/containers/json", get(containers::list))
        .route("/containers/create", post(containers::create))
        .route("/containers/{id}", delete(containers::remove))
        .route("/containers/prune", post(containers::prune))
        .route("/containers/{id}/restart", post(containers::restart))
        .route("/containers/{id}/rename", post(containers::rename))
        .route("/containers/{id}/top", get(containers::top))
        .route("/containers/{id}/json", get(containers::inspect))
        .route("/containers/{id}/start", post(containers::start))
        .route("/containers/{id}/stop", post(containers::stop))
        .route("/containers/{id}/kill", post(containers::kill))
        .route("/containers/{id}/wait", post(containers::wait))
        .route("/containers/{id}/resize", post(containers::resize))
        .route("/containers/{id}/attach", post(containers::attach))
        .route("/containers/{id}/logs", get(containers::logs))
        .route("/images/json", get(images::list))
        .route("/images/create", post(images::create))
        .route("/images/prune", post(images::prune))
        .route(
            "/images/{*rest}",
            get(images::get).post(images::post).delete(images::remove),
        )
        .route("/containers/{id}/exec", post(exec::create))
        .route("/exec/{id}/json", get(exec::inspect))
        .route("/exec/{id}/start", post(exec::start))
        .route("/exec/{id}/resize", post(exec::resize))
        .route("/build/prune", post(images::prune_builds))
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
        let request = request.map(|body| Body::new(Lingering::new(body)));
        async move { Ok::<_, std::convert::Infallible>(answer(request, router, rules).await) }
    });
    let served = http1::Builder::new()
        .half_close(true)
        // As Go writes them.
        .title_case_headers(true)
        // Ours, for what is taken over has none.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = served.await {
        tracing::debug!(%error, "a client's connection ended");
    }
}

/// The outer layer: version prefix off, headers on.
async fn answer(mut request: Request, router: Router, rules: &'static Rules) -> Response {
    if let Some(clean) = cleaned(request.uri()) {
        return (StatusCode::MOVED_PERMANENTLY, [(LOCATION, clean)]).into_response();
    }
    let old = version::before_json_errors(request.uri(), rules);
    let mut response = match version::strip(request.uri(), rules) {
        Ok((uri, version)) => {
            let uri = slashes::escaped(request.method(), &uri).unwrap_or(uri);
            *request.uri_mut() = uri;
            request.extensions_mut().insert(version);
            let Ok(response) = router.oneshot(request).await;
            response
        }
        Err(refusal) => refusal.into_response(),
    };
    if old && response.status().is_client_error() | response.status().is_server_error() {
        response = in_plain_text(response).await;
    }
    match response.extensions().get::<Marks>() {
        Some(Marks::None) => {}
        Some(Marks::Dateless) => mark(response.headers_mut(), rules),
        None => {
            mark(response.headers_mut(), rules);
            if let Ok(now) = HeaderValue::try_from(httpdate::fmt_http_date(SystemTime::now())) {
                response.headers_mut().insert(DATE, now);
            }
        }
    }
    response
}

/// The headers every answer of a Docker Engine has.
fn mark(headers: &mut HeaderMap, rules: &Rules) {
    let own = [
        ("Api-Version", format!("1.{}", rules.api_max)),
        ("Docker-Experimental", "false".to_owned()),
        ("Ostype", "linux".to_owned()),
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

/// A refusal's words alone.
async fn in_plain_text(refusal: Response) -> Response {
    let status = refusal.status();
    let body = to_bytes(refusal.into_body(), 1 << 20).await.unwrap_or_default();
    let told: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let words = told["message"].as_str().unwrap_or_default();
    (status, format!("{words}\n")).into_response()
}

/// Where a path with empty, `.` or `..` segments should have gone (gorilla/mux, `cleanPath`); absent for all others.
fn cleaned(uri: &Uri) -> Option<String> {
    let path = uri.path();
    let odd = |segment: &str| matches!(segment, "" | "." | "..");
    let inner = path.strip_prefix('/')?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() || !inner.split('/').any(odd) {
        return None;
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in inner.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("/{}{end}{query}", kept.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_sent_elsewhere() {
        let to = |path: &str| cleaned(&path.parse().unwrap());
        assert_eq!(to("/containers//json?all=1").as_deref(), Some("/containers/json?all=1"));
        assert_eq!(to("/a/./b/../c/").as_deref(), Some("/a/c/"));
        assert_eq!(to("//..").as_deref(), Some("/"));
        for plain in ["/", "/networks", "/networks/", "/v1.41/networks/dev?x=a//b"] {
            assert_eq!(to(plain), None, "{plain}");
        }
    }
}
