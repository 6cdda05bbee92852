//! The real kernel: plans through the executor, signals and terminals through the zygote.

use std::io;
use std::sync::Arc;

use super::kernel::Kernel;
use super::stdio::StdioHub;
use crate::engine::core::PlanFailure;
use crate::engine::executor::{Executor, PlanError, StdioSource, StepError};
use crate::engine::plan::{Place, Plan, Step};
use crate::engine::sandbox::{SandboxClient, SandboxError, Stdio};

/// Executor and zygote of one lab.
pub(super) struct Real {
    executor: Executor,
    sandboxes: Arc<SandboxClient>,
}

impl Real {
    /// Makes the router's namespace and the executor.
    pub fn new(sandboxes: Arc<SandboxClient>) -> io::Result<Self> {
        sandboxes.make_namespace(&Place::Router).map_err(io::Error::other)?;
        Ok(Self {
            executor: Executor::new(Arc::clone(&sandboxes))?,
            sandboxes,
        })
    }

    /// The executor, for what it lets others read.
    pub const fn executor(&self) -> &Executor {
        &self.executor
    }
}

impl Kernel for Real {
    fn run(&mut self, plan: &Plan, stdio: &StdioHub) -> Result<(), PlanFailure> {
        let mut source = Source { plan, stdio };
        self.executor.run(plan, &mut source).map_err(|error| failure(&error))?;
        for step in &plan.steps {
            if let Step::CreateSandbox { spec } = step
                && let Some(terminal) = self.sandboxes.take_terminal(&spec.container)
                && let Err(error) = stdio.terminal(&spec.container, terminal)
            {
                tracing::warn!(%error, container = spec.container, "a terminal cannot be read");
            }
        }
        Ok(())
    }

    fn signal(&mut self, container: &str, signal: i32) -> Result<(), String> {
        self.sandboxes
            .kill(container, signal)
            .map_err(|error| error.to_string())
    }

    fn pid(&self, container: &str) -> Option<u32> {
        self.executor.pid(container)
    }

    fn gone(&mut self, container: &str) {
        self.executor.container_gone(container);
    }

    fn fail_next(&mut self, title_prefix: &str, step: usize) {
        self.executor.fail_next(title_prefix, step);
    }
}

fn failure(error: &PlanError) -> PlanFailure {
    let exec = match &error.source {
        StepError::Sandbox(SandboxError::Exec { code, .. }) => Some(*code),
        _ => None,
    };
    PlanFailure {
        message: error.to_string(),
        exec,
    }
}

/// Standard streams for the container that a plan makes.
struct Source<'a> {
    plan: &'a Plan,
    stdio: &'a StdioHub,
}

impl StdioSource for Source<'_> {
    fn stdio(&mut self, container: &str) -> io::Result<Stdio> {
        let spec = self.plan.steps.iter().find_map(|step| match step {
            Step::CreateSandbox { spec } if spec.container == container => Some(spec),
            _ => None,
        });
        let (input, tty) = spec.map_or((false, false), |spec| (spec.open_stdin, spec.tty));
        self.stdio.open(container, input, tty)
    }
}
