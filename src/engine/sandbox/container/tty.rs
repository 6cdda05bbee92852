//! A container's terminal: a pseudo-terminal of its own devpts, whose other end the zygote passes on.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, open};
use rustix::mount::mount_bind;
use rustix::process::ioctl_tiocsctty;
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, ptsname, unlockpt};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::failure::{Doing, Outcome};

/// Opens a terminal, makes it this session's controlling one and the standard streams, and shows it as /dev/console as
/// Docker does. Returns its other end. Call it in the container's root, as the leader of a session.
pub(super) fn take() -> Outcome<OwnedFd> {
    let doing = "open the container's terminal";
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let master = open("/dev/ptmx", flags, Mode::empty()).doing(doing)?;
    unlockpt(&master).doing(doing)?;
    let peer = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let terminal = ioctl_tiocgptpeer(&master, peer).doing(doing)?;
    ioctl_tiocsctty(&terminal).doing("take the container's terminal")?;
    let name = ptsname(&master, Vec::new()).doing(doing)?;
    std::fs::File::create("/dev/console").doing("make /dev/console")?;
    mount_bind(name.as_c_str(), "/dev/console").doing("bind /dev/console")?;
    dup2_stdin(&terminal)
        .and_then(|()| dup2_stdout(&terminal))
        .and_then(|()| dup2_stderr(&terminal))
        .doing(doing)?;
    Ok(master)
}
