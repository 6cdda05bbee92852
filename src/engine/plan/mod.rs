//! Every change to the kernel is first a list of typed steps. One executor runs it, one printer shows it as shell
//! lines, one function inverts it.

mod edit;
mod printer;
mod process;
mod record;
mod step;
mod undo;

pub use edit::FileEdit;
pub use printer::{bridge_mac, format_mac, shell, sysctl_path};
pub use process::ProcessSpec;
pub use record::{ExecutedPlan, ExecutedStep, PlanOutcome, StepOutcome};
pub use step::{BaseChain, NftExpression, NftObject, Place, SandboxNetwork, SandboxSpec, Step};
pub use undo::{Detached, Learned, NftDeletion, RuleGap, Undo, inverse};

use serde::{Deserialize, Serialize};

/// An ordered list of steps with the reason it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What the person asked for: `network create dev`.
    pub title: String,
    /// In order of execution.
    pub steps: Vec<Step>,
}
