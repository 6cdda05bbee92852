//! Sessions with containers, as a person at a terminal and a script with pipes have them, through our own `docker`. The same
//! scenarios run with the real CLI in `tests/docker.rs`.
#![cfg(target_os = "linux")]

#[macro_use]
mod scenarios;
#[path = "../support/mod.rs"]
mod support;

scenarios!(Cli::Ours, []);
