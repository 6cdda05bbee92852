//! The numbered, replayable record of what was seen. No I/O and no clock: the writer says when.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{Event, Observation};

/// Observations kept unless said otherwise: a lab of 1,000 containers makes some ten each.
const CAPACITY: usize = 1 << 17;

/// Append-only and bounded. Readers replay from the first that is kept and then wait; one that falls behind the bound
/// is told so ([`Next::Missed`]), never served a silent gap. Cloning gives another handle to the same log.
#[derive(Debug, Clone)]
pub struct Log {
    records: Arc<Mutex<Records>>,
    /// Not shared with readers: they end when the last writer's handle is gone, after what is left to read.
    last: Arc<watch::Sender<u64>>,
}

#[derive(Debug)]
struct Records {
    /// Consecutive numbers, the newest last.
    kept: VecDeque<Arc<Observation>>,
    capacity: usize,
    last: u64,
}

impl Records {
    /// Number of the oldest that is kept (of the next one, while empty).
    fn first(&self) -> u64 {
        self.last + 1 - self.kept.len() as u64
    }
}

/// What a reader gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The next observation.
    Observation(Arc<Observation>),
    /// The reader was too slow: these numbers are gone, it goes on behind them.
    Missed {
        /// First number lost.
        from: u64,
        /// Last number lost.
        to: u64,
    },
}

impl Default for Log {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl Log {
    /// A log that keeps the last `capacity` observations (at least one).
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let records = Records {
            kept: VecDeque::new(),
            capacity: capacity.max(1),
            last: 0,
        };
        Self {
            records: Arc::new(Mutex::new(records)),
            last: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Appends an event seen at `at` nanoseconds after the lab's start; returns its number.
    #[expect(
        clippy::must_use_candidate,
        reason = "appending is the point, the number a by-product"
    )]
    pub fn append(&self, at: u64, place: &str, event: Event) -> u64 {
        let mut records = self.records();
        let seq = records.last + 1;
        if records.kept.len() == records.capacity {
            records.kept.pop_front();
        }
        records.kept.push_back(Arc::new(Observation {
            seq,
            at,
            place: place.to_owned(),
            event,
        }));
        records.last = seq;
        // Under the lock, so that the announced number never goes back.
        self.last.send_replace(seq);
        seq
    }

    /// Number of the newest observation, 0 while there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.records().last
    }

    /// All that is kept, oldest first.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Arc<Observation>> {
        self.records().kept.iter().cloned().collect()
    }

    /// A reader that starts at the first observation that is kept.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        self.subscribe_after(self.records().first() - 1)
    }

    /// A reader that goes on behind number `seq`.
    #[must_use]
    pub fn subscribe_after(&self, seq: u64) -> Subscription {
        Subscription {
            records: Arc::clone(&self.records),
            last: self.last.subscribe(),
            next: seq + 1,
        }
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        locked(&self.records)
    }
}

/// Nothing under this lock can leave the records half changed.
fn locked(records: &Mutex<Records>) -> MutexGuard<'_, Records> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One reader's place in a [`Log`].
#[derive(Debug)]
pub struct Subscription {
    records: Arc<Mutex<Records>>,
    last: watch::Receiver<u64>,
    next: u64,
}

impl Subscription {
    /// The next observation; waits for it. `None` once all is read and the log's last handle is gone. Safe to cancel.
    pub async fn next(&mut self) -> Option<Next> {
        loop {
            if let Some(next) = self.try_next() {
                return Some(next);
            }
            let wanted = self.next;
            self.last.wait_for(|last| *last >= wanted).await.ok()?;
        }
    }

    /// The next observation, if it is there already.
    pub fn try_next(&mut self) -> Option<Next> {
        let records = locked(&self.records);
        let first = records.first();
        if self.next < first {
            let missed = Next::Missed {
                from: self.next,
                to: first - 1,
            };
            self.next = first;
            return Some(missed);
        }
        let index = usize::try_from(self.next - first).ok()?;
        let found = records.kept.get(index)?.clone();
        self.next += 1;
        Some(Next::Observation(found))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    fn gone(index: u32) -> Event {
        Event::LinkGone {
            index,
            name: format!("veth{index}"),
        }
    }

    fn seqs(subscription: &mut Subscription) -> Vec<u64> {
        std::iter::from_fn(|| subscription.try_next())
            .map(|next| match next {
                Next::Observation(observation) => observation.seq,
                Next::Missed { .. } => 0,
            })
            .collect()
    }

    #[test]
    fn a_late_reader_replays_from_the_first() {
        let log = Log::default();
        (0..3).for_each(|i| assert_eq!(log.append(0, "host", gone(i)), u64::from(i) + 1));
        assert_eq!(seqs(&mut log.subscribe()), [1, 2, 3]);
        assert_eq!(seqs(&mut log.subscribe_after(2)), [3]);
    }

    #[test]
    fn a_slow_reader_is_told_what_it_missed() {
        let log = Log::with_capacity(2);
        let mut slow = log.subscribe();
        for i in 0..5 {
            log.append(0, "host", gone(i));
        }
        assert_eq!(slow.try_next(), Some(Next::Missed { from: 1, to: 3 }));
        assert_eq!(seqs(&mut slow), [4, 5]);
        assert_eq!(seqs(&mut log.subscribe()), [4, 5]);
    }

    #[tokio::test]
    async fn waits_for_the_next_and_ends_with_the_log() {
        let log = Log::default();
        let mut reader = log.subscribe();
        let writer = tokio::spawn(async move {
            tokio::task::yield_now().await;
            log.append(7, "host", gone(1));
        });
        let Some(Next::Observation(seen)) = reader.next().await else {
            panic!("expected an observation")
        };
        assert_eq!((seen.seq, seen.at), (1, 7));
        writer.await.unwrap();
        assert_eq!(reader.next().await, None);
    }
}
