//! Containers' first processes, from clone to the last answer about them.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process};

use super::PATIENCE;
use super::outbox::Outbox;
use super::places::Places;
use super::refusal::{late, refused, short, stopped, why};
use crate::engine::plan::{Place, SandboxNetwork, SandboxSpec};
use crate::engine::sandbox::container::{self, ContainerSetup, Joins, Kit, Report};
use crate::engine::sandbox::edge::{self, Forked};
use crate::engine::sandbox::protocol::Answer;
use crate::engine::sandbox::{Stdio, process};

/// Every container of the lab by its id.
#[derive(Debug)]
pub(super) struct Sandboxes {
    all: HashMap<String, Sandbox>,
    by_pid: HashMap<Pid, String>,
}

#[derive(Debug)]
struct Sandbox {
    pid: Pid,
    state: State,
    /// It was stopped while it waited to be started, and killed for that.
    was_stopped: bool,
    /// Requests to be answered when the process has been reaped and the sandbox forgotten.
    to_forget: Vec<u64>,
}

/// A first process's life.
#[derive(Debug)]
enum State {
    /// Sets itself up; the request that made it is not answered yet.
    Preparing {
        report: OwnedFd,
        go: OwnedFd,
        request: u64,
        deadline: Instant,
    },
    /// Complete, and waits for `go`.
    Waiting { report: OwnedFd, go: OwnedFd },
    /// Told to go; the end of file of its report says that it executed the command.
    Starting {
        report: OwnedFd,
        request: u64,
        deadline: Instant,
    },
    /// Its command runs.
    Running,
    /// Ends by itself without having executed its command; the request is answered when it has.
    Failing { answer: Option<(u64, Answer)>, made: bool },
    /// Reaped.
    Ended,
}

impl Sandbox {
    /// Kills it before it has executed its command; `request` is answered when it is reaped.
    fn give_up(&mut self, request: u64, answer: Answer, made: bool) {
        let _ = kill_process(self.pid, Signal::KILL);
        let answer = Some((request, answer));
        self.state = State::Failing { answer, made };
    }
}

impl Sandboxes {
    pub fn new() -> Self {
        Self {
            all: HashMap::new(),
            by_pid: HashMap::new(),
        }
    }

    /// Clones a container's first process. Its answer comes with its report.
    pub fn create(
        &mut self,
        request: u64,
        spec: &SandboxSpec,
        fds: Vec<OwnedFd>,
        places: &mut Places,
        kit: &Kit,
    ) -> Result<(), Answer> {
        let doing = |what: &str| {
            let doing = format!("{what} container {}", short(&spec.container));
            move |error: io::Error| refused(doing, &error)
        };
        let Ok([stdin, stdout, stderr]) = <[OwnedFd; 3]>::try_from(fds) else {
            return Err(doing("connect")(Errno::BADF.into()));
        };
        if self.all.contains_key(&spec.container) {
            return Err(doing("make")(Errno::EXIST.into()));
        }
        let joins = self.joins(&spec.network, places)?;
        let joined = joins.as_ref().map(|joins| joins.network.try_clone());
        let joined = joined.transpose().map_err(doing("keep the network of"))?;
        let (report, teller) = container::channel().map_err(doing("make"))?;
        let (waiter, go) = pipe_with(PipeFlags::CLOEXEC).map_err(|errno| doing("make")(errno.into()))?;
        let pid = match edge::clone(namespaces_of(spec)).map_err(doing("clone"))? {
            Forked::Child => {
                process::set_short_name(c"cnm-container");
                let setup = ContainerSetup {
                    spec,
                    stdio: Stdio { stdin, stdout, stderr },
                    kit,
                    joins,
                };
                container::run(setup, teller, waiter)
            }
            Forked::Parent(pid) => pid,
        };
        let own = || File::open(format!("/proc/{}/ns/net", pid.as_raw_nonzero())).map(OwnedFd::from);
        let state = match joined.map_or_else(own, Ok) {
            Ok(namespace) => {
                places.insert(Place::Container(spec.container.clone()), namespace);
                State::Preparing {
                    report,
                    go,
                    request,
                    deadline: Instant::now() + PATIENCE,
                }
            }
            Err(error) => {
                let _ = kill_process(pid, Signal::KILL);
                let answer = Some((request, doing("keep the network of")(error)));
                State::Failing { answer, made: false }
            }
        };
        self.by_pid.insert(pid, spec.container.clone());
        let sandbox = Sandbox {
            pid,
            state,
            was_stopped: false,
            to_forget: Vec::new(),
        };
        self.all.insert(spec.container.clone(), sandbox);
        Ok(())
    }

    /// The namespaces of the container that another joins.
    fn joins(&mut self, network: &SandboxNetwork, places: &Places) -> Result<Option<Joins>, Answer> {
        let SandboxNetwork::Container(other) = network else {
            return Ok(None);
        };
        let pid = self.pid(other)?;
        let doing = |error: io::Error| refused(format!("join the network of container {}", short(other)), &error);
        Joins::prepare().map_err(doing)?;
        let mounts = File::open(format!("/proc/{}/ns/mnt", pid.as_raw_nonzero())).map_err(doing)?;
        let known = places.get(&Place::Container(other.clone()));
        let network = known
            .ok_or_else(|| doing(Errno::SRCH.into()))?
            .try_clone()
            .map_err(doing)?;
        Ok(Some(Joins {
            network,
            mounts: mounts.into(),
        }))
    }

    /// Lets a waiting process execute its command. Its answer comes with its report.
    pub fn start(&mut self, request: u64, container: &str) -> Result<(), Answer> {
        let sandbox = self.find(container)?;
        match std::mem::replace(&mut sandbox.state, State::Ended) {
            State::Waiting { report, go } => {
                sandbox.state = State::Starting {
                    report,
                    request,
                    deadline: Instant::now() + PATIENCE,
                };
                // A process that was killed meanwhile reads nothing; the end of file of its report follows.
                let _ = rustix::io::write(&go, b"g");
                Ok(())
            }
            other => {
                sandbox.state = other;
                let doing = format!("start container {}", short(container));
                Err(if sandbox.was_stopped {
                    stopped(container)
                } else {
                    refused(doing, &Errno::ALREADY.into())
                })
            }
        }
    }

    /// The first process of a container whose command runs.
    pub fn first_process(&mut self, container: &str) -> Result<Pid, Answer> {
        let sandbox = self.find(container)?;
        match sandbox.state {
            State::Running => Ok(sandbox.pid),
            _ => Err(Answer::Unknown {
                what: container.to_owned(),
            }),
        }
    }

    /// Sends a signal. The process is our own child and not reaped, so its number is its own.
    pub fn kill(&mut self, container: &str, signal: i32) -> Result<(), Answer> {
        let sandbox = self.find(container)?;
        let sent = match sandbox.state {
            State::Ended => Err(Errno::SRCH.into()),
            _ => process::kill(sandbox.pid, signal),
        };
        sent.map_err(|error| refused(format!("signal container {}", short(container)), &error))
    }

    /// A first process that is complete and has not ended: our own child, so the number is its own until it is reaped.
    pub fn pid(&mut self, container: &str) -> Result<Pid, Answer> {
        let sandbox = self.find(container)?;
        match sandbox.state {
            State::Waiting { .. } | State::Starting { .. } | State::Running => Ok(sandbox.pid),
            State::Preparing { .. } | State::Failing { .. } | State::Ended => Err(Answer::Unknown {
                what: container.to_owned(),
            }),
        }
    }

    /// Ends and forgets a sandbox; true when it was gone already, otherwise the answer comes when it is reaped.
    pub fn end(&mut self, request: u64, container: &str, places: &mut Places) -> Result<bool, Answer> {
        let sandbox = self.find(container)?;
        if matches!(sandbox.state, State::Ended) {
            self.forget(container, places);
            return Ok(true);
        }
        let _ = kill_process(sandbox.pid, Signal::KILL);
        sandbox.to_forget.push(request);
        Ok(false)
    }

    /// Reports that are awaited, with whose they are.
    pub fn awaited(&self) -> impl Iterator<Item = (&str, BorrowedFd<'_>)> {
        self.all.iter().filter_map(|(container, sandbox)| match &sandbox.state {
            State::Preparing { report, .. } | State::Starting { report, .. } => {
                Some((container.as_str(), report.as_fd()))
            }
            _ => None,
        })
    }

    /// When the first of them has had its time.
    pub fn deadline(&self) -> Option<Instant> {
        let deadlines = self.all.values().filter_map(|sandbox| match sandbox.state {
            State::Preparing { deadline, .. } | State::Starting { deadline, .. } => Some(deadline),
            _ => None,
        });
        deadlines.min()
    }

    /// Kills those that have had their time; they are answered when they are reaped.
    pub fn give_up(&mut self, now: Instant) {
        for (container, sandbox) in &mut self.all {
            let (request, made) = match sandbox.state {
                State::Preparing { request, deadline, .. } if deadline <= now => (request, false),
                State::Starting { request, deadline, .. } if deadline <= now => (request, true),
                _ => continue,
            };
            sandbox.give_up(request, late(&format!("container {}", short(container))), made);
        }
    }

    /// A child of the zygote was stopped. One that has not executed its command does not go on by itself, and all that the
    /// engine is asked waits for it: it is given up.
    pub fn stopped(&mut self, pid: Pid, engine: &Outbox) {
        let Some(container) = self.by_pid.get(&pid).cloned() else {
            return;
        };
        // What it had done before may not have been read yet: its command may be what was stopped, and stays so.
        while self.has_report(&container) {
            self.report(&container, engine);
        }
        let Some(sandbox) = self.all.get_mut(&container) else {
            return;
        };
        match sandbox.state {
            State::Preparing { request, .. } => sandbox.give_up(request, stopped(&container), false),
            State::Starting { request, .. } => sandbox.give_up(request, stopped(&container), true),
            // Who starts it is told why it has ended.
            State::Waiting { .. } => {
                let _ = kill_process(pid, Signal::KILL);
                sandbox.was_stopped = true;
            }
            State::Running | State::Failing { .. } | State::Ended => {}
        }
    }

    /// Whether a report is awaited and there to be read.
    fn has_report(&self, container: &str) -> bool {
        let report = self.awaited().find(|(awaited, _)| *awaited == container);
        report.is_some_and(|(_, report)| {
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            poll(&mut [PollFd::from_borrowed_fd(report, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0)
        })
    }

    /// Reads one report and moves on.
    pub fn report(&mut self, container: &str, engine: &Outbox) {
        let Some(sandbox) = self.all.get_mut(container) else {
            return;
        };
        sandbox.state = match std::mem::replace(&mut sandbox.state, State::Ended) {
            State::Preparing {
                report, go, request, ..
            } => match container::receive(&report) {
                Ok(Some(received)) if received.report == Report::Ready => {
                    let pid = sandbox.pid.as_raw_nonzero().get().unsigned_abs();
                    let terminal = received.terminal.as_ref().map(AsFd::as_fd);
                    if engine.reply(request, Answer::Created { pid }, terminal) {
                        State::Waiting { report, go }
                    } else {
                        // Nothing of a container that was refused remains; without `go` it ends by itself.
                        State::Failing {
                            answer: None,
                            made: false,
                        }
                    }
                }
                other => State::Failing {
                    answer: Some((request, why(container, other.ok().flatten().map(|r| r.report)))),
                    made: false,
                },
            },
            State::Starting { report, request, .. } => {
                if let Ok(Some(received)) = container::receive(&report) {
                    let answer = Some((request, why(container, Some(received.report))));
                    State::Failing { answer, made: true }
                } else {
                    engine.reply(request, Answer::Done, None);
                    State::Running
                }
            }
            other => other,
        };
    }

    /// A child of the zygote ended; true when it was a container's first process.
    pub fn ended(&mut self, pid: Pid, code: i32, engine: &Outbox, places: &mut Places) -> bool {
        let Some(container) = self.by_pid.remove(&pid) else {
            return false;
        };
        // What it said last may not have been read yet; all its descriptors are closed, so this does not block.
        while self.awaited().any(|(awaited, _)| awaited == container) {
            self.report(&container, engine);
        }
        let Some(sandbox) = self.all.get_mut(&container) else {
            return true;
        };
        let mut keep = true;
        match std::mem::replace(&mut sandbox.state, State::Ended) {
            State::Running => engine.exit(&container, code),
            State::Failing { answer, made } => {
                keep = made;
                if let Some((request, answer)) = answer {
                    engine.reply(request, answer, None);
                }
            }
            _ => {}
        }
        let to_forget = std::mem::take(&mut sandbox.to_forget);
        if !keep || !to_forget.is_empty() {
            self.forget(&container, places);
        }
        for request in to_forget {
            engine.reply(request, Answer::Done, None);
        }
        true
    }

    fn forget(&mut self, container: &str, places: &mut Places) {
        self.all.remove(container);
        places.remove(&Place::Container(container.to_owned()));
    }

    fn find(&mut self, container: &str) -> Result<&mut Sandbox, Answer> {
        self.all.get_mut(container).ok_or_else(|| Answer::Unknown {
            what: container.to_owned(),
        })
    }
}

/// A container's own namespaces (`CLONE_NEW*`).
fn namespaces_of(spec: &SandboxSpec) -> i32 {
    let own = libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWUTS | libc::CLONE_NEWIPC;
    match spec.network {
        SandboxNetwork::Own => own | libc::CLONE_NEWNET,
        SandboxNetwork::Host | SandboxNetwork::Container(_) => own,
    }
}
