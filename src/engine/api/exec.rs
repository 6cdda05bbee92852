//! `/containers/{id}/exec` and `/exec`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Extension, FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error::ApiError;
use super::escape::Escape;
use super::hijack::{Client, Input, InputEnd, Left, Marks, Output, content_type, take_over};
use super::json::{Answer, Body, ok};
use super::query::Query;
use super::stream::frame;
use super::version::ApiVersion;
use super::wire::container::status;
use super::wire::exec::{ExecCreate, ExecStart, inspected};
use crate::engine::core::{self, CoreError, DETACH_KEYS, Exec, ExecPhase, Reply};
use crate::engine::server::{Engine, Stream};
use crate::moment::now;

/// How long a resize waits for the start (moby, `daemon/resize.go`).
const AWAITED: Duration = Duration::from_secs(10);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(10);

/// `POST /containers/{id}/exec`.
pub async fn create(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(container): Path<String>,
    Body(wire): Body<ExecCreate>,
) -> Result<Answer<Value>, ApiError> {
    let spec = Box::new(wire.into_spec(version));
    match engine.request(core::Request::ExecCreate { container, spec }).await? {
        Reply::Created { id, .. } => Ok(Answer(StatusCode::CREATED, json!({ "Id": id }))),
        _ => Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the exec was not created",
        )),
    }
}

/// `GET /exec/{id}/json`.
pub async fn inspect(State(engine): State<Engine>, Path(id): Path<String>) -> Result<Answer<Value>, ApiError> {
    Ok(ok(inspected(engine.state().exec(&id)?)))
}

/// `POST /exec/{id}/start`: with `Detach` the answer comes when the command runs; without, the connection becomes its streams,
/// and a refusal is told on them.
pub async fn start(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let text = to_bytes(body, super::json::LARGEST_BODY)
        .await
        .map_err(|_| ApiError::invalid("the request body ended early"))?;
    let bodied = Request::from_parts(parts.clone(), text.into());
    let Body(options) = Body::<ExecStart>::from_request(bodied, &engine).await?;
    let exec = live(&engine, &id)?;
    engine.settled(&exec.container).await;
    let console_size = options.console_size(version);
    if options.detach {
        let stdin = false;
        let start = core::Request::ExecStart {
            exec: id,
            stdin,
            console_size,
        };
        engine.request(start).await?;
        return Ok(StatusCode::OK.into_response());
    }
    let framed = !options.tty;
    let rest = Request::from_parts(parts, axum::body::Body::empty());
    let kind = content_type(framed, version);
    let conversation = async move |client| run(&engine, &exec, framed, console_size, client).await;
    Ok(take_over(rest, kind, Marks::Dateless, conversation))
}

/// An exec whose container runs.
fn live(engine: &Engine, id: &str) -> Result<Arc<Exec>, ApiError> {
    let state = engine.state();
    let found = state.live_exec(id).cloned();
    let ended = found.is_err() && state.rules().tells_how_exec_ended;
    if let (true, Ok(container)) = (ended, state.exec(id).and_then(|exec| state.container(&exec.container))) {
        let words = format!(
            "Container {} is not running: {}",
            container.id,
            status(container, now())
        );
        return Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, words));
    }
    Ok(found?)
}

/// Joins a client to an exec that had not started when it was looked up.
pub(super) async fn run(engine: &Engine, exec: &Exec, framed: bool, console_size: Option<[u32; 2]>, client: Client) {
    let start = core::Request::ExecStart {
        exec: exec.id.clone(),
        stdin: true,
        console_size,
    };
    // Who comes too late must not see what belongs to the first.
    if exec.phase != ExecPhase::Created {
        if let Err(refusal) = engine.request(start).await {
            refuse(client, framed, &refusal).await;
        }
        return;
    }
    let streams = engine.stdio().of_exec(&exec.id);
    let (past, live) = streams.attach(false);
    if let Err(refusal) = engine.request(start).await {
        drop(live);
        // Nothing will ever run with these streams, unless somebody else was faster.
        let runs = |exec: &Arc<Exec>| exec.phase == ExecPhase::Running;
        if !engine.state().exec(&exec.id).is_ok_and(runs) {
            engine.stdio().forget(&exec.id);
        }
        return refuse(client, framed, &refusal).await;
    }
    let [stdin, stdout, stderr] = exec.spec.attach;
    let output = Output {
        past,
        live: Some(live),
        stdout,
        // Unframed there is one stream only.
        stderr: stderr && framed,
        framed,
    };
    let keys = match (exec.spec.tty, exec.detach_keys.as_slice()) {
        (false, _) => Vec::new(),
        (true, []) => DETACH_KEYS.to_vec(),
        (true, keys) => keys.to_vec(),
    };
    let input = stdin.then(|| Input {
        streams,
        end: if exec.spec.tty {
            InputEnd::Leaves
        } else {
            InputEnd::Closes
        },
        escape: Escape::new(keys),
    });
    if client.converse(output, input).await == Left::Detached {
        let exec = exec.id.clone();
        let _ = engine.request(core::Request::ExecDetach { exec }).await;
    }
}

/// The connection is the client's already: the reason comes where output would.
async fn refuse(client: Client, framed: bool, refusal: &CoreError) {
    let text = format!("{refusal}\r\n").into_bytes();
    if framed {
        client.say(&frame(Stream::Stdout, &text)).await;
    } else {
        client.say(&text).await;
    }
}

/// `POST /exec/{id}/resize`: the terminal's size. Before the start it waits for that, as Docker does.
pub async fn resize(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    query: Query,
) -> Result<StatusCode, ApiError> {
    let size = query.terminal_size()?;
    let deadline = tokio::time::Instant::now() + AWAITED;
    while live(&engine, &id)?.phase == ExecPhase::Created && engine.stdio().find(&id).is_none() {
        if tokio::time::Instant::now() > deadline {
            return Err(ApiError::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "timeout waiting for exec session ready",
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
    if let Some(streams) = engine.stdio().find(&id) {
        streams
            .resize(size)
            .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    }
    Ok(StatusCode::OK)
}
