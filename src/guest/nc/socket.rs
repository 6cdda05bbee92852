//! The connection, made or waited for.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::options::Request;

/// How long a refusal of a datagram is waited for where `-w` does not say.
const ECHO: Duration = Duration::from_secs(1);

fn open(request: &Request, address: SocketAddr) -> io::Result<Socket> {
    let (kind, protocol) = if request.udp {
        (Type::DGRAM, Protocol::UDP)
    } else {
        (Type::STREAM, Protocol::TCP)
    };
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_reuse_address(true)?;
    if request.broadcasts && request.udp {
        socket.set_broadcast(true)?;
    }
    Ok(socket)
}

/// A socket that is connected to `peer`, in the time there is.
pub(super) fn connect(request: &Request, peer: SocketAddr) -> io::Result<Socket> {
    let socket = open(request, peer)?;
    if request.source.is_some() || request.local_port > 0 {
        let any = if peer.is_ipv4() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED)
        } else {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        };
        let source = SocketAddr::new(request.source.unwrap_or(any), request.local_port);
        socket.bind(&source.into())?;
    }
    match request.wait {
        Some(most) => socket.connect_timeout(&peer.into(), most).map_err(|error| {
            if error.kind() == io::ErrorKind::TimedOut {
                io::Error::from_raw_os_error(libc::ETIMEDOUT)
            } else {
                error
            }
        })?,
        None => socket.connect(&peer.into())?,
    }
    Ok(socket)
}

/// Whether a datagram is not sent back as one that nobody listens for.
///
/// # Errors
/// It was.
pub(super) fn is_heard(socket: &Socket, wait: Option<Duration>) -> io::Result<()> {
    socket.send(b"\n")?;
    if is_ready(socket, wait.unwrap_or(ECHO))?
        && let Some(error) = socket.take_error()?
    {
        return Err(error);
    }
    Ok(())
}

/// Waits for something to read; false once the time is up.
fn is_ready(socket: &impl AsFd, most: Duration) -> io::Result<bool> {
    let end = Instant::now() + most;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let millis = u16::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u16::MAX);
        match poll(
            &mut [PollFd::new(socket.as_fd(), PollFlags::POLLIN)],
            PollTimeout::from(millis),
        ) {
            Ok(0) if left.as_millis() > u128::from(u16::MAX) => {}
            Ok(0) => return Ok(false),
            Ok(_) => return Ok(true),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A socket that is listened on, and the address it has.
///
/// # Errors
/// What failed, and why.
pub(super) fn listen(request: &Request) -> Result<(Socket, SocketAddr), (&'static str, io::Error)> {
    let address = |address: IpAddr| SocketAddr::new(address, request.local_port);
    let bound = match request.source {
        Some(source) => bind(request, address(source)),
        // Both families where the kernel has both, as busybox does.
        None => {
            bind(request, address(Ipv6Addr::UNSPECIFIED.into())).or_else(|failure| match failure.1.raw_os_error() {
                Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL) => bind(request, address(Ipv4Addr::UNSPECIFIED.into())),
                _ => Err(failure),
            })
        }
    };
    let socket = bound?;
    let own = socket.local_addr().map_err(|error| ("getsockname", error))?;
    let own = own.as_socket().unwrap_or_else(|| address(Ipv4Addr::UNSPECIFIED.into()));
    Ok((socket, own))
}

fn bind(request: &Request, address: SocketAddr) -> Result<Socket, (&'static str, io::Error)> {
    let socket = open(request, address).map_err(|error| ("socket", error))?;
    if address.is_ipv6() {
        socket.set_only_v6(false).map_err(|error| ("socket", error))?;
    }
    socket.bind(&address.into()).map_err(|error| ("bind", error))?;
    if !request.udp {
        socket.listen(1).map_err(|error| ("listen", error))?;
    }
    Ok(socket)
}

/// The next connection from whom it may come; of datagrams, the first one's sender is the peer.
///
/// # Errors
/// `TimedOut` where nobody came in the time there is.
pub(super) fn accept(request: &Request, listener: &Socket) -> io::Result<(Socket, SocketAddr)> {
    let end = request.wait.map(|most| Instant::now() + most);
    loop {
        if let Some(end) = end
            && !is_ready(listener, end.saturating_duration_since(Instant::now()))?
        {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if request.udp {
            let peer = SockRef::from(listener).peek_sender()?;
            let peer = peer.as_socket().ok_or(io::ErrorKind::InvalidData)?;
            if is_expected(request, peer) {
                listener.connect(&peer.into())?;
                return Ok((listener.try_clone()?, peer));
            }
            // Another's datagram is taken off the queue.
            let _ = rustix::net::recv(listener, &mut [0u8; 1][..], rustix::net::RecvFlags::empty());
            continue;
        }
        let (socket, peer) = match listener.accept() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            accepted => accepted?,
        };
        let peer = peer.as_socket().ok_or(io::ErrorKind::InvalidData)?;
        if is_expected(request, peer) {
            return Ok((socket, peer));
        }
    }
}

fn is_expected(request: &Request, peer: SocketAddr) -> bool {
    request.peer.is_none_or(|wanted| {
        let is_host = wanted.ip() == peer.ip().to_canonical();
        is_host && (wanted.port() == 0 || wanted.port() == peer.port())
    })
}
