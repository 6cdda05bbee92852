//! The engine's kernel side, against the real kernel, in namespaces of the test's own.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "../netns/mod.rs"]
mod netns;

mod nft;
mod plans;
mod printer;
mod reaper;
mod route;
mod undo;
mod watch;
