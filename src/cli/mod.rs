//! The command line: what can be asked, and who answers. Nothing else.

mod args;
mod dispatch;
mod learn;

pub use args::{BackendChoice, CheckArgs, Cli, Command, ConsoleChoice, EraChoice, Global, LessonsCommand, parse};
pub use dispatch::main;

/// The person's real user id; 0 where the system has none.
#[cfg(target_os = "linux")]
fn user_id() -> u32 {
    rustix::process::getuid().as_raw()
}

#[cfg(not(target_os = "linux"))]
fn user_id() -> u32 {
    0
}
