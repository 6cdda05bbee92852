//! Events on the wire.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::core::{Event, Subject};

/// One line of `GET /events`.
#[derive(Debug, Serialize)]
pub struct EventOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(rename = "Action")]
    action: &'a str,
    #[serde(rename = "Actor")]
    actor: Actor<'a>,
    scope: &'static str,
    time: i64,
    #[serde(rename = "timeNano")]
    time_nano: i64,
}

#[derive(Debug, Serialize)]
struct Actor<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    #[serde(rename = "Attributes")]
    attributes: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a Event> for EventOut<'a> {
    fn from(event: &'a Event) -> Self {
        let legacy = event.subject != Subject::Network;
        Self {
            status: legacy.then_some(event.action.as_str()),
            id: Some(event.id.as_str()).filter(|id| legacy && !id.is_empty()),
            from: event.attributes.get("image").filter(|_| legacy).map(String::as_str),
            kind: event.subject.word(),
            action: &event.action,
            actor: Actor {
                id: &event.id,
                attributes: &event.attributes,
            },
            scope: "local",
            time: event.at.div_euclid(1_000_000_000),
            time_nano: event.at,
        }
    }
}
