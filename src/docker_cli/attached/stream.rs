//! Docker's multiplexed streams: frames that say whether they are output or errors.

use std::io::{self, Write};

/// Length of a frame's header: stream, three zeros, length in network order.
const HEADER: usize = 8;

/// Takes a multiplexed stream apart as its bytes arrive.
#[derive(Debug, Default)]
pub(in crate::docker_cli) struct Demultiplexer {
    pending: Vec<u8>,
}

impl Demultiplexer {
    /// Writes what the bytes complete to `out` and `err`.
    ///
    /// # Errors
    /// A write failed, or the bytes are no such stream.
    pub(in crate::docker_cli) fn feed(
        &mut self,
        bytes: &[u8],
        out: &mut impl Write,
        err: &mut impl Write,
    ) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(header) = self.pending.get(at..at + HEADER) {
            let length = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
            let kind = header[0];
            let Some(payload) = self.pending.get(at + HEADER..at + HEADER + length) else {
                break;
            };
            match kind {
                0 | 1 => out.write_all(payload)?,
                2 => err.write_all(payload)?,
                3 => {
                    let message = String::from_utf8_lossy(payload).into_owned();
                    return Err(io::Error::other(format!("error from daemon in stream: {message}")));
                }
                other => return Err(io::Error::other(format!("Unrecognized input header: {other}"))),
            }
            at += HEADER + length;
        }
        self.pending.drain(..at);
        out.flush()?;
        err.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![kind, 0, 0, 0];
        frame.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
        frame.extend(payload);
        frame
    }

    #[test]
    fn frames_cut_anywhere_are_put_together() {
        let stream = [
            frame(1, b"one\n"),
            frame(2, b"two\n"),
            frame(1, b""),
            frame(1, b"three\n"),
        ]
        .concat();
        for cut in 0..stream.len() {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut demultiplexer = Demultiplexer::default();
            demultiplexer.feed(&stream[..cut], &mut out, &mut err).unwrap();
            demultiplexer.feed(&stream[cut..], &mut out, &mut err).unwrap();
            assert_eq!(
                (out.as_slice(), err.as_slice()),
                (&b"one\nthree\n"[..], &b"two\n"[..]),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn rubbish_is_an_error() {
        let feed = |bytes: &[u8]| Demultiplexer::default().feed(bytes, &mut Vec::new(), &mut Vec::new());
        assert!(feed(&frame(9, b"x")).is_err());
        assert!(feed(&frame(3, b"x")).is_err());
    }
}
