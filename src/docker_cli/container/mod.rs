//! `docker run`, `docker ps` and the commands of `docker container`.

pub(super) mod attach;
pub(super) mod create;
pub(super) mod exec;
pub(super) mod flags;
mod key_values;
pub(super) mod lifecycle;
pub(super) mod logs;
mod networking;
pub(super) mod port;
mod ports;
pub(super) mod prune;
pub(super) mod ps;
pub(super) mod run;
pub(super) mod start;
pub(super) mod top;
