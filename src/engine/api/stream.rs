//! Endless bodies: JSON lines and frames, sent as they come.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body_util::StreamBody;
use hyper::body::{Body, Frame};
use serde::Serialize;

use crate::engine::server::Stream;
use crate::engine::server::backlog::{Gone, LAG, Receiver, Sender, backlog};

/// The writing side of a body.
#[derive(Debug, Clone)]
pub struct Lines(Sender<Bytes>);

impl Lines {
    /// Sends one JSON value and a newline.
    pub async fn send<T: Serialize>(&self, value: &T) -> Result<(), Gone> {
        let mut text = serde_json::to_vec(value).map_err(|_| Gone)?;
        text.push(b'\n');
        self.bytes(text.into()).await
    }

    /// Sends bytes as they are.
    pub async fn bytes(&self, bytes: Bytes) -> Result<(), Gone> {
        let length = bytes.len();
        self.0.send(bytes, length).await
    }

    /// Waits until the client has gone.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

/// A body and its writing side. The response's head goes out at once.
pub fn lines() -> (Lines, impl Body<Data = Bytes, Error = Infallible>) {
    let (sender, receiver) = backlog(LAG);
    (Lines(sender), StreamBody::new(Pieces(receiver)))
}

struct Pieces(Receiver<Bytes>);

impl futures_util::Stream for Pieces {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// A frame of Docker's multiplexed streams: stream number, three zeros, length big-endian, payload (`pkg/stdcopy`).
#[must_use]
pub fn frame(stream: Stream, payload: &[u8]) -> Bytes {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(8 + payload.len());
    bytes.extend_from_slice(&[stream as u8, 0, 0, 0]);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_dockers_header() {
        assert_eq!(&frame(Stream::Stderr, b"abc")[..], b"\x02\0\0\0\0\0\0\x03abc");
    }
}
