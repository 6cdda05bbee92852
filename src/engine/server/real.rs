//! The real kernel: plans through the executor, signals and terminals through the zygote.

use std::io;
use std::sync::Arc;

use super::imports::Shelf;
use super::kernel::{Kernel, Told};
use super::stdio::{Owner, StdioHub};
use crate::engine::core::{PlanFailure, State};
use crate::engine::executor::{Executor, PlanError, StdioSource, StepError};
use crate::engine::plan::{Place, Plan, ProcessSpec, Step};
use crate::engine::sandbox::{SandboxClient, SandboxError, Stdio, go_words};

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
                && let Err(error) = stdio.terminal(&spec.container, terminal, spec.open_stdin)
            {
                tracing::warn!(%error, container = spec.container, "a terminal cannot be read");
            }
        }
        Ok(())
    }

    fn show(&mut self, state: &Arc<State>) {
        self.executor.resolver().show(Arc::clone(state));
    }

    fn signal(&mut self, container: &str, signal: i32) -> Result<(), String> {
        self.sandboxes
            .kill(container, signal)
            .map_err(|error| error.to_string())
    }

    fn exec(&mut self, process: &ProcessSpec, stdio: &StdioHub, told: Told) {
        let ends = match stdio.open(Owner::Exec(&process.exec), process.open_stdin, process.tty) {
            Ok(ends) => ends,
            Err(error) => {
                let message = error.to_string();
                return told(Err(PlanFailure { message, exec: None }));
            }
        };
        let (stdio, exec, open_stdin) = (stdio.clone(), process.exec.clone(), process.open_stdin);
        self.sandboxes.exec(process, ends, move |made| {
            // Before anybody is told, of its start or of its end: who asks then finds its output.
            let made = made.map(|(pid, terminal)| {
                if let Some(Err(error)) = terminal.map(|terminal| stdio.terminal(&exec, terminal, open_stdin)) {
                    tracing::warn!(%error, exec, "a terminal cannot be read");
                }
                pid
            });
            told(made.map_err(|error| exec_failure(&error)));
        });
    }

    fn answered(&mut self) {
        self.executor.begin_announcements();
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

    fn shelf(&self) -> Arc<dyn Shelf> {
        Arc::<SandboxClient>::clone(&self.sandboxes)
    }
}

/// As runc says it. What of the set-up failed because a file is not there counts as a command that is not there, as in moby
/// (`daemon/errors.go`).
fn exec_failure(error: &SandboxError) -> PlanFailure {
    let (message, exec) = match error {
        SandboxError::Exec { code, .. } => (error.to_string(), Some(*code)),
        SandboxError::Unknown(_) => ("cannot exec in a stopped container".to_owned(), None),
        SandboxError::Os { doing, source } => {
            let code = match source.raw_os_error() {
                Some(libc::ENOENT | libc::ENOTDIR) => Some(127),
                Some(libc::EACCES) => Some(126),
                _ => None,
            };
            (format!("{doing}: {}", go_words(source)), code)
        }
    };
    PlanFailure { message, exec }
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
        self.stdio.open(Owner::Container(container), input, tty)
    }
}
