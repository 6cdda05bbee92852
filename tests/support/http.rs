//! Plain HTTP to a lab's engine: what no client library offers, and the lab's own routes.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use super::Lab;

impl Lab {
    /// One request as it is; the answer's status and body.
    pub fn http(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.http_bytes(method, path, body.as_bytes())
    }

    /// The same with a body that may be no text.
    pub fn http_bytes(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        let mut stream = UnixStream::connect(&self.socket).expect("the engine's socket");
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n"
        )
        .expect("a request");
        stream.write_all(body).expect("a body");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        (status.expect("a status"), body.to_owned())
    }

    /// The steps of the newest plan whose title begins so, as `GET /lab/plans` tells them.
    pub fn steps(&self, title: &str) -> Vec<serde_json::Value> {
        let (_, plans) = self.http("GET", "/lab/plans", "");
        let plans: Vec<serde_json::Value> = serde_json::from_str(&plans).expect("plans");
        let begins = |plan: &&serde_json::Value| plan["title"].as_str().is_some_and(|t| t.starts_with(title));
        let found = plans.iter().rfind(begins);
        let found = found.unwrap_or_else(|| panic!("no plan {title:?} among {plans:#?}"));
        found["steps"].as_array().expect("steps").clone()
    }

    /// The next plan whose title begins so is refused at that step (from 0). The lab was started with `CNM_FAULTS=1`.
    pub fn fail_next(&self, title: &str, step: usize) {
        let body = format!(r#"{{"title_prefix":"{title}","step":{step}}}"#);
        let answer = self.http("POST", "/lab/faults", &body);
        assert_eq!(answer, (204, String::new()));
    }
}
