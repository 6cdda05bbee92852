//! Pid 1 of a lab: one thread, a poll loop, and all the forks.
//!
//! It is cloned by the janitor with the lab's namespaces, makes the lab's mount tree, forks the engine, and from then on
//! does what only a single-threaded process inside may do: clone containers, enter their network namespaces and come back,
//! execute console programs. Before the first of these it executes the lab's own copy of the program ([`renewal`]). Its end is the end of all of them: the kernel kills what is in a pid namespace with its pid 1.

mod consoles;
mod execs;
mod files;
mod images;
mod imports;
mod outbox;
mod places;
mod refusal;
mod renewal;
mod sandboxes;
mod serve;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::Mode;
use rustix::process::{DumpableBehavior, Rlimit, Signal as Death};

pub use self::renewal::{is_renewed, resume};

use self::consoles::Consoles;
use self::execs::Execs;
use self::images::Images;
use self::outbox::Outbox;
use self::places::Places;
use self::sandboxes::Sandboxes;
use self::serve::Zygote;
use super::console::{self, ConsolePlace, Inherited};
use super::edge::{self, Forked, Stage};
use super::protocol::ToFront;
use super::{hostroot, identity, process, wire};
use crate::engine::drivers::host::HOSTNAME;
use crate::engine::images::Program;

/// What it is called, in both its lives.
const NAME: &str = "cnm-zygote";

/// How long a process may take to set itself up, and how long to execute its command then. What is in a container can hold
/// that up: it may stop a process that joins it, or hold a lease on the command's file. Whoever asked is answered then, and the
/// process killed. A container's own that was stopped is not waited for: the engine's one writer waits for its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the janitor gives its child.
#[derive(Debug)]
pub struct Inheritance {
    /// To the janitor: one byte says that the maps are written; its end of file is the lab's end.
    pub janitor: OwnedFd,
    /// The front's requests for console programs.
    pub front: OwnedFd,
    /// The engine's end of the front's control socket; until the engine has it, the way to say why the launch failed.
    pub control: OwnedFd,
    /// Bound at the `--socket` path.
    pub listener: Option<UnixListener>,
    /// This program, open.
    pub program: Program,
    /// Where console programs run.
    pub console: ConsolePlace,
    /// The person's own limit of open descriptors, for the console.
    pub descriptors: Rlimit,
}

/// What the zygote gives the engine.
#[derive(Debug)]
pub struct EngineSeed {
    /// To the front.
    pub control: OwnedFd,
    /// To the zygote.
    pub zygote: OwnedFd,
    /// Sockets to serve the API on: in the lab, and at the `--socket` path.
    pub listeners: Vec<UnixListener>,
}

/// What runs in the engine's own process; returns its exit status.
pub type EngineMain = Box<dyn FnOnce(EngineSeed) -> i32>;

/// Runs the lab; never returns.
///
/// Call it in a process just cloned with new user, pid, mount, network, UTS and IPC namespaces, with one thread.
pub fn run(inheritance: Inheritance, engine: EngineMain) -> ! {
    if let Ok(telling) = inheritance.control.try_clone()
        && let Err((stage, doing, source)) = live(inheritance, engine, &telling)
    {
        let _ = wire::send(&telling, &ToFront::failed(stage, doing, &source), &[]);
    }
    process::end(1)
}

/// Where the launch ended, what was being done, and the kernel's answer.
type Refusal = (Stage, String, io::Error);

/// Everything between the clone and the end. `telling` is for this process alone.
fn live(inheritance: Inheritance, engine: EngineMain, telling: &OwnedFd) -> Result<(), Refusal> {
    let said = |stage: Stage, doing: &'static str| move |error: io::Error| (stage, doing.to_owned(), error);
    let Inheritance {
        janitor,
        front,
        control,
        listener,
        program,
        console,
        descriptors,
    } = inheritance;
    let umask = settle(&janitor).map_err(said(Stage::UidMap, "become uid 0 of the lab"))?;
    edge::loopback_up().map_err(said(Stage::Loopback, "set lo up"))?;
    let _ = rustix::system::sethostname(HOSTNAME.as_bytes());
    let inside = hostroot::enter().map_err(|refused| (refused.stage, refused.doing, refused.source))?;
    let listeners: Vec<UnixListener> = [Some(inside), listener].into_iter().flatten().collect();
    let mut others = vec![janitor.as_fd(), front.as_fd(), control.as_fd()];
    others.extend(listeners.iter().map(AsFd::as_fd));
    let images = Images::begin(program, &others).map_err(said(Stage::Images, "fork the copying of images"))?;
    console::write_shell_files().map_err(said(Stage::MountNamespace, "write the console's start-up files"))?;

    let ends = watch_children().map_err(said(Stage::Engine, "watch for ends of processes"))?;
    let places = Places::new().map_err(said(Stage::NetNamespace, "keep the lab's network namespace"))?;
    let execs = Execs::new().map_err(said(Stage::Proc, "keep the lab's pid namespace"))?;
    let (ours, theirs) = wire::pair().map_err(said(Stage::Engine, "make a socket to the engine"))?;
    let engine_pid = match edge::fork().map_err(said(Stage::Engine, "fork the engine"))? {
        Forked::Child => {
            // Everything the engine must not keep open; what it may keep is in its seed.
            drop((janitor, front, ours, ends, places, execs, images));
            process::close(&[telling.as_fd()]);
            edge::reset_signals();
            edge::survive_broken_pipes();
            process::set_name("cnm-engine");
            process::end(engine(EngineSeed {
                control,
                zygote: theirs,
                listeners,
            }))
        }
        Forked::Parent(pid) => pid,
    };
    drop((theirs, control, listeners));
    Zygote {
        janitor,
        engine: Outbox::new(ours),
        engine_pid,
        front: Some(front),
        ends,
        places,
        sandboxes: Sandboxes::new(),
        execs,
        consoles: Consoles::new(console, Inherited { descriptors, umask }),
        deferred: Vec::new(),
        images,
    }
    .serve()
    .map_err(|refused| (Stage::Images, refused.doing, refused.source))
}

/// From now on the ends of children are read from a descriptor.
fn watch_children() -> io::Result<SignalFd> {
    let mask = SigSet::from(Signal::SIGCHLD);
    mask.thread_block()?;
    Ok(SignalFd::with_flags(
        &mask,
        SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK,
    )?)
}

/// Waits for the maps, takes the lab's identity, and sees to it that the janitor's end is this process's end. Returns the
/// person's file mode mask.
fn settle(janitor: &OwnedFd) -> io::Result<Mode> {
    if rustix::io::retry_on_intr(|| rustix::io::read(janitor, &mut [0; 1]))? != 1 {
        process::end(1);
    }
    identity::become_lab_root()?;
    // After the last change of identity: each clears the signal (prctl(2), PR_SET_PDEATHSIG).
    rustix::process::set_parent_process_death_signal(Some(Death::KILL))?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    // The janitor may have ended before the signal was asked for. Its pid says nothing here, getppid is 0 across a pid
    // namespace; its socket does.
    if has_hung_up(janitor) {
        process::end(1);
    }
    edge::reset_signals();
    edge::survive_broken_pipes();
    process::set_name(NAME);
    Ok(rustix::process::umask(Mode::from_raw_mode(0o022)))
}

fn has_hung_up(socket: &OwnedFd) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::empty())];
    let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut fds, Some(&now)).is_ok() && fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
}
