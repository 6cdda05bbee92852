//! What a container's first process tells the zygote about itself: one packet per report, end of file once the
//! command has been executed (the socket is closed by the kernel at `execve`).

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType, sendmsg, socketpair,
};
use serde::{Deserialize, Serialize};

use crate::engine::sandbox::wire;

/// One report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// The sandbox is complete; the process waits for one byte on `go`.
    Ready,
    /// A system call of the set-up failed; the process has ended.
    Failed {
        /// What was being done, with its subject.
        doing: String,
        /// The kernel's answer (errno.h).
        errno: i32,
    },
    /// The command cannot be executed; the process has ended with `code`.
    NotExecuted {
        /// As given.
        program: String,
        /// Docker's words: `executable file not found in $PATH`, `permission denied`, …
        reason: String,
        /// 127 not found, 126 not executable.
        code: i32,
    },
}

/// A report as it was received.
#[derive(Debug)]
pub struct Received {
    /// What was said.
    pub report: Report,
    /// With [`Report::Ready`] of a container that has a terminal: the other end of that terminal.
    pub terminal: Option<OwnedFd>,
}

/// Longest packet; `doing` and `program` are cut to fit well inside.
const PACKET: usize = 8 * 1024;

/// Both ends, zygote's and container's, closed at `execve`.
///
/// # Errors
/// No descriptors left.
pub fn channel() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?)
}

/// Waits for the next report; `None` is the end of file: after [`Report::Ready`] and `go`, the command runs.
///
/// # Errors
/// The socket failed, or what came is not a report.
pub fn receive(from: impl AsFd) -> io::Result<Option<Received>> {
    let mut packet = [0; PACKET];
    let Some(arrived) = wire::arrive(from, &mut packet)? else {
        return Ok(None);
    };
    let terminal = arrived.fds.into_iter().next();
    let report = serde_json::from_slice(&packet[..arrived.length])?;
    Ok(Some(Received { report, terminal }))
}

/// Sends a report, with a terminal's other end where there is one.
///
/// # Errors
/// Nobody listens any more.
pub(super) fn send(to: impl AsFd, report: &Report, terminal: Option<&OwnedFd>) -> io::Result<()> {
    let packet = serde_json::to_vec(&shortened(report))?;
    let fds = terminal.map(AsFd::as_fd);
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if let Some(fd) = &fds {
        control.push(SendAncillaryMessage::ScmRights(std::slice::from_ref(fd)));
    }
    sendmsg(to, &[IoSlice::new(&packet)], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// A program's name may be as long as `execve` allows; a packet may not.
fn shortened(report: &Report) -> Report {
    fn cut(text: &str) -> String {
        text.chars().take(PACKET / 8).collect()
    }
    match report {
        Report::Ready => Report::Ready,
        Report::Failed { doing, errno } => Report::Failed {
            doing: cut(doing),
            errno: *errno,
        },
        Report::NotExecuted { program, reason, code } => Report::NotExecuted {
            program: cut(program),
            reason: cut(reason),
            code: *code,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_arrive_whole_and_in_order() {
        let (zygote, container) = channel().unwrap();
        let reports = [
            Report::Ready,
            Report::Failed {
                doing: "mount /proc".into(),
                errno: 1,
            },
            Report::NotExecuted {
                program: "x\"y".into(),
                reason: "executable file not found in $PATH".into(),
                code: 127,
            },
        ];
        for report in &reports {
            send(&container, report, None).unwrap();
        }
        drop(container);
        for report in &reports {
            assert_eq!(&receive(&zygote).unwrap().unwrap().report, report);
        }
        assert!(receive(&zygote).unwrap().is_none());
    }

    #[test]
    fn a_terminal_travels_with_its_report() {
        let (zygote, container) = channel().unwrap();
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        send(&container, &Report::Ready, Some(&writer)).unwrap();
        drop(writer);
        let received = receive(&zygote).unwrap().unwrap();
        rustix::io::write(received.terminal.unwrap(), b"x").unwrap();
        assert_eq!(rustix::io::read(reader, &mut [0; 2]).unwrap(), 1);
    }

    #[test]
    fn a_program_of_any_length_fits() {
        let (zygote, container) = channel().unwrap();
        let program = "\u{1}é".repeat(100_000);
        send(
            &container,
            &Report::NotExecuted {
                program,
                reason: String::new(),
                code: 127,
            },
            None,
        )
        .unwrap();
        assert!(receive(&zygote).unwrap().is_some());
    }
}
