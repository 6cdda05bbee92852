//! The thread that serves: every container's datagrams and connections, and the router's.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use hickory_proto::op::ResponseCode;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, JoinSet, LocalSet};

use super::forward::{Errand, UnderWay};
use super::internet::Internet;
use super::packet::{self, Query, Received};
use super::tell::{Said, Teller};
use super::view::{Asker, Names, Verdict};
use super::{Command, Dial, Sockets, stream, tell};
use crate::engine::core::State;
use crate::observe::{Outcome, Transport};

/// Largest datagram there is.
const DATAGRAM: usize = 65536;
/// Datagrams answered before others get their turn.
const TURN: usize = 64;
/// Connections to one name server at a time; more wait in the kernel until one ends. Docker's has no bound.
const CONNECTIONS: usize = 1024;
/// Connections to all name servers of a lab: descriptors are for the API too.
const ALL_CONNECTIONS: usize = 2048;
/// Connections that a name server has room for whatever the others have.
const SHARE: usize = 4;
/// After the kernel refused to accept: no descriptor left, mostly.
const REFUSED: Duration = Duration::from_millis(50);

/// What all that is served shares.
pub(super) struct Shared {
    state: Arc<ArcSwapOption<State>>,
    /// The names of the state last asked of.
    known: RefCell<Option<(Arc<State>, Rc<Names>)>>,
    /// Counts the states asked of.
    generation: Cell<u64>,
    pub(super) dial: Dial,
    pub(super) teller: RefCell<Teller>,
    internet: Internet,
    connections: Cell<usize>,
    /// Questions asked outside for all containers, under way.
    pub(super) under_way: Cell<usize>,
    /// Where an answer from outside is received.
    pub(super) received: RefCell<Vec<u8>>,
}

impl Shared {
    pub(super) fn new(state: Arc<ArcSwapOption<State>>, dial: Dial, teller: Teller) -> impl FnOnce() -> Self + Send {
        move || Self {
            state,
            known: RefCell::new(None),
            generation: Cell::new(0),
            dial,
            teller: RefCell::new(teller),
            internet: Internet::new(),
            connections: Cell::new(0),
            under_way: Cell::new(0),
            received: RefCell::new(vec![0; DATAGRAM]),
        }
    }

    /// The names of the state that holds now.
    pub(super) fn names(&self) -> Option<Rc<Names>> {
        let state = self.state.load();
        let state = state.as_ref()?;
        let mut known = self.known.borrow_mut();
        if let Some((of, names)) = &*known
            && Arc::ptr_eq(of, state)
        {
            return Some(Rc::clone(names));
        }
        let names = Rc::new(Names::of(state));
        self.generation.set(self.generation.get() + 1);
        *known = Some((Arc::clone(state), Rc::clone(&names)));
        Some(names)
    }
}

/// A container that is served.
#[derive(Debug)]
pub(super) struct Client {
    /// Its full id.
    pub(super) id: Arc<str>,
    /// Its questions that are being asked outside.
    pub(super) under_way: Cell<usize>,
}

/// Whose questions are answered.
#[derive(Debug, Clone)]
pub(super) enum Served {
    /// A container's.
    Container(Rc<Client>),
    /// Everybody's: the simulated internet.
    Internet,
}

/// What becomes of a packet.
pub(super) enum Reaction {
    /// Send this.
    Reply(Vec<u8>),
    /// Ask outside, then send what comes back, if anything does.
    Ask(Box<Errand>),
    /// Nothing.
    Silence,
}

/// Starts the thread; it serves until nobody can tell it anything any more.
pub(super) fn start(
    inbox: UnboundedReceiver<Command>,
    shared: impl FnOnce() -> Shared + Send + 'static,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("resolver".into()).spawn(move || {
        LocalSet::new().block_on(&runtime, obey(inbox, Rc::new(shared())));
    })?;
    Ok(())
}

async fn obey(mut inbox: UnboundedReceiver<Command>, shared: Rc<Shared>) {
    let flushing = Rc::clone(&shared);
    tokio::task::spawn_local(async move {
        let bell = flushing.teller.borrow().bell();
        loop {
            bell.notified().await;
            tokio::time::sleep(tell::WINDOW).await;
            flushing.teller.borrow_mut().flush();
        }
    });
    let mut open: HashMap<Option<String>, AbortHandle> = HashMap::new();
    while let Some(command) = inbox.recv().await {
        let (key, opened) = match command {
            Command::Open { container, sockets } => {
                let served = Served::Container(Rc::new(Client {
                    id: container.as_str().into(),
                    under_way: Cell::new(0),
                }));
                (Some(container), Some((served, sockets)))
            }
            Command::Close { container } => (Some(container), None),
            Command::OpenUpstream { sockets } => (None, Some((Served::Internet, sockets))),
            Command::CloseUpstream => (None, None),
        };
        if let Some(running) = open.remove(&key) {
            running.abort();
        }
        let Some((served, sockets)) = opened else { continue };
        match adopt(sockets) {
            Ok((udp, tcp)) => {
                let one = Server {
                    shared: Rc::clone(&shared),
                    served,
                    udp: Rc::new(udp),
                };
                let task = tokio::task::spawn_local(one.serve(tcp));
                open.insert(key, task.abort_handle());
            }
            Err(error) => tracing::error!(%error, container = key, "names cannot be served"),
        }
    }
}

fn adopt(sockets: Sockets) -> io::Result<(UdpSocket, TcpListener)> {
    let udp = UdpSocket::from_std(sockets.udp.into())?;
    let tcp = TcpListener::from_std(sockets.tcp.into())?;
    Ok((udp, tcp))
}

/// A connection, as the lab's bound counts it.
struct Counted(Rc<Shared>);

impl Counted {
    fn new(shared: &Rc<Shared>) -> Self {
        shared.connections.set(shared.connections.get() + 1);
        Self(Rc::clone(shared))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.set(self.0.connections.get() - 1);
    }
}

/// One name server. Its end closes all that it had open.
struct Server {
    shared: Rc<Shared>,
    served: Served,
    udp: Rc<UdpSocket>,
}

impl Server {
    async fn serve(self, tcp: TcpListener) {
        let mut buffer = vec![0; DATAGRAM];
        let mut errands = JoinSet::new();
        let mut connections: JoinSet<()> = JoinSet::new();
        // A timer beside the rest: datagrams must not wait for connections.
        let (pause, mut pausing) = (tokio::time::sleep(REFUSED), false);
        tokio::pin!(pause);
        loop {
            let others = self.shared.connections.get();
            let room = connections.len() < SHARE || (connections.len() < CONNECTIONS && others < ALL_CONNECTIONS);
            tokio::select! {
                readable = self.udp.readable() => {
                    if let Err(error) = readable {
                        tracing::error!(%error, "a name server's socket is lost");
                        return;
                    }
                    self.datagrams(&mut buffer, &mut errands);
                    tokio::task::yield_now().await;
                }
                accepted = tcp.accept(), if room && !pausing => match accepted {
                    Ok((connection, _)) => {
                        let guard = Counted::new(&self.shared);
                        let serving = stream::serve(connection, Rc::clone(&self.shared), self.served.clone());
                        connections.spawn_local(async move {
                            serving.await;
                            drop(guard);
                        });
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a connection was not accepted");
                        pause.set(tokio::time::sleep(REFUSED));
                        pausing = true;
                    }
                },
                () = &mut pause, if pausing => pausing = false,
                Some(_) = errands.join_next() => {}
                Some(_) = connections.join_next() => {}
            }
        }
    }

    /// Answers what has come, up to a turn's worth.
    fn datagrams(&self, buffer: &mut [u8], errands: &mut JoinSet<()>) {
        for _ in 0..TURN {
            let (length, client) = match self.udp.try_recv_from(buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    tracing::debug!(%error, "a datagram was not received");
                    continue;
                }
            };
            match react(&self.shared, &self.served, &buffer[..length], Transport::Udp) {
                Reaction::Silence => {}
                Reaction::Reply(reply) => send(&self.udp, &reply, client),
                Reaction::Ask(errand) => {
                    let (shared, udp) = (Rc::clone(&self.shared), Rc::clone(&self.udp));
                    errands.spawn_local(async move {
                        if let Some(reply) = errand.run(&shared).await {
                            send(&udp, &reply, client);
                        }
                    });
                }
            }
        }
    }
}

/// A datagram that does not leave at once is lost, as datagrams are: the client asks again.
fn send(udp: &UdpSocket, reply: &[u8], client: SocketAddr) {
    if let Err(error) = udp.try_send_to(reply, client) {
        tracing::debug!(%error, %client, "an answer was not sent");
    }
}

/// What a packet asks for.
pub(super) fn react(shared: &Rc<Shared>, served: &Served, packet: &[u8], transport: Transport) -> Reaction {
    let began = Instant::now();
    let Served::Container(client) = served else {
        return shared
            .internet
            .answer(packet, transport)
            .map_or(Reaction::Silence, Reaction::Reply);
    };
    let query = match packet::receive(packet, transport) {
        Received::Query(query) => query,
        Received::Refused(reply) => return Reaction::Reply(reply),
        Received::Nothing => return Reaction::Silence,
    };
    let Some(names) = shared.names() else {
        return Reaction::Reply(query.failed(ResponseCode::ServFail));
    };
    // Until the writer shows the state with this container in it, nobody can have asked from it.
    let Some(asker) = names.asker(&client.id) else {
        return Reaction::Reply(query.failed(ResponseCode::ServFail));
    };
    let verdict = names.ask(asker, &query.question);
    let (reply, addresses) = match verdict {
        Verdict::Addresses(_, addresses) => {
            let mut shuffled = addresses.to_vec();
            fastrand::shuffle(&mut shuffled);
            let reply = query.addresses(&shuffled, transport, names.rules.compresses_long_answers);
            (reply, shuffled)
        }
        Verdict::Pointer(_, target) => (query.pointer(target), Vec::new()),
        Verdict::NoData(_) | Verdict::SingleLabel => (query.empty(), Vec::new()),
        Verdict::Outside(why) => {
            return Reaction::Ask(Box::new(Errand {
                under_way: UnderWay::new(client, shared),
                servers: asker.servers.clone(),
                host_servers: asker.host_servers,
                rules: names.rules,
                packet: packet.to_vec(),
                transport,
                query,
                why,
                began,
            }));
        }
    };
    let said = Said {
        container: &client.id,
        transport,
        question: &query.question,
        began,
    };
    let generation = shared.generation.get();
    let first = addresses.first().copied();
    let outcome = || outcome(&names, asker, &query, verdict, addresses);
    shared.teller.borrow_mut().answered(&said, generation, first, outcome);
    Reaction::Reply(reply)
}

fn outcome(names: &Names, asker: &Asker, query: &Query, verdict: Verdict<'_>, addresses: Vec<Ipv4Addr>) -> Outcome {
    let by = |found| names.answerer(asker, &query.question, found);
    match verdict {
        Verdict::Addresses(found, _) => Outcome::Addresses {
            addresses,
            by: by(found),
        },
        Verdict::Pointer(found, target) => Outcome::Name {
            target: format!("{target}."),
            by: by(found),
        },
        Verdict::NoData(found) => Outcome::NoData { by: by(found) },
        Verdict::SingleLabel | Verdict::Outside(_) => Outcome::SingleLabel,
    }
}
