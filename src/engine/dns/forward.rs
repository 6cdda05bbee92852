//! Questions that no network of the container answers, asked outside (moby `libnetwork/resolver.go`, `forwardExtDNS`). Nothing
//! is kept: the next one is asked again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_proto::op::ResponseCode;
use tokio::net::{TcpSocket, UdpSocket};
use tokio::time::timeout;

use super::packet::{self, Query};
use super::serve::{Client, Shared};
use super::tell::Said;
use super::view::Server;
use super::{PORT, stream};
use crate::engine::core::Rules;
use crate::observe::{Asked, Failure, ForwardReason, Outcome, Transport};

/// For one server (moby `extIOTimeout`).
const PATIENCE: Duration = Duration::from_secs(4);
/// Questions of one container that may be under way (moby `maxConcurrent`).
const MOST: usize = 1024;
/// Of all containers: each has a descriptor, of which the API needs some too.
const MOST_OF_ALL: usize = 4096;

/// A question to be asked outside.
pub(super) struct Errand {
    pub(super) under_way: UnderWay,
    pub(super) servers: Vec<Server>,
    /// The host's servers may be asked.
    pub(super) host_servers: bool,
    pub(super) rules: &'static Rules,
    /// As it came: it is passed on so.
    pub(super) packet: Vec<u8>,
    pub(super) transport: Transport,
    pub(super) query: Query,
    pub(super) why: ForwardReason,
    pub(super) began: Instant,
}

/// A question under way, as its container's bound and the lab's count it.
pub(super) struct UnderWay {
    client: Rc<Client>,
    shared: Rc<Shared>,
    within: bool,
}

impl UnderWay {
    pub(super) fn new(client: &Rc<Client>, shared: &Rc<Shared>) -> Self {
        let (own, all) = (client.under_way.get(), shared.under_way.get());
        client.under_way.set(own + 1);
        shared.under_way.set(all + 1);
        Self {
            client: Rc::clone(client),
            shared: Rc::clone(shared),
            within: own < MOST && all < MOST_OF_ALL,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.client.under_way.set(self.client.under_way.get() - 1);
        self.shared.under_way.set(self.shared.under_way.get() - 1);
    }
}

/// What became of an errand.
struct Reached {
    reply: Option<Vec<u8>>,
    asked: Vec<Asked>,
    failure: Option<Failure>,
}

impl Errand {
    /// Asks, tells of it, and gives what the client gets.
    pub(super) async fn run(self, shared: &Shared) -> Option<Vec<u8>> {
        let Reached { reply, asked, failure } = self.ask(shared).await;
        let rcode = reply.as_deref().map(packet::rcode);
        let outcome = match failure {
            None => Outcome::Forwarded {
                why: self.why,
                servers: asked,
                rcode: rcode.unwrap_or_default(),
            },
            Some(cause) => Outcome::Failed {
                why: self.why,
                servers: asked,
                cause,
                rcode,
            },
        };
        let said = Said {
            container: &self.under_way.client.id,
            transport: self.transport,
            question: &self.query.question,
            began: self.began,
        };
        shared.teller.borrow_mut().asked_outside(&said, outcome);
        reply
    }

    /// Server after server, until one gives an answer to pass on.
    async fn ask(&self, shared: &Shared) -> Reached {
        let mut asked = Vec::new();
        if !self.under_way.within {
            return self.failed(asked, Failure::TooMany, ResponseCode::Refused);
        }
        let mut last = None;
        for server in &self.servers {
            // An internal network must not reach the host's servers; one on it, dialled from inside, it may.
            if server.from_host && !self.host_servers {
                continue;
            }
            let answer = timeout(PATIENCE, self.exchange(shared, *server)).await;
            last = answer.ok().and_then(|answer| {
                let told =
                    |error: &io::Error| tracing::debug!(%error, server = %server.address, "no answer from outside");
                answer.inspect_err(told).ok()
            });
            asked.push(Asked {
                server: server.address,
                from_host: server.from_host,
                rcode: last.as_deref().map(packet::rcode),
            });
            if last.as_deref().is_some_and(|answer| self.settles(answer)) {
                break;
            }
        }
        match last {
            Some(answer) if self.settles(&answer) || !self.rules.unanswered_names_fail => Reached {
                reply: Some(answer),
                asked,
                failure: None,
            },
            _ => {
                let kept_in = asked.is_empty() && !self.servers.is_empty();
                let cause = if kept_in {
                    Failure::InternalOnly
                } else {
                    Failure::NoUsableAnswer
                };
                self.failed(asked, cause, ResponseCode::ServFail)
            }
        }
    }

    /// Whether an answer ends the search.
    fn settles(&self, answer: &[u8]) -> bool {
        match packet::code(answer) {
            ResponseCode::NoError => true,
            ResponseCode::ServFail | ResponseCode::Refused => false,
            ResponseCode::NXDomain => !self.rules.foreign_errors_go_on || packet::is_authoritative(answer),
            _ => !self.rules.foreign_errors_go_on,
        }
    }

    fn failed(&self, asked: Vec<Asked>, cause: Failure, code: ResponseCode) -> Reached {
        Reached {
            reply: self.rules.unanswered_names_fail.then(|| self.query.failed(code)),
            asked,
            failure: Some(cause),
        }
    }

    async fn exchange(&self, shared: &Shared, server: Server) -> io::Result<Vec<u8>> {
        let address = SocketAddr::new(server.address, PORT);
        let inside = if server.from_host {
            None
        } else {
            Some(self.dial(shared).await?)
        };
        match self.transport {
            Transport::Udp => {
                let socket = match inside {
                    None => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?,
                    Some(socket) => UdpSocket::from_std(socket.into())?,
                };
                socket.connect(address).await?;
                socket.send(&self.packet).await?;
                loop {
                    socket.readable().await?;
                    // One buffer for all: thousands may wait for an answer, and each comes whole.
                    let mut received = shared.received.borrow_mut();
                    match socket.try_recv(&mut received) {
                        Ok(length) if self.query.is_answered_by(&received[..length]) => {
                            return Ok(received[..length].to_vec());
                        }
                        Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                        Ok(_) | Err(_) => {}
                    }
                }
            }
            Transport::Tcp => {
                let socket = match inside {
                    None => TcpSocket::new_v4()?,
                    Some(socket) => TcpSocket::from_std_stream(socket.into()),
                };
                let mut connection = socket.connect(address).await?;
                stream::write(&mut connection, &self.packet).await?;
                loop {
                    let answer = stream::read(&mut connection).await?;
                    if self.query.is_answered_by(&answer) {
                        return Ok(answer);
                    }
                }
            }
        }
    }

    /// A socket of the container's own; the zygote that makes it may be busy, and other questions must not wait for it.
    async fn dial(&self, shared: &Shared) -> io::Result<OwnedFd> {
        let (dial, transport) = (Arc::clone(&shared.dial), self.transport);
        let container = self.under_way.client.id.to_string();
        let dialled = tokio::task::spawn_blocking(move || dial(&container, transport)).await;
        dialled.map_err(io::Error::other)?
    }
}
