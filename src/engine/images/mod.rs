//! Built-in images: what they are called ([`catalogue`], pure) and the root file systems behind the names ([`Store`]).
//!
//! The front calls [`Program::of_self`] early, while the program can still be read under its own identity; the zygote calls
//! [`Store::build`] once per lab. For an Engine elsewhere, [`archive()`] has an image in one piece. An imported image is [`unpack`]ed by a process of its own, which sees nothing but the image.

mod archive;
pub mod catalogue;
mod elf;
mod program;
mod rootfs;
mod skeleton;
mod tree;
mod unpack;

pub use archive::archive;
pub use program::Program;
pub use rootfs::{Applets, Store, StoreError, imported_name};
pub use unpack::{UnpackError, Unpacked, unpack};
