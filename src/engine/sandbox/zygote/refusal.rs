//! What the zygote says of what it does not do, or gives up.

use std::io;

use rustix::io::Errno;

use super::PATIENCE;
use crate::engine::sandbox::container::Report;
use crate::engine::sandbox::protocol::Answer;

/// Why a first process gave up.
pub(super) fn why(container: &str, report: Option<Report>) -> Answer {
    match report {
        Some(Report::Failed { doing, errno }) => Answer::Refused { doing, errno },
        Some(Report::NotExecuted { program, reason, code }) => Answer::NotExecuted { program, reason, code },
        Some(Report::Ready) | None => refused(format!("set up container {}", short(container)), &Errno::CHILD.into()),
    }
}

/// What is said of a process that was given up.
pub(super) fn late(process: &str) -> Answer {
    let doing = format!("execute the command of {process} within {} s", PATIENCE.as_secs());
    refused(doing, &Errno::TIME.into())
}

/// What is said of a container that was stopped before it executed its command.
pub(super) fn stopped(container: &str) -> Answer {
    let container = short(container);
    let doing = format!("execute the command of container {container}, which a signal stopped before");
    refused(doing, &Errno::CANCELED.into())
}

/// What is said of a request that cannot be read.
pub(super) fn unreadable(error: &io::Error) -> Answer {
    match error.raw_os_error() {
        Some(_) => refused("read the request".into(), error),
        None => refused(format!("read the request ({error})"), &Errno::BADMSG.into()),
    }
}

/// The kernel's refusal of what was being done.
pub(super) fn refused(doing: String, error: &io::Error) -> Answer {
    Answer::Refused {
        doing,
        errno: error.raw_os_error().unwrap_or(libc::EIO),
    }
}

/// The short form of an id, as Docker prints it.
pub(super) fn short(container: &str) -> &str {
    container.get(..12).unwrap_or(container)
}
