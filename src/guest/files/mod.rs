//! Applets that read and change files.

pub mod cat;
pub mod ls;
