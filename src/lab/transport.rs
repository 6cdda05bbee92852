//! HTTP to a backend: a fresh stream for every request, so that a hijacked one (attach, exec) takes nothing from the others.

use std::collections::BTreeMap;
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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::error::LabError;

/// For the head of an answer.
const TIMEOUT_SECONDS: u64 = 120;

/// Opens a stream to an engine.
pub type Opener = dyn Fn() -> io::Result<StdUnixStream> + Send + Sync;

/// How to reach an engine.
#[derive(Clone)]
pub enum Backend {
    /// Streams handed out by the built-in engine's launcher; no path is involved.
    Streams(Arc<Opener>),
    /// A unix socket: `cnm lab --socket`'s, or a real Engine's that is only looked at.
    UnixPath(PathBuf),
    /// An Engine on which we make things beside those of others.
    Engine(Arc<SharedEngine>),
}

/// An Engine that is not ours alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedEngine {
    /// Where it is.
    pub address: Address,
    /// Labels of every network and container that we make there: by them they are found again.
    pub labels: Labels,
}

/// Label of what we made on an Engine of others; its value tells by which run of ours.
pub const MADE: &str = "cnm.made";
/// Label with the name that we gave it. An image that is made of our container has the container's labels, and what is run of that
/// image too: only where the name is the same, it is what we made.
pub const NAME: &str = "cnm.name";

/// Labels by their keys.
pub type Labels = BTreeMap<String, String>;

/// Where an Engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// On a unix socket.
    Unix(PathBuf),
    /// On a host and port, without TLS.
    Tcp(String),
}

impl fmt::Display for Address {
    /// As `DOCKER_HOST` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

/// A stream to an engine, of whatever kind.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Backend {
    /// Where it is, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Streams(_) => "the built-in engine".into(),
            Self::UnixPath(path) => path.display().to_string(),
            Self::Engine(engine) => engine.address.to_string(),
        }
    }

    /// Labels of what is made there; none where everything is ours.
    pub(super) fn labels(&self) -> Labels {
        match self {
            Self::Streams(_) | Self::UnixPath(_) => Labels::new(),
            Self::Engine(engine) => engine.labels.clone(),
        }
    }

    /// A Docker client over this backend that speaks the Engine's own version of the API.
    ///
    /// # Errors
    /// Nothing answers there, or what answers is not a Docker Engine.
    pub async fn docker(&self) -> Result<Docker, LabError> {
        let told = |source| LabError::new(self.place(), source);
        let docker = self.client(TIMEOUT_SECONDS).map_err(told)?;
        docker.negotiate_version().await.map_err(told)
    }

    async fn dial(&self) -> io::Result<Box<dyn Stream>> {
        let path = match self {
            Self::Streams(open) => {
                let stream = open()?;
                stream.set_nonblocking(true)?;
                return Ok(Box::new(UnixStream::from_std(stream)?));
            }
            Self::UnixPath(path) => path,
            Self::Engine(engine) => match &engine.address {
                Address::Unix(path) => path,
                Address::Tcp(address) => return Ok(Box::new(TcpStream::connect(address).await?)),
            },
        };
        Ok(Box::new(UnixStream::connect(path).await?))
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
    fn client(&self, timeout: u64) -> Result<Docker, bollard::errors::Error> {
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
