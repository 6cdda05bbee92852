//! Applets that read and change files.

pub mod cat;
pub mod change;
pub mod ends;
pub mod ls;
pub mod wc;
