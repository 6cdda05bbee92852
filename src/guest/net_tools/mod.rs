//! The older network tools: `ifconfig`, `route`, `arp` and `netstat`, which ask `/proc/net` and ioctl(2) instead of netlink.

pub mod arp;
pub mod ifconfig;
mod ioctl;
mod known;
pub mod netstat;
pub mod route;
mod routes;
