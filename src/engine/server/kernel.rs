//! What the writer asks of the world below it.

use crate::engine::core::PlanFailure;
use crate::engine::plan::Plan;

use super::stdio::StdioHub;

/// The kernel, through executor and zygote. Unit tests bring one that only remembers.
pub trait Kernel: Send {
    /// Runs a plan; one that fails has been taken back.
    ///
    /// # Errors
    /// The step that failed, with the kernel's words.
    fn run(&mut self, plan: &Plan, stdio: &StdioHub) -> Result<(), PlanFailure>;

    /// Sends a signal to a container's first process.
    ///
    /// # Errors
    /// The kernel's words.
    fn signal(&mut self, container: &str, signal: i32) -> Result<(), String>;

    /// Process id of a container's first process, as the lab counts.
    fn pid(&self, container: &str) -> Option<u32>;

    /// A container ended: what is known of it can go.
    fn gone(&mut self, container: &str);

    /// The next plan whose title begins so is refused at that step.
    fn fail_next(&mut self, title_prefix: &str, step: usize);
}
