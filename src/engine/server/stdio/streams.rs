//! The streams of one container, over all its runs, or of one exec.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

use super::run::{Rest, Run};
use super::terminal::Terminal;
use super::{Chunk, now};
use crate::engine::server::backlog::{LAG, Receiver, Sender, backlog};
use crate::engine::server::log_ring::{Line, LogRing, Stream};

/// Bytes read at once.
const CHUNK: usize = 32 * 1024;

pub(super) type Source = Box<dyn AsyncRead + Send + Unpin>;
pub(super) type Sink = Box<dyn AsyncWrite + Send + Unpin>;
type Input = Arc<tokio::sync::Mutex<Sink>>;

/// Where input goes.
#[derive(Clone)]
enum InputState {
    /// Nowhere yet: it waits for the start.
    NotYet,
    /// To the process.
    Open(Input),
    /// Nobody will read it.
    Closed,
}

/// The streams of one container or exec.
pub struct Streams {
    inner: Mutex<Inner>,
    /// A run is under way: output may still come.
    open: watch::Sender<bool>,
    /// Number of the next line of the log.
    written: watch::Sender<u64>,
    input: watch::Sender<InputState>,
}

struct Inner {
    log: LogRing,
    /// Those who attached for the next run.
    waiting: Vec<Sender<Chunk>>,
    run: Arc<Run>,
    /// The terminal, where the present run has one.
    terminal: Option<Terminal>,
    /// The size asked for while there was no terminal.
    size: Option<[u16; 2]>,
}

impl Streams {
    /// With a log of so many bytes.
    pub(super) fn new(log: usize) -> Self {
        let inner = Inner {
            log: LogRing::new(log),
            waiting: Vec::new(),
            run: Run::with_pipes(0, Vec::new()),
            terminal: None,
            size: None,
        };
        Self {
            inner: Mutex::new(inner),
            open: watch::Sender::new(false),
            written: watch::Sender::new(0),
            input: watch::Sender::new(InputState::NotYet),
        }
    }

    /// All output from now on, until the run ends; and with `replay` what is in the log before it. While there is no run, that
    /// of the next. Output waits for whoever lags too far behind: a client that takes nothing must drop its end.
    pub fn attach(&self, replay: bool) -> (Vec<Line>, Receiver<Chunk>) {
        let (sender, receiver) = backlog(LAG);
        let mut inner = self.lock();
        if self.is_open() {
            inner.run.join(sender);
        } else {
            inner.waiting.retain(|waiting| !waiting.is_closed());
            inner.waiting.push(sender);
        }
        let past = if replay {
            inner.log.lines().cloned().collect()
        } else {
            Vec::new()
        };
        (past, receiver)
    }

    /// Lines of the log from number `from` on (0 is the first ever), and the number after them.
    #[must_use]
    pub fn log(&self, from: u64) -> (Vec<Line>, u64) {
        self.lock().log.since(from)
    }

    /// Waits for a line of that number; `false` when the run ended without one.
    pub async fn written(&self, number: u64) -> bool {
        let (mut written, mut open) = (self.written.subscribe(), self.open.subscribe());
        tokio::select! {
            biased;
            found = written.wait_for(|next| *next > number) => found.is_ok(),
            _ = open.wait_for(|open| !open) => *self.written.borrow() > number,
        }
    }

    /// Whether a run is under way.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// The present run, or the last.
    #[must_use]
    pub fn run(&self) -> Arc<Run> {
        Arc::clone(&self.lock().run)
    }

    /// Writes input, waiting for the process to start and to read. `false` once nobody will read it.
    pub async fn write(&self, bytes: &[u8]) -> bool {
        let mut input = self.input.subscribe();
        let found = input
            .wait_for(|state| !matches!(state, InputState::NotYet))
            .await
            .map_or(InputState::Closed, |found| found.clone());
        let InputState::Open(input) = found else { return false };
        input.lock().await.write_all(bytes).await.is_ok()
    }

    /// Input ends. Before the start it ends as soon as the process has started.
    pub async fn close_input(&self) {
        let mut input = self.input.subscribe();
        // Not held until the change: it would wait for its own reader.
        let started = input
            .wait_for(|state| !matches!(state, InputState::NotYet))
            .await
            .is_ok();
        if started {
            self.input.send_replace(InputState::Closed);
        }
    }

    /// Tells the terminal its size: rows, columns. Where there is none yet, the next one begins with it.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn resize(&self, size: [u16; 2]) -> io::Result<()> {
        let mut inner = self.lock();
        if let Some(terminal) = &inner.terminal {
            return terminal.resize(size);
        }
        inner.size = Some(size);
        Ok(())
    }

    pub(super) fn set_input(&self, sink: Sink) {
        let input = Arc::new(tokio::sync::Mutex::new(sink));
        self.input.send_replace(InputState::Open(input));
    }

    /// The run's terminal: it is all three streams.
    pub(super) fn set_terminal(&self, terminal: Terminal, keep_input: bool) {
        if keep_input {
            self.set_input(Box::new(terminal.clone()));
        }
        let mut inner = self.lock();
        inner.run.terminal_came();
        // Under one lock with its being there: a size that comes in between would be kept for the next run.
        if let Some(size) = inner.size.take()
            && let Err(error) = terminal.resize(size)
        {
            tracing::debug!(%error, "a new terminal did not take its size");
        }
        inner.terminal = Some(terminal);
    }

    /// A run begins, with two pipes for its output.
    pub(super) fn begin_with_pipes(&self) -> Arc<Run> {
        self.begin(|listeners| Run::with_pipes(2, listeners))
    }

    /// A run begins whose terminal comes later.
    pub(super) fn begin_with_terminal(&self) -> Arc<Run> {
        self.begin(Run::with_terminal)
    }

    fn begin(&self, run: impl FnOnce(Vec<Sender<Chunk>>) -> Arc<Run>) -> Arc<Run> {
        let mut inner = self.lock();
        let run = run(std::mem::take(&mut inner.waiting));
        inner.run = Arc::clone(&run);
        self.open.send_replace(true);
        run
    }

    /// A run is over: clients attached to it see the end as soon as they have taken its output. Reading goes on where a process
    /// that was left behind still writes.
    pub fn end(&self, run: &Arc<Run>) {
        run.tell_end();
        let mut inner = self.lock();
        if !Arc::ptr_eq(&inner.run, run) {
            return;
        }
        inner.terminal = None;
        self.input.send_replace(InputState::NotYet);
        self.open.send_replace(false);
    }

    /// A start failed: nobody waits for its output.
    pub(super) fn abandon(&self) {
        let run = self.run();
        self.lock().waiting.clear();
        // It may have failed before its run began; the last one's output is still its own.
        if self.is_open() && !run.has_ended() {
            run.cut();
            self.end(&run);
        }
    }

    /// No run will follow: who waits for one is let go, too.
    pub(super) fn close(&self) {
        let run = self.run();
        self.end(&run);
        self.lock().waiting.clear();
        self.input.send_replace(InputState::Closed);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing under this lock can leave the log half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads one output stream of a run to its end. Nothing is lost and nothing piles up: output waits for the slowest.
    pub(super) async fn pump(self: Arc<Self>, mut source: Source, stream: Stream, run: Arc<Run>) {
        let mut buffer = vec![0; CHUNK];
        let mut rest = Rest::WHOLE;
        let left_behind = loop {
            let count = match run.read(&mut source, &mut buffer, &mut rest).await {
                Some(Ok(count @ 1..)) => count,
                // A terminal whose other end nobody holds any more is an error (EIO), and the end.
                Some(_) => break false,
                None => break true,
            };
            let bytes: Arc<[u8]> = buffer[..count].into();
            let listeners = {
                let mut inner = self.lock();
                self.keep(&mut inner.log, stream, &bytes);
                run.listeners()
            };
            for listener in listeners {
                let bytes = Arc::clone(&bytes);
                // One that has gone is no listener any more.
                let _ = listener.send(Chunk { stream, bytes }, count).await;
            }
        };
        if left_behind {
            run.stream_ended();
            self.read_on(source, buffer, stream).await;
        }
        {
            let mut inner = self.lock();
            inner.log.finish(stream, now());
            self.written.send_replace(inner.log.next());
        }
        if !left_behind {
            run.stream_ended();
        }
    }

    /// What a process writes that was left behind goes to the log alone; it must not find its streams closed.
    async fn read_on(&self, mut source: Source, mut buffer: Vec<u8>, stream: Stream) {
        while let Ok(count @ 1..) = source.read(&mut buffer).await {
            self.keep(&mut self.lock().log, stream, &buffer[..count]);
        }
    }

    fn keep(&self, log: &mut LogRing, stream: Stream, bytes: &[u8]) {
        log.push(stream, now(), bytes);
        self.written.send_replace(log.next());
    }
}
