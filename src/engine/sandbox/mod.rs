//! Namespaces, root file systems, pid 1 of containers, the zygote that forks them all, and the console's place.

mod client;
pub mod container;
pub mod message;

pub use client::{Exit, SandboxClient, SandboxError, Stdio};
