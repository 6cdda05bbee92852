//! What stays in the host's namespaces.

pub mod janitor;
pub mod socket_path;
