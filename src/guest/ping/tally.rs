//! What was sent, what came back, how long it took.

use std::collections::VecDeque;
use std::time::Duration;

use super::socket::Reply;

/// Requests whose replies may still be timed; older ones count without a time.
const REMEMBERED: usize = 1024;
/// A round trip can be told only where a time stamp would fit the data (busybox carries it there).
const TIMED_FROM: usize = 4;

/// What a reply told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    /// Round trip, where the packet had room for its time.
    pub time: Option<Duration>,
    /// Whether an earlier one answered the same request.
    pub again: bool,
}

/// Counts and times of one run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    transmitted: u64,
    received: u64,
    repeated: u64,
    timed: u64,
    shortest: Duration,
    longest: Duration,
    total: Duration,
    /// Sum of the squares, in microseconds.
    squares: u128,
    /// Moving average of round trips, in eighths of microseconds: each new one weighs an eighth.
    smoothed: u64,
    /// The first sequence number.
    first: u64,
    /// Sequence number, time sent, whether it was answered.
    pending: VecDeque<(u16, Duration, bool)>,
}

impl Tally {
    /// Notes a request sent at `now`; its sequence number.
    pub(super) fn sent(&mut self, now: Duration) -> u16 {
        let sequence = ((self.transmitted + self.first) & 0xffff) as u16;
        self.transmitted += 1;
        if self.pending.len() == REMEMBERED {
            self.pending.pop_front();
        }
        self.pending.push_back((sequence, now, false));
        sequence
    }

    /// Counts sequence numbers from 1, as iputils does.
    pub(super) fn from_one() -> Self {
        Self {
            first: 1,
            ..Self::default()
        }
    }

    /// Notes a reply; nothing where no request asked for it.
    pub(super) fn received(&mut self, reply: &Reply, now: Duration, size: usize) -> Option<Heard> {
        let (_, sent, answered) = self
            .pending
            .iter_mut()
            .rev()
            .find(|(sequence, ..)| *sequence == reply.sequence)?;
        let again = std::mem::replace(answered, true);
        let time = now.saturating_sub(*sent);
        let time = (size >= TIMED_FROM).then_some(time);
        if let Some(time) = time {
            self.time(time);
        }
        if again {
            self.repeated += 1;
        } else {
            self.received += 1;
        }
        Some(Heard { time, again })
    }

    fn time(&mut self, time: Duration) {
        self.shortest = if self.timed == 0 { time } else { self.shortest.min(time) };
        self.longest = self.longest.max(time);
        self.total += time;
        self.squares += time.as_micros().pow(2);
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX / 8);
        self.smoothed = if self.timed == 0 {
            micros * 8
        } else {
            self.smoothed - self.smoothed / 8 + micros
        };
        self.timed += 1;
    }

    /// Requests sent.
    pub(super) const fn transmitted(&self) -> u64 {
        self.transmitted
    }

    /// Requests answered.
    pub(super) const fn replies(&self) -> u64 {
        self.received
    }

    /// How long to wait after the last request: `first` while nothing has come back, else about two round trips and
    /// at least a second.
    pub(super) fn last_wait(&self, first: Duration) -> Duration {
        if self.received == 0 {
            first
        } else {
            Duration::from_secs((self.longest * 2).as_secs().max(1))
        }
    }

    /// Percent of the requests that were not answered, rounded down.
    pub(super) fn lost(&self) -> u64 {
        let lost = self.transmitted.saturating_sub(self.received) * 100;
        lost.checked_div(self.transmitted).unwrap_or(0)
    }

    /// Replies beyond the first to a request.
    pub(super) const fn repeats(&self) -> u64 {
        self.repeated
    }

    /// Moving average of the round trips.
    pub(super) const fn moving_average(&self) -> Duration {
        Duration::from_micros(self.smoothed / 8)
    }

    /// Shortest, mean, longest round trip and their mean deviation; `None` where none was timed.
    pub(super) fn times(&self) -> Option<[Duration; 4]> {
        let timed = u128::from(self.timed);
        let mean = self.total.as_micros().checked_div(timed)?;
        let variance = (self.squares / timed).saturating_sub(mean.pow(2));
        let micros = |value: u128| Duration::from_micros(u64::try_from(value).unwrap_or(u64::MAX));
        Some([self.shortest, micros(mean), self.longest, micros(variance.isqrt())])
    }
}

/// Milliseconds with three decimals.
pub(super) fn millis(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:03}", micros / 1000, micros % 1000)
}
