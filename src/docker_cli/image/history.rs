//! `docker history`.

use serde_json::Value;

use super::super::client::{Client, query};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::format::{self, Row};
use super::super::table::{ellipsis, human_size, lines, short_id, table};
use super::super::{moment, say};
use super::remove::encode_name;
use crate::moment::human_duration;

/// How much of a layer's command and comment is shown.
const WIDEST: usize = 45;

/// Titles of the columns.
const HEADERS: &[(&str, &str)] = &[
    ("ID", "IMAGE"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("CreatedBy", "CREATED BY"),
    ("Size", "SIZE"),
    ("Comment", "COMMENT"),
];

/// `docker history`.
pub(in crate::docker_cli) async fn history(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let name = parsed.operands.first().map(String::as_str).unwrap_or_default();
    let platform = parsed.last("platform").map(str::to_owned);
    let path = format!(
        "/images/{}/history{}",
        encode_name(name),
        query(&[("platform", platform)])
    );
    let answer = client.get_json(&path).await?;
    let layers: Vec<[String; 6]> = answer
        .as_array()
        .into_iter()
        .flatten()
        .map(|layer| columns(layer, parsed))
        .collect();
    if parsed.on("quiet") {
        say(&lines(layers.into_iter().map(|[id, ..]| id)));
        return Ok(0);
    }
    if let Some(template) = format::asked(parsed.last("format")) {
        let rows: Vec<Row> = layers
            .into_iter()
            .map(|layer| {
                let names = HEADERS.iter().map(|(name, _)| *name);
                Row::new(&names.zip(layer).collect::<Vec<_>>(), &Value::Null)
            })
            .collect();
        say(&format::list(&template, &rows, HEADERS)?);
        return Ok(0);
    }
    let mut rows = vec![
        ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(
        layers
            .into_iter()
            .map(|[id, since, _, by, size, comment]| vec![id, since, by, size, comment]),
    );
    say(&table(&rows));
    Ok(0)
}

/// A layer, column by column, in the order of [`HEADERS`].
#[expect(clippy::cast_precision_loss, reason = "three digits of a size are shown")]
fn columns(layer: &Value, parsed: &Parsed) -> [String; 6] {
    let text = |field: &str| layer[field].as_str().unwrap_or_default();
    let (whole, human) = (
        parsed.on("no-trunc"),
        parsed.last("human").is_none() || parsed.on("human"),
    );
    let cut = |text: &str| if whole { text.to_owned() } else { ellipsis(text, WIDEST) };
    let created = layer["Created"].as_i64().unwrap_or_default();
    let size = layer["Size"].as_i64().unwrap_or_default();
    let at = moment::log_time(created);
    [
        if whole {
            text("Id").to_owned()
        } else {
            short_id(text("Id")).to_owned()
        },
        if human {
            format!("{} ago", human_duration(moment::now().saturating_sub(created)))
        } else {
            at.clone()
        },
        at,
        cut(&text("CreatedBy").replace('\t', " ")),
        if human {
            human_size(size as f64, 3)
        } else {
            size.to_string()
        },
        text("Comment").to_owned(),
    ]
}
