//! The built-in engine: a rootless Docker Engine for one lab, Linux only.
//!
//! ```text
//! launch     front's side: start a lab, talk to it, end it
//! outside/   what stays in the host's namespaces: the janitor
//! sandbox/   zygote, namespaces, root file systems, pid 1, console
//! server     one writer: request → core → Plan → kernel → commit → events
//! api/       routes; wire structs
//! core/      the state machine (pure)      ipam/  pools and addresses (pure)
//! drivers/   intent → Plan steps (pure)    plan/  steps, printer, undo (pure)   executor/  runs Plans
//! netlink/   rtnetlink and nfnetlink       reaper/ delete later, in groups
//! dns/       the resolver of each container, the simulated internet's names
//! ```

pub mod api;
pub mod core;
pub mod dns;
pub mod doctor;
pub mod drivers;
pub mod executor;
pub mod images;
pub mod ipam;
pub mod launch;
pub mod netlink;
pub mod outside;
pub mod plan;
pub mod reaper;
pub mod sandbox;
pub mod server;
