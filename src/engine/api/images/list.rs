//! `GET /images/json` and `POST /images/prune`.

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use regex::Regex;
use serde_json::{Value, json};

use super::removal;
use crate::engine::api::bounds;
use crate::engine::api::error::ApiError;
use crate::engine::api::filters::Filters;
use crate::engine::api::json::{Answer, ok};
use crate::engine::api::query::Query;
use crate::engine::api::version::ApiVersion;
use crate::engine::core::{Era, ImageRecord, Reply, Request, State as Lab};
use crate::engine::server::Engine;
use crate::moment::now;

/// Newest first.
pub async fn list(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    query: Query,
) -> Result<Answer<Vec<Value>>, ApiError> {
    let state = engine.state();
    let filters = query.filters()?;
    let era = state.rules().era;
    let known: &[&str] = match era {
        Era::E28 => &["dangling", "label", "before", "since", "reference", "until"],
        Era::E20_10 => &["dangling", "label", "before", "since", "reference"],
    };
    filters.check(known, era)?;
    let dangling = match era {
        Era::E28 => filters.yes_or_no("dangling")?,
        Era::E20_10 => dangling_of_20_10(&filters)?,
    };
    let bound = |key| -> Result<Option<i64>, ApiError> {
        let image = filters.values(key).first().map(|term| state.image(term));
        Ok(image.transpose()?.map(|image| image.created))
    };
    let (before, since) = (bound("before")?, bound("since")?);
    let until = bounds::until(&filters, now())?;
    let patterns = patterns(&filters)?;
    let mut found: Vec<&ImageRecord> = state
        .images()
        .iter()
        .filter(|image| {
            before.is_none_or(|time| image.created < time)
                && since.is_none_or(|time| image.created > time)
                && until.is_none_or(|time| image.created <= time)
                && dangling.is_none_or(|dangling| image.tags.is_empty() == dangling)
                && filters.labels("label", &image.labels)
                && (patterns.is_empty() || image.tags.iter().any(|tag| named(&patterns, tag)))
        })
        .collect();
    found.sort_by_key(|image| std::cmp::Reverse(image.created));
    Ok(ok(found
        .into_iter()
        .map(|image| summary(&state, image, &patterns, version))
        .collect()))
}

fn dangling_of_20_10(filters: &Filters) -> Result<Option<bool>, ApiError> {
    filters.yes_or_no("dangling").map_err(|_| {
        let values = filters.values("dangling").join(" ");
        ApiError::invalid(format!("Invalid filter 'dangling=[{values}]'"))
    })
}

/// `path.Match` of Go, as far as image names need it: `*`, `?` and sets, none of which crosses a slash.
fn patterns(filters: &Filters) -> Result<Vec<Regex>, ApiError> {
    let pattern = |text: &String| {
        let mut regex = String::from("^");
        for letter in text.chars() {
            match letter {
                '*' => regex.push_str("[^/]*"),
                '?' => regex.push_str("[^/]"),
                '[' | ']' | '-' | '^' => regex.push(letter),
                letter => regex.push_str(&regex::escape(&letter.to_string())),
            }
        }
        regex.push('$');
        let bad = |_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "syntax error in pattern");
        Regex::new(&regex).map_err(bad)
    };
    filters.values("reference").iter().map(pattern).collect()
}

/// With its tag or without (distribution, `reference.FamiliarMatch`).
fn named(patterns: &[Regex], tag: &str) -> bool {
    let repository = tag.rsplit_once(':').map_or(tag, |(repository, _)| repository);
    patterns
        .iter()
        .any(|pattern| pattern.is_match(tag) || pattern.is_match(repository))
}

fn summary(state: &Lab, image: &ImageRecord, patterns: &[Regex], version: ApiVersion) -> Value {
    let era = state.rules().era;
    let shown: Vec<&String> = image
        .tags
        .iter()
        .filter(|tag| patterns.is_empty() || named(patterns, tag))
        .collect();
    let old = version < ApiVersion(43);
    let (tags, digests) = match (shown.is_empty(), old, era) {
        (true, true, _) => (json!(["<none>:<none>"]), json!(["<none>@<none>"])),
        (false, _, Era::E20_10) => (json!(shown), Value::Null),
        _ => (json!(shown), json!([])),
    };
    let labels = if image.labels.is_empty() {
        Value::Null
    } else {
        json!(image.labels)
    };
    let mut summary = json!({
        "Containers": -1,
        "Created": image.created.div_euclid(1_000_000_000),
        "Id": image.id,
        "Labels": labels,
        "ParentId": "",
        "RepoDigests": digests,
        "RepoTags": tags,
        "SharedSize": -1,
        "Size": image.size,
    });
    if version < ApiVersion(44) {
        summary["VirtualSize"] = image.size.into();
    }
    summary
}

/// `POST /build/prune`: where nothing is built there is no cache, and nothing of it to remove.
pub async fn prune_builds() -> Answer<Value> {
    ok(json!({ "CachesDeleted": null, "SpaceReclaimed": 0 }))
}

/// `POST /images/prune`.
pub async fn prune(State(engine): State<Engine>, query: Query) -> Result<Answer<Value>, ApiError> {
    let filters = query.filters()?;
    let era = engine.options().era;
    filters.check(&["dangling", "label", "label!", "until"], era)?;
    let dangling = match era {
        Era::E28 => filters.yes_or_no("dangling")?,
        Era::E20_10 => dangling_of_20_10(&filters)?,
    };
    let which = bounds::pruned(&filters)?;
    let all = dangling == Some(false);
    match engine.request(Request::PruneImages { which, all }).await? {
        Reply::Images { removed, reclaimed } => {
            let deleted: Vec<Value> = removed.iter().map(removal).collect();
            let deleted = if deleted.is_empty() {
                Value::Null
            } else {
                json!(deleted)
            };
            Ok(ok(json!({ "ImagesDeleted": deleted, "SpaceReclaimed": reclaimed })))
        }
        _ => Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "nothing was pruned")),
    }
}
