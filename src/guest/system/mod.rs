//! Applets about the machine and its processes.

pub mod condition;
pub mod date;
pub mod echo;
pub mod environment;
pub mod expr;
pub mod free;
pub mod hostname;
pub mod identity;
pub mod kill;
pub mod machine;
mod memory;
pub mod mounts;
pub mod pgrep;
pub mod pidof;
pub mod printf;
pub mod ps;
pub mod sleep;
pub mod stopwatch;
pub mod stty;
mod table;
pub mod top;
pub mod trivial;
pub mod uname;
pub mod uptime;
pub mod which;
pub mod within;
pub mod xargs;
