//! `/_ping`, `/version`, `/info`, `/events`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::mpsc;

use super::error::ApiError;
use super::filters::Filters;
use super::json::{Answer, ok};
use super::query::Query;
use super::stream;
use super::wire::event::EventOut;
use super::wire::system::{self, Version};
use crate::engine::core::{Era, Event, Subject};
use crate::engine::server::Engine;
use crate::moment::{now, unix};

const FILTERS: [&str; 16] = [
    "config",
    "container",
    "daemon",
    "event",
    "image",
    "label",
    "network",
    "node",
    "plugin",
    "reload",
    "scope",
    "secret",
    "service",
    "type",
    "volume",
    "builder",
];

/// `GET` and `HEAD /_ping`.
pub async fn ping(State(engine): State<Engine>, method: Method) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-cache, no-store, must-revalidate"),
        (PRAGMA, "no-cache"),
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
    ];
    // Docker counts nothing where it sends nothing.
    let body = if method == Method::HEAD { "" } else { "OK" };
    let mut answer = (headers, body).into_response();
    if engine.state().rules().tells_swarm {
        answer
            .headers_mut()
            .insert("Swarm", HeaderValue::from_static("inactive"));
    }
    answer
}

/// `GET /version`.
pub async fn version(State(engine): State<Engine>) -> Answer<Version> {
    ok(Version::new(engine.state().rules(), engine.facts()))
}

/// `GET /info`.
pub async fn info(State(engine): State<Engine>) -> Answer<Value> {
    ok(system::info(
        &engine.state(),
        engine.facts(),
        engine.bulletin().readers(),
        now(),
    ))
}

/// Events: those kept since `since`, then new ones until `until`.
pub async fn events(State(engine): State<Engine>, query: Query) -> Result<Response, ApiError> {
    let (since, until) = (moment(&query, "since")?, moment(&query, "until")?);
    if let (Some(since), Some(until)) = (since, until)
        && until < since
    {
        let text = format!(
            "`since` time ({}) cannot be after `until` time ({})",
            query.text("since"),
            query.text("until")
        );
        return Err(ApiError::invalid(text));
    }
    let filters = query.filters()?;
    let era = engine.options().era;
    // 20.10 keeps a filter it does not know, and it filters nothing.
    if era == Era::E28 {
        filters.check(&FILTERS, era)?;
    }
    let (past, live) = engine.bulletin().subscribe();
    // Without times Docker tells new events only; with `until` alone, all that are kept.
    let replay = since.is_some() || until.is_some();
    let wanted = move |event: &Event| {
        since.is_none_or(|since| event.at >= since)
            && until.is_none_or(|until| event.at <= until)
            && fits(&filters, event)
    };
    let past = if replay { past } else { Vec::new() };
    let (lines, body) = stream::lines();
    tokio::spawn(tell(past, live, wanted, until, lines));
    Ok(([(CONTENT_TYPE, "application/json")], Body::new(body)).into_response())
}

async fn tell(
    past: Vec<Arc<Event>>,
    mut live: mpsc::Receiver<Arc<Event>>,
    wanted: impl Fn(&Event) -> bool,
    until: Option<i64>,
    lines: stream::Lines,
) {
    for event in past.iter().filter(|event| wanted(event)) {
        if lines.send(&EventOut::from(&**event)).await.is_err() {
            return;
        }
    }
    let left = until.map(|until| Duration::from_nanos(u64::try_from(until - now()).unwrap_or(0)));
    let over = async {
        match left {
            Some(left) => tokio::time::sleep(left).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(over);
    loop {
        let event = tokio::select! {
            biased;
            () = &mut over => return,
            () = lines.closed() => return,
            event = live.recv() => event,
        };
        let Some(event) = event else { return };
        if wanted(&event) && lines.send(&EventOut::from(&*event)).await.is_err() {
            return;
        }
    }
}

fn moment(query: &Query, key: &str) -> Result<Option<i64>, ApiError> {
    let text = query.text(key);
    if text.is_empty() {
        return Ok(None);
    }
    let time = unix(text).ok_or_else(|| ApiError::invalid(format!("invalid value for {key}: {text}")))?;
    // 0 is Go's zero time: no bound.
    Ok(Some(time).filter(|time| *time != 0))
}

fn fits(filters: &Filters, event: &Event) -> bool {
    let attribute = |key: &str| event.attributes.get(key).map_or("", String::as_str);
    let is = |subject| event.subject == subject;
    let by_subject = |key: &str, subject: Subject| {
        let values = filters.values(key);
        values.is_empty()
            || (is(subject)
                && values
                    .iter()
                    .any(|value| event.id.starts_with(value.as_str()) || attribute("name") == value.as_str()))
    };
    let action = event.action.split(':').next().unwrap_or_default();
    let image = filters.values("image");
    filters.exactly("type", event.subject.word())
        && filters.exactly("event", action)
        && filters.exactly("scope", "local")
        && filters.labels("label", &event.attributes)
        && by_subject("container", Subject::Container)
        && by_subject("network", Subject::Network)
        && (image.is_empty() || image.iter().any(|name| about_image(event, name)))
        && ["config", "daemon", "node", "plugin", "secret", "service", "volume"]
            .iter()
            .all(|key| !filters.has(key))
}

/// A container's image, or the image itself: by id, by name, or by name without tag.
fn about_image(event: &Event, wanted: &str) -> bool {
    let attribute = |key: &str| event.attributes.get(key).map_or("", String::as_str);
    let named = |image: &str| image == wanted || image.rsplit_once(':').is_some_and(|(name, _)| name == wanted);
    match event.subject {
        Subject::Image => event.id == wanted || named(attribute("name")),
        Subject::Container => named(attribute("image")),
        Subject::Network => false,
    }
}
