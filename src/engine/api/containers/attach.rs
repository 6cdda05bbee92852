//! `POST /containers/{id}/attach`.

use std::sync::Arc;

use axum::extract::{Extension, Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::engine::api::error::ApiError;
use crate::engine::api::escape::Escape;
use crate::engine::api::hijack::{Input, InputEnd, Left, Marks, Output, RAW, content_type, take_over};
use crate::engine::api::query::Query;
use crate::engine::api::version::ApiVersion;
use crate::engine::core::{self, Container, DETACH_KEYS, parse_detach_keys};
use crate::engine::server::Engine;

/// Output from now on (with `logs`, what is in the log before it), input where the container keeps it open.
pub async fn attach(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(container): Path<String>,
    query: Query,
    request: Request,
) -> Response {
    match prepare(&engine, &container, &query).await {
        Ok((found, output, input)) => {
            let kind = content_type(!found.spec.tty, version);
            take_over(request, kind, Marks::None, async move |client| {
                if client.converse(output, input).await == Left::Detached {
                    let container = found.id.clone();
                    let _ = engine.request(core::Request::Detach { container }).await;
                }
            })
        }
        Err(refusal) => plain(&refusal),
    }
}

async fn prepare(
    engine: &Engine,
    container: &str,
    query: &Query,
) -> Result<(Arc<Container>, Output, Option<Input>), ApiError> {
    let keys = match query.text("detachKeys") {
        "" => DETACH_KEYS.to_vec(),
        keys => parse_detach_keys(keys)
            .ok_or_else(|| ApiError::invalid(format!("Invalid detach keys ({keys}) provided")))?,
    };
    let found = Arc::clone(engine.state().container(container)?);
    let streams = engine.stdio().of_container(&found.id);
    let (past, live) = streams.attach(query.flag("logs"));
    let request = core::Request::Attach {
        container: found.id.clone(),
    };
    engine.request(request).await?;
    let stream = query.flag("stream");
    let output = Output {
        past,
        live: stream.then_some(live),
        stdout: query.flag("stdout"),
        stderr: query.flag("stderr"),
        framed: !found.spec.tty,
    };
    let input = (stream && query.flag("stdin") && found.spec.open_stdin).then(|| Input {
        streams,
        end: if found.spec.stdin_once && !found.spec.tty {
            InputEnd::Closes
        } else {
            InputEnd::Leaves
        },
        // Without a terminal there are no keys, only bytes.
        escape: Escape::new(if found.spec.tty { keys } else { Vec::new() }),
    });
    Ok((found, output, input))
}

/// The one refusal that is no JSON: the connection was taken over before it was known (moby, `container_routes.go`).
fn plain(refusal: &ApiError) -> Response {
    let status = refusal.status;
    let mut response = (status, [(CONTENT_TYPE, RAW)], format!("{}\r\n", refusal.message)).into_response();
    response.extensions_mut().insert(Marks::None);
    response
}
