//! The engine's side of the zygote: blocking requests over one socket pair, ends of processes as they come.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::protocol::{Answer, Ask, FromZygote, Request};
use super::wire;
use crate::engine::plan::{Place, SandboxSpec};

/// The three standard streams of a container's first process.
#[derive(Debug)]
pub struct Stdio {
    /// Standard input; `/dev/null` where the container does not keep it open.
    pub stdin: OwnedFd,
    /// Standard output.
    pub stdout: OwnedFd,
    /// Standard error.
    pub stderr: OwnedFd,
}

/// A process the zygote reaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Container's full id.
    pub container: String,
    /// Exit status, or 128 + signal.
    pub code: i32,
}

/// Why the zygote refused.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A system call failed.
    #[error("{doing}: {source}")]
    Os {
        /// What was being done, with its subject.
        doing: String,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The command is not in the image (`executable file not found in $PATH`, `permission denied`, …).
    #[error("exec: \"{program}\": {reason}")]
    Exec {
        /// As given.
        program: String,
        /// Docker's words.
        reason: String,
        /// 127 not found, 126 not executable.
        code: i32,
    },
    /// No sandbox of that id, or the zygote has ended.
    #[error("no sandbox {0}")]
    Unknown(String),
}

/// Requests under way, by id. `None` once the zygote has ended.
type Waiting = Mutex<Option<HashMap<u64, SyncSender<Reply>>>>;

/// An answer with its descriptors.
type Reply = (Answer, Vec<OwnedFd>);

/// Handle to the zygote, shared by the plan executor and the server. Every call blocks until the zygote answered; calls from
/// several threads do not wait for one another.
#[derive(Debug)]
pub struct SandboxClient {
    socket: OwnedFd,
    waiting: Arc<Waiting>,
    terminals: Mutex<HashMap<String, OwnedFd>>,
    next: std::sync::atomic::AtomicU64,
}

impl SandboxClient {
    /// Speaks to the zygote over `socket`, from a thread of its own. The receiver brings the ends of containers' first
    /// processes that had executed their command; it hangs up when the zygote ends.
    ///
    /// # Errors
    /// No thread or descriptor left.
    pub(crate) fn new(socket: OwnedFd) -> io::Result<(Self, Receiver<Exit>)> {
        let waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let (exits, receiver) = channel();
        let reading = socket.try_clone()?;
        let shared = Arc::clone(&waiting);
        std::thread::Builder::new()
            .name("zygote".into())
            .spawn(move || route(&reading, &shared, &exits))?;
        let client = Self {
            socket,
            waiting,
            terminals: Mutex::new(HashMap::new()),
            next: std::sync::atomic::AtomicU64::new(1),
        };
        Ok((client, receiver))
    }

    /// Clones a container's pid 1 with its own net, mnt, pid, uts and ipc namespaces; it sets itself up and then waits.
    /// Returns its process id, as the lab's pid namespace counts.
    ///
    /// # Errors
    /// The step that failed, with the kernel's words; nothing of the sandbox remains.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "our copies of the streams are closed once the container has its own"
    )]
    pub fn create(&self, spec: &SandboxSpec, stdio: Stdio) -> Result<u32, SandboxError> {
        let container = spec.container.clone();
        let spec = Box::new(spec.clone());
        let fds = [stdio.stdin.as_fd(), stdio.stdout.as_fd(), stdio.stderr.as_fd()];
        match self.ask(Ask::Create { spec }, &fds)? {
            (Answer::Created { pid }, mut fds) => {
                if let Some(terminal) = fds.pop() {
                    lock(&self.terminals).insert(container, terminal);
                }
                Ok(pid)
            }
            _ => Err(out_of_step()),
        }
    }

    /// The other end of the terminal of a container that was created with one; only the first who asks gets it.
    pub fn take_terminal(&self, container: &str) -> Option<OwnedFd> {
        lock(&self.terminals).remove(container)
    }

    /// Lets a waiting pid 1 execute its command; returns once it did.
    ///
    /// # Errors
    /// [`SandboxError::Exec`] where the command cannot be executed; the process has ended then, without an [`Exit`].
    pub fn start(&self, container: &str) -> Result<(), SandboxError> {
        let container = container.to_owned();
        self.ask(Ask::Start { container }, &[]).map(drop)
    }

    /// Sends a signal to a container's pid 1.
    ///
    /// # Errors
    /// No such sandbox, or it has ended already.
    pub fn kill(&self, container: &str, signal: i32) -> Result<(), SandboxError> {
        let container = container.to_owned();
        self.ask(Ask::Kill { container, signal }, &[]).map(drop)
    }

    /// Kills a sandbox, waits for its end and forgets it. Its [`Exit`], where it had started, is reported before.
    ///
    /// # Errors
    /// No such sandbox.
    pub fn end(&self, container: &str) -> Result<(), SandboxError> {
        drop(self.take_terminal(container));
        let container = container.to_owned();
        self.ask(Ask::End { container }, &[]).map(drop)
    }

    /// Makes an empty, named network namespace ([`Place::Router`]).
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn make_namespace(&self, place: &Place) -> Result<(), SandboxError> {
        let place = place.clone();
        self.ask(Ask::MakeNamespace { place }, &[]).map(drop)
    }

    /// A new netlink socket of `protocol` (`NETLINK_ROUTE`, `NETLINK_NETFILTER`) inside a place.
    ///
    /// # Errors
    /// No such place, or the kernel's refusal.
    pub fn netlink_socket(&self, place: &Place, protocol: i32) -> Result<OwnedFd, SandboxError> {
        let place = place.clone();
        let (_, mut fds) = self.ask(Ask::NetlinkSocket { place, protocol }, &[])?;
        fds.pop().ok_or_else(out_of_step)
    }

    /// The network namespace of a place, for `IFLA_NET_NS_FD`.
    ///
    /// # Errors
    /// No such place.
    pub fn netns(&self, place: &Place) -> Result<OwnedFd, SandboxError> {
        let place = place.clone();
        let (_, mut fds) = self.ask(Ask::Netns { place }, &[])?;
        fds.pop().ok_or_else(out_of_step)
    }

    /// Writes `/proc/sys/<path>` inside a place's network namespace unless it already reads so; returns what it read before.
    /// `path` is below `net/`.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn sysctl(&self, place: &Place, path: &str, value: &str) -> Result<String, SandboxError> {
        let ask = Ask::Sysctl {
            place: place.clone(),
            path: path.to_owned(),
            value: value.to_owned(),
        };
        match self.ask(ask, &[])? {
            (Answer::Before { value }, _) => Ok(value),
            _ => Err(out_of_step()),
        }
    }

    fn ask(&self, ask: Ask, fds: &[BorrowedFd<'_>]) -> Result<Reply, SandboxError> {
        let id = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (sender, receiver) = sync_channel(1);
        match lock(&self.waiting).as_mut() {
            Some(waiting) => waiting.insert(id, sender),
            None => return Err(ended()),
        };
        if let Err(source) = wire::send(&self.socket, &Request { id, ask }, fds) {
            if let Some(waiting) = lock(&self.waiting).as_mut() {
                waiting.remove(&id);
            }
            let doing = "asking the zygote".to_owned();
            return Err(SandboxError::Os { doing, source });
        }
        let (answer, fds) = receiver.recv().map_err(|_| ended())?;
        match answer {
            Answer::Refused { doing, errno } => Err(SandboxError::Os {
                doing,
                source: io::Error::from_raw_os_error(errno),
            }),
            Answer::NotExecuted { program, reason, code } => Err(SandboxError::Exec { program, reason, code }),
            Answer::Unknown { what } => Err(SandboxError::Unknown(what)),
            answer => Ok((answer, fds)),
        }
    }
}

/// Brings replies to those who wait and ends to the server, until the zygote ends.
fn route(socket: &OwnedFd, waiting: &Waiting, exits: &Sender<Exit>) {
    while let Ok(Some((said, fds))) = wire::receive(socket) {
        match said {
            FromZygote::Reply { id, answer } => {
                let waiter = lock(waiting).as_mut().and_then(|waiting| waiting.remove(&id));
                if let Some(waiter) = waiter {
                    let _ = waiter.send((answer, fds));
                }
            }
            FromZygote::Exit { container, code } => {
                let _ = exits.send(Exit { container, code });
            }
        }
    }
    *lock(waiting) = None;
}

/// The maps stay whole whatever a thread that held them did: their operations do not panic midway.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended() -> SandboxError {
    SandboxError::Os {
        doing: "asking the zygote".into(),
        source: io::Error::new(io::ErrorKind::BrokenPipe, "the lab has ended"),
    }
}

fn out_of_step() -> SandboxError {
    SandboxError::Os {
        doing: "asking the zygote".into(),
        source: io::Error::new(io::ErrorKind::InvalidData, "an answer to another question"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_reach_those_who_asked_whatever_their_order() {
        let (engine, zygote) = wire::pair().unwrap();
        let (client, _exits) = SandboxClient::new(engine).unwrap();
        let client = Arc::new(client);
        let askers: Vec<_> = ["a", "b"]
            .map(|path| {
                let client = Arc::clone(&client);
                std::thread::spawn(move || client.sysctl(&Place::Host, path, "").unwrap())
            })
            .into();
        let mut asked: Vec<Request> = (0..2).map(|_| wire::receive(&zygote).unwrap().unwrap().0).collect();
        asked.reverse();
        for Request { id, ask } in asked {
            let Ask::Sysctl { path, .. } = ask else {
                panic!("{ask:?}")
            };
            let answer = Answer::Before { value: path };
            wire::send(&zygote, &FromZygote::Reply { id, answer }, &[]).unwrap();
        }
        let answers: Vec<_> = askers.into_iter().map(|asker| asker.join().unwrap()).collect();
        assert_eq!(answers, ["a", "b"]);
    }

    #[test]
    fn the_zygotes_end_is_an_error_for_who_waits_and_who_comes_later() {
        let (engine, zygote) = wire::pair().unwrap();
        let (client, exits) = SandboxClient::new(engine).unwrap();
        let client = Arc::new(client);
        let waiter = {
            let client = Arc::clone(&client);
            std::thread::spawn(move || client.start("c"))
        };
        wire::receive::<Request>(&zygote).unwrap();
        drop(zygote);
        assert!(waiter.join().unwrap().is_err());
        assert!(exits.recv().is_err());
        assert!(client.start("c").is_err());
    }

    #[test]
    fn ends_are_reported() {
        let (engine, zygote) = wire::pair().unwrap();
        let (_client, exits) = SandboxClient::new(engine).unwrap();
        let said = FromZygote::Exit {
            container: "c".into(),
            code: 137,
        };
        wire::send(&zygote, &said, &[]).unwrap();
        assert_eq!(exits.recv().unwrap().code, 137);
    }
}
