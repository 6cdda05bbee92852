//! Names with slashes in a path (`/containers/web/database/json`): Docker's routes take them as they are
//! (`{name:.*}` in moby `api/server/router`), ours want one segment.

use axum::http::{Method, Uri};

/// A resource and what may follow the name of one.
const ROUTES: [(&str, &[&str]); 2] = [
    (
        "/containers/",
        &[
            "archive", "attach", "changes", "exec", "export", "json", "kill", "logs", "pause", "rename", "resize",
            "restart", "start", "stats", "stop", "top", "unpause", "update", "wait",
        ],
    ),
    ("/networks/", &["connect", "disconnect"]),
];

/// The same address with the slashes inside a name escaped; `None` where there are none.
#[must_use]
pub fn escaped(method: &Method, uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let (resource, rest, actions) = ROUTES
        .iter()
        .find_map(|(resource, actions)| Some((*resource, path.strip_prefix(resource)?, *actions)))?;
    let (name, action) = match rest.rsplit_once('/') {
        Some((name, action)) if *method != Method::DELETE && actions.contains(&action) => (name, Some(action)),
        _ => (rest, None),
    };
    if !name.contains('/') {
        return None;
    }
    let mut whole = format!("{resource}{}", name.replace('/', "%2F"));
    if let Some(action) = action {
        whole.push('/');
        whole.push_str(action);
    }
    if let Some(query) = uri.query() {
        whole.push('?');
        whole.push_str(query);
    }
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &Method, path: &str) -> Option<String> {
        escaped(method, &path.parse().unwrap()).map(|uri| uri.to_string())
    }

    #[test]
    fn only_the_slashes_inside_a_name_are_escaped() {
        let cases = [
            (
                Method::GET,
                "/containers/web/db/json?size=1",
                Some("/containers/web%2Fdb/json?size=1"),
            ),
            (
                Method::DELETE,
                "/containers/web/db?link=1",
                Some("/containers/web%2Fdb?link=1"),
            ),
            (Method::DELETE, "/containers/web/json", Some("/containers/web%2Fjson")),
            (Method::POST, "/networks/a/b/connect", Some("/networks/a%2Fb/connect")),
            (Method::GET, "/networks/a/b", Some("/networks/a%2Fb")),
            (Method::GET, "/containers/web/json", None),
            (Method::GET, "/containers/json", None),
            (Method::POST, "/containers/create", None),
            (Method::GET, "/images/a/b/json", None),
        ];
        for (method, path, expected) in cases {
            assert_eq!(of(&method, path).as_deref(), expected, "{method} {path}");
        }
    }
}
