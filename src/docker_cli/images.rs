//! `docker images`.

use serde_json::Value;

use super::client::{Client, query};
use super::failure::Failure;
use super::flag::Parsed;
use super::table::{human_duration, human_size, short_id, table};
use super::{filter, moment, say};

/// `docker images`.
pub(super) async fn list(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
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
    let mut rows = Vec::new();
    for image in answer.as_array().into_iter().flatten() {
        for (repository, tag) in names(image) {
            rows.push(row(image, repository, tag, parsed));
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
fn row(image: &Value, repository: &str, tag: &str, parsed: &Parsed) -> Vec<String> {
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
        format!("{} ago", human_duration(moment::now() - created)),
        human_size(image["Size"].as_i64().unwrap_or(0) as f64),
    ];
    if parsed.on("digests") {
        let digest = image["RepoDigests"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|digest| digest.as_str()?.split_once('@'))
            .find(|(of, _)| *of == repository)
            .map_or("<none>", |(_, digest)| digest);
        row.insert(2, digest.to_owned());
    }
    row
}
