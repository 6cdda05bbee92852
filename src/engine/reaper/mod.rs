//! Deletes detached links behind everybody's back: veths by group, what gathered while one deletion was under way all
//! at once; bridges last, one by one.
//!
//! Why: the kernel waits a grace period per deletion (16–20 ms for a veth, 40 ms for a bridge), but only one for a
//! whole `IFLA_GROUP` of veths; bridges do not batch. A detached link is already out of its bridge and without
//! addresses, so nobody sees the difference, and whoever looks at that object again waits here.
//!
//! A veth's grace period passes outside the kernel's one rtnetlink lock (others wait 0.1–0.2 ms, measured), a bridge's
//! half inside (20 ms): so veths go at once, and nobody who lists links finds them. Bridges go in a quiet moment, or as
//! soon as somebody waits for one; sooner than a person's next command can list links they are taken down and get a name
//! that says what they are. Not earlier: a change of name, too, waits for a grace period (`dev_change_name`,
//! net/core/dev.c), and the next Plan would wait with it.
//!
//! Nothing is done when a lab ends: the kernel takes the namespace away with all that is in it.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::netlink::request::{self, LinkRef};
use crate::engine::netlink::{DYING, NetlinkError, Request, Route};
use crate::engine::plan::Place;

/// Without a Plan for so long, the moment counts as quiet.
const QUIET: Duration = Duration::from_millis(30);
/// Without a Plan for so long, a bridge gets its other name: less than a program takes to start.
const PAUSE: Duration = Duration::from_millis(2);
/// And after so long whatever goes on.
const SHOWN: Duration = Duration::from_millis(20);
/// Bridges kept for a quiet moment: when a lab ends, the kernel deletes them at some 16 ms each.
const BRIDGES: usize = 48;

/// What kind of link is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Deleted with all others that wait.
    Veth,
    /// Deleted by itself.
    Bridge,
}

/// A detached link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dying {
    /// Where it is; the reaper is given those of the lab host.
    pub place: Place,
    /// Interface index.
    pub index: u32,
    /// The name it had when people could see it.
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// The other end of the pair, where its place goes on living.
    pub far: Option<FarEnd>,
}

/// The end of a veth pair that is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FarEnd {
    /// Where.
    pub place: Place,
    /// The name it had there.
    pub name: String,
}

impl Dying {
    fn is_at(&self, place: &Place) -> bool {
        self.far.as_ref().is_some_and(|far| far.place == *place)
    }

    /// Whether an end of it had this name in this place, and may have it still.
    #[must_use]
    pub fn bears(&self, place: &Place, name: &str) -> bool {
        let far = self.far.as_ref().is_some_and(|far| far.name == name) && self.is_at(place);
        far || (self.name == name && self.place == *place)
    }
}

/// What goes to the kernel next.
enum Round {
    Delete(Vec<Dying>),
    Hide(Dying),
}

/// A link that is to be deleted.
#[derive(Debug)]
struct Waiting {
    link: Dying,
    /// Since when a bridge waits that still has the name it was known by.
    shown: Option<Instant>,
}

#[derive(Debug, Default)]
struct State {
    /// In the order in which they came.
    waiting: Vec<Waiting>,
    going: Vec<Dying>,
    closed: bool,
    /// Plans running now.
    busy: usize,
    /// When the last Plan ended.
    last_plan: Option<Instant>,
    /// Threads that wait for a deletion.
    waiters: usize,
    /// Deletions sent to the kernel so far: a group counts once.
    rounds: u64,
}

impl State {
    /// How long bridges are still to be left alone.
    fn patience(&self) -> Duration {
        if self.waiters > 0 || self.waiting.len() > BRIDGES {
            return Duration::ZERO;
        }
        let since = self.last_plan.map_or(QUIET, |ended| ended.elapsed());
        if self.busy > 0 {
            QUIET
        } else {
            QUIET.saturating_sub(since)
        }
    }

    /// How long the first bridge may still be seen; nothing where there is none.
    fn shows(&self) -> Option<Duration> {
        let since = self.waiting.iter().find_map(|waiting| waiting.shown)?;
        let quiet = match self.last_plan {
            _ if self.busy > 0 => PAUSE,
            Some(ended) => PAUSE.saturating_sub(ended.elapsed()),
            None => Duration::ZERO,
        };
        Some(quiet.min(SHOWN.saturating_sub(since.elapsed())))
    }

    fn any(&self, matches: impl Fn(&Dying) -> bool) -> bool {
        let waiting = self.waiting.iter().map(|waiting| &waiting.link);
        waiting.chain(&self.going).any(matches)
    }

    /// What is to be done now: all veths that wait, else one bridge in its time. Or how long to wait for that.
    fn next(&mut self) -> Result<Round, Option<Duration>> {
        let veths = self.waiting.extract_if(.., |waiting| waiting.link.kind == Kind::Veth);
        let veths: Vec<Dying> = veths.map(|waiting| waiting.link).collect();
        if !veths.is_empty() {
            return Ok(Round::Delete(veths));
        }
        let patience = self.patience();
        if patience.is_zero() && !self.waiting.is_empty() {
            return Ok(Round::Delete(vec![self.waiting.remove(0).link]));
        }
        match self.shows() {
            Some(Duration::ZERO) => {
                let first = self.waiting.iter_mut().find(|waiting| waiting.shown.is_some());
                first.map_or(Err(None), |bridge| {
                    bridge.shown = None;
                    Ok(Round::Hide(bridge.link.clone()))
                })
            }
            Some(shows) => Err(Some(shows.min(patience))),
            None if self.waiting.is_empty() => Err(None),
            None => Err(Some(patience)),
        }
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
        let mut state = self.handle.shared.state();
        let waiting = links.into_iter().map(|link| Waiting {
            shown: (link.kind == Kind::Bridge).then(Instant::now),
            link,
        });
        state.waiting.extend(waiting);
        drop(state);
        self.handle.shared.changed.notify_all();
    }

    /// Whether a detached link had this name in this place, and may have it still.
    #[must_use]
    pub fn bears(&self, place: &Place, name: &str) -> bool {
        self.handle.shared.state().any(|link| link.bears(place, name))
    }

    /// A Plan runs until the returned value is dropped.
    #[must_use]
    pub fn busy(&self) -> Busy {
        self.handle.shared.state().busy += 1;
        Busy {
            shared: Arc::clone(&self.handle.shared),
        }
    }
}

/// A Plan that runs.
#[derive(Debug)]
pub struct Busy {
    shared: Arc<Shared>,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.busy -= 1;
        state.last_plan = Some(Instant::now());
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        self.handle.shared.state().closed = true;
        self.handle.shared.changed.notify_all();
    }
}

/// Waits for deletions under way. Cheap to clone; the waits block the calling thread. The default one has nothing to wait for.
#[derive(Debug, Clone, Default)]
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
        self.shared.state().any(|link| link.is_at(place))
    }

    /// Returns when no link that had this name on the lab host remains.
    pub fn wait_gone(&self, name: &str) {
        self.wait_while(|link| link.name == name);
    }

    /// Returns when no detached link with an end in this place remains: `ip address` there shows the truth.
    pub fn wait_place(&self, place: &Place) {
        self.wait_while(|link| link.is_at(place));
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
        state.waiters += 1;
        self.shared.changed.notify_all();
        while !state.closed && state.any(&matches) {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiters -= 1;
    }
}

fn work(shared: &Shared, mut route: Route) {
    while let Some(round) = next_round(shared) {
        let done = match &round {
            Round::Delete(links) => delete(&mut route, links),
            Round::Hide(bridge) => free_name(&mut route, bridge.index, &bridge.name),
        };
        if let Err(error) = done {
            // Nobody must wait for ever; the link stays until the lab ends, detached.
            tracing::warn!(%error, hint = ?error.hint(), "a detached link could not be deleted");
        }
        shared.state().going.clear();
        shared.changed.notify_all();
    }
}

/// Gives a detached link another name: down first, for kernels before 6.2. One that is gone has none to give.
///
/// # Errors
/// The kernel's refusal.
pub fn free_name(route: &mut Route, index: u32, name: &str) -> Result<(), NetlinkError> {
    let requests = [
        request::set_down(index, name),
        request::rename(index, &format!("gone{index}"), name),
    ];
    unless_absent(route.batch(&requests)?)
}

/// Somebody may have been faster: the peer's namespace ended, or a person deleted it by hand.
fn unless_absent(outcomes: Vec<Result<(), NetlinkError>>) -> Result<(), NetlinkError> {
    outcomes
        .into_iter()
        .find(|outcome| outcome.as_ref().is_err_and(|error| !error.is_absent()))
        .unwrap_or(Ok(()))
}

/// One round to the kernel. Veths join the group only now: what is in it goes, whoever put it there, and a link that
/// a Plan has merely detached may still be put back.
fn delete(route: &mut Route, round: &[Dying]) -> Result<(), NetlinkError> {
    let requests: Vec<Request> = match round {
        [link] => vec![request::delete(LinkRef::Index(link.index), &link.name)],
        links => {
            let join = |link: &Dying| request::set_group(LinkRef::Index(link.index), DYING, &link.name);
            links.iter().map(join).chain([request::delete_group(DYING)]).collect()
        }
    };
    unless_absent(route.batch(&requests)?)
}

/// Waits for the next thing to do; `None` when the reaper is closed.
fn next_round(shared: &Shared) -> Option<Round> {
    let mut state = shared.state();
    while !state.closed {
        match state.next() {
            Ok(round) => {
                if let Round::Delete(links) = &round {
                    state.going.clone_from(links);
                    state.rounds += 1;
                }
                return Some(round);
            }
            Err(Some(time)) => {
                let waited = shared.changed.wait_timeout(state, time);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            Err(None) => state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }
    None
}
