//! The engine's process, from its fork to the server and back.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use super::LabOptions;
use super::serve::{self, EngineParts};
use crate::engine::sandbox::edge::Stage;
use crate::engine::sandbox::protocol::{Connect, ToFront};
use crate::engine::sandbox::zygote::{EngineMain, EngineSeed};
use crate::engine::sandbox::{SandboxClient, wire};
use crate::engine::server::EngineOptions;

/// What the engine's process will do; the front decides it, for the front's memory is what the engine starts with.
pub(super) fn main_of(lab: &LabOptions) -> EngineMain {
    let faults = std::env::var_os("CNM_FAULTS").is_some_and(|value| value == "1");
    let asked = std::env::var("CNM_FAULT_START").ok().filter(|_| faults);
    let options = EngineOptions {
        era: lab.era,
        faults,
        fail_start: asked.and_then(|step| step.parse().ok()),
    };
    let logs = lab.log.is_some();
    Box::new(move |seed| {
        if logs {
            // Standard error is the log file. A subscriber that came with the front's memory would write to a descriptor
            // that is closed here; then this is refused, and there is no log.
            let _ = tracing_subscriber::fmt()
                .with_writer(io::stderr)
                .with_ansi(false)
                .try_init();
        }
        match serve(options, seed) {
            Ok(()) => 0,
            Err(error) => {
                tracing::error!(%error, "the engine ended");
                1
            }
        }
    })
}

fn serve(options: EngineOptions, seed: EngineSeed) -> io::Result<()> {
    let EngineSeed {
        control,
        zygote,
        listeners,
    } = seed;
    let (sandboxes, exits) = SandboxClient::new(zygote)?;
    let telling = control.try_clone()?;
    let incoming = accept_from_front(control)?;
    serve::run(EngineParts {
        options,
        sandboxes: Arc::new(sandboxes),
        exits,
        listeners,
        incoming,
        ready: Box::new(move |outcome| {
            let said = match outcome {
                Ok(()) => ToFront::Ready,
                Err(error) => ToFront::failed(Stage::Engine, "start the engine", &error),
            };
            let _ = wire::send(&telling, &said, &[]);
        }),
    })
}

/// Streams that the front asks to be served, until the front ends.
fn accept_from_front(control: OwnedFd) -> io::Result<Receiver<UnixStream>> {
    let (sender, receiver) = channel();
    std::thread::Builder::new().name("front".into()).spawn(move || {
        while let Ok(Some((Connect, fds))) = wire::receive(&control) {
            for fd in fds {
                let _ = sender.send(UnixStream::from(fd));
            }
        }
    })?;
    Ok(receiver)
}
