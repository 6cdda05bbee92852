//! A session: lesson × lab × progress. No terminal code: the screen, `--plain` and grading read the same session.

mod assess;
mod ghosts;
mod keeper;
mod progress;
mod remedy;
mod replay;
mod session;
mod view;

pub use crate::texts::Lang;
pub use assess::checks;
pub use ghosts::ghosts;
pub use progress::{LessonProgress, Notice, ProgressStore};
pub use remedy::{Remedy, remedies};
pub use replay::{ReplayError, replay};
pub use session::{Resume, Session};
pub use view::{Answer, Ask, CheckStatus, CheckView, StepView};
