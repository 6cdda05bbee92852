//! The built-in images, copied by a process of their own while the engine makes the lab's host.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::pipe::{PipeFlags, pipe_with};

use crate::engine::images::{Program, Store};
use crate::engine::sandbox::container::{Kit, Limits};
use crate::engine::sandbox::edge::{self, Forked, Stage};
use crate::engine::sandbox::protocol::ToFront;
use crate::engine::sandbox::{hostroot, process, wire};
use crate::guest::LINKS;

/// What containers are made from, and whether it is complete.
#[derive(Debug)]
pub(super) struct Images {
    kit: Kit,
    /// Brings one byte when the images are complete; end of file without it when they never will be.
    making: Option<OwnedFd>,
}

impl Images {
    /// Forks the process that copies. `others` are descriptors that it must not keep open; a refusal it tells to `front`.
    pub fn begin(program: Program, others: &[BorrowedFd<'_>], front: &OwnedFd) -> io::Result<Self> {
        let place = Path::new(hostroot::IMAGES);
        let kit = Kit::new(Store::at(place), Limits::default())?;
        let (making, done) = pipe_with(PipeFlags::CLOEXEC)?;
        match edge::fork()? {
            Forked::Child => {
                process::close(others);
                process::set_name("cnm-images");
                let status = match Store::build(place, &program, LINKS) {
                    Ok(_) => i32::from(rustix::io::write(&done, b"d").is_err()),
                    Err(refused) => {
                        let said = ToFront::failed(Stage::Images, refused.doing, &refused.source);
                        let _ = wire::send(front, &said, &[]);
                        1
                    }
                };
                process::end(status)
            }
            Forked::Parent(_) => {
                drop(program);
                let making = Some(making);
                Ok(Self { kit, making })
            }
        }
    }

    /// Readable when there is news; `None` when they are complete.
    pub fn news(&self) -> Option<BorrowedFd<'_>> {
        self.making.as_ref().map(AsFd::as_fd)
    }

    /// The kit, once the images are complete: waits for that. `None` when they never will be.
    pub fn kit(&mut self) -> Option<&Kit> {
        if let Some(making) = &self.making {
            if rustix::io::retry_on_intr(|| rustix::io::read(making, &mut [0; 1])) != Ok(1) {
                return None;
            }
            self.making = None;
        }
        Some(&self.kit)
    }
}
