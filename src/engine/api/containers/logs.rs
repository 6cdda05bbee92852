//! `GET /containers/{id}/logs`.

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::engine::api::error::ApiError;
use crate::engine::api::hijack::content_type;
use crate::engine::api::query::Query;
use crate::engine::api::stream::{self, frame};
use crate::engine::api::version::ApiVersion;
use crate::engine::core::Era;
use crate::engine::server::{Engine, Line, Stream};
use crate::moment::{rfc3339_nine, unix};

/// What was written, by lines, and with `follow` what will be until the run ends.
pub async fn logs(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(container): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    let state = engine.state();
    let era = state.rules().era;
    let wanted = Wanted::from(&query, era)?;
    let found = state.container(&container)?;
    let tty = found.spec.tty;
    let streams = engine.stdio().of_container(&found.id);
    let follow = query.flag("follow") && found.is_running();
    let (lines, body) = stream::lines();
    tokio::spawn(async move {
        let (past, mut next) = streams.log(0);
        let mut pending = wanted.tail(past);
        loop {
            for line in pending {
                if lines.bytes(wanted.print(&line, tty)).await.is_err() {
                    return;
                }
            }
            let more = async {
                tokio::select! {
                    more = streams.written(next) => more,
                    () = lines.closed() => false,
                }
            };
            if !(follow && more.await) {
                return;
            }
            (pending, next) = streams.log(next);
            pending.retain(|line| wanted.fits(line));
        }
    });
    // 20.10 does not say what it sends.
    if era == Era::E20_10 {
        return Ok(Response::new(Body::new(body)));
    }
    let kind = content_type(!tty, version);
    Ok(([(CONTENT_TYPE, kind)], Body::new(body)).into_response())
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
    fn from(query: &Query, era: Era) -> Result<Self, ApiError> {
        let (stdout, stderr) = (query.flag("stdout"), query.flag("stderr"));
        if !(stdout || stderr) {
            return Err(ApiError::invalid("Bad parameters: you must choose at least one stream"));
        }
        let moment = |key: &str| match query.text(key) {
            "" | "0" => Ok(None),
            text => unix(text).map(Some).ok_or_else(|| match era {
                Era::E28 => ApiError::invalid(format!("invalid value for {key:?}: {text}")),
                Era::E20_10 => {
                    let why = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
                    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, why)
                }
            }),
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

    fn tail(&self, mut past: Vec<Line>) -> Vec<Line> {
        past.retain(|line| self.fits(line));
        past.split_off(past.len().saturating_sub(self.tail))
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
