//! The zygote's second life: the same process, executed from the lab's own copy of the program.
//!
//! What is forked has its parent's program as `/proc/PID/exe` until it executes one itself, and a command may be just that
//! link: `docker exec c1 /proc/self/exe`, or a script that begins with `#!/proc/self/exe`. Were it the machine's file, a
//! container could change its mode or write it, for it is the lab's owner's (as CVE-2019-5736 did to runc). So no container,
//! no exec, no console and no import is forked before the images are complete; then the zygote executes the copy in them,
//! which is on a read-only file system of the lab's, and goes on. Nothing of this costs a container anything.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::fs::{MemfdFlags, Mode, memfd_create};
use rustix::process::{Pid, Rlimit, Signal, getpid, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};

use super::consoles::Consoles;
use super::execs::Execs;
use super::images::{self, Images};
use super::outbox::Outbox;
use super::places::Places;
use super::sandboxes::Sandboxes;
use super::serve::Zygote;
use super::{NAME, watch_children};
use crate::engine::images::StoreError;
use crate::engine::plan::Place;
use crate::engine::sandbox::console::{ConsolePlace, Inherited};
use crate::engine::sandbox::protocol::Request;
use crate::engine::sandbox::{edge, process};

/// All that the zygote holds before its first container, as its second life reads it from standard input. Descriptors are
/// numbers that stay open.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Handover {
    janitor: RawFd,
    engine: RawFd,
    engine_pid: i32,
    front: Option<RawFd>,
    places: Vec<(Place, RawFd)>,
    /// Requests that wait for the images.
    deferred: Vec<(Request, Vec<RawFd>)>,
    console: ConsolePlace,
    /// The person's limit of open descriptors: soft and hard.
    descriptors: [Option<u64>; 2],
    umask: u32,
}

/// Executes the lab's copy of the program, which goes on as this zygote. Returns only why not.
pub(super) fn renew(zygote: &Zygote) -> StoreError {
    let copy = images::store().zygote();
    let source = match hand_over(zygote) {
        // The environment goes with it: consoles of the person's have it.
        Ok(handover) => Command::new(&copy).arg0(NAME).stdin(handover).exec(),
        Err(error) => error,
    };
    StoreError {
        doing: format!("go on in {}", copy.display()),
        source,
    }
}

/// A file in memory that holds the [`Handover`], to be read from its beginning.
fn hand_over(zygote: &Zygote) -> io::Result<File> {
    let left = |fd: &OwnedFd| process::leave_open(fd.as_fd());
    let places = zygote.places.kept().map(|(place, fd)| Ok((place.clone(), left(fd)?)));
    let deferred = zygote.deferred.iter().map(|(request, fds)| {
        let fds = fds.iter().map(left).collect::<io::Result<_>>()?;
        Ok((request.clone(), fds))
    });
    let Inherited { descriptors, umask } = zygote.consoles.inherited;
    let handover = Handover {
        janitor: left(&zygote.janitor)?,
        engine: process::leave_open(zygote.engine.as_fd())?,
        engine_pid: zygote.engine_pid.as_raw_nonzero().get(),
        front: zygote.front.as_ref().map(left).transpose()?,
        places: places.collect::<io::Result<_>>()?,
        deferred: deferred.collect::<io::Result<_>>()?,
        console: zygote.consoles.place,
        descriptors: [descriptors.current, descriptors.maximum],
        umask: umask.as_raw_mode(),
    };
    let mut file = File::from(memfd_create("zygote", MemfdFlags::CLOEXEC)?);
    file.write_all(&serde_json::to_vec(&handover)?)?;
    file.rewind()?;
    Ok(file)
}

/// Whether this process, started under the name `program`, is a zygote in its second life.
#[must_use]
pub fn is_renewed(program: &OsStr) -> bool {
    program == NAME && getpid().is_init()
}

/// Goes on as the zygote; never returns. Call it first of all where [`is_renewed`] says so.
pub fn resume() -> ! {
    let served = take_over().and_then(|zygote| zygote.serve().map_err(|refused| refused.source));
    process::end(i32::from(served.is_err()))
}

fn take_over() -> io::Result<Zygote> {
    let mut text = Vec::new();
    File::from(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?).read_to_end(&mut text)?;
    let handover: Handover = serde_json::from_slice(&text)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    // Kept across this `execve`; asked for again, for without it the janitor's end could be missed.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    edge::reset_signals();
    edge::survive_broken_pipes();
    let ends = watch_children()?;
    let mut places = Places::new()?;
    for (place, fd) in handover.places {
        places.insert(place, process::adopt(fd)?);
    }
    let deferred = handover.deferred.into_iter().map(|(request, fds)| {
        let fds = fds.into_iter().map(process::adopt).collect::<io::Result<_>>()?;
        Ok((request, fds))
    });
    let [current, maximum] = handover.descriptors;
    let inherited = Inherited {
        descriptors: Rlimit { current, maximum },
        umask: Mode::from_raw_mode(handover.umask),
    };
    Ok(Zygote {
        janitor: process::adopt(handover.janitor)?,
        engine: Outbox::new(process::adopt(handover.engine)?),
        engine_pid: Pid::from_raw(handover.engine_pid).ok_or(io::ErrorKind::InvalidData)?,
        front: handover.front.map(process::adopt).transpose()?,
        ends,
        places,
        sandboxes: Sandboxes::new(),
        execs: Execs::new()?,
        consoles: Consoles::new(handover.console, inherited),
        deferred: deferred.collect::<io::Result<_>>()?,
        images: Images::complete()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_first_process_under_the_zygotes_name_is_one() {
        assert!(!is_renewed(OsStr::new(NAME)), "a test is no pid 1");
        assert!(!is_renewed(OsStr::new("cnm")));
    }

    #[test]
    fn what_is_handed_over_is_read_as_it_was_written() {
        let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
        let request = Request {
            id: 7,
            ask: crate::engine::sandbox::protocol::Ask::SealImage { image: "é".into() },
        };
        let handover = Handover {
            janitor: process::leave_open(writer.as_fd()).unwrap(),
            engine: 4,
            engine_pid: 2,
            front: None,
            places: vec![(Place::Router, 5), (Place::Container("c".into()), 6)],
            deferred: vec![(request, vec![7, 8])],
            console: ConsolePlace::Sandbox,
            descriptors: [Some(1024), None],
            umask: 0o27,
        };
        let text = serde_json::to_vec(&handover).unwrap();
        assert_eq!(serde_json::from_slice::<Handover>(&text).unwrap(), handover);

        std::mem::forget(writer);
        let adopted = process::adopt(handover.janitor).unwrap();
        assert!(
            rustix::io::fcntl_getfd(&adopted)
                .unwrap()
                .contains(rustix::io::FdFlags::CLOEXEC)
        );
        rustix::io::write(&adopted, b"x").unwrap();
        assert_eq!(rustix::io::read(&reader, &mut [0; 2]).unwrap(), 1);
        assert!(process::adopt(1 << 20).is_err());
    }
}
