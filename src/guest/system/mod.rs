//! Applets about the machine and its processes.

pub mod echo;
pub mod environment;
pub mod hostname;
pub mod identity;
pub mod kill;
pub mod ps;
pub mod sleep;
pub mod trivial;
pub mod uname;
