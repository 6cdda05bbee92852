//! Requests to the zygote and their answers, in whatever order these come.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Exit, SandboxError};
use crate::engine::sandbox::protocol::{Answer, Ask, FromZygote, Request};
use crate::engine::sandbox::wire;

/// An answer with its descriptors.
pub(super) type Reply = (Answer, Vec<OwnedFd>);

/// Who waits for an answer.
type Hearer = Box<dyn FnOnce(Result<Reply, SandboxError>) + Send>;

/// Requests under way, by id. `None` once the zygote has ended.
type Waiting = Mutex<Option<HashMap<u64, Hearer>>>;

/// The engine's end.
pub(super) struct Conversation {
    socket: OwnedFd,
    waiting: Arc<Waiting>,
    next: AtomicU64,
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

impl Conversation {
    /// Speaks over `socket` and listens from a thread of its own. The receiver brings ends of processes; it hangs up when the
    /// zygote ends.
    pub fn begin(socket: OwnedFd) -> io::Result<(Self, Receiver<Exit>)> {
        let waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let (exits, receiver) = channel();
        let reading = socket.try_clone()?;
        let shared = Arc::clone(&waiting);
        std::thread::Builder::new()
            .name("zygote".into())
            .spawn(move || route(&reading, &shared, &exits))?;
        let next = AtomicU64::new(1);
        Ok((Self { socket, waiting, next }, receiver))
    }

    /// Asks and waits for the answer.
    pub fn ask(&self, ask: Ask, fds: &[BorrowedFd<'_>]) -> Result<Reply, SandboxError> {
        let (sender, receiver) = sync_channel(1);
        self.ask_later(ask, fds, move |answer| drop(sender.send(answer)));
        receiver.recv().map_err(|_| ended())?
    }

    /// Asks. `hearer` hears the answer on the thread that listens, which hears nothing else meanwhile.
    pub fn ask_later(
        &self,
        ask: Ask,
        fds: &[BorrowedFd<'_>],
        hearer: impl FnOnce(Result<Reply, SandboxError>) + Send + 'static,
    ) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let hearer: Hearer = Box::new(hearer);
        // Nobody is told anything while the map is held.
        let refused = match lock(&self.waiting).as_mut() {
            Some(waiting) => {
                waiting.insert(id, hearer);
                None
            }
            None => Some(hearer),
        };
        if let Some(hearer) = refused {
            return hearer(Err(ended()));
        }
        if let Err(source) = wire::send_numbered(&self.socket, id, &Request { id, ask }, fds) {
            let doing = "asking the zygote".to_owned();
            tell(&self.waiting, id, Err(SandboxError::Os { doing, source }));
        }
    }
}

/// Brings replies to those who wait and ends to the server, until the zygote ends.
fn route(socket: &OwnedFd, waiting: &Waiting, exits: &Sender<Exit>) {
    let _end = End(waiting);
    while let Ok(Some(packet)) = wire::receive_packet(socket) {
        let number = packet.number;
        let (said, fds) = match packet.read() {
            Ok(said) => said,
            Err(source) => {
                let doing = "reading the zygote's answer".to_owned();
                tell(waiting, number, Err(SandboxError::Os { doing, source }));
                continue;
            }
        };
        match said {
            FromZygote::Reply { id, answer } => tell(waiting, id, understood(answer, fds)),
            FromZygote::Exit { container, code } => {
                let exec = None;
                let _ = exits.send(Exit { container, exec, code });
            }
            FromZygote::ExecExit { container, exec, code } => {
                let exec = Some(exec);
                let _ = exits.send(Exit { container, exec, code });
            }
        }
    }
}

/// The end of the listening, by whatever way: nobody waits for an answer that nobody brings.
struct End<'a>(&'a Waiting);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let left = lock(self.0).take();
        for hearer in left.into_iter().flatten().map(|(_, hearer)| hearer) {
            hearer(Err(ended()));
        }
    }
}

fn tell(waiting: &Waiting, id: u64, answer: Result<Reply, SandboxError>) {
    let hearer = lock(waiting).as_mut().and_then(|waiting| waiting.remove(&id));
    if let Some(hearer) = hearer {
        hearer(answer);
    }
}

fn understood(answer: Answer, fds: Vec<OwnedFd>) -> Result<Reply, SandboxError> {
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

/// The maps stay whole whatever a thread that held them did: their operations do not panic midway.
pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended() -> SandboxError {
    SandboxError::Os {
        doing: "asking the zygote".into(),
        source: io::Error::new(io::ErrorKind::BrokenPipe, "the lab has ended"),
    }
}

pub(super) fn out_of_step() -> SandboxError {
    SandboxError::Os {
        doing: "asking the zygote".into(),
        source: io::Error::new(io::ErrorKind::InvalidData, "an answer to another question"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::{Place, ProcessSpec};
    use crate::engine::sandbox::{SandboxClient, Stdio};

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
    fn an_answer_that_cannot_be_read_is_an_error_for_the_one_who_asked() {
        let (engine, zygote) = wire::pair().unwrap();
        let (client, _exits) = SandboxClient::new(engine).unwrap();
        std::thread::scope(|scope| {
            for said in ["no answer", ""] {
                let asker = scope.spawn(|| client.start("c"));
                let (Request { id, .. }, _) = wire::receive(&zygote).unwrap().unwrap();
                wire::send_numbered(&zygote, id, &said, &[]).unwrap();
                assert!(asker.join().unwrap().is_err());
            }
        });
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

    fn exec(client: &SandboxClient) -> Receiver<Result<u32, String>> {
        let null = || OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
        let stdio = Stdio {
            stdin: null(),
            stdout: null(),
            stderr: null(),
        };
        let spec = ProcessSpec {
            exec: "e".into(),
            container: "c".into(),
            argv: vec!["true".into()],
            env: Vec::new(),
            workdir: "/".into(),
            cap_add: Vec::new(),
            open_stdin: false,
            tty: false,
            console_size: None,
        };
        let (sender, receiver) = channel();
        client.exec(&spec, stdio, move |made| {
            let made = made.map(|(pid, _)| pid).map_err(|error| error.to_string());
            sender.send(made).unwrap();
        });
        receiver
    }

    #[test]
    fn an_exec_is_not_waited_for_and_is_told_before_its_end() {
        let (engine, zygote) = wire::pair().unwrap();
        let (client, exits) = SandboxClient::new(engine).unwrap();
        let told = exec(&client);
        let (Request { id, .. }, fds) = wire::receive(&zygote).unwrap().unwrap();
        assert_eq!(fds.len(), 3);
        assert!(told.try_recv().is_err(), "nobody has answered");
        let answer = Answer::Created { pid: 7 };
        wire::send(&zygote, &FromZygote::Reply { id, answer }, &[]).unwrap();
        let said = FromZygote::ExecExit {
            container: "c".into(),
            exec: "e".into(),
            code: 0,
        };
        wire::send(&zygote, &said, &[]).unwrap();
        exits.recv().unwrap();
        assert_eq!(told.try_recv(), Ok(Ok(7)));
    }

    #[test]
    fn an_exec_under_way_hears_of_the_zygotes_end() {
        let (engine, zygote) = wire::pair().unwrap();
        let (client, exits) = SandboxClient::new(engine).unwrap();
        let under_way = exec(&client);
        wire::receive::<Request>(&zygote).unwrap();
        drop(zygote);
        assert!(exits.recv().is_err());
        for told in [under_way, exec(&client)] {
            assert!(told.recv().unwrap().unwrap_err().contains("the lab has ended"));
        }
    }
}
