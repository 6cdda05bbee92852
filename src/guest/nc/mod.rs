//! `nc`: what is typed to a port and what comes from there, in the words of the busybox that alpine builds (the one
//! compatible with netcat 1.10).

mod options;
mod relay;
mod socket;

use std::ffi::OsString;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::{Call, errno, resolve};
use options::Request;
use relay::Tally;

/// Help.
pub const USAGE: &str = "[OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen

	-e PROG	Run PROG after connect (must be last)
	-l	Listen mode, for inbound connects
	-lk	With -e, provides persistent server
	-p PORT	Local port
	-s ADDR	Local address
	-w SEC	Timeout for connects and final net reads
	-i SEC	Delay interval for lines sent
	-n	Don't do DNS resolution
	-u	UDP mode
	-b	Allow broadcasts
	-v	Verbose
	-z	Zero-I/O mode (scanning)";

/// How it ended: the status, where everything that had to be said was said; else the sentence.
type Ended = Result<i32, String>;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let request = match options::read(call) {
        Ok(request) => request,
        Err(status) => return status,
    };
    let ended = if request.listens {
        listen(call, &request)
    } else {
        connect(call, &request)
    };
    ended.unwrap_or_else(|sentence| {
        call.complain(sentence);
        1
    })
}

fn connect(call: &Call, request: &Request) -> Ended {
    let (Some(host), Some(peer)) = (&request.host, request.peer) else {
        return Ok(call.usage());
    };
    let connected = socket::connect(request, peer).and_then(|socket| {
        if request.udp && request.scans {
            socket::is_heard(&socket, request.wait)?;
        }
        Ok(socket)
    });
    let socket = match connected {
        Ok(socket) => socket,
        Err(error) => {
            // A port that is merely closed is only told of with a second -v.
            let is_refused = error.kind() == io::ErrorKind::ConnectionRefused;
            if request.verbose > 1 || request.verbose > 0 && !is_refused {
                call.complain_of(format_args!("{host} ({peer})"), &error);
            }
            return Ok(1);
        }
    };
    if request.verbose > 0 {
        let _ = writeln!(io::stderr(), "{host} ({peer}) open");
    }
    let tally = if let Some(program) = &request.program {
        return Ok(become_program(call, program, socket.into()));
    } else if request.scans {
        Tally::default()
    } else {
        converse(request, &socket.into())?
    };
    tell(request, &tally);
    Ok(0)
}

fn listen(call: &Call, request: &Request) -> Ended {
    let (listener, own) =
        socket::listen(request).map_err(|(what, error)| format!("{what}: {}", errno::words(&error)))?;
    if request.verbose > 0 {
        let _ = writeln!(io::stderr(), "listening on {own} ...");
    }
    let mut running: Vec<Child> = Vec::new();
    loop {
        let (socket, peer) = match socket::accept(request, &listener) {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(1),
            Err(error) => return Err(format!("accept: {}", errno::words(&error))),
        };
        if request.verbose > 0 {
            let own = socket.local_addr().ok().and_then(|own| own.as_socket()).unwrap_or(own);
            let name = name_of(request, peer);
            let _ = writeln!(io::stderr(), "connect to {own} from {name} ({peer})");
        }
        match &request.program {
            Some(program) if request.keeps && !request.udp => {
                running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
                match program_on(program, socket.into()).map(|mut command| command.spawn()) {
                    Ok(Ok(child)) => running.push(child),
                    Ok(Err(error)) | Err(error) => cannot_execute(call, program, &error),
                }
                // Clients that come faster than programs start must not fill the table of processes.
                while running.len() >= 64 {
                    thread::sleep(Duration::from_millis(10));
                    running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
                }
            }
            Some(program) => return Ok(become_program(call, program, socket.into())),
            None => {
                drop(listener);
                let tally = converse(request, &socket.into())?;
                tell(request, &tally);
                return Ok(0);
            }
        }
    }
}

fn converse(request: &Request, socket: &OwnedFd) -> Result<Tally, String> {
    relay::run(request, socket).map_err(|error| errno::words(&error))
}

fn tell(request: &Request, tally: &Tally) {
    if request.verbose > 1 {
        let _ = writeln!(io::stderr(), "sent {}, rcvd {}", tally.sent, tally.received);
    }
}

/// The peer's name and port; its address where it has no name, or none is wanted.
fn name_of(request: &Request, peer: SocketAddr) -> String {
    let name = if request.numeric {
        None
    } else {
        resolve::name_of(peer.ip().to_canonical())
    };
    name.map_or_else(|| peer.to_string(), |name| format!("{name}:{}", peer.port()))
}

/// A program whose input and output are the connection; its errors go where ours go.
fn program_on(program: &[OsString], socket: OwnedFd) -> io::Result<Command> {
    let (first, rest) = program.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(first);
    command
        .args(rest)
        .stdin(Stdio::from(socket.try_clone()?))
        .stdout(Stdio::from(socket));
    Ok(command)
}

fn become_program(call: &Call, program: &[OsString], socket: OwnedFd) -> i32 {
    let error = match program_on(program, socket) {
        Ok(mut command) => command.exec(),
        Err(error) => error,
    };
    cannot_execute(call, program, &error);
    if error.kind() == io::ErrorKind::NotFound {
        127
    } else {
        126
    }
}

fn cannot_execute(call: &Call, program: &[OsString], error: &io::Error) {
    let name = program.first().cloned().unwrap_or_default();
    call.complain_of(format_args!("can't execute '{}'", name.display()), error);
}
