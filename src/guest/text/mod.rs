//! Applets that read text.

pub mod awk;
pub mod columns;
pub mod cut;
pub(super) mod escape;
pub mod grep;
pub mod lines;
pub mod made;
pub(super) mod pattern;
pub mod sed;
pub mod sort;
pub(super) mod stream;
pub mod strings;
pub mod tr;
pub mod uniq;

pub(super) use pattern::{BadPattern, Manner, Pattern, Syntax};
pub(super) use stream::{open, output};
