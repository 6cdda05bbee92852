//! `docker logs`.

use std::io::{self, Write};

use http_body_util::BodyExt;
use hyper::Method;

use super::super::attached::stream::Demultiplexer;
use super::super::client::{Client, encode, query};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::moment;

/// `docker logs`.
pub(in crate::docker_cli) async fn show(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let name = parsed.operands.first().map(String::as_str).unwrap_or_default();
    let container = client.get_json(&format!("/containers/{}/json", encode(name))).await?;
    let id = container["Id"].as_str().unwrap_or(name);
    let set = |flag: &str| parsed.on(flag).then(|| "1".to_owned());
    let point = |flag: &str| -> Result<Option<String>, Failure> {
        parsed
            .last(flag)
            .map(|text| moment::read(text, moment::now()))
            .transpose()
            .map_err(|sentence| Failure::said(format!("invalid value for \"{flag}\": {sentence}")))
    };
    let path = format!(
        "/containers/{}/logs{}",
        encode(id),
        query(&[
            ("details", set("details")),
            ("follow", set("follow")),
            ("since", point("since")?),
            ("stderr", Some("1".into())),
            ("stdout", Some("1".into())),
            ("tail", Some(parsed.last("tail").unwrap_or("all").to_owned())),
            ("timestamps", set("timestamps")),
            ("until", point("until")?),
        ])
    );
    let mut body = client.call(Method::GET, &path, None).await?.into_body();
    let raw = container["Config"]["Tty"].as_bool().unwrap_or(false);
    let mut demultiplexer = Demultiplexer::default();
    let (mut out, mut err) = (io::stdout(), io::stderr());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(CallError::from)?.into_data() else {
            continue;
        };
        let written = if raw {
            out.write_all(&data).and_then(|()| out.flush())
        } else {
            demultiplexer.feed(&data, &mut out, &mut err)
        };
        match written {
            Ok(()) => {}
            // The reader has enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
            Err(error) => return Err(CallError::from(error).into()),
        }
    }
    Ok(0)
}
