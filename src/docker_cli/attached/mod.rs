//! A container's streams joined to ours: output, errors, input, the keys that leave it, signals and the terminal's size.

mod keys;
mod signals;
pub(super) mod stream;
pub(super) mod terminal;

use std::io::{self, Read, Write};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::failure::CallError;
use super::warn;
use keys::DetachKeys;
pub(super) use signals::{proxy, withhold};
use stream::Demultiplexer;

/// What is joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wiring {
    /// The program has a terminal: its stream is plain bytes, ours is raw.
    pub tty: bool,
    /// Our standard input is the program's.
    pub input: bool,
    /// Its output or its errors come to us.
    pub output: bool,
    /// `--detach-keys`; empty for the usual ones.
    pub detach_keys: String,
}

/// How a session came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The program's output ended.
    Output,
    /// The person left it by the detach keys.
    Detached,
}

/// Carries output, errors and input until the program's output ends or the person leaves it.
///
/// # Errors
/// The stream broke, is not of Docker's kind, or the terminal could not be made raw.
pub(super) async fn carry(stream: Upgraded, wiring: &Wiring) -> Result<End, CallError> {
    let (mut from, mut to) = tokio::io::split(TokioIo::new(stream));
    let interactive = wiring.input && wiring.tty;
    let mut keys = interactive.then(|| detach_keys(&wiring.detach_keys));
    let raw = if interactive { terminal::Raw::take()? } else { None };
    let mut input = if wiring.input { Some(read_input()) } else { None };
    if input.is_none() {
        // Nothing will come: the program sees the end of its input.
        let _ = to.shutdown().await;
    }
    let mut output = Output::new(wiring.tty);
    let mut buffer = vec![0; 32 * 1024];
    let mut typed = Vec::new();
    let mut leaving = false;
    let end = loop {
        if leaving && typed.is_empty() {
            break End::Detached;
        }
        tokio::select! {
            read = from.read(&mut buffer) => {
                let length = read?;
                if length == 0 {
                    break End::Output;
                }
                if wiring.output {
                    output.write(&buffer[..length])?;
                }
            }
            // Beside the reading: a program that waits for its output to be taken reads no input.
            written = to.write(&typed), if !typed.is_empty() => {
                if let Ok(count @ 1..) = written {
                    typed.drain(..count);
                } else {
                    // The program may have closed its input; what it prints is still of interest.
                    input = None;
                    typed.clear();
                }
            }
            piece = next_input(&mut input), if typed.is_empty() => {
                let Some(piece) = piece else {
                    let _ = to.shutdown().await;
                    input = None;
                    continue;
                };
                (typed, leaving) = match &mut keys {
                    Some(keys) => {
                        let fed = keys.feed(&piece);
                        (fed.input, fed.detached)
                    }
                    None => (piece, false),
                };
            }
        }
    };
    drop(raw);
    Ok(end)
}

fn detach_keys(text: &str) -> DetachKeys {
    DetachKeys::read(text).unwrap_or_else(|reason| {
        warn(&format!("invalid detach escape keys, using default: {reason}"));
        DetachKeys::default()
    })
}

/// What the program prints, on our streams.
struct Output {
    demultiplexer: Option<Demultiplexer>,
}

impl Output {
    fn new(tty: bool) -> Self {
        Self {
            demultiplexer: (!tty).then(Demultiplexer::default),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (mut out, mut err) = (io::stdout(), io::stderr());
        let written = match &mut self.demultiplexer {
            Some(demultiplexer) => demultiplexer.feed(bytes, &mut out, &mut err),
            None => out.write_all(bytes).and_then(|()| out.flush()),
        };
        match written {
            // Whoever read our output has gone; the program is still waited for.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

type Input = mpsc::Receiver<Vec<u8>>;

/// Standard input, read on a thread of its own: nothing else could interrupt it when the program ends first.
fn read_input() -> Input {
    let (sender, receiver) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        loop {
            match io::stdin().lock().read(&mut buffer) {
                Ok(length @ 1..) => {
                    if sender.blocking_send(buffer[..length].to_vec()).is_err() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
    });
    receiver
}

/// The next piece of input, nothing at its end; waits for ever where there is no input.
async fn next_input(input: &mut Option<Input>) -> Option<Vec<u8>> {
    match input {
        Some(input) => input.recv().await,
        None => std::future::pending().await,
    }
}
