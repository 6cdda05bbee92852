//! Blocking netlink: one socket type, rtnetlink verbs over it ([`Route`]), nftables over it ([`Nft`]), and the watcher
//! that turns the kernel's notifications into observations.
//!
//! A set-up is strictly sequential, so an asynchronous socket would buy nothing; what does pay is several requests in
//! one `sendmsg` and the kernel's own words kept in each error (`NETLINK_EXT_ACK`, linux/netlink.h).

mod error;
mod nft;
mod route;
mod socket;
mod watch;
mod wire;

pub use error::{Hint, NetlinkError};
pub use nft::{Nft, RuleSet};
pub use route::{Address, DETACHED, DYING, Link, Route, RouteEntry, request};
pub use socket::{Request, Socket};
pub use watch::{Pause, WatchHandle, Watcher};

/// `NETLINK_ROUTE` of linux/netlink.h.
pub const ROUTE: i32 = libc::NETLINK_ROUTE;
/// `NETLINK_NETFILTER` of linux/netlink.h.
pub const NETFILTER: i32 = libc::NETLINK_NETFILTER;
