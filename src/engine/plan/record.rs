//! What became of a Plan, for `GET /lab/plans` and "under the hood".

use serde::{Deserialize, Serialize};

/// One Plan that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutedPlan {
    /// 1, 2, 3 … within one lab.
    pub number: u64,
    /// What the person asked for: `network create dev`.
    pub title: String,
    /// In order of execution.
    pub steps: Vec<ExecutedStep>,
    /// How it ended.
    pub outcome: PlanOutcome,
}

/// One step of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutedStep {
    /// The shell lines that do the same.
    pub shell: Vec<String>,
    /// Microseconds; steps that went to the kernel in one message share its time equally. Absent where it never ran.
    pub micros: Option<u64>,
    /// What became of it.
    pub outcome: StepOutcome,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Done.
    Done,
    /// Refused.
    Failed,
    /// Done, and taken back because a later step failed.
    Undone,
    /// Never tried.
    Skipped,
}

/// How a Plan ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum PlanOutcome {
    /// All steps done.
    Done,
    /// A step was refused and the ones before it were taken back.
    Failed {
        /// Index of the step, from 0.
        step: usize,
        /// The refusal, with the kernel's words.
        error: String,
        /// What could not be taken back.
        cleanup: Vec<String>,
    },
}
