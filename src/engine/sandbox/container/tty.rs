//! A process's terminal: a pseudo-terminal of the container's own devpts, whose other end the zygote passes on.

use std::ffi::CString;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, open};
use rustix::mount::mount_bind;
use rustix::process::ioctl_tiocsctty;
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, ptsname, unlockpt};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use rustix::termios::{Winsize, tcsetwinsize};

use super::failure::{Doing, Outcome};

/// A terminal that was taken.
pub(super) struct Taken {
    /// Its other end.
    pub controller: OwnedFd,
    /// `/dev/pts/0`, as the container sees it.
    name: CString,
}

/// Opens a terminal of that size (rows, columns), makes it this session's controlling one and the standard streams. Call it
/// in the container's root, as the leader of a session.
pub(super) fn take(size: Option<[u16; 2]>) -> Outcome<Taken> {
    let doing = "open the container's terminal";
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let controller = open("/dev/ptmx", flags, Mode::empty()).doing(doing)?;
    unlockpt(&controller).doing(doing)?;
    let peer = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let terminal = ioctl_tiocgptpeer(&controller, peer).doing(doing)?;
    if let Some([ws_row, ws_col]) = size {
        let size = Winsize {
            ws_row,
            ws_col,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&controller, size).doing("size the container's terminal")?;
    }
    ioctl_tiocsctty(&terminal).doing("take the container's terminal")?;
    let name = ptsname(&controller, Vec::new()).doing(doing)?;
    dup2_stdin(&terminal)
        .and_then(|()| dup2_stdout(&terminal))
        .and_then(|()| dup2_stderr(&terminal))
        .doing(doing)?;
    Ok(Taken { controller, name })
}

impl Taken {
    /// Shows it as /dev/console, as Docker does with the terminal of a container's first process.
    pub(super) fn show_as_console(&self) -> Outcome {
        std::fs::File::create("/dev/console").doing("make /dev/console")?;
        mount_bind(self.name.as_c_str(), "/dev/console").doing("bind /dev/console")
    }
}
