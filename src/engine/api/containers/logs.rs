//! `GET /containers/{id}/logs`.

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::engine::api::error::ApiError;
use crate::engine::api::query::Query;
use crate::engine::api::stream::{self, frame};
use crate::engine::api::time::{now, parse_unix, rfc3339_nine};
use crate::engine::api::version::ApiVersion;
use crate::engine::server::{Engine, Line, Stream};

pub async fn logs(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(container): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    let wanted = Wanted::from(&query)?;
    let state = engine.state();
    let found = state.container(&container)?;
    let tty = found.spec.tty;
    let streams = engine.stdio().of(&found.id);
    let (past, mut fresh) = streams.attach(true);
    let follow = query.flag("follow") && found.is_running();
    let (lines, body) = stream::lines();
    tokio::spawn(async move {
        for line in wanted.tail(&past) {
            if lines.bytes(wanted.print(line, tty)).await.is_err() {
                return;
            }
        }
        if !follow {
            return;
        }
        loop {
            let chunk = tokio::select! {
                chunk = fresh.recv() => chunk,
                () = lines.closed() => return,
            };
            let Some(chunk) = chunk else { return };
            let arrived = Line {
                stream: chunk.stream,
                at: now(),
                text: chunk.bytes,
            };
            if wanted.fits(&arrived) && lines.bytes(wanted.print(&arrived, tty)).await.is_err() {
                return;
            }
        }
    });
    let multiplexed = !tty && version >= ApiVersion(42);
    let kind = if multiplexed { "multiplexed" } else { "raw" };
    Ok((
        [(CONTENT_TYPE, format!("application/vnd.docker.{kind}-stream"))],
        Body::new(body),
    )
        .into_response())
}

/// What of a log is asked for.
#[derive(Debug)]
struct Wanted {
    stdout: bool,
    stderr: bool,
    timestamps: bool,
    since: i64,
    until: i64,
    tail: usize,
}

impl Wanted {
    fn from(query: &Query) -> Result<Self, ApiError> {
        let (stdout, stderr) = (query.flag("stdout"), query.flag("stderr"));
        if !(stdout || stderr) {
            return Err(ApiError::invalid("Bad parameters: you must choose at least one stream"));
        }
        let moment = |key: &str| match query.text(key) {
            "" | "0" => Ok(None),
            text => parse_unix(text)
                .map(Some)
                .ok_or_else(|| ApiError::invalid(format!("invalid value for {key:?}: {text}"))),
        };
        Ok(Self {
            stdout,
            stderr,
            timestamps: query.flag("timestamps"),
            since: moment("since")?.unwrap_or(i64::MIN),
            until: moment("until")?.unwrap_or(i64::MAX),
            tail: query.text("tail").parse().unwrap_or(usize::MAX),
        })
    }

    fn fits(&self, line: &Line) -> bool {
        let stream = match line.stream {
            Stream::Stdout => self.stdout,
            Stream::Stderr => self.stderr,
        };
        stream && (self.since..=self.until).contains(&line.at)
    }

    fn tail<'a>(&self, past: &'a [Line]) -> Vec<&'a Line> {
        let mut lines: Vec<&Line> = past
            .iter()
            .rev()
            .filter(|line| self.fits(line))
            .take(self.tail)
            .collect();
        lines.reverse();
        lines
    }

    fn print(&self, line: &Line, tty: bool) -> axum::body::Bytes {
        let text = if self.timestamps {
            let mut text = format!("{} ", rfc3339_nine(line.at)).into_bytes();
            text.extend_from_slice(&line.text);
            text.into()
        } else {
            std::sync::Arc::clone(&line.text)
        };
        if tty {
            text.to_vec().into()
        } else {
            frame(line.stream, &text)
        }
    }
}
