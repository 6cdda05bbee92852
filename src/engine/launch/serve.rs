//! The engine's life in its process: the writer started, the API served before it.

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;

use crate::engine::api;
use crate::engine::core::Rules;
use crate::engine::sandbox::{Exit, SandboxClient};
use crate::engine::server::{self, Engine, EngineOptions};

/// Everything the engine needs, made before it by the zygote.
pub(super) struct EngineParts {
    /// Behaviour.
    pub options: EngineOptions,
    /// The zygote.
    pub sandboxes: Arc<SandboxClient>,
    /// Ends of containers' first processes, as the zygote reaps them.
    pub exits: Receiver<Exit>,
    /// Sockets to serve the API on.
    pub listeners: Vec<UnixListener>,
    /// Streams to serve the API on, one connection each. Its end ends the engine.
    pub incoming: Receiver<UnixStream>,
    /// Called once: when the lab's host is in place and the API answers, or with the reason why not.
    pub ready: Box<dyn FnOnce(io::Result<()>) + Send>,
}

/// Runs the engine on this thread until `incoming` ends. Starts threads: call it in the engine process only.
///
/// # Errors
/// The lab's host could not be made, or the runtime could not start; `ready` was told the same.
pub(super) fn run(parts: EngineParts) -> io::Result<()> {
    let EngineParts {
        options,
        sandboxes,
        exits,
        listeners,
        incoming,
        ready,
    } = parts;
    let prepared = Builder::new_current_thread().enable_all().build().and_then(|runtime| {
        let engine = server::begin(options, sandboxes, exits, runtime.handle())?;
        Ok((runtime, engine))
    });
    let (runtime, engine) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            ready(Err(io::Error::new(error.kind(), error.to_string())));
            return Err(error);
        }
    };
    runtime.block_on(serve(engine, listeners, incoming, ready))
}

/// Serves the API until the streams' source ends.
async fn serve(
    engine: Engine,
    listeners: Vec<UnixListener>,
    incoming: Receiver<UnixStream>,
    ready: Box<dyn FnOnce(io::Result<()>) + Send>,
) -> io::Result<()> {
    let rules = engine.options().era.rules();
    let router = api::router(engine);
    let accepting: io::Result<()> = listeners.into_iter().try_for_each(|listener| {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::UnixListener::from_std(listener)?;
        tokio::spawn(accept(listener, router.clone(), rules));
        Ok(())
    });
    if let Err(error) = accepting {
        ready(Err(io::Error::new(error.kind(), error.to_string())));
        return Err(error);
    }
    let (streams, mut inbox) = tokio::sync::mpsc::unbounded_channel();
    thread::Builder::new()
        .name("incoming".into())
        .spawn(move || incoming.iter().try_for_each(|stream| streams.send(stream)))?;
    ready(Ok(()));
    while let Some(stream) = inbox.recv().await {
        stream.set_nonblocking(true)?;
        tokio::spawn(api::connection(
            tokio::net::UnixStream::from_std(stream)?,
            router.clone(),
            rules,
        ));
    }
    Ok(())
}

async fn accept(listener: tokio::net::UnixListener, router: axum::Router, rules: &'static Rules) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(api::connection(stream, router.clone(), rules));
            }
            Err(error) => {
                // No descriptor left, mostly: those who close theirs make room.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
