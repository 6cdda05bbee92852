//! Pools and addresses, pure: which subnet a network gets, which address a container gets.
//!
//! A [`Space`] hands out subnets so that no two networks overlap; a [`Pool`] hands out the addresses of one subnet.
//! [`config`] checks what a person asked for and words the refusals as Docker does.

pub mod config;
mod pool;
mod space;

pub use config::{IpamEntry, parse_prefix};
pub use pool::{AddressError, Pool};
pub use space::{Space, SpaceError, SubnetChoice};
