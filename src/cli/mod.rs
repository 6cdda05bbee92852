//! The command line: what can be asked, and who answers. Nothing else.

mod args;

pub use args::{BackendChoice, CheckArgs, Cli, Command, ConsoleChoice, EraChoice, Global, LessonsCommand, parse};
