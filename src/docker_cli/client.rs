//! The engine's HTTP API over its socket.
//!
//! Answers stay the bytes the engine sent: `docker inspect` prints them re-indented, unknown fields included.

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc;

use super::Target;
use super::failure::CallError;

/// The newest API version this client knows (Docker's CLI 28.2).
pub(super) const NEWEST: &str = "1.50";
/// What an engine speaks that does not say.
const OLDEST: &str = "1.24";
/// The credentials of somebody who has none: `{}` in base64, as Docker's CLI sends with each pull.
const NO_CREDENTIALS: &str = "e30=";

/// What a request carries.
type Body = BoxBody<Bytes, std::io::Error>;

/// A client of one engine.
#[derive(Debug, Clone)]
pub(super) struct Client {
    target: Target,
    version: String,
    negotiated: bool,
}

/// One request in the making.
struct Call<'a> {
    method: Method,
    path: String,
    headers: &'a [(&'static str, &'static str)],
    body: Body,
}

impl Client {
    /// A client for an engine; `version` set by hand is not negotiated.
    pub(super) fn new(target: Target, version: Option<String>) -> Self {
        let negotiated = version.is_some();
        let version = version.unwrap_or_else(|| NEWEST.to_owned());
        Self {
            target,
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
        let mut answer = self.exchange(plain(Method::HEAD, "/_ping".into())).await;
        if !matches!(&answer, Ok(response) if response.status().is_success()) {
            answer = self.exchange(plain(Method::GET, "/_ping".into())).await;
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
        let mut call = plain(method, self.versioned(path));
        carry_json(&mut call, body)?;
        accept(self.exchange(call).await?).await
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

    /// `POST` and decode.
    pub(super) async fn post_json(&self, path: &str, body: Option<&Value>) -> Result<Value, CallError> {
        Ok(serde_json::from_slice(&self.post(path, body).await?)?)
    }

    /// `DELETE` and read all.
    pub(super) async fn delete(&self, path: &str) -> Result<Bytes, CallError> {
        collect(self.call(Method::DELETE, path, None).await?).await
    }

    /// Asks for an image; the answer's body tells the progress.
    pub(super) async fn pull(&self, path: &str) -> Result<Response<Incoming>, CallError> {
        let mut call = plain(Method::POST, self.versioned(path));
        call.headers = &[("x-registry-auth", NO_CREDENTIALS)];
        accept(self.exchange(call).await?).await
    }

    /// `POST` with a body that is sent piece by piece as it arrives.
    pub(super) async fn upload(
        &self,
        path: &str,
        mut pieces: mpsc::Receiver<std::io::Result<Bytes>>,
    ) -> Result<Response<Incoming>, CallError> {
        let stream = futures_util::stream::poll_fn(move |context| pieces.poll_recv(context));
        let frames = futures_util::StreamExt::map(stream, |piece| piece.map(Frame::data));
        let mut call = plain(Method::POST, self.versioned(path));
        call.headers = &[("content-type", "text/plain")];
        call.body = BoxBody::new(StreamBody::new(frames));
        accept(self.exchange(call).await?).await
    }

    /// `POST` that takes the connection over: the raw stream after `101 UPGRADED`.
    pub(super) async fn hijack(&self, path: &str, body: Option<&Value>) -> Result<hyper::upgrade::Upgraded, CallError> {
        let mut call = plain(Method::POST, self.versioned(path));
        carry_json(&mut call, body)?;
        call.headers = if body.is_some() {
            &[
                ("connection", "Upgrade"),
                ("upgrade", "tcp"),
                ("content-type", "application/json"),
            ]
        } else {
            &[("connection", "Upgrade"), ("upgrade", "tcp")]
        };
        let response = accept(self.exchange(call).await?).await?;
        Ok(hyper::upgrade::on(response).await?)
    }

    fn versioned(&self, path: &str) -> String {
        format!("/v{}{path}", self.version)
    }

    async fn exchange(&self, call: Call<'_>) -> Result<Response<Incoming>, CallError> {
        let refused = |error| CallError::connecting(&self.target, error);
        match &self.target {
            Target::Unix(path) => send(UnixStream::connect(path).await.map_err(refused)?, call).await,
            Target::Tcp(address) => send(TcpStream::connect(address).await.map_err(refused)?, call).await,
        }
    }
}

/// A request without a body.
fn plain(method: Method, path: String) -> Call<'static> {
    Call {
        method,
        path,
        headers: &[],
        body: whole(Bytes::new()),
    }
}

fn carry_json(call: &mut Call<'_>, body: Option<&Value>) -> Result<(), CallError> {
    if let Some(body) = body {
        call.headers = &[("content-type", "application/json")];
        call.body = whole(Bytes::from(serde_json::to_vec(body)?));
    }
    Ok(())
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

/// Sends one request over a fresh connection.
async fn send<S>(stream: S, call: Call<'_>) -> Result<Response<Incoming>, CallError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // An error of the connection reaches the caller through its request as well.
    tokio::spawn(connection.with_upgrades());
    let mut request = Request::builder()
        .method(call.method)
        .uri(call.path)
        .header(HOST, "api.moby.localhost");
    for (name, value) in call.headers {
        request = request.header(*name, *value);
    }
    let request = request.body(call.body).map_err(std::io::Error::other)?;
    Ok(sender.send_request(request).await?)
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
