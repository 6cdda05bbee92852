//! `POST /containers/{id}/attach`: the connection itself becomes the container's streams.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, Request, State};
use axum::http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;

use crate::engine::api::error::ApiError;
use crate::engine::api::query::Query;
use crate::engine::api::stream::{self, frame};
use crate::engine::api::version::ApiVersion;
use crate::engine::core;
use crate::engine::server::{Chunk, Engine, Line, Stream, Streams};

const RAW: &str = "application/vnd.docker.raw-stream";
const MULTIPLEXED: &str = "application/vnd.docker.multiplexed-stream";

/// Output from now on (with `logs`, what is in the log before it), input where the container keeps it open.
pub async fn attach(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(container): Path<String>,
    query: Query,
    mut request: Request,
) -> Result<Response, ApiError> {
    let state = engine.state();
    let found = Arc::clone(state.container(&container)?);
    let streams = engine.stdio().of(&found.id);
    let (past, live) = streams.attach(query.flag("logs"));
    engine
        .request(core::Request::Attach {
            container: found.id.clone(),
        })
        .await?;
    let output = Output {
        past,
        live: query.flag("stream").then_some(live),
        stdout: query.flag("stdout"),
        stderr: query.flag("stderr"),
        tty: found.spec.tty,
    };
    if !request.headers().contains_key(UPGRADE) {
        return Ok(plain(output));
    }
    let input = (query.flag("stdin") && found.spec.open_stdin).then_some(Input {
        streams,
        once: found.spec.stdin_once,
    });
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrade.await {
            Ok(connection) => connected(connection, output, input).await,
            Err(error) => tracing::debug!(%error, "a client did not take over its connection"),
        }
    });
    let kind = if !found.spec.tty && version >= ApiVersion(42) {
        MULTIPLEXED
    } else {
        RAW
    };
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    response.extensions_mut().insert(ReasonPhrase::from_static(b"UPGRADED"));
    for (name, value) in [(CONTENT_TYPE, kind), (CONNECTION, "Upgrade"), (UPGRADE, "tcp")] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// Output as a body, for clients that do not take the connection over. They have no input.
fn plain(mut output: Output) -> Response {
    let (lines, body) = stream::lines();
    tokio::spawn(async move {
        while let Some(bytes) = output.next().await {
            if lines.bytes(bytes).await.is_err() {
                return;
            }
        }
    });
    ([(CONTENT_TYPE, RAW)], Body::new(body)).into_response()
}

/// What a client sees.
struct Output {
    past: Vec<Line>,
    live: Option<mpsc::Receiver<Chunk>>,
    stdout: bool,
    stderr: bool,
    tty: bool,
}

impl Output {
    /// The next piece; nothing once the run is over.
    async fn next(&mut self) -> Option<Bytes> {
        let past: Vec<Line> = std::mem::take(&mut self.past);
        let replay: Vec<u8> = past
            .iter()
            .filter_map(|line| self.print(line.stream, &line.text))
            .flat_map(|bytes| bytes.to_vec())
            .collect();
        if !replay.is_empty() {
            return Some(replay.into());
        }
        loop {
            let chunk = self.live.as_mut()?.recv().await?;
            if let Some(bytes) = self.print(chunk.stream, &chunk.bytes) {
                return Some(bytes);
            }
        }
    }

    fn print(&self, stream: Stream, bytes: &[u8]) -> Option<Bytes> {
        let wanted = match stream {
            Stream::Stdout => self.stdout,
            Stream::Stderr => self.stderr,
        };
        wanted.then(|| {
            if self.tty {
                Bytes::copy_from_slice(bytes)
            } else {
                frame(stream, bytes)
            }
        })
    }
}

/// Where what a client types goes.
struct Input {
    streams: Arc<Streams>,
    /// Its end is the container's end of input.
    once: bool,
}

async fn connected(connection: Upgraded, mut output: Output, input: Option<Input>) {
    let (mut reader, mut writer) = tokio::io::split(TokioIo::new(connection));
    let incoming = async {
        match input {
            Some(input) => pass_on(&mut reader, &input).await,
            None => drain(&mut reader).await,
        }
    };
    let outgoing = pass_out(&mut writer, &mut output);
    tokio::pin!(incoming, outgoing);
    // The end of input is not the end: output goes on. The end of output is.
    tokio::select! {
        () = &mut outgoing => {}
        () = &mut incoming => outgoing.await,
    }
}

async fn pass_out(writer: &mut WriteHalf<TokioIo<Upgraded>>, output: &mut Output) {
    while let Some(bytes) = output.next().await {
        if writer.write_all(&bytes).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}

async fn pass_on(reader: &mut ReadHalf<TokioIo<Upgraded>>, input: &Input) {
    let mut buffer = vec![0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut buffer).await {
        if !input.streams.write(&buffer[..count]).await {
            return drain(reader).await;
        }
    }
    if input.once {
        input.streams.close_input().await;
    }
}

/// Reads until the client has no more to say.
async fn drain(reader: &mut ReadHalf<TokioIo<Upgraded>>) {
    let mut buffer = vec![0; 4096];
    while let Ok(1..) = reader.read(&mut buffer).await {}
}
