//! A session: lesson × lab × progress. No terminal code: the screen, `--plain` and grading read the same session.

mod asking;
mod assess;
mod ghosts;
mod guide;
mod keeper;
#[cfg(test)]
mod paper;
mod plan;
mod progress;
mod remark;
mod remedy;
mod replay;
mod session;
mod trial;
mod view;
mod writable;

pub use crate::texts::Lang;
pub use assess::{checks, checks_when_answered};
pub use ghosts::ghosts;
pub use guide::{Guide, Kept};
pub use plan::{PutBack, put_back, remedies};
pub use progress::{LessonProgress, Notice, ProgressStore};
pub use remark::Remark;
pub use remedy::Remedy;
pub use replay::{ReplayError, replay};
pub use session::{Resume, Session};
pub use trial::{Trial, attempt, lead_to};
pub use view::{Answer, Ask, CheckStatus, CheckView, Example, StepEntry, StepView};
