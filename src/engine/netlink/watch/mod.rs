//! Kernel notifications → [`Observation`](crate::observe::Observation)s: one thread hears the lab host and every
//! namespace that has a number there (`NETLINK_LISTEN_ALL_NSID`). When the kernel says that some were lost, the truth is
//! dumped and only the difference told: never silent loss.

mod ledger;
mod multicast;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};

use super::error::NetlinkError;
use super::route::{Address, Link, Route};
use super::wire::{Frames, find, ne32};
use crate::engine::plan::Place;
use crate::observe::{Event, Log};
use ledger::Ledger;
use multicast::Multicast;

/// Room asked for between the kernel and the thread, bytes.
const RECEIVE_BUFFER: usize = 8 << 20;
/// `NETNSA_NSID` of `linux/net_namespace.h`; behind a `struct rtgenmsg` padded to 4 bytes.
const NETNSA_NSID: u16 = 1;

/// The watcher of one lab host. Its thread ends when this is dropped.
#[derive(Debug)]
pub struct Watcher {
    handle: WatchHandle,
}

/// Tells the watcher which namespaces there are. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WatchHandle {
    inbox: Arc<Inbox>,
}

/// A watcher that is held.
#[derive(Debug)]
pub struct Pause {
    _hold: SyncSender<()>,
}

#[derive(Debug)]
struct Inbox {
    commands: Mutex<Vec<Command>>,
    bell: OwnedFd,
    resyncs: AtomicU64,
}

#[derive(Debug)]
enum Command {
    Register { nsid: i32, place: String },
    Forget { place: String },
    Flush { bell: SyncSender<()> },
    Pause { reached: SyncSender<()>, end: Receiver<()> },
    Stop,
}

impl Inbox {
    fn post(&self, command: Command) {
        self.commands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(command);
        // The counter of an eventfd overflows after 2^64 - 2 unread rings.
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
    }
}

/// The name a place has in an observation.
#[must_use]
fn place_name(place: &Place) -> String {
    match place {
        Place::Host => "host".to_owned(),
        Place::Router => "router".to_owned(),
        Place::Container(id) => id.clone(),
    }
}

impl Watcher {
    /// Subscribes in the calling thread's network namespace (the lab host's) and starts the thread. Times are counted
    /// from `started`. The first observations tell what is there already.
    ///
    /// # Errors
    /// No socket, or no thread.
    pub fn start(log: Log, started: Instant) -> io::Result<Self> {
        Self::with_buffer(log, started, RECEIVE_BUFFER)
    }

    /// The same with a receive buffer of one's own choice: a small one overflows sooner, which costs a dump, not truth.
    ///
    /// # Errors
    /// No socket, or no thread.
    pub fn with_buffer(log: Log, started: Instant, receive_buffer: usize) -> io::Result<Self> {
        let multicast = Multicast::subscribe(receive_buffer)?;
        let route = Route::open()?;
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let inbox = Arc::new(Inbox {
            commands: Mutex::default(),
            bell,
            resyncs: AtomicU64::new(0),
        });
        let observer = Observer {
            log,
            started,
            route,
            inbox: Arc::clone(&inbox),
            places: BTreeMap::from([(
                None,
                Space {
                    place: place_name(&Place::Host),
                    ledger: Ledger::default(),
                },
            )]),
        };
        std::thread::Builder::new()
            .name("watch".into())
            .spawn(move || observer.work(multicast))?;
        Ok(Self {
            handle: WatchHandle { inbox },
        })
    }

    /// For those who make and end namespaces.
    #[must_use]
    pub fn handle(&self) -> WatchHandle {
        self.handle.clone()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.handle.inbox.post(Command::Stop);
    }
}

impl WatchHandle {
    /// `place` has the number `nsid` in the lab host's namespace. What it had under another number is gone.
    pub fn register(&self, place: &Place, nsid: i32) {
        self.inbox.post(Command::Register {
            nsid,
            place: place_name(place),
        });
    }

    /// `place` has ended: its links are gone. The kernel says so too, but only when it cleans up.
    pub fn forget(&self, place: &Place) {
        self.inbox.post(Command::Forget {
            place: place_name(place),
        });
    }

    /// Holds the watcher until the returned value is dropped; notifications pile up in the kernel meanwhile, and get
    /// lost there. It is how tests make losses happen.
    #[must_use]
    pub fn pause(&self) -> Pause {
        let (reached, is_reached) = sync_channel(1);
        let (hold, end) = sync_channel(0);
        self.inbox.post(Command::Pause { reached, end });
        let _ = is_reached.recv();
        Pause { _hold: hold }
    }

    /// How often notifications were lost and the whole state was asked for.
    #[must_use]
    pub fn resyncs(&self) -> u64 {
        self.inbox.resyncs.load(Ordering::Relaxed)
    }

    /// Returns when everything the kernel had reported before this call is in the log.
    pub fn flush(&self) {
        let (bell, rung) = sync_channel(1);
        self.inbox.post(Command::Flush { bell });
        // An error means that the watcher has ended: nothing more to wait for.
        let _ = rung.recv();
    }
}

#[derive(Debug)]
struct Space {
    place: String,
    ledger: Ledger,
}

/// The thread's own state: namespaces by number, the lab host under `None`.
struct Observer {
    log: Log,
    started: Instant,
    route: Route,
    inbox: Arc<Inbox>,
    places: BTreeMap<Option<i32>, Space>,
}

impl Observer {
    fn work(mut self, mut multicast: Multicast) {
        self.resync(None);
        loop {
            let mut fds = [
                PollFd::new(&multicast, PollFlags::IN),
                PollFd::new(&self.inbox.bell, PollFlags::IN),
            ];
            if poll(&mut fds, None).is_err_and(|errno| errno != rustix::io::Errno::INTR) {
                return;
            }
            // Notifications first: a flush promises those that came before it.
            let commands = self.take_commands();
            self.drain(&mut multicast);
            for command in commands {
                match command {
                    Command::Register { nsid, place } => self.register(nsid, place),
                    Command::Forget { place } => self.forget(&place),
                    Command::Flush { bell } => drop(bell.try_send(())),
                    Command::Pause { reached, end } => {
                        let _ = reached.try_send(());
                        // Ends with an error when the pause is dropped.
                        let _ = end.recv();
                    }
                    Command::Stop => return,
                }
            }
        }
    }

    fn take_commands(&self) -> Vec<Command> {
        let _ = rustix::io::read(&self.inbox.bell, &mut [0u8; 8]);
        std::mem::take(&mut *self.inbox.commands.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads until nothing is left. After a loss the queue is emptied before the truth is asked for: until it is empty
    /// the kernel goes on dropping, without a second word (`NETLINK_S_CONGESTED`, `net/netlink/af_netlink.c`).
    fn drain(&mut self, multicast: &mut Multicast) {
        let mut lost = false;
        loop {
            match multicast.receive() {
                Ok(datagram) => {
                    for frame in Frames(datagram.bytes) {
                        self.notice(datagram.nsid, frame.kind, frame.body);
                    }
                }
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => lost = true,
                Err(_) if lost => {
                    lost = false;
                    self.inbox.resyncs.fetch_add(1, Ordering::Relaxed);
                    tracing::debug!("kernel notifications were lost; asking for the whole state");
                    let all: Vec<Option<i32>> = self.places.keys().copied().collect();
                    for nsid in all {
                        self.resync(nsid);
                    }
                }
                Err(_) => return,
            }
        }
    }

    fn notice(&mut self, nsid: Option<i32>, kind: u16, body: &[u8]) {
        if kind == libc::RTM_DELNSID {
            let ended = body.get(4..).and_then(|a| find(a, NETNSA_NSID)).and_then(ne32);
            return self.drop_space(ended.map(u32::cast_signed));
        }
        let Some(space) = self.places.get_mut(&nsid) else {
            return;
        };
        let events = match kind {
            libc::RTM_NEWLINK => Link::parse(body).map(|link| space.ledger.link(link)),
            libc::RTM_DELLINK => Link::parse(body).map(|link| space.ledger.link_gone(link.index)),
            libc::RTM_NEWADDR => Address::parse(body).map(|address| space.ledger.address(address)),
            libc::RTM_DELADDR => Address::parse(body).map(|address| space.ledger.address_gone(address)),
            _ => None,
        };
        self.tell(nsid, events.unwrap_or_default());
    }

    fn register(&mut self, nsid: i32, place: String) {
        self.forget(&place);
        self.places.insert(
            Some(nsid),
            Space {
                place,
                ledger: Ledger::default(),
            },
        );
        self.resync(Some(nsid));
    }

    fn forget(&mut self, place: &str) {
        let known: Vec<i32> = self
            .places
            .iter()
            .filter(|(_, s)| s.place == place)
            .filter_map(|(n, _)| *n)
            .collect();
        for nsid in known {
            self.drop_space(Some(nsid));
        }
    }

    /// A namespace has ended, with all that was in it.
    fn drop_space(&mut self, nsid: Option<i32>) {
        let Some(nsid) = nsid else { return };
        if let Some(space) = self.places.get_mut(&Some(nsid)) {
            let events = space.ledger.resync(Vec::new(), &[]);
            self.tell(Some(nsid), events);
            self.places.remove(&Some(nsid));
        }
    }

    fn resync(&mut self, nsid: Option<i32>) {
        match self.dump(nsid) {
            Ok((links, addresses)) => {
                let space = self.places.get_mut(&nsid);
                let events = space.map(|space| space.ledger.resync(links, &addresses));
                self.tell(nsid, events.unwrap_or_default());
            }
            // It ended meanwhile, and with it everything in it.
            Err(error) if nsid.is_some() => {
                tracing::debug!(%error, "a namespace ended while it was being read");
                self.drop_space(nsid);
            }
            Err(error) => tracing::error!(%error, "the lab host's links cannot be read: the picture may be wrong"),
        }
    }

    fn dump(&mut self, nsid: Option<i32>) -> Result<(Vec<Link>, Vec<Address>), NetlinkError> {
        match nsid {
            None => Ok((self.route.links()?, self.route.addresses(None)?)),
            Some(nsid) => Ok((self.route.links_of(nsid)?, self.route.addresses_of(nsid)?)),
        }
    }

    fn tell(&self, nsid: Option<i32>, events: Vec<Event>) {
        let Some(space) = self.places.get(&nsid) else { return };
        // 2^64 ns are 584 years.
        let at = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        for event in events {
            self.log.append(at, &space.place, event);
        }
    }
}
