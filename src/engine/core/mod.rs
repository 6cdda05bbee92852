//! The Container Network Model as a pure state machine.

mod era;

pub use era::{Era, Rules, SubnetChoice};
