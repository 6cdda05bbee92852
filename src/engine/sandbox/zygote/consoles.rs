//! Programs in the console place.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::process::Pid;

use crate::engine::sandbox::console::{self, ConsolePlace, Entrance, Inherited};
use crate::engine::sandbox::container::Kit;
use crate::engine::sandbox::edge::{self, Forked};
use crate::engine::sandbox::protocol::{ConsoleEnded, NotStarted, SignalGroup, SpawnConsole};
use crate::engine::sandbox::{process, wire};

/// Programs of the console place that run, each with the socket its owner in the front holds the other end of.
#[derive(Debug)]
pub(super) struct Consoles {
    /// Where they run.
    pub place: ConsolePlace,
    /// What they have of the person.
    pub inherited: Inherited,
    running: HashMap<Pid, Option<OwnedFd>>,
}

impl Consoles {
    pub fn new(place: ConsolePlace, inherited: Inherited) -> Self {
        Self {
            place,
            inherited,
            running: HashMap::new(),
        }
    }

    /// Forks a program. Whether it was executed, the front learns from the last descriptor.
    pub fn spawn(&mut self, request: &SpawnConsole, fds: Vec<OwnedFd>, kit: &Kit) {
        let Ok([stdin, stdout, stderr, socket, fate]) = <[OwnedFd; 5]>::try_from(fds) else {
            return;
        };
        let namespaces = match self.place {
            ConsolePlace::Real => 0,
            ConsolePlace::Sandbox => libc::CLONE_NEWNS,
        };
        match edge::clone(namespaces) {
            Ok(Forked::Child) => {
                let entrance = Entrance {
                    place: self.place,
                    stdio: [stdin, stdout, stderr],
                    fate,
                    inherited: self.inherited,
                    kit,
                };
                console::become_program(request, entrance)
            }
            Ok(Forked::Parent(pid)) => {
                self.running.insert(pid, Some(socket));
            }
            Err(error) => {
                let refusal = NotStarted {
                    doing: "fork".into(),
                    errno: error.raw_os_error().unwrap_or(libc::EIO),
                };
                let _ = console::tell(&fate, &refusal);
            }
        }
    }

    /// Sockets over which signals come.
    pub fn sockets(&self) -> impl Iterator<Item = (Pid, BorrowedFd<'_>)> {
        self.running
            .iter()
            .filter_map(|(pid, socket)| Some((*pid, socket.as_ref()?.as_fd())))
    }

    /// Passes a signal on to the group the program leads; when its owner has let go, hangs up, as a closed terminal does.
    pub fn hear(&mut self, pid: Pid) {
        let Some(socket) = self.running.get_mut(&pid) else {
            return;
        };
        let Some(open) = socket else { return };
        if let Ok(Some((SignalGroup { signal }, _))) = wire::receive(&*open) {
            signal_program(pid, signal);
        } else {
            *socket = None;
            signal_program(pid, libc::SIGHUP);
            signal_program(pid, libc::SIGCONT);
        }
    }

    /// A child ended; true when it was a console program.
    pub fn ended(&mut self, pid: Pid, status: i32) -> bool {
        let Some(socket) = self.running.remove(&pid) else {
            return false;
        };
        if let Some(socket) = socket {
            let _ = wire::send(&socket, &ConsoleEnded { status }, &[]);
        }
        true
    }
}

/// The group, or the process alone where it has not made its group yet. It is our own child and not reaped.
fn signal_program(pid: Pid, signal: i32) {
    if process::kill_group(pid, signal).is_err() {
        let _ = process::kill(pid, signal);
    }
}
