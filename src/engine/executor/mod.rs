//! Runs Plans: each step in the kernel, in order; on a refusal everything done is taken back, last first.
//!
//! Consecutive steps in one place go to the kernel in one message (each keeps its own outcome and its own words);
//! the lab host's sockets stay open, those inside containers are given back when the Plan is done. Links that a Plan
//! takes away are detached at once and handed to the [reaper](super::reaper) only when the whole Plan is done, so that
//! until then they can be put back.

mod announce;
mod detach;
mod error;
mod history;
mod places;
mod rollback;
mod run;
mod sockets;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::dns::Resolver;
use crate::engine::netlink::request::{self, LinkRef};
use crate::engine::netlink::{WatchHandle, Watcher};
use crate::engine::plan::{ExecutedPlan, ExecutedStep, Place, Plan, PlanOutcome, StepOutcome, shell};
use crate::engine::reaper::{Dying, Reaper, ReaperHandle};
use crate::observe::Log;

pub use error::{PlanError, StepError};
pub use history::History;
pub use places::{NoStdio, Places, StdioSource};

use announce::{Announcer, Job};
use run::Run;
use sockets::Sockets;

/// A failure asked for: the next Plan whose title begins so is refused at that step.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    title_prefix: String,
    step: usize,
}

/// What the executor remembers between Plans.
#[derive(Debug, Default)]
struct Ends {
    /// Far ends of veth pairs, by place and name of the near end.
    far: HashMap<(Place, String), Place>,
    /// First processes, by container.
    pids: HashMap<String, u32>,
}

/// Carries out Plans for one lab. There is one, owned by the one writer.
#[derive(Debug)]
pub struct Executor {
    sockets: Sockets,
    ends: Ends,
    reaper: Reaper,
    resolver: Resolver,
    watcher: Watcher,
    log: Log,
    history: History,
    fault: Option<Fault>,
    /// What is to be told of addresses once the Plan that gave them is answered.
    untold: Vec<Job>,
    next_number: u64,
}

impl Executor {
    /// An executor with its reaper and its watcher, all in the calling thread's network namespace: the lab host's.
    /// Observations are counted from now.
    ///
    /// [`Place::Router`] must have been made (`SandboxClient::make_namespace`) before a Plan names it.
    ///
    /// # Errors
    /// No netlink socket, or no thread.
    pub fn new<P: Places + 'static>(places: Arc<P>) -> io::Result<Self> {
        let (log, started) = (Log::default(), Instant::now());
        let watcher = Watcher::start(log.clone(), started)?;
        let dialling = Arc::clone(&places);
        let dial = move |container: &str, transport| {
            let place = Place::Container(container.to_owned());
            dialling.socket(&place, transport, None).map_err(io::Error::other)
        };
        let resolver = Resolver::start(log.clone(), started, Arc::new(dial))?;
        let announcer = Announcer::start(Arc::<P>::clone(&places))?;
        let sockets = Sockets::open(places, watcher.handle(), resolver.clone(), announcer)?;
        Ok(Self {
            sockets,
            ends: Ends::default(),
            reaper: Reaper::start()?,
            resolver,
            watcher,
            log,
            history: History::default(),
            fault: None,
            untold: Vec::new(),
            next_number: 1,
        })
    }

    /// What was seen in the kernel, from the first observation on.
    #[must_use]
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// The Plans that were run.
    #[must_use]
    pub fn history(&self) -> History {
        self.history.clone()
    }

    /// What answers containers' questions, for those who know the names.
    #[must_use]
    pub const fn resolver(&self) -> &Resolver {
        &self.resolver
    }

    /// For "any later look at that object waits": exec, inspect, connect.
    #[must_use]
    pub fn reaper(&self) -> ReaperHandle {
        self.reaper.handle()
    }

    /// For those who need all of the kernel's reports to be in the log.
    #[must_use]
    pub fn watch(&self) -> WatchHandle {
        self.watcher.handle()
    }

    /// Process id, in the lab, of a container's first process.
    #[must_use]
    pub fn pid(&self, container: &str) -> Option<u32> {
        self.ends.pids.get(container).copied()
    }

    /// A container's process has ended by itself: its namespace goes, and what was known of it.
    pub fn container_gone(&mut self, container: &str) {
        self.sockets.forget(&Place::Container(container.to_owned()));
        self.ends.pids.remove(container);
    }

    /// Begins what Plans have left to be done behind everybody's back. For when who waited for them has the answer.
    pub fn begin_announcements(&mut self) {
        if !self.untold.is_empty() {
            self.sockets.announcer.begin(std::mem::take(&mut self.untold));
        }
    }

    /// The next Plan whose title begins with `title_prefix` is refused at its step `step` (from 0): the kernel gets a
    /// request that it really refuses, and that refusal is the step's.
    pub fn fail_next(&mut self, title_prefix: &str, step: usize) {
        self.fault = Some(Fault {
            title_prefix: title_prefix.to_owned(),
            step,
        });
    }

    /// Runs a Plan. On a refusal everything it did is taken back, last first; what cannot be taken back is logged and
    /// kept beside the refusal.
    ///
    /// # Errors
    /// The refused step with the kernel's words.
    pub fn run(&mut self, plan: &Plan, stdio: &mut dyn StdioSource) -> Result<(), PlanError> {
        let fault = self.fault.take_if(|fault| plan.title.starts_with(&fault.title_prefix));
        let _busy = self.reaper.busy();
        let mut run = Run::new(&mut self.sockets, &mut self.ends, &self.reaper, plan, fault);
        let refusal = run.all(stdio).err();
        let done: Vec<usize> = run.done.iter().map(|(index, _)| *index).collect();
        let cleanup = if refusal.is_some() { run.take_back() } else { Vec::new() };
        let (durations, dying, far) = (run.durations, run.dying, run.new_far);
        self.record(
            plan,
            &durations,
            &done,
            refusal.as_ref().map(|(step, error)| (*step, error, cleanup.as_slice())),
        );
        let outcome = if let Some((step, source)) = refusal {
            Err(PlanError {
                title: plan.title.clone(),
                step,
                source,
                cleanup,
            })
        } else {
            self.ends.far.extend(far);
            self.untold.extend(plan.steps.iter().filter_map(Job::of));
            self.bury(dying);
            Ok(())
        };
        self.sockets.release();
        outcome
    }

    /// Hands detached links to the reaper; it works on the lab host, elsewhere they are deleted here.
    fn bury(&mut self, dying: Vec<Dying>) {
        let mut here = Vec::with_capacity(dying.len());
        for link in dying {
            self.ends.far.remove(&(link.place.clone(), link.name.clone()));
            if link.place == Place::Host {
                self.sockets.announcer.unplugged(&link.name);
                here.push(link);
                continue;
            }
            let request = request::delete(LinkRef::Index(link.index), &link.name);
            if let Err(error) = self
                .sockets
                .route(&link.place)
                .and_then(|route| Ok(route.execute(&request)?))
            {
                tracing::warn!(%error, "a detached link could not be deleted");
            }
        }
        if !here.is_empty() {
            self.reaper.submit(here);
        }
    }

    fn record(
        &mut self,
        plan: &Plan,
        durations: &[Option<Duration>],
        done: &[usize],
        failed: Option<(usize, &StepError, &[StepError])>,
    ) {
        let refused = failed.as_ref().map(|(step, ..)| *step);
        let outcome_of = |index: usize| match (refused, done.contains(&index)) {
            (Some(step), _) if step == index => StepOutcome::Failed,
            (Some(_), true) => StepOutcome::Undone,
            (None, _) => StepOutcome::Done,
            (Some(_), false) => StepOutcome::Skipped,
        };
        let steps = plan.steps.iter().enumerate().map(|(index, step)| ExecutedStep {
            shell: shell(step),
            micros: durations
                .get(index)
                .copied()
                .flatten()
                .map(|d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX)),
            outcome: outcome_of(index),
        });
        let outcome = failed.map_or(PlanOutcome::Done, |(step, error, cleanup)| PlanOutcome::Failed {
            step,
            error: error.to_string(),
            cleanup: cleanup.iter().map(ToString::to_string).collect(),
        });
        self.history.push(ExecutedPlan {
            number: self.next_number,
            title: plan.title.clone(),
            steps: steps.collect(),
            outcome,
        });
        self.next_number += 1;
    }
}
