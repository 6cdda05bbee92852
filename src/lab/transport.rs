//! HTTP to a backend: a fresh stream for every request, so that a hijacked one (attach, exec) takes nothing from the others.

use std::fmt;
use std::io;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::PathBuf;
use std::sync::Arc;

use bollard::{BollardRequest, Docker};
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

/// Opens a stream to an engine.
pub type Opener = dyn Fn() -> io::Result<StdUnixStream> + Send + Sync;

/// How to reach an engine.
#[derive(Clone)]
pub enum Backend {
    /// Streams handed out by the built-in engine's launcher; no path is involved.
    Streams(Arc<Opener>),
    /// A unix socket: `cnm lab --socket`'s, or a real Engine's.
    UnixPath(PathBuf),
}

impl Backend {
    /// Where it is, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Streams(_) => "the built-in engine".into(),
            Self::UnixPath(path) => path.display().to_string(),
        }
    }

    async fn dial(&self) -> io::Result<UnixStream> {
        match self {
            Self::Streams(open) => {
                let stream = open()?;
                stream.set_nonblocking(true)?;
                UnixStream::from_std(stream)
            }
            Self::UnixPath(path) => UnixStream::connect(path).await,
        }
    }

    /// Sends one request on a stream of its own.
    pub(super) async fn send<B>(&self, request: Request<B>) -> Result<Response<Incoming>, SendError>
    where
        B: hyper::body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = self.dial().await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // Ends by itself when the answer has been read, or handed over after an upgrade.
        tokio::spawn(connection.with_upgrades());
        Ok(sender.send_request(request).await?)
    }

    /// A Docker client over this backend. `timeout` is in seconds, for the head of each answer.
    pub(super) fn client(&self, timeout: u64) -> Result<Docker, bollard::errors::Error> {
        let backend = self.clone();
        let transport = move |request: BollardRequest| {
            let backend = backend.clone();
            Box::pin(async move { backend.send(in_origin_form(request)).await.map_err(Into::into) })
                as std::pin::Pin<Box<dyn Future<Output = _> + Send>>
        };
        Docker::connect_with_custom_transport(transport, Some("http://cnm"), timeout, bollard::API_DEFAULT_VERSION)
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}

/// Why a request had no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

impl From<SendError> for bollard::errors::Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Io(err) => Self::IOError { err },
            SendError::Http(err) => Self::HyperResponseError { err },
        }
    }
}

/// On a connection of its own a request names its path and, apart, its host (RFC 9112, 3.2.1).
fn in_origin_form<B>(mut request: Request<B>) -> Request<B> {
    let path = request
        .uri()
        .path_and_query()
        .cloned()
        .unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(path);
    request
        .headers_mut()
        .entry(HOST)
        .or_insert(HeaderValue::from_static("cnm"));
    request
}
