//! Signals to `docker` that are meant for the container's program.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use super::super::client::{Client, encode};
use super::super::complain_raw;

/// How many requests to end end the command itself, whatever became of those that were passed on.
const PATIENCE: u32 = 3;

/// Signals and the names the API has for them. `STOP`, `KILL` cannot be caught, `CHLD`, `PIPE` and `URG` mean ourselves.
fn kinds() -> Vec<(&'static str, SignalKind)> {
    let mut kinds = vec![
        ("INT", SignalKind::interrupt()),
        ("TERM", SignalKind::terminate()),
        ("HUP", SignalKind::hangup()),
        ("QUIT", SignalKind::quit()),
        ("USR1", SignalKind::user_defined1()),
        ("USR2", SignalKind::user_defined2()),
        ("ALRM", SignalKind::alarm()),
    ];
    // The keyboard's stop key: the program decides, as at its own terminal.
    #[cfg(target_os = "linux")]
    kinds.push(("TSTP", SignalKind::from_raw(libc::SIGTSTP)));
    kinds
}

/// Passes signals on until dropped.
#[derive(Debug)]
pub(in crate::docker_cli) struct Proxy(JoinHandle<()>);

impl Drop for Proxy {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Passes what this process is sent on to a container; the third request to end ends the command, as Docker's CLI does.
///
/// # Errors
/// The system's, where signals cannot be listened for.
pub(in crate::docker_cli) fn proxy(client: &Client, container: &str) -> io::Result<Proxy> {
    let mut signals = Signals::listen(&kinds())?;
    let (client, container) = (client.clone(), encode(container));
    Ok(Proxy(tokio::spawn(async move {
        let mut asked = 0;
        loop {
            let name = signals.next().await;
            asked += u32::from(matches!(name, "INT" | "TERM"));
            if asked >= PATIENCE {
                leave();
            }
            // It may just have ended.
            let _ = client
                .post(&format!("/containers/{container}/kill?signal={name}"), None)
                .await;
        }
    })))
}

/// Keeps interruptions from the container (`--sig-proxy=false`); the third one ends the command, as Docker's CLI does.
///
/// # Errors
/// The system's, where signals cannot be listened for.
pub(in crate::docker_cli) fn withhold() -> io::Result<Proxy> {
    let mut signals = Signals::listen(&[("INT", SignalKind::interrupt()), ("TERM", SignalKind::terminate())])?;
    Ok(Proxy(tokio::spawn(async move {
        for _ in 0..PATIENCE {
            signals.next().await;
        }
        leave();
    })))
}

/// Ends the command at once. The container goes on.
fn leave() -> ! {
    complain_raw("\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n");
    // The terminal may be raw; nothing unwinds on the way out.
    let _ = crossterm::terminal::disable_raw_mode();
    std::process::exit(1);
}

struct Signals(Vec<(&'static str, Signal)>);

impl Signals {
    fn listen(kinds: &[(&'static str, SignalKind)]) -> io::Result<Self> {
        kinds
            .iter()
            .map(|(name, kind)| Ok((*name, signal(*kind)?)))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// The next signal's name.
    async fn next(&mut self) -> &'static str {
        std::future::poll_fn(|context| {
            for (name, signal) in &mut self.0 {
                if let std::task::Poll::Ready(Some(())) = signal.poll_recv(context) {
                    return std::task::Poll::Ready(*name);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}
