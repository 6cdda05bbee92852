//! Network drivers, pure: what is wanted of the kernel → the [`Step`](crate::engine::plan::Step)s that make it so.
//!
//! * [`bridge`]: a Linux bridge per network, a veth pair per endpoint, nftables chains per network.
//! * [`host`]: the lab host's own network at start: uplink, router, nftables base.
//! * `none` has no steps, and `host` (sharing the lab host's namespace) is not built yet.

pub mod bridge;
mod firewall;
pub mod host;
pub mod options;

pub use bridge::{BridgeSettings, Cable};
pub use options::OptionError;
