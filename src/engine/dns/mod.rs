//! Names: the resolver at 127.0.0.11 of each container, and the simulated internet's name server.
//!
//! ```text
//! view      who answers a name, as one container sees it (pure)
//! packet    bytes in, bytes out (pure)
//! serve     one thread for all containers: sockets, datagrams     stream    connections
//! forward   the servers outside                                   internet  the simulated one
//! tell      each exchange as an observation, never a flood of them
//! ```
//!
//! The sockets are opened by the zygote in the container's network namespace and used from here: nothing of a question for
//! 127.0.0.11 is ever on a bridge. What is answered follows the state that the writer last showed ([`Resolver::show`]): names of a
//! container are there before its process is started, and gone before anybody is told that it ended.

mod forward;
mod internet;
mod packet;
mod serve;
mod stream;
mod tell;
mod view;

pub use self::internet::Internet;
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwapOption;
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::engine::core::State;
use crate::observe::{Log, Transport};

pub use packet::{Query, Received, receive};
pub use view::{Asker, Found, Names, Question, Server, Verdict};

/// Where a container's resolver listens (moby `libnetwork/sandbox_dns_unix.go`).
pub const EMBEDDED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);
/// Where DNS is spoken (RFC 1035 §4.2).
pub const PORT: u16 = 53;

/// Opens an unbound socket inside a container, by its full id. May block for as long as the zygote takes.
pub type Dial = Arc<dyn Fn(&str, Transport) -> io::Result<OwnedFd> + Send + Sync>;

/// Sockets of one name server, bound, non-blocking; the second listens.
#[derive(Debug)]
pub struct Sockets {
    /// For datagrams.
    pub udp: OwnedFd,
    /// For connections.
    pub tcp: OwnedFd,
}

/// What the thread is told.
#[derive(Debug)]
enum Command {
    Open { container: String, sockets: Sockets },
    Close { container: String },
    OpenUpstream { sockets: Sockets },
    CloseUpstream,
}

/// All name servers of a lab, on one thread. Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct Resolver {
    commands: UnboundedSender<Command>,
    state: Arc<ArcSwapOption<State>>,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

impl Resolver {
    /// Starts the thread. It tells its exchanges to `log`, at times counted from `started`; the host's servers are asked from the
    /// calling thread's network namespace, others through `dial`.
    ///
    /// # Errors
    /// No thread, or no descriptor for its event queue.
    pub fn start(log: Log, started: Instant, dial: Dial) -> io::Result<Self> {
        let (commands, inbox) = mpsc::unbounded_channel();
        let state = Arc::new(ArcSwapOption::empty());
        let teller = tell::Teller::new(log, started);
        serve::start(inbox, serve::Shared::new(Arc::clone(&state), dial, teller))?;
        Ok(Self { commands, state })
    }

    /// From now on names are answered from this state.
    pub fn show(&self, state: Arc<State>) {
        self.state.store(Some(state));
    }

    /// Serves a container.
    pub fn open(&self, container: &str, sockets: Sockets) {
        let container = container.to_owned();
        self.tell(Command::Open { container, sockets });
    }

    /// Stops serving a container: sockets, connections and questions under way are closed, so that its namespace can go.
    pub fn close(&self, container: &str) {
        let container = container.to_owned();
        self.tell(Command::Close { container });
    }

    /// Serves the simulated internet's names.
    pub fn open_upstream(&self, sockets: Sockets) {
        self.tell(Command::OpenUpstream { sockets });
    }

    /// Stops serving them.
    pub fn close_upstream(&self) {
        self.tell(Command::CloseUpstream);
    }

    fn tell(&self, command: Command) {
        // Refused only when the thread has ended, and with it all it served.
        let _ = self.commands.send(command);
    }
}

#[cfg(test)]
mod tests;
