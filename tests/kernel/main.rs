//! The engine's kernel side, against the real kernel, in namespaces of the test's own.

#[path = "../netns/mod.rs"]
mod netns;

mod nft;
mod plans;
mod reaper;
mod route;
mod undo;
mod watch;
