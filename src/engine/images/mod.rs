//! Built-in images: what they are called ([`catalogue`]) and the root file systems behind the names ([`Store`]).
//!
//! [`Program::of_self`] is called early, while the program can still be read under its own path and identity;
//! [`Store::build`] once per lab, by the zygote.

use std::io;
use std::path::{Path, PathBuf};

/// Our own program as it will stand in images: the executable and, where it is dynamically linked, its loader and its
/// libraries, all opened already.
#[derive(Debug)]
pub struct Program {
    _private: (),
}

impl Program {
    /// Opens everything this process was executed from.
    ///
    /// # Errors
    /// A file cannot be opened, or the executable is not ELF.
    pub fn of_self() -> io::Result<Self> {
        Ok(Self { _private: () })
    }
}

/// The lower layers of a lab's containers: one tmpfs, one copy of the program, hard links for the rest.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Mounts a tmpfs on the existing directory `at` and fills it; `links` are the applets' places in an image
    /// (`/bin/sh`). Read-only afterwards.
    ///
    /// # Errors
    /// The kernel's refusal, with what was being done.
    pub fn build(at: &Path, _program: &Program, _links: &[&str]) -> io::Result<Self> {
        Ok(Self { root: at.to_owned() })
    }

    /// Root of an image's lower layer, by image reference as typed (`alpine`, `alpine:latest`).
    #[must_use]
    pub fn lower(&self, _reference: &str) -> Option<PathBuf> {
        None
    }

    /// Root of the console's lower layer: an image that has `docker` too.
    #[must_use]
    pub fn console(&self) -> PathBuf {
        self.root.join("console")
    }

    /// An empty directory that each container, in its own mount namespace, may mount on.
    #[must_use]
    pub fn stage(&self) -> PathBuf {
        self.root.join("stage")
    }
}
