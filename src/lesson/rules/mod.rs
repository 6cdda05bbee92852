//! What files must have to be a lesson, beyond what their YAML says.

mod choices;
mod goals;
mod signs;
mod structure;
mod texts;

pub(super) use goals::goal;
pub(super) use signs::signs;
pub(super) use structure::{is_id, structure};
pub(super) use texts::texts;
