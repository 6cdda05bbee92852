//! The command line: what can be asked, and who answers. Nothing else.

mod args;
mod clean;
mod dispatch;
#[cfg(target_os = "linux")]
mod keeper;
mod learn;
mod lessons;
mod on_docker;
mod pipe;
mod show;
mod solve;
mod workshop_on_docker;

pub use args::{BackendChoice, CheckArgs, Cli, Command, ConsoleChoice, EraChoice, Global, LessonsCommand, parse};
pub use dispatch::main;
