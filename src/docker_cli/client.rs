//! The engine's HTTP API over its unix socket.
//!
//! Answers stay the bytes the engine sent: `docker inspect` prints them re-indented, unknown fields included.

use std::path::PathBuf;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, UPGRADE};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use super::failure::CallError;

/// The newest API version this client knows (Docker's CLI 28.2).
pub(super) const NEWEST: &str = "1.50";
/// What an engine speaks that does not say.
const OLDEST: &str = "1.24";

/// A client of one engine.
#[derive(Debug)]
pub(super) struct Client {
    socket: PathBuf,
    version: String,
    negotiated: bool,
}

impl Client {
    /// A client for the engine at a socket; `version` set by hand is not negotiated.
    pub(super) fn new(socket: PathBuf, version: Option<String>) -> Self {
        let negotiated = version.is_some();
        let version = version.unwrap_or_else(|| NEWEST.to_owned());
        Self {
            socket,
            version: version.trim_start_matches('v').to_owned(),
            negotiated,
        }
    }

    /// The API version in use.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Settles on the newest API version both sides speak. An engine that does not answer is left for the first real
    /// call to complain about.
    pub(super) async fn negotiate(&mut self) {
        if self.negotiated {
            return;
        }
        self.negotiated = true;
        let mut answer = self.exchange(Method::HEAD, "/_ping".into(), None, false).await;
        if !matches!(&answer, Ok(response) if response.status().is_success()) {
            answer = self.exchange(Method::GET, "/_ping".into(), None, false).await;
        }
        if let Ok(response) = answer {
            let theirs = response
                .headers()
                .get("api-version")
                .and_then(|version| version.to_str().ok())
                .unwrap_or(OLDEST);
            if is_older(theirs, &self.version) {
                theirs.clone_into(&mut self.version);
            }
        }
    }

    /// Calls the API; the answer's body is still to be read.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Incoming>, CallError> {
        let path = format!("/v{}{path}", self.version);
        accept(self.exchange(method, path, body, false).await?).await
    }

    /// `GET` and read all.
    pub(super) async fn get(&self, path: &str) -> Result<Bytes, CallError> {
        collect(self.call(Method::GET, path, None).await?).await
    }

    /// `GET` and decode.
    pub(super) async fn get_json(&self, path: &str) -> Result<Value, CallError> {
        Ok(serde_json::from_slice(&self.get(path).await?)?)
    }

    /// `POST` and read all.
    pub(super) async fn post(&self, path: &str, body: Option<&Value>) -> Result<Bytes, CallError> {
        collect(self.call(Method::POST, path, body).await?).await
    }

    /// `DELETE` and read all.
    pub(super) async fn delete(&self, path: &str) -> Result<Bytes, CallError> {
        collect(self.call(Method::DELETE, path, None).await?).await
    }

    /// `POST` that takes the connection over: the raw stream after `101 UPGRADED`.
    pub(super) async fn hijack(&self, path: &str) -> Result<hyper::upgrade::Upgraded, CallError> {
        let path = format!("/v{}{path}", self.version);
        let response = accept(self.exchange(Method::POST, path, None, true).await?).await?;
        Ok(hyper::upgrade::on(response).await?)
    }

    async fn exchange(
        &self,
        method: Method,
        path: String,
        body: Option<&Value>,
        upgrade: bool,
    ) -> Result<Response<Incoming>, CallError> {
        let stream = UnixStream::connect(&self.socket)
            .await
            .map_err(|error| CallError::connecting(&self.socket, error))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // An error of the connection reaches the caller through its request as well.
        tokio::spawn(connection.with_upgrades());
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "api.moby.localhost");
        if upgrade {
            request = request.header(CONNECTION, "Upgrade").header(UPGRADE, "tcp");
        }
        let bytes = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Bytes::from(serde_json::to_vec(body)?)
            }
            None => Bytes::new(),
        };
        let request = request.body(Full::new(bytes)).map_err(std::io::Error::other)?;
        Ok(sender.send_request(request).await?)
    }
}

async fn collect(response: Response<Incoming>) -> Result<Bytes, CallError> {
    Ok(response.into_body().collect().await?.to_bytes())
}

/// Passes success on; turns an error answer into its message.
async fn accept(response: Response<Incoming>) -> Result<Response<Incoming>, CallError> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(response);
    }
    let body = collect(response).await?;
    let message = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|answer| answer["message"].as_str().map(|message| message.trim().to_owned()))
        .unwrap_or_else(|| String::from_utf8_lossy(&body).trim().to_owned());
    Err(CallError::Refused {
        status: status.as_u16(),
        message,
    })
}

/// Whether one API version comes before another, number by number.
pub(super) fn is_older(one: &str, other: &str) -> bool {
    let numbers = |version: &str| -> Vec<u32> { version.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    numbers(one) < numbers(other)
}

/// Percent-encodes a part of a path or a query (RFC 3986's unreserved characters stay).
pub(super) fn encode(text: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// `?a=1&b=2` of the pairs that have a value; nothing where none has.
pub(super) fn query(pairs: &[(&str, Option<String>)]) -> String {
    let parts: Vec<String> = pairs
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={}", encode(value))))
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("?{}", parts.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(is_older("1.41", "1.50"));
        assert!(is_older("1.9", "1.24"));
        assert!(!is_older("1.50", "1.50"));
    }

    #[test]
    fn queries_are_encoded() {
        let filters = Some("{\"name\":{\"x\":true}}".to_owned());
        assert_eq!(
            query(&[("all", None), ("filters", filters), ("limit", Some("1".into()))]),
            "?filters=%7B%22name%22%3A%7B%22x%22%3Atrue%7D%7D&limit=1"
        );
        assert_eq!(query(&[("all", None)]), "");
    }
}
