//! Applets about the machine and its processes.

pub mod echo;
pub mod hostname;
pub mod sleep;
pub mod trivial;
