//! The one writer: requests in, one at a time; decide, show the names to come, run the plan, commit, tell.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::bulletin::Bulletin;
use super::kernel::Kernel;
use super::stdio::{StdioHub, now};
use crate::engine::core::{
    self, Context, CoreError, Decision, Entropy, Event, Phase, PlanFailure, Reply, Request, State, Status, Subject,
};
use crate::engine::plan::{Plan, ProcessSpec};

/// When a wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WaitCondition {
    /// At once, where the container does not run.
    #[default]
    NotRunning,
    /// At the end of the present or next run.
    NextExit,
    /// When the container is gone.
    Removed,
}

/// How a wait ended: the exit code.
pub type Ended = i32;

/// Who waits for a change.
type Asker = oneshot::Sender<Result<Reply, CoreError>>;

/// What the writer is asked.
pub(super) enum Command {
    /// Change something.
    Do(Request, Asker),
    /// An exec that was begun has executed its command, or has not.
    Executed(Box<ProcessSpec>, Result<u32, PlanFailure>, Asker),
    /// Wait for a container's end.
    Wait(
        String,
        WaitCondition,
        oneshot::Sender<Result<oneshot::Receiver<Ended>, CoreError>>,
    ),
    /// Refuse a plan's step, for tests.
    Fault(String, usize),
}

struct Waiter {
    container: String,
    condition: WaitCondition,
    exit_code: Ended,
    sender: oneshot::Sender<Ended>,
}

/// Owner of the state.
pub(super) struct Writer {
    pub kernel: Box<dyn Kernel>,
    pub entropy: Box<dyn Entropy + Send>,
    pub snapshot: Arc<ArcSwap<State>>,
    pub bulletin: Arc<Bulletin>,
    pub stdio: StdioHub,
    /// Time of the last event: the next one is later, whatever the clock does.
    last: i64,
    waiters: Vec<Waiter>,
}

impl Writer {
    pub fn new(
        kernel: Box<dyn Kernel>,
        entropy: Box<dyn Entropy + Send>,
        snapshot: Arc<ArcSwap<State>>,
        bulletin: Arc<Bulletin>,
        stdio: StdioHub,
    ) -> Self {
        Self {
            kernel,
            entropy,
            snapshot,
            bulletin,
            stdio,
            last: 0,
            waiters: Vec::new(),
        }
    }

    /// Serves what comes from `commands`, for the process's life: `own` leads there too, for what comes of an exec.
    pub fn serve(mut self, commands: &Receiver<Command>, own: &Sender<Command>) {
        while let Ok(command) = commands.recv() {
            match command {
                Command::Do(request, answer) => {
                    match self.change(&request) {
                        Ok(Reply::Exec { process }) => self.execute(process, answer, own.clone()),
                        result => drop(answer.send(result)),
                    }
                    self.kernel.answered();
                }
                Command::Executed(process, outcome, answer) => {
                    let _ = answer.send(self.executed(process, outcome));
                }
                Command::Wait(container, condition, answer) => {
                    let _ = answer.send(self.wait(&container, condition));
                }
                Command::Fault(title_prefix, step) => self.kernel.fail_next(&title_prefix, step),
            }
        }
    }

    fn change(&mut self, request: &Request) -> Result<Reply, CoreError> {
        let state = self.snapshot.load_full();
        let mut context = Context {
            now: self.clock(),
            entropy: &mut *self.entropy,
        };
        let decided = core::decide(&state, request, &mut context);
        let carried = decided.and_then(|decision| self.carry_out(&state, request, decision));
        carried.inspect_err(|error| self.leave(&state, error))
    }

    fn carry_out(&mut self, state: &Arc<State>, request: &Request, decision: Decision) -> Result<Reply, CoreError> {
        let Decision {
            mut next,
            plan,
            signal,
            events,
            reply,
        } = decision;
        if !plan.steps.is_empty() {
            self.kernel.show(&Arc::new(next.clone()));
        }
        if !plan.steps.is_empty()
            && let Err(failure) = self.kernel.run(&plan, &self.stdio)
        {
            self.kernel.show(state);
            tracing::warn!(
                plan = plan.title,
                step = failure.message,
                "a plan failed and was taken back"
            );
            if !matches!(request, Request::ProcessEnded { .. }) {
                return Err(core::plan_failed(state, request, &failure));
            }
            self.clear_away(&plan);
        }
        if let Some((container, number)) = signal
            && let Err(words) = self.kernel.signal(&container, number)
        {
            // The process may have ended by itself: its end is on the way, and is the answer.
            tracing::debug!(container, number, words, "a signal found no process");
        }
        if let (Request::StartContainer { .. }, Reply::Container { id }) = (request, &reply)
            && let Some(pid) = self.kernel.pid(id)
        {
            next.note_pid(id, pid);
        }
        self.commit(next, events);
        Ok(reply)
    }

    /// What has ended has ended, whatever the kernel refuses: each step by itself, the refused ones told in the log. What stays
    /// goes with the container's namespace.
    fn clear_away(&mut self, plan: &Plan) {
        for step in &plan.steps {
            let alone = Plan {
                title: plan.title.clone(),
                steps: vec![step.clone()],
            };
            if let Err(failure) = self.kernel.run(&alone, &self.stdio) {
                tracing::warn!(plan = plan.title, step = failure.message, "not cleared away");
            }
        }
    }

    /// Begins what an exec asks for; its start was told already, as Docker does. What is in the container can hold it up, so
    /// what comes of it comes back as a command, and others are served meanwhile.
    fn execute(&mut self, process: Box<ProcessSpec>, answer: Asker, own: Sender<Command>) {
        let copy = process.clone();
        let told = Box::new(move |outcome| {
            let _ = own.send(Command::Executed(process, outcome, answer));
        });
        self.kernel.exec(&copy, &self.stdio, told);
    }

    fn executed(&mut self, process: Box<ProcessSpec>, outcome: Result<u32, PlanFailure>) -> Result<Reply, CoreError> {
        let exec = process.exec.clone();
        match outcome {
            Ok(pid) => {
                let mut next = State::clone(&self.snapshot.load());
                next.note_exec_pid(&exec, pid);
                self.snapshot.store(Arc::new(next));
                Ok(Reply::Exec { process })
            }
            Err(failure) => {
                let (refusal, code) = core::exec_failed(&self.snapshot.load(), &failure);
                self.change(&Request::ExecNotStarted {
                    exec: exec.clone(),
                    code,
                })?;
                self.stdio.abandon(&exec);
                self.stdio.forget(&exec);
                Err(refusal)
            }
        }
    }

    /// What a refusal leaves behind.
    fn leave(&mut self, state: &State, error: &CoreError) {
        let context = Context {
            now: self.clock(),
            entropy: &mut *self.entropy,
        };
        if let Some(decision) = core::refused(state, error, &context) {
            if let Some(container) = error.failed_start() {
                self.stdio.abandon(container);
            }
            self.clear_away(&decision.plan);
            self.commit(decision.next, decision.events);
        }
    }

    fn commit(&mut self, next: State, events: Vec<Event>) {
        let next = Arc::new(next);
        self.kernel.show(&next);
        self.snapshot.store(next);
        for event in &events {
            self.last = self.last.max(event.at);
            if event.subject == Subject::Container {
                self.note(event);
            }
        }
        self.bulletin.tell(events);
    }

    /// Ends waits and forgets what a container had.
    fn note(&mut self, event: &Event) {
        let exit_code = event.attributes.get("exitCode").and_then(|code| code.parse().ok());
        let (died, gone) = (event.action == "die", event.action == "destroy");
        if died {
            self.kernel.gone(&event.id);
        }
        if gone {
            self.stdio.forget(&event.id);
        }
        if !(died || gone) {
            return;
        }
        let waiting = std::mem::take(&mut self.waiters);
        for mut waiter in waiting {
            if waiter.container == event.id {
                waiter.exit_code = exit_code.unwrap_or(waiter.exit_code);
                if gone || waiter.condition != WaitCondition::Removed {
                    let _ = waiter.sender.send(waiter.exit_code);
                    continue;
                }
            }
            if !waiter.sender.is_closed() {
                self.waiters.push(waiter);
            }
        }
    }

    fn wait(&mut self, term: &str, condition: WaitCondition) -> Result<oneshot::Receiver<Ended>, CoreError> {
        let state = self.snapshot.load();
        let container = state.container(term)?;
        let (sender, receiver) = oneshot::channel();
        let exit_code = container.life.exit_code;
        if condition == WaitCondition::NotRunning && container.life.phase != Phase::Running {
            let _ = sender.send(exit_code);
        } else {
            self.waiters.push(Waiter {
                container: container.id.clone(),
                condition,
                exit_code,
                sender,
            });
        }
        Ok(receiver)
    }

    /// A time after all events so far.
    fn clock(&mut self) -> i64 {
        self.last = now().max(self.last + 1);
        self.last
    }
}

/// The writer has ended: the lab is ending.
pub(super) fn ending() -> CoreError {
    CoreError::new(Status::Internal, "the lab is ending")
}
