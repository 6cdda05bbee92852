//! The person's terminal while a container's program has it.

use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::super::client::Client;
use super::super::complain;

/// How often a container that is not ready to hear its terminal's size is told again.
const ATTEMPTS: u32 = 10;

/// Standard input's terminal in raw mode: every key goes to the program. Given back when dropped.
pub(super) struct Raw(());

impl Raw {
    /// Takes the terminal, if standard input is one.
    pub(super) fn take() -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        crossterm::terminal::enable_raw_mode()?;
        Ok(Some(Self(())))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing can be done for a terminal that has gone.
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// Rows and columns of the terminal that output goes to; zero twice where it goes to none.
pub(in crate::docker_cli) fn size() -> (u16, u16) {
    if !io::stdout().is_terminal() {
        return (0, 0);
    }
    crossterm::terminal::size().map_or((0, 0), |(columns, rows)| (rows, columns))
}

/// Refuses an interactive session without a terminal, in the CLI's words.
///
/// # Errors
/// The sentence.
pub(in crate::docker_cli) fn check(input: bool, tty: bool) -> Result<(), &'static str> {
    if input && tty && !io::stdin().is_terminal() {
        return Err("the input device is not a TTY");
    }
    Ok(())
}

/// Tells a container's or an exec's terminal (`/containers/ID`, `/exec/ID`) the size of ours, now and at each change, for
/// as long as the program runs.
pub(in crate::docker_cli) fn keep_size(client: &Client, object: &str) {
    let (client, object) = (client.clone(), object.to_owned());
    tokio::spawn(async move {
        // Listened for before the first telling, so that no change falls between.
        let changes = signal(SignalKind::window_change());
        for attempt in 1..=ATTEMPTS + 1 {
            if resize(&client, &object, size()).await {
                break;
            }
            if attempt > ATTEMPTS {
                complain("failed to resize tty, using default size");
            }
            tokio::time::sleep(Duration::from_millis(u64::from(attempt) * 10)).await;
        }
        let Ok(mut changes) = changes else { return };
        while changes.recv().await.is_some() {
            resize(&client, &object, size()).await;
        }
    });
}

/// Tells one size; whether the engine took it.
pub(in crate::docker_cli) async fn resize(client: &Client, object: &str, (rows, columns): (u16, u16)) -> bool {
    if rows == 0 && columns == 0 {
        return true;
    }
    client
        .post(&format!("{object}/resize?h={rows}&w={columns}"), None)
        .await
        .is_ok()
}
