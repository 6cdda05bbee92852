//! Objects as the API carries them: names, order of members and what is left out are Docker's.

pub mod config;
pub mod container;
pub mod create;
pub mod event;
pub mod exec;
pub mod host_config;
pub mod host_config_out;
pub mod net_mode;
pub mod network;
pub mod system;

use serde_json::Value;

/// One object with the members of several, in order.
fn joined(parts: impl IntoIterator<Item = Value>) -> Value {
    let members = |part| match part {
        Value::Object(members) => Some(members),
        _ => None,
    };
    Value::Object(parts.into_iter().filter_map(members).flatten().collect())
}
