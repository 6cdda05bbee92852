//! Connections that become a process's streams: `attach` and `exec start`.
//!
//! A client that asks for an upgrade gets 101 and the connection itself, raw both ways. One that does not gets 200 and
//! output as a body; input is then the body of its request, and an empty one is no input, not its end. Docker takes that
//! connection over, too, and leaves its client to find out where HTTP ends.

use std::future::Future;
use std::io::Cursor;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper::ext::ReasonPhrase;
use hyper::upgrade::{Parts, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Chain};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::escape::Escape;
use super::stream::{self, Lines, frame};
use super::taken::{STALLED, all_read, write};
use super::version::ApiVersion;
use crate::engine::server::backlog::Receiver;
use crate::engine::server::{Chunk, Line, Stream, Streams};

/// Raw bytes, or frames before API 1.42.
pub const RAW: &str = "application/vnd.docker.raw-stream";
const MULTIPLEXED: &str = "application/vnd.docker.multiplexed-stream";

/// Which headers an answer has beside its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// None at all: `attach`.
    None,
    /// All of the engine's but the date: `exec start`.
    Dateless,
}

/// What a client sees.
pub struct Output {
    /// What is told before anything else.
    pub past: Vec<Line>,
    /// What comes.
    pub live: Option<Receiver<Chunk>>,
    /// Whether standard output is wanted.
    pub stdout: bool,
    /// Whether standard error is wanted.
    pub stderr: bool,
    /// Frames say which of both it is.
    pub framed: bool,
}

/// Where what a client types goes.
pub struct Input {
    /// The process's streams.
    pub streams: Arc<Streams>,
    /// What happens at its end.
    pub end: InputEnd,
    /// Keys that detach.
    pub escape: Escape,
}

/// What the end of a client's input means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputEnd {
    /// The end of the process's input; output goes on.
    Closes,
    /// The client is done; the process's input stays open for the next (moby, `container/stream/attach.go`).
    Leaves,
}

/// Why a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Output ended, or the client went away.
    Over,
    /// The client pressed the detach keys.
    Detached,
}

/// Content type of a stream.
pub fn content_type(framed: bool, version: ApiVersion) -> &'static str {
    if framed && version >= ApiVersion(42) {
        MULTIPLEXED
    } else {
        RAW
    }
}

/// Answers, and runs `conversation` with the client's end.
pub fn take_over<C, F>(mut request: Request, kind: &'static str, marks: Marks, conversation: C) -> Response
where
    C: FnOnce(Client) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let mut response = if request.headers().contains_key(UPGRADE) {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            // Not for ever: who is attached already is waited for.
            match timeout(STALLED, upgrade).await {
                Ok(Ok(connection)) => {
                    if let Some(client) = Client::of(connection) {
                        conversation(client).await;
                    }
                }
                Ok(Err(error)) => tracing::debug!(%error, "a client did not take over its connection"),
                Err(_) => tracing::warn!("a client that did not read its answer was cut off"),
            }
        });
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        response.extensions_mut().insert(ReasonPhrase::from_static(b"UPGRADED"));
        for (name, value) in [(CONTENT_TYPE, kind), (CONNECTION, "Upgrade"), (UPGRADE, "tcp")] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    } else {
        let (lines, body) = stream::lines();
        let input = request.into_body();
        tokio::spawn(conversation(Client::Bodies { input, output: lines }));
        ([(CONTENT_TYPE, RAW)], Body::new(body)).into_response()
    };
    response.extensions_mut().insert(marks);
    response
}

/// A client's end of a conversation.
pub enum Client {
    /// Its whole connection.
    Connection {
        /// What it types; first what came with the request.
        reader: Chain<Cursor<Bytes>, OwnedReadHalf>,
        /// What it sees.
        writer: OwnedWriteHalf,
    },
    /// Two HTTP bodies.
    Bodies {
        /// What it types.
        input: Body,
        /// What it sees.
        output: Lines,
    },
}

impl Client {
    /// A connection that HTTP has let go.
    fn of(connection: Upgraded) -> Option<Self> {
        let Ok(Parts { io, read_buf, .. }) = connection.downcast::<TokioIo<UnixStream>>() else {
            tracing::error!("a connection that is no socket of ours was taken over");
            return None;
        };
        let (reader, writer) = io.into_inner().into_split();
        Some(Self::Connection {
            reader: Cursor::new(read_buf).chain(reader),
            writer,
        })
    }

    /// Passes output and input on until either says that it is over.
    pub async fn converse(self, mut output: Output, input: Option<Input>) -> Left {
        let (mut typed, mut seen) = self.split();
        let (leave, leaving) = oneshot::channel();
        let left = {
            let incoming = pass_in(&mut typed, input);
            let outgoing = pass_out(&mut seen, &mut output, leaving);
            tokio::pin!(incoming, outgoing);
            tokio::select! {
                () = &mut outgoing => Left::Over,
                end = &mut incoming => match end {
                    Typing::Detached => Left::Detached,
                    Typing::Ended => {
                        outgoing.await;
                        Left::Over
                    }
                    Typing::Left => {
                        let _ = leave.send(());
                        outgoing.await;
                        Left::Over
                    }
                },
            }
        };
        seen.close().await;
        left
    }

    /// Says one thing, and no more.
    pub async fn say(self, bytes: &[u8]) {
        let (_, mut seen) = self.split();
        seen.write(Bytes::copy_from_slice(bytes)).await;
        seen.close().await;
    }

    fn split(self) -> (Typed, Seen) {
        match self {
            Self::Connection { reader, writer } => {
                let silent = true;
                (Typed::Connection(reader), Seen::Connection { writer, silent })
            }
            Self::Bodies { input, output } => {
                let (client, silent) = (output.clone(), true);
                let body = input;
                (Typed::Body { body, silent, client }, Seen::Body(output))
            }
        }
    }
}

enum Typed {
    Connection(Chain<Cursor<Bytes>, OwnedReadHalf>),
    Body {
        body: Body,
        /// Nothing has come.
        silent: bool,
        client: Lines,
    },
}

impl Typed {
    /// The next piece; nothing at the end.
    async fn next(&mut self, buffer: &mut Vec<u8>) -> bool {
        match self {
            Self::Connection(reader) => {
                buffer.resize(32 * 1024, 0);
                let count = reader.read(buffer).await.unwrap_or(0);
                buffer.truncate(count);
                count > 0
            }
            Self::Body { body, silent, client } => loop {
                let Some(Ok(frame)) = body.frame().await else {
                    if *silent {
                        client.closed().await;
                    }
                    return false;
                };
                if let Ok(data) = frame.into_data()
                    && !data.is_empty()
                {
                    *buffer = data.to_vec();
                    *silent = false;
                    return true;
                }
            },
        }
    }
}

enum Seen {
    Connection {
        writer: OwnedWriteHalf,
        /// Nothing but the head of the answer was sent.
        silent: bool,
    },
    Body(Lines),
}

impl Seen {
    /// False when nobody sees it.
    async fn write(&mut self, bytes: Bytes) -> bool {
        match self {
            Self::Connection { writer, silent } => {
                if std::mem::take(silent) {
                    all_read(writer).await;
                }
                write(writer, &bytes, STALLED).await
            }
            Self::Body(lines) => matches!(timeout(STALLED, lines.bytes(bytes)).await, Ok(Ok(()))),
        }
    }

    async fn close(&mut self) {
        if let Self::Connection { writer, .. } = self {
            let _ = writer.shutdown().await;
        }
    }
}

/// How a client's typing ended.
enum Typing {
    /// Output goes on.
    Ended,
    /// The client wants no more output either.
    Left,
    /// With the detach keys.
    Detached,
}

async fn pass_in(typed: &mut Typed, input: Option<Input>) -> Typing {
    let mut buffer = Vec::new();
    let Some(mut input) = input else {
        while typed.next(&mut buffer).await {}
        return Typing::Ended;
    };
    while typed.next(&mut buffer).await {
        let (through, detached) = input.escape.pass(&buffer);
        if !through.is_empty() && !input.streams.write(&through).await {
            // Nobody reads any more; the process's end is on its way.
            while typed.next(&mut buffer).await {}
            return Typing::Ended;
        }
        if detached {
            return Typing::Detached;
        }
    }
    match input.end {
        InputEnd::Leaves => Typing::Left,
        InputEnd::Closes => {
            input.streams.close_input().await;
            Typing::Ended
        }
    }
}

/// Until the run is over; once somebody is `leaving`, until what has come is passed on.
async fn pass_out(seen: &mut Seen, output: &mut Output, mut leaving: oneshot::Receiver<()>) {
    let mut staying = true;
    loop {
        tokio::select! {
            biased;
            piece = output.next() => {
                let Some(bytes) = piece else { return };
                if !seen.write(bytes).await {
                    return;
                }
            }
            left = &mut leaving, if staying => {
                staying = false;
                if let (Ok(()), Some(live)) = (left, &mut output.live) {
                    live.close();
                }
            }
        }
    }
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
            if self.framed {
                frame(stream, bytes)
            } else {
                Bytes::copy_from_slice(bytes)
            }
        })
    }
}
