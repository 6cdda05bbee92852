//! `od`, `hexdump` and `xxd`: bytes as numbers.

pub mod hexdump;
mod input;
pub mod od;
pub mod xxd;
