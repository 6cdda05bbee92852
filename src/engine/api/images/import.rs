//! `POST /images/create`: an archive becomes an image; there is no registry to pull one from.

use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::progress;
use crate::engine::api::error::ApiError;
use crate::engine::api::query::Query;
use crate::engine::core::{ImageRecord, Reference, Reply, Request, Rules, apply_changes};
use crate::engine::server::{Engine, ImportError};
use crate::moment::now;

/// Import where `fromSrc` says so, else pull.
pub async fn create(State(engine): State<Engine>, query: Query, request: HttpRequest) -> Result<Response, ApiError> {
    if query.text("fromImage").is_empty() && !query.text("fromSrc").is_empty() {
        return import(engine, query, request.into_body()).await;
    }
    pull(&engine, &query).await
}

async fn import(engine: Engine, query: Query, body: Body) -> Result<Response, ApiError> {
    let rules = engine.state().rules();
    let name = Reference::of_parts(query.text("repo"), query.text("tag"), rules).map_err(ApiError::invalid)?;
    let source = query.text("fromSrc");
    if source != "-" {
        return Err(ApiError::unbuilt(format!(
            "this engine imports archives that are sent to it, and fetches none: {source}"
        )));
    }
    if !matches!(query.text("platform").split('/').next(), Some("" | "linux")) {
        return Err(ApiError::invalid("operating system is not supported"));
    }
    let comment = match query.text("message") {
        "" => format!("Imported from {source}"),
        message => message.to_owned(),
    };
    let mut image = ImageRecord {
        tags: name.iter().map(Reference::tagged).collect(),
        comment,
        imported: true,
        ..ImageRecord::default()
    };
    let changes: Vec<String> = query.all("changes").map(str::to_owned).collect();
    apply_changes(&mut image, &changes)?;
    // A client that goes away leaves nothing half done.
    let task = tokio::spawn(async move { finish(engine, image, body).await });
    let id = task
        .await
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))??;
    Ok(progress(&id))
}

/// The image's id, once it is there.
async fn finish(engine: Engine, mut image: ImageRecord, body: Body) -> Result<String, ApiError> {
    let rules = engine.state().rules();
    let refused = |error: ImportError| refusal(&error, rules);
    // Held until the image is committed.
    let turn = engine.imports().turn().await.map_err(refused)?;
    let taken = engine.state().stored();
    let shelved = engine.imports().unpack(&turn, body, taken).await.map_err(refused)?;
    let unpacked = shelved.unpacked;
    image.created = now();
    image.size = i64::try_from(unpacked.size).unwrap_or(i64::MAX);
    image.stored = unpacked.stored;
    image.layers = vec![unpacked.diff_id];
    image.store.clone_from(&shelved.store);
    image.id = id(&image);
    match engine.request(Request::ImportImage(Box::new(image))).await {
        Ok(Reply::Created { id, .. }) => Ok(id),
        Ok(_) => Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the image was not made",
        )),
        Err(error) => {
            engine.imports().remove(shelved.store).await;
            Err(error.into())
        }
    }
}

/// The digest of what the image is, its time included: as in Docker, the same archive gives another image each time.
fn id(image: &ImageRecord) -> String {
    let whole = json!({
        "created": image.created, "comment": image.comment, "layers": image.layers, "store": image.store, "cmd": image.cmd,
        "entrypoint": image.entrypoint, "env": image.env, "workdir": image.workdir, "user": image.user,
        "ports": image.exposed_ports, "labels": image.labels,
    });
    format!("sha256:{:x}", Sha256::digest(whole.to_string()))
}

fn refusal(error: &ImportError, rules: &Rules) -> ApiError {
    let words = match error {
        ImportError::Archive(fault) if rules.tells_tar_process => {
            format!("Error processing tar file(exit status 1): {fault}")
        }
        other => other.to_string(),
    };
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, words)
}

/// There is no registry: a name that is built in is up to date or comes back, any other is refused with those there are.
async fn pull(engine: &Engine, query: &Query) -> Result<Response, ApiError> {
    let rules = engine.state().rules();
    let wanted = Reference::of_parts(query.text("fromImage"), query.text("tag"), rules)
        .and_then(|wanted| wanted.ok_or_else(|| "invalid reference format".to_owned()))
        .map_err(ApiError::invalid)?;
    let name = wanted.tagged();
    let status = match engine.request(Request::PullImage(wanted)).await? {
        Reply::Unchanged => format!("Status: Image is up to date for {name}"),
        _ => format!("Status: {name} is back from the images built into cnm"),
    };
    Ok(progress(&status))
}
