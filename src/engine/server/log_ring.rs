//! What a container wrote, by lines, bounded.

use std::collections::VecDeque;
use std::sync::Arc;

/// Which of a container's output streams; the number is the one of Docker's frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout = 1,
    /// Standard error.
    Stderr = 2,
}

/// A line, with its end where it had one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which stream.
    pub stream: Stream,
    /// When it was complete, nanoseconds since the Unix epoch.
    pub at: i64,
    /// Its bytes.
    pub text: Arc<[u8]>,
}

/// Longest piece kept as one line (moby, `daemon/logger`).
const LONGEST: usize = 16 * 1024;

/// What a line takes beside its text: its place, the counts of its text and what an allocation is rounded up by. Without it a
/// log of empty lines would take thirty times its size.
const LINE: usize = size_of::<Line>() + 2 * size_of::<usize>() + 16;

/// The newest lines of one container, at most `capacity` bytes of memory. One of no bytes keeps nothing.
#[derive(Debug)]
pub struct LogRing {
    lines: VecDeque<Line>,
    /// Lines that gave way: the number of the oldest that is kept.
    gone: u64,
    /// Memory that they take.
    bytes: usize,
    capacity: usize,
    /// The beginning of a line whose end has not come, per stream.
    open: [Vec<u8>; 2],
}

impl LogRing {
    /// An empty ring.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            gone: 0,
            bytes: 0,
            capacity,
            open: [Vec::new(), Vec::new()],
        }
    }

    /// Takes what a stream brought at `at`.
    pub fn push(&mut self, stream: Stream, at: i64, bytes: &[u8]) {
        if self.capacity == 0 {
            return;
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let open = &mut self.open[stream as usize - 1];
            open.extend_from_slice(piece);
            if piece.ends_with(b"\n") || open.len() >= LONGEST {
                let text = std::mem::take(open);
                self.keep(stream, at, text);
            }
        }
    }

    /// A stream has ended: its unfinished line is one too.
    pub fn finish(&mut self, stream: Stream, at: i64) {
        let text = std::mem::take(&mut self.open[stream as usize - 1]);
        if !text.is_empty() {
            self.keep(stream, at, text);
        }
    }

    /// Lines kept, oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter()
    }

    /// Number of the next line, counted from 0.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.gone + self.lines.len() as u64
    }

    /// Lines kept from number `from` on, and the number after them. A reader that was too slow misses the oldest.
    #[must_use]
    pub fn since(&self, from: u64) -> (Vec<Line>, u64) {
        let skip = usize::try_from(from.saturating_sub(self.gone)).unwrap_or(usize::MAX);
        (self.lines.iter().skip(skip).cloned().collect(), self.next())
    }

    fn keep(&mut self, stream: Stream, at: i64, text: Vec<u8>) {
        self.bytes += LINE + text.len();
        self.lines.push_back(Line {
            stream,
            at,
            text: text.into(),
        });
        while self.bytes > self.capacity {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= LINE + oldest.text.len();
            self.gone += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ring: &LogRing) -> Vec<String> {
        ring.lines()
            .map(|line| String::from_utf8_lossy(&line.text).into_owned())
            .collect()
    }

    #[test]
    fn pieces_become_lines_per_stream() {
        let mut ring = LogRing::new(1000);
        ring.push(Stream::Stdout, 1, b"one\ntw");
        ring.push(Stream::Stderr, 2, b"err\n");
        ring.push(Stream::Stdout, 3, b"o\nthr");
        ring.finish(Stream::Stdout, 4);
        ring.finish(Stream::Stderr, 4);
        assert_eq!(texts(&ring), ["one\n", "err\n", "two\n", "thr"]);
    }

    #[test]
    fn the_oldest_lines_give_way() {
        let mut ring = LogRing::new(2 * (LINE + 5));
        for number in 0..100 {
            ring.push(Stream::Stdout, number, format!("{number:03}\n").as_bytes());
        }
        assert_eq!(texts(&ring), ["098\n", "099\n"]);
        assert_eq!(ring.since(99).0.len(), 1);
        assert_eq!(
            (ring.since(0).0.len(), ring.since(100).0.len(), ring.next()),
            (2, 0, 100)
        );
    }

    #[test]
    fn short_lines_are_not_free() {
        const CAPACITY: usize = 1 << 20;
        let mut ring = LogRing::new(CAPACITY);
        ring.push(Stream::Stdout, 0, &b"\n".repeat(CAPACITY));
        let kept = ring.lines().count();
        assert!(kept * size_of::<Line>() <= CAPACITY, "{kept} lines");
        assert_eq!((ring.bytes, ring.next()), (kept * (LINE + 1), CAPACITY as u64));
        assert!(ring.bytes > CAPACITY - 2 * LINE, "it is full: {}", ring.bytes);
    }

    #[test]
    fn a_ring_of_no_bytes_keeps_nothing() {
        let mut ring = LogRing::new(0);
        ring.push(Stream::Stdout, 0, b"one\ntwo");
        ring.finish(Stream::Stdout, 0);
        assert_eq!((ring.lines().count(), ring.next(), ring.open[0].capacity()), (0, 0, 0));
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut ring = LogRing::new(1 << 20);
        ring.push(Stream::Stdout, 0, &vec![b'x'; LONGEST]);
        ring.push(Stream::Stdout, 0, b"y");
        assert_eq!(ring.lines().count(), 1);
    }
}
