//! Further processes in containers, from clone to the last answer about them.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use nix::sched::{CloneFlags, setns};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use super::PATIENCE;
use super::outbox::Outbox;
use super::refusal::{late, refused, short, why};
use crate::engine::plan::ProcessSpec;
use crate::engine::sandbox::container::{self, ExecSetup, Kit, Report};
use crate::engine::sandbox::edge::{self, Forked};
use crate::engine::sandbox::protocol::Answer;
use crate::engine::sandbox::{Stdio, process};

/// The execs of all containers, by process.
#[derive(Debug)]
pub(super) struct Execs {
    /// The zygote's own pid namespace.
    home: OwnedFd,
    all: HashMap<Pid, Exec>,
}

#[derive(Debug)]
struct Exec {
    id: String,
    container: String,
    state: State,
}

/// An exec's life.
#[derive(Debug)]
enum State {
    /// Joins its container; the end of file of its report says that it executed the command.
    Joining {
        report: OwnedFd,
        request: u64,
        terminal: Option<OwnedFd>,
        deadline: Instant,
    },
    /// Its command runs.
    Running,
    /// Ends by itself without having executed its command; the request is answered when it has.
    Failing { request: u64, answer: Answer },
    /// Killed before it executed its command, which was answered; nobody is told of its end.
    GivenUp,
    /// Reaped.
    Ended,
}

impl Execs {
    /// This process's own pid namespace is the lab's.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            home: File::open("/proc/self/ns/pid")?.into(),
            all: HashMap::new(),
        })
    }

    /// Clones a process into a container whose first process is `first`. Its answer comes with its report.
    pub fn spawn(
        &mut self,
        request: u64,
        spec: &ProcessSpec,
        fds: Vec<OwnedFd>,
        first: Pid,
        kit: &Kit,
    ) -> Result<(), Answer> {
        let doing = |what: &str| {
            let doing = format!("{what} a process in container {}", short(&spec.container));
            move |error: io::Error| refused(doing, &error)
        };
        let Ok([stdin, stdout, stderr]) = <[OwnedFd; 3]>::try_from(fds) else {
            return Err(doing("connect")(Errno::BADF.into()));
        };
        let (report, teller) = container::channel().map_err(doing("make"))?;
        // The first process is our own child and not reaped: the number is its own.
        let first = pidfd_open(first, PidfdFlags::empty()).map_err(|errno| doing("make")(errno.into()))?;
        let cloned = self
            .clone_into(&first)
            .map_err(|error| match Errno::from_io_error(&error) {
                // What one gets where the first process has ended (pid_namespaces(7)).
                Some(Errno::NOMEM | Errno::SRCH) => Answer::Unknown {
                    what: spec.container.clone(),
                },
                _ => doing("clone")(error),
            })?;
        match cloned {
            Forked::Child => {
                process::set_short_name(c"cnm-exec");
                let setup = ExecSetup {
                    spec,
                    stdio: Stdio { stdin, stdout, stderr },
                    kit,
                    container: first,
                };
                container::exec(setup, teller)
            }
            Forked::Parent(pid) => {
                let state = State::Joining {
                    report,
                    request,
                    terminal: None,
                    deadline: Instant::now() + PATIENCE,
                };
                let exec = Exec {
                    id: spec.exec.clone(),
                    container: spec.container.clone(),
                    state,
                };
                self.all.insert(pid, exec);
            }
        }
        Ok(())
    }

    /// A child of ours in another pid namespace (`pid_namespaces(7)`: setns(2) changes where children are made).
    fn clone_into(&self, first: &OwnedFd) -> io::Result<Forked> {
        setns(first, CloneFlags::CLONE_NEWPID)?;
        let forked = edge::clone(0);
        if matches!(forked, Ok(Forked::Child)) {
            return forked;
        }
        // Every later container would be made inside this one: rather the lab ends.
        if setns(&self.home, CloneFlags::CLONE_NEWPID).is_err() {
            process::end(1);
        }
        forked
    }

    /// Reports that are awaited, with whose they are.
    pub fn awaited(&self) -> impl Iterator<Item = (Pid, BorrowedFd<'_>)> {
        self.all.iter().filter_map(|(pid, exec)| match &exec.state {
            State::Joining { report, .. } => Some((*pid, report.as_fd())),
            _ => None,
        })
    }

    /// When the first of them has had its time.
    pub fn deadline(&self) -> Option<Instant> {
        let deadlines = self.all.values().filter_map(|exec| match exec.state {
            State::Joining { deadline, .. } => Some(deadline),
            _ => None,
        });
        deadlines.min()
    }

    /// Kills those that have had their time. Answered at once: what holds them may hold their end up, too.
    pub fn give_up(&mut self, now: Instant, engine: &Outbox) {
        for (pid, exec) in &mut self.all {
            let State::Joining { request, deadline, .. } = exec.state else {
                continue;
            };
            if deadline <= now {
                let _ = kill_process(*pid, Signal::KILL);
                exec.state = State::GivenUp;
                let whose = format!("a process in container {}", short(&exec.container));
                engine.reply(request, late(&whose), None);
            }
        }
    }

    /// Reads one report and moves on.
    pub fn report(&mut self, pid: Pid, engine: &Outbox) {
        let Some(exec) = self.all.get_mut(&pid) else { return };
        exec.state = match std::mem::replace(&mut exec.state, State::Ended) {
            State::Joining {
                report,
                request,
                terminal,
                deadline,
            } => match container::receive(&report) {
                Ok(Some(received)) if received.report == Report::Ready => State::Joining {
                    report,
                    request,
                    terminal: received.terminal,
                    deadline,
                },
                Ok(Some(received)) => State::Failing {
                    request,
                    answer: why(&exec.container, Some(received.report)),
                },
                Ok(None) | Err(_) => {
                    let answer = Answer::Created {
                        pid: pid.as_raw_nonzero().get().unsigned_abs(),
                    };
                    if engine.reply(request, answer, terminal.as_ref().map(AsFd::as_fd)) {
                        State::Running
                    } else {
                        // Nobody would ever read its terminal, nor know it.
                        let _ = kill_process(pid, Signal::KILL);
                        State::GivenUp
                    }
                }
            },
            other => other,
        };
    }

    /// A child of the zygote ended; true when it was an exec.
    pub fn ended(&mut self, pid: Pid, code: i32, engine: &Outbox) -> bool {
        // What it said last may not have been read yet; all its descriptors are closed, so this does not block.
        while self.awaited().any(|(awaited, _)| awaited == pid) {
            self.report(pid, engine);
        }
        let Some(exec) = self.all.remove(&pid) else {
            return false;
        };
        match exec.state {
            State::Running => engine.exec_exit(&exec.container, &exec.id, code),
            State::Failing { request, answer } => drop(engine.reply(request, answer, None)),
            State::Joining { .. } | State::GivenUp | State::Ended => {}
        }
        true
    }
}
