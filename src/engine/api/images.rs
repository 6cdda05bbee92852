//! `/images`: the built-in ones and those imported.

mod import;
mod list;

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub use import::create;
pub use list::{list, prune, prune_builds};

use super::error::ApiError;
use super::json::{Answer, ok};
use super::query::Query;
use super::unbuilt;
use super::version::ApiVersion;
use crate::engine::core::{CoreError, Era, ImageRecord, ImageRemoval, Reference, Reply, Request, inspect_refusal};
use crate::engine::server::Engine;
use crate::moment::{ZERO, rfc3339};

/// `GET /images/{name}/…`, where the name may have slashes.
pub async fn get(
    State(engine): State<Engine>,
    Extension(version): Extension<ApiVersion>,
    Path(rest): Path<String>,
    uri: Uri,
) -> Response {
    match rest.rsplit_once('/') {
        Some((name, "json")) => inspect(&engine, name, version).into_response(),
        Some((name, "history")) => history(&engine, name).into_response(),
        _ => unbuilt::answer(Method::GET, uri).await.into_response(),
    }
}

/// `POST /images/{name}/…`.
pub async fn post(State(engine): State<Engine>, Path(rest): Path<String>, query: Query, uri: Uri) -> Response {
    match rest.rsplit_once('/') {
        Some((name, "tag")) => tag(&engine, name, &query).await.into_response(),
        _ => unbuilt::answer(Method::POST, uri).await.into_response(),
    }
}

fn inspect(engine: &Engine, name: &str, version: ApiVersion) -> Result<Answer<Value>, ApiError> {
    let state = engine.state();
    let era = state.rules().era;
    let image = state.image(name).map_err(|error| inspect_refusal(error, name, era))?;
    let mut shown = json!({
        "Id": image.id,
        "RepoTags": image.tags,
        "RepoDigests": [],
        "Parent": "",
        "Comment": image.comment,
        "Created": rfc3339(image.created),
    });
    let mut add = |name: &str, value: Value| shown[name] = value;
    if era == Era::E20_10 {
        add("Container", json!(""));
        add("ContainerConfig", blank_config());
    }
    add(
        "DockerVersion",
        json!(if image.imported { state.rules().version } else { "" }),
    );
    add("Author", json!(""));
    add("Config", config(image, era));
    add("Architecture", json!(engine.facts().go_arch));
    add("Os", json!("linux"));
    add("Size", json!(image.size));
    if version < ApiVersion(44) {
        add("VirtualSize", json!(image.size));
    }
    add("GraphDriver", json!({ "Data": null, "Name": "tmpfs" }));
    add("RootFS", json!({ "Type": "layers", "Layers": image.layers }));
    let tagged = image.tagged.map_or_else(|| ZERO.to_owned(), rfc3339);
    add("Metadata", json!({ "LastTagTime": tagged }));
    Ok(ok(shown))
}

/// `Config` as 20.10 prints it, with the members of a container's.
fn blank_config() -> Value {
    json!({
        "Hostname": "", "Domainname": "", "User": "", "AttachStdin": false, "AttachStdout": false, "AttachStderr": false,
        "Tty": false, "OpenStdin": false, "StdinOnce": false, "Env": null, "Cmd": null, "Image": "", "Volumes": null,
        "WorkingDir": "", "Entrypoint": null, "OnBuild": null, "Labels": null,
    })
}

fn config(image: &ImageRecord, era: Era) -> Value {
    let list = |list: &[String]| if list.is_empty() { Value::Null } else { json!(list) };
    let labels = if image.labels.is_empty() {
        Value::Null
    } else {
        json!(image.labels)
    };
    let ports: serde_json::Map<_, _> = image
        .exposed_ports
        .iter()
        .map(|port| (port.clone(), json!({})))
        .collect();
    let members = [
        ("User", json!(image.user)),
        ("ExposedPorts", json!(ports)),
        ("Env", list(&image.env)),
        ("Cmd", list(&image.cmd)),
        ("WorkingDir", json!(image.workdir)),
        ("Entrypoint", list(&image.entrypoint)),
        ("Labels", labels),
    ];
    let mut config = if era == Era::E20_10 { blank_config() } else { json!({}) };
    for (name, value) in members {
        // 28 prints an image's configuration as OCI has it: what is empty is left out.
        let empty = value.is_null() || value == "" || value.as_object().is_some_and(serde_json::Map::is_empty);
        if !empty {
            config[name] = value;
        }
    }
    config
}

fn history(engine: &Engine, name: &str) -> Result<Answer<Value>, ApiError> {
    let state = engine.state();
    let image = state.image(name)?;
    let tags = if image.tags.is_empty() {
        Value::Null
    } else {
        json!(image.tags)
    };
    Ok(ok(json!([{
        "Comment": image.comment,
        "Created": image.created.div_euclid(1_000_000_000),
        "CreatedBy": "",
        "Id": image.id,
        "Size": image.size,
        "Tags": tags,
    }])))
}

async fn tag(engine: &Engine, name: &str, query: &Query) -> Result<StatusCode, ApiError> {
    let state = engine.state();
    let rules = state.rules();
    if !rules.reads_tag_first {
        state.image(name)?;
    }
    // 20.10 has no status for a target that is no name.
    let status = match rules.era {
        Era::E28 => StatusCode::BAD_REQUEST,
        Era::E20_10 => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let target = Reference::of_parts(query.text("repo"), query.text("tag"), rules)
        .and_then(|target| target.ok_or_else(|| "invalid reference format".to_owned()))
        .map_err(|words| ApiError::new(status, words))?;
    if target.repository == "sha256" {
        return Err(ApiError::invalid(
            "refusing to create an ambiguous tag using digest algorithm as name",
        ));
    }
    let image = name.to_owned();
    engine.request(Request::TagImage { image, target }).await?;
    Ok(StatusCode::CREATED)
}

/// `DELETE /images/{name}`.
pub async fn remove(
    State(engine): State<Engine>,
    Path(image): Path<String>,
    query: Query,
) -> Result<Answer<Vec<Value>>, ApiError> {
    let force = query.flag("force");
    match engine.request(Request::RemoveImage { image, force }).await? {
        Reply::Images { removed, .. } => Ok(ok(removed.iter().map(removal).collect())),
        _ => Err(CoreError::unbuilt("the image was not removed").into()),
    }
}

fn removal(removal: &ImageRemoval) -> Value {
    match removal {
        ImageRemoval::Untagged(name) => json!({ "Untagged": name }),
        ImageRemoval::Deleted(id) => json!({ "Deleted": id }),
    }
}

/// A progress line as Docker ends them.
fn progress(status: &str) -> Response {
    let line = format!("{}\r\n", json!({ "status": status }));
    (
        [(axum::http::header::CONTENT_TYPE, "application/json")],
        Body::from(line),
    )
        .into_response()
}
