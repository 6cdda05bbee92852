//! Networks, endpoints, names and addresses, and what follows from them: who resolves what, who reaches whom and why
//! not. Pure: no I/O, no clock, no async.

#[cfg(test)]
pub(crate) mod build;
#[cfg(test)]
pub(crate) mod parts;
pub mod reach;
pub mod resolve;
mod topology;

pub use topology::{Container, ContainerState, Endpoint, Mark, Network, Topology, Uplink};
