//! One question to one server, over UDP or TCP, and the bytes that come back.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// The largest message there is (RFC 1035 §4.2.2: a length of two bytes).
const LARGEST: usize = 65_535;

/// Sends `query` and waits at most `wait` for a datagram from that server with the query's identifier.
///
/// # Errors
/// `TimedOut` where nothing came; else what the kernel says, `ConnectionRefused` where the server's host answered that
/// nobody listens.
pub(crate) fn over_udp(server: SocketAddr, query: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let socket = connected(server)?;
    socket.send(query)?;
    let end = Instant::now() + wait;
    let mut buffer = vec![0; LARGEST];
    loop {
        let left = end
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
            .ok_or(io::ErrorKind::TimedOut)?;
        socket.set_read_timeout(Some(left))?;
        let length = match socket.recv(&mut buffer) {
            Ok(length) => length,
            Err(error) if is_time_out(&error) => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if length >= 2 && buffer.get(..2) == query.get(..2) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

/// A datagram socket that hears that server only, and the kernel's word that nobody listens there.
pub(crate) fn connected(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    Ok(socket)
}

/// Asks over a connection of its own (RFC 1035 §4.2.2); the whole exchange takes at most `wait`.
///
/// # Errors
/// `TimedOut`, `UnexpectedEof` where the server closed before its answer was whole, or the kernel's error.
pub(crate) fn over_tcp(server: SocketAddr, query: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let end = Instant::now() + wait;
    let mut stream = TcpStream::connect_timeout(&server, wait)?;
    let mut framed = Vec::with_capacity(query.len() + 2);
    let length = u16::try_from(query.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    framed.extend(length.to_be_bytes());
    framed.extend(query);
    stream.set_write_timeout(Some(wait))?;
    stream.write_all(&framed)?;
    let mut prefix = [0; 2];
    fill(&mut stream, &mut prefix, end)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(prefix))];
    fill(&mut stream, &mut message, end)?;
    Ok(message)
}

fn fill(stream: &mut TcpStream, buffer: &mut [u8], end: Instant) -> io::Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        let left = end
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
            .ok_or(io::ErrorKind::TimedOut)?;
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => filled += length,
            Err(error) if is_time_out(&error) => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether a socket's own time-out ended a wait: the kernel says EAGAIN (socket(7), `SO_RCVTIMEO`).
pub(crate) fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn only_the_answer_to_this_question_is_heard() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let answering = thread::spawn(move || {
            let mut buffer = [0; 64];
            let (_, client) = server.recv_from(&mut buffer).unwrap();
            for answer in [&b"x"[..], b"zz late", b"ab yes"] {
                server.send_to(answer, client).unwrap();
            }
        });
        let answer = over_udp(address, b"ab?", Duration::from_secs(20)).unwrap();
        assert_eq!(answer, b"ab yes");
        answering.join().unwrap();
    }

    #[test]
    fn a_closed_port_is_refused_and_silence_is_a_time_out() {
        let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let refused = over_udp(closed, b"ab?", Duration::from_secs(20)).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let late = over_udp(silent.local_addr().unwrap(), b"ab?", Duration::from_millis(5)).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_message_over_tcp_may_come_in_pieces_or_be_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answering = thread::spawn(move || {
            for pieces in [&[&b"\0\x04ab"[..], b"cd"][..], &[b"\0\x09ab"]] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut question = [0; 5];
                stream.read_exact(&mut question).unwrap();
                assert_eq!(&question, b"\0\x03ab?");
                for piece in pieces {
                    stream.write_all(piece).unwrap();
                    stream.flush().unwrap();
                }
            }
        });
        assert_eq!(over_tcp(address, b"ab?", Duration::from_secs(20)).unwrap(), b"abcd");
        let cut = over_tcp(address, b"ab?", Duration::from_secs(20)).unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
        answering.join().unwrap();
    }
}
