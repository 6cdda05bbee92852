//! Containers' standard streams: pipes (or a terminal), a log, and the clients attached to them.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::log_ring::{Line, LogRing, Stream};
use crate::engine::sandbox::Stdio;

/// Bytes of output kept per container.
const LOG_BYTES: usize = 10 << 20;
/// Frames an attached client may lag behind before the container's pipe fills up: output waits for its reader.
const LAG: usize = 64;
/// Bytes read at once.
const CHUNK: usize = 32 * 1024;

/// A piece of output, as it came.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Which stream.
    pub stream: Stream,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

type Source = Box<dyn AsyncRead + Send + Unpin>;
type Input = Arc<tokio::sync::Mutex<Box<dyn AsyncWrite + Send + Unpin>>>;

/// The streams of one container, over all its runs.
pub struct Streams {
    inner: Mutex<Inner>,
    /// Output may still come.
    open: watch::Sender<bool>,
    /// Number of the next line of the log.
    written: watch::Sender<u64>,
    /// Where input goes, while the container runs and keeps it open.
    input: watch::Sender<Option<Input>>,
}

struct Inner {
    log: LogRing,
    listeners: Vec<mpsc::Sender<Chunk>>,
    terminal: Option<Arc<OwnedFd>>,
    /// Output streams of the present run that have not ended. A run before it may end later than it begins.
    run: Arc<AtomicUsize>,
}

impl Streams {
    fn new() -> Self {
        let inner = Inner {
            log: LogRing::new(LOG_BYTES),
            listeners: Vec::new(),
            terminal: None,
            run: Arc::default(),
        };
        Self {
            inner: Mutex::new(inner),
            open: watch::Sender::new(false),
            written: watch::Sender::new(0),
            input: watch::Sender::new(None),
        }
    }

    /// All output from now on, until the run ends; and with `replay` what is in the log before it.
    pub fn attach(&self, replay: bool) -> (Vec<Line>, mpsc::Receiver<Chunk>) {
        let (sender, receiver) = mpsc::channel(LAG);
        let mut inner = self.lock();
        inner.listeners.push(sender);
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

    /// Whether output may still come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// Waits until all output of the run was read.
    pub async fn drained(&self) {
        let _ = self.open.subscribe().wait_for(|open| !open).await;
    }

    /// Writes input, waiting for the container to start and to read. `false` once nobody will read it.
    pub async fn write(&self, bytes: &[u8]) -> bool {
        let mut input = self.input.subscribe();
        let Ok(found) = input.wait_for(Option::is_some).await.map(|found| found.clone()) else {
            return false;
        };
        match found {
            Some(input) => input.lock().await.write_all(bytes).await.is_ok(),
            None => false,
        }
    }

    /// Input ends. Before the start it ends as soon as the container has started.
    pub async fn close_input(&self) {
        let mut input = self.input.subscribe();
        if input.wait_for(Option::is_some).await.is_ok() {
            self.input.send_replace(None);
        }
    }

    /// Tells the terminal its size, in cells.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn resize(&self, rows: u16, columns: u16) -> io::Result<()> {
        let terminal = self.lock().terminal.clone().ok_or(Errno::NOTTY)?;
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        Ok(tcsetwinsize(terminal, size)?)
    }

    /// The run is over: attached clients see the end.
    fn hang_up(&self) {
        let mut inner = self.lock();
        inner.listeners.clear();
        inner.terminal = None;
        drop(inner);
        self.input.send_replace(None);
        self.open.send_replace(false);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing under this lock can leave the log half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pump(self: Arc<Self>, mut source: Source, stream: Stream, run: Arc<AtomicUsize>) {
        let mut buffer = vec![0; CHUNK];
        while let Ok(count @ 1..) = source.read(&mut buffer).await {
            let bytes: Arc<[u8]> = buffer[..count].into();
            let listeners = {
                let mut inner = self.lock();
                inner.log.push(stream, now(), &bytes);
                self.written.send_replace(inner.log.next());
                inner.listeners.retain(|listener| !listener.is_closed());
                inner.listeners.clone()
            };
            for listener in listeners {
                let _ = listener
                    .send(Chunk {
                        stream,
                        bytes: Arc::clone(&bytes),
                    })
                    .await;
            }
        }
        {
            let mut inner = self.lock();
            inner.log.finish(stream, now());
            self.written.send_replace(inner.log.next());
        }
        if run.fetch_sub(1, Ordering::AcqRel) == 1 && Arc::ptr_eq(&run, &self.lock().run) {
            self.hang_up();
        }
    }

    /// A run begins, with so many output streams.
    fn begin(&self, streams: usize) -> Arc<AtomicUsize> {
        let run = Arc::new(AtomicUsize::new(streams));
        self.lock().run = Arc::clone(&run);
        self.open.send_replace(true);
        run
    }
}

/// The streams of all containers. Cloning gives another handle to the same.
#[derive(Clone)]
pub struct StdioHub {
    runtime: Handle,
    streams: Arc<Mutex<HashMap<String, Arc<Streams>>>>,
}

impl StdioHub {
    /// A hub whose pumps run on `runtime`.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            streams: Arc::default(),
        }
    }

    /// A container's streams, made at the first call.
    #[must_use]
    pub fn of(&self, container: &str) -> Arc<Streams> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            streams
                .entry(container.to_owned())
                .or_insert_with(|| Arc::new(Streams::new())),
        )
    }

    /// A container's streams, where it has any.
    #[must_use]
    pub fn find(&self, container: &str) -> Option<Arc<Streams>> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.get(container).cloned()
    }

    /// The ends a container's first process gets. One with a terminal gets its streams from [`StdioHub::terminal`].
    ///
    /// # Errors
    /// No descriptor left.
    pub fn open(&self, container: &str, keep_input: bool, tty: bool) -> io::Result<Stdio> {
        let streams = self.of(container);
        if tty {
            streams.begin(1);
            let null = || {
                File::options()
                    .read(true)
                    .write(true)
                    .open("/dev/null")
                    .map(OwnedFd::from)
            };
            return Ok(Stdio {
                stdin: null()?,
                stdout: null()?,
                stderr: null()?,
            });
        }
        let (out_read, stdout) = pipe_with(PipeFlags::CLOEXEC)?;
        let (err_read, stderr) = pipe_with(PipeFlags::CLOEXEC)?;
        let stdin = if keep_input {
            let (stdin, input) = pipe_with(PipeFlags::CLOEXEC)?;
            let _runtime = self.runtime.enter();
            let input: Box<dyn AsyncWrite + Send + Unpin> = Box::new(pipe::Sender::from_owned_fd(input)?);
            streams
                .input
                .send_replace(Some(Arc::new(tokio::sync::Mutex::new(input))));
            stdin
        } else {
            File::open("/dev/null")?.into()
        };
        let pumps = [(out_read, Stream::Stdout), (err_read, Stream::Stderr)];
        let run = streams.begin(pumps.len());
        for (source, stream) in pumps {
            let _runtime = self.runtime.enter();
            let source: Source = Box::new(pipe::Receiver::from_owned_fd(source)?);
            self.runtime
                .spawn(Arc::clone(&streams).pump(source, stream, Arc::clone(&run)));
        }
        Ok(Stdio { stdin, stdout, stderr })
    }

    /// The container has a terminal: it is all three streams.
    ///
    /// # Errors
    /// No descriptor left.
    pub fn terminal(&self, container: &str, terminal: OwnedFd) -> io::Result<()> {
        let streams = self.of(container);
        // A terminal cannot be watched as a pipe can: the runtime's blocking threads read and write it.
        let source: Source = Box::new(tokio::fs::File::from_std(File::from(terminal.try_clone()?)));
        let input: Box<dyn AsyncWrite + Send + Unpin> =
            Box::new(tokio::fs::File::from_std(File::from(terminal.try_clone()?)));
        streams.lock().terminal = Some(Arc::new(terminal));
        streams
            .input
            .send_replace(Some(Arc::new(tokio::sync::Mutex::new(input))));
        let run = Arc::clone(&streams.lock().run);
        self.runtime.spawn(streams.pump(source, Stream::Stdout, run));
        Ok(())
    }

    /// The start failed: whoever attached for it sees the end. What was opened for it ends by itself.
    pub fn abandon(&self, container: &str) {
        self.of(container).hang_up();
    }

    /// The container is gone. Output under way still reaches its readers.
    pub fn forget(&self, container: &str) {
        let mut all = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(streams) = all.remove(container)
            && !streams.is_open()
        {
            streams.hang_up();
        }
    }
}

/// Nanoseconds since the Unix epoch.
pub(super) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn text(chunk: &Chunk) -> String {
        String::from_utf8_lossy(&chunk.bytes).into_owned()
    }

    #[tokio::test]
    async fn output_reaches_the_log_and_those_attached_before_the_start() {
        let hub = StdioHub::new(Handle::current());
        let (_, mut attached) = hub.of("c").attach(false);
        let stdio = hub.open("c", false, false).unwrap();
        File::from(stdio.stdout).write_all(b"out\n").unwrap();
        assert_eq!(text(&attached.recv().await.unwrap()), "out\n");
        File::from(stdio.stderr).write_all(b"err").unwrap();
        assert_eq!(text(&attached.recv().await.unwrap()), "err");
        assert!(attached.recv().await.is_none(), "the end of both streams is the end");
        hub.of("c").drained().await;
        let lines: Vec<_> = hub.of("c").log(0).0.iter().map(|line| line.stream).collect();
        assert_eq!(lines, [Stream::Stdout, Stream::Stderr]);
    }

    #[tokio::test]
    async fn input_waits_for_the_start_and_ends_when_it_is_closed() {
        let hub = StdioHub::new(Handle::current());
        let streams = hub.of("c");
        let writer = tokio::spawn(async move {
            assert!(streams.write(b"hello").await);
            streams.close_input().await;
        });
        tokio::task::yield_now().await;
        let stdio = hub.open("c", true, false).unwrap();
        writer.await.unwrap();
        let mut read = String::new();
        File::from(stdio.stdin).read_to_string(&mut read).unwrap();
        assert_eq!(read, "hello");
    }

    #[tokio::test]
    async fn a_failed_start_ends_what_was_attached_for_it() {
        let hub = StdioHub::new(Handle::current());
        let (_, mut attached) = hub.of("c").attach(false);
        let stdio = hub.open("c", false, false).unwrap();
        hub.abandon("c");
        assert!(attached.recv().await.is_none());
        let (_, mut attached) = hub.of("c").attach(false);
        let again = hub.open("c", false, false).unwrap();
        drop(stdio);
        tokio::task::yield_now().await;
        File::from(again.stdout).write_all(b"second").unwrap();
        assert_eq!(
            text(&attached.recv().await.unwrap()),
            "second",
            "the first run's end is not the second's"
        );
    }
}
