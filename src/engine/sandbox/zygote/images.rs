//! The built-in images, copied by a process of their own while the engine makes the lab's host.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::pipe::{PipeFlags, pipe_with};

use crate::engine::images::{Program, Store, StoreError};
use crate::engine::sandbox::container::{Kit, Limits};
use crate::engine::sandbox::edge::{self, Forked};
use crate::engine::sandbox::{hostroot, process};
use crate::guest::LINKS;

/// What containers are made from, and whether it is complete.
#[derive(Debug)]
pub(super) struct Images {
    kit: Kit,
    making: Option<Making>,
}

#[derive(Debug)]
struct Making {
    /// Brings one byte when the images are complete; end of file without it when the copying process ended before.
    done: OwnedFd,
    /// To begin again with.
    program: Program,
}

impl Images {
    /// Forks the process that copies. `others` are descriptors that it must not keep open.
    pub fn begin(program: Program, others: &[BorrowedFd<'_>]) -> io::Result<Self> {
        let kit = Kit::new(Store::at(Path::new(hostroot::IMAGES)), Limits::default())?;
        let (done, say) = pipe_with(PipeFlags::CLOEXEC)?;
        match edge::fork()? {
            Forked::Child => {
                process::close(others);
                process::set_name("cnm-images");
                let told = copy(&program).is_ok() && rustix::io::write(&say, b"d").is_ok();
                process::end(i32::from(!told))
            }
            Forked::Parent(_) => Ok(Self {
                kit,
                making: Some(Making { done, program }),
            }),
        }
    }

    /// Readable when there is news; `None` when they are complete.
    pub fn news(&self) -> Option<BorrowedFd<'_>> {
        self.making.as_ref().map(|making| making.done.as_fd())
    }

    /// The kit, once the images are complete: waits for that. Where the copying process ended before, copies again.
    ///
    /// # Errors
    /// They cannot be copied.
    pub fn kit(&mut self) -> Result<&Kit, StoreError> {
        if let Some(Making { done, program }) = &self.making {
            let told = rustix::io::retry_on_intr(|| rustix::io::read(done, &mut [0; 1]));
            if told != Ok(1) {
                // Over what there is: nobody has seen it.
                copy(program)?;
            }
            self.making = None;
        }
        Ok(&self.kit)
    }
}

fn copy(program: &Program) -> Result<(), StoreError> {
    Store::build(Path::new(hostroot::IMAGES), program, LINKS).map(drop)
}
