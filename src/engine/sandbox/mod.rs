//! Namespaces, root file systems, pid 1 of containers, the zygote that forks them all, and the console's place.

mod client;
mod console;
pub mod container;
pub mod edge;
mod hostroot;
pub mod identity;
pub mod message;
pub mod process;
pub(crate) mod protocol;
pub(crate) mod wire;
pub mod zygote;

pub use client::{Executed, Exit, SandboxClient, SandboxError, Stdio};
pub use console::ConsolePlace;
pub use container::go_words;
pub use edge::Stage;
