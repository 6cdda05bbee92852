//! `cnm`: learn Docker's Container Network Model by doing.
//!
//! The house has one rule: a room imports its own band and what stands below it, never above, and never in a
//! circle (`tests/layering.rs` walks the `use` lines). From the ground up:
//!
//! | band | rooms |
//! |---|---|
//! | 0 | [`model`]: networks, endpoints, names, addresses; pure · [`texts`]: what is said to people, per language · [`yaml`]: the one YAML reader · [`paths`]: where a lab is found · [`moment`]: points in time · [`shells`]: a person's shell, led to a lab · `terminal` (Linux): raw mode and the way back |
//! | 1 | [`observe`], [`lesson`], [`settings`], `engine` and `guest` (Linux) |
//! | 2 | [`lab`]: one backend as the others see it |
//! | 3 | [`scene`], [`workshop`], [`docker_backend`]: an Engine that is not ours · [`console`]: the learner's shell on its pseudo-terminal |
//! | 4 | [`ui`], [`plain`], [`grade`], [`docker_cli`] |
//! | 5 | [`cli`] and the binary |

pub mod cli;
pub mod console;
pub mod docker_backend;
pub mod docker_cli;
#[cfg(target_os = "linux")]
pub mod engine;
pub mod grade;
#[cfg(target_os = "linux")]
pub mod guest;
pub mod lab;
pub mod lesson;
pub mod model;
pub mod moment;
pub mod observe;
pub mod paths;
pub mod plain;
pub mod scene;
pub mod settings;
pub mod shells;
#[cfg(target_os = "linux")]
pub mod terminal;
pub mod texts;
pub mod ui;
pub mod workshop;
pub mod yaml;
