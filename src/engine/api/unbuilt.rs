//! Routes that are not here: Docker's own that this engine does not build say what is missing, the others are not found.

use axum::http::{Method, Uri};

use super::error::ApiError;
use super::serve::page_not_found;

/// Method (`*` for any), path pattern (`*` for any segments, at least one), what it would do.
const UNBUILT: &[(&str, &str, &str)] = &[
    ("POST", "auth", "logging in to a registry"),
    ("POST", "build", "building images"),
    ("POST", "build/*", "building images"),
    ("POST", "session", "building images with BuildKit"),
    ("POST", "grpc", "building images with BuildKit"),
    ("POST", "commit", "making an image from a container"),
    ("GET", "system/df", "disk usage"),
    ("POST", "containers/*/update", "updating containers"),
    ("POST", "containers/*/pause", "pausing containers"),
    ("POST", "containers/*/unpause", "pausing containers"),
    ("GET", "containers/*/stats", "statistics"),
    ("GET", "containers/*/changes", "changes of a container's files"),
    ("GET", "containers/*/export", "exporting a container"),
    ("*", "containers/*/archive", "copying files into or out of a container"),
    ("GET", "containers/*/attach/ws", "attaching by web socket"),
    ("POST", "images/load", "loading images"),
    ("POST", "images/*/push", "pushing images"),
    ("GET", "images/search", "searching a registry"),
    ("GET", "images/get", "saving images"),
    ("GET", "images/*/get", "saving images"),
    ("GET", "distribution/*", "asking a registry"),
    ("GET", "volumes", "volumes"),
    ("POST", "volumes/create", "volumes"),
    ("POST", "volumes/prune", "volumes"),
    ("GET", "plugins", "plugins"),
    ("GET", "plugins/privileges", "plugins"),
    ("POST", "plugins/pull", "plugins"),
    ("POST", "plugins/create", "plugins"),
    ("*", "swarm", "Swarm"),
    ("*", "swarm/*", "Swarm"),
    ("GET", "nodes", "Swarm"),
    ("GET", "services", "Swarm services"),
    ("POST", "services/create", "Swarm services"),
    ("GET", "tasks", "Swarm tasks"),
    ("GET", "secrets", "Swarm secrets"),
    ("POST", "secrets/create", "Swarm secrets"),
    ("GET", "configs", "Swarm configs"),
    ("POST", "configs/create", "Swarm configs"),
];

/// How Docker says that an object of that name is not there.
type Words = fn(&str) -> String;

/// Objects of kinds of which there are none: the path's first segment, and how Docker says that one is not there.
const NONE_OF: &[(&str, Words)] = &[
    ("volumes", |name| format!("get {name}: no such volume")),
    ("plugins", |name| format!("plugin \"{name}\" not found")),
    ("services", |name| format!("service {name} not found")),
    ("tasks", |name| format!("task {name} not found")),
    ("nodes", |name| format!("node {name} not found")),
    ("secrets", |name| format!("secret {name} not found")),
    ("configs", |name| format!("config {name} not found")),
];

/// Whatever no route took.
pub async fn answer(method: Method, uri: Uri) -> ApiError {
    let path = uri.path().trim_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    let known = UNBUILT.iter().find(|(verb, pattern, _)| {
        (*verb == "*" || *verb == method.as_str()) && fits(&pattern.split('/').collect::<Vec<_>>(), &segments)
    });
    if let Some((_, _, what)) = known {
        return ApiError::unbuilt(format!("this engine does not have {what} yet"));
    }
    let none = NONE_OF.iter().find(|(kind, _)| segments.first() == Some(kind));
    match (none, segments.get(1)) {
        (Some((_, words)), Some(name)) => ApiError::not_found(words(name)),
        _ => page_not_found(),
    }
}

fn fits(pattern: &[&str], segments: &[&str]) -> bool {
    match (pattern, segments) {
        ([], []) => true,
        (["*", rest @ ..], [_, tail @ ..]) => {
            (1..=segments.len()).any(|taken| fits(rest, &segments[taken..])) || fits(rest, tail)
        }
        ([word, rest @ ..], [segment, tail @ ..]) if word == segment => fits(rest, tail),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(method: Method, path: &str) -> (u16, String) {
        let error = answer(method, path.parse().unwrap()).await;
        (error.status.as_u16(), error.message)
    }

    #[tokio::test]
    async fn dockers_routes_say_what_is_missing_and_others_are_not_found() {
        assert_eq!(said(Method::POST, "/commit").await.0, 501);
        assert_eq!(
            said(Method::POST, "/images/a/b/c/push").await,
            (501, "this engine does not have pushing images yet".into())
        );
        assert_eq!(said(Method::GET, "/nosuch").await, (404, "page not found".into()));
        assert_eq!(
            said(Method::PUT, "/networks/create").await,
            (404, "page not found".into())
        );
    }

    #[tokio::test]
    async fn objects_of_which_there_are_none_are_not_found() {
        assert_eq!(
            said(Method::GET, "/volumes/x").await,
            (404, "get x: no such volume".into())
        );
        assert_eq!(
            said(Method::GET, "/plugins/x/json").await,
            (404, "plugin \"x\" not found".into())
        );
        assert_eq!(
            said(Method::GET, "/services/x").await,
            (404, "service x not found".into())
        );
        assert_eq!(said(Method::GET, "/volumes").await.0, 501);
    }
}
