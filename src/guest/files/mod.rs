//! Applets that read and change files.

pub mod cat;
