//! Events as readers get them: the last 256 again, then new ones as they come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::engine::core::Event;

/// Events kept for `since` (moby, `daemon/events`).
const KEPT: usize = 256;
/// Events a reader may lag behind before it is cut off, so that a stalled client cannot hold memory without bound.
const LAG: usize = 4096;

/// The events of one lab.
#[derive(Debug, Default)]
pub struct Bulletin {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: VecDeque<Arc<Event>>,
    readers: Vec<mpsc::Sender<Arc<Event>>>,
}

impl Bulletin {
    /// Tells everybody, in order. A reader that lags too far behind loses its stream, never single events.
    pub fn tell(&self, events: impl IntoIterator<Item = Event>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let event = Arc::new(event);
            if inner.kept.len() == KEPT {
                inner.kept.pop_front();
            }
            inner.kept.push_back(Arc::clone(&event));
            inner
                .readers
                .retain(|reader| reader.try_send(Arc::clone(&event)).is_ok());
        }
    }

    /// What is kept, oldest first, and everything after it without a gap.
    pub fn subscribe(&self) -> (Vec<Arc<Event>>, mpsc::Receiver<Arc<Event>>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (sender, receiver) = mpsc::channel(LAG);
        inner.readers.retain(|reader| !reader.is_closed());
        inner.readers.push(sender);
        (inner.kept.iter().cloned().collect(), receiver)
    }

    /// How many read along.
    #[must_use]
    pub fn readers(&self) -> usize {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.readers.iter().filter(|reader| !reader.is_closed()).count()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::core::Subject;

    fn event(at: i64) -> Event {
        Event {
            at,
            subject: Subject::Network,
            action: "create".into(),
            id: "n".into(),
            attributes: BTreeMap::new(),
        }
    }

    #[test]
    fn a_late_reader_gets_the_last_256_and_what_follows() {
        let bulletin = Bulletin::default();
        bulletin.tell((0..300).map(event));
        let (past, mut next) = bulletin.subscribe();
        assert_eq!((past.len(), past[0].at), (256, 44));
        bulletin.tell([event(300)]);
        assert_eq!(next.try_recv().unwrap().at, 300);
        drop(next);
        assert_eq!(bulletin.readers(), 0);
    }

    #[test]
    fn a_stalled_reader_is_cut_off_and_the_others_are_not() {
        let bulletin = Bulletin::default();
        let (_, mut stalled) = bulletin.subscribe();
        bulletin.tell((0..=i64::try_from(LAG).unwrap()).map(event));
        let (_, mut lively) = bulletin.subscribe();
        bulletin.tell([event(-1)]);
        assert_eq!(lively.try_recv().unwrap().at, -1);
        let got = std::iter::from_fn(|| stalled.try_recv().ok()).count();
        assert_eq!(got, LAG);
        assert!(stalled.is_closed());
    }
}
