//! `docker images`, `docker pull` and the commands of `docker image`.

mod bring;
pub(super) mod history;
pub(super) mod list;
pub(super) mod pull;
pub(super) mod reference;
pub(super) mod remove;

pub(super) use bring::import;
