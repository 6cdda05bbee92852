//! The Docker Engine API, and the lab's own routes beside it.
//!
//! One file per resource. The version prefix is taken off in [`serve`], outside the router, and travels as an
//! [`ApiVersion`](version::ApiVersion) extension; [`wire`] holds the objects as each version prints them. Handlers read
//! snapshots of the state and send requests to the one writer; they hold no lock while they wait.

mod bounds;
mod containers;
mod error;
mod escape;
mod exec;
mod filters;
mod go_json;
mod hijack;
mod images;
mod json;
mod lab;
mod linger;
mod networks;
mod query;
mod serve;
mod slashes;
mod stream;
mod system;
mod taken;
mod unbuilt;
mod version;
mod wire;

pub use error::ApiError;
pub use serve::{connection, router};

#[cfg(test)]
mod tests;
