//! What the writer asks of the world below it.

use std::sync::Arc;

use crate::engine::core::{PlanFailure, State};
use crate::engine::plan::{Plan, ProcessSpec};

use super::imports::Shelf;
use super::stdio::StdioHub;

/// Hears, on any thread, that a further process has executed its command, with its process id as the lab counts; or why it has
/// not, in the runtime's words. It waits for nothing.
pub type Told = Box<dyn FnOnce(Result<u32, PlanFailure>) + Send>;

/// The kernel, through executor and zygote. Unit tests bring one that only remembers.
pub trait Kernel: Send {
    /// Runs a plan; one that fails has been taken back.
    ///
    /// # Errors
    /// The step that failed, with the kernel's words.
    fn run(&mut self, plan: &Plan, stdio: &StdioHub) -> Result<(), PlanFailure>;

    /// From now on containers' resolvers answer from this state. Told before a plan is run, so that names are there before a
    /// process is and gone before its end is told; told again with what holds when the plan failed.
    fn show(&mut self, state: &Arc<State>);

    /// Sends a signal to a container's first process.
    ///
    /// # Errors
    /// The kernel's words.
    fn signal(&mut self, container: &str, signal: i32) -> Result<(), String>;

    /// Begins a further process in a container and returns at once: how long it takes is the container's business, too.
    fn exec(&mut self, process: &ProcessSpec, stdio: &StdioHub, told: Told);

    /// Who asked for the last change has the answer: what can wait until then is begun.
    fn answered(&mut self);

    /// Process id of a container's first process, as the lab counts.
    fn pid(&self, container: &str) -> Option<u32>;

    /// A container ended: what is known of it can go.
    fn gone(&mut self, container: &str);

    /// The next plan whose title begins so is refused at that step.
    fn fail_next(&mut self, title_prefix: &str, step: usize);

    /// Where imported images go.
    fn shelf(&self) -> Arc<dyn Shelf>;
}
