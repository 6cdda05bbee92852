//! `docker images`.

use serde_json::Value;

use super::super::client::{Client, query};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::format::{self, Row};
use super::super::table::{human_size, short_id, table};
use super::super::{filter, moment, say};
use crate::moment::human_duration;

/// `docker images`.
pub(in crate::docker_cli) async fn list(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let wanted: Vec<(&str, &str)> = parsed
        .operands
        .iter()
        .map(|name| ("reference", name.as_str()))
        .collect();
    let all = parsed.on("all").then(|| "1".to_owned());
    let path = format!(
        "/images/json{}",
        query(&[("all", all), ("filters", filter::query(parsed, &wanted))])
    );
    let answer = client.get_json(&path).await?;
    if let Some(template) = format::asked(parsed.last("format")).filter(|_| !parsed.on("quiet")) {
        let images = answer.as_array().into_iter().flatten();
        let rows: Vec<Row> = images
            .flat_map(|image| names(image).into_iter().map(|name| by_field(image, name, parsed)))
            .collect();
        say(&format::list(&template, &rows, HEADERS)?);
        return Ok(0);
    }
    let mut rows = Vec::new();
    for image in answer.as_array().into_iter().flatten() {
        for (repository, tag) in names(image) {
            rows.push(row(image, repository, tag, parsed, parsed.on("digests")));
        }
    }
    let id_column = if parsed.on("digests") { 3 } else { 2 };
    if parsed.on("quiet") {
        let ids = rows
            .iter()
            .filter_map(|row| row.get(id_column))
            .map(|id| format!("{id}\n"));
        say(&ids.collect::<String>());
        return Ok(0);
    }
    let mut header = vec!["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"];
    if parsed.on("digests") {
        header.insert(2, "DIGEST");
    }
    rows.insert(0, header.into_iter().map(str::to_owned).collect());
    say(&table(&rows));
    Ok(0)
}

/// Titles of the columns that a template may ask for.
const HEADERS: &[(&str, &str)] = &[
    ("Repository", "REPOSITORY"),
    ("Tag", "TAG"),
    ("Digest", "DIGEST"),
    ("ID", "IMAGE ID"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("Size", "SIZE"),
];

/// A name of an image as templates see it.
fn by_field(image: &Value, (repository, tag): (&str, &str), parsed: &Parsed) -> Row {
    let [repository, tag, id, since, size] =
        <[String; 5]>::try_from(row(image, repository, tag, parsed, false)).unwrap_or_default();
    let unknown = || "N/A".to_owned();
    Row::new(
        &[
            ("Digest", digest(image, &repository)),
            ("Repository", repository),
            ("Tag", tag),
            ("ID", id),
            ("CreatedSince", since),
            ("CreatedAt", moment::go_seconds(image["Created"].as_i64().unwrap_or(0))),
            ("VirtualSize", size.clone()),
            ("Size", size),
            ("Containers", unknown()),
            ("SharedSize", unknown()),
            ("UniqueSize", unknown()),
        ],
        &image["Labels"],
    )
}

/// Repository and tag of each name; `<none>` twice where there is none.
fn names(image: &Value) -> Vec<(&str, &str)> {
    let names: Vec<(&str, &str)> = image["RepoTags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str()?.rsplit_once(':'))
        .collect();
    if names.is_empty() {
        vec![("<none>", "<none>")]
    } else {
        names
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits of a size are shown")]
fn row(image: &Value, repository: &str, tag: &str, parsed: &Parsed, digests: bool) -> Vec<String> {
    let id = image["Id"].as_str().unwrap_or_default();
    let created = image["Created"].as_i64().unwrap_or(0);
    let mut row = vec![
        repository.to_owned(),
        tag.to_owned(),
        if parsed.on("no-trunc") {
            id.to_owned()
        } else {
            short_id(id).to_owned()
        },
        format!("{} ago", human_duration(moment::now().saturating_sub(created))),
        human_size(image["Size"].as_i64().unwrap_or(0) as f64, 3),
    ];
    if digests {
        row.insert(2, digest(image, repository));
    }
    row
}

fn digest(image: &Value, repository: &str) -> String {
    image["RepoDigests"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|digest| digest.as_str()?.split_once('@'))
        .find(|(of, _)| *of == repository)
        .map_or("<none>", |(_, digest)| digest)
        .to_owned()
}
