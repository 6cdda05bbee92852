//! What a node without documents answers, request by request. Pure.

use hyper::StatusCode;
use serde_json::json;

use super::identity::Node;

/// One answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub content_type: &'static str,
    pub body: String,
}

const JSON: &str = "application/json; charset=UTF-8";
const TEXT: &str = "text/plain; charset=UTF-8";

/// The answer to a request; `now` is in Unix seconds.
pub(super) fn to(node: &Node, method: &str, path: &str, query: &str, now: i64) -> Answer {
    let path = path.trim_end_matches('/');
    let asked = |name: &str| {
        query.split('&').any(|part| {
            part == name
                || part
                    .split_once('=')
                    .is_some_and(|(key, value)| key == name && value != "false")
        })
    };
    let (pretty, titles) = (asked("pretty"), asked("v"));
    if !matches!(method, "GET" | "HEAD") {
        return refused(path, pretty);
    }
    match path {
        "" => text_answer(StatusCode::OK, JSON, root(node)),
        "/_cluster/health" => json_answer(StatusCode::OK, &health(), pretty),
        "/_nodes" | "/_nodes/_local" => json_answer(StatusCode::OK, &nodes(node), pretty),
        "/_search" | "/_all/_search" => json_answer(StatusCode::OK, &nothing_found(), pretty),
        "/_cat" => text_answer(StatusCode::OK, TEXT, CAT.to_owned()),
        "/_cat/health" => text_answer(StatusCode::OK, TEXT, cat_health(now, titles)),
        "/_cat/nodes" => text_answer(StatusCode::OK, TEXT, cat_nodes(node, titles)),
        "/_cat/master" => text_answer(StatusCode::OK, TEXT, cat_master(node, titles)),
        "/_cat/indices" => text_answer(StatusCode::OK, TEXT, cat_indices(titles)),
        _ if path.starts_with("/_") => {
            let sentence = format!("No handler found for uri [{path}] and method [{method}]");
            text_answer(StatusCode::BAD_REQUEST, TEXT, sentence)
        }
        _ => json_answer(StatusCode::NOT_FOUND, &no_index(path), pretty),
    }
}

fn text_answer(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    Answer {
        status,
        content_type,
        body,
    }
}

fn json_answer(status: StatusCode, body: &serde_json::Value, pretty: bool) -> Answer {
    let body = if pretty {
        spaced(body, 0) + "\n"
    } else {
        body.to_string()
    };
    text_answer(status, JSON, body)
}

/// JSON in the layout of the Java library: a blank on both sides of a colon, two per level.
fn spaced(value: &serde_json::Value, level: usize) -> String {
    let inner = "  ".repeat(level + 1);
    let outer = "  ".repeat(level);
    match value {
        serde_json::Value::Object(map) if map.is_empty() => "{ }".to_owned(),
        serde_json::Value::Object(map) => {
            let fields: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{inner}{} : {}", json!(key), spaced(value, level + 1)))
                .collect();
            format!("{{\n{}\n{outer}}}", fields.join(",\n"))
        }
        serde_json::Value::Array(list) if list.is_empty() => "[ ]".to_owned(),
        serde_json::Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(|value| spaced(value, level)).collect();
            format!("[ {} ]", parts.join(", "))
        }
        plain => plain.to_string(),
    }
}

/// The document of the lesson; always in the spaced layout, as the real one's.
fn root(node: &Node) -> String {
    let document = json!({
        "name": node.name,
        "cluster_name": "elasticsearch",
        "cluster_uuid": node.cluster,
        "version": {
            "number": "2.4.6",
            "build_hash": "5376dca9f70f3abef96a77f4bb22720ace8240fd",
            "build_timestamp": "2017-07-18T12:17:44Z",
            "build_snapshot": false,
            "lucene_version": "5.5.4"
        },
        "tagline": "You Know, for Search"
    });
    spaced(&document, 0) + "\n"
}

fn health() -> serde_json::Value {
    json!({
        "cluster_name": "elasticsearch",
        "status": "green",
        "timed_out": false,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
        "active_primary_shards": 0,
        "active_shards": 0,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": 0,
        "delayed_unassigned_shards": 0,
        "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 100.0
    })
}

fn nodes(node: &Node) -> serde_json::Value {
    json!({
        "cluster_name": "elasticsearch",
        "nodes": { node.id.as_str(): { "name": node.name, "version": "2.4.6" } }
    })
}

fn nothing_found() -> serde_json::Value {
    json!({
        "took": 1,
        "timed_out": false,
        "_shards": { "total": 0, "successful": 0, "failed": 0 },
        "hits": { "total": 0, "max_score": 0.0, "hits": [] }
    })
}

fn no_index(path: &str) -> serde_json::Value {
    let index = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let cause = json!({
        "type": "index_not_found_exception",
        "reason": "no such index",
        "resource.type": "index_or_alias",
        "resource.id": index,
        "index": index
    });
    let mut error = json!({ "root_cause": [cause] });
    if let (Some(error), Some(cause)) = (error.as_object_mut(), cause.as_object()) {
        error.extend(cause.clone());
    }
    json!({ "error": error, "status": 404 })
}

fn refused(path: &str, pretty: bool) -> Answer {
    let body = json!({
        "error": {
            "type": "unsupported_operation_exception",
            "reason": format!("this lab's server keeps no documents: nothing is written to [{path}]")
        },
        "status": 501
    });
    json_answer(StatusCode::NOT_IMPLEMENTED, &body, pretty)
}

const CAT: &str = "=^.^=\n/_cat/health\n/_cat/indices\n/_cat/master\n/_cat/nodes\n";

fn cat_health(now: i64, titles: bool) -> String {
    let clock = now.rem_euclid(86_400);
    let time = format!("{:02}:{:02}:{:02}", clock / 3600, clock / 60 % 60, clock % 60);
    let title = if titles {
        "epoch      timestamp cluster       status node.total node.data shards pri relo init unassign pending_tasks \
         max_task_wait_time active_shards_percent \n"
    } else {
        return format!("{now} {time} elasticsearch green 1 1 0 0 0 0 0 0 - 100.0% \n");
    };
    format!(
        "{title}{now} {time}  elasticsearch green           1         1      0   0    0    0        0             0 \
         {:>18} {:>21} \n",
        "-", "100.0%"
    )
}

fn cat_nodes(node: &Node, titles: bool) -> String {
    let title = if titles { "node.role master name\n" } else { "" };
    format!("{title}d         *      {}\n", node.name)
}

fn cat_master(node: &Node, titles: bool) -> String {
    let title = if titles { "id                     node\n" } else { "" };
    format!("{title}{} {}\n", node.id, node.name)
}

fn cat_indices(titles: bool) -> String {
    if titles {
        "health status index pri rep docs.count docs.deleted store.size pri.store.size \n".to_owned()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Node {
        Node {
            name: "Tarot".to_owned(),
            id: "i".repeat(22),
            cluster: "mQ8dG8pPQ2ivkF1iKuAWuA".to_owned(),
        }
    }

    fn get(path: &str, query: &str) -> Answer {
        to(&node(), "GET", path, query, 1_600_000_000)
    }

    #[test]
    fn the_root_is_the_lesson_s_document() {
        assert_eq!(
            get("/", "").body,
            r#"{
  "name" : "Tarot",
  "cluster_name" : "elasticsearch",
  "cluster_uuid" : "mQ8dG8pPQ2ivkF1iKuAWuA",
  "version" : {
    "number" : "2.4.6",
    "build_hash" : "5376dca9f70f3abef96a77f4bb22720ace8240fd",
    "build_timestamp" : "2017-07-18T12:17:44Z",
    "build_snapshot" : false,
    "lucene_version" : "5.5.4"
  },
  "tagline" : "You Know, for Search"
}
"#
        );
    }

    #[test]
    fn health_is_told_as_json_and_as_a_line() {
        let plain = get("/_cluster/health", "");
        assert!(
            plain
                .body
                .starts_with(r#"{"cluster_name":"elasticsearch","status":"green","timed_out":false,"#)
        );
        let pretty = get("/_cluster/health", "pretty");
        assert!(
            pretty.body.starts_with("{\n  \"cluster_name\" : \"elasticsearch\",\n"),
            "{}",
            pretty.body
        );
        assert_eq!(get("/_cluster/health", "pretty=false").body, plain.body);
        assert_eq!(
            get("/_cat/health", "").body,
            "1600000000 12:26:40 elasticsearch green 1 1 0 0 0 0 0 0 - 100.0% \n"
        );
        let lines = get("/_cat/health/", "v").body;
        let widths: Vec<usize> = lines.lines().map(str::len).collect();
        assert_eq!(widths[0], widths[1], "{lines}");
    }

    #[test]
    fn what_is_not_there_is_refused_in_the_server_s_forms() {
        let missing = get("/blog/_search", "");
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        let body: serde_json::Value = serde_json::from_str(&missing.body).unwrap();
        assert_eq!(body["error"]["root_cause"][0]["reason"], "no such index");
        assert_eq!(
            (&body["error"]["index"], &body["status"]),
            (&json!("blog"), &json!(404))
        );
        let unknown = get("/_nonsense", "");
        assert_eq!(unknown.body, "No handler found for uri [/_nonsense] and method [GET]");
        assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
        let written = to(&node(), "PUT", "/blog/post/1", "", 0);
        assert_eq!(written.status, StatusCode::NOT_IMPLEMENTED);
        assert!(written.body.contains("keeps no documents"));
    }
}
