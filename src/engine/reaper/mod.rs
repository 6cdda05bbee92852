//! Deletes detached links behind everybody's back: veths by group, what gathered while one deletion was under way all
//! at once; bridges last, one by one.
//!
//! Why: the kernel waits a grace period per deletion (16–20 ms for a veth, 40 ms for a bridge), but only one for a
//! whole `IFLA_GROUP` of veths; bridges do not batch. A detached link is already out of its bridge, down, without
//! addresses and under another name, so nobody sees the difference, and whoever looks at that object again waits here.
//!
//! Nothing is done when a lab ends: the kernel takes the namespace away with all that is in it.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::engine::netlink::{DYING_PORTS, NetlinkError, Route, request};
use crate::engine::plan::Place;

/// What kind of link is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In the group [`DYING_PORTS`].
    Veth,
    /// Deleted by itself.
    Bridge,
}

/// A detached link of the lab host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dying {
    /// Interface index.
    pub index: u32,
    /// The name it had when people could see it.
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// Where the other end of the pair is.
    pub far: Option<Place>,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Dying>,
    going: Vec<Dying>,
    closed: bool,
    /// Deletions sent to the kernel so far: a group counts once.
    rounds: u64,
}

impl State {
    fn any(&self, matches: impl Fn(&Dying) -> bool) -> bool {
        self.waiting.iter().chain(&self.going).any(matches)
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves two lists of links, which are never half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reaper of one lab host. Its thread ends when this is dropped.
#[derive(Debug)]
pub struct Reaper {
    handle: ReaperHandle,
}

impl Reaper {
    /// Starts the thread, which acts in the calling thread's network namespace.
    ///
    /// # Errors
    /// No socket, or no thread.
    pub fn start() -> io::Result<Self> {
        let route = Route::open()?;
        let handle = ReaperHandle { shared: Arc::default() };
        let shared = Arc::clone(&handle.shared);
        std::thread::Builder::new()
            .name("reaper".into())
            .spawn(move || work(&shared, route))?;
        Ok(Self { handle })
    }

    /// For those who wait.
    #[must_use]
    pub fn handle(&self) -> ReaperHandle {
        self.handle.clone()
    }

    /// Hands over links that are detached.
    pub fn submit(&self, links: impl IntoIterator<Item = Dying>) {
        self.handle.shared.state().waiting.extend(links);
        self.handle.shared.changed.notify_all();
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        self.handle.shared.state().closed = true;
        self.handle.shared.changed.notify_all();
    }
}

/// Waits for deletions under way. Cheap to clone; the waits block the calling thread.
#[derive(Debug, Clone)]
pub struct ReaperHandle {
    shared: Arc<Shared>,
}

impl ReaperHandle {
    /// A link that had this name on the lab host is still being deleted.
    #[must_use]
    pub fn is_going(&self, name: &str) -> bool {
        self.shared.state().any(|link| link.name == name)
    }

    /// A link with an end in this place is still being deleted.
    #[must_use]
    pub fn is_busy(&self, place: &Place) -> bool {
        self.shared.state().any(|link| link.far.as_ref() == Some(place))
    }

    /// Returns when no link that had this name on the lab host remains.
    pub fn wait_gone(&self, name: &str) {
        self.wait_while(|link| link.name == name);
    }

    /// Returns when no detached link with an end in this place remains: `ip address` there shows the truth.
    pub fn wait_place(&self, place: &Place) {
        self.wait_while(|link| link.far.as_ref() == Some(place));
    }

    /// Returns when nothing is left to delete.
    pub fn wait_idle(&self) {
        self.wait_while(|_| true);
    }

    /// How many deletions went to the kernel so far; a whole group counts once.
    #[must_use]
    pub fn rounds(&self) -> u64 {
        self.shared.state().rounds
    }

    fn wait_while(&self, matches: impl Fn(&Dying) -> bool) {
        let mut state = self.shared.state();
        while !state.closed && state.any(&matches) {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn work(shared: &Shared, mut route: Route) {
    while let Some(round) = next_round(shared) {
        let outcome = match round.first() {
            Some(Dying {
                kind: Kind::Bridge,
                index,
                name,
                ..
            }) => route.execute(&request::delete(request::LinkRef::Index(*index), name)),
            _ => route.execute(&request::delete_group(DYING_PORTS)),
        };
        if let Err(error) = outcome.or_else(absent_is_fine) {
            // Nobody must wait for ever; the link stays until the lab ends, detached and under another name.
            tracing::warn!(%error, hint = ?error.hint(), "a detached link could not be deleted");
        }
        shared.state().going.clear();
        shared.changed.notify_all();
    }
}

/// Somebody was faster: the peer's namespace ended, or a person deleted it by hand.
fn absent_is_fine(error: NetlinkError) -> Result<(), NetlinkError> {
    if error.is_absent() { Ok(()) } else { Err(error) }
}

/// All veths that wait, else one bridge; `None` when the reaper is closed.
fn next_round(shared: &Shared) -> Option<Vec<Dying>> {
    let mut state = shared.state();
    while !state.closed && state.waiting.is_empty() {
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    if state.closed {
        return None;
    }
    let veths: Vec<Dying> = state.waiting.extract_if(.., |link| link.kind == Kind::Veth).collect();
    let round = if veths.is_empty() {
        vec![state.waiting.remove(0)]
    } else {
        veths
    };
    state.going.clone_from(&round);
    state.rounds += 1;
    Some(round)
}
