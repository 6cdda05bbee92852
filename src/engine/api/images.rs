//! `/images`: the built-in ones, to look at.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::error::ApiError;
use super::json::{Answer, ok};
use super::query::Query;
use super::serve::page_not_found;
use super::time::unix_seconds;
use crate::engine::core::{Era, ImageRecord};
use crate::engine::server::Engine;

/// `GET /images/json`.
pub async fn list(State(engine): State<Engine>, query: Query) -> Result<Answer<Vec<Value>>, ApiError> {
    let state = engine.state();
    let filters = query.filters()?;
    let era = state.rules().era;
    filters.check(&["dangling", "label", "before", "since", "until", "reference"], era)?;
    let dangling = filters.yes_or_no("dangling")? == Some(true);
    let wanted = |image: &&ImageRecord| {
        let references = filters.values("reference");
        let repository = |tag: &str| tag.split(':').next().unwrap_or_default().to_owned();
        let named = |reference: &String| {
            image
                .tags
                .iter()
                .any(|tag| tag == reference || repository(tag) == *reference)
        };
        !dangling && !filters.has("label") && (references.is_empty() || references.iter().any(named))
    };
    Ok(ok(state
        .images()
        .iter()
        .filter(wanted)
        .map(|image| summary(image, era))
        .collect()))
}

fn summary(image: &ImageRecord, era: Era) -> Value {
    let mut summary = json!({
        "Containers": -1,
        "Created": unix_seconds(&image.created),
        "Id": image.id,
        "Labels": null,
        "ParentId": "",
        "RepoDigests": [],
        "RepoTags": image.tags.first().into_iter().collect::<Vec<_>>(),
        "SharedSize": -1,
        "Size": image.size,
    });
    if era == Era::E20_10 {
        summary["VirtualSize"] = image.size.into();
    }
    summary
}

/// `/images/{name}/json`, where the name may have slashes.
pub async fn inspect(State(engine): State<Engine>, Path(rest): Path<String>) -> Result<Answer<Value>, ApiError> {
    let Some(name) = rest.strip_suffix("/json") else {
        return Err(
            if rest.ends_with("/history") || rest.ends_with("/get") || matches!(rest.as_str(), "search" | "get") {
                ApiError::unbuilt("this engine does not have this view of an image yet")
            } else {
                page_not_found()
            },
        );
    };
    let state = engine.state();
    let image = state.image(name).ok_or_else(|| {
        let tag = if name.contains(':') { "" } else { ":latest" };
        ApiError::not_found(format!("No such image: {name}{tag}"))
    })?;
    Ok(ok(json!({
        "Id": image.id,
        "RepoTags": image.tags.first().into_iter().collect::<Vec<_>>(),
        "RepoDigests": [],
        "Parent": "",
        "Comment": "built into cnm",
        "Created": image.created,
        "DockerVersion": "",
        "Author": "",
        "Config": {
            "Env": image.env,
            "Cmd": image.cmd,
            "WorkingDir": image.workdir,
            "Entrypoint": if image.entrypoint.is_empty() { Value::Null } else { json!(image.entrypoint) },
            "Labels": null,
        },
        "Architecture": engine.facts().go_arch,
        "Os": "linux",
        "Size": image.size,
        "GraphDriver": { "Data": null, "Name": "tmpfs" },
        "RootFS": { "Type": "layers", "Layers": [image.id] },
        "Metadata": { "LastTagTime": super::time::ZERO },
    })))
}

/// There is no registry: says so, and what there is.
pub async fn pull(State(engine): State<Engine>, query: Query) -> ApiError {
    let state = engine.state();
    let own: Vec<&str> = state
        .images()
        .iter()
        .filter_map(|image| image.tags.first().map(String::as_str))
        .collect();
    let wanted = query
        .text("fromImage")
        .trim_start_matches("docker.io/")
        .trim_start_matches("library/");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!(
            "this engine has no registry to pull {wanted} from; it has these images: {}",
            own.join(", ")
        ),
    )
}
