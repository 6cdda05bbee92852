//! Request bodies that nobody reads to their end.
//!
//! An answer that comes before a client has sent everything must not close the connection under it: the client would see its
//! own broken pipe and never the answer. What is left is read or waited for as Go's server does it (`net/http`, `server.go`).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

/// Bytes that are read for nothing (`maxPostHandlerReadBytes`).
const READ: usize = 256 << 10;
/// How long a client that has more to send may take to read its answer (`rstAvoidanceDelay`).
const READING: Duration = Duration::from_millis(500);

/// A body that stays for a moment when it is let go too early.
pub struct Lingering(Option<Incoming>);

impl Lingering {
    /// This one, from now on.
    pub const fn new(body: Incoming) -> Self {
        Self(Some(body))
    }
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let left = self.0.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Ok(runtime)) = (left, Handle::try_current()) {
            runtime.spawn(linger(body));
        }
    }
}

/// Reads a little; who has more than that is given time.
async fn linger(mut body: Incoming) {
    let mut read = 0;
    let rest = async {
        while read < READ {
            let Some(Ok(frame)) = body.frame().await else { return };
            read += frame.data_ref().map_or(0, Bytes::len);
        }
        sleep(READING).await;
    };
    let _ = timeout(2 * READING, rest).await;
}
