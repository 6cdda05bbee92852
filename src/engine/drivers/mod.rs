//! Network drivers, pure: what is wanted of the kernel → the [`Step`](crate::engine::plan::Step)s that make it so.
//!
//! * [`bridge`]: a Linux bridge per network, a veth pair per endpoint, nftables chains per network.
//! * [`host`]: the lab host's own network at start: uplink, router, nftables base.
//! * `none` and `host` have no steps: a container has a namespace with nothing in it, or none of its own.

pub mod bridge;
mod firewall;
pub mod host;
pub mod options;

pub use bridge::{BridgeSettings, Cable};
pub use options::OptionError;
