//! Processes' standard streams: pipes or a terminal, a container's log, and the clients attached to them.

mod run;
mod streams;
mod terminal;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::pipe::{PipeFlags, pipe_with};
use tokio::net::unix::pipe;
use tokio::runtime::Handle;

pub use run::Run;
pub use streams::Streams;

use super::log_ring::Stream;
use crate::engine::sandbox::Stdio;
use run::DRAINED;
use terminal::Terminal;

/// Bytes of output kept per container.
const LOG_BYTES: usize = 10 << 20;

/// A piece of output, as it came.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Which stream.
    pub stream: Stream,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// Whose streams they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// A container's first process: what it writes is kept as the container's log.
    Container(&'a str),
    /// An exec, which has no log.
    Exec(&'a str),
}

/// Waits for the output of a run whose process has ended; not for ever: a process it left behind may hold its streams, a
/// client may be slow to take it.
pub(super) async fn settled(run: &Run) {
    run.process_ended();
    let _ = tokio::time::timeout(DRAINED, run.drained()).await;
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
    pub fn of_container(&self, container: &str) -> Arc<Streams> {
        self.of(Owner::Container(container))
    }

    /// An exec's streams, made at the first call.
    #[must_use]
    pub fn of_exec(&self, exec: &str) -> Arc<Streams> {
        self.of(Owner::Exec(exec))
    }

    fn of(&self, owner: Owner) -> Arc<Streams> {
        let (id, log) = match owner {
            Owner::Container(id) => (id, LOG_BYTES),
            Owner::Exec(id) => (id, 0),
        };
        let mut all = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(id.to_owned()).or_insert_with(|| Arc::new(Streams::new(log))))
    }

    /// A container's or an exec's streams, where it has any.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<Streams>> {
        let all = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(id).cloned()
    }

    /// The ends a process of `owner` gets. One with a terminal gets its streams from [`StdioHub::terminal`].
    ///
    /// # Errors
    /// No descriptor left.
    pub fn open(&self, owner: Owner, keep_input: bool, tty: bool) -> io::Result<Stdio> {
        let streams = self.of(owner);
        if tty {
            streams.begin_with_terminal();
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
        let _runtime = self.runtime.enter();
        let stdin = if keep_input {
            let (stdin, input) = pipe_with(PipeFlags::CLOEXEC)?;
            streams.set_input(Box::new(pipe::Sender::from_owned_fd(input)?));
            stdin
        } else {
            File::open("/dev/null")?.into()
        };
        let pumps = [
            (pipe::Receiver::from_owned_fd(out_read)?, Stream::Stdout),
            (pipe::Receiver::from_owned_fd(err_read)?, Stream::Stderr),
        ];
        let run = streams.begin_with_pipes();
        for (source, stream) in pumps {
            let source = Box::new(source);
            self.runtime
                .spawn(Arc::clone(&streams).pump(source, stream, Arc::clone(&run)));
        }
        Ok(Stdio { stdin, stdout, stderr })
    }

    /// The process whose streams are kept under `id` has a terminal: it is all three of them.
    ///
    /// # Errors
    /// No descriptor that can be watched, or nothing was opened for it.
    pub fn terminal(&self, id: &str, controller: OwnedFd, keep_input: bool) -> io::Result<()> {
        let _runtime = self.runtime.enter();
        let terminal = Terminal::new(controller)?;
        let streams = self.find(id).ok_or(io::ErrorKind::NotFound)?;
        streams.set_terminal(terminal.clone(), keep_input);
        let run = streams.run();
        self.runtime
            .spawn(streams.pump(Box::new(terminal), Stream::Stdout, run));
        Ok(())
    }

    /// The start failed: whoever attached for it sees the end. What was opened for it ends by itself.
    pub fn abandon(&self, id: &str) {
        if let Some(streams) = self.find(id) {
            streams.abandon();
        }
    }

    /// The container or exec is gone. Output under way still reaches its readers.
    pub fn forget(&self, id: &str) {
        let mut all = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(streams) = all.remove(id) else { return };
        if !streams.is_open() {
            return streams.close();
        }
        self.runtime.spawn(async move {
            settled(&streams.run()).await;
            streams.close();
        });
    }
}

/// Nanoseconds since the Unix epoch.
pub(super) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
