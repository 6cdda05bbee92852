//! The command line: what can be asked, and who answers. Nothing else.

mod args;
mod dispatch;
mod learn;
mod solve;

pub use args::{BackendChoice, CheckArgs, Cli, Command, ConsoleChoice, EraChoice, Global, LessonsCommand, parse};
pub use dispatch::main;
