//! `od`, `hexdump` and `xxd`: bytes as numbers.

pub mod hexdump;
mod input;
pub mod od;
pub mod xxd;

/// A byte beside its number: itself where it can be printed, else a dot.
fn shown(byte: u8) -> char {
    match byte {
        b' '..=b'~' => char::from(byte),
        _ => '.',
    }
}
