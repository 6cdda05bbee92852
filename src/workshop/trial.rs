//! A step tried on a lab: how it stands before its solution and after.

use std::sync::Arc;

use crate::lab::{Backend, Lab, LabError};
use crate::lesson::{Lesson, Verdict, judge};
use crate::model::Topology;

use super::{Remedy, ReplayError, replay};

/// What came of a step's solution.
#[derive(Debug)]
pub struct Trial {
    /// Whether every check passed before anything was done.
    pub green_before: bool,
    /// What the solution was, or what the Engine refused of it.
    pub solution: Result<Vec<Remedy>, ReplayError>,
    /// The lab after it.
    pub after: Arc<Topology>,
}

/// Does the solution of step `index` on a lab, and looks after it. `lab` is the look before; the look after is handed back with what
/// came of it, and serves as the look before the next step.
///
/// Each look is a new connection: what it sees is all that was done, with no wait for news that may still be on its way.
///
/// # Errors
/// The lab does not answer.
pub async fn attempt(lesson: &Lesson, index: usize, lab: Lab, backend: &Backend) -> Result<(Trial, Lab), LabError> {
    let before = topology(&lab);
    let Some(step) = lesson.steps.get(index) else {
        let nothing = Trial {
            green_before: true,
            solution: Ok(Vec::new()),
            after: before,
        };
        return Ok((nothing, lab));
    };
    let passes = |check: &crate::lesson::Check| judge(&check.kind, &before) == Verdict::Pass;
    let green_before = step.checks.iter().all(passes);
    let solution = replay(&step.goal, &lab).await;
    let after = match &solution {
        Ok(done) if done.is_empty() => lab,
        _ => Lab::connect(backend.clone()).await?,
    };
    let trial = Trial {
        green_before,
        solution,
        after: topology(&after),
    };
    Ok((trial, after))
}

/// Brings a lab to where the learner comes to step `index`: through the goals of all steps before it, in order.
///
/// # Errors
/// The lab does not answer. What the Engine refuses is told in the inner result.
pub async fn lead_to(lesson: &Lesson, index: usize, backend: &Backend) -> Result<Result<(), ReplayError>, LabError> {
    for step in lesson.steps.iter().take(index) {
        let lab = Lab::connect(backend.clone()).await?;
        if let Err(refused) = replay(&step.goal, &lab).await {
            return Ok(Err(refused));
        }
    }
    Ok(Ok(()))
}

fn topology(lab: &Lab) -> Arc<Topology> {
    Arc::clone(&lab.state().borrow().topology)
}
