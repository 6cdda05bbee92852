//! The engine process: one writer of the state, readers of its snapshots, HTTP in front.

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::engine::core::Era;
use crate::engine::sandbox::{Exit, SandboxClient};

/// How this lab's engine behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct EngineOptions {
    /// Which Docker Engine it imitates.
    pub era: Era,
    /// `CNM_FAULTS=1`: `POST /lab/faults` is served. For tests.
    pub faults: bool,
}

/// Everything the engine needs, made before it by the zygote.
pub struct EngineParts {
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
pub fn run(parts: EngineParts) -> io::Result<()> {
    for listener in parts.listeners {
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || pong(stream));
            }
        });
    }
    (parts.ready)(Ok(()));
    for stream in parts.incoming {
        std::thread::spawn(move || pong(stream));
    }
    Ok(())
}

fn pong(mut stream: UnixStream) {
    use std::io::{Read, Write};
    let mut request = [0; 4096];
    while let Ok(1..) = stream.read(&mut request) {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nContent-Length: 2\r\n\r\nOK");
    }
}
