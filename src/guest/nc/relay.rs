//! Standard input to the connection, and what comes from there to standard output.

use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

use super::options::Request;

/// Bytes that went each way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub sent: u64,
    pub received: u64,
}

/// What was typed and is not sent yet.
#[derive(Debug, Default)]
struct Outgoing {
    bytes: Vec<u8>,
    at: usize,
    /// When the next line may go.
    due: Option<Instant>,
    ended: bool,
}

impl Outgoing {
    fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn waits(&self) -> Option<Duration> {
        let due = self.due?.saturating_duration_since(Instant::now());
        (!due.is_zero()).then_some(due)
    }

    /// What goes next: all, or one line where lines are kept apart.
    fn next(&self, by_line: bool) -> &[u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let line = rest.iter().position(|byte| *byte == b'\n').filter(|_| by_line);
        &rest[..line.map_or(rest.len(), |at| at + 1)]
    }

    /// Sends what goes next; how much went, `None` where nobody takes it any more.
    fn send(&mut self, request: &Request, socket: &OwnedFd) -> io::Result<Option<usize>> {
        let next = self.next(request.interval.is_some());
        match send(socket, next, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(length) => {
                let is_line = length == next.len();
                self.at += length;
                self.due = request.interval.filter(|_| is_line).map(|pause| Instant::now() + pause);
                Ok(Some(length))
            }
            Err(error) if is_passing(error) => Ok(Some(0)),
            Err(rustix::io::Errno::PIPE | rustix::io::Errno::CONNRESET) => Ok(None),
            // A datagram that nobody took says so at the next one.
            Err(rustix::io::Errno::CONNREFUSED) if request.udp => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Carries both ways until both sides have ended; one who sits at a terminal need not end too.
///
/// # Errors
/// The connection's, or standard output's.
pub(super) fn run(request: &Request, socket: &OwnedFd) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut outgoing = Outgoing::default();
    let mut buffer = vec![0; 16 * 1024];
    let mut last_heard = Instant::now();
    // The other side may have nothing more to say and still listen.
    let mut heard_all = false;
    loop {
        if heard_all && outgoing.is_empty() && (outgoing.ended || io::stdin().is_terminal()) {
            return Ok(tally);
        }
        let patience = request.wait.filter(|_| outgoing.ended && outgoing.is_empty());
        let patience = patience.map(|most| (last_heard, most));
        let Some(ready) = wait(socket, &outgoing, patience, heard_all)? else {
            if request.verbose > 1 {
                let _ = writeln!(io::stderr(), "nc: net timeout");
            }
            return Ok(tally);
        };
        if ready.incoming {
            match recv(socket, &mut buffer[..], RecvFlags::DONTWAIT).map(|(length, _)| length) {
                Ok(0) if !request.udp => heard_all = true,
                Ok(length) => {
                    last_heard = Instant::now();
                    tally.received += length as u64;
                    let mut out = io::stdout();
                    out.write_all(&buffer[..length])?;
                    out.flush()?;
                }
                Err(error) if is_passing(error) => {}
                Err(rustix::io::Errno::CONNRESET | rustix::io::Errno::CONNREFUSED) => return Ok(tally),
                Err(error) => return Err(error.into()),
            }
        }
        if ready.typed {
            match rustix::io::read(rustix::stdio::stdin(), &mut buffer[..]) {
                Ok(0) | Err(rustix::io::Errno::IO) => {
                    outgoing.ended = true;
                    last_heard = Instant::now();
                    if !request.udp {
                        // The peer may be gone already.
                        let _ = shutdown(socket, Shutdown::Write);
                    }
                }
                Ok(length) => {
                    outgoing.bytes.clear();
                    outgoing.bytes.extend(&buffer[..length]);
                    outgoing.at = 0;
                }
                Err(error) if is_passing(error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if ready.sendable && outgoing.waits().is_none() {
            match outgoing.send(request, socket)? {
                Some(length) => tally.sent += length as u64,
                None => return Ok(tally),
            }
        }
    }
}

fn is_passing(error: rustix::io::Errno) -> bool {
    error == rustix::io::Errno::INTR || error == rustix::io::Errno::AGAIN
}

#[derive(Debug, Clone, Copy)]
struct Ready {
    incoming: bool,
    typed: bool,
    sendable: bool,
}

/// Waits for what can be done; `None` once nothing was heard for as long as was to be borne.
fn wait(
    socket: &OwnedFd,
    outgoing: &Outgoing,
    patience: Option<(Instant, Duration)>,
    heard_all: bool,
) -> io::Result<Option<Ready>> {
    let pause = outgoing.waits();
    let left = patience.map(|(since, most)| (since + most).saturating_duration_since(Instant::now()));
    if left.is_some_and(|left| left.is_zero()) {
        return Ok(None);
    }
    let wants_to_send = !outgoing.is_empty() && pause.is_none();
    let listens = !outgoing.ended && outgoing.is_empty() && pause.is_none();
    let mut of_socket = PollFlags::empty();
    of_socket.set(PollFlags::POLLIN, !heard_all);
    of_socket.set(PollFlags::POLLOUT, wants_to_send);
    let mut watched = Vec::new();
    // A connection of which nothing is wanted would still say that it hangs up.
    let is_watched = !of_socket.is_empty();
    if is_watched {
        watched.push(PollFd::new(socket.as_fd(), of_socket));
    }
    if listens {
        watched.push(PollFd::new(rustix::stdio::stdin(), PollFlags::POLLIN));
    }
    let timeout = [left, pause].into_iter().flatten().min();
    let timeout = timeout.map_or(PollTimeout::NONE, |time| {
        PollTimeout::from(u16::try_from(time.as_micros().div_ceil(1000)).unwrap_or(u16::MAX))
    });
    match poll(&mut watched, timeout) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(error) => return Err(error.into()),
    }
    let told = |at: usize| watched.get(at).and_then(PollFd::revents).unwrap_or(PollFlags::empty());
    let none = PollFlags::empty();
    let of_socket = if is_watched { told(0) } else { none };
    let of_input = if listens { told(usize::from(is_watched)) } else { none };
    let ends = PollFlags::POLLHUP | PollFlags::POLLERR;
    Ok(Some(Ready {
        incoming: !heard_all && of_socket.intersects(PollFlags::POLLIN | ends),
        typed: of_input.intersects(PollFlags::POLLIN | PollFlags::POLLNVAL | ends),
        sendable: wants_to_send && of_socket.intersects(PollFlags::POLLOUT | ends),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_one_by_one_where_they_are_kept_apart() {
        let mut outgoing = Outgoing {
            bytes: b"one\ntwo\nrest".to_vec(),
            ..Outgoing::default()
        };
        assert_eq!(outgoing.next(false), b"one\ntwo\nrest");
        assert_eq!(outgoing.next(true), b"one\n");
        outgoing.at = 4;
        assert_eq!(outgoing.next(true), b"two\n");
        outgoing.at = 8;
        assert_eq!(outgoing.next(true), b"rest");
        outgoing.at = 12;
        assert!(outgoing.is_empty());
    }
}
