//! The built-in images, copied by a process of their own while the engine makes the lab's host.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::pipe::{PipeFlags, pipe_with};

use crate::engine::images::{Applets, Program, Store, StoreError};
use crate::engine::sandbox::container::{Kit, Limits};
use crate::engine::sandbox::edge::{self, Forked};
use crate::engine::sandbox::{hostroot, process};
use crate::guest;

/// What containers are made from.
#[derive(Debug)]
pub(super) enum Images {
    /// They are being copied.
    Copying {
        /// Brings one byte when they are complete; end of file without it when the copying process ended before.
        done: OwnedFd,
        /// To begin again with.
        program: Program,
    },
    /// They are complete.
    Complete(Kit),
}

impl Images {
    /// Forks the process that copies. `others` are descriptors that it must not keep open.
    pub fn begin(program: Program, others: &[BorrowedFd<'_>]) -> io::Result<Self> {
        let (done, say) = pipe_with(PipeFlags::CLOEXEC)?;
        match edge::fork()? {
            Forked::Child => {
                process::close(others);
                process::set_name("cnm-images");
                let told = copy(&program).is_ok() && rustix::io::write(&say, b"d").is_ok();
                process::end(i32::from(!told))
            }
            Forked::Parent(_) => Ok(Self::Copying { done, program }),
        }
    }

    /// Those that were copied.
    ///
    /// # Errors
    /// The seccomp filter does not exist for this processor.
    pub fn complete() -> io::Result<Self> {
        Ok(Self::Complete(Kit::new(store(), Limits::default())?))
    }

    /// Readable when they are complete, or their copying has ended; `None` once they were found complete.
    pub fn news(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Copying { done, .. } => Some(done.as_fd()),
            Self::Complete(_) => None,
        }
    }

    /// The kit, once the images are complete.
    pub fn kit(&self) -> Option<&Kit> {
        match self {
            Self::Copying { .. } => None,
            Self::Complete(kit) => Some(kit),
        }
    }

    /// Waits until they are complete. Where the copying process ended before, copies again.
    ///
    /// # Errors
    /// They cannot be copied.
    pub fn finish(&self) -> Result<(), StoreError> {
        if let Self::Copying { done, program } = self {
            let told = rustix::io::retry_on_intr(|| rustix::io::read(done, &mut [0; 1]));
            if told != Ok(1) {
                // Over what there is: nobody has seen it.
                copy(program)?;
            }
        }
        Ok(())
    }
}

/// The lab's root file systems.
pub(super) fn store() -> Store {
    Store::at(Path::new(hostroot::IMAGES))
}

fn copy(program: &Program) -> Result<(), StoreError> {
    let applets = Applets {
        links: guest::LINKS,
        shelf: guest::SHELF,
        names: &guest::names(),
    };
    Store::build(Path::new(hostroot::IMAGES), program, applets).map(drop)
}
