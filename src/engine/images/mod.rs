//! Built-in images: what they are called ([`catalogue`], pure) and the root file systems behind the names ([`Store`]).
//!
//! The front calls [`Program::of_self`] early, while the program can still be read under its own identity; the zygote calls
//! [`Store::build`] once per lab. An imported image is [`unpack`]ed by a process of its own, which sees nothing but the image.

pub mod catalogue;
mod elf;
mod program;
mod rootfs;
mod skeleton;
mod unpack;

pub use program::Program;
pub use rootfs::{Applets, Store, StoreError, imported_name};
pub use unpack::{UnpackError, Unpacked, unpack};
