//! One run of a process: how far its output is, and who sees it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::sync::watch;

use super::Chunk;
use super::streams::Source;
use crate::engine::server::backlog::Sender;

/// How long the output of an ended process is waited for (moby waits as long, `daemon/monitor.go`).
pub(super) const DRAINED: Duration = Duration::from_secs(2);
/// What a pipe can still hold of an ended process at most (`pipe(7)`, `pipe-max-size` for who has no privilege).
const HELD: usize = 1 << 20;

/// One run of the process, from its start to its end.
pub struct Run {
    inner: Mutex<Inner>,
    /// All its output was read and passed on.
    drained: watch::Sender<bool>,
    /// Its process has ended.
    ended: watch::Sender<bool>,
}

struct Inner {
    /// Output streams that have not ended.
    left: usize,
    /// One of them is a terminal that has not come.
    awaits_terminal: bool,
    /// The state tells of its end: nobody is kept longer than its output lasts.
    told: bool,
    listeners: Vec<Sender<Chunk>>,
}

/// What may still come of an ended process on one stream; more is of a process that it left behind.
pub(super) struct Rest {
    /// Waited for.
    time: Duration,
    bytes: usize,
}

impl Rest {
    pub const WHOLE: Self = Self {
        time: DRAINED,
        bytes: HELD,
    };
}

impl Run {
    /// With so many pipes for output.
    pub(super) fn with_pipes(count: usize, listeners: Vec<Sender<Chunk>>) -> Arc<Self> {
        Self::new(count, false, listeners)
    }

    /// With a terminal, which comes later.
    pub(super) fn with_terminal(listeners: Vec<Sender<Chunk>>) -> Arc<Self> {
        Self::new(1, true, listeners)
    }

    fn new(left: usize, awaits_terminal: bool, listeners: Vec<Sender<Chunk>>) -> Arc<Self> {
        let inner = Inner {
            left,
            awaits_terminal,
            told: false,
            listeners,
        };
        Arc::new(Self {
            inner: Mutex::new(inner),
            drained: watch::Sender::new(left == 0),
            ended: watch::Sender::new(false),
        })
    }

    /// Waits until all its output was read, and taken by those who see it.
    pub async fn drained(&self) {
        let _ = self.drained.subscribe().wait_for(|drained| *drained).await;
    }

    /// The process has ended: from now on its output is not waited for without end.
    pub(super) fn process_ended(&self) {
        self.ended.send_replace(true);
    }

    /// Whether the process has ended.
    pub(super) fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Somebody sees what comes from now on.
    pub(super) fn join(&self, listener: Sender<Chunk>) {
        self.lock().listeners.push(listener);
    }

    /// Those who see its output and are still there.
    pub(super) fn listeners(&self) -> Vec<Sender<Chunk>> {
        let mut inner = self.lock();
        inner.listeners.retain(|listener| !listener.is_closed());
        inner.listeners.clone()
    }

    /// Its terminal is there.
    pub(super) fn terminal_came(&self) {
        self.lock().awaits_terminal = false;
    }

    /// The state tells of its end: who sees its output is let go once it has been passed on.
    pub(super) fn tell_end(&self) {
        self.process_ended();
        let mut inner = self.lock();
        inner.told = true;
        if std::mem::take(&mut inner.awaits_terminal) {
            inner.left -= 1;
        }
        self.settle(inner);
    }

    /// It never was: who waited for its output is let go at once.
    pub(super) fn cut(&self) {
        self.tell_end();
        self.lock().listeners.clear();
    }

    /// One output stream has ended.
    pub(super) fn stream_ended(&self) {
        let mut inner = self.lock();
        inner.left = inner.left.saturating_sub(1);
        self.settle(inner);
    }

    fn settle(&self, mut inner: MutexGuard<'_, Inner>) {
        if inner.left > 0 {
            return;
        }
        if inner.told {
            inner.listeners.clear();
        }
        drop(inner);
        self.drained.send_replace(true);
    }

    /// The next bytes of one of its streams; nothing once only a process that was left behind can still write. Time counts
    /// here alone: what was read is passed on however long that takes.
    pub(super) async fn read(
        &self,
        source: &mut Source,
        buffer: &mut [u8],
        rest: &mut Rest,
    ) -> Option<io::Result<usize>> {
        let ended = self.has_ended();
        if rest.bytes == 0 {
            return None;
        }
        let began = Instant::now();
        let read = tokio::select! {
            biased;
            read = source.read(buffer) => read,
            () = self.overdue(rest.time) => return None,
        };
        if ended {
            rest.time = rest.time.saturating_sub(began.elapsed());
            rest.bytes = rest.bytes.saturating_sub(*read.as_ref().unwrap_or(&0));
        }
        Some(read)
    }

    async fn overdue(&self, time: Duration) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
        tokio::time::sleep(time).await;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing under this lock can leave it half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
