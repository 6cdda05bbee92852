//! `docker events`.

use http_body_util::BodyExt;
use hyper::Method;
use serde_json::Value;

use super::super::client::{Client, query};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::{filter, format, moment, say};

/// `docker events`: a line per event until the engine or the reader ends.
pub(in crate::docker_cli) async fn follow(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let point = |flag: &str| -> Result<Option<String>, Failure> {
        parsed
            .last(flag)
            .map(|text| moment::read(text, moment::now()))
            .transpose()
            .map_err(Failure::said)
    };
    let path = format!(
        "/events{}",
        query(&[
            ("filters", filter::query(parsed, &[])),
            ("since", point("since")?),
            ("until", point("until")?)
        ])
    );
    let template = format::asked(parsed.last("format"));
    let mut body = client.call(Method::GET, &path, None).await?.into_body();
    let mut pending = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(CallError::from)?.into_data() {
            pending.extend_from_slice(&data);
            let taken = print_complete(&pending, template.as_deref())?;
            pending.drain(..taken);
        }
    }
    Ok(0)
}

/// Prints the events that have arrived whole; how many bytes they took.
fn print_complete(bytes: &[u8], template: Option<&str>) -> Result<usize, Failure> {
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let mut taken = 0;
    while let Some(event) = stream.next() {
        match event {
            Ok(event) => match template {
                Some(template) => say(&format::object(template, &event)?),
                None => say(&line(&event)),
            },
            Err(error) if error.is_eof() => return Ok(taken),
            Err(error) => return Err(CallError::from(error).into()),
        }
        taken = stream.byte_offset();
    }
    Ok(bytes.len())
}

/// `2026-11-24T01:43:12.146187260Z network create 97ef… (name=dev, type=bridge)`.
fn line(event: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nanos = event["timeNano"]
        .as_i64()
        .or_else(|| event["time"].as_i64()?.checked_mul(1_000_000_000))
        .unwrap_or(0);
    let mut attributes: Vec<String> = event["Actor"]["Attributes"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}={}", text(value)))
        .collect();
    attributes.sort_unstable();
    let attributes = if attributes.is_empty() {
        String::new()
    } else {
        format!(" ({})", attributes.join(", "))
    };
    format!(
        "{} {} {} {}{attributes}\n",
        moment::write(nanos),
        text(&event["Type"]),
        text(&event["Action"]),
        text(&event["Actor"]["ID"])
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_read_as_docker_prints_them() {
        let event = json!({
            "Type": "network", "Action": "connect",
            "Actor": {"ID": "97ef", "Attributes": {"type": "bridge", "name": "dev", "container": "0e94"}},
            "scope": "local", "time": 1_795_484_592, "timeNano": 1_795_484_592_146_187_260_i64,
        });
        assert_eq!(
            line(&event),
            "2026-11-24T01:43:12.146187260Z network connect 97ef (container=0e94, name=dev, type=bridge)\n"
        );
        let prune =
            json!({"Type": "network", "Action": "prune", "Actor": {"ID": "", "Attributes": {"reclaimed": "0"}}});
        assert_eq!(
            line(&prune),
            "1970-01-01T00:00:00.000000000Z network prune  (reclaimed=0)\n"
        );
    }

    #[test]
    fn an_event_cut_in_two_waits_for_its_rest() {
        assert_eq!(print_complete(b"{\"Type\":", None).unwrap(), 0);
        assert_eq!(print_complete(b"  \n", None).unwrap(), 3);
        assert!(print_complete(b"nonsense", None).is_err());
    }
}
